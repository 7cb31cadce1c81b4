"""Deeds of the minutes: drafting, reviewing, numbering, signing, issuing."""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from portal import clock, jobs, journal, paper, register, seal
from portal.actions import operations as actions
from portal.database import add, claim, db, next_number
from portal.errors import Refused, Stale
from portal.inbox import operations as inbox
from portal.meetings import operations as meetings
from portal.meetings.models import Meeting
from portal.meetings.queries import lists_of, members
from portal.minutes import queries
from portal.minutes.drafting import draft_of
from portal.minutes.models import Minutes, MinutesRevision, Opinion, SignOffSheet
from portal.office import office
from portal.people import operations as people
from portal.people.models import Role, User
from portal.people.queries import holders
from portal.records import queries as records
from portal.search import index

SIGNATORY = "签发人"
REVIEWER = "审核人"
DATA_NAME = "minutes.json"


class LaidOut(NamedTuple):
    """The paper of the minutes, and which version of them it says."""

    version: int
    pdf: bytes
    code: str = ""  # printed on it


def draft(meeting: Meeting) -> Minutes:
    """起草：散会后由系统按会议记录、议定事项和交办事项拟出纪要初稿。"""
    minutes: Minutes = add(
        Minutes(
            meeting=meeting, title=f"{meeting.title}纪要", distribution=office.distribution, mark=office.mark,
            sheet=SignOffSheet(),
        )
    )  # fmt: skip
    _keep_text(minutes, draft_of(meeting), by=None)
    journal.record(None, "minutes.draft", minutes, "起草纪要")
    _tell(_drafters(minutes), "纪要初稿已拟好", minutes)
    return minutes


def edit(minutes: Minutes, text: str, seen: int | None, *, by: User, **facts: str) -> Minutes:
    """修改：保存为新的一稿。`seen` is the version of the minutes the text was opened on; facts are title, mark …"""
    changed = [name for name, value in facts.items() if getattr(minutes, name) != value]
    if text == minutes.text and not changed:
        return minutes
    claim(minutes, seen)
    minutes.lifecycle.take(minutes, "edit", by=by, changed=changed)
    for name in changed:
        setattr(minutes, name, facts[name])
    if text != minutes.text:
        _keep_text(minutes, text, by=by)
    db.session.flush()
    return minutes


def restore(minutes: Minutes, number: int, *, by: User) -> Minutes:
    """恢复：把以前的一稿作为新的一稿保存，中间各稿保留。"""
    earlier = queries.revision(minutes, number)
    if earlier is None:
        raise Refused("没有这一稿，请从修改过程中选择。")
    if earlier.text == minutes.text:
        raise Refused("这一稿与现在的内容相同，不需要恢复。")
    _take(minutes, "edit", by=by, restored=number)
    _keep_text(minutes, earlier.text, by=by)
    return minutes


def appoint(minutes: Minutes, reviewer: User, signatory: User, *, by: User) -> Minutes:
    """指定审核人和签发人：会后人员变动时改由别人办理。"""
    meeting = minutes.meeting
    told = reviewer.id != meeting.reviewer_id and minutes.is_reviewed
    _take(minutes, "appoint", by=by, reviewer=reviewer.name, signatory=signatory.name)
    meeting.reviewer, meeting.signatory = reviewer, signatory
    db.session.flush()
    if told:
        _tell([reviewer], "请审核", minutes)
    return minutes


def submit(minutes: Minutes, *, by: User) -> Minutes:
    """送审：交审核人审核，审核期间不能修改。"""
    _take(minutes, "submit", by=by)
    db.session.flush()
    if minutes.meeting.reviewer:
        _tell([minutes.meeting.reviewer], "请审核", minutes)
    return minutes


def pass_(minutes: Minutes, text: str = "", read: int | None = None, *, by: User) -> Minutes:
    """审核通过：编号，排版一次，转签发人签发。`read` is the version that was read."""
    _take(minutes, "pass_", by=by, read=read, why=text)
    _opine(minutes, REVIEWER, True, text or "同意。", by)
    if minutes.number is None:
        minutes.numbered_at = clock.now()
        minutes.year = clock.local(minutes.numbered_at).year
        minutes.number = next_number(f"minutes/{minutes.meeting.series_id}/{minutes.year}")
    db.session.flush()
    return minutes


