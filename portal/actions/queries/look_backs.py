"""Questions about looking back."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal import clock
from portal.actions.models import ActionItem, ActionState, LookBack
from portal.actions.queries.tasks import TASK_OF
from portal.database import db
from portal.office import office


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
