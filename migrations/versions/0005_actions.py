"""Action items."""

import sqlalchemy as sa
from alembic import op

from portal.db.engine import Moment

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "action_item",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "assigned",
                "accepted",
                "in_progress",
                "reported_done",
                "closed",
                "refused",
                "suspended",
                "terminated",
                name="actionstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("audience_id", sa.Integer(), nullable=True),
        sa.Column("lead_department_id", sa.Integer(), nullable=True),
        sa.Column("lead_group_id", sa.Integer(), nullable=True),
        sa.Column("lead_person_id", sa.Integer(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("original_due", sa.Date(), nullable=False),
        sa.Column("problem_id", sa.Integer(), nullable=True),
        sa.Column("assigned_by_id", sa.Integer(), nullable=False),
        sa.Column("assigned_at", Moment(), nullable=False),
        sa.Column("offered_at", Moment(), nullable=False),
        sa.Column("accepted_at", Moment(), nullable=True),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.Column("suspended_at", Moment(), nullable=True),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("supervised", sa.Boolean(), nullable=False),
        sa.Column("reopened_count", sa.Integer(), nullable=False),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["assigned_by_id"], ["user.id"], name=op.f("fk_action_item_assigned_by_id_user")),
        sa.ForeignKeyConstraint(["audience_id"], ["group.id"], name=op.f("fk_action_item_audience_id_group")),
        sa.ForeignKeyConstraint(
            ["lead_department_id"], ["department.id"], name=op.f("fk_action_item_lead_department_id_department")
        ),
        sa.ForeignKeyConstraint(["lead_group_id"], ["group.id"], name=op.f("fk_action_item_lead_group_id_group")),
        sa.ForeignKeyConstraint(["lead_person_id"], ["user.id"], name=op.f("fk_action_item_lead_person_id_user")),
        sa.ForeignKeyConstraint(["problem_id"], ["problem.id"], name=op.f("fk_action_item_problem_id_problem")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action_item")),
        sa.UniqueConstraint("number", name=op.f("uq_action_item_number")),
    )
    op.create_index(op.f("ix_action_item_audience_id"), "action_item", ["audience_id"], unique=False)
    op.create_index(op.f("ix_action_item_due"), "action_item", ["due"], unique=False)
    op.create_index(op.f("ix_action_item_lead_department_id"), "action_item", ["lead_department_id"], unique=False)
    op.create_index(op.f("ix_action_item_lead_group_id"), "action_item", ["lead_group_id"], unique=False)
    op.create_index(op.f("ix_action_item_lead_person_id"), "action_item", ["lead_person_id"], unique=False)
    op.create_index(op.f("ix_action_item_problem_id"), "action_item", ["problem_id"], unique=False)
    op.create_index(op.f("ix_action_item_state"), "action_item", ["state"], unique=False)
    op.create_table(
        "extension",
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("old_due", sa.Date(), nullable=False),
        sa.Column("new_due", sa.Date(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", Moment(), nullable=True),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["action_id"], ["action_item.id"], name=op.f("fk_extension_action_id_action_item")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["user.id"], name=op.f("fk_extension_asked_by_id_user")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["user.id"], name=op.f("fk_extension_decided_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extension")),
    )
    op.create_index(op.f("ix_extension_action_id"), "extension", ["action_id"], unique=False)
    op.create_table(
        "progress_report",
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "progress",
                "done",
                "support",
                "urge",
                "returned",
                "handover",
                "note",
                name="reportkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["action_id"], ["action_item.id"], name=op.f("fk_progress_report_action_id_action_item")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_progress_report_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_progress_report")),
    )
    op.create_index(op.f("ix_progress_report_action_id"), "progress_report", ["action_id"], unique=False)
    op.create_table(
        "support",
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["action_id"], ["action_item.id"], name=op.f("fk_support_action_id_action_item")),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_support_department_id_department")),
        sa.ForeignKeyConstraint(["group_id"], ["group.id"], name=op.f("fk_support_group_id_group")),
        sa.ForeignKeyConstraint(["person_id"], ["user.id"], name=op.f("fk_support_person_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support")),
    )
    op.create_index(op.f("ix_support_action_id"), "support", ["action_id"], unique=False)
    op.create_index(op.f("ix_support_person_id"), "support", ["person_id"], unique=False)
    op.create_table(
        "report_file",
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_report_file_file_id_stored_file")),
        sa.ForeignKeyConstraint(
            ["report_id"], ["progress_report.id"], name=op.f("fk_report_file_report_id_progress_report")
        ),
        sa.PrimaryKeyConstraint("report_id", "file_id", name=op.f("pk_report_file")),
    )


def downgrade():
    op.drop_table("report_file")
    op.drop_table("support")
    op.drop_table("progress_report")
    op.drop_table("extension")
    op.drop_table("action_item")
