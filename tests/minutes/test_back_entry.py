"""Minutes that were issued on paper before the portal came are brought in as they are (补录)."""

import re
from datetime import date
from io import BytesIO
from itertools import count
from zipfile import ZipFile

import pytest
import sqlalchemy as sa
from cast import by_itself
from openpyxl import Workbook, load_workbook

from portal.actions.models.action_items import ActionItem, ActionState
from portal.archive.models.pieces import ArchivalRecord, Retention
from portal.archive.pieces import operations as archive
from portal.archive.verifying import queries as archive_queries
from portal.db.engine import db
from portal.db.journal import JournalEntry
from portal.db.numbers import next_number
from portal.documents import page_pictures, verdicts, verify
from portal.errors import Refused
from portal.files import store
from portal.inbox.models import Notice
from portal.minutes.back_entry import operations
from portal.minutes.back_entry.earlier import EarlierTask, joined
from portal.minutes.models.minutes import Minutes, MinutesState
from portal.minutes.reading import queries
from portal.minutes.signoff.operations import sequence_of
from portal.people.keys.queries import authority
from portal.records.decisions import queries as records

DAY = date(2025, 3, 5)
_made = count(1)


def written(words="Research of the land"):
    """A PDF of one page that says something, each time another."""
    said = f"BT /F1 12 Tf 72 720 Td ({words} {next(_made)}) Tj ET".encode()
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources <</Font <</F1 5 0 R>> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(said), said),
        font,
    ]
    pdf, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(pdf))
        pdf += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 6\n0000000000 65535 f \n%strailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return pdf + end % (table, len(pdf))


def brought(people):
    return store.put(written(), "纪要.pdf", "application/pdf", people.secretary)


def entered(people, series, number=3, file=None, **more):
    facts = {
        "decisions": ["同意补办土地手续", "原则同意扩建方案"],
        "tasks": [
            EarlierTask("补办土地手续", people.officer, date(2199, 4, 1), people.industry, decision=1),
            EarlierTask(
                "报送方案", people.colleague, date(2025, 4, 1), people.justice, ActionState.closed, date(2025, 3, 28)
            ),
        ],
    } | more  # fmt: skip
    made = operations.enter_back(
        series, DAY, 2025, number, "市首席服务官周例会纪要", file or brought(people), by=people.secretary, **facts
    )
    db.session.commit()
    return made


def the_only():
    db.session.expire_all()
    return queries.minutes(db.session.scalars(sa.select(Minutes.id)).one())


def how_many(kind=Minutes):
    return db.session.scalar(sa.select(sa.func.count()).select_from(kind))


def entries(deed):
    return db.session.scalar(sa.select(sa.func.count()).where(JournalEntry.deed == deed))


# ── what stands afterwards ─────────────────────────────────────────────────────────────────────────────────────────


def test_earlier_minutes_stand_with_their_decisions_and_tasks(people, series):
    made = queries.minutes(entered(people, series).id)
    assert (made.number_text, made.state.label, made.is_back_entered) == ("〔2025〕3号", "待归档", True)
    decisions, _ = records.words_of(made.meeting)
    (item,) = made.meeting.items
    assert [one.text for one in decisions[item.id]] == ["同意补办土地手续", "原则同意扩建方案"]
    assert [one.action.title for one in decisions[item.id][0].handouts] == ["补办土地手续"]
    open_, closed = db.session.query(ActionItem).order_by(ActionItem.id)
    assert (open_.number, open_.state, open_.audience_id) == ("2025-001", ActionState.accepted, series.group_id)
    assert (closed.state, closed.closed_at.date(), closed.of_meeting) == (
        ActionState.closed, date(2025, 3, 28), made.meeting_id,
    )  # fmt: skip
    assert entries("minutes.enter_back") == 1


def test_a_number_and_a_file_are_brought_in_once(people, series):
    file = brought(people)
    entered(people, series, 3, file)
    with pytest.raises(Refused, match="〔2025〕3号已经是"):
        entered(people, series, 3)
    db.session.rollback()
    with pytest.raises(Refused, match="这份文件已经登记为会议纪要（补录）"):
        entered(people, series, 4, file)


