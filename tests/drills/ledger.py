"""The ledger with 20 000 tasks: pages against those of 200, statements, the export's memory; both databases."""

import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent)]
SIZES = (200, 20_000)
ROUNDS = 15
PAGES = {
    "first": "/actions",
    "last": "/actions?page=99999",
    "filtered": "/actions?view=late",
    "text": "/actions?text=第77件",
    "desk": "/actions/desk",
}
MOST_TIMES = 1.5
MOST_MB = 100


def main() -> int:
    """Measure on each database in a process of its own; 0 only if every bar is met."""
    server = os.environ.get("TEST_DATABASE_URL", "")
    failed = 0
    for name, url in (("SQLite", ""), ("PostgreSQL", server)):
        if name == "PostgreSQL" and not url:
            print("PostgreSQL: left out, TEST_DATABASE_URL is not set")
            continue
        print(name, flush=True)
        found = {}
        for size in SIZES:
            command = [sys.executable, __file__, "measure", str(size)]
            environ = {**os.environ, "TEST_DATABASE_URL": url}
            done = subprocess.run(command, env=environ, check=False, capture_output=True, text=True, timeout=1500)
            if done.returncode:
                print(done.stderr[-3000:])
                return 1
            found[size] = json.loads(done.stdout.splitlines()[-1])
        failed += judge(*found.values())
    print("passed" if not failed else f"{failed} bars missed")
    return 1 if failed else 0


def judge(few: dict, many: dict) -> int:
    """Print the figures beside their bars; how many were missed."""
    missed = 0
    for who in ("supervisor", "officer"):
        for page in PAGES:
            if (key := f"{who} {page}") not in few:
                continue
            (before, count), (after, counted) = few[key], many[key]
            times = after / before
            good = times < MOST_TIMES and count == counted
            missed += not good
            said = f"{before:6.1f} ms at 200, {after:6.1f} ms at 20 000, {times:4.2f} times"
            print(f"  {key:22} {said}, statements {count} and {counted}  {'ok' if good else 'MISSED'}")
    good = many["export_mb"] < MOST_MB and many["export_rows"] == SIZES[-1]
    missed += not good
    said = f"{many['export_rows']} rows in {many['export_s']:.0f} s, memory grew by {many['export_mb']:.0f} MB"
    print(f"  {'export':22} {said}, bar {MOST_MB} MB  {'ok' if good else 'MISSED'}", flush=True)
    return missed


def measure(size: int) -> None:
    """Fill a database with so many tasks, ask for the pages, export; the figures as JSON."""
    import openpyxl  # noqa: F401 - what a library weighs is no growth of the export
    import sqlalchemy as sa
    from cast import Cast
    from conftest import Browser, Database

    from portal import create_app, errands, jobs
    from portal.config import Config
    from portal.database import db
    from portal.errands import Errand
    from portal.people import operations as people_room

    folder = Path(tempfile.mkdtemp(prefix="portal-ledger-"))
    database = Database(folder)
    app = create_app(
        Config.from_environ(
            {
                "PORTAL_DATA": str(folder / "data"),
                "DATABASE_URL": database.url,
                "PORTAL_JOBS": "now",
                "PORTAL_LOG": "json",
            }
        )
    )
    app.test_client_class = Browser
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    database.prepare(app)
    figures: dict = {}
    try:
        with app.app_context():
            people = Cast()
            people.enter()
            db.session.commit()
            fill(size, people)
            for who in ("supervisor", "officer"):
                browser = app.test_client()
                token = people_room.open_session(getattr(people, who))
                db.session.commit()
                with browser.session_transaction() as session:
                    session["_user_id"], session["_fresh"] = token, True
                for page, address in PAGES.items():
                    if (who, page) != ("officer", "desk"):
                        figures[f"{who} {page}"] = asked(browser, address, sa, db)
            begun, before = time.monotonic(), memory()
            errands.ask("actions.export", by=people.supervisor, facts={"query": ""})
            db.session.commit()
            jobs.run("errands.run")
            errand = db.session.scalars(sa.select(Errand).order_by(Errand.id.desc())).first()
            figures["export_rows"] = errand.steps_done
            figures["export_s"] = time.monotonic() - begun
            figures["export_mb"] = memory(peak=True) - before
            db.session.rollback()
            db.session.remove()
    finally:
        database.drop(app)
    print(json.dumps(figures))


