"""The record desk as it is used: by keyboard alone, by two at once, with an input method, with the line cut."""

from collections.abc import Callable

import pytest
from cast import open_meeting
from eyes import composed, spill, until, violations
from playwright.sync_api import Page, expect

from portal.db.engine import db
from portal.meetings.agenda import operations as meetings
from portal.meetings.models.series import ItemKind
from portal.people.sessions import operations as persons
from portal.records.lines import queries

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
ITEMS = 8
PASSWORD = "jing-que-2026"


@pytest.fixture
def desk(people, opened: Open) -> Open:
    """`desk("recorder")`: this person's browser before the record of a meeting of eight items."""
    meeting = open_meeting(people)
    for number in range(2, ITEMS + 1):
        meetings.add_item(meeting, ItemKind.other, f"第{number}项议题", 5, by=people.secretary)
    for user in (people.officer, people.recorder):
        user.pinyin, user.initials = ("fuwushili", "fwsl") if user is people.officer else ("jilushili", "jlsl")
    persons.set_password(people.recorder, PASSWORD, by=None)
    db.session.commit()
    number = meeting.id

    def open_page(who: str, path: str = "record", **options: object) -> Page:
        page = opened(getattr(people, who), f"/meetings/{number}/{path}", **options)
        page.on("dialog", lambda dialog: dialog.accept())
        return page

    return open_page


def say(page: Page, text: str) -> None:
    expect(page.locator("#line")).to_be_focused()
    page.keyboard.insert_text(text)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#line")).to_have_value("")


def recorded() -> list[str]:
    """What the database holds, in order."""
    db.session.rollback()
    db.session.expire_all()
    from portal.meetings.models.meetings import Meeting

    meeting = db.session.query(Meeting).one()
    lines = queries.lines_of(meeting)
    return [line.text for item in meeting.items for line in lines.get(item.id, [])]


@pytest.mark.long
def test_eleven_lines_and_seven_keys_record_eight_items_without_a_mouse(desk: Open) -> None:
    page = desk("recorder")
    expect(page.locator("#line")).to_be_focused()
    keys = lines = 0
    for item in range(ITEMS):
        expect(page.locator("#words h2")).to_have_text("研究企业用地问题" if item == 0 else f"第{item + 1}项议题")
        for text in (["议定：同意。"] if item < 5 else []) + (["交办：办理 @服务示例 下周三前"] if item < 6 else []):
            say(page, text)
            lines += 1
        if item < ITEMS - 1:
            page.keyboard.press("Alt+ArrowDown")
            keys += 1
    assert (lines, keys) == (11, 7)
    expect(page.locator("#words h2")).to_have_text(f"第{ITEMS}项议题")
    expect(page.locator("#record-agenda .tag", has_text="已议")).to_have_count(ITEMS - 1)
    page.keyboard.press("Control+Alt+2")
    expect(page.locator("#record-agenda .tag", has_text="缓议")).to_have_count(1)
    assert len(recorded()) == 11


def test_what_is_read_is_shown_before_it_is_sent_and_names_complete_by_initials(desk: Open) -> None:
    page = desk("recorder")
    expect(page.locator("#line")).to_be_focused()
    page.keyboard.type("交办：补办手续 @fws")
    expect(page.locator("#names [aria-selected=true]")).to_contain_text("服务示例")
    page.keyboard.press("Enter")
    expect(page.locator("#line")).to_have_value("交办：补办手续 @服务示例 ")
    expect(page.locator("#chips")).to_contain_text("缺：时限")
    page.keyboard.insert_text("12月5日前！")
    expect(page.locator("#chips")).to_contain_text("时限：顺延到 12月7日（星期一），因为 12月5日 是休息日")
    expect(page.locator("#chips")).not_to_contain_text("缺")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#lines li")).to_contain_text("市工业和信息化局牵头（服务示例），2026年12月7日前完成")
    expect(page.locator("#line")).to_be_focused()


@pytest.mark.long
def test_a_line_is_corrected_where_it_stands_and_the_cursor_comes_back(desk: Open) -> None:
    page = desk("recorder")
    say(page, "同意补办。")
    expect(page.locator("#lines li")).to_have_count(1)
    page.keyboard.press("ArrowUp")
    expect(page.locator(".editing textarea")).to_be_focused()
    page.get_by_role("button", name="改为议定").click()
    expect(page.locator("#lines li")).to_contain_text("议定 1")
    page.locator("#line").press("ArrowUp")
    line = page.locator(".editing textarea")
    expect(line).to_be_focused()
    line.press("End")
    page.keyboard.insert_text("由市工信局办理。")
    line.press("Enter")
    expect(page.locator("#lines li")).to_contain_text("同意补办。由市工信局办理。")
    expect(page.locator("#line")).to_be_focused()


