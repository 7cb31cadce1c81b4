"""What the files of the library's source documents say, for search."""

import sqlalchemy as sa
from alembic import op

from portal.db.engine import Moment

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

WORDS = ("waiting", "done", "empty", "failed")


def upgrade():
    with op.batch_alter_table("source_document") as table:
        table.add_column(sa.Column("text", sa.Text(), server_default="", nullable=False))
        table.add_column(
            sa.Column(
                "reading", sa.Enum(*WORDS, name="reading", native_enum=False, length=32), server_default="waiting",
                nullable=False,
            )
        )  # fmt: skip
        table.add_column(sa.Column("attempts", sa.Integer(), server_default="0", nullable=False))
        table.add_column(sa.Column("last_error", sa.String(length=500), nullable=True))
        table.add_column(sa.Column("next_try_at", Moment(), nullable=True))
        table.create_index(op.f("ix_source_document_reading"), ["reading"])


def downgrade():
    with op.batch_alter_table("source_document") as table:
        table.drop_index(op.f("ix_source_document_reading"))
        for name in ("next_try_at", "last_error", "attempts", "reading", "text"):
            table.drop_column(name)
