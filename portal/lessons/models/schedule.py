"""The schedule of lessons and what was released of it."""

from datetime import date, datetime, time

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.courses.models.courses import Course
from portal.courses.models.programmes import CourseProgramme
from portal.db import clock
from portal.db.engine import Base, Numbered
from portal.db.labelled import Labelled
from portal.meetings.models.meetings import Meeting
from portal.people.models.accounts import User


class PendingPlacement(Base):
    """Where a lesson is to be moved with the next release; without a meeting it is taken off its agenda."""

    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"), primary_key=True)
    meeting_id: Mapped[int | None] = mapped_column(sa.ForeignKey("meeting.id"), index=True)
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    at: Mapped[datetime]

    course: Mapped[Course] = relationship()
    meeting: Mapped[Meeting | None] = relationship()
    by: Mapped[User] = relationship()


class ScheduleRelease(Base, Numbered):
    """One version of a programme's schedule, as everybody was shown it."""

    programme_id: Mapped[int] = mapped_column(sa.ForeignKey("course_programme.id"), index=True)
    number: Mapped[int]
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    note: Mapped[str] = mapped_column(default="")

    programme: Mapped[CourseProgramme] = relationship()
    by: Mapped[User] = relationship()
    changes: Mapped[list["ScheduleChange"]] = relationship(back_populates="release", order_by="ScheduleChange.id")

    __table_args__ = (sa.UniqueConstraint("programme_id", "number"),)

    def __str__(self) -> str:
        return f"课程表第 {self.number} 版"


class ScheduleChangeKind(Labelled):
    """What became of a lesson in a release."""

    placed = "placed", "排入"
    moved = "moved", "改期"
    removed = "removed", "移出"
    handed_over = "handed_over", "换人"


class ScheduleChange(Base, Numbered):
    """One line of the change log, in words of its own: what happens later leaves it alone."""

    release_id: Mapped[int] = mapped_column(sa.ForeignKey("schedule_release.id"), index=True)
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"), index=True)
    kind: Mapped[ScheduleChangeKind]
    sentence: Mapped[str]

    release: Mapped[ScheduleRelease] = relationship(back_populates="changes")
    course: Mapped[Course] = relationship()

    def __str__(self) -> str:
        return self.sentence


class ReleasedLesson(Base):
    """What was last released of a lesson: its lecturer's calendar entry is made from it."""

    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"), primary_key=True)
    programme_id: Mapped[int] = mapped_column(sa.ForeignKey("course_programme.id"), index=True)
    meeting_id: Mapped[int | None] = mapped_column(sa.ForeignKey("meeting.id"))
    lecturer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    day: Mapped[date | None]
    starts_at: Mapped[time | None]
    place: Mapped[str] = mapped_column(default="")
    sequence: Mapped[int] = mapped_column(default=0)
    released_at: Mapped[datetime]

    course: Mapped[Course] = relationship()
    meeting: Mapped[Meeting | None] = relationship()
    lecturer: Mapped[User | None] = relationship()

    def __str__(self) -> str:
        return f"{self.course}的排期"

    @property
    def slot(self) -> tuple[int | None, date | None, time | None, str]:
        """Which meeting, when and where."""
        return self.meeting_id, self.day, self.starts_at, self.place

    @property
    def when(self) -> str:
        """2026年11月30日 09:00."""
        return when(self.day, self.starts_at)


def when(day: date | None, starts_at: time | None) -> str:
    """A day and a time in words."""
    return f"{clock.zh_date(day)} {clock.hm(starts_at)}" if day and starts_at else "未排期"
