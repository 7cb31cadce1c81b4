"""Questions about who is at a meeting."""

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from portal.db import clock
from portal.db.engine import db
from portal.meetings.models.attendance import Attendance, Reply, SignInScan
from portal.meetings.models.meetings import Meeting, MeetingState
from portal.meetings.models.series import MeetingSeries
from portal.meetings.series.queries import deputy_on, person
from portal.people.models.accounts import User
from portal.people.models.roles import Part


def attendance(number: int) -> Attendance | None:
    """One person's place at a meeting, with the meeting's people and agenda."""
    return db.session.scalar(
        sa.select(Attendance)
        .where(Attendance.id == number)
        .options(
            joinedload(Attendance.meeting).options(
                joinedload(Meeting.series).joinedload(MeetingSeries.group), selectinload(Meeting.items)
            ),
            *(person(getattr(Attendance, name)) for name in ("user", "answered_by", "substitute_approved_by")),
        )
    )


def scan(number: int) -> SignInScan | None:
    """One scanned page of a sign-in sheet, with its meeting and what decides who sees it."""
    return db.session.scalar(
        sa.select(SignInScan)
        .where(SignInScan.id == number)
        .options(
            joinedload(SignInScan.meeting).options(
                joinedload(Meeting.series).joinedload(MeetingSeries.group), selectinload(Meeting.items)
            )
        )
    )


def scans_of(meeting: Meeting) -> Sequence[SignInScan]:
    """The scanned pages of the meeting's sign-in sheet, in the order they were uploaded."""
    return db.session.scalars(
        sa.select(SignInScan).where(SignInScan.meeting_id == meeting.id).order_by(SignInScan.id)
    ).all()


def in_the_chair(meeting: Meeting) -> User | None:
    """Who chairs in the chair's stead: the deputy in office on the day, unless the chair has come."""
    own = own_attendance(meeting, meeting.chair) if meeting.chair else None
    has_come = own is not None and own.is_present and not own.has_substitute
    return None if has_come else deputy_on(meeting.day, meeting.chair, Part.chair)


def own_attendance(meeting: Meeting, user: User) -> Attendance | None:
    """This person's place at the meeting."""
    return next((one for one in meeting.attendances if one.user_id == user.id), None)


def unanswered_by(user: User) -> Sequence[Attendance]:
    """The announced meetings this person has not answered to, soonest first."""
    return _awaited(Attendance.user_id == user.id, Attendance.state == Reply.none)


def leave_requests(meeting: Meeting | None = None) -> Sequence[Attendance]:
    """The requests for leave that wait for an answer."""
    return _awaited(Attendance.state == Reply.leave_asked, *((Attendance.meeting_id == meeting.id,) if meeting else ()))


def _awaited(*conditions: sa.ColumnElement[bool]) -> Sequence[Attendance]:
    return db.session.scalars(
        sa.select(Attendance)
        .join(Attendance.meeting)
        .where(Attendance.member, Meeting.state == MeetingState.announced, *conditions)
        .options(joinedload(Attendance.meeting).joinedload(Meeting.series))
        .order_by(Meeting.day, Meeting.starts_at, Attendance.position)
    ).all()


class Tally(NamedTuple):
    """How many are expected, have come, are on leave, have not answered, sit in as visitors, came late, left early."""

    expected: int
    present: int
    on_leave: int
    silent: int
    visitors: int
    late: int = 0
    left_early: int = 0

    @property
    def absent(self) -> int:
        """Who neither came nor had leave."""
        return self.expected - self.present - self.on_leave


def tally(meeting: Meeting) -> Tally:
    """The figures of the attendance."""
    own = [one for one in meeting.attendances if one.member]
    return Tally(
        expected=len(own),
        present=sum(one.is_present for one in own),
        on_leave=sum(one.is_on_leave for one in own),
        silent=sum(one.state is Reply.none and not one.is_present for one in own),
        visitors=len(meeting.attendances) - len(own),
        late=sum(one.late for one in meeting.attendances),
        left_early=sum(one.left_early for one in meeting.attendances),
    )


class Lists(NamedTuple):
    """出席, 请假 and 列席 as papers print them: (department, printed name), by rank."""

    present: list[tuple[str, str]]
    on_leave: list[tuple[str, str]]
    in_attendance: list[tuple[str, str]]


def lists_of(meeting: Meeting, *, stays: bool = False) -> Lists:
    """The three lists of the meeting's papers; with `stays` a name also says who came late or left early."""
    rows = meeting.attendances

    def named(one: Attendance) -> tuple[str, str]:
        in_the_chair = one.user_id is not None and one.user_id == meeting.acting_chair_id
        name = meeting.chaired_by if in_the_chair else one.printed_name
        return one.unit_name, f"{name}（{one.stay}）" if stays and one.stay else name

    return Lists(
        [named(one) for one in rows if one.member and one.is_present],
        [(one.unit_name, one.name) for one in rows if one.member and one.is_on_leave],
        [named(one) for one in rows if not one.member and one.is_present],
    )


def places_open_to(user: User) -> Sequence[Attendance]:
    """This person's places at meetings that sit now, or are to sit today: those under way first."""
    return db.session.scalars(
        sa.select(Attendance)
        .join(Attendance.meeting)
        .where(
            Attendance.user_id == user.id,
            sa.or_(
                Meeting.state == MeetingState.in_session,
                sa.and_(Meeting.state == MeetingState.announced, Meeting.day == clock.today()),
            ),
        )
        .options(contains_eager(Attendance.meeting).joinedload(Meeting.series), joinedload(Attendance.department))
        .order_by(Meeting.state.desc(), Meeting.starts_at, Meeting.id)
    ).all()
