"""Record, decisions, handouts."""

import sqlalchemy as sa
from alembic import op

from portal.db.engine import Moment

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "record",
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "closed", "signed", name="recordstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.Column("next_try_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_record_document_id_document")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_record_meeting_id_meeting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record")),
        sa.UniqueConstraint("document_id", name=op.f("uq_record_document_id")),
        sa.UniqueConstraint("meeting_id", name=op.f("uq_record_meeting_id")),
    )
    op.create_table(
        "decision",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["agenda_item.id"], name=op.f("fk_decision_item_id_agenda_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    op.create_index(op.f("ix_decision_item_id"), "decision", ["item_id"], unique=False)
    op.create_table(
        "record_entry",
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("saved_at", Moment(), nullable=True),
        sa.Column("saved_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["agenda_item.id"], name=op.f("fk_record_entry_item_id_agenda_item")),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_record_entry_record_id_record")),
        sa.ForeignKeyConstraint(["saved_by_id"], ["user.id"], name=op.f("fk_record_entry_saved_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_entry")),
        sa.UniqueConstraint("item_id", name=op.f("uq_record_entry_item_id")),
    )
    op.create_index(op.f("ix_record_entry_record_id"), "record_entry", ["record_id"], unique=False)
    op.create_table(
        "handout",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("lead_department_id", sa.Integer(), nullable=True),
        sa.Column("lead_group_id", sa.Integer(), nullable=True),
        sa.Column("lead_person_id", sa.Integer(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("action_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.Column("next_try_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["action_id"], ["action_item.id"], name=op.f("fk_handout_action_id_action_item")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_handout_decision_id_decision")),
        sa.ForeignKeyConstraint(["item_id"], ["agenda_item.id"], name=op.f("fk_handout_item_id_agenda_item")),
        sa.ForeignKeyConstraint(
            ["lead_department_id"], ["department.id"], name=op.f("fk_handout_lead_department_id_department")
        ),
        sa.ForeignKeyConstraint(["lead_group_id"], ["group.id"], name=op.f("fk_handout_lead_group_id_group")),
        sa.ForeignKeyConstraint(["lead_person_id"], ["user.id"], name=op.f("fk_handout_lead_person_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handout")),
        sa.UniqueConstraint("action_id", name=op.f("uq_handout_action_id")),
    )
    op.create_index(op.f("ix_handout_decision_id"), "handout", ["decision_id"], unique=False)
    op.create_index(op.f("ix_handout_item_id"), "handout", ["item_id"], unique=False)
    op.create_table(
        "handout_support",
        sa.Column("handout_id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_handout_support_department_id_department")
        ),
        sa.ForeignKeyConstraint(["handout_id"], ["handout.id"], name=op.f("fk_handout_support_handout_id_handout")),
        sa.PrimaryKeyConstraint("handout_id", "department_id", name=op.f("pk_handout_support")),
    )


def downgrade():
    op.drop_table("handout_support")
    op.drop_table("handout")
    op.drop_table("record_entry")
    op.drop_table("decision")
    op.drop_table("record")
