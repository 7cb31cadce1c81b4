"""Questions about minutes, their revisions and opinions."""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, lazyload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from portal import chain, clock, search
from portal.database import db
from portal.meetings.models import AgendaItem, Meeting, MeetingSeries, MeetingState
from portal.meetings.queries import visible_to
from portal.minutes import live
from portal.minutes.models import (
    READABLE,
    Consultation,
    ConsultationAnswer,
    FurtherSigner,
    Minutes,
    MinutesComment,
    MinutesReader,
    MinutesReading,
    MinutesRevision,
    MinutesState,
    Opinion,
    SeriesSigning,
    SignOffRound,
    SignOffSheet,
)
from portal.people.models import Part, Role, User
from portal.records import queries as records
from portal.records.models import RecordEntry
from portal.register import SEAL, Document, Signature, SignatureState

_ROLES = (Meeting.chair, Meeting.recorder, Meeting.reviewer, Meeting.signatory)
ROW = (joinedload(Minutes.meeting).joinedload(Meeting.series),)
_SCOPES, _READERS = "minutes.", "minutes.to."


def _person(path: Any) -> Any:
    """Load a person beside a row, in the same statement and without the roles."""
    return joinedload(path).options(joinedload(User.department), lazyload(User.grants))


def minutes(number: int) -> Minutes | None:
    """One document with its meeting's people, its texts, its paper and its sign-off sheet, in two statements."""
    meeting, paper, sheet = joinedload(Minutes.meeting), joinedload(Minutes.document), joinedload(Minutes.sheet)
    query = (
        sa.select(Minutes)
        .where(Minutes.id == number)
        .options(
            meeting.options(*(_person(role) for role in _ROLES)),
            joinedload(Minutes.corrects),
            joinedload(Minutes.corrections),
            paper.options(joinedload(Document.file), joinedload(Document.signatures)),
            sheet.options(
                joinedload(SignOffSheet.document),
                joinedload(SignOffSheet.rounds),
                joinedload(SignOffSheet.opinions).options(_person(Opinion.user)),
            ),
            selectinload(Minutes.revisions).options(_person(MinutesRevision.by)),
        )
    )
    return db.session.scalars(query).unique().one_or_none()


def words(minutes: Minutes) -> str:
    """The text as it is read: as printed once it is passed, before that with what is decided and handed out now."""
    if minutes.printed is not None:
        return minutes.printed
    return live.filled(minutes.text, *records.words_of(minutes.meeting)) if live.is_live(minutes.text) else minutes.text


def is_last_turn(minutes: Minutes) -> bool:
    """Whether nobody signs after the one whose turn it is; the office's seal stands by itself."""
    document = minutes.document
    waiting = [
        one for one in document.signatures if one.state is SignatureState.awaited and one.role != SEAL
    ] if document else []
    return len(waiting) <= 1


def comment(number: int) -> MinutesComment | None:
    """One comment with its minutes and their meeting."""
    return db.session.scalar(
        sa.select(MinutesComment)
        .where(MinutesComment.id == number)
        .options(joinedload(MinutesComment.minutes).joinedload(Minutes.meeting))
    )


def comments_on(minutes: Minutes) -> Sequence[MinutesComment]:
    """What was said about its paragraphs, oldest first."""
    found = db.session.scalars(
        sa.select(MinutesComment)
        .where(MinutesComment.minutes_id == minutes.id)
        .options(_person(MinutesComment.by), _person(MinutesComment.resolved_by))
        .order_by(MinutesComment.id)
    ).all()
    set_committed_value(minutes, "comments", list(found))  # what is asked of the minutes next asks no more
    return found


def consultations_on(minutes: Minutes) -> Sequence[Consultation]:
    """Every 意见征求 with what was answered, oldest first."""
    answers = joinedload(Consultation.answers)
    rows = db.session.scalars(
        sa.select(Consultation)
        .where(Consultation.minutes_id == minutes.id)
        .options(answers.options(_person(ConsultationAnswer.user)), _person(Consultation.asked_by))
        .order_by(Consultation.id)
    )
    found = rows.unique().all()
    set_committed_value(minutes, "consultations", list(found))
    return found


