"""The notice: as it was sent, as text for a chat, and in people's calendars."""

from datetime import time, timedelta
from io import BytesIO

import pytest
import stage
from cast import by_itself
from icalendar import Calendar
from pypdfium2 import PdfDocument
from stage import MONDAY

from portal.db import clock
from portal.db.engine import db
from portal.documents import reading
from portal.documents.registry import DocumentState
from portal.meetings.agenda import operations as agenda
from portal.meetings.models.notices import CalendarFeed
from portal.meetings.models.series import ItemKind
from portal.meetings.notices import calendars, notifying, paper
from portal.meetings.notices import queries as notices_queries
from portal.meetings.preparing import operations as preparing
from portal.meetings.series import queries as series_queries


def lay_out():
    by_itself("meetings.lay_out_notices")


def notices_of(meeting):
    db.session.expire_all()
    return list(reversed(notices_queries.notices_of(series_queries.meeting(meeting.id))))


def text_of(pdf):
    return "".join(page.get_textpage().get_text_range() for page in PdfDocument(pdf)).replace("\r\n", "")


def event_of(content):
    return Calendar.from_ical(content).walk("VEVENT")[0]


# ── as it was sent ──


def test_the_notice_is_laid_out_by_the_worker_and_kept_as_it_was_sent(people, as_):
    meeting = stage.announced(people)
    number = meeting.id
    officer = as_(people.officer)
    assert officer.get(f"/meetings/{number}/notice.pdf").status_code == 409
    agenda.add_item(meeting, ItemKind.other, "临时加的议题", 10, by=people.secretary)
    lay_out()
    answer = officer.get(f"/meetings/{number}/notice.pdf")
    assert answer.status_code == 409  # the change has still to come
    first = notices_of(meeting)[0]
    pdf = officer.get(f"/papers/{first.document_id}/file").data
    text = text_of(pdf)
    assert ("关于召开专班例会2026年第1次会议的通知" in text, "临时加的议题" in text) == (True, False)
    assert [round(side) for side in PdfDocument(pdf)[0].get_size()] == [595, 842]
    assert db.session.query(DocumentState).filter_by(document_id=first.document_id).count() == 1


def test_a_burst_of_changes_is_one_further_notice(people, as_):
    meeting = stage.announced(people)
    lay_out()
    for title in ("甲", "乙", "丙"):
        agenda.add_item(meeting, ItemKind.other, f"议题{title}", 10, by=people.secretary)
    lay_out()
    assert [one.is_kept for one in notices_of(meeting)] == [True, False]
    with clock.at(clock.now() + notifying.BURST):
        lay_out()
    first, second = notices_of(meeting)
    answer = as_(people.officer).get(f"/meetings/{meeting.id}/notice.pdf")
    text = text_of(answer.data)
    assert second.title == "关于专班例会2026年第1次会议有关事项变更的通知"
    assert all(f"增加议题《议题{title}》" in text for title in "甲乙丙")
    assert notices_queries.kept_notices_of(meeting) == [first, second]


def test_a_cancelled_meeting_has_a_notice_that_says_so(people, as_):
    meeting = stage.announced(people)
    lay_out()
    preparing.cancel(meeting, "与全市大会冲突", by=people.secretary)
    with clock.at(clock.now() + notifying.BURST):
        lay_out()
    text = text_of(as_(people.officer).get(f"/meetings/{meeting.id}/notice.pdf").data)
    assert "关于取消专班例会2026年第1次会议的通知" in text
    assert "取消，特此通知。取消原因：与全市大会冲突。" in text


def test_what_is_kept_reads_back_as_it_was(people):
    meeting = stage.announced(people)
    assert paper.paper_again(paper.content_of(meeting)) == paper.paper_of(meeting)


