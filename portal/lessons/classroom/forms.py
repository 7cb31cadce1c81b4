"""What people type while a lesson is given."""

from collections.abc import Sequence

from portal.people.models.accounts import User
from portal.web.choices import OneOf
from portal.web.fields import Day, Paragraphs, Whole
from portal.web.forms import Form


class QuestionForm(Form):
    """A question; who writes it down for somebody says for whom."""

    text = Paragraphs("提问内容", longest=500)
    asker_id = OneOf("提问人", required=False, blank="我自己")

    def offer(self, people: Sequence[User]) -> None:
        """Say for whom it may be written down."""
        self.asker_id.offer(people, lambda person: person.titled)


class AnswerForm(Form):
    """What was answered; spoken answers may stay unwritten."""

    text = Paragraphs("答复", required=False, longest=2000)


class AssignForm(Form):
    """Who is to answer a question, and by when."""

    person_id = OneOf("承办人")
    due = Day("时限")


class PageForm(Form):
    """A page to turn to, of one of the slides."""

    page = Whole("页", lowest=1, highest=10_000)
    version_id = Whole("课件", lowest=1, highest=2_000_000_000, required=False)
