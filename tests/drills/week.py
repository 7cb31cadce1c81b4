"""A secretary's standard week in a real browser, act by act: prepare, call the roll, record, adjourn, review, sign."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent), str(HERE.parent / "browser")]

from living import Living, living_portal  # noqa: E402
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright  # noqa: E402

from tests.browser.conftest import CHROMIUM, QUIET  # noqa: E402

PASSWORD, PIN = "example-week-2026", "314159"
MEMBERS = 20  # of the series, its chair and its recorder among them
ON_LEAVE = 2
PATIENCE = 90  # seconds for what the worker makes
# What is typed under each of the eight items: the words of a line, and whether it is a task.
SAID = (
    ("议定：原则同意落实情况报告",),
    ("交办：印发学习要点 @示例三局 @员三示例 下周三前",),
    ("议定：同意先行开工", "交办：补办用地手续 @示例四局 @员四示例 下周五前！"),
    ("交办：报送用电方案 @示例五局 @员五示例 月底前",),
    ("议定：同意增设公交站点", "交办：协调公交线路 @示例六局 @员六示例 三个工作日内"),
    ("议定：暂不调整收费标准",),
    ("交办：汇总用工缺口 @示例七局 @员七示例 下周五前",),
    ("议定：下周走访企业", "交办：排出走访计划 @示例八局 @员八示例 下周二前"),
)
DECISIONS, TASKS = 5, 6
BARS = {"prepare": 12, "roll": 4, "record": 18, "finish": 6}
WORDS = {
    "prepare": "prepare 8 items, approval, notice",
    "open": "open the meeting, go to the desk",
    "roll": f"mark {MEMBERS} people, {ON_LEAVE} on leave",
    "record": f"record {DECISIONS} decisions, {TASKS} tasks, 8 items",
    "finish": "adjourn, send to review, sign",
}
IN_ALL = 40


@dataclass
class Acts:
    """Every click and every key that is no free text, under the part of the week it belongs to."""

    done: list[tuple[str, str, str, str]] = field(default_factory=list)
    part: str = ""

    def note(self, who: str, how: str, what: str) -> None:
        """Count one act and print it."""
        self.done.append((self.part, who, how, what))
        print(f"  {len(self.done):3}  {who:10} {how:16} {what}", flush=True)

    def count(self, part: str) -> int:
        """How many acts a part took."""
        return sum(one[0] == part for one in self.done)


@dataclass
class Hand:
    """One person's hand on mouse and keyboard."""

    page: Page
    who: str
    acts: Acts

    def click(self, thing: Locator, what: str) -> None:
        """One click."""
        expect(thing).to_be_visible(timeout=20_000)
        thing.click()
        self.acts.note(self.who, "click", what)

    def key(self, key: str, what: str) -> None:
        """One key or chord that is no free text."""
        self.page.keyboard.press(key)
        self.acts.note(self.who, key, what)

    def write(self, text: str) -> None:
        """Free text, which is not counted; it goes where the cursor stands."""
        self.page.keyboard.insert_text(text)


