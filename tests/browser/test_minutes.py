"""Minutes as they are written, checked and signed: by keyboard, by two at once, on a phone, without scripts."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from cast import MONDAY, Cast, add_series, by_itself
from docx import Document
from minutes_stage import PIN, drafted, hold, reviewed, with_key
from playwright.sync_api import Locator, Page, expect

from portal.actions.assignment import operations as assignment
from portal.actions.requests import operations as requests
from portal.db import clock
from portal.db.engine import db
from portal.minutes.models.minutes import Minutes
from portal.minutes.signoff import operations as signoff
from portal.minutes.text import operations as text_operations
from portal.people.models.accounts import User
from portal.records.decisions import queries as records

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
PHONE = {"viewport": {"width": 390, "height": 844}}
FROM_WORD = """<html><body><p class=MsoNormal><b>一、土地手续</b></p><p class=MsoNormal>（一）补办条件</p>
<table><tr><td><p>单位</p></td><td><p>时限</p></td></tr><tr><td><p>市工信局</p></td><td><p>12月15日</p></td></tr></table>
<ol><li>报送方案</li><li>报送材料</li></ol></body></html>"""


@pytest.fixture
def minutes(people: Cast) -> Minutes:
    """The first draft after a meeting."""
    return drafted(hold(add_series(people), people))


@pytest.fixture
def at(people: Cast, minutes: Minutes, opened: Open) -> Open:
    """`at("reviewer", "/review")`: a page of these minutes as this person sees it."""
    address = f"/minutes/{minutes.id}"

    def open_page(who: str, path: str = "", **options: object) -> Page:
        page = opened(getattr(people, who), address + path, **options)
        page.on("dialog", lambda dialog: dialog.accept())
        return page

    return open_page


def now(number: int = 1) -> Minutes:
    """The minutes as the database holds them."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Minutes, number)


def again(user: User) -> User:
    """Somebody whom an earlier page left detached."""
    return db.session.get_one(User, sa.inspect(user).identity)


def submitted(minutes: Minutes, people: Cast) -> None:
    signoff.submit(minutes, by=people.recorder)
    by_itself("minutes.render_sheet")
    with_key(people.reviewer)
    db.session.commit()


def to_sign(minutes: Minutes, people: Cast) -> None:
    reviewed(minutes, people)
    by_itself("minutes.render")
    with_key(people.signatory)
    db.session.commit()


def confirm(part: Locator, word: str) -> None:
    """Press what asks back, and say yes."""
    part.locator("summary", has_text=word).click()
    part.page.locator("dialog[open] button[type=submit]").click()


def open_fold(page: Page, summary: str) -> None:
    page.locator("summary", has_text=summary).click()


# ── writing ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_tab_moves_a_paragraph_between_the_four_levels_and_numbers_it(at: Open) -> None:
    page = at("secretary", "/edit")
    field = page.get_by_label("正文", exact=False).first
    field.fill("土地手续\n补办条件\n报送方案\n报送材料\n其他事项")
    page.keyboard.press("Control+Home")
    for level in (1, 2, 3, 4, 1):
        for _ in range(level):
            page.keyboard.press("Tab")
        page.keyboard.press("ArrowDown")
    expect(field).to_have_value("一、土地手续\n（一）补办条件\n1.报送方案\n（1）报送材料\n二、其他事项")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+Tab")
    expect(field).to_have_value("一、土地手续\n（一）补办条件\n1.报送方案\n2.报送材料\n二、其他事项")
    page.keyboard.press("Control+z")
    expect(field).to_have_value("一、土地手续\n（一）补办条件\n1.报送方案\n（1）报送材料\n二、其他事项")
    preview = page.locator(".paper-page")
    expect(preview.locator("h3")).to_have_text(["一、土地手续", "二、其他事项"])
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(field).not_to_be_focused()
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".paper-page h3")).to_have_text(["一、土地手续", "二、其他事项"])
    assert now().text.splitlines()[3] == "（1）报送材料"


