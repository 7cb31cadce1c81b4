"""Who comes, who is away, who sits in: replies, substitutes, visitors, the roll call, and the three lists."""

import re
from io import BytesIO

import pytest
import stage
from furnished import pdf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from pypdfium2 import PdfDocument
from stage import MONDAY

from portal.db import clock
from portal.db.engine import db
from portal.db.journal import JournalEntry
from portal.errors import Refused
from portal.inbox.models import Notice
from portal.meetings.agenda import operations as agenda
from portal.meetings.attendance import operations as attendance
from portal.meetings.attendance import queries as attendance_queries
from portal.meetings.attendance import replies, seating, sheet
from portal.meetings.models.attendance import Attendance, Reply
from portal.meetings.models.meetings import Meeting
from portal.meetings.series import queries as series_queries
from portal.meetings.sitting import operations as sitting
from portal.people.models.accounts import User
from portal.people.models.departments import Department
from portal.people.models.groups import GroupMember

MOST_BYTES = 45_000
MOST_STATEMENTS = 10
NINE = clock.moment(MONDAY, 9)


def place_of(meeting, user):
    return attendance_queries.own_attendance(series_queries.meeting(meeting.id), user)


def journalled(deed):
    db.session.commit()
    return db.session.query(JournalEntry).filter_by(deed=f"meetings.{deed}").order_by(JournalEntry.seq).all()


def titles_of(user):
    db.session.commit()
    return [one.title for one in db.session.query(Notice).filter_by(user_id=user.id).order_by(Notice.id)]


def many_members(people, number):
    """A group of as many members as a city's task force has."""
    units = [Department(name=f"市直单位{n}", short=f"单位{n}", rank=10 + n) for n in range(12)]
    db.session.add_all(units)
    db.session.flush()
    for n in range(number):
        user = User(username=f"member{n}", name=f"示例成员{n:02d}", department=units[n % 12], post="科长", rank=n)
        db.session.add(user)
        db.session.flush()
        db.session.add(GroupMember(group_id=people.task_force.id, user_id=user.id))
    db.session.commit()


# ── replies ──


def test_the_secretary_confirms_on_behalf_and_the_member_is_told(people, as_):
    place = place_of(stage.announced(people), people.officer)
    secretary = as_(people.secretary)
    assert secretary.post(f"/attendances/{place.id}/confirmation").status_code == 303
    assert place_of(place.meeting, people.officer).state is Reply.coming
    assert journalled("confirm")[-1].facts["on_behalf"] == "服务示例"
    assert titles_of(people.officer)[-1] == "已代您确认参会：专班例会2026年第1次会议"


def test_a_colleague_confirms_for_nobody(people, as_):
    place = place_of(stage.announced(people), people.officer)
    assert as_(people.colleague).post(f"/attendances/{place.id}/confirmation").status_code == 403


def test_leave_told_by_word_of_mouth_is_recorded_and_granted_in_one_deed(people, as_):
    place = place_of(stage.announced(people), people.officer)
    as_(people.secretary).post(f"/attendances/{place.id}/leave/record", data={"why": "到省里开会"})
    place = place_of(place.meeting, people.officer)
    assert (place.state, place.leave_reason, place.answered_by) == (Reply.on_leave, "到省里开会", people.secretary)
    assert [one.why for one in journalled("record_leave")] == ["到省里开会"]


def test_nobody_grants_their_own_leave(people, as_):
    place = place_of(stage.announced(people), people.secretary)
    replies.ask_leave(place, "休假", by=people.secretary)
    for word, data in (("grant", {}), ("record", {"why": "休假"})):
        assert as_(people.secretary).post(f"/attendances/{place.id}/leave/{word}", data=data).status_code == 403
    assert as_(people.chair).post(f"/attendances/{place.id}/leave/grant").status_code == 303


