"""The schedule of lessons: what is pending, what was released, and what listeners thought."""

import sqlalchemy as sa
from alembic import op

from portal.db.engine import Moment

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

KINDS = sa.Enum("placed", "moved", "removed", "handed_over", name="schedulechangekind", native_enum=False, length=32)


def upgrade():
    op.create_table(
        "pending_placement",
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_pending_placement_by_id_user")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_pending_placement_course_id_course")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_pending_placement_meeting_id_meeting")),
        sa.PrimaryKeyConstraint("course_id", name=op.f("pk_pending_placement")),
    )
    op.create_index(op.f("ix_pending_placement_meeting_id"), "pending_placement", ["meeting_id"], unique=False)
    op.create_table(
        "schedule_release",
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_schedule_release_by_id_user")),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["course_programme.id"], name=op.f("fk_schedule_release_programme_id_course_programme")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_release")),
        sa.UniqueConstraint("programme_id", "number", name=op.f("uq_schedule_release_programme_id_number")),
    )
    op.create_index(op.f("ix_schedule_release_programme_id"), "schedule_release", ["programme_id"], unique=False)
    op.create_table(
        "schedule_change",
        sa.Column("release_id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("kind", KINDS, nullable=False),
        sa.Column("sentence", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_schedule_change_course_id_course")),
        sa.ForeignKeyConstraint(
            ["release_id"], ["schedule_release.id"], name=op.f("fk_schedule_change_release_id_schedule_release")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_change")),
    )
    op.create_index(op.f("ix_schedule_change_course_id"), "schedule_change", ["course_id"], unique=False)
    op.create_index(op.f("ix_schedule_change_release_id"), "schedule_change", ["release_id"], unique=False)
    op.create_table(
        "released_lesson",
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=True),
        sa.Column("lecturer_id", sa.Integer(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("starts_at", sa.Time(), nullable=True),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("released_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_released_lesson_course_id_course")),
        sa.ForeignKeyConstraint(["lecturer_id"], ["user.id"], name=op.f("fk_released_lesson_lecturer_id_user")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_released_lesson_meeting_id_meeting")),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["course_programme.id"], name=op.f("fk_released_lesson_programme_id_course_programme")
        ),
        sa.PrimaryKeyConstraint("course_id", name=op.f("pk_released_lesson")),
    )
    op.create_index(op.f("ix_released_lesson_programme_id"), "released_lesson", ["programme_id"], unique=False)
    op.create_table(
        "feedback_given",
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_feedback_given_course_id_course")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_feedback_given_user_id_user")),
        sa.PrimaryKeyConstraint("course_id", "user_id", name=op.f("pk_feedback_given")),
    )
    op.create_table(
        "feedback_sheet",
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_feedback_sheet_course_id_course")),
        sa.PrimaryKeyConstraint("course_id", name=op.f("pk_feedback_sheet")),
    )


def downgrade():
    for name in ("feedback_sheet", "feedback_given"):
        op.drop_table(name)
    op.drop_index(op.f("ix_released_lesson_programme_id"), table_name="released_lesson")
    op.drop_table("released_lesson")
    op.drop_index(op.f("ix_schedule_change_release_id"), table_name="schedule_change")
    op.drop_index(op.f("ix_schedule_change_course_id"), table_name="schedule_change")
    op.drop_table("schedule_change")
    op.drop_index(op.f("ix_schedule_release_programme_id"), table_name="schedule_release")
    op.drop_table("schedule_release")
    op.drop_index(op.f("ix_pending_placement_meeting_id"), table_name="pending_placement")
    op.drop_table("pending_placement")