def is_asked(user: User, minutes: Minutes) -> bool:
    """Whether an open 意见征求 asks this person."""
    return (
        db.session.scalar(
            sa.select(ConsultationAnswer.id)
            .join(ConsultationAnswer.consultation)
            .where(
                Consultation.minutes_id == minutes.id,
                Consultation.closed_at.is_(None),
                ConsultationAnswer.user_id == user.id,
            )
            .limit(1)
        )
        is not None
    )


def to_close() -> sa.Select[Consultation]:
    """意见征求 whose time is over."""
    return (
        sa.select(Consultation)
        .where(Consultation.closed_at.is_(None), Consultation.until <= clock.now())
        .order_by(Consultation.id)
    )


def asking(user: User) -> Sequence[Minutes]:
    """Minutes whose 意见征求 this person has not answered."""
    return db.session.scalars(
        sa.select(Minutes)
        .join(Minutes.consultations)
        .join(Consultation.answers)
        .where(
            Consultation.closed_at.is_(None), Consultation.until > clock.now(),
            ConsultationAnswer.user_id == user.id, ConsultationAnswer.at.is_(None),
        )
        .options(*ROW)
        .order_by(Minutes.id)
    ).all()  # fmt: skip


def attended(meeting: Meeting) -> list[User]:
    """Those who were at a meeting in person and have an account, by rank."""
    rows = meeting.attendances
    return [one.user for one in rows if one.is_present and not one.substitute and one.user and one.user.active]


def signing_of(series_id: int) -> SeriesSigning | None:
    """How the minutes of a series are signed, where it is not as usual."""
    return (
        db.session.scalars(
            sa.select(SeriesSigning)
            .where(SeriesSigning.series_id == series_id)
            .options(joinedload(SeriesSigning.further).options(_person(FurtherSigner.user)))
        )
        .unique()
        .one_or_none()
    )


def readers_of(minutes: Minutes) -> Sequence[MinutesReader]:
    """Whom issued minutes go to beyond the members of the series."""
    return db.session.scalars(
        sa.select(MinutesReader)
        .where(MinutesReader.minutes_id == minutes.id)
        .options(_person(MinutesReader.user), joinedload(MinutesReader.department))
        .order_by(MinutesReader.id)
    ).all()


def named_readers(minutes: Minutes) -> Sequence[User]:
    """The people of that list, and those of the departments on it."""
    rows = sa.select(MinutesReader).where(MinutesReader.minutes_id == minutes.id).subquery()
    here = sa.or_(
        User.id.in_(sa.select(rows.c.user_id).where(rows.c.user_id.is_not(None))),
        User.department_id.in_(sa.select(rows.c.department_id).where(rows.c.department_id.is_not(None))),
    )
    query = sa.select(User).where(User.active, here).options(lazyload(User.grants)).order_by(User.rank, User.id)
    return db.session.scalars(query).all()


def is_named_reader(user: User, minutes: Minutes) -> bool:
    """Whether the minutes go to this person or this person's department."""
    return db.session.scalar(sa.select(_names(user, minutes.id))) or False


def _names(user: User, minutes_id: Any) -> sa.ColumnElement[bool]:
    mine = sa.or_(MinutesReader.user_id == user.id, MinutesReader.department_id == (user.department_id or 0))
    return sa.exists().where(MinutesReader.minutes_id == minutes_id, mine)


def readings_of(minutes: Minutes) -> Sequence[MinutesReading]:
    """Who has opened the minutes, latest first."""
    return db.session.scalars(
        sa.select(MinutesReading)
        .where(MinutesReading.minutes_id == minutes.id)
        .options(_person(MinutesReading.user))
        .order_by(MinutesReading.last_at.desc(), MinutesReading.user_id)
    ).all()


def of_meeting(meeting: Meeting) -> Sequence[Minutes]:
    """The minutes of a meeting and their corrections, oldest first."""
    return db.session.scalars(
        sa.select(Minutes)
        .where(Minutes.meeting_id == meeting.id)
        .options(joinedload(Minutes.document))
        .order_by(Minutes.id)
    ).all()


def corrections_of(minutes: Minutes) -> Sequence[Minutes]:
    """The documents that replace this one or are to replace it, oldest first."""
    return [one for one in minutes.corrections if not one.is_void] if minutes.is_issued else ()