def test_who_is_refused_leave_reads_why(people, as_):
    meeting = stage.announced(people)
    place = place_of(meeting, people.officer)
    replies.ask_leave(place, "走访企业", by=people.officer)
    replies.refuse_leave(place, "请到会汇报", by=people.secretary)
    assert "没有同意，理由：请到会汇报" in as_(people.officer).get(f"/meetings/{meeting.id}").text
    assert "请到会汇报" not in as_(people.colleague).get(f"/meetings/{meeting.id}").text


def test_a_message_about_a_request_opens_the_page_where_it_is_answered(people, as_):
    place = place_of(stage.announced(people), people.officer)
    replies.ask_leave(place, "走访企业", by=people.officer)
    db.session.commit()
    told = db.session.query(Notice).filter_by(user_id=people.secretary.id).order_by(Notice.id.desc()).first()
    page = as_(people.secretary).get(told.url).text
    assert (f"{told.url}/leave/grant" in page, f"{told.url}/leave/refusal" in page) == (True, True)


# ── substitutes ──


def test_a_substitute_counts_from_the_approval_on(people):
    place = place_of(stage.announced(people), people.officer)
    replies.set_substitute(place, "代会示例", by=people.officer)
    assert (place.substitute_waits, place.printed_name) == (True, "服务示例")
    assert titles_of(people.secretary)[-1] == "服务示例请代会示例代会：专班例会2026年第1次会议"
    replies.approve_substitute(place, by=people.chair)
    assert (place.substitute_approved_by, place.printed_name) == (people.chair, "代会示例（代服务示例）")


def test_whom_the_secretary_names_is_approved(people):
    place = place_of(stage.announced(people), people.officer)
    replies.set_substitute(place, "代会示例", by=people.secretary)
    assert (place.substitute_waits, place.substitute_approved_by) == (False, people.secretary)


def test_a_refused_substitute_is_gone_and_the_member_told_why(people, as_):
    place = place_of(stage.announced(people), people.officer)
    replies.set_substitute(place, "代会示例", by=people.officer)
    answer = as_(people.secretary).post(f"/attendances/{place.id}/substitute/refusal", data={"why": "请本人到会"})
    assert answer.status_code == 303
    place = place_of(place.meeting, people.officer)
    assert (place.substitute, place.substitute_waits, place.answer) == ("", False, "请本人到会")
    assert titles_of(people.officer)[-1] == "代会未获批准：专班例会2026年第1次会议"


def test_nobody_is_checked_in_while_a_substitute_waits(people):
    place = place_of(stage.in_session(people), people.officer)
    replies.set_substitute(place, "代会示例", by=people.officer)
    with pytest.raises(Refused, match=r"^服务示例请代会示例代会，还没有批准。请先批准或不同意代会。$"):
        attendance.check_in(place, by=people.secretary)


def test_who_comes_in_person_needs_no_substitute(people):
    with clock.at(NINE):
        place = place_of(stage.in_session(people), people.officer)
        replies.set_substitute(place, "代会示例", by=people.secretary)
        attendance.check_in(place, by=people.officer)
    assert (place.is_present, place.printed_name) == (True, "服务示例")


# ── the roll call ──


def test_all_who_are_expected_are_marked_in_one_deed(people):
    meeting = stage.announced(people)
    for user, deed in ((people.officer, "grant"), (people.colleague, "wait")):
        replies.ask_leave(place_of(meeting, user), "出差", by=user)
        if deed == "grant":
            replies.grant_leave(place_of(meeting, user), by=people.secretary)
    replies.set_substitute(place_of(meeting, people.lecturer), "代会示例", by=people.lecturer)
    sitting.open(meeting, by=people.secretary)
    marked = attendance.check_in_all(meeting, by=people.recorder)
    assert [one.name for one in marked] == ["文秘示例", "主持示例", "记录示例", "审核示例", "签发示例"]
    assert attendance_queries.tally(meeting)[:3] == (8, 5, 1)
    assert [one.facts["marked"] for one in journalled("check_in_all")] == [[one.id for one in marked]]
    with pytest.raises(Refused, match=r"^应到的人都已登记，没有可以登记到会的人。$"):
        attendance.check_in_all(meeting, by=people.recorder)


