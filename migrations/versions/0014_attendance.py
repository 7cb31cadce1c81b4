"""Who approved a substitute and answered for leave, who came late or left early, the scanned sign-in sheet."""

import sqlalchemy as sa
from alembic import op

from portal.db.engine import Moment

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

PEOPLE = ("answered_by_id", "substitute_approved_by_id")


def upgrade():
    with op.batch_alter_table("attendance") as table:
        table.add_column(sa.Column("unit", sa.String(), server_default="", nullable=False))
        table.add_column(sa.Column("answer", sa.String(), server_default="", nullable=False))
        table.add_column(sa.Column("substitute_waits", sa.Boolean(), server_default=sa.false(), nullable=False))
        table.add_column(sa.Column("from_item", sa.Integer(), nullable=True))
        table.add_column(sa.Column("until_item", sa.Integer(), nullable=True))
        for name in PEOPLE:
            table.add_column(sa.Column(name, sa.Integer(), nullable=True))
            table.create_foreign_key(f"fk_attendance_{name}_user", "user", [name], ["id"])
    with op.batch_alter_table("meeting") as table:
        table.add_column(sa.Column("roll_called_at", Moment(), nullable=True))
    op.create_table(
        "sign_in_scan",
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["stored_file.id"], name=op.f("fk_sign_in_scan_file_id_stored_file")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_sign_in_scan_meeting_id_meeting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_scan")),
    )
    op.create_index(op.f("ix_sign_in_scan_meeting_id"), "sign_in_scan", ["meeting_id"], unique=False)


def downgrade():
    op.drop_table("sign_in_scan")
    with op.batch_alter_table("meeting") as table:
        table.drop_column("roll_called_at")
    with op.batch_alter_table("attendance") as table:
        for name in PEOPLE:
            table.drop_constraint(f"fk_attendance_{name}_user", type_="foreignkey")
            table.drop_column(name)
        for name in ("until_item", "from_item", "substitute_waits", "answer", "unit"):
            table.drop_column(name)
