"""The roof: how pages look and behave, tried on every pattern with and without scripts."""

import re
from collections.abc import Callable, Iterator

import pytest
from eyes import composed, spill, until, violations
from needs import need_browser_files
from patterns import Posts, served
from playwright.sync_api import Browser, Page, expect

from portal.config import REPOSITORY

pytestmark = pytest.mark.browser
STATIC, TEMPLATES = REPOSITORY / "static", REPOSITORY / "templates"
Open = Callable[..., Page]


@pytest.fixture
def posts() -> Posts:
    """What the pages post."""
    return Posts()


@pytest.fixture
def base(posts: Posts) -> Iterator[str]:
    """Where the patterns are served."""
    with served(posts) as address:
        yield address


@pytest.fixture
def look(chromium: Browser, base: str) -> Iterator[Open]:
    """Open the page of patterns in a fresh browser context."""
    contexts = []

    def open_page(width: int = 1280, **options: object) -> Page:
        need_browser_files()
        context = chromium.new_context(viewport={"width": width, "height": 900}, locale="zh-CN", **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.goto(base)
        return page

    yield open_page
    for context in contexts:
        context.close()


def rows(page: Page) -> list[str]:
    """The rows of the agenda in their order."""
    return [row.get_attribute("data-id") or "" for row in page.locator("#rows > li").all()]


OTHERS = ((390, "light"), (1280, "dark"))


@pytest.mark.parametrize(
    ("width", "scheme"),
    [(1280, "light"), (390, "dark")] + [pytest.param(*one, marks=pytest.mark.long) for one in OTHERS],
)
def test_every_pattern_passes_axe_and_never_scrolls_sideways(look: Open, base: str, width: int, scheme: str) -> None:
    page = look(width, color_scheme=scheme)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(base)
    assert (violations(page), spill(page), complaints) == ([], 0, [])


def test_a_refused_form_says_what_to_mend_beside_each_field(look: Open) -> None:
    page = look()
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".summary")).to_be_focused()
    expect(page.get_by_label("名称")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("名称")).to_have_accessible_description("请填写这一项。")
    assert violations(page) == []
    page.get_by_role("link", name="名称：请填写这一项。").click()
    expect(page.get_by_label("名称")).to_be_focused()


def test_buttons_on_a_phone_are_big_enough_for_a_thumb(look: Open) -> None:
    small = look(390).evaluate(
        """[...document.querySelectorAll('.btn, button, select, input[type=search], input[type=date], summary')]
        .filter(one => one.offsetParent && one.getBoundingClientRect().height < 44)
        .map(one => one.outerHTML.slice(0, 90))"""
    )
    assert small == []


def test_nothing_is_saved_while_a_word_is_being_composed(look: Open, posts: Posts) -> None:
    page = look()
    page.clock.install()
    page.locator("#text").press("Control+End")
    keyboard = page.context.new_cdp_session(page)
    keyboard.send("Input.imeSetComposition", {"text": "ban", "selectionStart": 3, "selectionEnd": 3})
    page.clock.run_for(5000)
    assert posts.of("/save") == []
    keyboard.send("Input.insertText", {"text": "办"})
    expect(page.locator("[data-saved=text]")).to_have_text("已保存 09:24")
    assert [form["text"] for form in posts.of("/save")] == [["会议议定：办"]]
    assert "once" not in posts.of("/save")[0]
    expect(page.locator("#record [name=version]")).to_have_value("2")


def test_enter_that_ends_a_composition_does_not_submit(look: Open, posts: Posts) -> None:
    page = look()
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.method))
    name = page.get_by_label("名称")
    name.focus()
    keyboard = page.context.new_cdp_session(page)
    keyboard.send("Input.imeSetComposition", {"text": "ban", "selectionStart": 3, "selectionEnd": 3})
    name.press("Enter")
    keyboard.send("Input.insertText", {"text": "办"})
    composed(page)
    assert (name.input_value(), "POST" in sent, posts.of("/form")) == ("办", False, [])


@pytest.mark.long
def test_a_text_survives_a_lost_line_and_a_reload(look: Open, posts: Posts) -> None:
    page = look()
    page.on("dialog", lambda dialog: dialog.accept())
    page.route("**/save", lambda route: route.abort())
    page.locator("#text").press("Control+End")
    page.locator("#text").press_sequentially("abc")
    expect(page.locator("[data-saved=text]")).to_contain_text("连接断开")
    page.reload()
    expect(page.locator("#text")).to_have_value("会议议定：abc")
    page.unroute("**/save")
    expect(page.locator("[data-saved=text]")).to_have_text("已保存 09:24", timeout=9000)
    assert posts.saved == "会议议定：abc"
    assert page.evaluate("sessionStorage.length") == 0


