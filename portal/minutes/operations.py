"""Deeds of the minutes: drafting, asking what others think, reviewing, numbering, signing, issuing."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock, jobs, journal, paper, register, seal
from portal.actions import operations as actions
from portal.database import add, claim, db, next_number, upsert
from portal.errors import Refused, Stale
from portal.inbox import operations as inbox
from portal.meetings import operations as meetings
from portal.meetings.models import Meeting, MeetingSeries
from portal.meetings.queries import lists_of, members
from portal.minutes import data, live, queries
from portal.minutes.anchors import paragraphs_of
from portal.minutes.drafting import draft_of
from portal.minutes.models import (
    Consultation,
    ConsultationAnswer,
    FurtherSigner,
    Minutes,
    MinutesComment,
    MinutesReader,
    MinutesReading,
    MinutesRevision,
    Opinion,
    SeriesSigning,
    SignOffRound,
    SignOffSheet,
)
from portal.office import office
from portal.people import operations as people
from portal.people.models import Department, Part, Role, User
from portal.people.queries import in_charge, with_deputies
from portal.records import queries as records
from portal.search import Findable, forget, index_all

SIGNATORY = "签发人"
REVIEWER = register.REVIEWER
FURTHER = "会签人"


class Place(NamedTuple):
    """Where one signature of the paper is to stand: whose, as what, in which field."""

    user_id: int
    role: str
    field: str
    name: str = ""  # as the certificate says it, where it is not the person's own

    @property
    def shown(self) -> bool:
        """Whether it is seen on the page."""
        return self.field.startswith(register.SHOWN)


class Verdict(NamedTuple):
    """What a signature on the 审签单 means, and what is written where nobody says more."""

    word: str
    words: str


PASSED = Verdict("审核通过", "同意。")
COUNTERSIGNED = Verdict("同意会签", "同意。")
SIGNED = Verdict("同意签发", "同意印发。")


class Acting(NamedTuple):
    """An act that is signed, on one paper or two, begun with one PIN; `made()` is done while nobody waits."""

    signings: Sequence[people.Signing]
    said: paper.Said  # the opinion, as it stands on the sheet

    def made(self) -> "Acted":
        """Sign."""
        return Acted([one.made() for one in self.signings], self.said)


class Acted(NamedTuple):
    """What an act came to: the sheet first, then the paper of the minutes where it is signed too."""

    signed: Sequence[people.Signed]
    said: paper.Said
    outside: bool = False  # by a platform elsewhere

    @property
    def facts(self) -> dict[str, Any]:
        """What the journal says of it besides."""
        return {"outside": True} if self.outside else {}


class SheetLaidOut(NamedTuple):
    """The paper of a 审签单, what it says, and whom it gives a place."""

    page: paper.SignOffPaper
    pdf: bytes
    code: str
    places: Sequence["Place"]


class LaidOut(NamedTuple):
    """The paper of the minutes, and which version of them it says."""

    version: int
    pdf: bytes
    code: str = ""  # printed on it
    places: Sequence[Place] = ()


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
    _renew_sheet(minutes)
    db.session.flush()
    if told:
        _tell([reviewer], "请审核", minutes, part=Part.review)
    return minutes


def submit(minutes: Minutes, *, by: User) -> Minutes:
    """送审：交审核人审核，审核期间不能修改。"""
    _take(minutes, "submit", by=by)
    _end_round(minutes)  # none is left of an earlier round, but for one that was laid out in the very moment
    db.session.flush()
    if minutes.meeting.reviewer:
        _tell([minutes.meeting.reviewer], "请审核", minutes, part=Part.review)
    return minutes


def recall(minutes: Minutes, *, by: User) -> Minutes:
    """撤回送审：审核人还没有办理时收回来再改。"""
    _take(minutes, "recall", by=by)
    _end_round(minutes)
    db.session.flush()
    return minutes


def begin_passing(minutes: Minutes, text: str, pin: str, *, by: User) -> Acting:
    """Open the reviewer's key for the 审签单; what comes of `made()` goes to `pass_`."""
    return _begin(minutes, "pass_", text, pin, by)


def _begin(minutes: Minutes, move: str, text: str, pin: str, by: User) -> Acting:
    papers, said = _to_be_signed(minutes, move, text)
    about = [(one, said if one is minutes.sheet.document else None) for one in papers]
    return Acting(people.begin_signings(about, pin=pin, by=by), said)


