"""Archival records."""

import sqlalchemy as sa
from alembic import op

from portal.db.engine import Moment

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "examination",
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.Column("next_try_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["asked_by_id"], ["user.id"], name=op.f("fk_examination_asked_by_id_user")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_examination_document_id_document")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_examination")),
    )
    op.create_index(op.f("ix_examination_answered_at"), "examination", ["answered_at"], unique=False)
    op.create_index(op.f("ix_examination_asked_by_id"), "examination", ["asked_by_id"], unique=False)
    op.create_table(
        "archival_record",
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("minutes_id", sa.Integer(), nullable=True),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("responsible", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column(
            "retention", sa.Enum("Y", "D30", "D10", name="retention", native_enum=False, length=32), nullable=False
        ),
        sa.Column(
            "state", sa.Enum("prepared", "accepted", name="archivalstate", native_enum=False, length=32), nullable=False
        ),
        sa.Column("piece", sa.Integer(), nullable=True),
        sa.Column("archival_number", sa.String(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("prepared_at", Moment(), nullable=False),
        sa.Column("check_due_at", Moment(), nullable=False),
        sa.Column("accepted_at", Moment(), nullable=True),
        sa.Column("accepted_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.Column("next_try_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["accepted_by_id"], ["user.id"], name=op.f("fk_archival_record_accepted_by_id_user")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_archival_record_document_id_document")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_archival_record_file_id_stored_file")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_archival_record_meeting_id_meeting")),
        sa.ForeignKeyConstraint(["minutes_id"], ["minutes.id"], name=op.f("fk_archival_record_minutes_id_minutes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archival_record")),
        sa.UniqueConstraint("archival_number", name=op.f("uq_archival_record_archival_number")),
        sa.UniqueConstraint("document_id", name=op.f("uq_archival_record_document_id")),
    )
    op.create_index(op.f("ix_archival_record_check_due_at"), "archival_record", ["check_due_at"], unique=False)
    op.create_index(op.f("ix_archival_record_meeting_id"), "archival_record", ["meeting_id"], unique=False)
    op.create_index(op.f("ix_archival_record_minutes_id"), "archival_record", ["minutes_id"], unique=False)
    op.create_index(op.f("ix_archival_record_state"), "archival_record", ["state"], unique=False)
    op.create_index(op.f("ix_archival_record_year"), "archival_record", ["year"], unique=False)
    op.create_table(
        "check",
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("authentic", sa.String(), nullable=False),
        sa.Column("complete", sa.String(), nullable=False),
        sa.Column("usable", sa.String(), nullable=False),
        sa.Column("safe", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["archival_record.id"], name=op.f("fk_check_record_id_archival_record")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check")),
    )
    op.create_index(op.f("ix_check_record_id"), "check", ["record_id"], unique=False)


def downgrade():
    op.drop_table("check")
    op.drop_table("archival_record")
    op.drop_table("examination")
