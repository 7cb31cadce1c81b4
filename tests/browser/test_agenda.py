"""The agenda built by keyboard and by mouse, and without scripts."""

import threading
from collections.abc import Callable, Iterator

import pytest
import stage
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from portal.config import REPOSITORY
from portal.database import db

pytestmark = pytest.mark.browser
Open = Callable[..., Page]


@pytest.fixture
def agenda(app: Flask, people, as_, chromium: Browser) -> Iterator[Open]:
    """The secretary before a meeting with three items."""
    if not (REPOSITORY / "static" / "vendor" / "htmx.min.js").exists():
        pytest.skip("the browser files are not fetched")
    meeting = stage.prepared(people)
    db.session.commit()
    cookie = as_(people.secretary).get_cookie("portal")
    path = f"/meetings/{meeting.id}"
    db.session.remove()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    contexts = []

    def open_page(**options: object) -> Page:
        context = chromium.new_context(viewport={"width": 1280, "height": 1000}, locale="zh-CN", **options)
        contexts.append(context)
        base = f"http://127.0.0.1:{server.port}"
        context.add_cookies([{"name": "portal", "value": cookie.value, "url": base}])
        page = context.new_page()
        page.goto(base + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    server.shutdown()


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
    assert titles(page) == ["上次交办事项通报", "研判用地问题", "部署下周工作", "协调用电", "新闻宣传"]


def test_a_row_moves_by_arrow_keys_and_keeps_the_focus(agenda: Open) -> None:
    page = agenda()
    page.locator(".grip").last.focus()
    with page.expect_response("**/items/order"):
        page.keyboard.press("ArrowUp")
    expect(page.locator(".agenda .row .clock time").nth(1)).to_have_text("09:10")
    expect(page.locator(".grip").nth(1)).to_be_focused()
    page.reload()
    assert titles(page) == ["上次交办事项通报", "部署下周工作", "研判用地问题"]


def test_an_item_is_edited_in_its_row_and_left_alone_by_cancel(agenda: Open) -> None:
    page = agenda()
    page.get_by_role("link", name="修改：研判用地问题").click()
    page.locator("li.entry [name=title]").fill("研判用电问题")
    page.keyboard.press("Enter")
    expect(page.locator(".agenda .row h3").nth(1)).to_have_text("研判用电问题")
    page.get_by_role("link", name="修改：部署下周工作").click()
    page.locator("li.entry").get_by_role("link", name="取消").click()
    expect(page.locator("li.entry")).to_have_count(0)
    assert titles(page) == ["上次交办事项通报", "研判用电问题", "部署下周工作"]


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
    assert titles(page) == ["上次交办事项通报", "协调用电", "部署下周工作"]