def _to_be_signed(minutes: Minutes, move: str, text: str) -> tuple[list[register.Document], paper.Said]:
    """The papers one act signs, the 审签单 first, and what is said on it. Nothing else is asked once this is known."""
    if obstacle := minutes.lifecycle.obstacle(minutes, move):
        raise Refused(obstacle)
    if move == "pass_":
        _check_words(minutes)
        return [_sheet_of(minutes)], _said_of_text(minutes, text)
    return [_sheet_of(minutes), _paper_of(minutes)], _said_of_paper(minutes, text)


def pass_(minutes: Minutes, acted: Acted | str, text: str = "", read: int | None = None, *, by: User) -> Minutes:
    """审核通过：审核人在审签单上签署意见；编号，排版一次，转签发人签发。`read` is the version that was read.

    `acted` is what `begin_passing` came to; where nobody else waits, the PIN alone will do.
    """
    if isinstance(acted, str):
        acted = begin_passing(minutes, text, acted, by=by).made()
    sheet = _sheet_of(minutes)
    _take(minutes, "pass_", by=by, read=read, why=text, **acted.facts)
    _freeze(minutes)
    if _said_of_text(minutes, acted.said.text) != acted.said:
        raise Refused("您签署的时候，正文里的议定事项或交办事项有了变动，没有签上。请重新阅读后再办理。")
    _opine(minutes, REVIEWER, True, acted.said.text, by, on=sheet.next_signature)
    people.keep_signed(sheet, acted.signed[0], by=by)
    if minutes.number is None:
        minutes.numbered_at = clock.now()
        minutes.year = clock.local(minutes.numbered_at).year
        minutes.number = next_number(f"minutes/{minutes.meeting.series_id}/{minutes.year}")
    sheet.number = minutes.number_text
    db.session.flush()
    return minutes


def text_digest(text: str) -> str:
    """The SHA-256 of a text, as the 审签单 prints it."""
    return hashlib.sha256(text.encode()).hexdigest()


def _said_of_text(minutes: Minutes, text: str) -> paper.Said:
    """What the reviewer writes on the 审签单 about the text, as it now stands."""
    about = f"审核稿正文 SHA-256：{text_digest(queries.words(minutes))}"
    return _said(PASSED, text or PASSED.words, about, paper.REVIEW_BOX)


def _said(verdict: Verdict, text: str, about: str, box: paper.OpinionBox) -> paper.Said:
    """What is written on the 审签单, once it is sure that it can be."""
    if trouble := paper.misfit(text, box):
        raise Refused(trouble)
    if missing := sorted(paper.missing_characters(text)):
        raise Refused(f"意见里的这些字现有的字体印不出来：{'、'.join(missing)}。请换字。")
    return paper.Said(verdict.word, text, about, box)


def _sheet_of(minutes: Minutes) -> register.Document:
    if minutes.sheet.document is None:
        raise Refused("审签单正在排版，请稍后刷新再办理。")
    return minutes.sheet.document


def _freeze(minutes: Minutes) -> None:
    """Keep the words as they are printed: what becomes of a task later never alters the paper."""
    _check_words(minutes)
    minutes.latest.printed = live.filled(minutes.text, *records.words_of(minutes.meeting))


def _check_words(minutes: Minutes) -> None:
    """Refuse to pass what cannot be printed: what it names is gone, or no font has its characters."""
    if gone := live.lost(minutes.text, *records.words_of(minutes.meeting)):
        raise Refused(f"正文提到的{'、'.join(gone)}已经删去，请退回修改。")
    if missing := sorted(paper.missing_characters(_all_words(minutes))):
        raise Refused(
            f"这些字现有的字体印不出来：{'、'.join(missing)}。请退回换字，或请系统管理员在字体文件夹中补装含有这些字的字体。"
        )


def _all_words(minutes: Minutes) -> str:
    """Everything the paper will print that people have typed."""
    names = (part for rows in lists_of(minutes.meeting) for row in rows for part in row)
    return "\n".join([minutes.title, queries.words(minutes), minutes.attachments, minutes.distribution, *names])