def return_(minutes: Minutes, why: str, read: int | None = None, *, by: User) -> Minutes:
    """退改：写明意见退回拟稿；编过的号保留，排好的版作废。"""
    role = SIGNATORY if minutes.is_to_sign else REVIEWER
    _take(minutes, "return_", by=by, read=read, why=why)
    _opine(minutes, role, False, why, by)
    _withdraw_paper(minutes)
    minutes.document = None
    db.session.flush()
    _tell(_drafters(minutes), "纪要退改", minutes, body=why)
    return minutes


def redo(minutes: Minutes, *, by: User) -> Minutes:
    """重新排版：排版没有成功时，不等下一次，马上再排。"""
    if minutes.not_stuck:
        raise Refused(minutes.not_stuck)
    jobs.try_again(minutes)
    journal.record(by, "minutes.redo", minutes, "重新排版")
    return minutes


def sign(minutes: Minutes, pin: str, read: int | None = None, *, by: User) -> Minutes:
    """签发：签发人在所见的同一份文件上签名。`read` is the version whose paper was read."""
    _take(minutes, "sign", by=by, read=read)
    if minutes.document is None:
        raise Refused("纪要正在排版，请稍后刷新再签发。")
    people.sign_paper(minutes.document, pin=pin, by=by)
    minutes.signed_at = clock.now()
    _opine(minutes, SIGNATORY, True, "同意印发。", by)
    db.session.flush()
    _tell(holders(Role.secretary), "纪要已签发，请印发", minutes)
    return minutes


def issue(minutes: Minutes, *, by: User) -> Minutes:
    """印发：例会成员可以查看，会议办毕，交办事项生效。"""
    _take(minutes, "issue", by=by)
    minutes.issued_at = clock.now()
    meeting = minutes.meeting
    if meeting.lifecycle.is_open(meeting, "conclude"):
        meetings.conclude(meeting, by=None)
    for action in records.actions_of(meeting):
        if action.provisional:
            actions.settle(action)
    db.session.flush()
    let_be_found(minutes)
    _tell([user for user in members(meeting.series) if user.id != by.id], "纪要已印发", minutes)
    return minutes


def let_be_found(minutes: Minutes) -> None:
    """Enter issued minutes in the search index, for the members of their series."""
    index(
        Minutes.__tablename__,
        minutes.id,
        title=f"{minutes.title}{minutes.number_text}",
        text=minutes.text,
        url=_address(minutes),
        label="会议纪要",
        day=minutes.meeting.day,
        scope=queries.scope_of(minutes.meeting.series_id),
    )


def archive(minutes: Minutes, *, by: User) -> Minutes:
    """归档：纪要的各件都已由档案员接收。"""
    _take(minutes, "archive", by=by)
    db.session.flush()
    return minutes


def void(minutes: Minutes, why: str, *, by: User) -> Minutes:
    """作废：不再印发，编过的号不再使用。"""
    _take(minutes, "void", by=by, why=why)
    _withdraw_paper(minutes)
    db.session.flush()
    return minutes


def redraft(minutes: Minutes, *, by: User) -> Minutes:
    """重拟：作废之后另起一份，从会议记录重新起草。"""
    if minutes.not_void:
        raise Refused(minutes.not_void)
    if any(not one.is_void for one in queries.of_meeting(minutes.meeting)):
        raise Refused("这次会议已经有另一份纪要，不能再起草。")
    return draft(minutes.meeting)


def correct(minutes: Minutes, *, by: User) -> Minutes:
    """更正：另起一份更正，写明更正哪一份；两份都保留。"""
    if minutes.not_issued:
        raise Refused(minutes.not_issued)
    claim(minutes, None)
    for one in queries.corrections_of(minutes):
        if one.is_issued:
            raise Refused("这份纪要已经有更正，请更正最新的一份。")
        raise Refused(f"“{one.title}”正在办理，请先办完它。")
    correction: Minutes = add(
        Minutes(
            meeting=minutes.meeting, corrects=minutes, title=f"{minutes.title.removesuffix('（更正）')}（更正）",
            distribution=minutes.distribution, mark=minutes.mark, sheet=SignOffSheet(),
        )
    )  # fmt: skip
    _keep_text(correction, minutes.text, by=by)
    journal.record(by, "minutes.correct", correction, "起草更正", replaces=minutes.number_text)
    return correction


def print_minutes(page: paper.MinutesPaper, data: bytes) -> bytes:
    """Lay the passed text out, with the field the signatory signs in; slow, asks the database nothing."""
    pdf = paper.render("minutes.html", made_at=clock.now(), attachment=(DATA_NAME, data), paper=page)
    return seal.prepare_fields(pdf, [seal.Field("signatory", SIGNATORY)])


