"""Who gets a place at a meeting by itself: its members by rank, and who reports without being one."""

from portal.db.engine import db
from portal.meetings.models.attendance import Attendance, Reply
from portal.meetings.models.meetings import Meeting
from portal.meetings.series import queries as series_queries
from portal.people.models.accounts import User

VISITORS_FROM = 10_000  # visitors stand behind every member


def seat(meeting: Meeting) -> None:
    """Give everybody who belongs at the meeting a place: the members, and those from outside who report."""
    seat_members(meeting)
    seat_from_outside(meeting)


def seat_members(meeting: Meeting) -> None:
    """Give every member who has none a place, in the order of rank, before the visitors.

    Who is no member any more and has not come is not expected; who left a trace keeps the place, after the members.
    """
    seated = {one.user_id: one for one in meeting.attendances if one.user_id is not None}
    members = series_queries.members(meeting.series)
    for position, user in enumerate(members, 1):
        if user.id in seated:
            seated[user.id].position, seated[user.id].member = position, True
        else:
            place = Attendance(
                position=position, user=user, name=user.name, department=user.department, post=user.post, member=True
            )
            meeting.attendances.append(place)
    ids = {user.id for user in members}
    for former in [one for one in meeting.attendances if one.member and one.user_id not in ids]:
        former.position = len(members) + 1
        if former.user_id is not None and not former.is_present:
            meeting.attendances.remove(former)
            db.session.delete(former)
    meeting.attendances.sort(key=lambda one: one.position)


def seat_from_outside(meeting: Meeting) -> None:
    """Give who reports, or chairs as a deputy, without being a member a place among the visitors (列席).

    Who is not to report any more loses it again, unless the person has come or has answered.
    """
    guests = {user.id: user for user in series_queries.from_outside(meeting)}
    for one in [one for one in meeting.attendances if not one.member and one.user_id is not None]:
        if one.user_id not in guests and not one.is_present and one.state is Reply.none:
            meeting.attendances.remove(one)
            db.session.delete(one)
    seated = {one.user_id for one in meeting.attendances}
    meeting.attendances.extend(_guest(user) for user in guests.values() if user.id not in seated)
    order_visitors(meeting)


def _guest(user: User) -> Attendance:
    return Attendance(
        position=VISITORS_FROM, user=user, name=user.name, department=user.department, post=user.post, member=False
    )


def order_visitors(meeting: Meeting) -> None:
    """By the rank of their departments, other units after them; within one unit in the order they were entered."""
    visitors = [one for one in meeting.attendances if not one.member]
    visitors.sort(key=lambda one: one.department.rank if one.department else VISITORS_FROM)
    for place, visitor in enumerate(visitors):
        visitor.position = VISITORS_FROM + place
    meeting.attendances.sort(key=lambda one: one.position)
