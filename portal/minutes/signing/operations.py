"""Operations of signing, with one's own key or on a platform elsewhere."""

from collections.abc import Sequence
from dataclasses import replace

from portal.db import clock, journal
from portal.db.engine import db
from portal.errors import Refused
from portal.jobs import due
from portal.minutes.models.minutes import Minutes
from portal.minutes.notifications import notify, notify_signer
from portal.minutes.signing import queries
from portal.minutes.signing.signers import FURTHER, SIGNATORY
from portal.minutes.signoff.operations import pass_
from portal.minutes.signoff.opinions import Acted, Acting, begin, document_of, opine, sheet_of, to_be_signed
from portal.minutes.steps import take
from portal.people.keys import signing as people
from portal.people.models.accounts import User
from portal.people.models.roles import Role
from portal.people.roles.queries import in_charge


def redo(minutes: Minutes, *, by: User) -> Minutes:
    """重新排版：排版没有成功时，不等下一次，马上再排。"""
    if minutes.not_stuck:
        raise Refused(minutes.not_stuck)
    for stuck in minutes.stuck:
        due.try_again(stuck)
    journal.record(by, "minutes.redo", minutes, "重新排版")
    return minutes


def begin_signing(minutes: Minutes, pin: str, text: str = "", *, by: User) -> Acting:
    """Open the signer's key, once for the 审签单 and the 纪要; what comes of `made()` goes to `sign`."""
    return begin(minutes, "sign", text, pin, by)


def sign(minutes: Minutes, acted: Acted | str, read: int | None = None, *, by: User) -> Minutes:
    """签发：在所见的同一份文件和审签单上签名；会签人先签，签发人最后签。`read` is the version whose paper was read.

    `acted` is what `begin_signing` came to; where nobody else waits, the PIN alone will do.
    """
    if isinstance(acted, str):
        acted = begin_signing(minutes, acted, by=by).made()
    document, sheet, last = document_of(minutes), sheet_of(minutes), queries.is_last_turn(minutes)
    take(minutes, "sign" if last else "countersign", by=by, read=read, **acted.facts)
    opine(minutes, SIGNATORY if last else FURTHER, True, acted.said.text, by, on=sheet.next_signature)
    for paper_, signed in zip((sheet, document), acted.signed, strict=True):
        people.keep_signed(paper_, signed, by=by)
    _after_signature(minutes, last=last)
    return minutes


def prepare_outside(minutes: Minutes, text: str = "", *, by: User) -> Minutes:
    """准备待签数据，交外部签名平台：审核时是写好意见的审签单，待签发时还有纪要；意见此后不能再改。"""
    papers, said = to_be_signed(minutes, minutes.signing_move, text)
    for one in papers:
        people.make_hole(one, by=by, said=said if one is minutes.sheet.document else None)
    minutes.sheet.handed_out, minutes.sheet.handed_out_about = said.text, said.about
    journal.record(by, "minutes.prepare_outside", minutes, "准备待签数据", why=text)
    return minutes


def begin_outside(minutes: Minutes, cms: Sequence[bytes], *, by: User) -> Acting:
    """Take signatures (CMS) made elsewhere, that of the 审签单 first; what comes of `made()` goes to `sign_outside`."""
    move, sheet = minutes.signing_move, minutes.sheet
    papers, said = to_be_signed(minutes, move, sheet.handed_out)
    fillings = [people.begin_filling(one, made, by=by) for one, made in zip(papers, cms, strict=True)]
    return Acting(move, fillings, replace(said, about=sheet.handed_out_about), outside=True)


def sign_outside(minutes: Minutes, acted: Acted, read: int | None = None, *, by: User) -> Minutes:
    """审核通过或签发：把外部签名平台的签名（CMS）核对后嵌入，审签单的在前，纪要的在后。"""
    if (minutes.sheet.handed_out, minutes.sheet.handed_out_about) != (acted.said.text, acted.said.about):
        raise Refused("核对签名的时候，待签数据重新准备过，没有嵌入。请用新的待签数据签名。")
    if acted.move == "pass_":
        return pass_(minutes, acted, acted.said.text, read, by=by)
    return sign(minutes, acted, read, by=by)


def _after_signature(minutes: Minutes, *, last: bool) -> None:
    if last:
        minutes.signed_at = clock.now()
        db.session.flush()
        notify(in_charge(Role.secretary), "纪要已签发，请印发", minutes)
        return
    db.session.flush()
    if minutes.document and (turn := minutes.document.next_signature):
        notify_signer(db.session.get_one(User, turn.user_id), turn.role, minutes)
