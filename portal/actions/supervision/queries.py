"""Questions about what the supervisor presses for: what is owed, slips, looking back."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from portal.actions.assignment.queries import EXPORTED, PLAIN, ROW, TASK_OF, Condition, open_by_due, readable_by
from portal.actions.ledger.saved_filters import extension_asked, overdue
from portal.actions.models.action_items import AT_WORK as RUNNING
from portal.actions.models.action_items import CHASED, ActionItem, ActionState
from portal.actions.models.look_backs import LookBack
from portal.actions.models.requests import Application, Extension
from portal.actions.models.slips import Slip, SlipState, colour_owed
from portal.db import calendar, clock
from portal.db.engine import db
from portal.db.office import office
from portal.people.models.accounts import User


def actions_to_close() -> Sequence[ActionItem]:
    """What is reported done and waits for the supervisor, the most urgent first."""
    return open_by_due(ActionItem.state == ActionState.reported_done)


def actions_with_extension_asked() -> Sequence[ActionItem]:
    """What waits for an answer to an extension, the most urgent first."""
    return open_by_due(extension_asked())


def overdue_actions() -> Sequence[ActionItem]:
    """What is late, the latest first."""
    return open_by_due(overdue())


def actions_to_remind_of() -> "sa.Select[ActionItem]":
    """Tasks due soon that nobody was reminded of yet; late ones anew on the first late day and every seven days."""
    today, due, last = clock.today(), ActionItem.due, ActionItem.reminded_on
    soon = sa.and_(due.between(today, today + timedelta(days=office.due_soon_days)), last.is_(None))
    anew = sa.or_(last.is_(None), last <= due, last <= today - timedelta(days=7))
    late = sa.and_(due <= calendar.passed(), anew)
    return sa.select(ActionItem).where(ActionItem.state.in_(CHASED), sa.or_(soon, late))


def led_by_each(*conditions: Condition) -> dict[User, list[ActionItem]]:
    """The open tasks that meet some conditions, by the person who leads them, the most urgent first."""
    by_person: dict[User, list[ActionItem]] = defaultdict(list)
    for one in open_by_due(*conditions):
        by_person[one.lead_person].append(one)
    return by_person


def to_ask_for_feedback() -> Sequence[ActionItem]:
    """Running tasks whose lead is to say today how they stand, and was not asked yet."""
    today = clock.today()
    if calendar.feedback_day(today) != today:
        return []
    fresh = sa.func.coalesce(ActionItem.reported_at, ActionItem.accepted_at) >= clock.moment(today)
    asked = sa.and_(ActionItem.asked_on.is_not(None), ActionItem.asked_on >= today)
    return open_by_due(ActionItem.state.in_(RUNNING), ~asked, ~sa.func.coalesce(fresh, sa.false()))


def burst_of_week() -> str:
    """What the messages of this week's list have in common."""
    year, week, _ = clock.today().isocalendar()
    return f"actions.week.{year}-{week:02d}"


def slip(number: int) -> Slip | None:
    """One slip with its task and its file."""
    return db.session.scalar(
        sa.select(Slip)
        .where(Slip.id == number)
        .options(joinedload(Slip.action).options(*TASK_OF), joinedload(Slip.file))
    )


def to_send_slips_for() -> "sa.Select[ActionItem]":
    """Tasks the rule would send a slip for; nothing while the office has not turned it on."""
    if office.slips != "启用":
        return sa.select(ActionItem).where(sa.false())
    late = sa.select(ActionItem).where(overdue()).options(selectinload(ActionItem.slips))
    numbers = [one.id for one in db.session.scalars(late) if colour_owed(one) is not None]
    return sa.select(ActionItem).where(ActionItem.id.in_(numbers))


def slips_to_print() -> "sa.Select[Slip]":
    """Issued slips that are not printed yet, with everything the paper says."""
    return (
        sa.select(Slip)
        .where(Slip.state == SlipState.issued, Slip.file_id.is_(None))
        .order_by(Slip.id)
        .options(
            joinedload(Slip.decided_by).options(PLAIN),
            joinedload(Slip.action).options(*ROW, EXPORTED[0]),
        )
    )


SLIP_ROW = (
    joinedload(Slip.action).options(*ROW),
    joinedload(Slip.file),
)


def slips(user: User) -> "sa.Select[Slip]":
    """The slips of the tasks a person may read, as the question a list narrows."""
    return sa.select(Slip).join(Slip.action).where(readable_by(user))


def look_back(number: int) -> LookBack | None:
    """One look back with its task."""
    return db.session.scalar(
        sa.select(LookBack).where(LookBack.id == number).options(joinedload(LookBack.action).options(*TASK_OF))
    )


def to_look_back_at() -> Sequence[ActionItem]:
    """The sample of last month's closed tasks, where it was not drawn yet; whoever draws again draws the same."""
    first = clock.today().replace(day=1)
    begin = (first - timedelta(days=1)).replace(day=1)
    if not office.look_back_percent or db.session.scalar(
        sa.select(LookBack.id).where(LookBack.drawn_on >= first).limit(1)
    ):
        return []
    closed = db.session.scalars(
        sa.select(ActionItem).where(
            ActionItem.state == ActionState.closed,
            ActionItem.closed_at >= clock.moment(begin),
            ActionItem.closed_at < clock.moment(first),
        )
    ).all()
    size = -(-len(closed) * office.look_back_percent // 100)
    return sorted(closed, key=lambda one: hashlib.sha256(f"{first}/{one.id}".encode()).digest())[:size]


# what of a task waits for an answer, by the saved filter that finds it
WAITING = {
    "extension": (selectinload(ActionItem.extensions).joinedload(Extension.asked_by).options(PLAIN),),
    "application": (
        selectinload(ActionItem.applications).options(
            joinedload(Application.asked_by).options(PLAIN),
            joinedload(Application.department),
            joinedload(Application.person).options(PLAIN),
        ),
    ),
    "look_back": (selectinload(ActionItem.look_backs),),
}
