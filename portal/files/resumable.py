"""Big files on their way: what has come of each, examined when it is whole, forgotten when nothing more comes."""

import os
import shutil
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Any, BinaryIO

import sqlalchemy as sa
from flask import current_app
from flask_login import current_user
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.db import clock
from portal.db.engine import Base, Numbered, apart, db
from portal.errors import Unreadable
from portal.files import store
from portal.files.examine import examine
from portal.files.kinds import Kind
from portal.jobs.periodic import job
from portal.web.guards import loads
from portal.web.transaction import afterwards

KEPT_FOR = timedelta(days=1)  # after the last piece
MOST_AT_ONCE = 5

BLOCK = 256 * 1024


class Incoming(Base, Numbered):
    """A file on its way: who sends it, for which purpose, how long it is to be. Its bytes lie in the data folder."""

    token: Mapped[str] = mapped_column(sa.String(32), unique=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    purpose: Mapped[str] = mapped_column(sa.String(80))
    kinds: Mapped[list[str]]
    name: Mapped[str] = mapped_column(sa.String(store.LONGEST_NAME))
    stamp: Mapped[str] = mapped_column(sa.String(40))  # when it was last changed where it comes from
    size: Mapped[int] = mapped_column(sa.BigInteger)
    begun_at: Mapped[datetime]
    kind: Mapped[str | None] = mapped_column(sa.String(8))  # what it is: examined when the last piece had come

    def __str__(self) -> str:
        return f"上传《{self.name}》"

    @property
    def path(self) -> Path:
        """Where its bytes are gathered."""
        return folder() / self.token

    @property
    def arrived(self) -> int:
        """How many bytes have come."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    @property
    def percent(self) -> int:
        """How much of it has come."""
        return 100 * self.arrived // self.size

    @property
    def is_whole(self) -> bool:
        """Whether every byte has come."""
        return self.arrived == self.size

    @property
    def filename(self) -> str:
        """What a form calls the name of a file."""
        return self.name

    @property
    def expires(self) -> datetime:
        """When it is forgotten unless more of it comes."""
        try:
            last = datetime.fromtimestamp(self.path.stat().st_mtime, UTC)
        except FileNotFoundError:
            last = self.begun_at
        return last + KEPT_FOR


@loads("incoming")
def find(number: int) -> Incoming | None:
    """One upload."""
    return db.session.get(Incoming, number)


def unfinished(user: Any, purpose: str) -> Sequence[Incoming]:
    """What a person has begun to send for a purpose and not handed in yet, the newest first."""
    rows = db.session.scalars(
        sa.select(Incoming)
        .where(Incoming.user_id == user.id, Incoming.purpose == purpose)
        .order_by(Incoming.id.desc())
        .limit(MOST_AT_ONCE)
    )
    return [one for one in rows if one.path.exists()]


def look_at(number: int) -> str:
    """Examine what has all arrived, while no transaction is open; a file that may not come in is gone at once.

    Returns the sentence of the refusal, or nothing.
    """
    with apart() as session:
        incoming = session.get(Incoming, number)
        if incoming is None or incoming.kind:
            return ""
        path, name, kinds = incoming.path, incoming.name, {Kind(one) for one in incoming.kinds}
    try:
        found = examine(path, name, kinds)
    except Unreadable as refusal:
        forget(number)
        return f"《{name}》：{refusal}"
    with apart() as session:
        session.execute(sa.update(Incoming).where(Incoming.id == number).values(kind=found.value))
    return ""


def forget(number: int) -> None:
    """Drop an upload with everything that has come of it, in a transaction of its own."""
    with apart() as session:
        incoming = session.get(Incoming, number)
        if incoming is not None:
            session.delete(incoming)
            incoming.path.unlink(missing_ok=True)


def take(number: int) -> None:
    """Let an upload go whose content lies in the store now; its bytes go when that has been saved."""
    incoming = db.session.get(Incoming, number)
    if incoming is not None:
        db.session.delete(incoming)
        afterwards(partial(_clear, number, incoming.path))


def _clear(number: int, path: Path, session: Session) -> None:
    if session.get(Incoming, number) is None:
        path.unlink(missing_ok=True)


def hold(content: BinaryIO, name: str, purpose: str, kinds: Collection[Kind]) -> str:
    """Keep what came with a form that was refused, so that it need not be sent again; returns its token.

    The request's own transaction is given up; the row is written when the answer is settled.
    """
    token, user_id = token_hex(16), current_user.id
    path = folder() / token
    db.session.rollback()
    with path.open("xb") as target:
        os.fchmod(target.fileno(), 0o600)
        shutil.copyfileobj(content, target, BLOCK)
    incoming = Incoming(
        token=token, user_id=user_id, purpose=purpose, kinds=sorted(kind.value for kind in kinds),
        name=store.clean_name(name), stamp="", size=path.stat().st_size, begun_at=clock.now(),
    )  # fmt: skip
    afterwards(lambda session: session.add(incoming))
    return token


def drop(incoming: Incoming) -> None:
    """Drop an upload in the transaction under way."""
    incoming.path.unlink(missing_ok=True)
    db.session.delete(incoming)
    db.session.flush()


@job("tus.tidy", every=timedelta(hours=1))
def tidy() -> None:
    """Forget the uploads of which nothing has come for a day, and bytes that belong to none."""
    for incoming in db.session.scalars(sa.select(Incoming)).all():
        if incoming.expires < clock.now():
            drop(incoming)
    known = set(db.session.scalars(sa.select(Incoming.token)))
    limit = (clock.now() - KEPT_FOR).timestamp()
    for path in folder().iterdir():
        with suppress(FileNotFoundError):
            if path.name not in known and path.stat().st_mtime < limit:
                path.unlink()


def folder() -> Path:
    """Where the bytes of uploads are gathered."""
    folder = Path(current_app.config["PORTAL"].data) / "uploads"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