def return_(minutes: Minutes, why: str, read: int | None = None, *, by: User) -> Minutes:
    """退改：写明意见退回拟稿；编过的号保留，排好的版作废。"""
    role = SIGNATORY if minutes.is_to_sign else REVIEWER
    _take(minutes, "return_", by=by, read=read, why=why)
    _opine(minutes, role, False, why, by)
    _withdraw_paper(minutes)
    minutes.document = None
    _end_round(minutes, keep=True)
    db.session.flush()
    _tell(_drafters(minutes), "纪要退改", minutes, body=why)
    return minutes


def redo(minutes: Minutes, *, by: User) -> Minutes:
    """重新排版：排版没有成功时，不等下一次，马上再排。"""
    if minutes.not_stuck:
        raise Refused(minutes.not_stuck)
    for stuck in minutes.stuck:
        jobs.try_again(stuck)
    journal.record(by, "minutes.redo", minutes, "重新排版")
    return minutes


def begin_signing(minutes: Minutes, pin: str, text: str = "", *, by: User) -> Acting:
    """Open the signer's key, once for the 审签单 and the 纪要; what comes of `made()` goes to `sign`."""
    return _begin(minutes, "sign", text, pin, by)


def sign(minutes: Minutes, acted: Acted | str, read: int | None = None, *, by: User) -> Minutes:
    """签发：在所见的同一份文件和审签单上签名；会签人先签，签发人最后签。`read` is the version whose paper was read.

    `acted` is what `begin_signing` came to; where nobody else waits, the PIN alone will do.
    """
    if isinstance(acted, str):
        acted = begin_signing(minutes, acted, by=by).made()
    document, sheet, last = _paper_of(minutes), _sheet_of(minutes), queries.is_last_turn(minutes)
    _take(minutes, "sign" if last else "countersign", by=by, read=read, **acted.facts)
    _opine(minutes, SIGNATORY if last else FURTHER, True, acted.said.text, by, on=sheet.next_signature)
    for paper_, signed in zip((sheet, document), acted.signed, strict=True):
        people.keep_signed(paper_, signed, by=by)
    _after_signature(minutes, last=last)
    return minutes


def _said_of_paper(minutes: Minutes, text: str) -> paper.Said:
    """What whoever's turn it is writes on the 审签单 about the paper of the minutes, as it then stands."""
    verdict = SIGNED if queries.is_last_turn(minutes) else COUNTERSIGNED
    about = f"所签纪要{minutes.number_text} SHA-256：{_paper_of(minutes).file.sha256}"
    return _said(verdict, text or verdict.words, about, paper.SIGN_BOX)


def _paper_of(minutes: Minutes) -> register.Document:
    if minutes.document is None:
        raise Refused("纪要正在排版，请稍后刷新再签发。")
    return minutes.document


def prepare_outside(minutes: Minutes, text: str = "", *, by: User) -> Minutes:
    """准备待签数据，交外部签名平台：审核时是写好意见的审签单，待签发时还有纪要；意见此后不能再改。"""
    papers, said = _to_be_signed(minutes, minutes.signing_move, text)
    for one in papers:
        people.make_hole(one, by=by, said=said if one is minutes.sheet.document else None)
    minutes.sheet.handed_out, minutes.sheet.handed_out_about = said.text, said.about
    journal.record(by, "minutes.prepare_outside", minutes, "准备待签数据", why=text)
    return minutes


def sign_outside(minutes: Minutes, cms: Sequence[bytes], read: int | None = None, *, by: User) -> Minutes:
    """审核通过或签发：把外部签名平台的签名（CMS）核对后嵌入，审签单的在前，纪要的在后。"""
    text, about = minutes.sheet.handed_out, minutes.sheet.handed_out_about
    papers, said = _to_be_signed(minutes, minutes.signing_move, text)
    signed = [people.fill_hole(one, made, by=by) for one, made in zip(papers, cms, strict=True)]
    acted = Acted(signed, replace(said, about=about), outside=True)
    if minutes.is_reviewed:
        return pass_(minutes, acted, text, read, by=by)
    return sign(minutes, acted, read, by=by)


def _after_signature(minutes: Minutes, *, last: bool) -> None:
    if last:
        minutes.signed_at = clock.now()
        db.session.flush()
        _tell(in_charge(Role.secretary), "纪要已签发，请印发", minutes)
        return
    db.session.flush()
    if minutes.document and (turn := minutes.document.next_signature):
        _tell_signer(db.session.get_one(User, turn.user_id), minutes)


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
    readers = {user.id: user for user in [*members(meeting.series), *queries.named_readers(minutes)]}
    _tell([user for user in readers.values() if user.id != by.id], "纪要已印发", minutes)
    return minutes


