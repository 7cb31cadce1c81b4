"""What is typed about minutes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from portal import clock, paper
from portal.forms import Choice, Clock, Day, Form, Line, OneOf, Paragraphs, Secret, SomeOf, Tick, Upload
from portal.people.models import Department, User

OUTLINE = (
    "一行一段；段首写“一、”“（一）”“1.”“（1）”即为各级标题。"
    "Tab 降级，Shift+Tab 升级，先按 Esc 再按 Tab 离开。"
    "表格每行写一行，各格用竖线“|”隔开，第一行是表头。“【议定…】”“【交办…】”印出时自动换成该事项的最新内容。"
)
MOST_FURTHER = 4
LONGEST_OPINION = 2_000
CMS_FILES = ".p7s,.cms,.der,.p7m"


class EditForm(Form):
    """The text of the minutes and what is printed around it."""

    title = Line("标题", longest=100)
    text = Paragraphs("正文", description=OUTLINE)
    attachments = Paragraphs("附件", required=False, longest=2_000, description="一行写一个附件的名称，印在正文之后。")
    distribution = Line(
        "分送单位", required=False, longest=500, description="印在版记的“分送”一栏，各单位之间用逗号隔开。"
    )
    mark = Choice("公开属性", [("内部", "内部"), ("公开", "公开")])


class PassOpinion(Form):
    """The reviewer's opinion, which without words reads 同意."""

    text = Paragraphs(
        "审核意见",
        required=False,
        longest=LONGEST_OPINION,
        description=f"通过时不填就记为“同意”，最多 {paper.REVIEW_BOX.room} 字；退改时必须写明意见。",
    )


class PassForm(PassOpinion):
    """The same with the PIN that signs it on the 审签单."""

    pin = Secret("签名口令", description="通过时填写，意见由您签名后写入审签单。连续输错 5 次会锁定。")


class ReturnForm(Form):
    """Why the minutes go back."""

    text = Paragraphs("退改意见", id="return-text", longest=LONGEST_OPINION, description="写明哪一段、怎样改。")


class SignOpinion(Form):
    """The signer's opinion, which without words reads 同意."""

    text = Paragraphs(
        "签署意见",
        required=False,
        longest=LONGEST_OPINION,
        description=f"写在审签单上，最多 {paper.SIGN_BOX.room} 字；不填时签发记为“同意印发”，会签记为“同意”。",
    )


class SignForm(SignOpinion):
    """The same with the PIN that opens the signer's own key."""

    pin = Secret("签名口令", description="连续输错 5 次会锁定。")


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


class ReadersForm(Form):
    """Whom the minutes go to beyond the members of the series."""

    user_ids = SomeOf("人员")
    department_ids = SomeOf("单位", description="选中单位的全体人员都可以查看。")

    def offer(self, people: Sequence[User], departments: Sequence[Department]) -> None:
        """Say who can be chosen."""
        self.people = {one.id: one for one in people}
        self.departments = {one.id: one for one in departments}
        self.user_ids.offer(people, lambda user: user.titled)
        self.department_ids.offer(departments, lambda one: one.name)

    def chosen(self) -> tuple[list[User], list[Department]]:
        """Who was chosen."""
        return (
            [self.people[one] for one in self.user_ids.data or ()],
            [self.departments[one] for one in self.department_ids.data or ()],
        )


class SigningForm(Form):
    """Who else signs the minutes of a series, and what is seen of it."""

    first_id = OneOf("会签人一", required=False, blank="没有")
    second_id = OneOf("会签人二", required=False, blank="没有")
    third_id = OneOf("会签人三", required=False, blank="没有")
    fourth_id = OneOf("会签人四", required=False, blank="没有")
    visible = Tick("在纸面上显示签名", description="不选时，签名在文件中，纸面上看不见。")
    sealed = Tick("签发后加盖单位印章", description="会议纪要按规定一般不加盖印章。")

    @property
    def further(self) -> list[Any]:
        """The fields of the further signers, in signing order."""
        return [self.first_id, self.second_id, self.third_id, self.fourth_id]

    def offer(self, people: Sequence[User]) -> None:
        """Say who can be chosen."""
        self.people = {one.id: one for one in people}
        for one in self.further:
            one.offer(people, lambda user: user.titled)

    def chosen(self) -> list[User]:
        """Who was chosen, in order."""
        return [self.people[one.data] for one in self.further if one.data]


class WordForm(Form):
    """The Word file whose text comes back."""

    file = Upload("Word 文件", accept=".docx")


class OutsidePassForm(Form):
    """The signature an outside platform has made on the reviewer's opinion."""

    sheet = Upload("审签单的签名文件（CMS）", accept=CMS_FILES)

    @property
    def signatures(self) -> list[Any]:
        """The fields, in the order the papers are signed."""
        return [self.sheet]


class OutsideSignForm(OutsidePassForm):
    """The same of a signer, who signs the paper too."""

    paper = Upload("纪要的签名文件（CMS）", accept=CMS_FILES)

    @property
    def signatures(self) -> list[Any]:
        """The fields, in the order the papers are signed."""
        return [self.sheet, self.paper]


class AppointForm(Form):
    """Who reviews and who signs."""

    reviewer_id = OneOf("审核人")
    signatory_id = OneOf("签发人")

    def offer(self, people: Sequence[User]) -> None:
        """Say who can be chosen."""
        self.reviewer_id.offer(people, lambda user: user.titled)
        self.signatory_id.offer(people, lambda user: user.titled)