def test_an_input_method_sends_nothing_half_typed(desk: Open) -> None:
    page = desk("recorder")
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.post_data or "") if one.method == "POST" else None)
    page.clock.install()
    expect(page.locator("#line")).to_be_focused()
    typing = page.context.new_cdp_session(page)
    for half in ("y", "yi", "yi d", "yi ding"):
        typing.send("Input.imeSetComposition", {"text": half, "selectionStart": len(half), "selectionEnd": len(half)})
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Enter")
    page.keyboard.press("Alt+ArrowDown")
    page.clock.run_for(5000)
    assert asked == []
    expect(page.locator("#words h2")).to_have_text("研究企业用地问题")
    typing.send("Input.insertText", {"text": "议定：同意。"})
    expect(page.locator("#chips")).to_contain_text("议定")
    composed(page)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#lines li")).to_contain_text("议定 1")
    assert recorded() == ["议定：同意。"]


@pytest.mark.long
def test_two_recorders_see_each_others_lines_and_both_texts_of_one_they_both_change(desk: Open) -> None:
    one, other = desk("recorder"), desk("secretary")
    say(one, "记录人写的。")
    say(other, "秘书写的。")
    for page in (one, other):
        expect(page.locator("#lines li")).to_have_count(2)
    for page, text in ((one, "记录人改的。"), (other, "秘书改的。")):
        page.locator("#lines li", has_text="记录人写的").get_by_role("link", name="修改").click()
        page.locator(".editing textarea").fill(text)
    one.locator(".editing textarea").press("Enter")
    expect(one.locator("#lines")).to_contain_text("记录人改的。")
    say(one, "记录人又写的。")
    expect(other.locator("#lines")).to_contain_text("记录人又写的。")  # it arrives while this form is open
    changed = other.locator(".editing textarea")
    expect(changed).to_have_value("秘书改的。")
    changed.press("Enter")
    expect(other.locator("#both #theirs")).to_have_value("记录人改的。")
    expect(other.locator("#both #mine")).to_have_value("秘书改的。")
    other.locator("#both #mine").fill("记录人改的。秘书改的。")
    other.locator("#both").get_by_role("button", name="保存我填写的").click()
    expect(one.locator("#lines")).to_contain_text("记录人改的。秘书改的。")
    assert recorded() == ["记录人改的。秘书改的。", "秘书写的。", "记录人又写的。"]


def test_the_network_cut_in_the_middle_of_typing_loses_nothing_and_doubles_nothing(desk: Open) -> None:
    page = desk("recorder")
    say(page, "断网前写的。")
    expect(page.locator("#lines li")).to_have_count(1)
    page.keyboard.insert_text("断网时")
    page.context.set_offline(True)
    page.keyboard.insert_text("写的。")
    page.keyboard.press("Control+Enter")
    say(page, "议定：断网时议定的。")
    expect(page.locator("#queue li")).to_have_count(2)
    expect(page.locator("#line-saved")).to_contain_text("连接断开")
    page.keyboard.insert_text("还没写完的一行")
    page.context.set_offline(False)
    expect(page.locator("#queue li")).to_have_count(0, timeout=15_000)
    expect(page.locator("#lines li")).to_have_count(3)
    expect(page.locator("#line")).to_have_value("还没写完的一行")
    assert recorded() == ["断网前写的。", "断网时写的。", "议定：断网时议定的。"]


@pytest.mark.long
def test_an_answer_that_was_lost_and_a_reload_write_a_line_once(desk: Open) -> None:
    page = desk("recorder")
    lost = []

    def lose(route) -> None:  # the server has it, the page never hears of it
        route.fetch()
        lost.append(1)
        route.abort()

    page.route("**/items/*/record?*", lose)
    page.route("**/items/*/record", lose)
    say(page, "答复丢了的一行。")
    expect(page.locator("#queue li")).to_have_count(1)
    page.keyboard.insert_text("写了一半")
    until(page, lambda: lost, "the line was not sent")
    page.unroute_all(behavior="ignoreErrors")
    page.reload()
    expect(page.locator("#queue li")).to_have_count(0, timeout=15_000)
    expect(page.locator("#line")).to_have_value("写了一半")
    expect(page.locator("#lines li")).to_have_count(1)
    assert recorded() == ["答复丢了的一行。"]


def test_an_ended_sign_in_keeps_the_line_until_somebody_signs_in_again_in_another_tab(desk: Open) -> None:
    page = desk("recorder")
    say(page, "登录时写的。")
    cookie = page.context.cookies()
    page.context.clear_cookies()
    say(page, "登录过期时写的。")
    expect(page.locator("#sign-in-again")).to_contain_text("登录已过期")
    expect(page.locator("#sign-in-again form")).to_be_visible()
    page.wait_for_load_state("networkidle")
    expect(page.locator("#queue li")).to_have_count(1)
    page.context.add_cookies(cookie)  # as signing in in another tab does
    expect(page.locator("#queue li")).to_have_count(0, timeout=15_000)
    expect(page.locator("#sign-in-again")).to_have_count(0)
    assert recorded() == ["登录时写的。", "登录过期时写的。"]


