"""The agenda built by keyboard, by mouse, by finger, with an input method, by two at once, and without scripts."""

from collections.abc import Callable

import pytest
import stage
from eyes import composed
from playwright.sync_api import Page, expect

from portal.db.engine import db

pytestmark = pytest.mark.browser
Open = Callable[..., Page]


@pytest.fixture
def agenda(people, opened: Open) -> Open:
    """The secretary before a meeting with three items."""
    path = f"/meetings/{stage.prepared(people).id}"
    db.session.commit()
    return lambda **options: opened(people.secretary, path, **options)


def titles(page: Page) -> list[str]:
    return page.locator(".agenda .row h3").all_inner_texts()


def test_items_are_added_one_after_the_other_by_enter(agenda: Open) -> None:
    page = agenda()
    page.get_by_role("textbox", name="议题").fill("协调用电")
    for number, following in ((4, "新闻宣传"), (5, "")):
        page.keyboard.press("Enter")
        expect(page.locator(".agenda .row")).to_have_count(number)
        expect(page.locator("#add-item [name=title]")).to_be_focused()
        page.keyboard.type(following)
    assert titles(page) == ["上次交办事项落实情况", "研判用地问题", "部署下周工作", "协调用电", "新闻宣传"]


def test_a_row_moves_by_arrow_keys_and_keeps_the_focus(agenda: Open) -> None:
    page = agenda()
    page.locator(".grip").last.focus()
    expect(page.locator(".grip").last).to_be_focused()
    with page.expect_response("**/items/order"):
        page.keyboard.press("ArrowUp")
    expect(page.locator(".agenda .row .clock time").nth(1)).to_have_text("09:10")
    expect(page.locator(".grip").nth(1)).to_be_focused()
    page.reload()
    assert titles(page) == ["上次交办事项落实情况", "部署下周工作", "研判用地问题"]


def test_an_item_is_edited_in_its_row_and_left_alone_by_cancel(agenda: Open) -> None:
    page = agenda()
    page.get_by_role("link", name="修改：研判用地问题").click()
    page.locator("li.entry [name=title]").fill("研判用电问题")
    page.keyboard.press("Enter")
    expect(page.locator(".agenda .row h3").nth(1)).to_have_text("研判用电问题")
    page.get_by_role("link", name="修改：部署下周工作").click()
    page.locator("li.entry").get_by_role("link", name="取消").click()
    expect(page.locator("li.entry")).to_have_count(0)
    assert titles(page) == ["上次交办事项落实情况", "研判用电问题", "部署下周工作"]


def test_everything_works_without_scripts(agenda: Open) -> None:
    page = agenda(java_script_enabled=False)
    page.get_by_role("textbox", name="议题").fill("协调用电")
    page.keyboard.press("Enter")
    page.wait_for_url("**next=1**")
    expect(page.locator(".agenda .row")).to_have_count(4)
    page.get_by_role("button", name="上移：协调用电").click()
    expect(page.locator(".agenda .row h3").nth(2)).to_have_text("协调用电")
    page.get_by_role("button", name="移出议程：研判用地问题").click()
    expect(page.locator(".agenda .row")).to_have_count(3)
    assert titles(page) == ["上次交办事项落实情况", "协调用电", "部署下周工作"]