@contextmanager
def person(browser: Browser, portal: Living, name: str, acts: Acts):
    """A browser of one's own, signed in; signing in is not counted, it is no part of the week."""
    context = browser.new_context(base_url=portal.address, locale="zh-CN", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.goto("/login")
    page.fill("[name=username]", name)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    expect(page.locator("h1")).to_contain_text("我的工作")
    try:
        yield Hand(page, name, acts)
    except BaseException:
        if target := os.environ.get("PORTAL_WEEK_PICTURE"):
            page.screenshot(path=target, full_page=True)
        raise
    finally:
        context.close()


def prepare(browser: Browser, portal: Living, acts: Acts) -> str:
    """From the made meeting to the notice; returns its address."""
    acts.part = "prepare"
    with person(browser, portal, "secretary", acts) as secretary:
        page = secretary.page
        nav = page.get_by_role("link", name="会务", exact=True)
        secretary.click(nav, "会务")
        coming = page.locator("section.card", has_text="筹备中").first
        address = coming.locator("h2 a").get_attribute("href")
        secretary.click(coming.get_by_role("button", name="全部列入"), "全部列入")
        coming = page.locator("section.card", has_text="筹备中").first
        expect(coming).to_contain_text("待排议题都已列入")
        secretary.click(coming.get_by_role("button", name="请主持人审定"), "请主持人审定")
        with person(browser, portal, "chair", acts) as chair:
            chair.click(chair.page.get_by_role("button", name="审定议程", exact=True), "审定议程, on the first page")
            expect(chair.page.locator("main")).to_contain_text("已审定")
        secretary.click(nav, "会务")
        secretary.click(page.locator("summary", has_text="发通知"), "发通知")
        secretary.click(page.locator("dialog[open] button[type=submit]"), "确定")
        expect(page.locator("h1")).to_contain_text("次会议")
        expect(page.locator(".agenda .row")).to_have_count(8)
    return address


def ask_for_leave(browser: Browser, portal: Living, address: str) -> None:
    """What members do beside the secretary's week."""
    for number in range(2, 2 + ON_LEAVE):
        with person(browser, portal, f"member{number}", Acts()) as member:
            page = member.page
            page.goto(address)
            page.get_by_role("link", name="请假").first.click()
            page.locator("main [name=why]").fill("出差")
            page.get_by_role("button", name="提交请假").click()
            expect(page.locator("main")).to_contain_text("申请请假")


def hold(secretary: Hand, address: str) -> None:
    """Open, call the roll, record everything by keyboard."""
    page, acts = secretary.page, secretary.acts
    acts.part = "open"
    secretary.click(page.locator(f"main a[href='{address}']").first, "the meeting, on the first page")
    secretary.click(page.locator("summary", has_text="开会"), "开会")
    secretary.click(page.locator("dialog[open] button[type=submit]"), "确定")
    acts.part = "roll"
    roll = page.locator("section", has=page.locator("#roll"))
    for _ in range(ON_LEAVE):
        left = roll.get_by_role("button", name="批准").count()
        secretary.click(roll.get_by_role("button", name="批准").first, "准假")
        expect(roll.get_by_role("button", name="批准")).to_have_count(left - 1)
    secretary.click(roll.get_by_role("button", name="全部到会"), "全部到会")
    expect(roll).to_contain_text(f"应到 {MEMBERS}，实到 {MEMBERS - ON_LEAVE}，请假 {ON_LEAVE}")
    acts.part = "open"
    secretary.click(page.locator("main").get_by_role("link", name="会议记录").first, "会议记录")
    acts.part = "record"
    for number, lines in enumerate(SAID, 1):
        heading = page.locator("#words h2")
        title = heading.inner_text()
        expect(page.locator("#line")).to_be_focused()
        for place, text in enumerate(lines, 1):
            secretary.write(text)
            last = number == len(SAID) and place == len(lines)
            if last:  # the last line is ended by the key that ends the last item
                secretary.key("Alt+ArrowDown", f"line: {text[:14]}…")
                marked = page.locator("#record-agenda .tag", has_text="已议")
                expect(marked).to_have_count(len(SAID), timeout=20_000)
                expect(page.locator("#queue li")).to_have_count(0)
            else:
                secretary.key("Control+Enter", f"line: {text[:14]}…")
                expect(page.locator("#lines > li, #lines li")).to_have_count(place, timeout=20_000)
        if number < len(SAID):
            secretary.key("Alt+ArrowDown", "next item")
            expect(heading).not_to_have_text(title, timeout=20_000)


def finish(browser: Browser, portal: Living, secretary: Hand) -> int:
    """Adjourn, send to review, sign; returns how many acts the reviewer took beside."""
    page, acts = secretary.page, secretary.acts
    acts.part = "finish"
    secretary.click(page.locator("main").get_by_role("link", name="散会", exact=True), "散会")
    expect(page.locator("h1")).to_have_text("散会")
    secretary.click(page.locator("main").get_by_role("button", name="散会", exact=True), "散会，检查过")
    expect(page.locator("h1")).to_contain_text("次会议")
    submit = page.locator("#papers-card").get_by_role("button", name="送审")
    expect(submit).to_be_visible(timeout=PATIENCE * 1000)  # the draft appears by itself
    secretary.click(submit, "送审")
    expect(page.locator("main")).to_contain_text("审核")
    acts.part = "review"
    with person(browser, portal, "reviewer", acts) as reviewer:
        reviewer.click(reviewer.page.locator("#owed a.what").first, "审核纪要, on the first page")
        expect(reviewer.page.locator("main")).not_to_contain_text("审签单正在排版", timeout=PATIENCE * 1000)
        if not reviewer.page.get_by_role("button", name="签名并通过").count():
            reviewer.click(reviewer.page.get_by_role("link", name="审核", exact=True), "审核")
        reviewer.page.locator("main [name=text]").first.fill("同意。")
        reviewer.click(reviewer.page.locator("main [name=pin]"), "签名口令")
        reviewer.write(PIN)
        reviewer.click(reviewer.page.get_by_role("button", name="签名并通过"), "签名并通过")
        reviewer.page.wait_for_load_state()
    acts.part = "finish"
    with person(browser, portal, "signatory", acts) as signatory:
        page, until = signatory.page, time.monotonic() + PATIENCE
        while not page.locator("#owed a.what").count():  # the worker lays the paper out; then it stands on the page
            assert time.monotonic() < until, "the minutes were not laid out in time"
            page.wait_for_timeout(1000)
            page.goto("/")
        signatory.click(page.locator("#owed a.what").first, "签发纪要, on the first page")
        pin = page.locator("main [name=pin]")
        if not pin.evaluate("field => field === document.activeElement"):
            signatory.click(pin, "签名口令")
        signatory.write(PIN)
        signatory.key("Enter", "签发")
        expect(page.locator("main")).to_contain_text("已签发", timeout=60_000)
    return acts.count("review")


def kept(portal: Living) -> tuple[int, int]:
    """Decisions, and tasks with an owner and a day, as the database has them of the newest record."""
    with sqlite3.connect(f"file:{portal.data}/portal.sqlite3?mode=ro", uri=True) as database:
        decisions = database.execute("SELECT count(*) FROM decision").fetchone()[0]
        tasks = database.execute(
            "SELECT count(*) FROM handout WHERE due IS NOT NULL AND lead_person_id IS NOT NULL"
        ).fetchone()[0]
    return decisions, tasks


def main() -> int:
    """Live the week; 0 only if every bar holds."""
    folder, acts = Path(tempfile.mkdtemp(prefix="portal-week-")), Acts()
    try:
        with living_portal(folder / "data", furnish=(sys.executable, __file__, "furnish")) as portal:
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(QUIET))
                address = prepare(browser, portal, acts)
                ask_for_leave(browser, portal, address)
                with person(browser, portal, "secretary", acts) as secretary:
                    hold(secretary, address)
                    reviewers = finish(browser, portal, secretary)
                browser.close()
            found = kept(portal)
    except AssertionError as error:
        print(f"failed: {error}")
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return tell(acts, found, reviewers)


