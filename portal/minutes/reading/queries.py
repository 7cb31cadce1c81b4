"""Which minutes there are, who may read them, and where they are found."""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from portal.db import search
from portal.db.engine import db
from portal.documents.registry import Document
from portal.meetings.models.agenda import AgendaItem
from portal.meetings.models.meetings import Meeting
from portal.meetings.models.series import MeetingSeries
from portal.meetings.series.queries import visible_to
from portal.minutes.issue.queries import is_named_in
from portal.minutes.loading import with_person
from portal.minutes.models.minutes import READABLE, Minutes, MinutesState
from portal.minutes.models.revision import MinutesRevision
from portal.minutes.models.signoff import Opinion, SignOffRound, SignOffSheet
from portal.minutes.signing.queries import in_turn, may_sign
from portal.people.models.accounts import User
from portal.people.models.roles import Part, Role
from portal.web import timeline

_ROLES = (Meeting.chair, Meeting.recorder, Meeting.reviewer, Meeting.signatory)

_SCOPES, _READERS = "minutes.", "minutes.to."


def minutes(number: int) -> Minutes | None:
    """One document with its meeting's people, its texts, its paper and its sign-off sheet, in two statements."""
    meeting, paper, sheet = joinedload(Minutes.meeting), joinedload(Minutes.document), joinedload(Minutes.sheet)
    query = (
        sa.select(Minutes)
        .where(Minutes.id == number)
        .options(
            meeting.options(*(with_person(role) for role in _ROLES)),
            joinedload(Minutes.corrects),
            joinedload(Minutes.corrections),
            paper.options(joinedload(Document.file), joinedload(Document.signatures)),
            sheet.options(
                joinedload(SignOffSheet.document),
                joinedload(SignOffSheet.rounds),
                joinedload(SignOffSheet.opinions).options(with_person(Opinion.user)),
            ),
            selectinload(Minutes.revisions).options(with_person(MinutesRevision.by)),
        )
    )
    return db.session.scalars(query).unique().one_or_none()


def of_meeting(meeting: Meeting) -> Sequence[Minutes]:
    """The minutes of a meeting and their corrections, oldest first."""
    return db.session.scalars(
        sa.select(Minutes)
        .where(Minutes.meeting_id == meeting.id)
        .options(joinedload(Minutes.document))
        .order_by(Minutes.id)
    ).all()


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
        sa.and_(Minutes.state == MinutesState.to_sign, may_sign(user)),
    )
    issued = Minutes.state.in_(READABLE)
    mine = sa.true() if user.has(Role.archivist) else sa.or_(visible_to(user), is_named_in(user, Minutes.id))
    return query.where(sa.or_(part, sa.and_(issued, mine)))


def titles(user: User, numbers: set[int]) -> "sa.Select[Any, Any, Any]":
    """Of some minutes those a person may read: id, title and place, for the chain."""
    ids = readable_by(user).with_only_columns(Minutes.id).order_by(None)
    return sa.select(Minutes.id, Minutes.title, Minutes.id).where(Minutes.id.in_(numbers), Minutes.id.in_(ids))


def links(found: timeline.Found) -> "Iterator[sa.Select[Any]]":
    """From an item to the minutes of its meeting."""
    if ids := found.get("agenda_item"):
        of = sa.select(Minutes.id.label("id")).join(AgendaItem, AgendaItem.meeting_id == Minutes.meeting_id)
        yield timeline.link("minutes", of.where(AgendaItem.id.in_(ids)).subquery().c.id)


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


def _laid_out_for(user: User) -> sa.ColumnElement[bool]:
    """Whether the paper is still being laid out, and this person signs it."""
    return sa.and_(Minutes.document_id.is_(None), Meeting.signatory_id.in_(user.ids_for(Part.sign)))


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
    named = named.where(Minutes.state.in_(READABLE), ~own, is_named_in(user, Minutes.id))
    return {search.scopes(_SCOPES, sa.select(MeetingSeries.id).where(own)), search.scopes(_READERS, named)}


def issued() -> sa.Select[Minutes]:
    """All issued minutes, to be found by search."""
    return sa.select(Minutes).where(Minutes.state.in_(READABLE)).order_by(Minutes.id)


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
