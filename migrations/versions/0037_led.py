"""Of each unit the tasks it leads are found and counted without looking at any other."""

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

LED = ["lead_department_id", "lead_group_id", "lead_person_id", "ended", "due", "id"]


def upgrade():
    op.create_index("ix_action_item_led", "action_item", LED)
    op.drop_index("ix_action_item_lead_department_id", "action_item")


def downgrade():
    op.create_index("ix_action_item_lead_department_id", "action_item", ["lead_department_id"])
    op.drop_index("ix_action_item_led", "action_item")
