"""The archive through the browser, plain and by htmx."""

import re
from io import BytesIO

import pytest
from cast import by_itself
from openpyxl import load_workbook

from portal.archive.checking import operations as checking
from portal.archive.models.pieces import CHECK_EVERY, ArchivalRecord, Retention
from portal.archive.pieces import filing
from portal.archive.pieces import operations as pieces_operations
from portal.db import clock
from portal.db.engine import db
from portal.documents.registry import PaperKind
from portal.files import store
from portal.meetings.sitting.operations import conclude


def number_of(piece):
    db.session.expire_all()
    return db.session.get(ArchivalRecord, piece.id).archival_number


def lose(piece):
    store.path_of(piece.file.sha256).unlink()


def titles(answer):
    return re.findall(r'<td class="full"><a href="/archive/\d+">(.*?)</a>', answer.text)


@pytest.mark.parametrize("who", ["archivist", "secretary", "officer"])
@pytest.mark.parametrize("many", [2, 35])
def test_the_pages_ask_few_questions_however_much_is_filed(as_, people, file_record, statements, who, many):
    pieces = [file_record(number) for number in range(1, 3)]
    first = pieces[0]
    for number in range(3, many):
        filing.prepare(first.meeting, kind="课件", title=f"课件{number}", file=first.file, responsible="某", pages=1)
    checking.check(first)
    db.session.commit()
    browser = as_(getattr(people, who))
    for address in (
        "/archive",
        f"/archive/{first.id}",
        f"/meetings/{first.meeting_id}/archive",
        "/search?q=会议",
        "/verify",
    ):
        statements.clear()
        assert browser.get(address).status_code == 200, address
        asked = [one for one in statements if not one.startswith(("BEGIN", "SET LOCAL"))]  # these ask for nothing
        assert len(asked) <= 10, (address, "\n".join(asked))


# ── who ────────────────────────────────────────────────────────────────────────────────────────────────────────────

PAGES = {
    "archivist": (200, 200, 200, 200), "secretary": (200, 200, 200, 200), "chair": (200, 200, 200, 200),
    "officer": (200, 200, 200, 200), "stranger": (200, 404, 404, 404), "supervisor": (403, 404, 404, 404),
    "auditor": (403, 404, 404, 404), "administrator": (403, 404, 404, 404),
}  # fmt: skip


@pytest.mark.parametrize("who", PAGES)
def test_who_reads_what(as_, people, piece, who):
    browser = as_(getattr(people, who))
    addresses = (
        "/archive", f"/archive/{piece.id}", f"/archive/{piece.id}/file", f"/meetings/{piece.meeting_id}/archive",
    )  # fmt: skip
    assert tuple(browser.get(address).status_code for address in addresses) == PAGES[who]


def test_a_stranger_sees_none_of_it_in_the_list(as_, people, piece):
    assert titles(as_(people.stranger).get("/archive")) == []
    assert titles(as_(people.officer).get("/archive")) == [piece.title]


def test_sheets_with_opinions_are_read_by_who_deals_with_the_minutes(as_, people, piece):
    piece.kind = PaperKind.sign_off.label
    db.session.commit()
    read = {who: as_(getattr(people, who)).get(f"/archive/{piece.id}").status_code for who in PAGES}
    assert {who for who, status in read.items() if status == 200} == {"archivist", "secretary", "chair"}
    assert titles(as_(people.officer).get("/archive")) == []
    assert titles(as_(people.chair).get("/archive")) == [piece.title]


@pytest.mark.parametrize("who", [who for who in PAGES if who != "archivist"])
def test_only_the_archivist_accepts_and_checks(as_, people, piece, who):
    browser = as_(getattr(people, who))
    whole = f"/meetings/{piece.meeting_id}/archive/acceptance"
    for address in (f"/archive/{piece.id}/acceptance", f"/archive/{piece.id}/check", whole):
        assert browser.post(address, data={"retention": "Y"}).status_code in (403, 404), address
    assert number_of(piece) is None


