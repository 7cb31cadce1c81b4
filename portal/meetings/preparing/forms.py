"""What people type about one meeting: when and where it is, and who has which part."""

from collections.abc import Sequence
from typing import Any

from portal.meetings.models.meetings import Meeting
from portal.meetings.models.series import MeetingSeries
from portal.meetings.series.forms import MOST_MINUTES, WithPeople
from portal.people.models.accounts import User
from portal.web.fields import Clock, Day, Line, Paragraphs, Tick, Whole
from portal.web.forms import Form


class MeetingForm(WithPeople):
    """When and where one meeting is, and who has which part."""

    starts_at = Clock("开始时间")
    minutes = Whole("会议时长（分钟）", lowest=10, highest=MOST_MINUTES)
    place = Line("地点", required=False, longest=100)

    def __init__(self, people: Sequence[User], *, thing: Meeting | MeetingSeries | None = None) -> None:
        super().__init__(thing=thing)
        self.offer_people(people)

    def facts(self) -> dict[str, Any]:
        """What was typed, as the operation takes it."""
        return {
            "starts_at": self.starts_at.data,
            "minutes": self.minutes.data,
            "place": self.place.data,
            **self.chosen_people(),
        }


class ScheduleForm(MeetingForm):
    """A new meeting of a series."""

    day = Day("日期")
    sure = Tick("我已知悉以上提醒，仍按这个时间新建")


class PostponeForm(Form):
    """When the meeting is to be instead, and why."""

    day = Day("新的日期")
    starts_at = Clock("开始时间")
    why = Paragraphs("改期理由", longest=500, description="会写进给成员的消息。")
    sure = Tick("我已知悉以上提醒，仍改到这个时间")
