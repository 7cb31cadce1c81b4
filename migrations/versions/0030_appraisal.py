"""Until when pieces are kept, what two persons agreed on at the end, and what was removed."""

import sqlalchemy as sa
from alembic import op

from portal.db.engine import Moment

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

CHOICES, STATES = ("ten", "thirty", "forever", "remove"), ("proposed", "approved", "refused")


def upgrade():
    with op.batch_alter_table("archival_record") as table:
        table.add_column(sa.Column("kept_until", sa.Date(), nullable=True))
        table.add_column(sa.Column("removed_at", Moment(), nullable=True))
        table.add_column(sa.Column("erased_at", Moment(), nullable=True))
        table.add_column(sa.Column("still_needed", sa.String(), server_default="", nullable=False))
        table.create_index(op.f("ix_archival_record_kept_until"), ["kept_until"])
    record = sa.table(
        "archival_record", sa.column("year", sa.Integer()), sa.column("retention", sa.String()),
        sa.column("state", sa.String()), sa.column("kept_until", sa.Date()),
    )  # fmt: skip
    connection = op.get_bind()
    from datetime import date

    for (year,) in connection.execute(sa.select(record.c.year).distinct()).all():
        for code, years in (("D10", 10), ("D30", 30)):
            these = (record.c.year == year, record.c.retention == code, record.c.state == "accepted")
            connection.execute(record.update().where(*these).values(kept_until=date(year + years, 12, 31)))
    with op.batch_alter_table("document") as table:
        table.add_column(sa.Column("removed_at", Moment(), nullable=True))
    op.create_table(
        "appraisal",
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column(
            "choice", sa.Enum(*CHOICES, name="appraisalchoice", native_enum=False, length=32), nullable=False
        ),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.Enum(*STATES, name="appraisalstate", native_enum=False, length=32), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("proposed_at", Moment(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", Moment(), nullable=True),
        sa.Column("opinion", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["decided_by_id"], ["user.id"], name=op.f("fk_appraisal_decided_by_id_user")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["user.id"], name=op.f("fk_appraisal_proposed_by_id_user")),
        sa.ForeignKeyConstraint(
            ["record_id"], ["archival_record.id"], name=op.f("fk_appraisal_record_id_archival_record")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appraisal")),
    )
    op.create_index(op.f("ix_appraisal_record_id"), "appraisal", ["record_id"])
    op.create_index(op.f("ix_appraisal_state"), "appraisal", ["state"])


def downgrade():
    op.drop_table("appraisal")
    with op.batch_alter_table("document") as table:
        table.drop_column("removed_at")
    with op.batch_alter_table("archival_record") as table:
        table.drop_index(op.f("ix_archival_record_kept_until"))
        for name in ("still_needed", "erased_at", "removed_at", "kept_until"):
            table.drop_column(name)
