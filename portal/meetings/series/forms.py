"""What people type about series, and what the other forms of the feature share."""

from collections.abc import Sequence
from typing import Any

from wtforms import FieldList, FormField
from wtforms import Form as Part

from portal.db.clock import WEEKDAYS
from portal.meetings.models.series import NTH, ItemKind, MeetingSeries, Recurrence
from portal.meetings.series.operations import StandingFacts
from portal.people.models.accounts import User
from portal.people.models.groups import Group
from portal.web.choices import Choice, OneOf
from portal.web.fields import Clock, Line, Tick, Whole
from portal.web.forms import Form

PEOPLE = ("chair", "recorder", "reviewer", "signatory")
MOST_MINUTES = 480
LONGEST_TITLE = 120

EMPTY_ROWS = 3  # how many further standing items can be typed at once


def named(user: User) -> str:
    """市工信局 张某某, as a person is offered in a list."""
    return user.titled


def picked(rows: Sequence[Any], number: int | None) -> Any:
    """The row with this id among those that were offered, or None."""
    return next((row for row in rows if row.id == number), None)


class WithPeople(Form):
    """The four who have a part in every meeting, chosen from the active people."""

    chair_id = OneOf("主持人", required=False, blank="暂不指定")
    recorder_id = OneOf("记录人", required=False, blank="暂不指定")
    reviewer_id = OneOf("审核人", required=False, blank="暂不指定")
    signatory_id = OneOf("签发人", required=False, blank="暂不指定")

    def offer_people(self, people: Sequence[User]) -> None:
        """Say who can be chosen."""
        self.people = people
        for name in PEOPLE:
            self[f"{name}_id"].offer(people, named)

    def chosen_people(self) -> dict[str, User | None]:
        """Who was chosen, by part."""
        return {name: picked(self.people, self[f"{name}_id"].data) for name in PEOPLE}


class StandingLine(Part):
    """One line of a series' default agenda; without a title it is left out."""

    kind = Choice("类别", ItemKind)
    title = Line("议题", required=False, longest=LONGEST_TITLE)
    minutes = Whole("分钟", lowest=1, highest=MOST_MINUTES, required=False)
    reporter_id = OneOf("汇报人", required=False, blank="每次指定")


class KindOrder(Part):
    """Which place each kind of item has on an agenda."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)

    def order(self) -> list[str]:
        """The kinds from the first place to the last; of equals the usual one comes first."""
        usual = [kind.value for kind in ItemKind]
        return sorted(usual, key=lambda code: (self[code].data or len(usual), usual.index(code)))


for _kind in ItemKind:
    setattr(KindOrder, _kind.value, Whole(_kind.label, lowest=1, highest=len(ItemKind), required=False))


class SeriesForm(WithPeople):
    """A standing meeting: who, where, when, and what every agenda begins with."""

    name = Line("例会名称", longest=60, description="例如：第一小组例会。")
    short = Line("简称", longest=20)
    rank = Whole("排序号", lowest=0, highest=999)
    group_id = OneOf("成员所在的组", description="这个组的成员就是例会成员，可以查看会议、议程和纪要。")
    place = Line("默认地点", required=False, longest=100)
    recurrence = Choice("召开周期", Recurrence)
    nth = Choice(
        "每月第几个星期", [(str(number), word) for number, word in NTH.items()], required=False,
        description="只用于每月开一次的。",
    )  # fmt: skip
    weekday = Choice("星期几", [(str(number), word) for number, word in enumerate(WEEKDAYS)])
    automatic = Tick("散会后自动建好下次会议", description="按周期推算，遇节假日顺延到下一个工作日；不定期的不自动建。")
    starts_at = Clock("开始时间")
    minutes = Whole("会议时长（分钟）", lowest=10, highest=MOST_MINUTES)
    cut_off_days = Whole("会前几天截止申报议题", lowest=0, highest=30)
    cut_off_time = Clock("截止时间")
    heading = Line("会议纪要红头", longest=40, description="印在会议纪要首页的红色标题，例如：首席服务官周例会纪要。")
    standing = FieldList(FormField(StandingLine), min_entries=0, max_entries=30)
    kinds = FormField(KindOrder)

    def __init__(self, groups: Sequence[Group], people: Sequence[User], *, thing: MeetingSeries | None = None) -> None:
        super().__init__(data=self._data(thing))
        self.groups = groups
        self.group_id.offer(groups)
        self.offer_people(people)
        if not self.is_submitted():
            self._list_standing(thing)
        for line in self.standing:
            line.form.reporter_id.offer(people, named)

    @staticmethod
    def _data(thing: MeetingSeries | None) -> dict[str, Any]:
        order = thing.kinds if thing else list(ItemKind)
        places = {"kinds": {kind.value: place for place, kind in enumerate(order, 1)}}
        if thing is None:
            usual = {"recurrence": Recurrence.weekly, "minutes": 90, "cut_off_days": 2, "rank": 0, "automatic": True}
            return usual | {"weekday": "0", "nth": "1"} | places
        columns = {column.key: getattr(thing, column.key) for column in thing.__mapper__.columns}
        return columns | {"weekday": str(thing.weekday), "nth": str(thing.nth)} | places

    def _list_standing(self, thing: MeetingSeries | None) -> None:
        for one in thing.standing_items if thing else ():
            self.standing.append_entry(
                {"kind": one.kind, "title": one.title, "minutes": one.minutes, "reporter_id": one.reporter_id}
            )
        for _ in range(EMPTY_ROWS):
            self.standing.append_entry({"kind": ItemKind.other, "title": "", "minutes": None, "reporter_id": None})

    def chosen_standing(self) -> list[StandingFacts]:
        """The default agenda as typed: a line without a title is left out."""
        return [
            (
                line.form.kind.data,
                line.form.title.data,
                line.form.minutes.data or 10,
                picked(self.people, line.form.reporter_id.data),
            )
            for line in self.standing
            if line.form.title.data
        ]

    def facts(self) -> dict[str, Any]:
        """What was typed, as the operation takes it."""
        plain = ("name", "short", "rank", "place", "recurrence", "starts_at", "minutes", "cut_off_days", "cut_off_time")
        return {
            **{name: self[name].data for name in plain},
            **self.chosen_people(),
            "heading": self.heading.data,
            "weekday": int(self.weekday.data),
            "nth": int(self.nth.data or 1),
            "automatic": self.automatic.data,
            "kind_order": self.kinds.form.order(),
            "group": picked(self.groups, self.group_id.data),
        }
