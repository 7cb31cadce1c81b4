"""A task says that it is urgent, as it was said at the meeting."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("action_item") as table:
        table.add_column(sa.Column("urgent", sa.Boolean(), server_default=sa.false(), nullable=False))
    action = sa.table("action_item", sa.column("id", sa.Integer()), sa.column("urgent", sa.Boolean()))
    handout = sa.table("handout", sa.column("action_id", sa.Integer()), sa.column("urgent", sa.Boolean()))
    said = sa.select(handout.c.action_id).where(handout.c.urgent, handout.c.action_id.is_not(None))
    op.execute(action.update().where(action.c.id.in_(said)).values(urgent=sa.true()))


def downgrade():
    with op.batch_alter_table("action_item") as table:
        table.drop_column("urgent")
