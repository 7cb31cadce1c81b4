"""The journal: who did what to which thing, when and why, as a chain of hashes that shows any gap."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import g, has_request_context, request
from sqlalchemy import event
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.db import clock
from portal.db.engine import Base, apart, db

GENESIS = "0" * 64
_LOCK = 7_046_029_254  # any fixed number: PostgreSQL's advisory lock of the chain


class JournalEntry(Base):
    """One deed or one refusal. Written once; there is no code that changes or deletes a row."""

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[int | None] = mapped_column(index=True)
    actor: Mapped[str]
    deed: Mapped[str] = mapped_column(index=True)
    label: Mapped[str]
    thing_type: Mapped[str]
    thing_id: Mapped[int | None]
    thing: Mapped[str]
    why: Mapped[str]
    facts: Mapped[dict[str, Any]]
    refused: Mapped[bool]
    address: Mapped[str]
    request_number: Mapped[str]
    previous: Mapped[str]
    hash: Mapped[str] = mapped_column(unique=True)

    __table_args__ = (sa.Index("ix_journal_entry_thing", "thing_type", "thing_id"),)

    def digest(self) -> str:
        """SHA-256 over the previous hash and every field, as canonical JSON."""
        content = [
            self.seq, clock.local(self.at).isoformat(), self.actor_id, self.actor, self.deed, self.label,
            self.thing_type, self.thing_id, self.thing, self.why, self.facts, self.refused, self.address,
            self.request_number, self.previous,
        ]  # fmt: skip
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


# Who is told of every deed as it is done: the jobs that react to it (portal/jobs/periodic.py).
LISTENERS: list[Callable[[str], None]] = []


class StandIn(NamedTuple):
    """For whom the person at the screen acts as deputy in this request: found at the door, kept in `g.stand_in`."""

    deputy_id: int
    person_id: int
    name: str


def stands_in(by: Any) -> StandIn | None:
    """For whom somebody acts as deputy in this request, or None where it is the own act."""
    standing: StandIn | None = g.get("stand_in")
    return standing if standing is not None and by is not None and standing.deputy_id == by.id else None


def named(by: Any) -> str:
    """张三, or 张三（代李四） where the person acts as deputy in this request."""
    standing = stands_in(by)
    return f"{by.name}（代{standing.name}）" if standing else str(by.name)


@dataclass
class _Pending:
    by: Any
    deed: str
    label: str
    thing: Any
    why: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    refused: bool = False
    at: datetime = field(default_factory=clock.now)
    actor: str = "系统"

    def __post_init__(self) -> None:
        if self.by is not None:
            self.actor = named(self.by)
            if standing := stands_in(self.by):
                self.facts = {**self.facts, "stands_in_for": standing.person_id}


class _Snapshot:
    """What the journal says of a person or thing, without its session, which has ended when it is written."""

    def __init__(self, thing: Any) -> None:
        self.id, self.name, self.text = thing.id, getattr(thing, "name", ""), str(thing)
        self.__tablename__ = _type_of(thing)

    def __str__(self) -> str:
        return self.text

    @classmethod
    def of(cls, thing: Any) -> Any:
        """The snapshot of a noun; a mere text, or nothing, stays what it is."""
        return thing if thing is None or isinstance(thing, str) else cls(thing)


def record(by: Any, deed: str, thing: Any, label: str, *, why: str = "", **facts: Any) -> None:
    """Note a deed; it is written with the transaction that does it, as the last thing before the commit.

    `by` is a user or None for the portal itself; `thing` any noun with an id and a Chinese `str()`; facts are JSON
    values.
    """
    for listener in LISTENERS:
        listener(deed)
    session = db.session()
    session.info.setdefault("journal", []).append(_Pending(by, deed, label, thing, why, facts))


def record_once(
    by: Any, deed: str, thing: Any, label: str, *, within: timedelta = timedelta(minutes=10), **facts: Any
) -> None:
    """Note a deed unless the same person did the same to the same thing a short while ago (autosaves are one deed)."""
    for entry in db.session().info.get("journal", ()):
        if entry.deed == deed and entry.thing is thing:
            return
    last = db.session.scalar(
        sa.select(JournalEntry.at)
        .where(
            JournalEntry.deed == deed,
            JournalEntry.thing_type == _type_of(thing),
            JournalEntry.thing_id == thing.id,
            JournalEntry.actor_id == by.id,
        )
        .order_by(JournalEntry.seq.desc())
        .limit(1)
    )
    if last is None or clock.now() - last > within:
        record(by, deed, thing, label, **facts)


def record_afterwards(by: Any, deed: str, thing: Any, label: str, *, refused: bool = False, why: str = "") -> None:
    """Note something that must stay on record although the request itself is rolled back or writes nothing."""
    note = _Pending(_Snapshot.of(by), deed, label, _Snapshot.of(thing), why, refused=refused)
    g.setdefault("journal_afterwards", []).append(note)


def write_afterwards() -> None:
    """Write what `record_afterwards` collected; called when the request's own transaction has ended."""
    pending = g.pop("journal_afterwards", None)
    if pending:
        with apart() as session:
            _write(session, pending)


