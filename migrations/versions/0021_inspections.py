"""Every look of a 四性检测 and why it was made; where a piece came from and what it says."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

OCCASIONS = ("filing", "acceptance", "schedule", "demand")


def upgrade():
    with op.batch_alter_table("check") as table:
        kind = sa.Enum(*OCCASIONS, name="occasion", native_enum=False, length=32)
        table.add_column(sa.Column("occasion", kind, server_default="schedule", nullable=False))
        table.add_column(sa.Column("details", sa.JSON(), server_default="{}", nullable=False))
    with op.batch_alter_table("archival_record") as table:
        table.add_column(sa.Column("check_asked", sa.Boolean(), server_default=sa.false(), nullable=False))
        table.add_column(sa.Column("origin", sa.String(), server_default="", nullable=False))
        table.add_column(sa.Column("text", sa.String(), server_default="", nullable=False))


def downgrade():
    with op.batch_alter_table("archival_record") as table:
        for name in ("text", "origin", "check_asked"):
            table.drop_column(name)
    with op.batch_alter_table("check") as table:
        table.drop_column("details")
        table.drop_column("occasion")