def address(minutes: Minutes, users: Iterable[User], departments: Iterable[Department], *, by: User) -> Minutes:
    """印发范围：例会成员之外，还发给哪些人和单位；已印发的，新增的人随即收到。"""
    before = {user.id for user in queries.named_readers(minutes)}
    db.session.execute(sa.delete(MinutesReader).where(MinutesReader.minutes_id == minutes.id))
    for user in users:
        db.session.add(MinutesReader(minutes_id=minutes.id, user_id=user.id))
    for department in departments:
        db.session.add(MinutesReader(minutes_id=minutes.id, department_id=department.id))
    db.session.flush()
    readers = queries.named_readers(minutes)
    journal.record(by, "minutes.address", minutes, "确定印发范围", readers=[user.name for user in readers])
    if minutes.is_issued:
        let_be_found(minutes)
        _tell([user for user in readers if user.id not in before], "纪要已印发", minutes)
    return minutes


def note_reading(session: Session, minutes_id: int, user_id: int) -> None:
    """Note that somebody opened issued minutes, in a short transaction beside the page's own."""
    now = clock.now()
    session.execute(
        upsert(
            MinutesReading, ["minutes_id", "user_id"], {"last_at": now, "times": MinutesReading.times + 1},
            minutes_id=minutes_id, user_id=user_id, first_at=now, last_at=now, times=1,
        )
    )  # fmt: skip


def let_be_found(minutes: Minutes) -> None:
    """Enter issued minutes in the search index: for the members of their series, and for whom else they go to."""
    found = Findable(
        minutes.id, f"{minutes.title}{minutes.number_text}", queries.words(minutes), _address(minutes), "会议纪要",
        minutes.meeting.day, queries.scope_of(minutes.meeting.series_id),
    )  # fmt: skip
    index_all(Minutes.__tablename__, [found])
    if queries.readers_of(minutes):
        index_all(MinutesReader.__tablename__, [replace(found, scope=queries.scope_of_readers(minutes.id))])
    else:
        forget(MinutesReader.__tablename__, minutes.id)


def archive(minutes: Minutes, *, by: User) -> Minutes:
    """归档：纪要的各件都已由档案员接收。"""
    _take(minutes, "archive", by=by)
    db.session.flush()
    return minutes


def void(minutes: Minutes, why: str, *, by: User) -> Minutes:
    """作废：不再印发，编过的号不再使用。"""
    _take(minutes, "void", by=by, why=why)
    _withdraw_paper(minutes)
    if minutes.sheet.document is not None:
        register.refuse(minutes.sheet.document)
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
    correction.attachments = minutes.attachments
    _keep_text(correction, queries.words(minutes), by=by)
    journal.record(by, "minutes.correct", correction, "起草更正", replaces=minutes.number_text)
    return correction


# ── before it is passed ────────────────────────────────────────────────────────────────────────────────────────────


def comment(minutes: Minutes, place: int, text: str, *, by: User) -> MinutesComment:
    """批注：对正文的一段提出意见。"""
    paragraphs = paragraphs_of(queries.words(minutes))
    if not 0 < place <= len(paragraphs):
        raise Refused("没有这一段，请从列表中选择。")
    minutes.lifecycle.take(minutes, "comment", by=by, why=text)
    said: MinutesComment = add(
        MinutesComment(minutes=minutes, place=place, quote=paragraphs[place - 1], text=text, by=by, at=clock.now())
    )
    _tell([one for one in _drafters(minutes) if one.id != by.id], "纪要有新的批注", minutes, body=text)
    return said


def resolve(comment: MinutesComment, *, by: User) -> MinutesComment:
    """批注已处理。"""
    if comment.is_resolved:
        raise Refused("这条批注已经处理过了。")
    comment.resolved_at, comment.resolved_by = clock.now(), by
    journal.record(by, "minutes.resolve", comment, "处理批注")
    db.session.flush()
    return comment


def reopen(comment: MinutesComment, *, by: User) -> MinutesComment:
    """批注重新打开。"""
    if not comment.is_resolved:
        raise Refused("这条批注还没有处理。")
    comment.resolved_at = comment.resolved_by = None
    journal.record(by, "minutes.reopen", comment, "重新打开批注")
    db.session.flush()
    return comment


