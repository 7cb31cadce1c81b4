"""The opinion that has been handed out to be signed by an outside platform."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("sign_off_sheet") as table:
        table.add_column(sa.Column("handed_out", sa.String(), server_default="", nullable=False))
        table.add_column(sa.Column("handed_out_about", sa.String(), server_default="", nullable=False))


def downgrade():
    with op.batch_alter_table("sign_off_sheet") as table:
        table.drop_column("handed_out_about")
        table.drop_column("handed_out")
