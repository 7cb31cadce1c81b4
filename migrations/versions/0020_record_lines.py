"""The record line by line."""

import sqlalchemy as sa
from alembic import op

from portal.db.engine import Moment

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

PHRASES = (
    "会议听取了有关情况汇报。",
    "会议原则同意。",
    "议定：原则同意该方案，由牵头单位会同有关单位修改完善后实施。",
    "议定：此事项暂缓，下次会议再研究。",
    "交办：研究提出意见并报专班办公室 @",
    "交办：跟踪落实并报告进展 @",
)


def upgrade():
    with op.batch_alter_table("handout") as table:
        table.add_column(sa.Column("urgent", sa.Boolean(), server_default=sa.false(), nullable=False))
    phrases = op.create_table(
        "phrase",
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phrase")),
    )
    op.bulk_insert(phrases, [{"position": place, "text": text} for place, text in enumerate(PHRASES, 1)])
    lines = op.create_table(
        "record_line",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "kind", sa.Enum("note", "decision", "task", name="linekind", native_enum=False, length=32), nullable=False
        ),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("speaker", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("lacks", sa.String(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=True),
        sa.Column("typed_at", Moment(), nullable=False),
        sa.Column("typed_by_id", sa.Integer(), nullable=True),
        sa.Column("decision_id", sa.Integer(), nullable=True),
        sa.Column("handout_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_record_line_decision_id_decision")),
        sa.ForeignKeyConstraint(["handout_id"], ["handout.id"], name=op.f("fk_record_line_handout_id_handout")),
        sa.ForeignKeyConstraint(["item_id"], ["agenda_item.id"], name=op.f("fk_record_line_item_id_agenda_item")),
        sa.ForeignKeyConstraint(["typed_by_id"], ["user.id"], name=op.f("fk_record_line_typed_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_line")),
        sa.UniqueConstraint("decision_id", name=op.f("uq_record_line_decision_id")),
        sa.UniqueConstraint("handout_id", name=op.f("uq_record_line_handout_id")),
        sa.UniqueConstraint("key", name=op.f("uq_record_line_key")),
    )
    op.create_index(op.f("ix_record_line_item_id"), "record_line", ["item_id"], unique=False)
    rows = list(_lines(op.get_bind()))
    if rows:
        op.bulk_insert(lines, rows)


def _lines(connection):
    """What was recorded before: under each item the texts by paragraph, then its decisions, then its tasks."""
    places = {}

    def line(item, kind, text, words, at, by, **more):
        places[item] = places.get(item, 0) + 1
        return {
            "item_id": item, "position": places[item], "kind": kind, "text": text, "speaker": "", "words": words,
            "lacks": "",
            "typed_at": at, "typed_by_id": by, "decision_id": None, "handout_id": None, "version": 1, **more,
        }  # fmt: skip

    when = sa.column("at", Moment())
    said = sa.text("SELECT item_id, text, coalesce(saved_at, CURRENT_TIMESTAMP) AS at, saved_by_id FROM record_entry")
    columns = [sa.column("item_id"), sa.column("text"), when, sa.column("saved_by_id")]
    for item, text, at, by in connection.execute(said.columns(*columns)):
        for paragraph in text.splitlines():
            if paragraph.strip():
                yield line(item, "note", paragraph.strip(), paragraph.strip(), at, by)
    decided = sa.text(
        "SELECT d.item_id, d.id, d.text, coalesce(m.opened_at, CURRENT_TIMESTAMP) AS at FROM decision d "
        "JOIN agenda_item i ON i.id = d.item_id LEFT JOIN meeting m ON m.id = i.meeting_id "
        "ORDER BY d.item_id, d.position, d.id"
    )
    for item, number, text, at in connection.execute(
        decided.columns(sa.column("item_id"), sa.column("id"), sa.column("text"), when)
    ):
        yield line(item, "decision", f"议定：{text}", text, at, None, decision_id=number)
    handed_out = sa.text(
        "SELECT h.item_id, h.id, h.title, coalesce(d.short, g.name) AS unit, u.name, h.due, "
        "coalesce(m.opened_at, CURRENT_TIMESTAMP) AS at FROM handout h "
        "JOIN agenda_item i ON i.id = h.item_id LEFT JOIN meeting m ON m.id = i.meeting_id "
        'LEFT JOIN department d ON d.id = h.lead_department_id LEFT JOIN "group" g ON g.id = h.lead_group_id '
        'JOIN "user" u ON u.id = h.lead_person_id ORDER BY h.item_id, h.id'
    )
    supporting = sa.text(
        "SELECT s.handout_id, d.short FROM handout_support s JOIN department d ON d.id = s.department_id "
        "ORDER BY d.rank"
    )
    support = {}
    for number, name in connection.execute(supporting):
        support.setdefault(number, []).append(name)
    columns = [sa.column(name) for name in ("item_id", "id", "title", "unit", "name")]
    for item, number, title, unit, person, due, at in connection.execute(
        handed_out.columns(*columns, sa.column("due", sa.Date()), when)
    ):
        names = [*filter(None, (unit, person)), *support.get(number, ())]
        owners = " ".join(f"@{name}" for name in names)
        day = f"{due.year}年{due.month}月{due.day}日前"
        yield line(item, "task", f"交办：{title} {owners} {day}", title, at, None, handout_id=number)


def downgrade():
    op.drop_table("record_line")
    op.drop_table("phrase")
    with op.batch_alter_table("handout") as table:
        table.drop_column("urgent")
