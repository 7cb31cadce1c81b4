"""Enterprises and their problems."""

import sqlalchemy as sa
from alembic import op

from portal.db.engine import Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "enterprise",
        sa.Column(
            "kind", sa.Enum("enterprise", "project", name="clientkind", native_enum=False, length=32), nullable=False
        ),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("leader_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["leader_id"], ["user.id"], name=op.f("fk_enterprise_leader_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enterprise")),
        sa.UniqueConstraint("name", name=op.f("uq_enterprise_name")),
    )
    op.create_table(
        "enterprise_officer",
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enterprise_id"], ["enterprise.id"], name=op.f("fk_enterprise_officer_enterprise_id_enterprise")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_enterprise_officer_user_id_user")),
        sa.PrimaryKeyConstraint("enterprise_id", "user_id", name=op.f("pk_enterprise_officer")),
    )
    op.create_index(op.f("ix_enterprise_officer_user_id"), "enterprise_officer", ["user_id"], unique=False)
    op.create_table(
        "problem",
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("wish", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "reported",
                "matched",
                "on_agenda",
                "assigned",
                "resolved",
                "confirmed",
                "reopened",
                name="problemstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reporter_id", sa.Integer(), nullable=False),
        sa.Column("reported_at", Moment(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.Column("resolution", sa.String(), nullable=False),
        sa.Column(
            "satisfaction",
            sa.Enum("satisfied", "fairly", "dissatisfied", name="satisfaction", native_enum=False, length=32),
            nullable=True,
        ),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["enterprise_id"], ["enterprise.id"], name=op.f("fk_problem_enterprise_id_enterprise")),
        sa.ForeignKeyConstraint(["group_id"], ["group.id"], name=op.f("fk_problem_group_id_group")),
        sa.ForeignKeyConstraint(["reporter_id"], ["user.id"], name=op.f("fk_problem_reporter_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problem")),
    )
    op.create_index(op.f("ix_problem_enterprise_id"), "problem", ["enterprise_id"], unique=False)
    op.create_index(op.f("ix_problem_group_id"), "problem", ["group_id"], unique=False)
    op.create_index(op.f("ix_problem_reporter_id"), "problem", ["reporter_id"], unique=False)
    op.create_index(op.f("ix_problem_state"), "problem", ["state"], unique=False)
    op.create_table(
        "problem_file",
        sa.Column("problem_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_problem_file_file_id_stored_file")),
        sa.ForeignKeyConstraint(["problem_id"], ["problem.id"], name=op.f("fk_problem_file_problem_id_problem")),
        sa.PrimaryKeyConstraint("problem_id", "file_id", name=op.f("pk_problem_file")),
    )


def downgrade():
    op.drop_table("problem_file")
    op.drop_table("problem")
    op.drop_table("enterprise_officer")
    op.drop_table("enterprise")