def fill(size: int, people) -> None:
    """So many tasks, most of them closed, as a ledger of some years is; a line of progress and a support unit each."""
    import sqlalchemy as sa
    from sqlalchemy.orm import selectinload

    from portal import clock
    from portal.actions import operations
    from portal.actions.models import ActionItem, ActionState, ProgressReport, ReportKind, Support, SupportState
    from portal.database import db

    states = [*[ActionState.closed] * 17, ActionState.assigned, ActionState.in_progress, ActionState.reported_done]
    leads = [(people.industry, people.officer), (people.justice, people.colleague), (people.office, people.recorder)]
    now = clock.now()
    for begin in range(0, size, 1000):
        tasks, lines, units = [], [], []
        for number in range(begin + 1, min(begin + 1000, size) + 1):
            state, (unit, person) = states[number % len(states)], leads[number % 3]
            day = clock.today() + timedelta(days=number % 700 - 650)
            ended = state is ActionState.closed
            tasks.append(
                {
                    "id": number, "number": f"{day.year}-{number:05d}", "title": f"第{number}件：办理企业用地手续",
                    "text": "会同有关单位核对材料，现场办公，一次办结。", "evidence": "", "state": state,
                    "ended": ended,
                    "audience_id": people.task_force.id, "lead_department_id": unit.id, "lead_person_id": person.id,
                    "due": day, "original_due": day, "assigned_by_id": people.secretary.id,
                    "assigned_at": now - timedelta(days=700 - number % 700), "offered_at": now, "reopened_count": 0,
                    "closed_at": now - timedelta(days=number % 600) if ended else None, "accepted_at": now,
                    "reported_at": now, "supervised": False, "provisional": False, "asks_file": False, "version": 1,
                }
            )  # fmt: skip
            lines.append(
                {"action_id": number, "kind": ReportKind.progress, "text": "已对接企业，材料齐全，正在办理。" * 2,
                 "by_id": person.id, "at": now, "stood_in_for": ""}
            )  # fmt: skip
            units.append(
                {"action_id": number, "department_id": people.justice.id, "state": SupportState.asked, "remark": ""}
            )
        db.session.execute(sa.insert(ActionItem), tasks)
        db.session.execute(sa.insert(ProgressReport), lines)
        db.session.execute(sa.insert(Support), units)
        with_reports = sa.select(ActionItem).where(ActionItem.id > begin).options(selectinload(ActionItem.reports))
        operations.let_be_found(*db.session.scalars(with_reports))
        db.session.commit()
    db.session.execute(sa.text("ANALYZE"))
    db.session.commit()


def asked(browser, address: str, sa, db) -> tuple[float, int]:
    """The quickest of some answers in milliseconds, which a busy machine disturbs least, and its statements."""
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:
        seen.append(statement)

    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        answer = browser.get(address)
        times.append((time.perf_counter() - begun) * 1000)
        assert answer.status_code == 200, (address, answer.status_code)
    sa.event.listen(db.engine, "before_cursor_execute", note)
    browser.get(address)
    sa.event.remove(db.engine, "before_cursor_execute", note)
    return min(times), sum(one.startswith("SELECT") for one in seen)


def memory(*, peak: bool = False) -> float:
    """What this process holds now, or held at most, in MB."""
    word = "VmHWM" if peak else "VmRSS"
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(word):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    if sys.argv[1:2] == ["measure"]:
        measure(int(sys.argv[2]))
    else:
        sys.exit(main())
