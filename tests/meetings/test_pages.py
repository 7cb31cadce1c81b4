from datetime import date, time
from io import BytesIO
from urllib.parse import unquote

import pytest
import stage
from stage import MONDAY

from portal.db import clock
from portal.db.engine import db
from portal.enterprises.models.enterprises import ClientKind
from portal.enterprises.problems import operations as problems
from portal.enterprises.register import operations as register
from portal.meetings.agenda import operations as agenda
from portal.meetings.attendance import queries as attendance_queries
from portal.meetings.attendance import replies
from portal.meetings.models.agenda import ItemState
from portal.meetings.models.attendance import Attendance, Reply
from portal.meetings.models.meetings import Meeting, MeetingState
from portal.meetings.models.series import ItemKind, MeetingSeries
from portal.meetings.notices import operations as notices
from portal.meetings.preparing import operations as preparing
from portal.meetings.proposals import operations as proposals
from portal.meetings.series import queries as series_queries

MOST_STATEMENTS = 10
LINE = {"title": "协调用电", "kind": "problem", "minutes": "15", "reporter_id": ""}


@pytest.fixture
def secretary(as_, people):
    return as_(people.secretary)


def page(client, address, status=200):
    answer = client.get(address)
    assert answer.status_code == status, address
    return answer.get_data(as_text=True)


def again(thing):
    db.session.commit()
    db.session.expire_all()
    return db.session.get(type(thing), thing.id)


def titles(meeting):
    return [item.title for item in series_queries.meeting(meeting.id).items]


@pytest.mark.parametrize("make", [stage.prepared, stage.announced, stage.in_session, stage.adjourned, stage.concluded])
@pytest.mark.parametrize("who", ["secretary", "chair", "recorder", "officer"])
def test_every_page_opens_in_every_state(as_, people, make, who):
    meeting = make(people)
    client = as_(getattr(people, who))
    number, series = meeting.id, meeting.series_id
    for address in (
        "/meetings", "/series", f"/series/{series}", f"/series/{series}/backlog", f"/series/{series}/items/new",
        f"/meetings/{number}", f"/meetings/{number}/attendance", f"/items/{meeting.items[0].id}",
    ):  # fmt: skip
        page(client, address)


def test_the_secretarys_forms_open(secretary, people):
    meeting = stage.announced(people)
    number, series = meeting.id, meeting.series_id
    item = proposals.propose(meeting.series, ItemKind.other, "用电方案", "", 15, by=people.officer)
    place = meeting.attendances[0].id
    db.session.commit()
    for address in (
        "/series/new", f"/series/{series}/edit", f"/series/{series}/meetings/new", f"/meetings/{number}/edit",
        f"/meetings/{number}/postponement", f"/meetings/{number}/candidates", f"/items/{item.id}/merger",
        f"/items/{item.id}/edit", f"/meetings/{number}/notice", f"/attendances/{place}/leave",
        f"/attendances/{place}/substitute",
    ):  # fmt: skip
        page(secretary, address)


@pytest.mark.parametrize("who", ["stranger", "administrator", "auditor", "supervisor"])
def test_outsiders_find_no_such_page(as_, people, who):
    meeting = stage.announced(people)
    client = as_(getattr(people, who))
    for address in (
        f"/meetings/{meeting.id}", f"/series/{meeting.series_id}", f"/items/{meeting.items[0].id}",
        f"/meetings/{meeting.id}/notice", f"/meetings/{meeting.id}/attendance",
    ):  # fmt: skip
        page(client, address, 404)
    assert client.post(f"/meetings/{meeting.id}/opening").status_code == 404


def test_a_member_may_not_build_the_agenda(as_, people):
    meeting = stage.prepared(people)
    answer = as_(people.officer).post(f"/meetings/{meeting.id}/items", data=LINE)
    assert answer.status_code == 403
    assert "只有会议秘书可以编排议程。" in answer.get_data(as_text=True)


@pytest.mark.parametrize("number", ["0", "9223372036854775808", "x", "-1"])
def test_impossible_numbers_are_no_pages(secretary, number):
    page(secretary, f"/meetings/{number}", 404)
    page(secretary, f"/items/{number}", 404)


# ── series and new meetings ──


