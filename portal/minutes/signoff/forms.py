"""What is typed in the review: opinions, reasons for a return, who reviews and who signs."""

from collections.abc import Sequence

from portal.documents.paper import opinions
from portal.people.models.accounts import User
from portal.web.choices import OneOf
from portal.web.fields import Paragraphs, Secret
from portal.web.forms import Form

LONGEST_OPINION = 2_000


class PassOpinion(Form):
    """The reviewer's opinion, which without words reads 同意."""

    text = Paragraphs(
        "审核意见",
        required=False,
        longest=LONGEST_OPINION,
        description=f"通过时不填就记为“同意”，最多 {opinions.REVIEW_BOX.room} 字；退改时必须写明意见。",
    )


class PassForm(PassOpinion):
    """The same with the PIN that signs it on the 审签单."""

    pin = Secret("签名口令", description="通过时填写，意见由您签名后写入审签单。连续输错 5 次会锁定。")


class ReturnForm(Form):
    """Why the minutes go back."""

    text = Paragraphs("退改意见", id="return-text", longest=LONGEST_OPINION, description="写明哪一段、怎样改。")


class AppointForm(Form):
    """Who reviews and who signs."""

    reviewer_id = OneOf("审核人")
    signatory_id = OneOf("签发人")

    def offer(self, people: Sequence[User]) -> None:
        """Say who can be chosen."""
        self.reviewer_id.offer(people, lambda user: user.titled)
        self.signatory_id.offer(people, lambda user: user.titled)