def tell(acts: Acts, found: tuple[int, int], reviewers: int) -> int:
    """Print the table; 0 only if every bar holds and what was recorded is there."""
    good = True
    print(f"\n{'part':44} acts   bar")
    for part, words in WORDS.items():
        count, bar = acts.count(part), BARS.get(part)
        good &= bar is None or count <= bar
        print(f"{words:44} {count:4}   {bar or '–':>3}")
    total = sum(acts.count(part) for part in WORDS)
    mouse = sum(part == "record" and how == "click" for part, _, how, _ in acts.done)
    good &= total <= IN_ALL and not mouse and found == (DECISIONS, TASKS)
    print(f"{'in all, with approval, leave and signing':44} {total:4}   {IN_ALL:3}")
    print(f"clicks while recording: {mouse}   (bar 0)")
    print(f"kept: {found[0]} decisions of {DECISIONS}, {found[1]} tasks with owner and day of {TASKS}")
    print(f"beside it, not counted above: the reviewer's opinion, {reviewers} acts")
    print("passed" if good else "failed")
    return 0 if good else 1


def furnish() -> None:
    """A series whose last meeting left two items open, three accepted proposals, and twenty members."""
    from portal import create_app
    from portal.config import Config
    from portal.db import calendar, clock
    from portal.db.engine import db
    from portal.meetings.agenda import operations as agenda
    from portal.meetings.attendance import operations as attendance
    from portal.meetings.models.agenda import ItemState
    from portal.meetings.models.series import ItemKind, Recurrence
    from portal.meetings.notices import operations as notices
    from portal.meetings.preparing import operations as preparing
    from portal.meetings.proposals import operations as proposals
    from portal.meetings.series import operations as series_operations
    from portal.meetings.sitting import operations as sitting
    from portal.people.accounts import operations as accounts
    from portal.people.departments import operations as departments
    from portal.people.keys import operations as keys
    from portal.people.models.groups import GroupKind
    from portal.people.models.roles import Role

    app = create_app(Config.from_environ(os.environ))
    digits = "零一二三四五六七八九十"
    with app.app_context():
        office = departments.add_department("示例市专班办公室", "专班办公室", 1, by=None)
        units = [departments.add_department(name, name, rank, by=None) for rank, name in enumerate(_units(digits), 2)]

        def add(account: str, name: str, *roles: Role, unit=office):
            return accounts.add_user(account, name, unit, rank=1, roles=roles, password=PASSWORD, by=None)[0]

        secretary = add("secretary", "文示例", Role.secretary)
        chair = add("chair", "主示例", Role.leader)
        reviewer, signatory = add("reviewer", "审示例", Role.officer), add("signatory", "签示例", Role.leader)
        for signer in (reviewer, signatory):
            keys.make_key(signer, PIN, by=signer)
        names = [f"员{one}示例" for one in (*digits[1:], *(f"十{two}" for two in digits[1:]))]
        members = [
            add(f"member{at}", name, Role.officer, unit=units[at % len(units)])
            for at, name in enumerate(names[: MEMBERS - 1])
        ]
        group = departments.add_group(GroupKind.task_force, "示例专班", members=[chair, *members], by=None)
        today = clock.today()
        if not calendar.known(today.year + 1):
            calendar.mark(date(today.year + 1, 1, 1), working=False, name="元旦")
        series = series_operations.add_series(
            name="示例例会", short="示例", rank=1, group=group, chair=chair, recorder=secretary, reviewer=reviewer,
            signatory=signatory, place="示例会议室", recurrence=Recurrence.weekly, weekday=today.weekday(),
            starts_at=clock.parse_time("9:00"), minutes=120, cut_off_days=2, cut_off_time=clock.parse_time("17:00"),
            heading="示例例会纪要", by=secretary,
            standing=[
                (ItemKind.review, "上次会议交办事项落实情况", 10), (ItemKind.study, "传达学习", 10, members[0]),
                (ItemKind.assignment, "工作部署", 10, chair),
            ],
        )  # fmt: skip
        with clock.at(clock.now() - timedelta(days=7)):
            last = preparing.schedule(series, clock.today(), by=secretary)
            for title, reporter in (("用地手续", members[1]), ("用电报装", members[2])):
                agenda.add_item(last, ItemKind.problem, title, 15, reporter=reporter, by=secretary)
            preparing.approve_agenda(last, chair=chair, by=chair)
            notices.announce(last, why="已知悉", by=secretary)
            sitting.open(last, by=secretary)
            attendance.check_in(last.attendances[0], by=secretary)
            for item in last.items:
                sitting.mark_item(item, ItemState.dealt_with if item.standing else ItemState.deferred, by=secretary)
            sitting.adjourn(last, by=secretary)
        db.session.commit()
        for title, by in (("公交站点", members[3]), ("收费标准", members[4]), ("用工缺口", members[5])):
            item = proposals.propose(series, ItemKind.problem, title, "请会议研究。", 10, by=by)
            proposals.accept_item(item, by=secretary)
        db.session.commit()


def _units(digits: str) -> list[str]:
    return [f"示例{one}局" for one in digits[1:]]


def live() -> int:
    """The week, or the furnishing it asks for in a process of its own."""
    if sys.argv[1:] == ["furnish"]:
        furnish()
        subprocess.run([sys.executable, "-m", "flask", "--app", "wsgi", "jobs", "--once"], check=True)
        return 0
    return main()


if __name__ == "__main__":
    sys.exit(live())
