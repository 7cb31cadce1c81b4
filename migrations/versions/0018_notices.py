"""The notices as they were sent, when the members were last told, and calendar addresses."""

import sqlalchemy as sa
from alembic import op

from portal.db.engine import Moment

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("meeting") as table:
        table.add_column(sa.Column("told_at", Moment(), nullable=True))
        table.add_column(sa.Column("sequence", sa.Integer(), server_default="0", nullable=False))
    op.create_table(
        "meeting_notice",
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("drawn_at", Moment(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.Column("next_try_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_meeting_notice_document_id_document")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_meeting_notice_meeting_id_meeting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_notice")),
        sa.UniqueConstraint("document_id", name=op.f("uq_meeting_notice_document_id")),
        sa.UniqueConstraint("meeting_id", "edition", name=op.f("uq_meeting_notice_meeting_id_edition")),
    )
    op.create_index(op.f("ix_meeting_notice_meeting_id"), "meeting_notice", ["meeting_id"], unique=False)
    op.create_table(
        "calendar_feed",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_calendar_feed_user_id_user")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_calendar_feed")),
    )


def downgrade():
    op.drop_table("calendar_feed")
    op.drop_table("meeting_notice")
    with op.batch_alter_table("meeting") as table:
        table.drop_column("sequence")
        table.drop_column("told_at")