def test_numbering_goes_on_behind_the_highest(people, series):
    entered(people, series, 41)
    entered(people, series, 12)
    assert next_number(sequence_of(series.id, 2025)) == 42


def test_nothing_of_drafting_and_signing_leads_from_it(people, series):
    made = entered(people, series)
    assert [one for one in Minutes.lifecycle.transitions if made.lifecycle.is_open(made, one)] == [
        "amend", "archive", "revoke",
    ]  # fmt: skip
    by_itself("minutes.draft", "minutes.render", "minutes.render_sheet", "archive.compile")
    made = the_only()
    assert made.sheet.document_id is None
    assert how_many(ArchivalRecord) == 0
    for obstacle in (made.not_issued, made.not_void, made.not_made_here):
        assert "补录" in obstacle


def test_no_button_of_drafting_and_signing_is_on_its_page(as_, people, series):
    made = entered(people, series)
    page = as_(people.secretary).get(f"/minutes/{made.id}").text
    posts = set(re.findall(rf'action="/minutes/{made.id}/(\w+)"', page))
    links = set(re.findall(rf'href="/minutes/{made.id}/(\w+)"', page))
    assert (posts, links) == (set(), {"amendment", "readers", "revocation"})
    for word in ("word", "audit", "correction", "redraft"):
        send = as_(people.secretary).get if word == "word" else as_(people.secretary).post
        assert send(f"/minutes/{made.id}/{word}").status_code == 409
    assert as_(people.secretary).get(f"/meetings/{made.meeting_id}/record").status_code == 200
    desk = as_(people.secretary).post(f"/items/{made.meeting.items[0].id}/lines", data={"text": "议定：同意"})
    assert desk.status_code >= 400


def test_its_page_shows_the_file_and_leads_to_everything(as_, people, series):
    made = entered(people, series)
    by_itself("minutes.read_back", "papers.draw", "archive.prepare")
    page = as_(people.officer).get(f"/minutes/{made.id}").text
    for words in ("未经本门户签名", "〔2025〕3号", "同意补办土地手续", "补办土地手续", "Research of the land"):
        assert words in page
    document = the_only().document
    assert (document.pages, document.is_complete) == (1, False)
    picture = re.search(rf'src="(/papers/{document.id}/pages/1\.webp[^"]*)"', page)[1]
    assert as_(people.officer).get(picture).data.startswith(b"RIFF")
    file = as_(people.officer).get(f"/papers/{document.id}/file")
    assert file.data.startswith(b"%PDF-1.4")
    assert as_(people.stranger).get(f"/papers/{document.id}/file").status_code == 404
    decision = re.search(r'href="(/decisions/\d+)"', page)[1]
    answer = as_(people.officer).get(decision).text
    assert f'href="/minutes/{made.id}"' in answer
    assert "补录" in answer
    task = re.search(r'href="(/actions/\d+)">补办土地手续<', page)[1]
    assert decision in as_(people.officer).get(task).text
    assert f'href="/minutes/{made.id}"' in as_(people.officer).get(f"/meetings/{made.meeting_id}").text
    listed = as_(people.officer).get("/minutes").text
    assert '<span class="tag amber">补录</span>' in listed


def test_a_page_that_is_not_read_yet_says_so_and_draws_nothing_itself(as_, people, series):
    made = entered(people, series)
    drawn = f"/papers/{made.document_id}/pages/1.webp"
    assert as_(people.secretary).get(drawn).status_code == 409
    assert "正在准备各页" in as_(people.secretary).get(f"/minutes/{made.id}").text
    by_itself("minutes.read_back", "papers.draw")
    assert as_(people.secretary).get(drawn).status_code == 200


def test_pages_are_drawn_apart(people, series, monkeypatch):
    entered(people, series)
    monkeypatch.setattr(page_pictures, "picture_of", None)
    monkeypatch.setattr(page_pictures, "count_of_pages", None)
    by_itself("minutes.read_back", "papers.draw")
    assert page_pictures.place_of(the_only().document.file.sha256, 1).is_file()