def test_whoever_has_to_sign_in_again_does_it_beside_the_line_and_loses_none(desk: Open) -> None:
    page = desk("recorder")
    page.context.clear_cookies()
    say(page, "登录过期时写的。")
    again = page.locator("#sign-in-again")
    expect(again.get_by_label("密码")).to_be_visible()
    expect(page.locator("#line")).to_be_focused()  # the cursor is not taken away
    page.keyboard.insert_text("还没写完的")
    again.get_by_label("账号").fill("recorder")
    again.get_by_label("密码").fill("wrong")
    again.get_by_label("密码").press("Enter")
    expect(again).to_contain_text("不正确")
    again.get_by_label("密码").fill(PASSWORD)
    again.get_by_label("密码").press("Enter")
    expect(again).to_have_count(0, timeout=15_000)
    expect(page.locator("#queue li")).to_have_count(0)
    expect(page.locator("#line")).to_have_value("还没写完的")
    page.locator("#line").press("Control+Enter")
    expect(page.locator("#lines li")).to_have_count(2)
    assert recorded() == ["登录过期时写的。", "还没写完的"]


@pytest.mark.long
def test_signing_out_leaves_nothing_typed_behind(desk: Open) -> None:
    page = desk("recorder")
    expect(page.locator("#line")).to_be_focused()
    page.keyboard.insert_text("不该留下的话")
    page.wait_for_function("Object.keys(sessionStorage).length > 0")
    page.locator("details.menu summary").first.click()
    page.get_by_role("button", name="退出").click()
    page.wait_for_url("**/login**")
    assert page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])") == "[{},{}]"


@pytest.mark.long
def test_a_member_sees_what_is_decided_within_seconds(desk: Open) -> None:
    member, page = desk("officer", "live"), desk("recorder")
    say(page, "议定：同意补办。")
    expect(member.locator("#live")).to_contain_text("同意补办。", timeout=8_000)
    expect(member.locator("#now")).to_contain_text("研究企业用地问题")
    page.keyboard.press("Alt+ArrowDown")
    expect(member.locator("#now")).to_contain_text("第2项议题", timeout=8_000)


@pytest.mark.long
def test_word_is_pasted_as_plain_lines_and_each_becomes_a_line(desk: Open) -> None:
    page = desk("recorder")
    nested = f"{'<span>' * 20}听取了汇报。{'</span>' * 20}"
    html = f"<p class=MsoNormal><b>{nested}</b></p><p>议定：同意。</p>"
    paste = """html => {
        const clipboardData = new DataTransfer()
        clipboardData.setData('text/html', html)
        clipboardData.setData('text/plain', '坏的')
        const paste = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true })
        document.querySelector('#line').dispatchEvent(paste)
    }"""
    page.evaluate(paste, html)
    expect(page.locator("#line")).to_have_value("听取了汇报。\n议定：同意。")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#lines li")).to_have_count(2)
    assert recorded() == ["听取了汇报。", "议定：同意。"]


def test_enter_alone_records_where_a_person_chose_so(desk: Open) -> None:
    page = desk("recorder")
    page.get_by_label("按回车就记下").check()
    expect(page.locator("#line")).to_be_focused()
    page.keyboard.insert_text("议定：同意。")
    page.keyboard.press("Enter")
    expect(page.locator("#lines li")).to_have_count(1)
    page.reload()
    expect(page.get_by_label("按回车就记下")).to_be_checked()


@pytest.mark.long
def test_without_scripts_everything_is_a_plain_form(desk: Open) -> None:
    page = desk("recorder", java_script_enabled=False)
    page.locator("#line").fill("议定：同意补办。\n交办：补办 @服务示例 12月9日前\n交办：再议")
    page.get_by_role("button", name="记下").click()
    expect(page.locator("#lines li")).to_have_count(3)
    page.get_by_role("link", name="补齐：交办：再议").click()
    page.locator("[name=lead_person_id]").select_option(label="市工信局 服务示例")
    page.locator("[name=due]").fill("下周三前")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.locator("#lines")).to_contain_text("再议")
    expect(page.locator("#lines")).not_to_contain_text("还缺")


def test_the_desk_fits_a_phone(desk: Open) -> None:

    page = desk("recorder")
    page.set_viewport_size({"width": 390, "height": 844})
    say(page, "交办：研究提出一揽子支持措施并报送专班办公室")
    expect(page.locator("#lines li")).to_contain_text("还缺")
    assert spill(page) == 0
    assert violations(page) == []