def test_taking_the_roll_call_back_leaves_who_came_before(people):
    meeting = stage.in_session(people)
    with clock.at(NINE):
        attendance.check_in(place_of(meeting, people.officer), by=people.officer)
    with clock.at(clock.moment(MONDAY, 9, 5)):
        attendance.check_in_all(meeting, by=people.secretary)
    attendance.undo_check_in_all(meeting, by=people.secretary)
    assert [one.name for one in meeting.attendances if one.is_present] == ["服务示例"]


@pytest.mark.parametrize("htmx", [False, True])
def test_twenty_people_of_whom_two_are_on_leave_take_three_acts(people, as_, htmx):
    many_members(people, 12)
    meeting = stage.in_session(people)
    away = [one.id for one in meeting.attendances[-2:]]
    secretary = as_(people.secretary, htmx=htmx)
    acts = [f"/meetings/{meeting.id}/attendance/all", *(f"/attendances/{one}/leave/record" for one in away)]
    for act in acts:
        assert secretary.post(act).status_code == (200 if htmx else 303)
    assert (len(acts) <= 4, attendance_queries.tally(series_queries.meeting(meeting.id))[:3]) == (True, (20, 18, 2))


def test_every_button_of_the_roll_has_a_one_time_id_of_its_own(people, as_):
    many_members(people, 5)
    meeting = stage.in_session(people)
    page = as_(people.secretary).get(f"/meetings/{meeting.id}/attendance").text
    once = re.findall(r'name="once" value="([^"]+)"', page)
    assert len(once) == len(set(once)) > 2 * len(meeting.attendances) - 2


def test_a_doubled_tap_marks_once(people, as_):
    meeting = stage.in_session(people)
    secretary, place = as_(people.secretary), meeting.attendances[3]
    for _ in range(2):
        assert secretary.post(f"/attendances/{place.id}/check-in", data={"once": "tap-1"}).status_code == 303
    assert len(journalled("check_in")) == 1


@pytest.mark.parametrize("make", [stage.announced, stage.in_session, stage.adjourned])
def test_the_page_of_57_people_is_small_and_asks_few_questions(people, as_, statements, make):
    many_members(people, 49)
    meeting = make(people)
    browser = as_(people.secretary)
    db.session.commit()
    statements.clear()
    answer = browser.get(f"/meetings/{meeting.id}/attendance")
    assert len(meeting.attendances) == 57
    assert len(answer.data) < MOST_BYTES
    assert len([one for one in statements if not one.startswith(("BEGIN", "PRAGMA"))]) <= MOST_STATEMENTS


# ── late and early ──


def test_who_checks_in_late_came_to_the_item_under_way(people):
    with clock.at(NINE):
        meeting = stage.in_session(people)
        sitting.turn_to(meeting.items[1], by=people.chair)
    with clock.at(clock.moment(MONDAY, 9, 30)):
        place = attendance.check_in(place_of(meeting, people.officer), by=people.officer)
    assert (place.late, place.from_item, place.stay) == (True, 2, "第 2 项起参加")


@pytest.mark.parametrize(
    ("from_item", "until_item", "said"),
    [
        ("", "", "全程参加"),
        ("2", "", "第 2 项起参加"),
        ("", "2", "第 2 项后离席"),
        ("2", "3", "第 2 项起参加，第 3 项后离席"),
    ],
)
def test_late_and_early_are_noted_by_the_item(people, as_, from_item, until_item, said):
    meeting = stage.in_session(people)
    place = attendance.check_in(meeting.attendances[3], by=people.secretary)
    recorder = as_(people.recorder)
    answer = recorder.post(f"/attendances/{place.id}/stay", data={"from_item": from_item, "until_item": until_item})
    assert answer.status_code == 303
    place = attendance_queries.attendance(place.id)
    assert (place.stay or "全程参加", place.late) == (said, bool(from_item))
    tally = attendance_queries.tally(series_queries.meeting(meeting.id))
    assert (tally.late, tally.left_early) == (bool(from_item), bool(until_item))


