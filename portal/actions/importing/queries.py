"""Questions about tasks brought in from an old ledger."""

from collections.abc import Collection, Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from portal.actions.assignment.queries import ROW
from portal.actions.models.action_items import ActionItem
from portal.db.engine import db
from portal.db.search_index import SearchEntry
from portal.files.store import StoredFile


def known_tasks(titles: Collection[str]) -> dict[tuple[str, str, date], str]:
    """The numbers of the tasks with one of these titles, by title, lead and original due day."""
    rows = db.session.scalars(sa.select(ActionItem).where(ActionItem.title.in_(titles)).options(*ROW))
    return {(one.title, one.lead, one.original_due): one.number for one in rows}


def not_to_be_found(limit: int) -> Sequence[ActionItem]:
    """Tasks that were brought in and that no search finds yet."""
    entered = sa.exists().where(
        SearchEntry.thing_type == ActionItem.__tablename__, SearchEntry.thing_id == ActionItem.id
    )
    query = sa.select(ActionItem).where(~entered).order_by(ActionItem.id).limit(limit)
    return db.session.scalars(query.options(selectinload(ActionItem.reports))).all()


def brought_ledger(number: int) -> StoredFile | None:
    """A table somebody uploaded."""
    file = db.session.get(StoredFile, number)
    return file if file is not None and file.name.lower().endswith((".xlsx", ".csv")) else None