def correction_of(minutes: Minutes) -> Minutes | None:
    """The issued document that replaces this one."""
    return next((one for one in reversed(corrections_of(minutes)) if one.is_issued), None)


def minutes_with(document: Document) -> Minutes | None:
    """The minutes a paper belongs to: as their paper, as their sign-off sheet or as that of an earlier round.

    A paper of the minutes that was withdrawn belongs to none.
    """
    earlier = sa.select(SignOffRound.sheet_id).where(SignOffRound.document_id == document.id)
    here = (Minutes.document_id == document.id, SignOffSheet.document_id == document.id, SignOffSheet.id.in_(earlier))
    return db.session.scalar(
        sa.select(Minutes)
        .join(Minutes.sheet)
        .where(sa.or_(*here))
        .options(joinedload(Minutes.meeting).selectinload(Meeting.items))
    )


def readable_by(user: User) -> sa.Select[Minutes]:
    """The minutes a person may read: issued ones of own series, drafts of meetings one has a part in."""
    query = sa.select(Minutes).join(Minutes.meeting).join(Meeting.series)
    if user.has(Role.secretary):
        return query
    part = sa.or_(
        *(column.in_(numbers) for column, numbers in _parts(user)),
        sa.and_(Minutes.state == MinutesState.to_sign, _may_sign(user)),
    )
    issued = Minutes.state.in_(READABLE)
    mine = sa.true() if user.has(Role.archivist) else sa.or_(visible_to(user), _names(user, Minutes.id))
    return query.where(sa.or_(part, sa.and_(issued, mine)))


def titles(user: User, numbers: set[int]) -> "sa.Select[Any, Any, Any]":
    """Of some minutes those a person may read: id, title and place, for the chain."""
    ids = readable_by(user).with_only_columns(Minutes.id).order_by(None)
    return sa.select(Minutes.id, Minutes.title, Minutes.id).where(Minutes.id.in_(numbers), Minutes.id.in_(ids))


def links(found: chain.Found) -> "Iterator[sa.Select[Any]]":
    """From an item to the minutes of its meeting."""
    if ids := found.get("agenda_item"):
        of = sa.select(Minutes.id.label("id")).join(AgendaItem, AgendaItem.meeting_id == Minutes.meeting_id)
        yield chain.link("minutes", of.where(AgendaItem.id.in_(ids)).subquery().c.id)


def saying(query: Any, text: str) -> Any:
    """A filter by words in the title, the number or the newest text."""
    newer = sa.orm.aliased(MinutesRevision)
    says = sa.exists().where(
        MinutesRevision.minutes_id == Minutes.id,
        MinutesRevision.text.contains(text, autoescape=True),
        ~sa.exists().where(newer.minutes_id == MinutesRevision.minutes_id, newer.number > MinutesRevision.number),
    )
    return query.where(sa.or_(Minutes.title.contains(text, autoescape=True), says))


def _parts(user: User) -> tuple[tuple[Any, frozenset[int]], ...]:
    return (
        (Meeting.chair_id, user.ids_for(Part.chair)),
        (Meeting.recorder_id, user.ids_for(Part.record)),
        (Meeting.reviewer_id, user.ids_for(Part.review)),
        (Meeting.signatory_id, user.ids_for(Part.sign)),
    )


def _may_sign(user: User) -> sa.ColumnElement[bool]:
    """Whether this person, or somebody this person stands in for, is to sign the paper at some time."""
    return sa.exists().where(
        Signature.document_id == Minutes.document_id, Signature.user_id.in_(user.ids_for(Part.sign))
    )


def _laid_out_for(user: User) -> sa.ColumnElement[bool]:
    """Whether the paper is still being laid out, and this person signs it."""
    return sa.and_(Minutes.document_id.is_(None), Meeting.signatory_id.in_(user.ids_for(Part.sign)))


def in_turn(user: User) -> sa.ColumnElement[bool]:
    """Whether the laid out paper of the minutes waits for this person's signature, and for nobody's before."""
    earlier = sa.orm.aliased(Signature)
    return sa.exists().where(
        Signature.document_id == Minutes.document_id,
        Signature.user_id.in_(user.ids_for(Part.sign)),
        Signature.state == SignatureState.awaited,
        ~sa.exists().where(
            earlier.document_id == Signature.document_id,
            earlier.position < Signature.position,
            earlier.state == SignatureState.awaited,
        ),
    )