def consult(minutes: Minutes, until: datetime, *, by: User) -> Consultation:
    """征求意见：请参会人员在截止时间前核对，到时未回复视为同意。"""
    if not clock.now() < until < clock.now() + timedelta(days=30):
        raise Refused("截止时间应当在现在之后、30 天之内。")
    asked = [one for one in queries.attended(minutes.meeting) if one.id != by.id]
    if not asked:
        raise Refused("这次会议没有可以征求意见的参会人员。")
    minutes.lifecycle.take(minutes, "consult", by=by, until=until.isoformat())
    consultation: Consultation = add(
        Consultation(
            minutes=minutes, revision=minutes.latest, text=queries.words(minutes), asked_by=by, asked_at=clock.now(),
            until=until, answers=[ConsultationAnswer(user=one) for one in asked],
        )
    )  # fmt: skip
    address = f"{_address(minutes)}/consultation"
    body = f"请在{clock.zh_datetime(until)}前核对，未回复视为同意。"
    inbox.tell(asked, f"请核对纪要：{minutes.title}", address, body=body, burst=f"consultation-{consultation.id}")
    return consultation


def answer(minutes: Minutes, text: str, *, by: User) -> ConsultationAnswer:
    """答复意见征求：没有意见即同意；截止前可以再改。"""
    consultation = minutes.consultation
    own = next((one for one in consultation.answers if one.user_id == by.id), None) if consultation else None
    if own is None:
        raise Refused(minutes.not_asking or "这次意见征求没有请您答复。")
    own.text, own.at = text, clock.now()
    journal.record(by, "minutes.answer", minutes, "答复意见征求", why=text)
    db.session.flush()
    return own


def end_consultation(minutes: Minutes, *, by: User) -> Minutes:
    """提前结束意见征求。"""
    if (consultation := minutes.consultation) is None:
        raise Refused(minutes.not_asking or "")
    journal.record(by, "minutes.end_consultation", minutes, "结束意见征求")
    close(consultation)
    return minutes


def close(consultation: Consultation) -> None:
    """The chore's deed too: the time is over, who said nothing agrees; the drafters are told how it stands."""
    consultation.closed_at = clock.now()
    if consultation.minutes.is_reviewed:
        _renew_sheet(consultation.minutes)
    db.session.flush()
    _tell(_drafters(consultation.minutes), "意见征求已结束", consultation.minutes, body=consultation.sentence)


# ── how it is signed ───────────────────────────────────────────────────────────────────────────────────────────────


def set_signing(
    series: MeetingSeries, further: Sequence[User], *, visible: bool, sealed: bool, by: User
) -> SeriesSigning:
    """签署设置：签发人之前还有谁签名、签名是否显示、是否加盖单位印章；对以后排版的纪要起作用。"""
    if len({user.id for user in further}) < len(further) or series.signatory_id in {user.id for user in further}:
        raise Refused("每个人只能签一次，签发人不用再列为会签人。")
    signing: SeriesSigning = queries.signing_of(series.id) or add(SeriesSigning(series=series))
    signing.visible, signing.sealed = visible, sealed
    signing.further.clear()
    db.session.flush()
    signing.further.extend(FurtherSigner(position=n, user=user) for n, user in enumerate(further, 1))
    names = [user.name for user in further]
    journal.record(by, "minutes.set_signing", series, "修改签署设置", further=names, visible=visible, sealed=sealed)
    db.session.flush()
    return signing


def places_of(minutes: Minutes) -> list[Place]:
    """Who signs the paper of the minutes, in order; the last one locks it. Whom the sheet has named, it stays with."""
    signing = queries.signing_of(minutes.meeting.series_id)
    begin = register.SHOWN if signing and signing.visible else ""
    places = [
        one._replace(field=begin + one.field.removeprefix(register.SHOWN))
        for one in _places_named(minutes) or sheet_places(minutes)
        if one.role != REVIEWER
    ]
    if signing and signing.sealed:
        places.append(Place(places[-1].user_id, register.SEAL, f"{register.SHOWN}seal", office.organisation))
    return places


def _places_named(minutes: Minutes) -> list[Place]:
    """The places of the sheet under way, as they were laid out."""
    document = minutes.sheet.document
    signatures = document.signatures if document else ()
    return [Place(one.user_id, one.role, one.field) for one in signatures if one.user_id]


