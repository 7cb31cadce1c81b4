"""Deeds of the minutes: drafting, reviewing, numbering, signing, issuing."""

import json
from typing import Any

from portal import clock, journal, paper, register, seal
from portal.actions import operations as actions
from portal.database import add, claim, db, next_number
from portal.errors import Refused
from portal.inbox import operations as inbox
from portal.meetings import operations as meetings
from portal.meetings.models import Meeting, MeetingState
from portal.meetings.queries import lists_of, members
from portal.minutes import queries
from portal.minutes.drafting import draft_of
from portal.minutes.models import Minutes, MinutesRevision, MinutesState, Opinion, SignOffSheet
from portal.office import office
from portal.people import operations as people
from portal.people.models import Role, User
from portal.people.queries import holders
from portal.records import queries as records

SIGNATORY = "签发人"
REVIEWER = "审核人"
DATA_NAME = "minutes.json"


def draft(meeting: Meeting) -> Minutes:
    """起草：散会后由系统按会议记录、议定事项和交办任务拟出纪要初稿。"""
    minutes: Minutes = add(
        Minutes(
            meeting=meeting, title=f"{meeting.title}纪要", distribution=office.distribution, mark=office.mark,
            sheet=SignOffSheet(),
        )
    )  # fmt: skip
    _keep_text(minutes, draft_of(meeting), by=None)
    journal.record(None, "minutes.draft", minutes, "起草纪要")
    people_to_tell = [meeting.recorder] if meeting.recorder else holders(Role.secretary)
    inbox.tell(people_to_tell, f"纪要初稿已拟好：{minutes.title}", _address(minutes), burst=f"minutes-{minutes.id}")
    return minutes


def edit(minutes: Minutes, text: str, seen: int | None, *, by: User, **facts: Any) -> Minutes:
    """修改：保存为新的一稿。`seen` is the version of the minutes the text was opened on; facts are title, mark …"""
    claim(minutes, seen)
    changed = [name for name, value in facts.items() if getattr(minutes, name) != value]
    for name in changed:
        setattr(minutes, name, facts[name])
    if text == minutes.latest.text and not changed:
        return minutes
    minutes.lifecycle.take(minutes, "edit", by=by, changed=changed)
    if text != minutes.latest.text:
        _keep_text(minutes, text, by=by)
    return minutes


def submit(minutes: Minutes, *, by: User) -> Minutes:
    """送审：交审核人审核，审核期间不能修改。"""
    minutes.lifecycle.take(minutes, "submit", by=by)
    db.session.flush()
    if minutes.meeting.reviewer:
        inbox.tell([minutes.meeting.reviewer], f"请审核：{minutes.title}", _address(minutes), burst=_burst(minutes))
    return minutes


def pass_(minutes: Minutes, text: str = "", *, by: User) -> Minutes:
    """审核通过：编号，排版一次，转签发人签发。"""
    minutes.lifecycle.take(minutes, "pass_", by=by, why=text)
    _opine(minutes, REVIEWER, True, text or "同意。", by)
    if minutes.number is None:
        minutes.numbered_at = clock.now()
        minutes.year = clock.local(minutes.numbered_at).year
        minutes.number = next_number(f"minutes/{minutes.meeting.series_id}/{minutes.year}")
    db.session.flush()
    return minutes


def return_(minutes: Minutes, why: str, *, by: User) -> Minutes:
    """退改：写明意见退回拟稿；编过的号保留，排好的版作废。"""
    role = SIGNATORY if minutes.state is MinutesState.to_sign else REVIEWER
    minutes.lifecycle.take(minutes, "return_", by=by, why=why)
    _opine(minutes, role, False, why, by)
    if minutes.document is not None:
        minutes.document.withdrawn = True
        minutes.document = None
    db.session.flush()
    inbox.tell(_drafters(minutes), f"纪要退改：{minutes.title}", _address(minutes), body=why, burst=_burst(minutes))
    return minutes


