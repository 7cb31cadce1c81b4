"""Verifying what people bring, and lengthening the proof of what is kept."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from flask import current_app

from portal.archive.checking.inspection import copied
from portal.archive.models.examinations import Examination
from portal.archive.pieces import queries as pieces_queries
from portal.archive.verifying import queries
from portal.db import clock, journal
from portal.db.engine import add, db
from portal.documents import registry, verdicts, verify
from portal.documents.pki import proof as pki_proof
from portal.documents.pki import status
from portal.documents.registry import Document
from portal.errors import TooMany
from portal.files import store
from portal.inbox import operations as inbox
from portal.people.keys.queries import authority, is_issued
from portal.people.models.accounts import User
from portal.people.models.roles import Role
from portal.people.roles.queries import holders


def looked_up(sha256: str) -> verdicts.Registered | None:
    """What the register holds about a hash, asked in a transaction of its own."""
    found = queries.registered(sha256)
    db.session.rollback()  # all is read: judging signatures is slow and must hold no lock
    return found


LEFTOVERS = timedelta(days=1)
LATELY, MOST_BROUGHT, MOST_WAITING = timedelta(minutes=10), 20, 30  # of those who have not signed in
MOST_QUESTIONS = 120  # about certificates, from one address in a minute


def lengthen(document: Document, proof: pki_proof.Proof) -> None:
    """续加存档时间戳：每年一次，在时间标记的证书到期之前；原先的状态仍在登记簿中。"""
    registry.prove(document, proof.pdf, proof.until, "续加存档时间戳" if document.proven_until else "存档时间戳")
    for piece in pieces_queries.pieces_of_document(document):
        piece.file, piece.check_due_at = document.file, clock.now()
    journal.record(None, "archive.lengthen", document, "续加存档时间戳", until=proof.until.date().isoformat())


def renew_certificates() -> list[str]:
    """续期：签发证书和时间标记证书到期之前换新；根证书密钥不在机器上而换不成的，告知系统管理员。"""
    wanting = authority().renew()
    if wanting:
        inbox.notify(
            holders(Role.administrator), f"请放回根证书密钥：{'、'.join(wanting)}即将到期，需要续期", "/verify/how",
            burst="archive-certificates",
        )  # fmt: skip
    return wanting


def bring(
    content: BinaryIO,
    name: str,
    *,
    by: User | None,
    address: str = "",
    once: str = "",
    sought: Document | None = None,
) -> Examination:
    """核验：收下一份 PDF，随后核对登记簿和签名。不登录也可以核验，但同一地址短时间内的次数有限。

    `once` is the form's one-time id: the same form posted again leads to the same answer. `sought` is the paper whose
    code was read.
    """
    code = hashlib.sha256((once or token_hex(16)).encode()).hexdigest()[:32]
    if again := queries.examination(code):
        return again
    if by is None:
        _ask_for_patience(address)
    folder = waiting_room()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = folder / token_hex(16)
    with place.open("xb") as target:
        sha256, size = copied(content, target)
    examination: Examination = add(
        Examination(
            asked_by_id=by.id if by else None, asked_at=clock.now(), address=address[:64], code=code,
            name=store.clean_name(name), size=size, sha256=sha256, place=place.name,
            document=queries.document_with(sha256), sought=sought,
        )
    )  # fmt: skip
    journal.record(by, "archive.bring", examination, "核验文件", sha256=sha256)
    return examination


def _ask_for_patience(address: str) -> None:
    brought, waiting = queries.brought_lately(address, clock.now() - LATELY)
    if brought >= MOST_BROUGHT:
        raise TooMany("核验的次数太多，请十分钟后再试，或登录后核验。")
    if waiting >= MOST_WAITING:
        raise TooMany("现在核验的人较多，请稍后再试，或登录后核验。")


class _Patience:
    """How often each address asked in the minute that runs; each process counts for itself."""

    def __init__(self) -> None:
        self.minute, self.asked = 0, Counter[str]()

    def is_over(self, address: str) -> bool:
        """Count one more question; whether it was one too many."""
        minute = int(clock.now().timestamp()) // 60
        if minute != self.minute:
            self.minute, self.asked = minute, Counter()
        self.asked[address] += 1
        return self.asked[address] > MOST_QUESTIONS


_patience = _Patience()


def answer_about(question: bytes, address: str) -> bytes:
    """答复别的软件关于证书状态的查询；同一地址问得太多，请它稍后再问。"""
    if _patience.is_over(address):
        return status.ask_later()
    return authority().answer_to(question, clock.now(), is_issued)


def judge(
    examination: Examination, registered: verdicts.Register, foreign: Sequence[verdicts.Foreign] = ()
) -> verdicts.Verdict:
    """The verdict on a file that was brought; slow, and changes nothing."""
    try:
        content = (waiting_room() / examination.place).read_bytes()
    except FileNotFoundError:
        return verdicts.Verdict(verdicts.Word.INVALID, False, ["无法核验：上传的文件已经清理，请重新上传。"])
    return verify.examine(content, trust=authority(), registered=registered, foreign=foreign)


def answer(examination: Examination, verdict: verdicts.Verdict) -> Examination:
    """答复核验结果；上传的文件随即删除。"""
    examination.answer = {
        "word": verdict.word.value,
        "alone": verdict.alone.value if verdict.alone else "",
        "ours": verdict.ours,
        "reasons": verdict.reasons,
        "signatures": [
            {"name": one.name, "at": clock.zh_datetime(one.at) if one.at else "", "ok": one.ok, "said": one.sentence}
            for one in verdict.signatures
        ],
    }
    examination.answered_at = clock.now()
    if verdict.registered is not None:
        examination.document = queries.document_with(verdict.registered.sha256)
    db.session.flush()
    (waiting_room() / examination.place).unlink(missing_ok=True)
    return examination


def tidy() -> None:
    """Remove uploads that were never answered."""
    limit = (clock.now() - LEFTOVERS).timestamp()
    for path in waiting_room().glob("*"):
        if path.stat().st_mtime < limit:
            path.unlink(missing_ok=True)


def waiting_room() -> Path:
    """Where files lie until they are answered."""
    return Path(current_app.config["PORTAL"].data) / "cache" / "verify"
