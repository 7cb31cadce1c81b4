"""Archival records (件) and the checks they went through."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.database import Base, Numbered, Versioned
from portal.lifecycle import HasLifecycle, Lifecycle, Move, State
from portal.meetings.models import Meeting
from portal.minutes.models import Minutes
from portal.people.models import Labelled, User
from portal.register import Document
from portal.store import StoredFile


class Retention(Labelled):
    """保管期限, with the code it has in the 档号."""

    permanent = "Y", "永久"
    thirty = "D30", "30年"
    ten = "D10", "10年"


class ArchivalState(State):
    """Prepared by the portal (预归档), accepted by the archivist."""

    prepared = "prepared", "预归档", "amber"
    accepted = "accepted", "已归档", "green"


class ArchivalRecord(Base, Numbered, Versioned, HasLifecycle):
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
    prepared_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    accepted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))

    meeting: Mapped[Meeting] = relationship()
    minutes: Mapped[Minutes | None] = relationship()
    document: Mapped[Document | None] = relationship()
    file: Mapped[StoredFile] = relationship()
    accepted_by: Mapped[User | None] = relationship()
    checks: Mapped[list["Check"]] = relationship(back_populates="record", order_by="Check.id")

    def __str__(self) -> str:
        return f"档案《{self.title}》{self.archival_number or ''}"


class Check(Base, Numbered):
    """One 四性检测 of a piece, kept."""

    record_id: Mapped[int] = mapped_column(sa.ForeignKey("archival_record.id"), index=True)
    at: Mapped[datetime]
    passed: Mapped[bool]
    authentic: Mapped[str]
    complete: Mapped[str]
    usable: Mapped[str]
    safe: Mapped[str]

    record: Mapped[ArchivalRecord] = relationship(back_populates="checks")


ArchivalRecord.lifecycle = Lifecycle(
    "档案",
    "archive",
    Move("accept", "接收归档", (ArchivalState.prepared,), ArchivalState.accepted),
)
