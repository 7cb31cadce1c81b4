"""Operations of closing and signing a record."""

from portal.db import clock
from portal.db.engine import db
from portal.documents import registry
from portal.errors import Refused
from portal.inbox import operations as inbox
from portal.people.keys import signing, writing
from portal.people.models.accounts import User
from portal.records.lines import queries as lines_queries
from portal.records.models import Record
from portal.records.signing.paper import LaidOut


def close(record: Record, *, by: User) -> Record:
    """整理完毕：记录不再改动，排版后由记录人和主持人签字。"""
    if not record.meeting.is_over:
        raise Refused("会议还没有散会，散会后才能确认记录整理完毕。")
    if unfinished := lines_queries.unfinished_of(record.meeting):
        first = unfinished[0]
        raise Refused(
            f"还有 {len(unfinished)} 条没有写全，请先补齐或改作发言：《{first.item.title}》“{first.text[:60]}”"
            f"还缺{first.lacks}。"
        )
    record.lifecycle.fire(record, "close", by=by)
    record.closed_at = clock.now()
    db.session.flush()
    return record


def render(record: Record, made: LaidOut) -> registry.Document:
    """The job's deed: enter what was laid out in the register, and tell who signs first."""
    signers = [
        registry.Signer(person, role, field)
        for person, (role, field) in zip(_signers(record), made.places, strict=True)
    ]
    record.document = registry.enter(
        registry.PaperKind.record, str(record), "", made.pdf, signers, by=None, code=made.code
    )
    db.session.flush()
    address = f"/meetings/{record.meeting_id}/record/paper"
    inbox.notify([signers[0].user], f"请签字：{record}", address, burst=f"record-{record.id}")
    return record.document


def _signers(record: Record) -> list[User]:
    """Who signs a record, in this order."""
    return [person for person in (record.meeting.recorder, record.meeting.chair) if person is not None]


def begin_signing(record: Record, pin: str, *, by: User) -> writing.Signing:
    """Open the signer's key; what comes of `made()` goes to `sign`, and nobody waits meanwhile."""
    if obstacle := record.lifecycle.obstacle(record, "sign"):
        raise Refused(obstacle)
    if record.document is None:
        raise Refused("会议记录还在排版，请稍后刷新再签。")
    return signing.begin_signing(record.document, pin=pin, by=by)


def sign(record: Record, signed: writing.Signed | str, *, by: User) -> Record:
    """签字：先记录人，后主持人；都签完即告完成。

    `signed` is what `begin_signing` came to; where nobody else waits, the PIN alone will do.
    """
    if isinstance(signed, str):
        signed = begin_signing(record, signed, by=by).made()
    record.lifecycle.fire(record, "sign", by=by)
    if record.document is None:
        raise Refused("会议记录还在排版，请稍后刷新再签。")
    signing.keep_signed(record.document, signed, by=by)
    if record.document.is_complete:
        record.lifecycle.fire(record, "complete", by=None)
    elif (turn := record.document.next_signature) is not None:
        person = db.session.get_one(User, turn.user_id)
        address = f"/meetings/{record.meeting_id}/record/paper"
        inbox.notify([person], f"请签字：{record}", address, burst=f"record-{record.id}")
    db.session.flush()
    return record
