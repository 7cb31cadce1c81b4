"""Tasks in a real browser: an officer on a phone, a supervisor at the keyboard, a messy ledger coming in."""

import sys
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from eyes import spill
from PIL import Image
from playwright.sync_api import Page, expect

from portal.actions.assignment import operations as assignment
from portal.actions.progress import operations as progress
from portal.db import clock
from portal.db.engine import db

sys.path.append(str(Path(__file__).parents[1] / "actions"))

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
PHONE = {"width": 390, "height": 844}


def hand_out(people, title: str, days: int):
    return assignment.assign(
        title=title, lead_department=people.industry, lead_person=people.officer,
        due=clock.today() + timedelta(days), by=people.secretary,
    )  # fmt: skip


def photo() -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (64, 48), "green").save(buffer, "JPEG")
    return buffer.getvalue()


@pytest.mark.long
def test_an_officer_takes_a_task_on_a_phone_reports_with_a_photo_and_asks_for_more_time(people, opened):
    task = hand_out(people, "补办土地证", 20)
    db.session.commit()
    page = opened(people.officer, f"/actions/{task.id}", viewport=PHONE, has_touch=True)
    page.get_by_role("button", name="签收").tap()
    expect(page.locator("main")).to_contain_text("已签收。")
    page.locator("textarea[name=text]").fill("已到现场，材料齐全。")
    page.locator("input[type=file]").set_input_files(
        {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    )  # fmt: skip
    page.get_by_role("button", name="反馈进展").tap()
    expect(page.locator("main")).to_contain_text("已反馈进展。")
    expect(page.get_by_role("link", name="现场.jpg")).to_be_visible()
    assert spill(page) <= 0
    page.get_by_role("link", name="申请延期").tap()
    page.locator("input[name=new_due]").fill((clock.today() + timedelta(30)).isoformat())
    page.locator("textarea[name=reason]").fill("测绘排期")
    page.locator("textarea[name=progress]").fill("已报材料")
    assert spill(page) <= 0
    page.get_by_role("button", name="申请").tap()
    expect(page.locator("main")).to_contain_text("已提交，请等待审批。")
    expect(page.locator("main")).to_contain_text("目前进展：已报材料")


def test_on_a_phone_only_the_filters_that_are_set_stand_before_the_list(people, opened):
    hand_out(people, "补办土地证", 20)
    db.session.commit()
    page = opened(people.officer, "/actions?view=mine&until=2099-01-01", viewport=PHONE, has_touch=True)
    shown = page.locator(".filters .field").filter(visible=True)
    expect(shown.locator("label")).to_have_text(["编号、事项、要求或进展", "范围", "时限（止）"])
    page.locator(".filters [name=text]").tap()
    expect(shown).to_have_count(page.locator(".filters .field").count())
    assert spill(page) <= 0


@pytest.mark.long
def test_a_supervisor_works_a_list_of_thirty_by_keyboard(people, opened):
    for number in range(1, 31):
        task = hand_out(people, f"第{number:02d}件", 9 + number)
        assignment.accept(task, by=people.officer)
        progress.report_done(task, "手续已办结", by=people.officer)
    db.session.commit()
    page = opened(people.supervisor, "/actions/desk?list=done")
    rows = page.locator("[data-rows] > li")
    expect(rows).to_have_count(30)
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="第01件")).to_be_focused()
    for _ in range(2):
        page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.get_by_role("link", name="第02件")).to_be_focused()
    page.keyboard.press("r")
    page.wait_for_url("**/return?**")
    expect(page.locator("main textarea")).to_be_focused()
    page.keyboard.type("请附证书编号")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/actions/desk?list=done")
    expect(rows).to_have_count(29)
    page.keyboard.press("j")
    page.keyboard.press("c")
    page.wait_for_url("**/closure?**")
    expect(page.locator("main form :focus")).to_have_count(1)
    expect(page.locator("main form textarea, main form input:not([type=hidden])").first).to_be_focused()
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/actions/desk?list=done")
    expect(rows).to_have_count(28)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("第03件")


def test_a_messy_ledger_is_brought_in_with_every_bad_row_named(people, opened):
    from test_old_ledger import BAD, saved, sheet

    page = opened(people.secretary, "/actions/import")
    page.locator("input[type=file]").set_input_files(
        {"name": "旧台账.xlsx", "mimeType": "application/octet-stream", "buffer": saved(sheet())}
    )
    page.get_by_role("button", name="上传并核对").click()
    main = page.locator("main")
    for row, (_, reason) in BAD.items():
        expect(main).to_contain_text(f"第 {row} 行")
        expect(main).to_contain_text(reason)
    page.get_by_role("button", name="导入 3 项").click()
    expect(main).to_contain_text("已导入 3 项。另有 10 行没有导入。")
