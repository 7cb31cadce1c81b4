"""What the lead asked for can be withdrawn before it is answered."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade():
    for table in ("extension", "application"):
        op.add_column(table, sa.Column("withdrawn", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade():
    for name in ("extension", "application"):
        with op.batch_alter_table(name) as table:
            table.drop_column("withdrawn")