# ── accepting ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("htmx", [False, True])
def test_the_archivist_accepts_one_piece(as_, people, piece, htmx):
    browser = as_(people.archivist, htmx=htmx)
    answer = browser.post(f"/archive/{piece.id}/acceptance", data={"retention": "Y", "version": piece.version})
    assert (answer.headers.get("HX-Redirect") if htmx else answer.location) == f"/archive/{piece.id}"
    assert number_of(piece) == f"0086-WS·{clock.today().year}-Y-BGS-0001"
    assert number_of(piece) in as_(people.archivist).get("/archive").text


def test_what_is_accepted_is_not_accepted_again(as_, people, piece):
    browser = as_(people.archivist)
    browser.post(f"/archive/{piece.id}/acceptance", data={"retention": "Y"})
    assert "接收归档</summary>" not in browser.get(f"/archive/{piece.id}").text
    answer = browser.post(f"/archive/{piece.id}/acceptance", data={"retention": "D10"})
    assert answer.status_code == 409
    assert "档案现在是“已归档”，只有“预归档”时才能接收归档。" in answer.text
    assert number_of(piece) == f"0086-WS·{clock.today().year}-Y-BGS-0001"


def test_an_old_page_does_not_accept(as_, people, piece):
    answer = as_(people.archivist).post(f"/archive/{piece.id}/acceptance", data={"retention": "Y", "version": "7"})
    assert answer.status_code == 409
    assert number_of(piece) is None


@pytest.mark.parametrize("typed", ["", "forever", "<script>", "\u202e", "\ud800", "永" * 201])
def test_a_retention_that_does_not_exist_is_refused(as_, people, piece, typed):
    typed = typed.encode("utf-8", "surrogatepass")
    for address in (f"/archive/{piece.id}/acceptance", f"/meetings/{piece.meeting_id}/archive/acceptance"):
        answer = as_(people.archivist).post(address, data={"retention": typed})
        assert answer.status_code == 422
        assert "选择一项。" in answer.text
    assert number_of(piece) is None


@pytest.mark.parametrize("htmx", [False, True])
def test_one_click_accepts_a_whole_meeting(as_, people, piece, blank, htmx):
    slides = store.put(blank, "课件.pdf", "application/pdf", people.lecturer)
    filing.prepare(piece.meeting, kind="课件", title="示例课件", file=slides, responsible="某", pages=3)
    db.session.commit()
    browser = as_(people.archivist, htmx=htmx)
    answer = browser.post(f"/meetings/{piece.meeting_id}/archive/acceptance", data={"retention": "D10"})
    assert (answer.headers.get("HX-Redirect") if htmx else answer.location) == f"/meetings/{piece.meeting_id}/archive"
    page = as_(people.archivist).get(f"/meetings/{piece.meeting_id}/archive").text
    assert re.findall(r"0086-WS·\d{4}-D10-BGS-\d{4}", page) == [
        f"0086-WS·{one.year}-D10-BGS-000{number}" for number, one in enumerate([piece, piece], 1)
    ]
    again = as_(people.archivist).post(f"/meetings/{piece.meeting_id}/archive/acceptance", data={"retention": "D10"})
    assert again.status_code == 409
    assert "这次会议没有待接收的文件。" in again.text


def test_a_lost_file_is_not_accepted_and_stands_on_top_of_the_list(as_, people, piece):
    lose(piece)
    browser = as_(people.archivist)
    page = browser.post(f"/archive/{piece.id}/acceptance", data={"retention": "Y"}, follow_redirects=True).text
    assert f"没有接收，四性检测不合格：《{piece.title}》的文件不在了。" in page
    assert number_of(piece) is None
    assert page.index("四性检测") > 0
    shown = browser.get("/archive").text
    assert "四性检测不合格" in shown
    assert f"《{piece.title}》的文件不在了。" in shown
    assert "四性检测不合格" not in as_(people.secretary).get("/archive").text


