"""What preparing a meeting needs: rhythm, approval asked, items kept back or dropped, and steps that can be undone."""

import sqlalchemy as sa
from alembic import op

from portal.db.engine import Moment

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("meeting_series") as table:
        table.add_column(sa.Column("nth", sa.Integer(), nullable=False, server_default="1"))
        table.add_column(sa.Column("automatic", sa.Boolean(), nullable=False, server_default=sa.true()))
        table.add_column(sa.Column("kind_order", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("standing_item") as table:
        table.add_column(sa.Column("reporter_id", sa.Integer(), nullable=True))
        table.create_foreign_key(op.f("fk_standing_item_reporter_id_user"), "user", ["reporter_id"], ["id"])
    with op.batch_alter_table("meeting") as table:
        table.add_column(sa.Column("rhythm_day", sa.Date(), nullable=True))
        table.add_column(sa.Column("approval_asked_at", Moment(), nullable=True))
        table.add_column(sa.Column("changed_at", Moment(), nullable=True))
    with op.batch_alter_table("agenda_item") as table:
        table.add_column(sa.Column("not_before", sa.Date(), nullable=True))
        table.add_column(sa.Column("dropped", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "agenda_step",
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_agenda_step_by_id_user")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_agenda_step_meeting_id_meeting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agenda_step")),
    )
    op.create_index(op.f("ix_agenda_step_meeting_id"), "agenda_step", ["meeting_id"], unique=False)


def downgrade():
    op.drop_table("agenda_step")
    with op.batch_alter_table("agenda_item") as table:
        table.drop_column("dropped")
        table.drop_column("not_before")
    with op.batch_alter_table("meeting") as table:
        table.drop_column("changed_at")
        table.drop_column("approval_asked_at")
        table.drop_column("rhythm_day")
    with op.batch_alter_table("standing_item") as table:
        table.drop_constraint(op.f("fk_standing_item_reporter_id_user"), type_="foreignkey")
        table.drop_column("reporter_id")
    with op.batch_alter_table("meeting_series") as table:
        table.drop_column("kind_order")
        table.drop_column("automatic")
        table.drop_column("nth")
