"""Slides as a lecturer, a secretary and a listener meet them: sent over a poor line, compared, asked about."""

import os
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from eyes import spill, violations
from living import Living
from playwright.sync_api import Browser, Page, expect
from pypdfium2 import PdfDocument

pytestmark = pytest.mark.browser
MB = 1024 * 1024


@pytest.fixture
def as_role(chromium: Browser, portal: Living) -> Iterator[object]:
    """`as_role("lecturer", width=390)`: a page this role has signed in on."""
    contexts = []

    def sign_in(role: str, width: int = 1280) -> Page:
        account = portal.accounts[role]
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, locale="zh-CN", base_url=portal.address
        )
        contexts.append(context)
        page = context.new_page()
        page.goto("/login")
        page.locator("[name=username]").fill(account["username"])
        page.locator("[name=password]").fill(account["password"])
        page.locator("[name=password]").press("Enter")
        page.wait_for_url("**/")
        return page

    yield sign_in
    for context in contexts:
        context.close()


def slides(path: Path, pages: int = 2, *, megabytes: int = 0) -> Path:
    """A PDF; a large one has noise after its first line."""
    document, target = PdfDocument.new(), BytesIO()
    for number in range(pages):
        document.new_page(960, 540 + 10 * number)
    if megabytes:
        document.new_attachment("noise.txt").set_data(os.urandom(megabytes * MB))
    document.save(target)
    path.write_bytes(target.getvalue())
    return path


def course_to_teach(page: Page) -> str:
    """The address of a lesson slides can be handed in for."""
    page.goto("/courses")
    links = page.locator(".ledger a[href^='/courses/']").evaluate_all("all => all.map(one => one.pathname)")
    for address in links:
        page.goto(address)
        if page.locator("input[data-tus]").count():
            return str(address)
    raise AssertionError("no lesson takes slides")


@pytest.mark.long
def test_a_lecturer_sends_a_big_file_over_a_line_that_breaks(as_role, tmp_path: Path) -> None:
    page = as_role("lecturer")
    address = course_to_teach(page)
    file = slides(tmp_path / "讲稿.pdf", megabytes=20)
    pieces = []

    def break_the_line(route: object) -> None:
        if route.request.method == "PATCH":
            pieces.append(route.request.url)
            if len(pieces) > 1:
                route.abort()
                return
        route.continue_()

    page.on("dialog", lambda dialog: dialog.accept())
    page.route("**/uploads/*", break_the_line)
    page.locator("input[data-tus]").set_input_files(file)
    expect(page.locator(".upload")).to_contain_text("重新连接", timeout=20_000)
    page.unroute("**/uploads/*")
    page.reload()
    expect(page.locator("#upload")).to_contain_text("从断开的地方继续")
    assert (violations(page), spill(page)) == ([], 0)
    page.locator("input[data-tus]").set_input_files(file)
    page.get_by_label(re.compile("保密自查")).check()
    page.get_by_role("button", name="提交审核").click()
    page.wait_for_url(f"**{address}#slides", timeout=60_000)
    expect(page.locator("#slides")).to_contain_text("讲稿.pdf")
    with page.expect_download() as download:
        page.locator("#slides .file", has_text="讲稿.pdf").get_by_role("link", name=re.compile("原文件")).first.click()
    assert Path(download.value.path()).read_bytes() == file.read_bytes()


@pytest.mark.long
def test_a_file_that_may_not_come_in_is_told_before_it_is_sent(as_role, tmp_path: Path) -> None:
    page = as_role("lecturer")
    course_to_teach(page)
    (tmp_path / "讲稿.pptm").write_bytes(b"PK" + bytes(3 * MB))
    page.locator("input[data-tus]").set_input_files(tmp_path / "讲稿.pptm")
    expect(page.locator("#messages")).to_contain_text("不能上传“.pptm”格式")


@pytest.mark.long
def test_a_secretary_compares_two_versions_by_keys_and_lets_them_pass(as_role, tmp_path: Path) -> None:
    lecturer = as_role("lecturer")
    address = course_to_teach(lecturer)
    title = "对照用的课件"
    for pages in (2, 4):
        meant = "新的课件" if pages == 2 else f"《{title}》的新版本"
        if lecturer.locator("[name=material_id]").count():
            lecturer.locator("[name=material_id]").select_option(label=meant)
        lecturer.locator("input[data-tus]").set_input_files(slides(tmp_path / f"{pages}.pdf", pages))
        lecturer.locator("[name=title]").fill(title)
        lecturer.get_by_label(re.compile("保密自查")).check()
        lecturer.get_by_role("button", name="提交审核").click()
        lecturer.wait_for_url(f"**{address}#slides")
        expect(lecturer.locator("#slides")).to_contain_text(re.compile(rf"逐页查看（{pages} 页）"), timeout=60_000)
    page = as_role("secretary")
    page.goto("/courses")
    entry = page.locator("#review-queue .entry", has_text=title)
    entry.get_by_role("link", name="与第 1 版对照").click()
    expect(page.locator(".comparison")).to_contain_text("共 2 页有改动", timeout=30_000)
    expect(page.locator(".comparison .turn b")).to_have_text("1 / 2")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".comparison .turn b")).to_have_text("2 / 2")
    assert (violations(page), spill(page)) == ([], 0)
    page.locator("summary", has_text="通过").first.click()
    page.get_by_label(re.compile("保密审查")).check()
    page.locator("dialog").get_by_role("button", name="通过").click()
    expect(page.locator("#slides")).to_contain_text("审核通过")


@pytest.mark.long
def test_a_listener_asks_from_a_phone_and_the_secretary_makes_an_item_of_it(as_role) -> None:
    page = as_role("officer", 390)
    secretary = as_role("secretary")
    address = course_to_teach(secretary)
    page.goto(f"{address}/podium")
    page.get_by_label("提问内容").fill("营业收入怎样计算？")
    page.get_by_role("button", name="提问").click()
    expect(page.locator("#questions")).to_contain_text("营业收入怎样计算？")
    assert (violations(page), spill(page)) == ([], 0)
    secretary.goto(f"{address}/podium")
    entry = secretary.locator("#questions .entry", has_text="营业收入怎样计算")
    entry.locator("summary", has_text="已答复").click()
    secretary.locator("dialog textarea").fill("按审计报告。")
    secretary.locator("dialog").get_by_role("button", name="登记").click()
    expect(secretary.locator("#questions")).to_contain_text("按审计报告。")
    assert (violations(secretary), spill(secretary)) == ([], 0)