SERIES = {
    "name": "第二小组例会", "short": "第二小组", "rank": "3", "recurrence": "weekly", "weekday": "2",
    "starts_at": "15:00", "minutes": "60", "place": "第二会议室", "cut_off_days": "2", "cut_off_time": "17:00",
    "heading": "第二小组例会纪要", "standing-0-kind": "review", "standing-0-title": "上次交办事项落实情况",
    "standing-0-minutes": "10", "standing-1-kind": "other", "standing-1-title": "", "standing-1-minutes": "",
}  # fmt: skip


def test_a_series_is_made_and_edited_on_its_page(secretary, people):
    answer = secretary.post(
        "/series/new", data=SERIES | {"group_id": people.task_force.id, "chair_id": people.chair.id}
    )
    assert answer.status_code == 303
    series = db.session.query(MeetingSeries).one()
    assert (series.weekday, series.chair_id, [one.title for one in series.standing_items]) == (
        2, people.chair.id, ["上次交办事项落实情况"],
    )  # fmt: skip
    changed = SERIES | {"group_id": people.task_force.id, "minutes": "45", "version": "1", "standing-0-title": ""}
    assert secretary.post(f"/series/{series.id}/edit", data=changed).status_code == 303
    series = again(series)
    assert (series.minutes, series.standing_items) == (45, [])


def test_the_next_meeting_is_proposed_and_made(secretary, people):
    series = stage.new_series(people)
    db.session.commit()
    address = f"/series/{series.id}/meetings/new"
    assert 'value="2026-11-30"' in page(secretary, address)
    data = {"day": "2026-11-30", "starts_at": "09:00", "minutes": "90", "place": "", "chair_id": people.chair.id}
    assert secretary.post(address, data=data).status_code == 303
    meeting = db.session.query(Meeting).one()
    assert (meeting.day, meeting.place, meeting.chair_id) == (MONDAY, "第一会议室", people.chair.id)


def test_a_day_off_warns_once_and_can_be_taken_all_the_same(secretary, people):
    series = stage.new_series(people)
    db.session.commit()
    data = {"day": "2026-11-29", "starts_at": "09:00", "minutes": "90"}
    answer = secretary.post(f"/series/{series.id}/meetings/new", data=data)
    assert answer.status_code == 422
    assert "2026年11月29日（星期日）不是工作日。" in answer.get_data(as_text=True)
    assert secretary.post(f"/series/{series.id}/meetings/new", data=data | {"sure": "y"}).status_code == 303


@pytest.mark.parametrize("day", ["2026-02-30", "", "明天", "0", "9" * 30])
def test_a_day_that_is_none_is_refused_beside_the_field(secretary, people, day):
    series = stage.new_series(people)
    db.session.commit()
    data = {"day": day, "starts_at": "09:00", "minutes": "90"}
    assert secretary.post(f"/series/{series.id}/meetings/new", data=data).status_code == 422


# ── the agenda ──


def test_a_plain_browser_is_led_to_the_next_empty_line(secretary, people):
    meeting = stage.prepared(people)
    answer = secretary.post(f"/meetings/{meeting.id}/items", data=LINE | {"reporter_id": people.officer.id})
    assert (answer.status_code, answer.location) == (303, f"/meetings/{meeting.id}?next=1#title")
    assert titles(meeting)[-1] == "协调用电"
    assert "autofocus" in page(secretary, f"/meetings/{meeting.id}?next=1")


def test_htmx_gets_the_agenda_with_the_next_empty_line_in_focus(as_, people):
    meeting = stage.prepared(people)
    answer = as_(people.secretary, htmx=True).post(f"/meetings/{meeting.id}/items", data=LINE)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert text.lstrip().startswith(f'<section class="card" id="meeting-{meeting.id}-agenda"')
    assert "协调用电" in text
    assert "data-focus" in text