@pytest.mark.long
def test_a_phrase_and_a_task_are_put_in_where_the_cursor_stands(at: Open) -> None:
    page = at("secretary", "/edit")
    field = page.get_by_label("正文", exact=False).first
    field.fill("一、土地手续\n\n二、其他")
    page.keyboard.press("Control+Home")
    page.keyboard.press("ArrowDown")
    open_fold(page, "常用语")
    page.locator("details[open] [data-insert]").first.click()
    phrase = page.locator("details[open] [data-insert]").first.get_attribute("data-insert")
    open_fold(page, "可以引用的议定事项和交办事项")
    page.locator("[data-insert^='【交办']").click()
    mark = page.locator("[data-insert^='【交办']").get_attribute("data-insert")
    expect(field).to_have_value(f"一、土地手续\n{phrase}{mark}\n二、其他")
    expect(page.locator(".paper-page")).to_contain_text(f"{phrase}由市工业和信息化局牵头，市司法局配合")


def test_a_due_day_is_changed_in_one_place_and_text_and_task_agree(at: Open, people: Cast, opened: Open) -> None:
    was, later = clock.zh_date(MONDAY), MONDAY + timedelta(days=7)
    page = at("secretary", "/edit")
    expect(page.locator(".paper-page")).to_contain_text(was)
    [task] = records.actions_of(now().meeting)
    officer, supervisor = again(people.officer), again(people.supervisor)
    assignment.accept(task, by=officer)
    requests.decide_extension(requests.ask_extension(task, later, "等待批复", by=officer), True, by=supervisor)
    number = task.id
    db.session.commit()
    page.reload()
    expect(page.locator(".paper-page")).to_contain_text(clock.zh_date(later))
    expect(page.locator(".paper-page")).not_to_contain_text(was + "前")
    assert clock.zh_date(later) in opened(people.secretary, f"/actions/{number}").locator("main").inner_text()


def test_what_is_pasted_from_word_keeps_its_levels_and_its_table(at: Open) -> None:
    page = at("secretary", "/edit", permissions=["clipboard-read", "clipboard-write"])
    field = page.get_by_label("正文", exact=False).first
    field.fill("")
    page.evaluate(
        """html => navigator.clipboard.write([new ClipboardItem({
            'text/html': new Blob([html], { type: 'text/html' }), 'text/plain': new Blob([''], { type: 'text/plain' })
        })])""",
        FROM_WORD,
    )
    field.focus()
    page.keyboard.press("Control+v")
    expect(field).to_have_value(
        "一、土地手续\n（一）补办条件\n|单位|时限|\n|市工信局|12月15日|\n1.报送方案\n2.报送材料"
    )
    expect(page.locator(".paper-page table td")).to_have_text(["市工信局", "12月15日"])


@pytest.mark.long
def test_the_word_file_goes_out_is_changed_and_comes_back_with_its_marks(at: Open, tmp_path: Path) -> None:
    page = at("secretary", "/edit")
    before = page.get_by_label("正文", exact=False).first.input_value()
    open_fold(page, "在 Word 或 WPS 中修改")
    with page.expect_download() as coming:
        page.get_by_role("link", name="下载 Word 文件").click()
    file = tmp_path / "纪要.docx"
    coming.value.save_as(file)
    document = Document(str(file))
    next(one for one in document.paragraphs if one.text.startswith("听取")).add_run("会后另行报告。")
    document.save(str(file))
    page.get_by_label("改过的 Word 文件").set_input_files(file)
    page.get_by_role("button", name="导入正文").click()
    expect(page.locator("main")).to_contain_text("已导入“纪要.docx”的正文，还没有保存")
    field = page.get_by_label("正文", exact=False).first
    expect(field).to_have_value(before.replace("听取了汇报。", "听取了汇报。会后另行报告。"))
    assert "【交办" in before
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".paper-page")).to_contain_text("会后另行报告。")


