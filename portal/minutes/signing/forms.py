"""What is typed when minutes are signed, and when it is set who signs."""

from collections.abc import Sequence
from typing import Any

from portal.documents.paper import opinions
from portal.minutes.signoff.forms import LONGEST_OPINION
from portal.people.models.accounts import User
from portal.web.choices import OneOf
from portal.web.fields import Paragraphs, Secret, Tick, Upload
from portal.web.forms import Form

MOST_FURTHER = 4

CMS_FILES = ".p7s,.cms,.der,.p7m"


class SignOpinion(Form):
    """The signer's opinion, which without words reads 同意."""

    text = Paragraphs(
        "签署意见",
        required=False,
        longest=LONGEST_OPINION,
        description=f"写在审签单上，最多 {opinions.SIGN_BOX.room} 字；不填时签发记为“同意印发”，会签记为“同意”。",
    )


class SignForm(SignOpinion):
    """The same with the PIN that opens the signer's own key."""

    pin = Secret("签名口令", description="连续输错 5 次会锁定。")


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
