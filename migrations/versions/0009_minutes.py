"""Minutes and sign-off sheets."""

import sqlalchemy as sa
from alembic import op

from portal.db.engine import Moment

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "minutes",
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("corrects_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "drafting",
                "in_review",
                "to_sign",
                "signed",
                "issued",
                "archived",
                "void",
                name="minutesstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("distribution", sa.String(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("numbered_at", Moment(), nullable=True),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("signed_at", Moment(), nullable=True),
        sa.Column("issued_at", Moment(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.Column("next_try_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["corrects_id"], ["minutes.id"], name=op.f("fk_minutes_corrects_id_minutes")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_minutes_document_id_document")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_minutes_meeting_id_meeting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minutes")),
    )
    op.create_index(op.f("ix_minutes_corrects_id"), "minutes", ["corrects_id"], unique=False)
    op.create_index(op.f("ix_minutes_meeting_id"), "minutes", ["meeting_id"], unique=False)
    op.create_index(op.f("ix_minutes_state"), "minutes", ["state"], unique=False)
    op.create_table(
        "minutes_revision",
        sa.Column("minutes_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_minutes_revision_by_id_user")),
        sa.ForeignKeyConstraint(["minutes_id"], ["minutes.id"], name=op.f("fk_minutes_revision_minutes_id_minutes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minutes_revision")),
        sa.UniqueConstraint("minutes_id", "number", name=op.f("uq_minutes_revision_minutes_id_number")),
    )
    op.create_index(op.f("ix_minutes_revision_minutes_id"), "minutes_revision", ["minutes_id"], unique=False)
    op.create_table(
        "sign_off_sheet",
        sa.Column("minutes_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.Column("next_try_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_sign_off_sheet_document_id_document")),
        sa.ForeignKeyConstraint(["minutes_id"], ["minutes.id"], name=op.f("fk_sign_off_sheet_minutes_id_minutes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_off_sheet")),
        sa.UniqueConstraint("minutes_id", name=op.f("uq_sign_off_sheet_minutes_id")),
    )
    op.create_table(
        "opinion",
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["minutes_revision.id"], name=op.f("fk_opinion_revision_id_minutes_revision")
        ),
        sa.ForeignKeyConstraint(["sheet_id"], ["sign_off_sheet.id"], name=op.f("fk_opinion_sheet_id_sign_off_sheet")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_opinion_user_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinion")),
    )
    op.create_index(op.f("ix_opinion_sheet_id"), "opinion", ["sheet_id"], unique=False)


def downgrade():
    op.drop_table("opinion")
    op.drop_table("sign_off_sheet")
    op.drop_table("minutes_revision")
    op.drop_table("minutes")
