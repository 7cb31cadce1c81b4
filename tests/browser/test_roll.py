"""The roll called by tap and by keyboard, and an officer who answers and checks in on a phone."""

from collections.abc import Callable

import pytest
import stage
from eyes import spill, violations
from playwright.sync_api import Page, expect

from portal.db.engine import db
from portal.meetings.models.meetings import Meeting
from portal.people.models.accounts import User
from portal.people.models.groups import GroupMember

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 1000}


@pytest.fixture
def hall(people, opened: Open) -> Open:
    """`hall(user, path)`: a browser of this person in a portal whose task force has twenty members."""
    for number in range(12):
        user = User(username=f"member{number}", name=f"示例{number}号", department=people.justice, rank=50 + number)
        db.session.add(user)
        db.session.flush()
        db.session.add(GroupMember(group_id=people.task_force.id, user_id=user.id))
    db.session.commit()

    def open_page(user: User, path: str, *, size: dict[str, int] = DESK, **options: object) -> Page:
        return opened(user, path, viewport=size, has_touch=size is PHONE, **options)

    return open_page


@pytest.fixture
def sitting(hall: Open, people) -> int:
    """The number of a meeting that is in session."""
    number = stage.in_session(people).id
    db.session.commit()
    return number


def figures(page: Page):
    return page.locator(".card [role=status]").first


def row(page: Page, name: str):
    return page.locator(".roll > li", has_text=name)


def test_twenty_people_of_whom_two_are_on_leave_in_three_taps(hall: Open, sitting: int, people) -> None:
    page, acts = hall(people.secretary, f"/meetings/{sitting}/attendance"), 0
    page.get_by_role("button", name="全部到会", exact=True).click()
    acts += 1
    expect(figures(page)).to_contain_text("应到 20，实到 20，请假 0")
    for name in ("示例3号", "示例7号"):
        row(page, name).get_by_role("button", name=f"登记{name}请假").click()
        acts += 1
    expect(figures(page)).to_contain_text("应到 20，实到 18，请假 2")
    assert acts <= 4
    page.reload()
    expect(figures(page)).to_contain_text("应到 20，实到 18，请假 2")


def test_the_roll_is_called_by_keyboard_and_the_focus_stays(hall: Open, sitting: int, people) -> None:
    page = hall(people.secretary, f"/meetings/{sitting}/attendance")
    page.get_by_role("button", name="文秘示例签到").focus()
    for name in ("文秘示例", "主持示例", "记录示例"):
        expect(page.get_by_role("button", name=f"{name}签到")).to_be_focused()
        with page.expect_response("**/check-in"):
            page.keyboard.press("Enter")
        expect(page.get_by_role("button", name=f"撤销{name}的签到")).to_be_focused()
        page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("button", name="登记审核示例请假")).to_be_focused()
    with page.expect_response("**/leave/record"):
        page.keyboard.press("Enter")
    expect(figures(page)).to_contain_text("应到 20，实到 3，请假 1")


@pytest.mark.long
def test_quick_taps_on_several_rows_are_all_kept(hall: Open, sitting: int, people) -> None:
    page = hall(people.secretary, f"/meetings/{sitting}/attendance")
    for name in ("示例1号", "示例2号", "示例4号", "示例5号"):
        page.evaluate("name => document.querySelector(`[aria-label='${name}签到']`)?.click()", name)
    expect(figures(page)).to_contain_text("实到 4")
    page.reload()
    expect(figures(page)).to_contain_text("实到 4")


def test_the_roll_works_without_scripts(hall: Open, sitting: int, people) -> None:
    page = hall(people.secretary, f"/meetings/{sitting}/attendance", java_script_enabled=False)
    row(page, "示例1号").get_by_role("button", name="示例1号签到").click()
    row(page, "示例2号").get_by_role("button", name="登记示例2号请假").click()
    expect(figures(page)).to_contain_text("应到 20，实到 1，请假 1")
    page.get_by_role("button", name="全部到会", exact=True).click()
    expect(figures(page)).to_contain_text("应到 20，实到 19，请假 1")


@pytest.mark.long
def test_an_officer_on_a_phone_confirms_asks_leave_and_names_a_substitute(hall: Open, people) -> None:
    number = stage.announced(people).id
    page = hall(people.officer, f"/meetings/{number}", size=PHONE)
    page.get_by_role("button", name="确认参会").tap()
    expect(page.locator("#own-reply")).to_contain_text("已确认")
    page.get_by_role("link", name="请假").tap()
    page.get_by_label("请假理由").fill("到省里开会")
    page.get_by_role("button", name="提交请假").tap()
    expect(page.locator("#own-reply")).to_contain_text("申请请假")
    page.get_by_role("link", name="安排代会").tap()
    page.get_by_label("代会人姓名").fill("代会示例")
    page.get_by_role("button", name="保存").tap()
    expect(page.locator("#own-reply")).to_contain_text("由代会示例代会，等待批准")
    assert (spill(page), violations(page)) == (0, [])


@pytest.mark.long
def test_an_officer_on_a_phone_checks_in_by_the_code_on_the_screen(hall: Open, sitting: int, people) -> None:
    officer = people.officer.id
    screen = hall(people.chair, f"/meetings/{sitting}/screen")
    digits = screen.locator(".digits").inner_text()
    page = hall(people.officer, "/check-in", size=PHONE)
    page.get_by_label("签到码").fill(digits)
    page.get_by_role("button", name="签到", exact=True).tap()
    expect(page.locator("#messages")).to_contain_text("签到成功")
    assert spill(page) == 0
    with_code = next(one for one in db.session.get(Meeting, sitting).attendances if one.user_id == officer)
    assert with_code.is_present


@pytest.mark.long
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_pages_of_attendance_are_clean(hall: Open, sitting: int, people, size: dict[str, int]) -> None:
    place = db.session.get(Meeting, sitting).attendances[5].id
    page = hall(people.secretary, f"/meetings/{sitting}/attendance", size=size)
    found, base = {}, page.url.split("/meetings/")[0]
    for path in ("attendance", "sign-in", "notice", f"/attendances/{place}", "/meetings/subscription"):
        page.goto(base + (path if path.startswith("/") else f"/meetings/{sitting}/{path}"))
        if problems := [*violations(page), *([f"{spill(page)} px too wide"] if spill(page) > 0 else [])]:
            found[path] = problems
    assert found == {}
