"""What is said about minutes before they are signed, who else signs them, and who reads them."""

import sqlalchemy as sa
from alembic import op

from portal.db.engine import Moment

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("minutes", sa.Column("attachments", sa.String(), server_default="", nullable=False))
    op.add_column("minutes_revision", sa.Column("printed", sa.String(), nullable=True))
    op.add_column("opinion", sa.Column("for_name", sa.String(), server_default="", nullable=False))
    op.add_column("signature", sa.Column("for_name", sa.String(), server_default="", nullable=False))
    with op.batch_alter_table("signature") as table:
        table.add_column(sa.Column("prepared_file_id", sa.Integer(), nullable=True))
        table.create_foreign_key(
            op.f("fk_signature_prepared_file_id_stored_file"), "stored_file", ["prepared_file_id"], ["id"]
        )
    op.create_table(
        "minutes_comment",
        sa.Column("minutes_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("quote", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("resolved_at", Moment(), nullable=True),
        sa.Column("resolved_by_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_minutes_comment_by_id_user")),
        sa.ForeignKeyConstraint(["minutes_id"], ["minutes.id"], name=op.f("fk_minutes_comment_minutes_id_minutes")),
        sa.ForeignKeyConstraint(["resolved_by_id"], ["user.id"], name=op.f("fk_minutes_comment_resolved_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minutes_comment")),
    )
    op.create_index(op.f("ix_minutes_comment_minutes_id"), "minutes_comment", ["minutes_id"])
    op.create_table(
        "consultation",
        sa.Column("minutes_id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["asked_by_id"], ["user.id"], name=op.f("fk_consultation_asked_by_id_user")),
        sa.ForeignKeyConstraint(["minutes_id"], ["minutes.id"], name=op.f("fk_consultation_minutes_id_minutes")),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["minutes_revision.id"], name=op.f("fk_consultation_revision_id_minutes_revision")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultation")),
    )
    op.create_index(op.f("ix_consultation_minutes_id"), "consultation", ["minutes_id"])
    op.create_index(op.f("ix_consultation_until"), "consultation", ["until"])
    op.create_table(
        "consultation_answer",
        sa.Column("consultation_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", Moment(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_consultation_answer_consultation_id_consultation")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_consultation_answer_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultation_answer")),
    )
    op.create_index(op.f("ix_consultation_answer_consultation_id"), "consultation_answer", ["consultation_id"])
    op.create_index(op.f("ix_consultation_answer_user_id"), "consultation_answer", ["user_id"])
    op.create_table(
        "series_signing",
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("visible", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["series_id"], ["meeting_series.id"], name=op.f("fk_series_signing_series_id_meeting_series")
        ),
        sa.PrimaryKeyConstraint("series_id", name=op.f("pk_series_signing")),
    )
    op.create_table(
        "further_signer",
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series_signing.series_id"], name=op.f("fk_further_signer_series_id_series_signing")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_further_signer_user_id_user")),
        sa.PrimaryKeyConstraint("series_id", "position", name=op.f("pk_further_signer")),
    )
    op.create_table(
        "minutes_reader",
        sa.Column("minutes_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_minutes_reader_department_id_department")
        ),
        sa.ForeignKeyConstraint(["minutes_id"], ["minutes.id"], name=op.f("fk_minutes_reader_minutes_id_minutes")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_minutes_reader_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minutes_reader")),
    )
    for column in ("minutes_id", "user_id", "department_id"):
        op.create_index(op.f(f"ix_minutes_reader_{column}"), "minutes_reader", [column])
    op.create_table(
        "minutes_reading",
        sa.Column("minutes_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("first_at", Moment(), nullable=False),
        sa.Column("last_at", Moment(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["minutes_id"], ["minutes.id"], name=op.f("fk_minutes_reading_minutes_id_minutes")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_minutes_reading_user_id_user")),
        sa.PrimaryKeyConstraint("minutes_id", "user_id", name=op.f("pk_minutes_reading")),
    )


def downgrade():
    for table in (
        "minutes_reading", "minutes_reader", "further_signer", "series_signing", "consultation_answer",
        "consultation", "minutes_comment",
    ):  # fmt: skip
        op.drop_table(table)
    with op.batch_alter_table("signature") as table:
        table.drop_constraint(op.f("fk_signature_prepared_file_id_stored_file"), type_="foreignkey")
        table.drop_column("prepared_file_id")
        table.drop_column("for_name")
    op.drop_column("opinion", "for_name")
    op.drop_column("minutes_revision", "printed")
    op.drop_column("minutes", "attachments")
