"""The archive as its people see it: filed, checked, exported, removed; and a paper anybody in the network verifies."""

import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from archive_stage import issue
from cast import Cast, by_itself
from eyes import spill, violations
from playwright.sync_api import Page, expect
from states import kept
from story import ask

from portal.archive.models.pieces import Retention
from portal.archive.pieces import operations, queries
from portal.db import clock
from portal.db.engine import db
from portal.files import store
from portal.meetings.models.meetings import Meeting

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
PHONE = {"width": 390, "height": 844}
LATER = pytest.mark.long
ON_A_PHONE = pytest.param({"viewport": PHONE}, marks=LATER)
BY_SCREEN = pytest.mark.parametrize("screen", [{}, ON_A_PHONE], ids=["desk", "phone"])
BY_HAND = pytest.mark.parametrize(
    "screen",
    [{}, ON_A_PHONE, pytest.param({"java_script_enabled": False}, marks=LATER)],
    ids=["desk", "phone", "without scripts"],
)


@pytest.fixture
def meeting(people: Cast) -> Meeting:
    """A meeting whose papers all wait for the archivist."""
    return waiting(people)


@kept
def waiting(people: Cast) -> Meeting:
    """The same, built once."""
    held = issue(people).meeting
    by_itself("archive.compile", "archive.lengthen", "archive.check")
    return held


@pytest.fixture
def filed(people: Cast) -> Meeting:
    """The same, accepted for ten years."""
    meeting = waiting(people)
    operations.accept_all(meeting, Retention.ten, by=people.archivist)
    db.session.commit()
    return meeting


def piece_of(meeting: Meeting, kind: str) -> int:
    """The number of the piece of this kind."""
    return next(one.id for one in queries.dossier_of(meeting) if one.kind == kind)


def looks_well(page: Page, *, scripts: bool = True) -> None:
    """No barrier, and nothing that scrolls sideways; without scripts nothing can be asked of a page."""
    if not scripts:
        return
    assert (violations(page), max(spill(page), 0)) == ([], 0)


@pytest.mark.long
@BY_HAND
def test_the_archivist_accepts_a_dossier_and_reads_what_was_checked(
    people: Cast, opened: Open, meeting: Meeting, screen: dict
) -> None:
    pieces = len(queries.dossier_of(meeting))
    title, scripts = meeting.title, screen.get("java_script_enabled", True)
    page = opened(people.archivist, "/archive", **screen)
    page.locator("#waiting").get_by_role("link", name=title).click()
    ask(page, "整档接收")
    expect(page.locator("#messages")).to_contain_text("已接收，档号：")
    expect(page.locator("#pieces td[data-label=档号]", has_text="-WS·")).to_have_count(pieces)
    looks_well(page, scripts=scripts)
    page.locator("#pieces").get_by_role("link", name=f"{title}纪要", exact=True).click()
    expect(page.locator("#checks")).to_contain_text("合格")
    page.locator("#checks").get_by_role("button", name="检测").click()
    page.goto(page.url.split("#")[0])
    expect(page.locator("#checks")).to_contain_text("按需")
    page.get_by_role("link", name="检测报告").click()
    expect(page.locator("#looks tr", has_text="电子签名与证书链")).to_contain_text("通过")
    looks_well(page, scripts=scripts)
    page.get_by_role("link", name="历次检测").click()
    expect(page.locator("tbody tr")).to_have_count(3)
    looks_well(page, scripts=scripts)


@pytest.mark.long
@BY_SCREEN
def test_the_archivist_finds_a_piece_and_goes_on_to_its_meeting(
    people: Cast, opened: Open, filed: Meeting, screen: dict
) -> None:
    title = filed.title
    page = opened(people.archivist, "/search?q=企业用地 纪要&kind=档案", **screen)
    page.get_by_role("link", name=f"{title}纪要", exact=True).click()
    page.locator("#related").get_by_role("link", name="这次会议的全部档案").click()
    page.goto(page.url.split("/meetings")[0] + "/archive")
    page.get_by_label("题名、档号、责任者或正文").fill(f"{title}过程记录")
    page.get_by_role("button", name="筛选").click()
    expect(page.locator("td.full")).to_have_count(1)
    assert "text=" in page.url
    looks_well(page)


@pytest.mark.long
def test_the_exported_folder_opens_without_the_portal(
    people: Cast, opened: Open, filed: Meeting, tmp_path: Path
) -> None:
    number = filed.id
    hashes = {one.file.sha256 for one in queries.dossier_of(filed)}
    page = opened(people.archivist, f"/meetings/{number}/archive")
    page.get_by_role("button", name="导出").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="下载", exact=True).click()
    with zipfile.ZipFile(download.value.path()) as packed:
        packed.extractall(tmp_path)
    page.goto((tmp_path / "index.html").as_uri())
    expect(page.locator("tbody tr")).to_have_count(len(hashes))
    assert set(page.locator(".hash").all_inner_texts()) == hashes
    for link in page.locator("a").all():
        assert (tmp_path / str(link.get_attribute("href"))).is_file()
    looks_well(page)
    page.set_viewport_size(PHONE)
    looks_well(page)


