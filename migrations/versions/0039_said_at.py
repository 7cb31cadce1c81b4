"""Tasks know the series and the meeting at which they were said, and each group of the ledger is walked by itself."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

LED = ["lead_department_id", "lead_group_id", "lead_person_id"]
BY_DUE = ["ended", "due", "id"]
READERS = ["audience_id", "lead_department_id", "lead_person_id", "lead_group_id", "assigned_by_id"]
WALKED = {
    "led_by_due": ["lead_department_id", *BY_DUE],
    "series": ["of_series", *BY_DUE, *READERS],
    "meeting": ["of_meeting", *BY_DUE, *READERS],
}
SAID_AT = """
    UPDATE action_item SET (of_series, of_meeting) = (
        SELECT meeting.series_id, meeting.id FROM handout
        JOIN agenda_item ON agenda_item.id = handout.item_id JOIN meeting ON meeting.id = agenda_item.meeting_id
        WHERE handout.action_id = action_item.id
    )
"""


def upgrade():
    op.add_column("action_item", sa.Column("of_series", sa.Integer()))
    op.add_column("action_item", sa.Column("of_meeting", sa.Integer()))
    op.execute(SAID_AT)
    op.drop_index("ix_action_item_led", "action_item")
    op.create_index("ix_action_item_led", "action_item", [*LED, "audience_id", "assigned_by_id", "id"])
    for name, columns in WALKED.items():
        op.create_index(f"ix_action_item_{name}", "action_item", columns)


def downgrade():
    for name in WALKED:
        op.drop_index(f"ix_action_item_{name}", "action_item")
    op.drop_index("ix_action_item_led", "action_item")
    op.create_index("ix_action_item_led", "action_item", [*LED, *BY_DUE])
    with op.batch_alter_table("action_item") as table:
        table.drop_column("of_meeting")
        table.drop_column("of_series")