def sheet_places(minutes: Minutes) -> list[Place]:
    """Who opines on the 审签单, in order: the reviewer, whoever the series asks for, the signatory last."""
    meeting, signing = minutes.meeting, queries.signing_of(minutes.meeting.series_id)
    if meeting.signatory_id is None:
        raise Refused("这次会议还没有指定签发人，请会议秘书先指定。")
    further = [one for one in signing.further if one.user_id != meeting.signatory_id] if signing else []
    return [
        *([Place(meeting.reviewer_id, REVIEWER, f"{register.SHOWN}reviewer")] if meeting.reviewer_id else []),
        *(Place(one.user_id, FURTHER, f"{register.SHOWN}further-{n}") for n, one in enumerate(further, 1)),
        Place(meeting.signatory_id, SIGNATORY, f"{register.SHOWN}signatory"),
    ]


def print_minutes(page: paper.MinutesPaper, content: bytes, places: Sequence[Place]) -> bytes:
    """Lay the passed text out, with the fields it is signed in; slow, asks the database nothing."""
    pdf = paper.render("minutes.html", made_at=clock.now(), attachment=(data.NAME, content), paper=page)
    fields = [seal.Field(one.field, one.role, anchor=one.field if one.shown else "") for one in places]
    return seal.prepare_fields(pdf, fields)


def enter_paper(minutes: Minutes, laid_out: LaidOut) -> None:
    """Enter the bytes that are to be signed in the register, unless the text has changed meanwhile."""
    if laid_out.version != minutes.version:
        return  # returned and passed again while it was laid out: the paper of the new text is still owed
    signers = [
        register.Signer(db.session.get_one(User, one.user_id), one.role, one.field, one.name)
        for one in laid_out.places
    ]
    minutes.document = register.enter(
        register.PaperKind.minutes, minutes.title, minutes.number_text, laid_out.pdf, signers, by=None,
        code=laid_out.code,
    )  # fmt: skip
    db.session.flush()
    _tell_signer(signers[0].user, minutes)


def print_sheet(page: paper.SignOffPaper, places: Sequence[Place]) -> bytes:
    """Lay out a 审签单 with the fields it is signed in; slow, asks the database nothing."""
    pdf = paper.render("signoff.html", made_at=clock.now(), paper=page)
    if not places:
        return pdf
    names = {row.anchor: f"{row.role}{row.name}的意见和签名" for row in page.rows}
    return seal.prepare_fields(pdf, [seal.Field(one.field, names[one.field], anchor=one.field) for one in places])


def enter_sheet(sheet: SignOffSheet, laid_out: SheetLaidOut) -> None:
    """Enter the 审签单 in the register, unless what it says has changed meanwhile; then it is still owed."""
    minutes = sheet.minutes
    if _lasting(sheet_page(sheet)[0]) != _lasting(laid_out.page):
        jobs.prompt("minutes.render_sheet")
        return
    signers = [register.Signer(db.session.get_one(User, one.user_id), one.role, one.field) for one in laid_out.places]
    sheet.document = register.enter(
        register.PaperKind.sign_off, str(sheet), minutes.number_text, laid_out.pdf, signers, by=None,
        code=laid_out.code,
    )  # fmt: skip
    db.session.flush()


def _lasting(page: paper.SignOffPaper) -> paper.SignOffPaper:
    """What a sheet says, but for what is new each time."""
    return replace(page, journal_head="", qr="")


def sheet_page(sheet: SignOffSheet) -> tuple[paper.SignOffPaper, list[Place]]:
    """What the paper of the 审签单 says, and who still has to sign it.

    What was said before there was a place to sign is printed; once the minutes are signed nothing else is left.
    """
    minutes = sheet.minutes
    first, current = minutes.revisions[0], sheet.current
    places = [] if minutes.is_final else sheet_places(minutes)[len(current) :]
    rows = [_sheet_row(one, db.session.get_one(User, one.user_id)) for one in places]
    said = [paper.SheetRow(one.role, one.name, one.department, said=one) for one in map(_printed, current)]
    page = paper.SignOffPaper(
        title=minutes.title, number_text=minutes.number_text, meeting=minutes.meeting.title,
        drafted_by=first.by.name if first.by else "系统按会议记录起草", drafted_on=clock.local(first.at).date(),
        revision=minutes.latest.number, text_sha256=text_digest(minutes.text), rows=[*said, *rows],
        earlier=[_printed(one) for one in sheet.earlier],
        consultations=[
            paper.Asked(one.asked_at, one.until, one.sentence, [(who.user.name, who.text) for who in one.corrections])
            for one in minutes.consultations
            if not one.is_open
        ],
        distribution=minutes.receivers, mark=_mark(minutes), journal_head=journal.head()[1],
        paper_sha256=minutes.document.file.sha256 if minutes.document and minutes.is_final else "",
    )  # fmt: skip
    return page, places