def enter_paper(minutes: Minutes, laid_out: LaidOut) -> None:
    """Enter the bytes that are to be signed in the register, unless the text has changed meanwhile."""
    if laid_out.version != minutes.version:
        return  # returned and passed again while it was laid out: the paper of the new text is still owed
    signatory = minutes.meeting.signatory
    if signatory is None:
        raise Refused("这次会议还没有指定签发人，请会议秘书先指定。")
    minutes.document = register.enter(
        register.PaperKind.minutes, minutes.title, minutes.number_text, laid_out.pdf,
        [register.Signer(signatory, SIGNATORY, "signatory")], by=None, code=laid_out.code,
    )  # fmt: skip
    db.session.flush()
    _tell([signatory], "请签发", minutes)


def enter_sheet(sheet: SignOffSheet, laid_out: LaidOut) -> None:
    """Enter the 审签单 of issued minutes in the register, to be filed with them."""
    minutes = sheet.minutes
    sheet.document = register.enter(
        register.PaperKind.sign_off, str(sheet), minutes.number_text, laid_out.pdf, [], by=None, code=laid_out.code
    )
    db.session.flush()


def sheet_of(sheet: SignOffSheet) -> paper.SignOffPaper:
    """What the paper of the 审签单 says."""
    minutes = sheet.minutes
    first = minutes.revisions[0]
    return paper.SignOffPaper(
        title=minutes.title, number_text=minutes.number_text, meeting=minutes.meeting.title,
        drafted_by=first.by.name if first.by else "系统按会议记录起草", drafted_on=clock.local(first.at).date(),
        opinions=[
            paper.Opinion(
                role=one.role, name=one.user.name, department=one.user.department.short if one.user.department else "",
                verdict=one.verdict, text=one.text, at=one.at,
            )
            for one in sheet.opinions
        ],
        distribution=minutes.receivers, mark=_mark(minutes), journal_head=journal.head()[1],
        paper_sha256=minutes.document.file.sha256 if minutes.document else "",
    )  # fmt: skip


def paper_of(minutes: Minutes) -> paper.MinutesPaper:
    """What the paper of the minutes says."""
    meeting, lists = minutes.meeting, lists_of(minutes.meeting)
    present, on_leave, in_attendance = ([paper.Attendee(*row) for row in rows] for rows in lists)
    return paper.MinutesPaper(
        heading=meeting.series.heading,
        number_text=minutes.number_text,
        date=clock.local(minutes.numbered_at or clock.now()).date(),
        title=minutes.title,
        body=minutes.text,
        issuer=office.organisation,
        issued_on=clock.local(minutes.numbered_at or clock.now()).date(),
        present=present,
        on_leave=on_leave,
        in_attendance=in_attendance,
        distribution=minutes.receivers,
        mark=_mark(minutes),
        journal_head=journal.head()[1],
        correction_of=f"更正{minutes.corrects.number_text}" if minutes.corrects else "",
    )


def data_of(minutes: Minutes) -> bytes:
    """The minutes as JSON, embedded in the paper for machines."""
    meeting, lists = minutes.meeting, lists_of(minutes.meeting)
    decisions, handouts = records.words_of(meeting)
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
        "text": minutes.text,
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


def _take(minutes: Minutes, deed: str, *, by: User, read: int | None = None, why: str = "", **facts: Any) -> None:
    """Take a step as the only one: whoever read an earlier version, or presses at the same moment, is too late."""
    try:
        claim(minutes, read)
    except Stale:
        raise Refused("您打开之后，这份纪要有变动。请重新阅读后再办理。") from None
    minutes.lifecycle.take(minutes, deed, by=by, why=why, **facts)


def _withdraw_paper(minutes: Minutes) -> None:
    db.session.refresh(minutes, ["document"])  # it may have been laid out since the page was asked for
    if minutes.document is not None:
        minutes.document.withdrawn = True


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


def _mark(minutes: Minutes) -> Any:
    return minutes.mark or None


def _address(minutes: Minutes) -> str:
    return f"/minutes/{minutes.id}"


def _tell(users: Iterable[User], what: str, minutes: Minutes, body: str = "") -> None:
    inbox.tell(users, f"{what}：{minutes.title}", _address(minutes), body=body, burst=f"minutes-{minutes.id}")