@pytest.mark.long
def test_of_two_who_write_at_once_neither_loses_a_word(at: Open) -> None:
    first, second = at("secretary", "/edit"), at("recorder", "/edit")
    for page, words in ((first, "一、秘书写的一段"), (second, "一、记录人写的一段")):
        page.get_by_label("正文", exact=False).first.fill(words)
    first.get_by_role("button", name="保存").click()
    expect(first.locator(".paper-page")).to_contain_text("秘书写的一段")
    second.get_by_role("button", name="保存").click()
    expect(second.locator("h1")).to_have_text("内容已被别人修改")
    expect(second.get_by_label("现在保存的")).to_have_value("一、秘书写的一段")
    expect(second.get_by_label("您填写的")).to_have_value("一、记录人写的一段")
    second.get_by_label("您填写的").fill("一、秘书写的一段\n二、记录人写的一段")
    second.get_by_role("button", name="保存我填写的").click()
    expect(second.locator(".paper-page h3")).to_have_text(["一、秘书写的一段", "二、记录人写的一段"])
    assert [one.text for one in now().revisions][1:] == ["一、秘书写的一段", "一、秘书写的一段\n二、记录人写的一段"]


def test_any_two_texts_are_compared_and_an_earlier_one_is_restored(at: Open, minutes: Minutes, people: Cast) -> None:
    for text in ("一、限期十天办结。", "一、限期十五天办结。", "一、限期六天办结。"):
        text_operations.edit(minutes, text, None, by=people.recorder)
    db.session.commit()
    page = at("secretary", "/revisions")
    page.get_by_label("前一稿").select_option("2")
    page.get_by_label("后一稿").select_option("4")
    page.get_by_role("button", name="对照").click()
    expect(page.locator(".compared del")).to_have_text(["十"])
    expect(page.locator(".compared ins")).to_have_text(["六"])
    second = page.locator(".timeline li", has_text="第 2 稿")
    confirm(second, "恢复")
    expect(page.locator(".paper-page")).to_contain_text("限期十天办结。")
    assert [len(now().revisions), now().text] == [5, "一、限期十天办结。"]