def test_only_who_sees_the_meeting_reads_its_kept_notice(people, as_):
    meeting = stage.announced(people)
    lay_out()
    address = f"/papers/{notices_of(meeting)[0].document_id}/file"
    assert as_(people.stranger).get(address).status_code == 404
    assert as_(people.officer).get(address).status_code == 200
    assert reading.document(notices_of(meeting)[0].document_id).kind.label == "会议通知"


def test_a_notice_that_cannot_be_laid_out_says_why_and_is_tried_again(people, as_):
    meeting = stage.announced(people)
    one = notices_of(meeting)[0]
    one.content = one.content | {"unknown": "a field that no notice has"}
    lay_out()
    sentence = notices_of(meeting)[0].last_error
    page = as_(people.secretary).get(f"/meetings/{meeting.id}/notice").text
    assert ("通知的 PDF 排版失败" in page, "unknown" in sentence) == (True, True)
    one = notices_of(meeting)[0]
    one.content = {key: value for key, value in one.content.items() if key != "unknown"}
    db.session.commit()
    assert as_(people.officer).post(f"/meeting-notices/{one.id}/layout").status_code == 403
    assert as_(people.secretary).post(f"/meeting-notices/{one.id}/layout").status_code == 303
    assert notices_of(meeting)[0].is_kept
    assert as_(people.secretary).post(f"/meeting-notices/{one.id}/layout").status_code == 409


# ── Word and chat ──


def test_the_word_file_uses_the_fonts_of_official_papers(people, as_):
    from docx import Document
    from docx.oxml.ns import qn

    meeting = stage.announced(people)
    file = Document(BytesIO(as_(people.officer).get(f"/meetings/{meeting.id}/notice.docx").data))
    runs = [run for one in file.paragraphs for run in one.runs if run.text.strip()]
    fonts = {run._element.rPr.rFonts.get(qn("w:eastAsia")) for run in runs}
    assert fonts == {"方正小标宋简体", "仿宋_GB2312", "黑体"}
    assert {run.font.name for run in runs} == fonts


def test_the_text_for_a_chat_can_be_selected_and_copied(people, as_):
    meeting = stage.announced(people)
    page = as_(people.officer).get(f"/meetings/{meeting.id}/notice").text
    text = paper.chat_text_of(series_queries.meeting(meeting.id))
    assert text.splitlines()[:3] == [
        "【关于召开专班例会2026年第1次会议的通知】",
        "时间：2026年11月30日（星期一）09:00，约 90 分钟",
        "地点：第一会议室",
    ]
    assert f"/meetings/{meeting.id}" in text
    assert f'readonly rows="10" aria-label="发到工作群的文字">{text}</textarea>' in page
    assert f'data-copy="{text}"' in page


# ── one calendar entry ──


def test_a_change_and_a_cancellation_replace_the_entry(people, as_):
    meeting = stage.announced(people)
    officer = as_(people.officer)

    def entry():
        return event_of(officer.get(f"/meetings/{meeting.id}/notice.ics").data)

    seen = [entry()]
    with clock.at(clock.now() + timedelta(minutes=10)):
        preparing.edit_meeting(meeting, None, place="第二会议室", by=people.secretary)
        seen.append(entry())
        preparing.edit_meeting(meeting, None, place="第三会议室", by=people.secretary)
        seen.append(entry())
        preparing.postpone(meeting, MONDAY + timedelta(days=1), time(15), "让路", by=people.secretary)
        seen.append(entry())
        preparing.cancel(meeting, "另行安排", by=people.secretary)
        content = officer.get(f"/meetings/{meeting.id}/notice.ics").data
        seen.append(event_of(content))
    assert len({one["uid"] for one in seen}) == 1
    assert [int(one["sequence"]) for one in seen] == [0, 1, 2, 3, 4]
    assert [str(one["status"]) for one in seen] == ["CONFIRMED"] * 4 + ["CANCELLED"]
    assert [str(one["location"]) for one in seen[:3]] == ["第一会议室", "第二会议室", "第三会议室"]
    assert seen[3].decoded("dtstart") == clock.moment(MONDAY + timedelta(days=1), 15)
    assert seen[0].decoded("dtstamp") < seen[1].decoded("dtstamp")
    assert Calendar.from_ical(content)["method"] == "CANCEL"