def by_touch(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """A finger that presses, moves and lets go."""
    devtools = page.context.new_cdp_session(page)

    def touch(kind: str, *point: float) -> None:
        points = [{"x": point[0], "y": point[1]}] if point else []
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", *start)
    for step in range(1, 11):
        touch("touchMove", *(a + (b - a) * step / 10 for a, b in zip(start, end, strict=True)))
    touch("touchEnd")


def middle(page: Page, at: int, part: str) -> tuple[float, float]:
    box = page.locator(".agenda .row").nth(at).locator(part).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.long
def test_a_row_is_dragged_by_mouse_and_the_act_is_taken_back(agenda: Open) -> None:
    page = agenda()
    page.mouse.move(*middle(page, 2, ".grip"))
    page.mouse.down()
    x, y = middle(page, 1, ".grip")
    page.mouse.move(x, y + 4, steps=8)
    page.mouse.move(x, y - 12, steps=8)
    with page.expect_response("**/items/order"):
        page.mouse.up()
    expect(page.locator(".agenda .row h3").nth(1)).to_have_text("部署下周工作")
    page.get_by_role("button", name="撤销：调整议程顺序").click()
    expect(page.locator(".agenda .row h3").nth(1)).to_have_text("研判用地问题")
    page.reload()
    assert titles(page) == ["上次交办事项落实情况", "研判用地问题", "部署下周工作"]


@pytest.mark.long
def test_a_row_is_dragged_by_finger(agenda: Open) -> None:
    page = agenda(has_touch=True)
    page.locator(".agenda .row").nth(2).scroll_into_view_if_needed()
    start, (x, y) = middle(page, 2, ".grip"), middle(page, 1, ".grip")
    with page.expect_response("**/items/order"):
        by_touch(page, start, (x, y - 12))
    page.reload()
    assert titles(page) == ["上次交办事项落实情况", "部署下周工作", "研判用地问题"]


def test_a_row_is_inserted_in_the_midst_and_the_times_of_the_rest_shift(agenda: Open) -> None:
    page = agenda()
    page.get_by_role("link", name="插在后面：上次交办事项落实情况").click()
    expect(page.locator("#add-item [name=title]")).to_be_focused()
    page.keyboard.insert_text("协调用电")
    page.keyboard.press("Enter")
    expect(page.locator(".agenda .row h3").nth(1)).to_have_text("协调用电")
    expect(page.locator(".agenda .row .clock time").nth(2)).to_have_text("09:20")
    expect(page.locator("#add-item [name=title]")).to_be_focused()
    assert titles(page) == ["上次交办事项落实情况", "协调用电", "研判用地问题", "部署下周工作"]


def test_the_budget_turns_red_when_it_is_spent(agenda: Open) -> None:
    page = agenda()
    expect(page.locator(".budget .tag.green")).to_have_text("余 40 分钟")
    page.locator("#add-item [name=minutes]").fill("60")
    page.locator("#add-item [name=title]").fill("很长的议题")
    page.keyboard.press("Enter")
    expect(page.locator(".budget .tag.red")).to_have_text("超出 20 分钟")


def test_the_enter_that_ends_a_composition_adds_nothing(agenda: Open) -> None:
    page = agenda()
    devtools = page.context.new_cdp_session(page)
    page.locator("#add-item [name=title]").focus()
    expect(page.locator("#add-item [name=title]")).to_be_focused()
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.url) if one.method == "POST" else None)
    devtools.send("Input.imeSetComposition", {"text": "xietiao", "selectionStart": 7, "selectionEnd": 7})
    page.keyboard.press("Enter")
    devtools.send("Input.insertText", {"text": "协调用电"})
    composed(page)
    page.keyboard.press("Enter")
    expect(page.locator(".agenda .row")).to_have_count(4)
    assert (titles(page)[-1], len(sent)) == ("协调用电", 1)


@pytest.mark.long
def test_of_two_who_edit_one_item_the_second_sees_both_texts(agenda: Open) -> None:
    first, second = agenda(), agenda()
    for page, text in ((first, "研判用电问题"), (second, "研判用水问题")):
        page.get_by_role("link", name="修改：研判用地问题").click()
        page.locator("li.entry [name=title]").fill(text)
    first.locator("li.entry [name=title]").press("Enter")
    expect(first.locator(".agenda .row h3").nth(1)).to_have_text("研判用电问题")
    second.locator("li.entry [name=title]").press("Enter")
    expect(second.locator("li.entry [name=title]")).to_have_value("研判用水问题")
    expect(second.locator("li.entry .summary")).to_contain_text("别人刚刚保存过这一项：《研判用电问题》")
    second.locator("li.entry [name=title]").press("Enter")
    expect(second.locator(".agenda .row h3").nth(1)).to_have_text("研判用水问题")
