"""Questions about what the lead asked for."""

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from portal.actions.assignment.queries import PLAIN, TASK_OF
from portal.actions.models.action_items import ActionItem
from portal.actions.models.requests import Application, Extension
from portal.db.engine import db


def application(number: int) -> Application | None:
    """One application with its task."""
    return db.session.scalar(
        sa.select(Application)
        .where(Application.id == number)
        .options(
            joinedload(Application.action).options(*TASK_OF),
            joinedload(Application.asked_by).options(PLAIN),
            joinedload(Application.department),
            joinedload(Application.person).options(PLAIN),
        )
    )


def extension(number: int) -> Extension | None:
    """One extension with its task."""
    return db.session.scalar(
        sa.select(Extension)
        .where(Extension.id == number)
        .options(joinedload(Extension.action).selectinload(ActionItem.support), joinedload(Extension.asked_by))
    )
