"""Departments."""

from sqlalchemy.orm import Mapped, mapped_column

from portal.db.engine import Base, Numbered, Versioned


class Department(Base, Numbered, Versioned):
    """A department; `rank` is its place in every printed list."""

    name: Mapped[str] = mapped_column(unique=True)
    short: Mapped[str]
    rank: Mapped[int] = mapped_column(default=0)

    def __str__(self) -> str:
        return self.name
