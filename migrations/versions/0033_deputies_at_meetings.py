"""Who chairs in the chair's stead and approved as whose deputy; what a notice was sent in spite of, and why."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("meeting") as table:
        table.add_column(sa.Column("approved_as", sa.String(), server_default="", nullable=False))
        table.add_column(sa.Column("acting_chair_id", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f("fk_meeting_acting_chair_id_user"), "user", ["acting_chair_id"], ["id"])
    with op.batch_alter_table("meeting_notice") as table:
        table.add_column(sa.Column("despite", sa.JSON(), server_default="[]", nullable=False))
        table.add_column(sa.Column("why", sa.String(), server_default="", nullable=False))


def downgrade():
    with op.batch_alter_table("meeting_notice") as table:
        table.drop_column("why")
        table.drop_column("despite")
    with op.batch_alter_table("meeting") as table:
        table.drop_constraint(op.f("fk_meeting_acting_chair_id_user"), type_="foreignkey")
        table.drop_column("acting_chair_id")
        table.drop_column("approved_as")
