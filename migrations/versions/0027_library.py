"""The library of policies: summaries, source documents, briefings."""

import sqlalchemy as sa
from alembic import op

from portal.db.engine import Moment

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

STATES = sa.Enum(
    "drafting", "submitted", "changes_requested", "approved", name="summarystate", native_enum=False, length=32
)


def upgrade():
    op.create_table(
        "policy",
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("state", STATES, nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("approved_summary", sa.String(), nullable=False),
        sa.Column("remark", sa.String(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_at", Moment(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["approved_by_id"], ["user.id"], name=op.f("fk_policy_approved_by_id_user")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_policy_course_id_course")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy")),
        sa.UniqueConstraint("course_id", name=op.f("uq_policy_course_id")),
    )
    op.create_index(op.f("ix_policy_state"), "policy", ["state"], unique=False)
    op.create_index(op.f("ix_policy_valid_until"), "policy", ["valid_until"], unique=False)
    op.create_table(
        "source_document",
        sa.Column("policy_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("authority", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["added_by_id"], ["user.id"], name=op.f("fk_source_document_added_by_id_user")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_source_document_file_id_stored_file")),
        sa.ForeignKeyConstraint(["policy_id"], ["policy.id"], name=op.f("fk_source_document_policy_id_policy")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_document")),
    )
    op.create_index(op.f("ix_source_document_policy_id"), "source_document", ["policy_id"], unique=False)
    op.create_table(
        "briefing",
        sa.Column("policy_id", sa.Integer(), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_briefing_by_id_user")),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprise.id"], name=op.f("fk_briefing_enterprise_id_enterprise")
        ),
        sa.ForeignKeyConstraint(["policy_id"], ["policy.id"], name=op.f("fk_briefing_policy_id_policy")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_briefing")),
        sa.UniqueConstraint(
            "policy_id", "enterprise_id", "by_id", "day", name=op.f("uq_briefing_policy_id_enterprise_id_by_id_day")
        ),
    )
    op.create_index(op.f("ix_briefing_enterprise_id"), "briefing", ["enterprise_id"], unique=False)
    op.create_index(op.f("ix_briefing_policy_id"), "briefing", ["policy_id"], unique=False)


def downgrade():
    op.drop_index(op.f("ix_briefing_policy_id"), table_name="briefing")
    op.drop_index(op.f("ix_briefing_enterprise_id"), table_name="briefing")
    op.drop_table("briefing")
    op.drop_index(op.f("ix_source_document_policy_id"), table_name="source_document")
    op.drop_table("source_document")
    op.drop_index(op.f("ix_policy_valid_until"), table_name="policy")
    op.drop_index(op.f("ix_policy_state"), table_name="policy")
    op.drop_table("policy")
