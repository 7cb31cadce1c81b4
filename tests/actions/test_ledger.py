"""The ledger: what it shows, counts, filters, sorts and hands over as Excel."""

import re
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook
from states import kept

from portal.actions.assignment import operations as assignment
from portal.actions.ledger import queries as ledger_queries
from portal.actions.ledger import saved_filters
from portal.actions.models.slips import SlipColour
from portal.actions.progress import operations as progress
from portal.actions.requests import operations as requests
from portal.actions.supervision import operations as supervision
from portal.db import clock
from portal.db.engine import db
from portal.jobs import periodic, worker
from portal.web import listing

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)


def titles(answer):
    return re.findall(r'<td class="full"><a href="/actions/\d+">(.*?)</a>', answer.text)


@pytest.fixture
def ledger(task, people):
    """Tasks that differ in what the ledger filters by."""
    with clock.at(clock.now() - timedelta(20)):
        task("逾期的", days=10)
        late = task("逾期已报办结", days=12)
        assignment.accept(late, by=people.officer)
        progress.report_done(late, "好了", by=people.officer)
        closed = task("早已销号", days=5)
        assignment.accept(closed, by=people.officer)
        progress.report_done(closed, "好了", by=people.officer)
        progress.close(closed, by=people.supervisor)
        held = task("挂起的", days=6)
        assignment.accept(held, by=people.officer)
        requests.suspend(held, "等", by=people.supervisor)
        db.session.commit()
    task("临期的", days=2)
    task("还早", days=40, lead_department=people.justice, lead_person=people.colleague)
    task("同事支持的", days=41, support=[people.theme], text="=SUM(A1)")
    asked = task("要延期的", days=42)
    assignment.accept(asked, by=people.officer)
    requests.ask_extension(asked, asked.due + timedelta(5), "故", by=people.officer)
    supervision.supervise(asked, by=people.supervisor)
    db.session.commit()


def test_what_is_open_comes_first_by_due_day(as_, people, ledger):
    assert titles(as_(people.supervisor).get("/actions")) == [
        "挂起的", "逾期的", "逾期已报办结", "临期的", "还早", "同事支持的", "要延期的", "早已销号",
    ]  # fmt: skip


VIEWS = {
    "open": ["挂起的", "逾期的", "逾期已报办结", "临期的", "还早", "同事支持的", "要延期的"],
    "mine": ["挂起的", "逾期的", "逾期已报办结", "临期的", "同事支持的", "要延期的"],
    "support": ["同事支持的"],
    "assigned": ["逾期的", "临期的", "还早", "同事支持的"],
    "soon": ["临期的"],
    "late": ["逾期的"],
    "done": ["逾期已报办结"],
    "refused": [],
    "extension": ["要延期的"],
    "suspended": ["挂起的"],
    "supervised": ["要延期的"],
    "closed": ["早已销号"],
}


@pytest.mark.parametrize("view", VIEWS)
def test_saved_filters_show_what_they_count(as_, people, ledger, view):
    assignment.assign(
        title="别人的", lead_person=people.stranger, due=clock.today(), lead_department=None, by=people.administrator
    )
    answer = as_(people.officer).get(f"/actions?view={view}")
    expected = [title for title in VIEWS[view] if title != "还早"]
    assert titles(answer) == expected
    assert saved_filters.view_counts(people.officer)[view] == len(expected)


@pytest.fixture
def full_ledger(ledger, task, people):
    """One task at least for each saved filter."""
    with clock.at(clock.now() - timedelta(30)):
        steps = [("一", clock.today() + timedelta(5)), ("二", clock.today() + timedelta(80))]
        staged = task("滞后的", days=90, stages=steps)
        late = task("要发督办单的", days=4)
        held = task("要挂起的", days=60)
        drawn = task("回头看的", days=3)
        back = task("退回的", days=20, lead_person=people.colleague, lead_department=people.justice)
        for one in (staged, late, held, drawn, back):
            assignment.accept(one, by=one.lead_person)
        requests.ask_suspension(held, "等", by=people.officer)
        supervision.propose_slip(late, SlipColour.blue)
        for one in (drawn, back):
            progress.report_done(one, "好了", by=one.lead_person)
        progress.close(drawn, by=people.supervisor)
        supervision.draw_look_backs([drawn])
        progress.return_(back, "不够", by=people.supervisor)
        assignment.refuse(task("退办的", days=50), "不归我们", by=people.officer)
        progress.terminate(task("终止的", days=50), "不办了", by=people.chair)
    db.session.commit()


@pytest.mark.parametrize("who", ["supervisor", "secretary", "officer", "colleague", "stranger", "archivist"])
def test_every_number_is_the_length_of_its_list(people, full_ledger, who):
    user = getattr(people, who)
    counts = saved_filters.view_counts(user)
    for name, view in saved_filters.VIEWS.items():
        listed = db.session.scalars(ledger_queries.ledger(user).where(view.narrow(user))).unique().all()
        assert counts[name] == len(listed), name
    if who == "supervisor":
        assert [name for name in saved_filters.VIEWS if not counts[name]] == ["mine", "support"]


