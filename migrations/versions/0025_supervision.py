"""What supervising a task needs: lines of support, applications, stages, slips, looking back."""

import sqlalchemy as sa
from alembic import op

from portal.db.engine import Moment

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

ENDED = ("closed", "terminated")


def words(name, *values):
    return sa.Enum(*values, name=name, native_enum=False, length=32)


def refers(table, column, to):
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def upgrade():
    with op.batch_alter_table("action_item") as batch:
        batch.add_column(sa.Column("asks_file", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("ended", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("reported_at", Moment(), nullable=True))
        batch.add_column(sa.Column("returned_at", Moment(), nullable=True))
        batch.add_column(
            sa.Column("satisfaction", words("satisfaction", "satisfied", "fairly", "dissatisfied"), nullable=True)
        )
        batch.add_column(sa.Column("asked_on", sa.Date(), nullable=True))
    op.create_index("ix_action_item_urgency", "action_item", ["ended", "due", "id"])
    op.create_index("ix_action_item_assigned_at", "action_item", ["assigned_at", "id"])
    op.create_index("ix_action_item_by_state", "action_item", ["state", "due", "id"])
    op.create_index(op.f("ix_action_item_assigned_by_id"), "action_item", ["assigned_by_id"])
    op.create_index(op.f("ix_action_item_closed_at"), "action_item", ["closed_at"])
    with op.batch_alter_table("support") as batch:
        batch.add_column(
            sa.Column(
                "state", words("supportstate", "asked", "reported", "returned"), nullable=False, server_default="asked"
            )
        )
        batch.add_column(sa.Column("reported_at", Moment(), nullable=True))
        batch.add_column(sa.Column("remark", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("progress_report") as batch:
        batch.add_column(sa.Column("stood_in_for", sa.String(), nullable=False, server_default=""))
        batch.add_column(sa.Column("support_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f("fk_progress_report_support_id_support"), "support", ["support_id"], ["id"])
    with op.batch_alter_table("extension") as batch:
        batch.add_column(sa.Column("stood_in_for", sa.String(), nullable=False, server_default=""))
        batch.add_column(sa.Column("progress", sa.String(), nullable=False, server_default=""))
        batch.create_index(op.f("ix_extension_granted"), ["granted"])
    _fill()
    _applications()
    _stages_and_look_backs()
    _slips()


def _fill():
    """What follows from the rows there are: which tasks have ended, when somebody last reported or returned."""
    action = sa.table("action_item", *(sa.column(n) for n in ("id", "state", "ended", "reported_at", "returned_at")))
    line = sa.table("progress_report", *(sa.column(n) for n in ("action_id", "kind", "at")))
    connection = op.get_bind()
    connection.execute(action.update().where(action.c.state.in_(ENDED)).values(ended=sa.true()))

    def last(*kinds):
        of = line.c.action_id == action.c.id
        return sa.select(sa.func.max(line.c.at)).where(of, line.c.kind.in_(kinds)).scalar_subquery()

    connection.execute(action.update().values(reported_at=last("progress", "done"), returned_at=last("returned")))
    answered = action.c.reported_at > action.c.returned_at
    connection.execute(action.update().where(answered).values(returned_at=None))


def _applications():
    op.create_table(
        "application",
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column("kind", words("applicationkind", "suspend", "resume", "transfer"), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("stood_in_for", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("granted", sa.Boolean(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", Moment(), nullable=True),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        refers("application", "action_id", "action_item"),
        refers("application", "asked_by_id", "user"),
        refers("application", "decided_by_id", "user"),
        refers("application", "department_id", "department"),
        refers("application", "person_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
    )
    op.create_index(op.f("ix_application_action_id"), "application", ["action_id"])
    op.create_index(op.f("ix_application_granted"), "application", ["granted"])


def _stages_and_look_backs():
    op.create_table(
        "stage",
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("done_at", Moment(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        refers("stage", "action_id", "action_item"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage")),
    )
    op.create_index(op.f("ix_stage_action_id"), "stage", ["action_id"])
    op.create_table(
        "look_back",
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column("drawn_on", sa.Date(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=True),
        sa.Column("finding", sa.String(), nullable=False),
        sa.Column("checked_by_id", sa.Integer(), nullable=True),
        sa.Column("checked_at", Moment(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        refers("look_back", "action_id", "action_item"),
        refers("look_back", "checked_by_id", "user"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look_back")),
    )
    op.create_index(op.f("ix_look_back_action_id"), "look_back", ["action_id"])
    op.create_index(op.f("ix_look_back_checked_at"), "look_back", ["checked_at"])
    op.create_index(op.f("ix_look_back_drawn_on"), "look_back", ["drawn_on"])


def _slips():
    op.create_table(
        "slip",
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column("colour", words("slipcolour", "blue", "yellow", "red"), nullable=False),
        sa.Column("state", words("slipstate", "proposed", "issued", "dropped"), nullable=False),
        sa.Column("proposed_on", sa.Date(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("issued_at", Moment(), nullable=True),
        sa.Column("answer_by", sa.Date(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("remark", sa.String(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.Column("next_try_at", Moment(), nullable=True),
        refers("slip", "action_id", "action_item"),
        refers("slip", "decided_by_id", "user"),
        refers("slip", "file_id", "stored_file"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slip")),
        sa.UniqueConstraint("year", "number", name=op.f("uq_slip_year_number")),
    )
    op.create_index(op.f("ix_slip_action_id"), "slip", ["action_id"])
    op.create_index(op.f("ix_slip_state"), "slip", ["state"])


def downgrade():
    for table in ("slip", "look_back", "stage", "application"):
        op.drop_table(table)
    with op.batch_alter_table("extension") as batch:
        batch.drop_index(op.f("ix_extension_granted"))
        batch.drop_column("progress")
        batch.drop_column("stood_in_for")
    with op.batch_alter_table("progress_report") as batch:
        batch.drop_constraint(op.f("fk_progress_report_support_id_support"), type_="foreignkey")
        batch.drop_column("support_id")
        batch.drop_column("stood_in_for")
    with op.batch_alter_table("support") as batch:
        batch.drop_column("remark")
        batch.drop_column("reported_at")
        batch.drop_column("state")
    for index in (
        op.f("ix_action_item_closed_at"),
        op.f("ix_action_item_assigned_by_id"),
        "ix_action_item_by_state",
        "ix_action_item_assigned_at",
        "ix_action_item_urgency",
    ):
        op.drop_index(index, "action_item")
    with op.batch_alter_table("action_item") as batch:
        for column in ("asked_on", "satisfaction", "returned_at", "reported_at", "ended", "asks_file"):
            batch.drop_column(column)
