"""Operations of the review: from 送审 to the number."""

from portal.db import clock
from portal.db.engine import db
from portal.db.numbers import next_number
from portal.errors import Refused
from portal.minutes.models.minutes import Minutes
from portal.minutes.notifications import drafters, notify
from portal.minutes.signing.paper import withdraw_paper
from portal.minutes.signing.signers import REVIEWER, SIGNATORY
from portal.minutes.signoff.opinions import Acted, Acting, begin, opine, said_of_text, sheet_of
from portal.minutes.signoff.sheet import end_round, renew_sheet
from portal.minutes.steps import take
from portal.minutes.text.operations import freeze
from portal.people.keys import signing as people
from portal.people.models.accounts import User
from portal.people.models.roles import Part


def sequence_of(series_id: int, year: int) -> str:
    """What the numbers of a series and a year are drawn from."""
    return f"minutes/{series_id}/{year}"


def appoint(minutes: Minutes, reviewer: User, signatory: User, *, by: User) -> Minutes:
    """指定审核人和签发人：会后人员变动时改由别人办理。"""
    meeting = minutes.meeting
    told = reviewer.id != meeting.reviewer_id and minutes.is_reviewed
    take(minutes, "appoint", by=by, reviewer=reviewer.name, signatory=signatory.name)
    meeting.reviewer, meeting.signatory = reviewer, signatory
    renew_sheet(minutes)
    db.session.flush()
    if told:
        notify([reviewer], "请审核", minutes, part=Part.review)
    return minutes


def submit(minutes: Minutes, *, by: User) -> Minutes:
    """送审：交审核人审核，审核期间不能修改。"""
    take(minutes, "submit", by=by)
    end_round(minutes)  # none is left of an earlier round, but for one that was laid out in the very moment
    db.session.flush()
    if minutes.meeting.reviewer:
        notify([minutes.meeting.reviewer], "请审核", minutes, part=Part.review)
    return minutes


def recall(minutes: Minutes, *, by: User) -> Minutes:
    """撤回送审：审核人还没有办理时收回来再改。"""
    take(minutes, "recall", by=by)
    end_round(minutes)
    db.session.flush()
    return minutes


def begin_passing(minutes: Minutes, text: str, pin: str, *, by: User) -> Acting:
    """Open the reviewer's key for the 审签单; what comes of `made()` goes to `pass_`."""
    return begin(minutes, "pass_", text, pin, by)


def pass_(minutes: Minutes, acted: Acted | str, text: str = "", read: int | None = None, *, by: User) -> Minutes:
    """审核通过：审核人在审签单上签署意见；编号，排版一次，转签发人签发。`read` is the version that was read.

    `acted` is what `begin_passing` came to; where nobody else waits, the PIN alone will do.
    """
    if isinstance(acted, str):
        acted = begin_passing(minutes, text, acted, by=by).made()
    sheet = sheet_of(minutes)
    take(minutes, "pass_", by=by, read=read, why=text, **acted.facts)
    freeze(minutes)
    if said_of_text(minutes, acted.said.text) != acted.said:
        raise Refused("您签署的时候，正文里的议定事项或交办事项有了变动，没有签上。请重新阅读后再办理。")
    opine(minutes, REVIEWER, True, acted.said.text, by, on=sheet.next_signature)
    people.keep_signed(sheet, acted.signed[0], by=by)
    if minutes.number is None:
        minutes.numbered_at = clock.now()
        minutes.year = clock.local(minutes.numbered_at).year
        minutes.number = next_number(sequence_of(minutes.meeting.series_id, minutes.year))
    sheet.number = minutes.number_text
    db.session.flush()
    return minutes


def return_(minutes: Minutes, why: str, read: int | None = None, *, by: User) -> Minutes:
    """退改：写明意见退回拟稿；编过的号保留，排好的版作废。"""
    role = SIGNATORY if minutes.is_to_sign else REVIEWER
    take(minutes, "return_", by=by, read=read, why=why)
    opine(minutes, role, False, why, by)
    withdraw_paper(minutes)
    minutes.document = None
    end_round(minutes, keep=True)
    db.session.flush()
    notify(drafters(minutes), "纪要退改", minutes, body=why)
    return minutes
