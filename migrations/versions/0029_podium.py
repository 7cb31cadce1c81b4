"""Slides on the room's screen, and questions to a lesson."""

import sqlalchemy as sa
from alembic import op

from portal.db.engine import Moment

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

STATES = ("open", "answered", "raised", "assigned", "withdrawn")


def upgrade():
    op.create_table(
        "slide_show",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("turned_by_id", sa.Integer(), nullable=False),
        sa.Column("turned_at", Moment(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["agenda_item.id"], name=op.f("fk_slide_show_item_id_agenda_item")),
        sa.ForeignKeyConstraint(["turned_by_id"], ["user.id"], name=op.f("fk_slide_show_turned_by_id_user")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["material_version.id"], name=op.f("fk_slide_show_version_id_material_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slide_show")),
        sa.UniqueConstraint("item_id", name=op.f("uq_slide_show_item_id")),
    )
    op.create_table(
        "question",
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=True),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("noted_by_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("state", sa.Enum(*STATES, name="questionstate", native_enum=False, length=32), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.Column("item_id", sa.Integer(), nullable=True),
        sa.Column("action_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["action_id"], ["action_item.id"], name=op.f("fk_question_action_id_action_item")),
        sa.ForeignKeyConstraint(["answered_by_id"], ["user.id"], name=op.f("fk_question_answered_by_id_user")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["user.id"], name=op.f("fk_question_asked_by_id_user")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_question_course_id_course")),
        sa.ForeignKeyConstraint(["item_id"], ["agenda_item.id"], name=op.f("fk_question_item_id_agenda_item")),
        sa.ForeignKeyConstraint(["noted_by_id"], ["user.id"], name=op.f("fk_question_noted_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
    )
    for column in ("course_id", "state", "item_id", "action_id"):
        op.create_index(op.f(f"ix_question_{column}"), "question", [column], unique=False)


def downgrade():
    for column in ("course_id", "state", "item_id", "action_id"):
        op.drop_index(op.f(f"ix_question_{column}"), table_name="question")
    op.drop_table("question")
    op.drop_table("slide_show")
