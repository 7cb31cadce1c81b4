"""Who signs what, and where on the paper."""

from collections.abc import Sequence
from typing import NamedTuple

from portal.db import journal
from portal.db.engine import add, db
from portal.db.office import office
from portal.documents import registry
from portal.errors import Refused
from portal.meetings.models.series import MeetingSeries
from portal.minutes.models.minutes import Minutes
from portal.minutes.models.signing import FurtherSigner, SeriesSigning
from portal.minutes.signing import queries
from portal.people.models.accounts import User

SIGNATORY = "签发人"
REVIEWER = registry.REVIEWER
FURTHER = "会签人"


class Place(NamedTuple):
    """Where one signature of the paper is to stand: whose, as what, in which field."""

    user_id: int
    role: str
    field: str
    name: str = ""  # as the certificate says it, where it is not the person's own

    @property
    def shown(self) -> bool:
        """Whether it is seen on the page."""
        return self.field.startswith(registry.SHOWN)


def set_signing(
    series: MeetingSeries, further: Sequence[User], *, visible: bool, sealed: bool, by: User
) -> SeriesSigning:
    """签署设置：签发人之前还有谁签名、签名是否显示、是否加盖单位印章；对以后排版的纪要起作用。"""
    if len({user.id for user in further}) < len(further) or series.signatory_id in {user.id for user in further}:
        raise Refused("每个人只能签一次，签发人不用再列为会签人。")
    signing: SeriesSigning = queries.signing_of(series.id) or add(SeriesSigning(series=series))
    signing.visible, signing.sealed = visible, sealed
    signing.further.clear()
    db.session.flush()
    signing.further.extend(FurtherSigner(position=n, user=user) for n, user in enumerate(further, 1))
    names = [user.name for user in further]
    journal.record(by, "minutes.set_signing", series, "修改签署设置", further=names, visible=visible, sealed=sealed)
    db.session.flush()
    return signing


def places_of(minutes: Minutes) -> list[Place]:
    """Who signs the paper of the minutes, in order; the last one locks it. Whom the sheet has named, it stays with."""
    signing = queries.signing_of(minutes.meeting.series_id)
    begin = registry.SHOWN if signing and signing.visible else ""
    places = [
        one._replace(field=begin + one.field.removeprefix(registry.SHOWN))
        for one in _places_named(minutes) or sheet_places(minutes)
        if one.role != REVIEWER
    ]
    if signing and signing.sealed:
        places.append(Place(places[-1].user_id, registry.SEAL, f"{registry.SHOWN}seal", office.organisation))
    return places


def _places_named(minutes: Minutes) -> list[Place]:
    """The places of the sheet under way, as they were laid out."""
    document = minutes.sheet.document
    signatures = document.signatures if document else ()
    return [Place(one.user_id, one.role, one.field) for one in signatures if one.user_id]


def sheet_places(minutes: Minutes) -> list[Place]:
    """Who opines on the 审签单, in order: the reviewer, whoever the series asks for, the signatory last."""
    meeting, signing = minutes.meeting, queries.signing_of(minutes.meeting.series_id)
    if meeting.signatory_id is None:
        raise Refused("这次会议还没有指定签发人，请会议秘书先指定。")
    further = [one for one in signing.further if one.user_id != meeting.signatory_id] if signing else []
    return [
        *([Place(meeting.reviewer_id, REVIEWER, f"{registry.SHOWN}reviewer")] if meeting.reviewer_id else []),
        *(Place(one.user_id, FURTHER, f"{registry.SHOWN}further-{n}") for n, one in enumerate(further, 1)),
        Place(meeting.signatory_id, SIGNATORY, f"{registry.SHOWN}signatory"),
    ]
