"""Numbers drawn from a sequence, without a gap and without a repeat."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from portal.db.concurrency import insert_into
from portal.db.engine import Base, db


class Counter(Base):
    """A row a number is drawn from, under a lock, in the transaction that uses the number."""

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]


def next_number(name: str) -> int:
    """The next number of a sequence, from 1; its row stays locked until the end, so no gap and no repeat."""
    return next_numbers(name, 1)[0]


def next_numbers(name: str, count: int) -> range:
    """The next so many numbers of a sequence, drawn at once."""
    statement = (
        insert_into(Counter)
        .values(name=name, value=count)
        .on_conflict_do_update(index_elements=["name"], set_={"value": Counter.value + count})
        .returning(Counter.value)
    )
    last = int(db.session.execute(statement).scalar_one())
    return range(last - count + 1, last + 1)


def at_least(name: str, value: int) -> None:
    """See to it that a sequence goes on behind this number: numbers up to it were given elsewhere."""
    statement = insert_into(Counter).values(name=name, value=value)
    higher = sa.case((Counter.value < value, value), else_=Counter.value)
    db.session.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": higher}))


def lower(name: str, value: int, to: int) -> None:
    """Let a sequence whose last number was drawn by mistake go on behind another one; not where it went on since."""
    db.session.execute(sa.update(Counter).where(Counter.name == name, Counter.value == value).values(value=to))