def sign(minutes: Minutes, pin: str, *, by: User) -> Minutes:
    """签发：签发人在所见的同一份文件上签名。"""
    minutes.lifecycle.take(minutes, "sign", by=by)
    if minutes.document is None:
        raise Refused("纪要正在排版，请稍后刷新再签发。")
    people.sign_paper(minutes.document, pin=pin, by=by)
    minutes.signed_at = clock.now()
    _opine(minutes, SIGNATORY, True, "同意印发。", by)
    db.session.flush()
    inbox.tell(
        holders(Role.secretary), f"纪要已签发，请印发：{minutes.title}", _address(minutes), burst=_burst(minutes)
    )
    return minutes


def issue(minutes: Minutes, *, by: User) -> Minutes:
    """印发：例会成员可以查看，会议办毕，交办事项生效。"""
    minutes.lifecycle.take(minutes, "issue", by=by)
    minutes.issued_at = clock.now()
    meeting = minutes.meeting
    if meeting.state is MeetingState.adjourned:
        meetings.conclude(meeting, by=None)
    for action in records.actions_of(meeting):
        if action.provisional:
            actions.settle(action)
    db.session.flush()
    readers = [user for user in members(meeting.series) if user.id != by.id]
    inbox.tell(readers, f"纪要已印发：{minutes.title}", _address(minutes), burst=_burst(minutes))
    return minutes


def archive(minutes: Minutes, *, by: User) -> Minutes:
    """归档：纪要的各件都已由档案员接收。"""
    minutes.lifecycle.take(minutes, "archive", by=by)
    db.session.flush()
    return minutes


def void(minutes: Minutes, why: str, *, by: User) -> Minutes:
    """作废：不再印发，编过的号不再使用。"""
    minutes.lifecycle.take(minutes, "void", by=by, why=why)
    if minutes.document is not None:
        minutes.document.withdrawn = True
    db.session.flush()
    return minutes


def redraft(minutes: Minutes, *, by: User) -> Minutes:
    """重拟：作废之后另起一份，从会议记录重新起草。"""
    if minutes.state is not MinutesState.void:
        raise Refused("只有作废的纪要才需要重新起草。")
    if any(one.state is not MinutesState.void for one in queries.of_meeting(minutes.meeting)):
        raise Refused("这次会议已经有另一份纪要，不能再起草。")
    return draft(minutes.meeting)


def correct(minutes: Minutes, *, by: User) -> Minutes:
    """更正：另起一份更正，写明更正哪一份；两份都保留。"""
    if minutes.state not in queries.READABLE:
        raise Refused("纪要印发之后才能更正；印发之前请退改。")
    if queries.correction_of(minutes) is not None:
        raise Refused("这份纪要已经有更正，请更正最新的一份。")
    if (prepared := queries.open_correction_of(minutes)) is not None:
        raise Refused(f"更正“{prepared.title}”正在办理，请先办完它。")
    correction: Minutes = add(
        Minutes(
            meeting=minutes.meeting, corrects=minutes, title=f"{minutes.title.removesuffix('（更正）')}（更正）",
            distribution=minutes.distribution, mark=minutes.mark, sheet=SignOffSheet(),
        )
    )  # fmt: skip
    _keep_text(correction, minutes.latest.text, by=by)
    journal.record(by, "minutes.correct", correction, "起草更正", replaces=minutes.number_text)
    return correction


def render(minutes: Minutes) -> register.Document:
    """The chore's deed: lay the passed text out once and enter the bytes that are to be signed in the register."""
    meeting = minutes.meeting
    if meeting.signatory is None:
        raise Refused("这次会议还没有指定签发人，请会议秘书先补上。")
    page = paper_of(minutes)
    pdf = paper.render("minutes.html", made_at=clock.now(), attachment=(DATA_NAME, data_of(minutes)), paper=page)
    pdf = seal.prepare_fields(pdf, [seal.Field("signatory", SIGNATORY)])
    minutes.document = register.enter(
        register.PaperKind.minutes, minutes.title, minutes.number_text, pdf,
        [register.Signer(meeting.signatory, SIGNATORY, "signatory")], by=None,
    )  # fmt: skip
    db.session.flush()
    inbox.tell([meeting.signatory], f"请签发：{minutes.title}", _address(minutes), burst=_burst(minutes))
    return minutes.document


