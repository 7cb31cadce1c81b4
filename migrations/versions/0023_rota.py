"""The season of a programme, the month of a lesson, its outline, and how lessons come by their lecturers."""

import sqlalchemy as sa
from alembic import op

from portal.db.engine import Moment

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

KINDS = sa.Enum(
    "appointed", "asked", "swapped", "substituted", "declined", name="changekind", native_enum=False, length=32
)


def upgrade():
    with op.batch_alter_table("course_programme") as table:
        table.add_column(sa.Column("first_month", sa.Integer(), server_default="1", nullable=False))
        table.add_column(sa.Column("last_month", sa.Integer(), server_default="12", nullable=False))
    with op.batch_alter_table("course") as table:
        table.add_column(sa.Column("month", sa.Date(), nullable=True))
        table.add_column(sa.Column("outline", sa.String(), server_default="", nullable=False))
        table.add_column(sa.Column("secrecy_signed_at", Moment(), nullable=True))
        table.add_column(sa.Column("secrecy_signed_by_id", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f("fk_course_secrecy_signed_by_id_user"), "user", ["secrecy_signed_by_id"], ["id"])
    with op.batch_alter_table("material_version") as table:
        table.add_column(sa.Column("on_behalf", sa.Boolean(), server_default=sa.false(), nullable=False))
        table.add_column(sa.Column("late", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "lecturer_change",
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("kind", KINDS, nullable=False),
        sa.Column("before_id", sa.Integer(), nullable=True),
        sa.Column("after_id", sa.Integer(), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["after_id"], ["user.id"], name=op.f("fk_lecturer_change_after_id_user")),
        sa.ForeignKeyConstraint(["before_id"], ["user.id"], name=op.f("fk_lecturer_change_before_id_user")),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_lecturer_change_by_id_user")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_lecturer_change_course_id_course")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lecturer_change")),
    )
    op.create_index(op.f("ix_lecturer_change_course_id"), "lecturer_change", ["course_id"], unique=False)
    op.create_table(
        "rota_pause",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_rota_pause_user_id_user")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_rota_pause")),
    )


def downgrade():
    op.drop_table("rota_pause")
    op.drop_index(op.f("ix_lecturer_change_course_id"), table_name="lecturer_change")
    op.drop_table("lecturer_change")
    with op.batch_alter_table("material_version") as table:
        table.drop_column("late")
        table.drop_column("on_behalf")
    with op.batch_alter_table("course") as table:
        table.drop_constraint(op.f("fk_course_secrecy_signed_by_id_user"), type_="foreignkey")
        for name in ("secrecy_signed_by_id", "secrecy_signed_at", "outline", "month"):
            table.drop_column(name)
    with op.batch_alter_table("course_programme") as table:
        table.drop_column("last_month")
        table.drop_column("first_month")