# ── the feed ──


def feed_path(user):
    db.session.expire_all()
    return calendars.address_of(notices_queries.calendar_feed(user.id)).split("8000", 1)[1]


@pytest.fixture
def subscribed(people, as_):
    assert as_(people.officer).post("/meetings/subscription").status_code == 303
    return feed_path(people.officer)


def test_the_feed_has_all_meetings_a_person_was_told_of_and_no_other(people, client, subscribed):
    series = stage.new_series(people)
    stage.announced(people, series)
    stage.prepared(people, series, MONDAY + timedelta(days=7))
    moved = stage.announced(people, series, MONDAY + timedelta(days=14))
    preparing.cancel(moved, "另行安排", by=people.secretary)
    stage.announced(people, stage.new_series(people, name="土地组例会", group=people.theme), MONDAY + timedelta(days=2))
    db.session.commit()
    events = Calendar.from_ical(client.get(subscribed).data).walk("VEVENT")
    assert [(str(one["summary"]), str(one["status"])) for one in events] == [
        ("专班例会2026年第1次会议", "CONFIRMED"),
        ("土地组例会2026年第1次会议", "CONFIRMED"),
        ("（已取消）专班例会（2026年12月14日）", "CANCELLED"),
    ]


def test_the_feed_says_nothing_of_the_agenda(people, client, subscribed):
    stage.announced(people)
    content = client.get(subscribed).get_data(as_text=True)
    assert ("研判用地问题" in content, "文秘示例" in content, "CLASS:PRIVATE" in content) == (False, False, True)


def test_a_calendar_that_asks_again_is_told_that_nothing_changed(people, client, subscribed):
    meeting = stage.announced(people)
    first = client.get(subscribed)
    assert (first.mimetype, first.headers["Cache-Control"]) == ("text/calendar", "private, no-cache")
    again = client.get(subscribed, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    preparing.edit_meeting(meeting, None, place="第二会议室", by=people.secretary)
    assert client.get(subscribed, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_a_new_address_ends_the_old_one_and_ending_ends_both(people, as_, client, subscribed):
    officer = as_(people.officer)
    officer.post("/meetings/subscription")
    fresh = feed_path(people.officer)
    assert [client.get(one).status_code for one in (subscribed, fresh)] == [404, 200]
    assert fresh in officer.get("/meetings/subscription").text
    officer.post("/meetings/subscription/end")
    assert client.get(fresh).status_code == 404
    assert db.session.query(CalendarFeed).count() == 0


def test_who_may_not_sign_in_any_more_has_no_feed(people, client, subscribed):
    people.officer.active = False
    db.session.commit()
    assert client.get(subscribed).status_code == 404


@pytest.mark.parametrize("bad", ["1-", "1-0", "x-y", "99999999999-a", "1-" + "０" * 40, "１-a", "%ff-a", "1-a/../x"])
def test_a_guessed_address_is_no_page(people, client, subscribed, bad):
    assert client.get(f"/feeds/{bad}.ics").status_code == 404


def test_the_secret_is_stored_nowhere(people, subscribed):
    from sqlalchemy import text

    secret = subscribed.split("-", 1)[1].removesuffix(".ics")
    stored = [tuple(row) for row in db.session.execute(text("SELECT * FROM calendar_feed"))]
    assert not any(secret in str(value) for row in stored for value in row)


def test_the_feed_asks_few_questions(people, client, subscribed, statements):
    series = stage.new_series(people)
    for week in range(6):
        stage.announced(people, series, MONDAY + timedelta(days=7 * week))
    db.session.commit()
    statements.clear()
    client.get(subscribed)
    assert len([one for one in statements if not one.startswith(("BEGIN", "PRAGMA"))]) <= 6