@pytest.mark.parametrize(
    ("title", "kept"),
    [
        ("长" * 121, None), ("  ", None), ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("用\u202e电", "用电"), ("办𠮷事", "办𠮷事"), ("'; --", "'; --"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("htmx", [False, True])
def test_hostile_titles(as_, people, title, kept, htmx):
    meeting = stage.prepared(people)
    client = as_(people.secretary, htmx=htmx)
    answer = client.post(f"/meetings/{meeting.id}/items", data=LINE | {"title": title})
    assert answer.status_code == (422 if kept is None else 200 if htmx else 303)
    assert titles(meeting)[3:] == ([] if kept is None else [kept])
    assert "<script>alert" not in page(as_(people.secretary), f"/meetings/{meeting.id}")


@pytest.mark.parametrize("htmx", [False, True])
def test_the_order_is_posted_as_a_list(as_, people, htmx):
    meeting = stage.prepared(people)
    ids = [item.id for item in meeting.items][::-1]
    answer = as_(people.secretary, htmx=htmx).post(f"/meetings/{meeting.id}/items/order", data={"order": ids})
    assert answer.status_code == (200 if htmx else 303)
    assert titles(meeting) == ["部署下周工作", "研判用地问题", "上次交办事项落实情况"]


def test_rows_move_by_plain_buttons(secretary, people):
    meeting = stage.prepared(people)
    last = meeting.items[-1].id
    assert secretary.post(f"/items/{last}/up").status_code == 303
    assert titles(meeting) == ["上次交办事项落实情况", "部署下周工作", "研判用地问题"]
    secretary.post(f"/items/{last}/down")
    assert titles(meeting)[-1] == "部署下周工作"


@pytest.mark.parametrize("htmx", [False, True])
def test_an_item_is_edited_in_its_row(as_, people, htmx):
    meeting = stage.prepared(people)
    item, client = meeting.items[1], as_(people.secretary, htmx=htmx)
    form = page(client, f"/items/{item.id}/edit")
    assert form.lstrip().startswith("<li") is htmx
    answer = client.post(f"/items/{item.id}/edit", data=LINE | {"version": "1", "ask": "请研究"})
    assert answer.status_code == (200 if htmx else 303)
    assert (again(item).title, item.ask) == ("协调用电", "请研究")
    assert client.post(f"/items/{item.id}/edit", data=LINE | {"version": "1"}).status_code == 409


@pytest.mark.parametrize("htmx", [False, True])
def test_an_item_is_taken_off(as_, people, htmx):
    meeting = stage.prepared(people)
    answer = as_(people.secretary, htmx=htmx).post(f"/items/{meeting.items[1].id}/removal")
    assert answer.status_code == (200 if htmx else 303)
    assert titles(meeting) == ["上次交办事项落实情况", "部署下周工作"]


def test_a_problem_and_a_waiting_item_are_placed_in_one_click(secretary, people):
    meeting = stage.prepared(people, items=())
    client = register.add_enterprise(ClientKind.enterprise, "示例企业甲", "", [], None, by=people.secretary)
    problem = problems.report(client, "缺用地", "需要 50 亩", "请协调", (), by=people.officer)
    item = proposals.propose(meeting.series, ItemKind.other, "用电方案", "", 15, by=people.officer)
    db.session.commit()
    assert "缺用地" in page(secretary, f"/meetings/{meeting.id}/candidates")
    secretary.post(f"/meetings/{meeting.id}/problem", data={"number": problem.id})
    secretary.post(f"/meetings/{meeting.id}/placement", data={"number": item.id})
    assert titles(meeting) == ["上次交办事项落实情况", "示例企业甲：缺用地", "用电方案"]
    assert secretary.post(f"/meetings/{meeting.id}/problem", data={"number": problem.id}).status_code == 409
    assert secretary.post(f"/meetings/{meeting.id}/placement", data={"number": "0"}).status_code == 404


def test_the_members_read_a_problem_on_their_agenda(as_, people):
    meeting = stage.prepared(people)
    client = register.add_enterprise(ClientKind.enterprise, "示例企业甲", "", [], None, by=people.secretary)
    problem = problems.report(client, "缺用地", "需要 50 亩", "请协调", (), by=people.officer)
    db.session.commit()
    page(as_(people.lecturer), f"/problems/{problem.id}", 404)
    agenda.add_item(meeting, ItemKind.problem, "缺用地", 20, problem=problem, by=people.secretary)
    db.session.commit()
    page(as_(people.lecturer), f"/problems/{problem.id}")
    page(as_(people.stranger), f"/problems/{problem.id}", 404)


def test_a_double_click_adds_one_item(secretary, people):
    meeting = stage.prepared(people)
    for _ in range(2):
        secretary.post(f"/meetings/{meeting.id}/items", data=LINE | {"once": "the-same"})
    assert titles(meeting).count("协调用电") == 1


# ── the call for items ──


def test_an_officer_proposes_with_a_file(as_, people):
    series = stage.new_series(people)
    db.session.commit()
    client = as_(people.officer)
    data = {"title": "用电方案", "kind": "problem", "ask": "请研究", "minutes": "15"}
    answer = client.post(f"/series/{series.id}/items/new", data=data | {"files": (BytesIO(_png()), "现场.png")})
    assert answer.status_code == 303
    text = page(client, answer.location)
    assert "现场.png" in text
    address = text.split('href="/item-files/')[1].split('"')[0]
    assert client.get(f"/item-files/{address}").data == _png()
    assert as_(people.colleague).get(f"/item-files/{address}").status_code == 404


def _png():
    from PIL import Image

    buffer = BytesIO()
    Image.new("RGB", (4, 4)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("deed", "data", "state"),
    [
        ("acceptance", {}, ItemState.accepted),
        ("return", {"why": "请先沟通"}, ItemState.returned),
        ("return", {"why": " "}, ItemState.proposed),
        ("return", {"why": "长" * 501}, ItemState.proposed),
    ],
)
def test_the_secretary_answers_proposals(secretary, people, deed, data, state):
    item = proposals.propose(stage.new_series(people), ItemKind.other, "用电方案", "", 15, by=people.officer)
    db.session.commit()
    secretary.post(f"/items/{item.id}/{deed}", data=data)
    assert again(item).state is state


def test_a_proposal_is_merged_and_another_withdrawn(as_, secretary, people):
    meeting = stage.prepared(people)
    first, second = (
        proposals.propose(meeting.series, ItemKind.other, title, "", 15, by=people.officer) for title in ("甲", "乙")
    )
    db.session.commit()
    answer = secretary.post(f"/items/{first.id}/merger", data={"into_id": meeting.items[1].id})
    assert answer.status_code == 303
    assert as_(people.officer).post(f"/items/{second.id}/withdrawal").status_code == 303
    assert (again(first).state, second.state) == (ItemState.merged, ItemState.withdrawn)


# ── from notice to adjournment ──


@pytest.mark.parametrize("htmx", [False, True])
def test_the_whole_way_of_a_meeting(as_, people, htmx):
    meeting = stage.prepared(people)
    client = as_(people.secretary, htmx=htmx)
    good = 204 if htmx else 303

    def post(address, **data):
        answer = client.post(f"/meetings/{meeting.id}/{address}", data=data)
        assert answer.status_code == good, answer.get_data(as_text=True)

    db.session.commit()
    assert client.post(f"/meetings/{meeting.id}/notice").status_code == 409
    post("approval")
    post("notice")
    post("opening")
    for item in series_queries.meeting(meeting.id).items:
        answer = client.post(f"/items/{item.id}/outcome", data={"state": "dealt_with"})
        assert answer.status_code == (200 if htmx else 303)
    place = series_queries.meeting(meeting.id).attendances[0]
    assert client.post(f"/attendances/{place.id}/check-in").status_code == (200 if htmx else 303)
    post("visitors", name="来宾示例", department_id="", post="科长")
    post("adjournment")
    assert again(meeting).state is MeetingState.adjourned


def test_an_unknown_outcome_is_refused(secretary, people):
    meeting = stage.in_session(people)
    answer = secretary.post(f"/items/{meeting.items[0].id}/outcome", data={"state": "nonsense"})
    assert answer.status_code == 409
    assert "请选择已议、缓议或未及审议。" in answer.get_data(as_text=True)


@pytest.mark.parametrize("htmx", [False, True])
def test_checking_in_and_taking_it_back(as_, people, htmx):
    place = stage.in_session(people).attendances[2]
    client = as_(people.recorder, htmx=htmx)
    good = 200 if htmx else 303
    assert client.post(f"/attendances/{place.id}/check-in").status_code == good
    assert again(place).is_present
    assert client.post(f"/attendances/{place.id}/check-in/undo").status_code == good
    assert not again(place).is_present


def test_a_meeting_is_moved_and_cancelled(secretary, people):
    meeting = stage.announced(people)
    data = {"day": "2026-12-01", "starts_at": "15:00", "why": "会场冲突"}
    assert secretary.post(f"/meetings/{meeting.id}/postponement", data=data).status_code == 303
    assert (again(meeting).day, meeting.starts_at) == (date(2026, 12, 1), time(15, 0))
    assert secretary.post(f"/meetings/{meeting.id}/cancellation", data={"why": ""}).status_code == 409
    assert secretary.post(f"/meetings/{meeting.id}/cancellation", data={"why": "出差"}).status_code == 303
    assert again(meeting).state is MeetingState.cancelled


def test_the_arrangement_is_edited_and_the_second_editor_told(secretary, people):
    meeting = stage.announced(people)
    data = {"starts_at": "10:00", "minutes": "60", "place": "第三会议室", "chair_id": people.chair.id, "version": "1"}
    assert secretary.post(f"/meetings/{meeting.id}/edit", data=data).status_code == 303
    assert again(meeting).place == "第三会议室"
    assert meeting.changes == ["调整开始时间、会议时长、地点"]
    assert secretary.post(f"/meetings/{meeting.id}/edit", data=data).status_code == 409


def test_a_member_answers_the_notice(as_, people):
    meeting = stage.announced(people)
    place = attendance_queries.own_attendance(meeting, people.officer)
    db.session.commit()
    client = as_(people.officer)
    assert client.post(f"/attendances/{place.id}/confirmation").status_code == 303
    assert again(place).state is Reply.coming
    assert client.post(f"/attendances/{place.id}/leave", data={"why": " "}).status_code == 422
    assert client.post(f"/attendances/{place.id}/leave", data={"why": "到省里开会"}).status_code == 303
    assert client.post(f"/attendances/{place.id}/substitute", data={"name": "代会示例"}).status_code == 303
    assert as_(people.colleague).post(f"/attendances/{place.id}/confirmation").status_code == 403
    assert as_(people.chair).post(f"/attendances/{place.id}/leave/grant").status_code == 303
    assert (again(place).state, place.substitute) == (Reply.on_leave, "代会示例")


def test_why_somebody_is_away_is_not_for_everybody(as_, people):
    meeting = stage.announced(people)
    replies.ask_leave(attendance_queries.own_attendance(meeting, people.officer), "住院治疗", by=people.officer)
    db.session.commit()
    for who, shown in (("officer", True), ("secretary", True), ("chair", True), ("colleague", False)):
        assert ("住院治疗" in page(as_(getattr(people, who)), f"/meetings/{meeting.id}/attendance")) is shown, who


def test_leave_can_be_refused_with_a_reason(as_, people):
    place = attendance_queries.own_attendance(stage.announced(people), people.officer)
    replies.ask_leave(place, "有事", by=people.officer)
    db.session.commit()
    secretary = as_(people.secretary)
    assert secretary.post(f"/attendances/{place.id}/leave/refusal", data={"why": ""}).status_code == 409
    assert secretary.post(f"/attendances/{place.id}/leave/refusal", data={"why": "请到会汇报"}).status_code == 303
    assert again(place).state is Reply.none


# ── the notice ──


def test_the_notice_is_read_once_it_is_out(as_, people):
    meeting = stage.prepared(people)
    db.session.commit()
    page(as_(people.officer), f"/meetings/{meeting.id}/notice", 403)
    preparing.approve_agenda(meeting, chair=people.chair, by=people.secretary)
    notices.announce(meeting, why="已知悉", by=people.secretary)
    db.session.commit()
    assert "<h1>关于召开专班例会" in page(as_(people.officer), f"/meetings/{meeting.id}/notice")


@pytest.mark.parametrize("address", ["notice.ics", "notice.docx"])
def test_a_file_with_a_chinese_name_gets_through_a_real_server(as_, people, address):
    meeting = stage.announced(people)
    header = as_(people.officer).get(f"/meetings/{meeting.id}/{address}").headers["Content-Disposition"]
    assert header.isascii()
    assert unquote(header).endswith(f"2026年第1次会议{'' if address.endswith('ics') else '）'}.{address[7:]}")


def test_the_notice_leaves_as_calendar_entry(as_, people):
    from icalendar import Calendar

    meeting = stage.announced(people)
    answer = as_(people.officer).get(f"/meetings/{meeting.id}/notice.ics")
    event = Calendar.from_ical(answer.data).walk("VEVENT")[0]
    assert event["summary"] == "专班例会2026年第1次会议"
    assert event.decoded("dtstart") == clock.moment(MONDAY, 9)
    assert event["location"] == "第一会议室"


def test_the_notice_leaves_as_word_file(as_, people):
    from docx import Document

    meeting = stage.announced(people)
    answer = as_(people.officer).get(f"/meetings/{meeting.id}/notice.docx")
    text = [one.text for one in Document(BytesIO(answer.data)).paragraphs]
    assert text[0] == "关于召开专班例会2026年第1次会议的通知"
    assert "2．09:10 研判用地问题（市工信局 服务示例）" in text


# ── lists and speed ──


def test_the_list_shows_what_is_to_come_first_and_filters(secretary, people):
    series = stage.new_series(people)
    other = stage.new_series(people, name="第一小组例会")
    days = [date(2026, 11, 9), date(2026, 11, 16), date(2026, 12, 7), date(2026, 11, 30)]
    made = [stage.prepared(people, series, day) for day in days]
    for one in made[:2]:
        preparing.cancel(one, "停开", by=people.secretary)
    preparing.schedule(other, MONDAY, place="开发区", by=people.secretary)
    db.session.commit()

    def listed(**arguments):
        text = secretary.get("/meetings", query_string=arguments).get_data(as_text=True)
        return [part.split("</a>")[0] for part in text.split('<td class="full">')[1:]]

    shown = [part.split(">")[-1] for part in listed()]
    assert shown == [
        "专班例会（2026年11月30日）", "第一小组例会（2026年11月30日）", "专班例会（2026年12月7日）",
        "专班例会（2026年11月16日）", "专班例会（2026年11月9日）",
    ]  # fmt: skip
    assert len(listed(series=other.id)) == 1
    assert len(listed(text="开发区")) == 1
    assert len(listed(state="cancelled")) == 2
    assert len(listed(year="2026")) == 5
    assert len(listed(year="nonsense", state="x", series="0", page="9999999", sort="; --")) == 5


def test_the_list_leaves_as_excel(secretary, people):
    from openpyxl import load_workbook

    stage.prepared(people)
    db.session.commit()
    answer = secretary.get("/meetings?export=xlsx")
    assert answer.headers["Content-Disposition"].isascii()
    sheet = load_workbook(BytesIO(answer.data)).active
    assert [cell.value for cell in sheet[1]] == ["会议", "日期", "时间", "地点", "主持人", "状态"]
    assert sheet["B2"].value.date() == MONDAY


@pytest.mark.parametrize("count", [12, pytest.param(120, marks=pytest.mark.long)])
@pytest.mark.parametrize("who", ["secretary", "officer"])
@pytest.mark.parametrize("make", [stage.prepared, stage.announced, stage.in_session, stage.adjourned, stage.concluded])
def test_the_meeting_page_asks_few_questions(as_, people, statements, count, who, make):
    meeting = make(people, items=[f"议题{number}" for number in range(count)])
    for item in meeting.items:
        item.reporter_id = people.officer.id
    address = f"/meetings/{meeting.id}"
    assert asked(as_(getattr(people, who)), statements, address) <= MOST_STATEMENTS


@pytest.mark.parametrize("count", [12, pytest.param(120, marks=pytest.mark.long)])
def test_the_lists_ask_few_questions(as_, people, statements, count):
    series = stage.new_series(people)
    db.session.add_all(
        Meeting(
            series=series, day=MONDAY, starts_at=time(9), minutes=90, place="会议室", chair=people.chair, changes=[]
        )
        for _ in range(count)
    )
    for number in range(count):
        proposals.propose(series, ItemKind.other, f"议题{number}", "", 10, by=people.officer)
    db.session.commit()
    client = as_(people.secretary)
    addresses = ("/meetings", "/series", f"/series/{series.id}", f"/series/{series.id}/backlog")
    for address in addresses:
        assert asked(client, statements, address) <= MOST_STATEMENTS


@pytest.mark.parametrize("count", [12, pytest.param(120, marks=pytest.mark.long)])
def test_the_pages_beside_a_meeting_ask_few_questions(as_, people, statements, count):
    meeting = stage.announced(people, items=[f"议题{number}" for number in range(count)])
    item = meeting.items[0].id
    db.session.add_all(
        Attendance(meeting=meeting, position=number + 9, name=f"成员{number}", department=people.industry)
        for number in range(count)
    )
    client_ = register.add_enterprise(ClientKind.enterprise, "示例企业甲", "", [], None, by=people.secretary)
    for number in range(count):
        problems.report(client_, f"问题{number}", "缺用地", "", (), by=people.officer)
        proposals.accept_item(
            proposals.propose(meeting.series, ItemKind.other, f"待排{number}", "", 5, by=people.officer),
            by=people.secretary,
        )
    db.session.commit()
    address, client = f"/meetings/{meeting.id}", as_(people.secretary)
    addresses = [f"{address}/{page_}" for page_ in ("attendance", "notice", "candidates")]
    for one in [*addresses, f"/items/{item}"]:
        assert asked(client, statements, one) <= MOST_STATEMENTS, one


def asked(client, statements, address):
    db.session.commit()
    db.session.expunge_all()
    statements.clear()
    page(client, address)
    return len([one for one in statements if not one.startswith(("BEGIN", "PRAGMA"))])
