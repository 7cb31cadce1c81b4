"""Questions about slips."""

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from portal.actions.models import ActionItem, Slip, SlipState, colour_owed
from portal.actions.queries.tasks import EXPORTED, PLAIN, ROW, TASK_OF, readable_by
from portal.actions.queries.views import overdue
from portal.database import db
from portal.office import office
from portal.people.models import User


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