def history(thing: Any) -> list[JournalEntry]:
    """Everything that was done to one thing, oldest first."""
    return history_of(_type_of(thing), [thing.id])


def history_of(thing_type: str, ids: list[int]) -> list[JournalEntry]:
    """Everything that was done to some things of one kind, oldest first."""
    return list(
        db.session.scalars(
            sa.select(JournalEntry)
            .where(
                JournalEntry.thing_type == thing_type,
                JournalEntry.thing_id.in_(ids),
                JournalEntry.refused.is_(False),
            )
            .order_by(JournalEntry.seq)
        )
    )


def head() -> tuple[int, str]:
    """Sequence number and hash of the newest entry: the anchor that is printed into signed papers."""
    row = db.session.execute(
        sa.select(JournalEntry.seq, JournalEntry.hash).order_by(JournalEntry.seq.desc()).limit(1)
    ).first()
    return (row.seq, row.hash) if row else (0, GENESIS)


def breaks() -> Iterator[str]:
    """Walk the whole chain and name every place where it does not hold, in Chinese; nothing when it is whole."""
    previous, expected = GENESIS, 1
    for entry in db.session.scalars(
        sa.select(JournalEntry).order_by(JournalEntry.seq).execution_options(yield_per=500)
    ):
        if entry.seq != expected:
            yield f"第 {expected} 条起缺失，下一条是第 {entry.seq} 条。"
        if entry.previous != previous:
            yield f"第 {entry.seq} 条与上一条不衔接。"
        if entry.hash != entry.digest():
            yield f"第 {entry.seq} 条的内容被改动过。"
        previous, expected = entry.hash, entry.seq + 1


def _type_of(thing: Any) -> str:
    return str(getattr(thing, "__tablename__", "")) if thing is not None else ""


def _write(session: Session, pending: list[_Pending]) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    last = session.execute(
        sa.select(JournalEntry.seq, JournalEntry.hash).order_by(JournalEntry.seq.desc()).limit(1)
    ).first()
    seq, previous = (last.seq, last.hash) if last else (0, GENESIS)
    for note in pending:
        seq += 1
        entry = JournalEntry(
            seq=seq,
            at=note.at,
            actor_id=note.by.id if note.by is not None else None,
            actor=note.actor,
            deed=note.deed,
            label=note.label,
            thing_type=_type_of(note.thing),
            thing_id=getattr(note.thing, "id", None),
            thing=note.thing if isinstance(note.thing, str) else str(note.thing or ""),
            why=note.why,
            facts=note.facts,
            refused=note.refused,
            address=(request.remote_addr or "") if has_request_context() else "",
            request_number=g.get("request_number", "") if has_request_context() else "",
            previous=previous,
        )
        entry.hash = previous = entry.digest()
        session.add(entry)
    session.flush()


@event.listens_for(Session, "before_commit")
def _write_pending(session: Session) -> None:
    if session.info.get("journal") and not session.in_nested_transaction():
        session.flush()
        _write(session, session.info.pop("journal"))


@event.listens_for(Session, "after_soft_rollback")
def _forget_pending(session: Session, _transaction: Any) -> None:
    if not session.in_nested_transaction():
        session.info.pop("journal", None)