def test_what_it_says_is_found(as_, people, series):
    entered(people, series)
    by_itself("minutes.read_back")
    for words in ("Research", "周例会纪要"):
        assert f"/minutes/{the_only().id}" in as_(people.officer).get(f"/search?q={words}").text
    assert "/decisions/" in as_(people.officer).get("/search?q=原则同意扩建").text
    assert f"/minutes/{the_only().id}" not in as_(people.stranger).get("/search?q=Research").text
    assert as_(people.officer).get("/minutes?text=Research").text.count("市首席服务官周例会纪要") == 1


@pytest.mark.parametrize(
    ("said", "read"),
    [
        (
            "会议研究了示例铸造公司提出的土\n地房产问题。\n会议要求抓紧。",
            "会议研究了示例铸造公司提出的土地房产问题。\n会议要求抓紧。",
        ),
        ("会议纪要\n〔2025〕3号\n会议听取了汇报。", "会议纪要\n〔2025〕3号\n会议听取了汇报。"),
        ("The meeting was about land\nand about houses", "The meeting was about land and about houses"),
        ("", ""),
    ],
)
def test_the_broken_lines_of_a_page_are_made_whole(said, read):
    assert joined(said) == read


def test_it_is_filed_as_it_came_and_archived_as_any_minutes(people, series):
    made = entered(people, series)
    by_itself("archive.prepare")
    assert how_many(ArchivalRecord) == 0  # nobody has opened it yet
    by_itself("minutes.read_back", "archive.prepare", "archive.check")
    (piece,) = db.session.scalars(sa.select(ArchivalRecord))
    assert (piece.kind, piece.day, piece.year, piece.pages) == ("会议纪要（补录）", DAY, 2025, 1)
    assert "Research of the land" in piece.text
    found = archive.accept(piece, Retention.permanent, by=people.archivist)
    assert found.passed, (found.authentic, found.complete, found.usable, found.safe)
    db.session.commit()
    assert "·2025-Y-" in piece.archival_number
    assert the_only().state is MinutesState.archived
    with pytest.raises(Refused, match="已归档"):
        operations.revoke(queries.minutes(made.id), "录错了", by=people.secretary)


def test_the_verifier_tells_it_apart(people, series):
    content = written()
    entered(people, series, file=store.put(content, "纪要.pdf", "application/pdf", people.secretary))
    found = verify.examine(content, trust=authority(), registered=archive_queries.registered)
    assert (found.word, found.ours, found.signatures) == (verdicts.Word.VALID, False, [])
    assert "这是本门户登记的补录件，未经本门户签名。" in found.reasons
    changed = verify.examine(content + b" ", trust=authority(), registered=archive_queries.registered)
    assert changed.word is verdicts.Word.INVALID


def test_the_verification_page_says_so(as_, people, series):
    content = written()
    entered(people, series, file=store.put(content, "纪要.pdf", "application/pdf", people.secretary))
    browser = as_(people.officer)
    where = browser.post("/verify", data={"file": (BytesIO(content), "x.pdf")}).location
    by_itself("archive.verify")
    page = browser.get(where).text
    assert "本门户登记的补录件，未经本门户签名" in page
    assert "出自本门户" not in page


# ── one by one ─────────────────────────────────────────────────────────────────────────────────────────────────────


def typed(series, **more):
    return {
        "series_id": str(series.id), "number": "〔2025〕3号", "title": "市首席服务官周例会纪要", "day": "2025-03-05",
        "decisions": "一、同意补办土地手续\n二、原则同意扩建方案",
        "tasks": "补办土地手续，市工信局，服务示例，2199-04-01，办理中，，1\n"
                 "报送方案，市司法局，同事示例，2025年4月1日，，2025-3-28",
        "file": (BytesIO(written()), "纪要.pdf"),
    } | more  # fmt: skip


def test_the_list_leads_the_secretary_to_both_ways(as_, people, series):
    browser = as_(people.secretary)
    assert 'href="/minutes/back-entry"' in browser.get("/minutes").text
    assert 'href="/minutes/back-entries"' in browser.get("/minutes/back-entry").text
    assert 'href="/minutes/back-entries/template"' in browser.get("/minutes/back-entries").text
    assert "back-entry" not in as_(people.officer).get("/minutes").text
    refused = as_(people.officer).get("/minutes/back-entry")
    assert (refused.status_code, "只有会议秘书可以补录" in refused.text) == (403, True)


