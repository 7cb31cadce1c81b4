"""Questions about comments and 意见征求."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from portal.db import clock
from portal.db.engine import db
from portal.meetings.models.meetings import Meeting
from portal.minutes.loading import ROW, with_person
from portal.minutes.models.comment import MinutesComment
from portal.minutes.models.consultation import Consultation, ConsultationAnswer
from portal.minutes.models.minutes import Minutes
from portal.people.models.accounts import User


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
        .options(with_person(MinutesComment.by), with_person(MinutesComment.resolved_by))
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
        .options(answers.options(with_person(ConsultationAnswer.user)), with_person(Consultation.asked_by))
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


def to_ask(meeting: Meeting, asker: User) -> list[User]:
    """Whom an 意见征求 asks: who was at the meeting in person and has an account, by rank, but for the asker."""
    came = (one for one in meeting.attendances if one.is_present and not one.substitute)
    return [one.user for one in came if one.user and one.user.active and one.user.id != asker.id]
