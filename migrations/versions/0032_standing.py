"""What the counts over the ledger walk: how every task stands and who may read it, without its texts."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

READERS = ["audience_id", "lead_department_id", "lead_person_id", "lead_group_id", "assigned_by_id"]
CLOCKS = ["supervised", "offered_at", "accepted_at", "reported_at", "returned_at"]


def upgrade():
    op.create_index(
        "ix_action_item_standing", "action_item", ["ended", "state", "due", *READERS, *CLOCKS, "id"],
        sqlite_where=sa.text("ended IS 0"), postgresql_where=sa.text("ended IS false"),
    )  # fmt: skip
    op.create_index(
        "ix_action_item_over", "action_item", ["ended", "state", *READERS, "id"],
        sqlite_where=sa.text("ended IS 1"), postgresql_where=sa.text("ended IS true"),
    )  # fmt: skip
    op.create_index(op.f("ix_support_department_id"), "support", ["department_id"])
    op.create_index(op.f("ix_support_group_id"), "support", ["group_id"])


def downgrade():
    op.drop_index(op.f("ix_support_group_id"), "support")
    op.drop_index(op.f("ix_support_department_id"), "support")
    op.drop_index("ix_action_item_over", "action_item")
    op.drop_index("ix_action_item_standing", "action_item")
