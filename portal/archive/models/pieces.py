"""Archival records (件) with their retention, and the checks they went through."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db import clock
from portal.db.engine import Base, Numbered, Versioned
from portal.db.labelled import Labelled
from portal.db.lifecycle import HasLifecycle, Lifecycle, State, Transition
from portal.documents.registry import Document
from portal.files.store import StoredFile
from portal.jobs.due import Retryable
from portal.meetings.models.meetings import Meeting
from portal.minutes.models.minutes import Minutes
from portal.people.models.accounts import User

SOUND, UNASKED = "通过", "不适用"
EARLIER = "归档时已检，内容未变"  # said where the bytes are those that were looked at when the piece was prepared
GROUPS = ("真实性", "完整性", "可用性", "安全性")
CHECK_EVERY = timedelta(days=30)


class Retention(Labelled):
    """保管期限, with the code it has in the 档号; it is counted from the end of the year a piece belongs to."""

    permanent = "Y", "永久"
    thirty = "D30", "30年"
    ten = "D10", "10年"

    @property
    def years(self) -> int | None:
        """How many years a piece is kept; None for ever."""
        return {"D30": 30, "D10": 10}.get(self.value)


class ArchivalState(State):
    """Prepared by the portal (预归档), accepted by the archivist."""

    prepared = "prepared", "预归档", "amber"
    accepted = "accepted", "已归档", "green"
    removed = "removed", "已销毁", ""


class ArchivalRecord(Base, Numbered, Versioned, Retryable, HasLifecycle):
    """One piece: the minutes, the record, the sign-off sheet, slides … of one meeting."""

    meeting_id: Mapped[int] = mapped_column(sa.ForeignKey("meeting.id"), index=True)
    minutes_id: Mapped[int | None] = mapped_column(sa.ForeignKey("minutes.id"), index=True)
    document_id: Mapped[int | None] = mapped_column(sa.ForeignKey("document.id"), unique=True)
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"))
    kind: Mapped[str]
    title: Mapped[str]
    responsible: Mapped[str]
    day: Mapped[date]
    year: Mapped[int] = mapped_column(index=True)
    retention: Mapped[Retention]
    state: Mapped[ArchivalState] = mapped_column(default=ArchivalState.prepared, index=True)
    piece: Mapped[int | None]
    archival_number: Mapped[str | None] = mapped_column(unique=True)
    pages: Mapped[int | None]
    prepared_at: Mapped[datetime]
    check_due_at: Mapped[datetime] = mapped_column(index=True)
    accepted_at: Mapped[datetime | None]
    accepted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    check_asked: Mapped[bool] = mapped_column(default=False, server_default=sa.false())  # by a person
    origin: Mapped[str] = mapped_column(default="", server_default="")  # the portal it was taken over from
    text: Mapped[str] = mapped_column(default="", server_default="")  # what it says, to be searched
    kept_until: Mapped[date | None] = mapped_column(index=True)  # None: for ever, or not accepted yet
    removed_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]  # its bytes are gone, or something else still needs them
    still_needed: Mapped[str] = mapped_column(default="", server_default="")  # by what

    meeting: Mapped[Meeting] = relationship()
    minutes: Mapped[Minutes | None] = relationship()
    document: Mapped[Document | None] = relationship()
    file: Mapped[StoredFile] = relationship()
    accepted_by: Mapped[User | None] = relationship()
    checks: Mapped[list["Check"]] = relationship(back_populates="record", order_by="Check.id")
    last_check: Mapped["Check | None"] = relationship(
        viewonly=True,
        uselist=False,
        primaryjoin=lambda: _is_newest(),  # noqa: PLW0108 - it is known only later
    )

    def __str__(self) -> str:
        return f"档案《{self.title}》{self.archival_number or ''}"

    @property
    def is_stale(self) -> bool:
        """Whether it is of minutes that were brought in, and says of them what is no longer so."""
        if self.minutes is None or not self.minutes.is_back_entered or self.document is None:
            return False
        said = (self.document.title, clock.local(self.minutes.issued_at or self.prepared_at).date())
        return self.minutes.is_void or said != (self.title, self.day)

    @property
    def is_accepted(self) -> bool:
        """Whether the archivist has taken it over."""
        return self.state is ArchivalState.accepted

    @property
    def is_removed(self) -> bool:
        """Whether its content was removed after the end of its retention; what was said of it stays."""
        return self.state is ArchivalState.removed

    @property
    def is_over(self) -> bool:
        """Whether its retention has ended."""
        return self.is_accepted and self.kept_until is not None and self.kept_until < clock.today()

    @property
    def is_being_checked(self) -> bool:
        """Whether a check is due and not done yet."""
        return self.check_due_at <= clock.now()


class Occasion(Labelled):
    """Why a piece was checked."""

    filing = "filing", "归档"
    acceptance = "acceptance", "接收"
    schedule = "schedule", "定期"
    demand = "demand", "按需"


@dataclass(frozen=True)
class Aspect:
    """One look: to which property it belongs, its number in the standard, what was looked at and found."""

    group: str
    number: str
    name: str
    found: str = SOUND

    @property
    def sound(self) -> bool:
        """Whether nothing was found wrong."""
        return self.found in (SOUND, UNASKED, EARLIER)


class Check(Base, Numbered):
    """One 四性检测 of a piece, kept: the four properties in words, and every look with its number in DA/T 70."""

    record_id: Mapped[int] = mapped_column(sa.ForeignKey("archival_record.id"), index=True)
    at: Mapped[datetime]
    passed: Mapped[bool]
    authentic: Mapped[str]
    complete: Mapped[str]
    usable: Mapped[str]
    safe: Mapped[str]
    occasion: Mapped[Occasion] = mapped_column(default=Occasion.schedule, server_default=Occasion.schedule.value)
    details: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")

    record: Mapped[ArchivalRecord] = relationship(back_populates="checks")

    @property
    def aspects(self) -> list[Aspect]:
        """The four properties and what was found about each."""
        found = (self.authentic, self.complete, self.usable, self.safe)
        return [Aspect(group, "", "综合", one) for group, one in zip(GROUPS, found, strict=True)]

    @property
    def word(self) -> str:
        """合格 or 不合格."""
        return "合格" if self.passed else "不合格"

    @property
    def looks(self) -> list[Aspect]:
        """Every look; none of checks from before they were kept one by one."""
        return [Aspect(*one) for one in self.details.get("aspects", ())]

    @property
    def trouble(self) -> str:
        """What is wrong, as one text; empty when nothing is."""
        return "".join(one.found for one in self.aspects if not one.sound)


def _is_newest() -> sa.ColumnElement[bool]:
    """Which of a piece's checks is the newest: every month brings one, so they are not all loaded for it."""
    other = sa.alias(Check.__table__)
    newest = sa.select(sa.func.max(other.c.id)).where(other.c.record_id == Check.record_id)
    return sa.and_(Check.record_id == ArchivalRecord.id, Check.id == newest.correlate(Check).scalar_subquery())


def _kept_on(record: ArchivalRecord) -> str | None:
    """Why a piece may not be removed; what is kept for ever never is."""
    if record.kept_until is None:
        return f"{record}永久保管，不能销毁。"
    return None if record.is_over else f"{record}保管到{clock.zh_date(record.kept_until)}，还没有到期。"


ArchivalRecord.lifecycle = Lifecycle(
    "档案",
    "archive",
    Transition("accept", "接收归档", (ArchivalState.prepared,), ArchivalState.accepted),
    Transition("remove", "销毁", (ArchivalState.accepted,), ArchivalState.removed, (_kept_on,)),
)