@pytest.mark.parametrize(
    ("data", "status", "sentence"),
    [
        ({"from_item": "3", "until_item": "1"}, 409, "离席不能早于到会，请重新选择议题。"),
        ({"from_item": "99"}, 422, "请从列表中选择一项。"),
        ({"from_item": "x"}, 422, "请从列表中选择一项。"),
    ],
)
def test_an_impossible_stay_is_refused(people, as_, data, status, sentence):
    meeting = stage.in_session(people)
    place = attendance.check_in(meeting.attendances[3], by=people.secretary)
    answer = as_(people.secretary).post(f"/attendances/{place.id}/stay", data=data)
    assert (answer.status_code, sentence in answer.text) == (status, True)


def test_who_has_not_come_came_neither_late_nor_left_early(people):
    place = place_of(stage.in_session(people), people.officer)
    with pytest.raises(Refused, match=r"^服务示例还没有签到。$"):
        attendance.note_stay(place, 2, None, by=people.secretary)


# ── visitors ──


def test_visitors_stand_by_the_rank_of_their_units(people, as_):
    meeting = stage.announced(people)
    secretary = as_(people.secretary)
    for name, data in (
        ("企业示例", {"unit": "示例铸造公司", "post": "总经理"}),
        ("司法示例", {"department_id": people.justice.id, "post": "科长"}),
        ("工信示例", {"department_id": people.industry.id, "unit": "不用", "post": "科员"}),
    ):
        assert secretary.post(f"/meetings/{meeting.id}/visitors", data={"name": name, **data}).status_code == 303
    meeting = series_queries.meeting(meeting.id)
    sitting.open(meeting, by=people.secretary)
    attendance.check_in_all(meeting, by=people.secretary)
    assert attendance_queries.lists_of(meeting).in_attendance == [
        ("市工信局", "工信示例"), ("市司法局", "司法示例"), ("示例铸造公司", "企业示例"),
    ]  # fmt: skip


def test_a_visitor_entered_by_mistake_is_taken_out_and_a_member_is_not(people, as_):
    meeting = stage.announced(people)
    visitor = attendance.add_visitor(meeting, "来宾示例", None, "", by=people.secretary)
    secretary = as_(people.secretary)
    assert secretary.post(f"/attendances/{visitor.id}/removal").status_code == 303
    assert secretary.post(f"/attendances/{meeting.attendances[0].id}/removal").status_code == 409
    assert [one.name for one in series_queries.meeting(meeting.id).attendances if not one.member] == []


def test_who_left_the_group_before_the_meeting_is_not_expected(people):
    meeting = stage.announced(people)
    for item in meeting.items:
        agenda.edit_item(item, None, reporter=people.colleague, by=people.secretary)
    db.session.delete(db.session.get(GroupMember, (people.task_force.id, people.officer.id)))
    db.session.commit()
    meeting = series_queries.meeting(meeting.id)
    sitting.open(meeting, by=people.secretary)
    db.session.commit()
    assert "服务示例" not in [one.name for one in series_queries.meeting(meeting.id).attendances]


# ── the three lists ──

KINDS = {
    # reply, present, substitute, approved: in which list, printed as
    "came": (Reply.coming, True, "", False, "present", "{name}"),
    "came without a reply": (Reply.none, True, "", False, "present", "{name}"),
    "came although on leave": (Reply.on_leave, True, "", False, "present", "{name}"),
    "sent a substitute": (Reply.coming, True, "代会示例", True, "present", "代会示例（代{name}）"),
    "sent a substitute while on leave": (Reply.on_leave, True, "代会示例", True, "present", "代会示例（代{name}）"),
    "on leave": (Reply.on_leave, False, "", False, "on_leave", "{name}"),
    "on leave, the substitute did not come": (Reply.on_leave, False, "代会示例", True, "on_leave", "{name}"),
    "asked for leave and got no answer": (Reply.leave_asked, False, "", False, None, ""),
    "the substitute was not approved": (Reply.coming, False, "代会示例", False, None, ""),
    "stayed away": (Reply.none, False, "", False, None, ""),
}


