"""What is typed in comments and in 意见征求."""

from collections.abc import Sequence
from datetime import datetime

from portal.db import clock
from portal.minutes.signoff.forms import LONGEST_OPINION
from portal.web.choices import OneOf
from portal.web.fields import Clock, Day, Paragraphs
from portal.web.forms import Form


class CommentForm(Form):
    """What is said about one paragraph."""

    place = OneOf("段落")
    text = Paragraphs("批注", longest=LONGEST_OPINION)

    def offer(self, paragraphs: Sequence[str]) -> None:
        """Say which paragraphs there are."""
        self.place.choices = [
            ("", self.place.blank),
            *((str(n), f"第 {n} 段：{one[:24]}{'…' if len(one) > 24 else ''}") for n, one in enumerate(paragraphs, 1)),
        ]


class ConsultForm(Form):
    """Until when those who attended can say what should be corrected."""

    day = Day("截止日期")
    time = Clock("截止时间")

    @property
    def until(self) -> datetime:
        """The moment that was typed."""
        day, time = self.day.data, self.time.data
        if day is None or time is None:
            raise ValueError("asked before the form was read")
        return clock.moment(day, time.hour, time.minute)


class AnswerForm(Form):
    """What should be corrected; nothing means agreement."""

    text = Paragraphs("修改意见", required=False, longest=LONGEST_OPINION, description="没有意见不用填写。")
