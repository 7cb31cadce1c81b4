"""What people are told."""

import sqlalchemy as sa
from alembic import op

from portal.db.engine import Moment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "notice",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("burst", sa.String(), nullable=False),
        sa.Column("read_at", Moment(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_notice_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index(op.f("ix_notice_burst"), "notice", ["burst"], unique=False)
    op.create_index("ix_notice_unread", "notice", ["user_id", "read_at"], unique=False)
    op.create_index(op.f("ix_notice_user_id"), "notice", ["user_id"], unique=False)


def downgrade():
    op.drop_table("notice")