def made_place(position, kind, name, unit, member, stay):
    state, present, substitute, approved, _, _ = KINDS[kind]
    late, until = stay
    return Attendance(
        position=position, name=name, unit=unit, member=member, state=state, substitute=substitute,
        substitute_waits=bool(substitute) and not approved, checked_in_at=NINE if present else None,
        late=late is not None, from_item=late, until_item=until,
    )  # fmt: skip


ROWS = some.lists(
    some.tuples(
        some.sampled_from(list(KINDS)),
        some.sampled_from(["张三示例", "李四示例", "示例王五"]),  # the same name more than once
        some.sampled_from(["市工信局", "市司法局", ""]),
        some.booleans(),
        some.tuples(some.none() | some.integers(1, 9), some.none() | some.integers(1, 9)),
    ),
    max_size=12,
)


AT_LEISURE = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@AT_LEISURE
@given(ROWS)
def test_everybody_stands_in_the_one_list_they_belong_to_in_the_order_of_rank(rows):
    meeting = Meeting()
    meeting.attendances = [made_place(position, *row) for position, row in enumerate(rows)]
    lists = attendance_queries.lists_of(meeting)
    expected = {"present": [], "on_leave": [], "in_attendance": []}
    for kind, name, unit, member, _ in rows:
        _, present, _, _, where, printed = KINDS[kind]
        if not member:
            where = "in_attendance" if present else None
        if where:
            expected[where].append((unit, printed.format(name=name)))
    assert lists._asdict() == expected
    tally = attendance_queries.tally(meeting)
    assert (tally.present, tally.on_leave) == (len(expected["present"]), len(expected["on_leave"]))
    assert tally.absent == tally.expected - tally.present - tally.on_leave >= 0


@AT_LEISURE
@given(some.permutations([(rank, unit) for rank in (1, 2, 3) for unit in (0, 1, 2)]))
def test_the_order_is_the_one_that_was_set_whatever_the_names(order):
    units = [Department(short=f"单位{number}", rank=rank) for number, rank in enumerate((30, 10, 20))]
    meeting = Meeting()
    meeting.attendances = [
        Attendance(name=f"人{number}", member=False, department=units[unit], state=Reply.none, checked_in_at=NINE)
        for number, (_, unit) in enumerate(order)
    ]
    seating.order_visitors(meeting)
    ranks = [one.department.rank for one in meeting.attendances]
    assert ranks == sorted(ranks)
    for unit in units:  # within one unit as they were entered
        names = [one.name for one in meeting.attendances if one.department is unit]
        assert names == [f"人{number}" for number, (_, at) in enumerate(order) if units[at] is unit]


# ── the sign-in sheet ──


def test_the_sheet_says_who_is_on_leave_who_sits_in_and_who_came_late(people):
    meeting = stage.in_session(people)
    replies.record_leave(place_of(meeting, people.chair), "出差", by=people.secretary)
    replies.set_substitute(place_of(meeting, people.lecturer), "代会示例", by=people.secretary)
    with clock.at(NINE):
        attendance.note_stay(
            attendance.check_in(place_of(meeting, people.officer), by=people.secretary), 2, 3, by=people.secretary
        )
    attendance.add_visitor(meeting, "来宾示例", None, "总经理", unit="示例铸造公司", by=people.secretary)
    paper = sheet.paper_of(series_queries.meeting(meeting.id))
    lines = {line.name: (line.unit, line.signed, line.note) for line in paper.members}
    assert list(lines)[1:2] + list(lines)[5:] == ["主持示例", "代会示例（代主讲示例）", "服务示例", "同事示例"]
    assert lines["主持示例"] == ("专班办公室", "", "请假")
    assert lines["服务示例"] == ("市工信局", "已签到 09:00", "第 2 项起参加，第 3 项后离席")
    assert [(line.unit, line.name, line.post) for line in paper.visitors] == [("示例铸造公司", "来宾示例", "总经理")]