def test_one_is_entered_by_its_form(as_, people, series):
    browser = as_(people.secretary)
    form = browser.get("/minutes/back-entry").text
    assert {"series_id", "number", "title", "day", "issued_on", "file", "distribution", "decisions", "tasks"} <= set(
        re.findall(r'name="(\w+)"', form)
    )
    answer = browser.post("/minutes/back-entry", data=typed(series, number="[2025] 3"))
    made = the_only()
    assert (answer.status_code, answer.location) == (303, f"/minutes/{made.id}")
    assert (made.number_text, made.meeting.day, made.document.file.name) == ("〔2025〕3号", DAY, "纪要.pdf")
    decisions, handouts = records.words_of(made.meeting)
    (item,) = made.meeting.items
    assert [one.text for one in decisions[item.id]] == ["同意补办土地手续", "原则同意扩建方案"]
    assert [(one.title, one.lead, one.decision_id, one.action.state) for one in handouts[item.id]] == [
        ("补办土地手续", "市工业和信息化局", decisions[item.id][0].id, ActionState.in_progress),
        ("报送方案", "市司法局", None, ActionState.closed),
    ]
    told = db.session.scalars(sa.select(Notice.title).where(Notice.user_id == people.officer.id)).all()
    assert told == ["补录会议纪要，请核对：补办土地手续"]


@pytest.mark.parametrize(
    ("field", "text", "why"),
    [
        ("number", "三号", "请写成“〔2025〕3号”的样子。"),
        ("number", "〔2020〕3号", "编号的年份2020与会议日期不符。"),
        ("day", "2199-01-01", "会议日期不能晚于今天"),
        ("issued_on", "2025-03-01", "印发日期不能早于会议日期"),
        ("tasks", "办证，市工信局，无此人，2199-04-01", "交办事项第 1 行：没有名叫“无此人”的在用人员。"),
        ("tasks", "办证，市工信局，服务示例，2025-01-01", "时限早于会议日期。"),
        ("tasks", "办证，市工信局，服务示例，2199-01-01，已销号", "已经销号的，请写明销号日期。"),
        ("tasks", "办证，市工信局，服务示例，2199-01-01，，，9", "没有“9”这一项议定"),
    ],
)
def test_what_cannot_be_is_refused_and_stays_typed(as_, people, series, field, text, why):
    answer = as_(people.secretary).post("/minutes/back-entry", data=typed(series, **{field: text}))
    assert answer.status_code == 422
    assert why in answer.text
    assert text in answer.text
    assert "原则同意扩建方案" in answer.text
    assert how_many() == 0


def test_the_file_of_a_refused_form_need_not_be_chosen_again(as_, people, series):
    browser = as_(people.secretary)
    page = browser.post("/minutes/back-entry", data=typed(series, number="")).text
    token = re.search(r'name="file_arrived" value="(\w+)"', page)[1]
    again = {name: value for name, value in typed(series).items() if name != "file"}
    page = browser.post("/minutes/back-entry", data=again | {"file_arrived": token, "day": ""}).text
    assert f'value="{token}"' in page
    answer = browser.post("/minutes/back-entry", data=again | {"file_arrived": token})
    assert (answer.status_code, the_only().document.file.name) == (303, "纪要.pdf")


@pytest.mark.parametrize(("name", "content"), [("纪要.docx", b"PK\x03\x04"), ("纪要.pdf", b"no PDF at all")])
def test_only_a_pdf_that_opens_comes_in(as_, people, series, name, content):
    answer = as_(people.secretary).post("/minutes/back-entry", data=typed(series, file=(BytesIO(content), name)))
    assert (answer.status_code, how_many()) == (422, 0)


def test_the_same_number_is_refused_on_the_form(as_, people, series):
    entered(people, series)
    answer = as_(people.secretary).post("/minutes/back-entry", data=typed(series))
    assert (answer.status_code, "已经是《市首席服务官周例会纪要》，不能重复" in answer.text) == (409, True)


# ── put right, taken back ──────────────────────────────────────────────────────────────────────────────────────────


