"""The operation of bringing in a ledger that was kept elsewhere."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from portal.actions.assignment.notifying import Bundles
from portal.actions.assignment.operations import support_of
from portal.actions.importing.reading import OldTask
from portal.actions.models.action_items import ActionItem, ActionState
from portal.actions.models.progress import ProgressReport, ReportKind
from portal.db import clock, journal
from portal.db.engine import db
from portal.db.numbers import next_numbers
from portal.files.store import StoredFile
from portal.people.models.accounts import User
from portal.people.models.groups import Group


def bring_in(
    tasks: Iterable[OldTask],
    file: StoredFile,
    *,
    word: str = "从旧台账导入",
    audience: Group | None = None,
    said_at: tuple[int | None, int | None] = (None, None),
    tell: bool = True,
    by: User,
) -> list[ActionItem]:
    """从旧台账导入：全部导入或全部不导入；每件留痕，承办人各收到一条消息。

    All rows are written at once; a chore lets them be found afterwards. `word` says where they come from; `audience`
    and `said_at` are those of `assign`, where the meeting is known. Without `tell` whoever calls tells of them
    (`tell_of_brought`), once for several.
    """
    rows = list(tasks)
    numbers = _numbers_for(rows)
    made = [_brought(old, next(numbers[_year_of(old)]), by) for old in rows]
    for action in made:
        action.audience, (action.of_series, action.of_meeting) = audience, said_at
    db.session.add_all(made)
    db.session.flush()
    for old, action in zip(rows, made, strict=True):
        journal.record(by, "actions.bring_in", action, word, file=file.name, row=old.row)
    if tell:
        notify_of_brought(made, word, f"来自《{file.name}》。", by=by)
    return made


def notify_of_brought(brought: Iterable[ActionItem], word: str, body: str = "", *, by: User) -> None:
    """Tell each lead person, in one message, of the open tasks that were brought in."""
    told = Bundles()
    for action in brought:
        if not action.is_ended:
            told.add(action, action.lead_person)
    told.tell(f"{word}，请核对", body, by)


def _year_of(old: OldTask) -> int:
    return old.assigned.year if old.assigned else clock.today().year


def _numbers_for(rows: Sequence[OldTask]) -> dict[int, Iterator[int]]:
    """The numbers the rows get, drawn once for each year."""
    counted = Counter(_year_of(one) for one in rows)
    return {year: iter(next_numbers(f"actions.{year}", count)) for year, count in sorted(counted.items())}


def attached(tasks: Iterable[OldTask]) -> list[OldTask]:
    """The same tasks with their people and units as this session knows them: they were read in another."""
    known: dict[tuple[type, int], Any] = {}

    def here(thing: Any) -> Any:
        if thing is None:
            return None
        key = (type(thing), thing.id)
        if key not in known:
            known[key] = db.session.merge(thing, load=True)
        return known[key]

    return [
        replace(
            one, lead_department=here(one.lead_department), lead_group=here(one.lead_group),
            lead_person=here(one.lead_person), support=tuple(here(unit) for unit in one.support),
        )
        for one in tasks
    ]  # fmt: skip


def _brought(old: OldTask, number: int, by: User) -> ActionItem:
    moment = clock.moment(old.assigned, 9) if old.assigned else clock.now()
    untouched = {ActionState.assigned, ActionState.refused, ActionState.terminated}
    said = [ProgressReport(kind=ReportKind.note, text=old.progress, by=by, at=clock.now())] if old.progress else []
    return ActionItem(
        number=f"{_year_of(old)}-{number:03d}", title=old.title, text=old.text,
        evidence=old.evidence, state=old.state, lead_department=old.lead_department, lead_group=old.lead_group,
        lead_person=old.lead_person, support=[support_of(unit) for unit in old.support], due=old.due,
        original_due=old.original_due, assigned_by=by, assigned_at=moment, offered_at=clock.now(), reports=said,
        accepted_at=None if old.state in untouched else moment,
        closed_at=clock.moment(old.closed, 9) if old.closed and old.state is ActionState.closed else None,
        suspended_at=clock.now() if old.state is ActionState.suspended else None,
    )  # fmt: skip