@pytest.mark.long
def test_a_kept_text_stands_beside_what_somebody_else_saved(look: Open, posts: Posts) -> None:
    page = look()
    page.on("dialog", lambda dialog: dialog.accept())
    page.route("**/save", lambda route: route.abort())
    page.locator("#text").press_sequentially("我的")
    expect(page.locator("[data-saved=text]")).to_contain_text("连接断开")
    posts.saved, posts.version = "别人的", 5
    page.reload()
    expect(page.locator("#text")).to_have_value("别人的")
    expect(page.locator("#text-draft")).to_have_value(re.compile("我的"))
    assert violations(page) == []


@pytest.mark.long
def test_leaving_typed_text_behind_is_asked_first(look: Open, base: str) -> None:
    page = look()
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.get_by_label("名称").press_sequentially("甲")
    page.goto(base)
    assert asked == ["beforeunload"]


def test_arrow_keys_move_a_row_and_keep_the_focus(look: Open, posts: Posts) -> None:
    page = look()
    grip = page.locator("#rows [data-id='1'] .grip")
    with page.expect_response("**/order"):
        grip.press("ArrowDown")
        grip.press("ArrowDown")
    until(page, lambda: rows(page) == ["2", "3", "1"], "the rows stand otherwise")
    assert (posts.rows, len(posts.of("/order"))) == ([2, 3, 1], 1)
    expect(page.locator("#rows [data-id='1'] .grip")).to_be_focused()


@pytest.mark.long
def test_a_refused_order_goes_back_and_says_why(look: Open, posts: Posts) -> None:
    posts.refuse_order = True
    page = look()
    page.locator("#rows [data-id='3'] .grip").press("Home")
    expect(page.locator("#messages")).to_have_text("现在不能调整顺序。")
    assert rows(page) == ["1", "2", "3"]


@pytest.mark.long
def test_a_row_is_dragged_by_its_grip(look: Open, posts: Posts) -> None:
    page = look()
    with page.expect_response("**/order"):
        page.drag_and_drop("#rows [data-id='3'] .grip", "#rows [data-id='1'] .grip")
    assert posts.rows == [3, 1, 2]


def test_a_deed_that_is_asked_first_can_be_taken_back(look: Open, posts: Posts) -> None:
    page = look()
    page.locator("summary", has_text="散会").click()
    expect(page.get_by_role("dialog")).to_contain_text("确定散会吗？")
    assert violations(page) == []
    page.get_by_role("button", name="返回").click()
    expect(page.locator("summary", has_text="散会")).to_be_focused()
    assert posts.seen == []
    page.locator("summary", has_text="散会").click()
    page.get_by_role("dialog").get_by_role("button", name="散会").click()
    expect(page.locator("#messages")).to_have_text("已办理。")
    assert len(posts.of("/adjourn")) == 1


@pytest.mark.long
def test_the_question_unfolds_without_scripts(look: Open, posts: Posts) -> None:
    page = look(java_script_enabled=False)
    page.locator("summary", has_text="取消会议").click()
    page.get_by_label("理由").fill("主持人出差")
    page.get_by_role("button", name="取消会议").click()
    expect(page.locator("#messages")).to_have_text("已办理。")
    assert [form["why"] for form in posts.of("/cancel")] == [["主持人出差"]]


def test_a_double_click_posts_once(look: Open, posts: Posts) -> None:
    page = look()
    page.get_by_role("button", name="开会", exact=True).dblclick()
    expect(page.locator("#messages")).to_have_text("已办理。")
    assert len(posts.of("/open")) == 1


def test_a_polled_fragment_keeps_what_is_typed_and_asks_with_its_tag(look: Open, posts: Posts) -> None:
    page = look()
    page.locator("#typed").fill("打到一半")
    until(page, lambda: posts.unchanged_polls >= 2, "it does not ask again")
    expect(page.locator("#typed")).to_have_value("打到一半")
    assert posts.fresh_polls == 1


def test_styles_and_scripts_of_a_page_stay_small() -> None:
    every_page = ("portal.css", "portal.js", "autosave.js")
    assert sum((STATIC / name).stat().st_size for name in every_page) <= 64 * 1024


def test_no_template_holds_style_or_script_of_its_own() -> None:
    inline = re.compile(r"\sstyle=|<style|\son[a-z]+=|<script(?![^>]*\ssrc=)|hx-on|javascript:")
    paper = TEMPLATES / "paper"
    guilty = [
        str(one) for one in TEMPLATES.rglob("*.html") if paper not in one.parents and inline.search(one.read_text())
    ]
    assert guilty == []


def test_every_icon_that_is_named_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="(\w+)"', (STATIC / "icons.svg").read_text()))
    named = re.compile(r"""(?:icon|svg)\(['"](\w+)['"]\)|(?:icon|picture)=['"](\w+)['"]""")
    used = {a or b for one in TEMPLATES.rglob("*.html") for a, b in named.findall(one.read_text())}
    assert used - drawn == set()