def test_facts_are_put_right_until_the_archive_has_it(as_, people, series):
    made = entered(people, series, 900)
    by_itself("minutes.read_back", "archive.prepare")
    browser = as_(people.secretary)
    page = browser.get(f"/minutes/{made.id}/amendment").text
    assert 'value="〔2025〕900号"' in page
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    answer = browser.post(
        f"/minutes/{made.id}/amendment",
        data={
            "version": version, "number": "〔2025〕9号", "title": "更正的标题", "day": "2025-03-06",
            "decisions": "原则同意扩建方案\n同意尽快补办土地手续\n再议一次",
        },
    )  # fmt: skip
    assert answer.status_code == 303, answer.text
    made = the_only()
    assert (made.number_text, made.document.number, made.document.title) == ("〔2025〕9号", "〔2025〕9号", "更正的标题")
    decisions, _ = records.words_of(made.meeting)
    (item,) = made.meeting.items
    assert [(one.text, len(one.handouts)) for one in decisions[item.id]] == [
        ("原则同意扩建方案", 0), ("同意尽快补办土地手续", 1), ("再议一次", 0),
    ]  # fmt: skip
    (piece,) = db.session.scalars(sa.select(ArchivalRecord))
    if piece.is_stale:
        with pytest.raises(Refused, match="著录正在更新"):
            archive.accept(piece, Retention.permanent, by=people.archivist)
        db.session.rollback()
    by_itself("archive.renew")
    (piece,) = db.session.scalars(sa.select(ArchivalRecord))
    assert (piece.title, piece.day) == ("更正的标题", date(2025, 3, 6))
    assert next_number(sequence_of(series.id, 2025)) == 10


def test_a_decision_with_tasks_is_not_dropped(people, series):
    made = entered(people, series)
    with pytest.raises(Refused, match="下有交办事项，不能删除"):
        operations.amend(
            made, made.version, DAY, 2025, 3, made.title, ["原则同意扩建方案"], by=people.secretary
        )  # fmt: skip


def test_one_that_was_entered_by_mistake_is_taken_back_and_can_be_entered_anew(as_, people, series):
    file = brought(people)
    made = entered(people, series, 3, file)
    by_itself("minutes.read_back", "archive.prepare")
    answer = as_(people.secretary).post(f"/minutes/{made.id}/revocation", data={"why": "录错了"})
    assert answer.status_code == 303, answer.text
    by_itself("archive.renew")
    made = the_only()
    assert (made.state, made.document_id, how_many(ArchivalRecord)) == (MinutesState.void, None, 0)
    states = db.session.scalars(sa.select(ActionItem.state).order_by(ActionItem.id)).all()
    assert states == [ActionState.terminated, ActionState.closed]
    assert made.meeting.is_cancelled
    assert f"/minutes/{made.id}" not in as_(people.secretary).get("/search?q=周例会纪要").text
    assert "已经作废" in as_(people.secretary).get(f"/minutes/{made.id}").text
    again = entered(people, series, 3, file)
    assert again.document.withdrawn is False
    assert as_(people.secretary).get(f"/papers/{again.document_id}/file").status_code == 200


@pytest.mark.parametrize("word", ["amendment", "revocation"])
def test_only_the_secretary_puts_it_right(as_, people, series, word):
    made = entered(people, series)
    assert as_(people.officer).get(f"/minutes/{made.id}/{word}").status_code == 403


# ── many at once ───────────────────────────────────────────────────────────────────────────────────────────────────