def said_at(meeting: Meeting) -> Sequence[tuple[AgendaItem, str]]:
    """Every item of a meeting in order, with what was recorded under it."""
    rows = db.session.execute(
        sa.select(AgendaItem, sa.func.coalesce(RecordEntry.text, ""))
        .outerjoin(RecordEntry, RecordEntry.item_id == AgendaItem.id)
        .where(AgendaItem.meeting_id == meeting.id)
        .order_by(AgendaItem.position, AgendaItem.id)
    )
    return [(item, text) for item, text in rows]


def scope_of(series_id: int) -> str:
    """In which scope of search the issued minutes of a series are found."""
    return f"{_SCOPES}{series_id}"


def scope_of_readers(number: int) -> str:
    """In which scope of search issued minutes are found by those they go to beyond the members of their series."""
    return f"{_READERS}{number}"


def scopes_of(user: User) -> "set[sa.Select[str]]":
    """The scopes of search in which this person may find minutes: of own series, of all for who keeps them.

    Who is named in an 印发范围 finds these minutes too, where the series is another one.
    """
    own = MeetingSeries.group_id.in_(user.group_ids)
    if user.has(Role.secretary, Role.archivist):
        return {search.scopes(_SCOPES, sa.select(MeetingSeries.id))}
    named = sa.select(Minutes.id).join(Minutes.meeting).join(Meeting.series)
    named = named.where(Minutes.state.in_(READABLE), ~own, _names(user, Minutes.id))
    return {search.scopes(_SCOPES, sa.select(MeetingSeries.id).where(own)), search.scopes(_READERS, named)}


def issued() -> sa.Select[Minutes]:
    """All issued minutes, to be found by search."""
    return sa.select(Minutes).where(Minutes.state.in_(READABLE)).order_by(Minutes.id)


def to_draft() -> sa.Select[Meeting]:
    """Meetings that have adjourned here and have no minutes, not even void ones."""
    return (
        sa.select(Meeting)
        .where(
            Meeting.adjourned_at.is_not(None),
            Meeting.state.in_([MeetingState.adjourned, MeetingState.concluded]),
            ~sa.exists().where(Minutes.meeting_id == Meeting.id),
        )
        .order_by(Meeting.id)
    )


def to_render() -> sa.Select[Minutes]:
    """Minutes that wait to be signed and have no paper."""
    return (
        sa.select(Minutes)
        .where(Minutes.state == MinutesState.to_sign, Minutes.document_id.is_(None))
        .order_by(Minutes.id)
    )


def sheets_to_render() -> sa.Select[SignOffSheet]:
    """Sign-off sheets that are opined on, or were, and have no paper."""
    return (
        sa.select(SignOffSheet)
        .join(SignOffSheet.minutes)
        .where(
            Minutes.state.not_in([MinutesState.drafting, MinutesState.void]), SignOffSheet.document_id.is_(None)
        )
        .order_by(SignOffSheet.id)
    )


def awaiting(user: User) -> Sequence[Minutes]:
    """Minutes on which this person is to act: to draft or issue as secretary or recorder, to review, to sign."""
    turns = [
        sa.and_(Minutes.state == MinutesState.in_review, Meeting.reviewer_id.in_(user.ids_for(Part.review))),
        sa.and_(Minutes.state == MinutesState.to_sign, sa.or_(in_turn(user), _laid_out_for(user))),
        sa.and_(Minutes.state == MinutesState.drafting, Meeting.recorder_id.in_(user.ids_for(Part.record))),
    ]
    if user.has(Role.secretary):
        turns.append(Minutes.state.in_([MinutesState.drafting, MinutesState.signed]))
    return db.session.scalars(
        sa.select(Minutes)
        .join(Minutes.meeting)
        .where(sa.or_(*turns))
        .options(joinedload(Minutes.meeting).joinedload(Meeting.series))
        .order_by(Meeting.day, Minutes.id)
    ).all()


def revision(minutes: Minutes, number: int) -> MinutesRevision | None:
    """One saved text of a document."""
    return next((one for one in minutes.revisions if one.number == number), None)
