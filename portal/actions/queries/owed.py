"""Questions about what is owed, and by whom."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal import clock, workdays
from portal.actions.models import AT_WORK as RUNNING
from portal.actions.models import CHASED, ActionItem, ActionState
from portal.actions.queries.tasks import OPEN, ROW, Condition, led_by, supported_by
from portal.actions.queries.views import extension_asked, overdue
from portal.database import db
from portal.enterprises.models import Problem
from portal.office import office
from portal.people.models import Group, User


def actions_of(user: User) -> Sequence[ActionItem]:
    """The unfinished tasks a person leads, the most urgent first."""
    return _open_by_due(led_by(user))


def supported_actions_of(user: User) -> Sequence[ActionItem]:
    """The unfinished tasks a person supports, the most urgent first."""
    return _open_by_due(supported_by(user), ~led_by(user))


def open_actions_of(audience: Group) -> Sequence[ActionItem]:
    """The unfinished tasks handed out in a group's meetings, the most urgent first."""
    return _open_by_due(ActionItem.audience_id == audience.id)


def actions_to_close() -> Sequence[ActionItem]:
    """What is reported done and waits for the supervisor, the most urgent first."""
    return _open_by_due(ActionItem.state == ActionState.reported_done)


def refused_actions() -> Sequence[ActionItem]:
    """What was sent back and waits for the secretary, the most urgent first."""
    return _open_by_due(ActionItem.state == ActionState.refused)


def actions_with_extension_asked() -> Sequence[ActionItem]:
    """What waits for an answer to an extension, the most urgent first."""
    return _open_by_due(extension_asked())


def overdue_actions() -> Sequence[ActionItem]:
    """What is late, the latest first."""
    return _open_by_due(overdue())


def actions_about(problem: Problem) -> Sequence[ActionItem]:
    """The tasks that came from an enterprise's problem, oldest first."""
    query = sa.select(ActionItem).where(ActionItem.problem_id == problem.id).order_by(ActionItem.id)
    return db.session.scalars(query.options(*ROW, joinedload(ActionItem.support))).unique().all()


def actions_to_remind_of() -> "sa.Select[ActionItem]":
    """Tasks due soon that nobody was reminded of yet; late ones anew on the first late day and every seven days."""
    today, due, last = clock.today(), ActionItem.due, ActionItem.reminded_on
    soon = sa.and_(due.between(today, today + timedelta(days=office.due_soon_days)), last.is_(None))
    anew = sa.or_(last.is_(None), last <= due, last <= today - timedelta(days=7))
    late = sa.and_(due <= workdays.passed(), anew)
    return sa.select(ActionItem).where(ActionItem.state.in_(CHASED), sa.or_(soon, late))


def led_by_each(*conditions: Condition) -> dict[User, list[ActionItem]]:
    """The open tasks that meet some conditions, by the person who leads them, the most urgent first."""
    by_person: dict[User, list[ActionItem]] = defaultdict(list)
    for one in _open_by_due(*conditions):
        by_person[one.lead_person].append(one)
    return by_person


def to_ask_for_feedback() -> Sequence[ActionItem]:
    """Running tasks whose lead is to say today how they stand, and was not asked yet."""
    today = clock.today()
    if workdays.feedback_day(today) != today:
        return []
    fresh = sa.func.coalesce(ActionItem.reported_at, ActionItem.accepted_at) >= clock.moment(today)
    asked = sa.and_(ActionItem.asked_on.is_not(None), ActionItem.asked_on >= today)
    return _open_by_due(ActionItem.state.in_(RUNNING), ~asked, ~sa.func.coalesce(fresh, sa.false()))


def burst_of_week() -> str:
    """What the messages of this week's list have in common."""
    year, week, _ = clock.today().isocalendar()
    return f"actions.week.{year}-{week:02d}"


def _open_by_due(*conditions: Any) -> Sequence[ActionItem]:
    return db.session.scalars(
        sa.select(ActionItem).where(OPEN, *conditions).order_by(ActionItem.due, ActionItem.id).options(*ROW)
    ).all()