HEADS = ("例会", "编号", "标题", "会议日期", "文件名", "议定事项")
TASK_HEADS = ("纪要编号", "事项", "牵头单位", "承办人", "时限", "状态", "销号日期", "对应议定")
GOOD = [
    ("专班例会", "〔2025〕3号", "第三期纪要", DAY, "3.pdf", "1.同意补办手续\n2.同意扩建"),
    ("专班", "〔2025〕4号", "第四期纪要", "2025年3月12日", "四号", ""),
]
BAD = {
    4: (("专班例会", "〔2025〕3号", "又一份", DAY, "5.pdf", ""), "编号与第 2 行重复。"),
    5: (("没有的会", "〔2025〕5号", "五", DAY, "5.pdf", ""), "没有“没有的会”这个例会。"),
    6: (("专班例会", "五号", "五", DAY, "5.pdf", ""), "编号“五号”看不懂"),
    7: (("专班例会", "〔2025〕7号", "七", "年初", "5.pdf", ""), "会议日期“年初”不是完整的日期。"),
    8: (("专班例会", "〔2025〕8号", "八", DAY, "8.pdf", ""), "没有上传“8.pdf”。"),
    9: (("专班例会", "〔2025〕9号", "九", DAY, "坏.pdf", ""), "《坏.pdf》："),
    10: (("专班例会", "〔2025〕10号", "十", DAY, "同3.pdf", ""), "与第 2 行的文件内容相同。"),
    11: (("专班例会", "〔2025〕11号", "十一", DAY, "11.pdf", "同意"), "它的交办事项有问题"),
}
TASKS = [
    ("〔2025〕3号", "补办手续", "市工信局", "服务示例", "2199-04-01", "办理中", "", 1),
    ("〔2025〕4号", "报送方案", "", "同事示例", "2025-04-01", "", "2025-03-28", ""),
    ("〔2025〕11号", "无人可办", "市工信局", "无此人", "2199-04-01", "", "", ""),
    ("〔2025〕99号", "无主的事", "市工信局", "服务示例", "2199-04-01", "", "", ""),
]


def listed(rows, tasks=()):
    book = Workbook()
    book.active.title = "会议纪要"
    for row in (HEADS, *rows):
        book.active.append(row)
    page = book.create_sheet("交办事项")
    for row in (TASK_HEADS, *tasks):
        page.append(row)
    target = BytesIO()
    book.save(target)
    return target.getvalue()


@pytest.fixture
def files():
    third = written()
    whole = {"3.pdf": third, "四号.pdf": written(), "5.pdf": written(), "11.pdf": written(), "多余.pdf": written()}
    return whole | {"坏.pdf": b"%PDF-1.4 broken", "同3.pdf": third}


def zipped(members):
    target = BytesIO()
    with ZipFile(target, "w") as archive_:
        for name, content in members.items():
            archive_.writestr(name, content)
    return target.getvalue()


def upload(browser, *files_):
    data = {"files": [(BytesIO(content), name) for name, content in files_]}
    answer = browser.post("/minutes/back-entries", data=data)
    assert answer.status_code == 303, answer.text
    return checked(browser, answer.location)


def checked(browser, errand):
    by_itself("errands.run")
    return re.search(r'href="(/minutes/back-entries/[^"]+)"', browser.get(errand).text)[1]


def bring_in(browser, page):
    reading = re.search(r"reading=(\d+)", page)[1]
    errand = browser.post(page.partition("?")[0], data={"reading": reading}).location
    by_itself("errands.run")
    return browser.get(errand).text


def test_every_bad_row_is_named_and_nothing_is_brought_in_yet(as_, people, series, files):
    browser = as_(people.secretary)
    rows = [*GOOD, *(row for row, _ in BAD.values())]
    page = browser.get(upload(browser, ("一批.zip", zipped({"清单.xlsx": listed(rows, TASKS), **files})))).text
    assert '可以补录 <b class="num">2</b> 份，不能补录的有 <b class="num">10</b> 行' in page
    for row, (_, reason) in BAD.items():
        assert re.search(rf"会议纪要第 {row} 行</td>.*?{re.escape(reason)}", page), row
    assert "清单里没有编号〔2025〕99号的纪要。" in page
    assert "交办事项第 4 行" in page
    assert "多余.pdf" in page
    assert how_many() == 0


def test_the_good_ones_come_in_together_and_only_once(as_, people, series, files):
    browser = as_(people.secretary)
    chosen = [("清单.xlsx", listed(GOOD, TASKS[:2])), ("3.pdf", files["3.pdf"]), ("四号.pdf", files["四号.pdf"])]
    page = upload(browser, *chosen)
    assert "已补录 2 份会议纪要。" in bring_in(browser, page)
    made = db.session.scalars(sa.select(Minutes).order_by(Minutes.number)).all()
    assert [(one.number_text, one.title, one.document.file.name) for one in made] == [
        ("〔2025〕3号", "第三期纪要", "3.pdf"), ("〔2025〕4号", "第四期纪要", "四号.pdf"),
    ]  # fmt: skip
    assert entries("minutes.enter_back") == 2
    assert [(one.title, one.state) for one in db.session.scalars(sa.select(ActionItem).order_by(ActionItem.id))] == [
        ("补办手续", ActionState.in_progress), ("报送方案", ActionState.closed),
    ]  # fmt: skip
    by_itself("minutes.read_back")
    again = browser.get(upload(browser, *chosen)).text
    assert again.count("门户中已有这个编号") == 2
    other = [(*GOOD[0][:1], "〔2025〕30号", *GOOD[0][2:])]
    assert "已经登记为会议纪要（补录）" in browser.get(upload(browser, ("清单.xlsx", listed(other)), chosen[1])).text
    assert how_many() == 2


