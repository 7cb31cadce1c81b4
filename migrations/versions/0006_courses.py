"""Courses and slides."""

import sqlalchemy as sa
from alembic import op

from portal.db.engine import Moment

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "course_programme",
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_programme")),
        sa.UniqueConstraint("title", name=op.f("uq_course_programme_title")),
    )
    op.create_table(
        "policy_field",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_field")),
        sa.UniqueConstraint("name", name=op.f("uq_policy_field_name")),
    )
    op.create_table(
        "course",
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("aims", sa.String(), nullable=False),
        sa.Column("field_id", sa.Integer(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("lecturer_id", sa.Integer(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "invited",
                "confirmed",
                "delivered",
                "published",
                "cancelled",
                name="coursestate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("delivered_on", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_course_department_id_department")),
        sa.ForeignKeyConstraint(["field_id"], ["policy_field.id"], name=op.f("fk_course_field_id_policy_field")),
        sa.ForeignKeyConstraint(["lecturer_id"], ["user.id"], name=op.f("fk_course_lecturer_id_user")),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["course_programme.id"], name=op.f("fk_course_programme_id_course_programme")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course")),
    )
    op.create_index(op.f("ix_course_field_id"), "course", ["field_id"], unique=False)
    op.create_index(op.f("ix_course_lecturer_id"), "course", ["lecturer_id"], unique=False)
    op.create_index(op.f("ix_course_programme_id"), "course", ["programme_id"], unique=False)
    op.create_index(op.f("ix_course_state"), "course", ["state"], unique=False)
    op.create_table(
        "material",
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "changes_requested",
                "submitted",
                "approved",
                "final",
                name="materialstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("remark", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_material_course_id_course")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_material")),
    )
    op.create_index(op.f("ix_material_course_id"), "material", ["course_id"], unique=False)
    op.create_table(
        "material_version",
        sa.Column("material_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", Moment(), nullable=False),
        sa.Column("secrecy_checked", sa.Boolean(), nullable=False),
        sa.Column(
            "conversion",
            sa.Enum("waiting", "running", "ready", "failed", name="conversionstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("pages_done", sa.Integer(), nullable=False),
        sa.Column("pages_total", sa.Integer(), nullable=False),
        sa.Column("failure", sa.String(), nullable=False),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_at", Moment(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.Column("next_try_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["approved_by_id"], ["user.id"], name=op.f("fk_material_version_approved_by_id_user")),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_material_version_file_id_stored_file")),
        sa.ForeignKeyConstraint(
            ["material_id"], ["material.id"], name=op.f("fk_material_version_material_id_material")
        ),
        sa.ForeignKeyConstraint(["uploaded_by_id"], ["user.id"], name=op.f("fk_material_version_uploaded_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_material_version")),
        sa.UniqueConstraint("material_id", "number", name=op.f("uq_material_version_material_id_number")),
    )
    op.create_index(op.f("ix_material_version_conversion"), "material_version", ["conversion"], unique=False)
    op.create_index(op.f("ix_material_version_material_id"), "material_version", ["material_id"], unique=False)
    op.create_table(
        "material_page",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("thumbnail_id", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_material_page_file_id_stored_file")),
        sa.ForeignKeyConstraint(
            ["thumbnail_id"], ["stored_file.id"], name=op.f("fk_material_page_thumbnail_id_stored_file")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["material_version.id"], name=op.f("fk_material_page_version_id_material_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_material_page")),
        sa.UniqueConstraint("version_id", "number", name=op.f("uq_material_page_version_id_number")),
    )
    op.create_index(op.f("ix_material_page_version_id"), "material_page", ["version_id"], unique=False)


def downgrade():
    op.drop_table("material_page")
    op.drop_table("material_version")
    op.drop_table("material")
    op.drop_table("course")
    op.drop_table("policy_field")
    op.drop_table("course_programme")
