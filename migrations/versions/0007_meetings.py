"""Series, meetings, agenda, attendance."""

import sqlalchemy as sa
from alembic import op

from portal.db.engine import Moment

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "meeting_series",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("short", sa.String(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("chair_id", sa.Integer(), nullable=True),
        sa.Column("recorder_id", sa.Integer(), nullable=True),
        sa.Column("reviewer_id", sa.Integer(), nullable=True),
        sa.Column("signatory_id", sa.Integer(), nullable=True),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column(
            "recurrence",
            sa.Enum("weekly", "fortnightly", "monthly", "by_hand", name="recurrence", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.Time(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("cut_off_days", sa.Integer(), nullable=False),
        sa.Column("cut_off_time", sa.Time(), nullable=False),
        sa.Column("heading", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.Column("next_try_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["chair_id"], ["user.id"], name=op.f("fk_meeting_series_chair_id_user")),
        sa.ForeignKeyConstraint(["group_id"], ["group.id"], name=op.f("fk_meeting_series_group_id_group")),
        sa.ForeignKeyConstraint(["recorder_id"], ["user.id"], name=op.f("fk_meeting_series_recorder_id_user")),
        sa.ForeignKeyConstraint(["reviewer_id"], ["user.id"], name=op.f("fk_meeting_series_reviewer_id_user")),
        sa.ForeignKeyConstraint(["signatory_id"], ["user.id"], name=op.f("fk_meeting_series_signatory_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_series")),
        sa.UniqueConstraint("name", name=op.f("uq_meeting_series_name")),
    )
    op.create_table(
        "meeting",
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "preparing",
                "announced",
                "in_session",
                "adjourned",
                "concluded",
                "cancelled",
                name="meetingstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.Time(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("chair_id", sa.Integer(), nullable=True),
        sa.Column("recorder_id", sa.Integer(), nullable=True),
        sa.Column("reviewer_id", sa.Integer(), nullable=True),
        sa.Column("signatory_id", sa.Integer(), nullable=True),
        sa.Column("agenda_approved_by_id", sa.Integer(), nullable=True),
        sa.Column("agenda_approved_at", Moment(), nullable=True),
        sa.Column("announced_at", Moment(), nullable=True),
        sa.Column("opened_at", Moment(), nullable=True),
        sa.Column("adjourned_at", Moment(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agenda_approved_by_id"], ["user.id"], name=op.f("fk_meeting_agenda_approved_by_id_user")
        ),
        sa.ForeignKeyConstraint(["chair_id"], ["user.id"], name=op.f("fk_meeting_chair_id_user")),
        sa.ForeignKeyConstraint(["recorder_id"], ["user.id"], name=op.f("fk_meeting_recorder_id_user")),
        sa.ForeignKeyConstraint(["reviewer_id"], ["user.id"], name=op.f("fk_meeting_reviewer_id_user")),
        sa.ForeignKeyConstraint(["series_id"], ["meeting_series.id"], name=op.f("fk_meeting_series_id_meeting_series")),
        sa.ForeignKeyConstraint(["signatory_id"], ["user.id"], name=op.f("fk_meeting_signatory_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
        sa.UniqueConstraint("series_id", "year", "number", name=op.f("uq_meeting_series_id_year_number")),
    )
    op.create_index(op.f("ix_meeting_day"), "meeting", ["day"], unique=False)
    op.create_index(op.f("ix_meeting_series_id"), "meeting", ["series_id"], unique=False)
    op.create_index(op.f("ix_meeting_state"), "meeting", ["state"], unique=False)
    op.create_table(
        "standing_item",
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "review",
                "study",
                "problem",
                "course",
                "assignment",
                "other",
                name="itemkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["series_id"], ["meeting_series.id"], name=op.f("fk_standing_item_series_id_meeting_series")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standing_item")),
    )
    op.create_index(op.f("ix_standing_item_series_id"), "standing_item", ["series_id"], unique=False)
    op.create_table(
        "agenda_item",
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "accepted",
                "placed",
                "dealt_with",
                "deferred",
                "not_reached",
                "returned",
                "merged",
                "withdrawn",
                name="itemstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "review",
                "study",
                "problem",
                "course",
                "assignment",
                "other",
                name="itemkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("ask", sa.String(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("standing", sa.Boolean(), nullable=False),
        sa.Column("changed", sa.Boolean(), nullable=False),
        sa.Column("reporter_id", sa.Integer(), nullable=True),
        sa.Column("proposed_by_id", sa.Integer(), nullable=True),
        sa.Column("proposed_at", Moment(), nullable=True),
        sa.Column("course_id", sa.Integer(), nullable=True),
        sa.Column("problem_id", sa.Integer(), nullable=True),
        sa.Column("predecessor_id", sa.Integer(), nullable=True),
        sa.Column("merged_into_id", sa.Integer(), nullable=True),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("started_at", Moment(), nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("seconds_away", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_agenda_item_course_id_course")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_agenda_item_meeting_id_meeting")),
        sa.ForeignKeyConstraint(
            ["merged_into_id"], ["agenda_item.id"], name=op.f("fk_agenda_item_merged_into_id_agenda_item")
        ),
        sa.ForeignKeyConstraint(
            ["predecessor_id"], ["agenda_item.id"], name=op.f("fk_agenda_item_predecessor_id_agenda_item")
        ),
        sa.ForeignKeyConstraint(["problem_id"], ["problem.id"], name=op.f("fk_agenda_item_problem_id_problem")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["user.id"], name=op.f("fk_agenda_item_proposed_by_id_user")),
        sa.ForeignKeyConstraint(["reporter_id"], ["user.id"], name=op.f("fk_agenda_item_reporter_id_user")),
        sa.ForeignKeyConstraint(
            ["series_id"], ["meeting_series.id"], name=op.f("fk_agenda_item_series_id_meeting_series")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agenda_item")),
        sa.UniqueConstraint("predecessor_id", name=op.f("uq_agenda_item_predecessor_id")),
    )
    op.create_index(op.f("ix_agenda_item_course_id"), "agenda_item", ["course_id"], unique=False)
    op.create_index(op.f("ix_agenda_item_meeting_id"), "agenda_item", ["meeting_id"], unique=False)
    op.create_index(op.f("ix_agenda_item_problem_id"), "agenda_item", ["problem_id"], unique=False)
    op.create_index(op.f("ix_agenda_item_proposed_by_id"), "agenda_item", ["proposed_by_id"], unique=False)
    op.create_index(op.f("ix_agenda_item_series_id"), "agenda_item", ["series_id"], unique=False)
    op.create_index(op.f("ix_agenda_item_state"), "agenda_item", ["state"], unique=False)
    op.create_table(
        "attendance",
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("post", sa.String(), nullable=False),
        sa.Column("member", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("none", "coming", "leave_asked", "on_leave", name="reply", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("leave_reason", sa.String(), nullable=False),
        sa.Column("substitute", sa.String(), nullable=False),
        sa.Column("checked_in_at", Moment(), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_attendance_department_id_department")
        ),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_attendance_meeting_id_meeting")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_attendance_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance")),
        sa.UniqueConstraint("meeting_id", "user_id", name=op.f("uq_attendance_meeting_id_user_id")),
    )
    op.create_index(op.f("ix_attendance_meeting_id"), "attendance", ["meeting_id"], unique=False)
    op.create_index(op.f("ix_attendance_user_id"), "attendance", ["user_id"], unique=False)
    op.create_table(
        "review",
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("frozen_at", Moment(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_review_meeting_id_meeting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
        sa.UniqueConstraint("meeting_id", name=op.f("uq_review_meeting_id")),
    )
    op.create_table(
        "item_file",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_item_file_file_id_stored_file")),
        sa.ForeignKeyConstraint(["item_id"], ["agenda_item.id"], name=op.f("fk_item_file_item_id_agenda_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_file")),
        sa.UniqueConstraint("item_id", "file_id", name=op.f("uq_item_file_item_id_file_id")),
    )
    op.create_index(op.f("ix_item_file_item_id"), "item_file", ["item_id"], unique=False)
    op.create_table(
        "review_row",
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("lead", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column(
            "standing",
            sa.Enum(
                "done", "reported", "going", "soon", "late", "suspended", name="standing", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["action_id"], ["action_item.id"], name=op.f("fk_review_row_action_id_action_item")),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_review_row_review_id_review")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_row")),
    )
    op.create_index(op.f("ix_review_row_action_id"), "review_row", ["action_id"], unique=False)
    op.create_index(op.f("ix_review_row_review_id"), "review_row", ["review_id"], unique=False)


def downgrade():
    op.drop_table("review_row")
    op.drop_table("item_file")
    op.drop_table("review")
    op.drop_table("attendance")
    op.drop_table("agenda_item")
    op.drop_table("standing_item")
    op.drop_table("meeting")
    op.drop_table("meeting_series")