# ── checking ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.long
def test_the_reviewer_comments_on_a_paragraph_returns_it_and_passes_it_with_the_pin(
    at: Open, minutes: Minutes, people: Cast
) -> None:
    submitted(minutes, people)
    page = at("reviewer", "/review")
    page.get_by_role("link", name="写批注").click()
    page.get_by_label("段落").select_option("2")
    page.get_by_label("批注", exact=False).last.fill("标题请写全称。")
    page.get_by_role("button", name="保存批注").click()
    expect(page.locator("#comments")).to_contain_text("标题请写全称。")
    page.locator("#comments").get_by_role("link", name="第 2 段").click()
    expect(page.locator("#p2")).to_be_in_viewport()
    page.get_by_role("button", name="退改").click()
    expect(page.get_by_label("退改意见")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("退改意见").fill("按批注修改。")
    page.get_by_role("button", name="退改").click()
    expect(page.locator("main")).to_contain_text("审核示例退改：按批注修改。")
    writer = at("recorder")
    writer.locator("#comments").get_by_role("button", name="已处理").click()
    expect(writer.locator("#comments")).to_contain_text("记录示例已处理")
    writer.get_by_role("button", name="送审").click()
    expect(writer.locator("main")).to_contain_text("已送审。")
    by_itself("minutes.render_sheet")
    page = at("reviewer", "/review")
    page.locator("[name=text]").fill("同意。")
    page.get_by_label("签名口令", exact=False).fill("000000")
    page.get_by_role("button", name="签名并通过").click()
    expect(page.locator("main")).to_contain_text("签名口令不正确，还可以再试 4 次。")
    page.get_by_label("签名口令", exact=False).fill(PIN)
    page.get_by_role("button", name="签名并通过").click()
    expect(page.locator("main")).to_contain_text("编号〔2026〕1号，转签发人")
    assert now().sheet.document.signatures[0].at is not None


@pytest.mark.long
def test_who_attended_answers_on_a_phone_and_silence_is_agreement(at: Open, minutes: Minutes, people: Cast) -> None:
    page = at("recorder")
    page.get_by_role("link", name="征求意见").click()
    page.get_by_role("button", name="征求意见").click()
    expect(page.locator("#consultations")).to_contain_text("进行中")
    asked = [one.user.username for one in now().consultations[0].answers]
    phone = at(asked[0], "/consultation", **PHONE)
    phone.get_by_label("修改意见").fill("“同意”前加“原则”。")
    phone.get_by_role("button", name="答复").click()
    expect(phone.locator("main")).to_contain_text("已答复，截止前可以再改。")
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.reload()
    expect(page.locator("#consultations")).to_contain_text("1 人提出修改意见")
    expect(page.locator("#consultations")).to_contain_text("“同意”前加“原则”。")
    confirm(page.locator("#consultations"), "提前结束")
    expect(page.locator("#consultations")).to_contain_text("已结束")


# ── signing ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.long
def test_the_signatory_reads_the_pages_on_a_phone_and_signs_them(at: Open, minutes: Minutes, people: Cast) -> None:
    to_sign(minutes, people)
    page = at("signatory", "/signature", **PHONE)
    sheets = page.locator("#paper img")
    expect(sheets.first).to_be_visible()
    # The picture is asked, not the page: a waiting function is evaluated, which the pages' policy forbids.
    assert sheets.first.evaluate("image => image.decode().then(() => image.naturalWidth)") > 500
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_label("签署意见", exact=False).fill("同意印发，抓紧落实。")
    page.get_by_label("签名口令", exact=False).fill(PIN)
    page.get_by_role("button", name="签发", exact=True).click()
    expect(page.locator("main")).to_contain_text("已签发，会议秘书将予印发。")
    assert [now().document.is_complete, now().sheet.opinions[-1].text] == [True, "同意印发，抓紧落实。"]


@pytest.mark.long
def test_the_page_prints_every_page_of_the_paper(at: Open, minutes: Minutes, people: Cast) -> None:
    to_sign(minutes, people)
    page = at("signatory", "/signature")
    sheets = page.locator("#paper .sheets")
    expect(sheets.locator("img").nth(1)).to_be_attached()
    page.emulate_media(media="print")
    assert sheets.evaluate("one => one.scrollHeight - one.clientHeight") <= 0
    for image in sheets.locator("img").all():
        assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 500


@pytest.mark.long
def test_the_signatory_refuses_only_with_a_reason(at: Open, minutes: Minutes, people: Cast) -> None:
    to_sign(minutes, people)
    page = at("signatory", "/signature")
    open_fold(page, "需要修改，退回拟稿")
    page.get_by_role("button", name="退改").click()
    expect(page.get_by_label("退改意见", exact=False)).to_have_attribute("aria-invalid", "true")
    page.get_by_label("退改意见", exact=False).fill("第二段的时限不对。")
    page.get_by_role("button", name="退改").click()
    expect(page.locator("main")).to_contain_text("签发示例退改：第二段的时限不对。")
    assert [now().is_drafted, now().document, now().number] == [True, None, 1]


@pytest.mark.long
def test_without_scripts_minutes_are_written_submitted_passed_and_signed(at: Open, people: Cast) -> None:
    for person in (people.reviewer, people.signatory):
        with_key(person)
    db.session.commit()
    plain = {"java_script_enabled": False}
    page = at("recorder", "/edit", **plain)
    page.get_by_label("正文", exact=False).first.fill("一、不用脚本写的纪要\n（一）手续照办。")
    page.get_by_role("button", name="保存").click()
    page.get_by_role("button", name="送审").click()
    expect(page.locator("main")).to_contain_text("已送审。")
    by_itself("minutes.render_sheet")
    page = at("reviewer", "/review", **plain)
    page.get_by_label("签名口令", exact=False).fill(PIN)
    page.get_by_role("button", name="签名并通过").click()
    expect(page.locator("main")).to_contain_text("转签发人")
    by_itself("minutes.render")
    page = at("signatory", "/signature", **plain)
    page.get_by_label("签名口令", exact=False).fill(PIN)
    page.get_by_role("button", name="签发", exact=True).click()
    expect(page.locator("main")).to_contain_text("已签发，会议秘书将予印发。")
    assert now().document.is_complete
