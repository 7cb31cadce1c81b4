"""A standing meeting: its rhythm, its people, what every agenda begins with."""

from datetime import time

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db import clock
from portal.db.engine import Base, Numbered, Versioned
from portal.db.labelled import Labelled
from portal.jobs.due import Retryable
from portal.people.models.accounts import User
from portal.people.models.groups import Group


class ItemKind(Labelled):
    """What an agenda item is; the order is the usual order on the agenda."""

    review = "review", "上次交办事项落实情况"
    study = "study", "传达学习"
    problem = "problem", "问题研判"
    course = "course", "讲业务"
    assignment = "assignment", "工作部署"
    other = "other", "其他"

    @property
    def css(self) -> str:
        """The class that gives its rows their colour."""
        return f"k{list(ItemKind).index(self) + 1}"


class Recurrence(Labelled):
    """How often a series meets."""

    weekly = "weekly", "每周"
    fortnightly = "fortnightly", "每两周"
    monthly = "monthly", "每月"
    by_hand = "by_hand", "不定期"


LAST = -1
NTH = {1: "第一个", 2: "第二个", 3: "第三个", 4: "第四个", LAST: "最后一个"}


class MeetingSeries(Base, Numbered, Versioned, Retryable):
    """A standing meeting: its members (a group), its people, its place and time, its default agenda."""

    name: Mapped[str] = mapped_column(unique=True)
    short: Mapped[str]
    rank: Mapped[int] = mapped_column(default=0)
    group_id: Mapped[int] = mapped_column(sa.ForeignKey("group.id"))
    chair_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    recorder_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    reviewer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    signatory_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    place: Mapped[str] = mapped_column(default="")
    recurrence: Mapped[Recurrence] = mapped_column(default=Recurrence.weekly)
    weekday: Mapped[int] = mapped_column(default=0)  # 0 is Monday
    nth: Mapped[int] = mapped_column(default=1, server_default="1")  # of a month's weekdays; LAST for the last one
    automatic: Mapped[bool] = mapped_column(default=True, server_default=sa.true())  # the next sitting makes itself
    starts_at: Mapped[time]
    minutes: Mapped[int] = mapped_column(default=90)
    cut_off_days: Mapped[int] = mapped_column(default=2)
    cut_off_time: Mapped[time]
    # the red heading of its 会议纪要
    heading: Mapped[str]
    # in which order the kinds stand on an agenda; empty means the usual one
    kind_order: Mapped[list[str]] = mapped_column(default=list, server_default="[]")

    group: Mapped[Group] = relationship()
    chair: Mapped[User | None] = relationship(foreign_keys=[chair_id])
    recorder: Mapped[User | None] = relationship(foreign_keys=[recorder_id])
    reviewer: Mapped[User | None] = relationship(foreign_keys=[reviewer_id])
    signatory: Mapped[User | None] = relationship(foreign_keys=[signatory_id])
    standing_items: Mapped[list["StandingItem"]] = relationship(
        back_populates="series", order_by="StandingItem.position", cascade="all, delete-orphan"
    )

    def __str__(self) -> str:
        return self.name

    @property
    def rhythm(self) -> str:
        """每周星期一, 每月第二个星期三, 不定期."""
        if self.recurrence is Recurrence.by_hand:
            return self.recurrence.label
        which = NTH[self.nth] if self.recurrence is Recurrence.monthly else ""
        return self.recurrence.label + which + clock.WEEKDAYS[self.weekday]

    @property
    def kinds(self) -> list[ItemKind]:
        """The kinds in the order in which this series puts them on an agenda."""
        told = [kind for code in self.kind_order or () for kind in ItemKind if kind.value == code]
        return [*told, *(kind for kind in ItemKind if kind not in told)]


class StandingItem(Base, Numbered):
    """An item every new meeting of the series begins with."""

    series_id: Mapped[int] = mapped_column(sa.ForeignKey("meeting_series.id"), index=True)
    position: Mapped[int]
    kind: Mapped[ItemKind]
    title: Mapped[str]
    minutes: Mapped[int]
    reporter_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))

    series: Mapped[MeetingSeries] = relationship(back_populates="standing_items")
    reporter: Mapped[User | None] = relationship()