def test_counting_reads_no_task_itself(people, full_ledger, statements):
    if db.engine.dialect.name != "sqlite":
        return  # the plan of a small table says nothing there
    for user in (people.supervisor, people.officer):
        statements.clear()
        saved_filters.view_counts(user)
        (asked,) = [one for one in statements if "UNION ALL" in one]
        values = tuple("x" for _ in range(asked.count("?")))
        plan = [row[-1] for row in db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", values)]
        walks = [step for step in plan if "action_item" in step and "rowid" not in step]
        assert walks == [
            "SEARCH action_item USING COVERING INDEX ix_action_item_standing (ended=?)",
            "SEARCH action_item USING COVERING INDEX ix_action_item_over (ended=?)",
        ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("text=临期", ["临期的"]),
        ("text=2026-0", None),
        ("text=001", ["逾期的"]),
        ("text=好了", ["逾期已报办结", "早已销号"]),
        ("state=suspended", ["挂起的"]),
        ("person=同事", ["还早"]),
        ("text=%25", []),
        ("view=closed&text=早已", ["早已销号"]),
        ("state=nonsense&view=<script>", None),
        ("since=2026-02-30", None),
        ("since=9999-12-31", None),
        ("since=2199-12-31", []),
        ("until=2000-01-01", []),
        ("lead=9223372036854775808", None),
        ("page=99999999999", None),
        ("sort=number&order=desc", None),
    ],
)
def test_filters_narrow_and_nonsense_is_left_out(as_, people, ledger, query, expected):
    answer = as_(people.supervisor).get(f"/actions?{query}")
    assert answer.status_code == 200
    if expected is not None:
        assert titles(answer) == expected


def test_the_lead_department_filters(as_, people, ledger):
    assert titles(as_(people.supervisor).get(f"/actions?lead={people.justice.id}")) == ["还早"]


def test_overdue_is_plain_to_see(as_, people, ledger):
    page = as_(people.supervisor).get("/actions?view=late").text
    assert re.search(r'<span class="hint late"[^>]*>逾期 10 天</span>', page)


def test_excel_has_real_dates_and_no_formulas(as_, people, ledger):
    answer = as_(people.supervisor).get("/actions?export=xlsx")
    sheet = load_workbook(BytesIO(answer.data)).active
    rows = [[cell.value for cell in line] for line in sheet.iter_rows()]
    head = rows[0]
    assert [row[head.index("事项")] for row in rows[1:]][:2] == ["挂起的", "逾期的"]
    assert len(rows) == 9
    due = sheet.cell(2, head.index("现在时限") + 1)
    assert due.is_date
    assert due.value.date() == clock.today() - timedelta(14)
    formula = next(line[head.index("具体要求")] for line in sheet.iter_rows(min_row=2) if line[1].value == "同事支持的")
    assert (formula.data_type, formula.value) == ("s", "=SUM(A1)")
    assert sheet.page_setup.orientation == "landscape"


def test_excel_follows_the_filters(as_, people, ledger):
    answer = as_(people.supervisor).get("/actions?view=late&export=xlsx")
    assert load_workbook(BytesIO(answer.data)).active.max_row == 2


def test_those_without_work_here_do_not_even_see_it(as_, people):
    for user in (people.administrator, people.auditor):
        assert as_(user).get("/actions").status_code == 404


@pytest.mark.parametrize("rows", [12, pytest.param(120, marks=pytest.mark.long)])
def test_the_ledger_asks_the_same_few_questions(as_, people, task, statements, rows):
    for number in range(rows):
        assignment.assign(
            title=f"第 {number} 项", lead_person=people.officer, lead_department=people.industry,
            support=[people.justice], due=clock.today(), by=people.secretary,
        )  # fmt: skip
    browser = as_(people.supervisor)
    browser.get("/actions")
    db.session.commit()
    statements.clear()
    browser.get("/actions")
    asked = [one for one in statements if not one.startswith("BEGIN")]
    assert len(asked) <= 10, asked


def test_the_portal_studies_its_tables_every_day(people, full_ledger):
    assert periodic.JOBS["jobs.study"].every == timedelta(days=1)
    for _ in range(2):
        worker.run("jobs.study")
    if db.engine.dialect.name == "sqlite":
        known = db.session.execute(sa.text("SELECT idx FROM sqlite_stat1 WHERE tbl = 'action_item'"))
        assert "ix_action_item_standing" in {one for (one,) in known}


@kept
def seventy_tasks(people):
    """Tasks of several units and meetings, due on many days."""
    for number in range(70):
        assignment.assign(
            title=f"第{number}件", due=clock.today() + timedelta(9 + number * 7 % 50), lead_person=people.officer,
            lead_department=(None, people.office, people.industry, people.justice)[number % 4],
            said_at=(number % 3 or None, number % 11 or None), by=people.secretary,
        )  # fmt: skip
    db.session.commit()


@pytest.mark.parametrize("by", ["lead", "department", "series", "meeting"])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_the_pages_of_a_grouped_ledger_follow_on_each_other(as_, people, by, order, monkeypatch):
    monkeypatch.setattr(listing, "GROUPS_AT_ONCE", 3)
    seventy_tasks(people)
    browser = as_(people.supervisor)
    address = f"/actions?group={by}&order={order}"
    parts = [titles(browser.get(f"{address}&page={number}")) for number in (1, 2, 3)]
    assert [len(part) for part in parts] == [30, 30, 10]
    whole = re.findall(r'<td class="full">(.*?)</td>', browser.get(f"{address}&print=all").text)
    assert [title for part in parts for title in part] == whole
    assert len(set(whole)) == 70
    sheet = load_workbook(BytesIO(browser.get(f"{address}&export=xlsx").data)).active
    assert [row[1].value for row in sheet.iter_rows(min_row=2)] == whole