# ── checking ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("htmx", [False, True])
def test_a_check_is_made_when_asked_for_and_kept(as_, people, piece, htmx):
    by_itself("archive.check")
    answer = as_(people.archivist, htmx=htmx).post(f"/archive/{piece.id}/check")
    assert (answer.headers.get("HX-Redirect") if htmx else answer.location) == f"/archive/{piece.id}#checks"
    page = as_(people.archivist).get(f"/archive/{piece.id}").text
    assert "共检测 2 次" in page
    assert "正在检测" not in page


def test_a_piece_is_checked_by_itself_and_again_after_a_month(piece):
    by_itself("archive.check", "archive.recheck", "archive.check")
    assert len(piece.checks) == 1
    with clock.at(clock.now() + CHECK_EVERY):
        by_itself("archive.check")  # the monthly round is made apart, so that nothing new waits behind it
        assert len(piece.checks) == 1
        by_itself("archive.recheck", "archive.recheck")
    db.session.expire_all()
    assert [one.passed for one in piece.checks] == [True, True]


def test_while_a_check_is_under_way_the_page_asks_again(as_, people, piece):
    whole = as_(people.archivist).get(f"/archive/{piece.id}").text
    assert "正在检测" in whole
    part = as_(people.archivist, htmx=True).get(f"/archive/{piece.id}").text
    assert part.strip().startswith("<section")
    assert f'hx-get="/archive/{piece.id}"' in part


# ── the list ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def filed(people, file_record):
    """Two meetings' records, the first of them accepted."""
    first, second = file_record(1, "土地问题会议记录"), file_record(2, "融资问题会议记录")
    pieces_operations.accept(first, Retention.permanent, by=people.archivist)
    db.session.commit()
    return first, second


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", ["融资问题会议记录", "土地问题会议记录"]),
        ("?order=asc", ["土地问题会议记录", "融资问题会议记录"]),
        ("?state=accepted", ["土地问题会议记录"]),
        ("?state=prepared", ["融资问题会议记录"]),
        ("?retention=Y", ["土地问题会议记录"]),
        ("?kind=会议纪要", []),
        ("?text=融资", ["融资问题会议记录"]),
        ("?text=BGS-0001", ["土地问题会议记录"]),
        ("?text=%25", []),
        ("?year=1999&kind=x&series=x&page=9999999999", ["融资问题会议记录", "土地问题会议记录"]),
    ],
)
def test_the_list_filters_and_sorts(as_, people, filed, query, wanted):
    assert titles(as_(people.archivist).get(f"/archive{query}")) == wanted


def test_the_catalogue_leaves_as_excel(as_, people, filed):
    first, _ = filed
    answer = as_(people.archivist).get("/archive?state=accepted&export=xlsx")
    rows = list(load_workbook(BytesIO(answer.data)).active.values)
    assert rows[0][:7] == ("件号", "档号", "题名", "责任者", "日期", "保管期限", "页数")
    assert [row[:4] for row in rows[1:]] == [(1, first.archival_number, "土地问题会议记录", first.responsible)]
    assert rows[1][5:7] == ("永久", 1)


def test_an_empty_archive_says_what_will_come(as_, people):
    assert "应归档的文件会自动列在这里。" in as_(people.archivist).get("/archive").text


def test_the_meeting_leads_to_its_pieces(as_, people, piece):
    conclude(piece.meeting, by=people.secretary)
    page = as_(people.officer).get(f"/meetings/{piece.meeting_id}").text
    assert f'href="/meetings/{piece.meeting_id}/archive">一会一档，1 件</a>' in page


def test_the_original_is_downloaded_as_it_is(as_, people, piece):
    answer = as_(people.officer).get(f"/archive/{piece.id}/file")
    assert answer.data == store.read(piece.file)
    assert answer.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("title", ["<script>alert(1)</script>", "𠮷㐂䶮", "=HYPERLINK(1)"])
def test_a_title_is_shown_as_text(as_, people, file_record, title):
    made = file_record(1, title)
    page = as_(people.archivist).get(f"/archive/{made.id}").text
    assert "<script>alert" not in page
    assert titles(as_(people.archivist).get("/archive")) == [title.replace("<", "&lt;").replace(">", "&gt;")]
