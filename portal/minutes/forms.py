"""What is typed about minutes."""

from collections.abc import Sequence

from portal.forms import Choice, Form, Line, OneOf, Paragraphs, Secret
from portal.people.models import User

OUTLINE = "一段一行。段首写“一、”“（一）”“1.”“（1）”就是各级标题，印出时自动使用相应的字体。"
LONGEST_OPINION = 2_000


class EditForm(Form):
    """The text of the minutes and what is printed around it."""

    title = Line("标题", longest=100)
    text = Paragraphs("正文", description=OUTLINE)
    distribution = Line("印发范围", required=False, longest=500, description="各单位之间用逗号隔开。")
    mark = Choice("标识", [("内部", "内部"), ("公开", "公开")])


class PassForm(Form):
    """The reviewer's opinion; without words it reads 同意."""

    text = Paragraphs(
        "审核意见",
        required=False,
        longest=LONGEST_OPINION,
        description="通过时不填就记为“同意”；退改时必须写明意见。",
    )


class ReturnForm(Form):
    """Why the minutes go back."""

    text = Paragraphs("退改意见", longest=LONGEST_OPINION, description="写明哪一段、怎样改。")


class SignForm(Form):
    """The PIN that opens the signatory's own key."""

    pin = Secret("签名口令", description="连续输错 5 次会锁定。")


class AppointForm(Form):
    """Who reviews and who signs."""

    reviewer_id = OneOf("审核人")
    signatory_id = OneOf("签发人")

    def offer(self, people: Sequence[User]) -> None:
        """Say who can be chosen."""
        self.reviewer_id.offer(people, lambda user: user.titled)
        self.signatory_id.offer(people, lambda user: user.titled)