def render_sheet(sheet: SignOffSheet) -> register.Document:
    """The chore's deed: lay out the 审签单 of issued minutes, to be filed with them."""
    minutes = sheet.minutes
    first = minutes.revisions[0]
    page = paper.SignOffPaper(
        title=minutes.title, number_text=minutes.number_text, meeting=minutes.meeting.title,
        drafted_by=first.by.name if first.by else "系统按会议记录起草", drafted_on=clock.local(first.at).date(),
        opinions=[
            paper.Opinion(
                role=one.role, name=one.user.name, department=one.user.department.short if one.user.department else "",
                verdict="同意" if one.passed else "退改", text=one.text, at=one.at,
            )
            for one in sheet.opinions
        ],
        distribution=_distribution(minutes), mark=_mark(minutes), journal_head=journal.head()[1],
        paper_sha256=minutes.document.file.sha256 if minutes.document else "",
    )  # fmt: skip
    pdf = paper.render("signoff.html", made_at=clock.now(), paper=page)
    sheet.document = register.enter(
        register.PaperKind.sign_off, f"{minutes.title}审签单", minutes.number_text, pdf, [], by=None
    )
    db.session.flush()
    return sheet.document


def paper_of(minutes: Minutes) -> paper.MinutesPaper:
    """What the paper of the minutes says."""
    meeting, lists = minutes.meeting, lists_of(minutes.meeting)
    present, on_leave, in_attendance = ([paper.Attendee(*row) for row in rows] for rows in lists)
    return paper.MinutesPaper(
        heading=meeting.series.heading,
        number_text=minutes.number_text,
        date=clock.local(minutes.numbered_at or clock.now()).date(),
        title=minutes.title,
        body=minutes.latest.text,
        issuer=office.organisation,
        issued_on=clock.local(minutes.numbered_at or clock.now()).date(),
        present=present,
        on_leave=on_leave,
        in_attendance=in_attendance,
        distribution=_distribution(minutes),
        mark=_mark(minutes),
        journal_head=journal.head()[1],
        correction_of=f"更正{minutes.corrects.number_text}" if minutes.corrects else "",
    )


def data_of(minutes: Minutes) -> bytes:
    """The minutes as JSON, embedded in the paper for machines."""
    meeting, lists = minutes.meeting, lists_of(minutes.meeting)
    decisions, handouts = records.decisions_of(meeting), records.handouts_of(meeting)
    content = {
        "schema": "minutes/1",
        "number": minutes.number_text,
        "title": minutes.title,
        "corrects": minutes.corrects.number_text if minutes.corrects else None,
        "series": meeting.series.name,
        "meeting": {
            "year": meeting.year,
            "number": meeting.number,
            "day": meeting.day.isoformat(),
            "place": meeting.place,
        },
        "chair": meeting.chair.name if meeting.chair else None,
        "present": lists.present,
        "on_leave": lists.on_leave,
        "in_attendance": lists.in_attendance,
        "text": minutes.latest.text,
        "items": [
            {
                "title": item.title,
                "kind": item.kind.value,
                "outcome": item.state.value,
                "decisions": [one.text for one in decisions.get(item.id, ())],
                "tasks": [
                    {"title": one.title, "lead": one.lead, "due": one.due.isoformat()}
                    for one in handouts.get(item.id, ())
                ],
            }
            for item in meeting.items
        ],
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def _keep_text(minutes: Minutes, text: str, *, by: User | None) -> None:
    number = len(minutes.revisions) + 1
    minutes.revisions.append(MinutesRevision(number=number, text=text, by=by, at=clock.now()))
    db.session.flush()


def _opine(minutes: Minutes, role: str, passed: bool, text: str, by: User) -> None:
    minutes.sheet.opinions.append(
        Opinion(user=by, role=role, passed=passed, text=text, revision=minutes.latest, at=clock.now())
    )


def _drafters(minutes: Minutes) -> list[User]:
    meeting = minutes.meeting
    return [meeting.recorder] if meeting.recorder else list(holders(Role.secretary))


def _distribution(minutes: Minutes) -> list[str]:
    return [part.strip() for part in minutes.distribution.rstrip("。").replace("；", "，").split("，") if part.strip()]


def _mark(minutes: Minutes) -> Any:
    return minutes.mark or None


def _address(minutes: Minutes) -> str:
    return f"/minutes/{minutes.id}"


def _burst(minutes: Minutes) -> str:
    return f"minutes-{minutes.id}"