def test_a_failure_in_the_middle_brings_nothing_in(as_, people, series, files, monkeypatch):
    browser = as_(people.secretary)
    page = upload(browser, ("x.zip", zipped({"清单.xlsx": listed(GOOD, TASKS[:2]), **files})))
    made = operations.enter_back

    def fails_on_the_second(*told, **more):
        if told[3] == 4:
            raise Refused("出了问题。")
        return made(*told, **more)

    monkeypatch.setattr(operations, "enter_back", fails_on_the_second)
    assert "出了问题。" in bring_in(browser, page)
    assert (how_many(), how_many(ActionItem)) == (0, 0)


def test_what_changed_since_it_was_checked_is_not_brought_in(as_, people, series, files):
    browser = as_(people.secretary)
    page = upload(browser, ("x.zip", zipped({"清单.xlsx": listed(GOOD), **files})))
    entered(people, series, 4)
    assert "没有补录任何内容" in bring_in(browser, page)
    assert how_many() == 1


@pytest.mark.parametrize(
    ("chosen", "why"),
    [
        ([("只有.pdf", b"%PDF-1.4")], "请选择一个压缩包"),
        ([("一.xlsx", b"PK"), ("二.xlsx", b"PK")], "请选择一个压缩包"),
        ([("一.xlsx", b"PK"), ("图.png", b"x")], "不是 PDF 文件，也不是清单"),
        ([], "请选择要上传的文件"),
    ],
)
def test_what_is_no_batch_is_refused_at_once(as_, people, series, chosen, why):
    data = {"files": [(BytesIO(content), name) for name, content in chosen]}
    answer = as_(people.secretary).post("/minutes/back-entries", data=data)
    assert (answer.status_code, why in answer.text) == (422, True)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"no zip", "这不是完整的 ZIP 文件"),
        (zipped({"3.pdf": b"x"}), "要有一份清单"),
        (zipped({"清单.xlsx": b"PK\x03\x04 no list"}), "损坏"),
        (zipped({"a/3.pdf": b"x", "b/3.pdf": b"y", "清单.xlsx": b""}), "重名"),
    ],
)
def test_a_zip_file_that_is_no_batch_says_why(as_, people, series, content, why):
    browser = as_(people.secretary)
    errand = browser.post("/minutes/back-entries", data={"files": [(BytesIO(content), "x.zip")]}).location
    by_itself("errands.run")
    assert why in browser.get(errand).text


def test_the_template_is_read_as_it_is_filled_in(as_, people, series, files):
    browser = as_(people.secretary)
    answer = browser.get("/minutes/back-entries/template")
    book = load_workbook(BytesIO(answer.data))
    assert book.sheetnames == ["会议纪要", "交办事项", "填写说明"]
    told = {"编号": "〔2025〕3号", "标题": "三", "会议日期": DAY, "文件名": "3.pdf", "议定事项": "同意"}
    book["会议纪要"].append([told.get(cell.value, "") for cell in book["会议纪要"][1]])
    told = {"纪要编号": "〔2025〕3号", "事项": "办证", "承办人": "服务示例", "时限": "2199-01-01", "对应议定": 1}
    book["交办事项"].append([told.get(cell.value, "") for cell in book["交办事项"][1]])
    target = BytesIO()
    book.save(target)
    page = upload(browser, ("清单.xlsx", target.getvalue()), ("3.pdf", files["3.pdf"]))
    assert '可以补录 <b class="num">1</b> 份' in browser.get(page).text


def test_a_batch_is_for_who_brought_it(as_, people, series, files):
    page = upload(as_(people.secretary), ("x.zip", zipped({"清单.xlsx": listed(GOOD), **files})))
    assert as_(people.officer).get(page).status_code == 403