def test_the_sheet_is_laid_out_on_a4_by_the_worker(people, as_):
    many_members(people, 40)
    meeting = stage.announced(people)
    secretary = as_(people.secretary)
    answer = secretary.post(f"/meetings/{meeting.id}/sign-in/pdf")
    file = secretary.get(f"{answer.location}/file")
    document = PdfDocument(file.data)
    text = "".join("".join(page.get_textpage().get_text_range() for page in document).split())
    assert [round(side) for side in document[0].get_size()] == [595, 842]
    assert ("示例成员39" in text, text.count("序号")) == (True, len(document) + 1)  # the heads are repeated
    assert as_(people.officer).post(f"/meetings/{meeting.id}/sign-in/pdf").status_code == 403


def test_before_the_notice_there_is_no_sheet(people, as_):
    meeting = stage.prepared(people)
    secretary = as_(people.secretary)
    assert "发出会议通知后，这里按部门次序列出全体成员。" in secretary.get(f"/meetings/{meeting.id}/sign-in").text
    assert secretary.post(f"/meetings/{meeting.id}/sign-in/pdf").status_code == 409


def test_the_signed_sheet_is_kept_with_its_meeting(people, as_):
    meeting = stage.adjourned(people)
    secretary = as_(people.secretary)
    address = f"/meetings/{meeting.id}/scans"
    assert secretary.post(address, data={"files": (BytesIO(pdf()), "签到表.pdf")}).status_code == 303
    scan = attendance_queries.scans_of(meeting)[0]
    answer = as_(people.officer).get(f"/sign-in-scans/{scan.id}")
    assert (answer.data[:5], answer.headers["Content-Disposition"][:10]) == (b"%PDF-", "attachment")
    assert as_(people.stranger).get(f"/sign-in-scans/{scan.id}").status_code == 404
    assert "签到表.pdf" in as_(people.officer).get(f"/meetings/{meeting.id}/sign-in").text


@pytest.mark.parametrize(
    ("files", "status", "sentence"),
    [
        ((BytesIO(b"<html>"), "签到表.pdf"), 422, "签到表.pdf"),
        ((BytesIO(b"a,b"), "签到表.xlsx"), 422, "签到表.xlsx"),
        (None, 409, "请选择签到表的扫描件或照片。"),
    ],
)
def test_what_is_no_scan_is_refused(people, as_, files, status, sentence):
    meeting = stage.in_session(people)
    answer = as_(people.secretary).post(f"/meetings/{meeting.id}/scans", data={"files": files} if files else {})
    assert (answer.status_code, sentence in answer.text) == (status, True)
    assert attendance_queries.scans_of(meeting) == []


def test_a_wrong_scan_is_taken_out_until_the_minutes_are_issued(people, as_):
    meeting = stage.adjourned(people)
    secretary = as_(people.secretary)
    secretary.post(f"/meetings/{meeting.id}/scans", data={"files": (BytesIO(pdf()), "错.pdf")})
    secretary.post(f"/meetings/{meeting.id}/scans", data={"files": (BytesIO(pdf(500)), "对.pdf")})
    wrong, right = attendance_queries.scans_of(meeting)
    assert secretary.post(f"/sign-in-scans/{wrong.id}/removal").status_code == 303
    sitting.conclude(series_queries.meeting(meeting.id), by=None)
    assert secretary.post(f"/sign-in-scans/{right.id}/removal").status_code == 409
    assert as_(people.officer).post(f"/sign-in-scans/{right.id}/removal").status_code == 403