@pytest.mark.long
@BY_HAND
def test_one_proposes_to_remove_a_second_person_approves_and_both_read_the_register(
    people: Cast, opened: Open, filed: Meeting, screen: dict
) -> None:
    kinds, scripts = ("会议议程", "签到表"), screen.get("java_script_enabled", True)
    for kind in kinds:
        piece = queries.record(piece_of(filed, kind))
        piece.kept_until = clock.today() - timedelta(days=1)
    number, title = piece.archival_number, piece.title
    db.session.commit()
    approver = people.chair.name
    page = opened(people.archivist, "/archive", **screen)
    page.locator("main").get_by_role("link", name="到期鉴定", exact=True).click()
    looks_well(page, scripts=scripts)
    for box in page.locator("td").get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="对勾选的提出意见").click()
    page.get_by_role("combobox", name="意见").select_option(label="销毁")
    page.get_by_label("理由").fill("保管期满，没有继续保存的价值")
    looks_well(page, scripts=scripts)
    page.get_by_role("button", name="提出意见", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("已提出 2 件的鉴定意见，请另一人批准。")
    page.get_by_role("link", name="待批准").click()
    expect(page.locator("tbody")).to_contain_text("请另一人批准")
    expect(page.locator("tbody summary, tbody button")).to_have_count(0)
    second = opened(people.chair, "/", **screen)
    second.locator("main").get_by_role("link", name=title).first.click()
    looks_well(second, scripts=scripts)
    for box in second.locator("td").get_by_role("checkbox").all():
        box.check()
    second.get_by_role("button", name="批准勾选的").click()
    expect(second.locator("main")).to_contain_text("其中 2 件批准销毁：文件随即清除，不能恢复")
    looks_well(second, scripts=scripts)
    second.get_by_role("button", name="批准勾选的").click()
    expect(second.locator("#messages")).to_contain_text("已批准 2 件的鉴定意见。")
    second.get_by_role("link", name="鉴定记录").click()
    expect(second.locator("tbody tr")).to_have_count(2)
    looks_well(second, scripts=scripts)
    page.get_by_role("link", name="销毁清册").click()
    row = page.locator("tbody tr", has_text=number)
    expect(row).to_contain_text(approver)
    looks_well(page, scripts=scripts)
    row.get_by_role("link").click()
    expect(page.locator("main")).to_contain_text("只保留著录")
    expect(page.locator("#appraisals")).to_contain_text("批准")


@pytest.mark.long
@BY_HAND
def test_nobody_in_particular_verifies_a_paper_and_sees_its_pages_only_when_signed_in(
    people: Cast, opened: Open, filed: Meeting, tmp_path: Path, screen: dict
) -> None:
    piece = queries.record(piece_of(filed, "会议纪要"))
    code, good, bad = piece.document.code, tmp_path / "纪要.pdf", tmp_path / "改过的.pdf"
    content = bytearray(store.read(piece.file))
    good.write_bytes(content)
    content[len(content) // 2] ^= 1
    bad.write_bytes(content)
    reader = opened(people.officer, "/verify", **screen)
    reader.context.clear_cookies()
    for file, word in ((bad, "无效"), (good, "有效")):
        reader.goto(reader.url.split("/verify")[0] + "/verify")
        reader.set_input_files("input[type=file]", file)
        reader.get_by_role("button", name="核验", exact=True).click()
        expect(reader.locator("main h1 ~ .tag").first).to_have_text(word)
        expect(reader.locator("main img")).to_have_count(0)
    looks_well(reader, scripts=screen.get("java_script_enabled", True))
    answer = reader.url.removeprefix(reader.url.split("/verify")[0])
    reader.goto(reader.url.split("/verify")[0] + f"/v/{code}")
    expect(reader.locator("main")).to_contain_text("出自本门户")
    expect(reader.locator("main img")).to_have_count(0)
    reader.set_input_files("input[type=file]", good)
    reader.get_by_role("button", name="比对").click()
    expect(reader.locator("main")).to_contain_text("就是纸面二维码对应的那一份")
    shown = {key: value for key, value in screen.items() if key == "viewport"}
    for address in (answer, f"/v/{code}"):
        known = opened(people.officer, address, **shown)
        expect(known.locator("main img").first).to_be_attached()
        stranger = opened(people.stranger, address, **shown)
        expect(stranger.locator("main")).to_contain_text("会议纪要")
        expect(stranger.locator("main img")).to_have_count(0)