def _sheet_row(place: Place, user: User) -> paper.SheetRow:
    box = paper.REVIEW_BOX if place.role == REVIEWER else paper.SIGN_BOX
    return paper.SheetRow(place.role, user.name, _short(user), box, place.field)


def _printed(one: Opinion) -> paper.Opinion:
    return paper.Opinion(
        role=one.role, name=one.said_by, department=_short(one.user), verdict=one.verdict, text=one.text, at=one.at,
        on=one.revision.number,
    )  # fmt: skip


def _short(user: User) -> str:
    return user.department.short if user.department else ""


def paper_of(minutes: Minutes, *, to_sign: bool = True) -> paper.MinutesPaper:
    """What the paper of the minutes says; a draft has no places for signatures."""
    meeting, lists = minutes.meeting, lists_of(minutes.meeting)
    present, on_leave, in_attendance = ([paper.Attendee(*row) for row in rows] for rows in lists)
    return paper.MinutesPaper(
        heading=meeting.series.heading,
        number_text=minutes.number_text,
        date=clock.local(minutes.numbered_at or clock.now()).date(),
        title=minutes.title,
        body=queries.words(minutes),
        attachments=minutes.attached,
        signature_boxes=[
            paper.SignatureBox(one.field, one.role, seal=one.role == register.SEAL)
            for one in (places_of(minutes) if to_sign else ())
            if one.shown
        ],
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
    decisions, handouts = records.words_of(minutes.meeting)
    return data.written(minutes, queries.words(minutes), lists_of(minutes.meeting), decisions, handouts)


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
        register.refuse(minutes.document)


def _keep_text(minutes: Minutes, text: str, *, by: User | None) -> None:
    number = len(minutes.revisions) + 1
    minutes.revisions.append(MinutesRevision(number=number, text=text, by=by, at=clock.now()))
    db.session.flush()


def _renew_sheet(minutes: Minutes) -> None:
    """Lay the 审签单 out anew, as nobody has signed it yet and what it says has changed."""
    _end_round(minutes)
    jobs.prompt("minutes.render_sheet")


def _end_round(minutes: Minutes, *, keep: bool = False) -> None:
    """End a round: the next one gets another sheet. One that ended with a return stays to be read as it was."""
    sheet = minutes.sheet
    db.session.refresh(sheet, ["document_id"])  # it may have been laid out since the page was asked for
    db.session.expire(sheet, ["document"])
    if sheet.document is None:
        return
    register.refuse(sheet.document)
    if keep:
        sheet.rounds.append(SignOffRound(document=sheet.document, ended_at=clock.now()))
    sheet.document = None


def _opine(
    minutes: Minutes, role: str, passed: bool, text: str, by: User, *, on: register.Signature | None = None
) -> None:
    standing = journal.stands_in(by)
    minutes.sheet.opinions.append(
        Opinion(
            user=by, role=role, passed=passed, text=text, revision=minutes.latest, at=clock.now(),
            for_name=standing.name if standing else "", signature_id=on.id if on else None,
        )
    )  # fmt: skip


def _drafters(minutes: Minutes) -> list[User]:
    meeting = minutes.meeting
    return [meeting.recorder] if meeting.recorder else list(in_charge(Role.secretary))


def _mark(minutes: Minutes) -> Any:
    return minutes.mark or None


def _address(minutes: Minutes) -> str:
    return f"/minutes/{minutes.id}"


def _tell_signer(user: User, minutes: Minutes) -> None:
    told = with_deputies([user], Part.sign)
    inbox.tell(told, f"请签发：{minutes.title}", f"{_address(minutes)}/signature", burst=f"minutes-{minutes.id}")


def _tell(
    users: Iterable[User], what: str, minutes: Minutes, body: str = "", *, part: Part | None = None
) -> None:
    users = with_deputies(users, part) if part else users
    inbox.tell(users, f"{what}：{minutes.title}", _address(minutes), body=body, burst=f"minutes-{minutes.id}")
