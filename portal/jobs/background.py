"""Background tasks: work a person asked for that takes longer than a page may; the worker does it, the page shows it.

A feature declares what is done and asks for it where somebody presses the button:

    @background.task("actions.export", "导出交办台账")
    def export(background task: Background task, progress: Progress) -> Made: ...

    background task = background.ask("actions.export", by=user, facts={"query": "state=open"})
    return responses.done(background_page.address_of(background task), "正在导出。")

The work runs without a transaction and only reads; what it is to change is done in `then`, in one short transaction.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import clock, journal
from portal.db.engine import Base, Numbered, add, apart, db, reading
from portal.errors import Refused
from portal.jobs import due, periodic

KEPT = timedelta(days=7)
TRIES = 3  # a fault of the machine may pass; after so many it is told as it is
OFTEN_ENOUGH = 0.4  # seconds between two notes of progress

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Made:
    """What a background task brought: a sentence, and a file to fetch or a page to go on from.

    `draft` is a file of the work's own; it is taken over and given its name.
    """

    sentence: str
    draft: Path | None = None
    name: str = ""
    media_type: str = "application/octet-stream"
    address: str = ""
    product: Any = None  # for `then` alone


Work = Callable[["BackgroundTask", Progress], Made]
Then = Callable[["BackgroundTask", Made], Made | None]


@dataclass(frozen=True)
class Kind:
    """What one kind of background task is called, and how it is done."""

    label: str
    work: Work
    then: Then | None


KINDS: dict[str, Kind] = {}


class BackgroundTask(Base, Numbered, due.Retryable):
    """One piece of work somebody asked for."""

    __tablename__ = "errand"

    kind: Mapped[str]
    label: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    asked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    asked_at: Mapped[datetime]
    steps_done: Mapped[int] = mapped_column(default=0)
    steps: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None] = mapped_column(index=True)
    failure: Mapped[str] = mapped_column(default="")  # why it came to nothing, as a person reads it
    sentence: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    file: Mapped[str] = mapped_column(default="")  # in the folder of background tasks
    name: Mapped[str] = mapped_column(default="")
    media_type: Mapped[str] = mapped_column(default="")

    def __str__(self) -> str:
        return f"“{self.label}”"

    @property
    def has_ended(self) -> bool:
        """Whether nothing more happens to it."""
        return self.ended_at is not None

    @property
    def has_failed(self) -> bool:
        """Whether it came to nothing."""
        return bool(self.failure)

    @property
    def can_be_fetched(self) -> bool:
        """Whether it brought a file that is still kept."""
        return bool(self.file) and self.kept_until > clock.now()

    @property
    def kept_until(self) -> datetime:
        """Until when its file can be fetched."""
        return (self.ended_at or self.asked_at) + KEPT


def task(name: str, label: str, *, then: Then | None = None) -> Callable[[Work], Work]:
    """Declare a kind of errand as `room.word`; `then` records what the work found, in one transaction."""

    def declare(work: Work) -> Work:
        if name in KINDS:
            raise ValueError(f"two kinds of errands are called {name}")
        KINDS[name] = Kind(label, work, then)
        return work

    return declare


def ask(name: str, *, by: Any, label: str = "", facts: dict[str, Any] | None = None) -> BackgroundTask:
    """Ask for a background task; leaves the journal entry of the deed that is called like its kind."""
    errand: BackgroundTask = add(
        BackgroundTask(
            kind=name,
            label=label or KINDS[name].label,
            facts=facts or {},
            asked_by_id=by.id,
            asked_at=clock.now(),
        )
    )
    journal.record(by, name, errand, errand.label)
    periodic.prompt("errands.run")
    return errand


def fresh_draft() -> Path:
    """A new empty file for a work to write to; on the disk its result is kept on."""
    draft = folder() / f"draft-{token_hex(16)}"
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    return draft


@periodic.job("errands.run", every=timedelta(minutes=1))
def run() -> None:
    """Do what was asked for, the oldest first."""
    waiting = sa.select(BackgroundTask).where(BackgroundTask.ended_at.is_(None)).order_by(BackgroundTask.id)
    due.each_prepared(waiting, _work, _settle)


@periodic.job("errands.tidy", every=timedelta(days=1))
def tidy() -> None:
    """Forget what nobody fetched for a week, and what broken work left behind."""
    limit = clock.now() - KEPT
    db.session.execute(sa.delete(BackgroundTask).where(BackgroundTask.ended_at < limit))
    for path in folder().iterdir():
        if path.stat().st_mtime < limit.timestamp():
            path.unlink(missing_ok=True)


def _work(copy: BackgroundTask) -> Made | str:
    """The work itself: what it made, or the sentence that says why nothing came of it."""
    try:
        if copy.kind not in KINDS:
            return "这项工作已经不再提供，请从原来的页面重试。"
        with reading():
            return KINDS[copy.kind].work(copy, _Counter(copy.id))
    except Refused as refusal:
        return str(refusal)
    except Exception:
        if copy.attempts + 1 < TRIES:
            raise
        due.log_failure("errand_failed", copy.id)
        return "系统试了几次都失败了，请稍后重试；如果一直这样，请联系系统管理员。"
    finally:
        db.session.rollback()


def _settle(errand: BackgroundTask, made: Made | str) -> None:
    if isinstance(made, Made):
        try:
            with db.session.begin_nested():
                made = _recorded(errand, made)
        except Refused as refusal:
            made = str(refusal)
    errand.ended_at = clock.now()
    if isinstance(made, str):
        errand.failure = made
        return
    errand.sentence, errand.address = made.sentence, made.address
    if made.draft is not None:
        final = token_hex(16)
        made.draft.rename(folder() / final)
        errand.file, errand.name, errand.media_type = final, made.name, made.media_type


def _recorded(errand: BackgroundTask, made: Made) -> Made:
    then = KINDS[errand.kind].then
    return (then(errand, made) if then else None) or made


class _Counter:
    """Notes how far a work is, seldom enough to disturb nobody.

    It ends the reading under way, since on SQLite nobody writes while somebody reads: a work fetches its rows in
    portions, and counts between two of them.
    """

    def __init__(self, number: int) -> None:
        self.number, self.noted = number, 0.0

    def __call__(self, done: int, whole: int) -> None:
        db.session.rollback()
        if time.monotonic() - self.noted < OFTEN_ENOUGH and done < whole:
            return
        self.noted = time.monotonic()
        with apart() as session:
            session.execute(
                sa.update(BackgroundTask).where(BackgroundTask.id == self.number).values(steps_done=done, steps=whole)
            )


def folder() -> Path:
    """Where what background tasks brought is kept until it is fetched."""
    folder = Path(current_app.config["PORTAL"].data) / "errands"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
