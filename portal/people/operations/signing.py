"""Signing keys, and signing a paper with them or by an outside platform."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from sqlalchemy.orm import Session

from portal import clock, journal, register, seal, store
from portal.database import add, db
from portal.errors import Refused
from portal.people import queries
from portal.people.models import KeyState, Part, SigningKey, User
from portal.people.operations.sessions import WrongSecret
from portal.request_end import afterwards

if TYPE_CHECKING:
    from portal import paper

Opened = TypeVar("Opened")

MOST_PIN_TRIES = 5


def make_key(user: User, pin: str, *, by: User) -> SigningKey:
    """Make a person's signing key under their PIN; an older one is withdrawn, what it signed stays good."""
    authority, moment = queries.authority(), clock.now()
    older = queries.signing_key(user)
    made = authority.issue_person(user.name, user.username, pin, not_before=moment)
    if older is not None:
        older.state = KeyState.replaced
        authority.revoke(older.serial, at=moment)
    certificate = queries.certificate_of(made.certificate_pem)
    key: SigningKey = add(
        SigningKey(
            user_id=user.id, p12=made.p12, certificate=made.certificate_pem.decode("ascii"),
            serial=made.serial, not_before=certificate.not_valid_before_utc, not_after=certificate.not_valid_after_utc,
            made_at=moment, tries=0, state=KeyState.ready,
        )
    )  # fmt: skip
    journal.record(by, "people.make_key", key, "设置签名", serial=key.serial)
    return key


def change_pin(user: User, old: str, new: str, *, by: User) -> SigningKey:
    """Put the signing key under a new PIN."""
    key = _usable_key(user)
    key.p12 = _with_pin(key, user, key, lambda: seal.change_pin(key.p12, old, new))
    key.tries = 0
    journal.record(by, "people.change_pin", key, "修改签名口令")
    db.session.flush()
    return key


_pen = Lock()


@dataclass(frozen=True, kw_only=True)
class Writing:
    """What one signature says: in which field, as what, in whose name, and on a 审签单 which opinion."""

    field: str
    role: str
    name: str
    instead: str = ""  # whom a deputy signs for
    said: "paper.Said | None" = None

    @property
    def words(self) -> str:
        """张三, or 张三（代李四）."""
        return f"{self.name}（代{self.instead}）" if self.instead else self.name

    @property
    def reason(self) -> str:
        """What the signature itself carries: the role, whom it stands for, the opinion."""
        instead = f"（代{self.instead}）" if self.instead else ""
        return f"{self.role}{instead}{f'，{self.said.reason}' if self.said else ''}"

    def mark(self, at: datetime) -> bytes | None:
        """What is seen of it on the page, if anything."""
        from portal import paper

        if self.said:
            return paper.opinion(self.said, self.words, at)
        if not self.field.startswith(register.SHOWN):
            return None
        return paper.seal(self.name) if self.role == register.SEAL else paper.stamp(self.words, self.role, at)


@dataclass(frozen=True, kw_only=True)
class Stroke(Writing):
    """One signature that is about to be made, with the key."""

    signer: seal.Signer

    @property
    def serial(self) -> str:
        """The certificate's number, as the register keeps it."""
        return f"{self.signer.certificate.serial_number:x}"


class Mark(NamedTuple):
    """One signature that has been made: in which field, by which certificate, in whose name, and the file with it."""

    field: str
    serial: str
    name: str
    pdf: bytes


@dataclass(frozen=True)
class Signed:
    """What was signed: the file it began with, each signature's file, the archive timestamp once all have signed."""

    base: str
    marks: Sequence[Mark]
    proof: seal.Proof | None
    with_key: bool = True  # the person's own in the portal, not an outside platform's


@dataclass(frozen=True)
class Signing:
    """All that is needed to sign a paper, read beforehand: signing takes a while and asks the database nothing."""

    base: str  # SHA-256 of the bytes that were read
    pdf: bytes
    strokes: Sequence[Stroke]
    completes: bool
    authority: seal.Authority
    at: datetime

    def made(self) -> Signed:
        """Sign; half a second that nobody else should have to wait for.

        One after the other: those who sign at once would only slow down whoever holds the database meanwhile.
        """
        with _pen:
            return self._written()

    def _written(self) -> Signed:
        pdf, done = self.pdf, []
        try:
            for one in self.strokes:
                pdf = seal.sign(
                    pdf, one.signer, authority=self.authority, field=one.field, name=one.name, at=self.at,
                    reason=one.reason, appearance=one.mark(self.at),
                )  # fmt: skip
                done.append(Mark(one.field, one.serial, one.name, pdf))
            return Signed(self.base, done, seal.prove(pdf, self.authority, at=self.at) if self.completes else None)
        except seal.CannotSign as error:
            raise Refused(str(error)) from error


@dataclass(frozen=True)
class Filling:
    """What an outside platform has signed, and all that is needed to check it and put it in, read beforehand."""

    hole: seal.Hole
    cms: bytes
    field: str
    name: str  # whose signature it has to be
    rest: Signing  # what follows once it is in

    def made(self) -> Signed:
        """Put it in once it is checked and the signer's own, and sign what follows by itself."""
        try:
            filled = seal.fill(self.hole, self.cms, self.rest.authority, at=self.rest.at)
        except seal.CannotSign as error:
            raise Refused(str(error)) from error
        if filled.name != self.name:
            raise Refused(f"签名证书上的姓名是“{filled.name}”，与您的姓名不一致，没有嵌入。")
        signed = replace(self.rest, pdf=filled.pdf).made()
        first = Mark(self.field, filled.serial, self.name, filled.pdf)
        return replace(signed, marks=[first, *signed.marks], with_key=False)


def rehearse() -> None:
    """Sign a page of nothing with the key of nobody: who signs first after a start waits for no library and no font."""
    from portal import paper

    moment, pin = clock.now(), secrets.token_hex()
    with TemporaryDirectory() as folder:
        authority = seal.Authority.at(Path(folder))
        signer = seal.open_key(authority.issue_person("预备", "nobody", pin, not_before=moment).p12, pin)
        opinion = paper.opinion(paper.Said("同意", "同意。", "SHA-256", paper.SIGN_BOX), "预备", moment)
        pdf = seal.prepare_fields(opinion, [seal.Field("signatory")])
        stroke = Stroke(field="signatory", role="", name="预备", signer=signer)
        Signing("", pdf, [stroke], True, authority, moment).made()


def begin_signing(document: register.Document, *, pin: str, by: User) -> Signing:
    """Open the key of the one whose turn it is, or of that person's deputy; what comes of it goes to `keep_signed`.

    Where this is the last person, the office's seal follows if one is asked for, and the archive timestamp.
    """
    [signing] = begin_signings([(document, None)], pin=pin, by=by)
    return signing


def begin_signings(
    papers: Sequence[tuple[register.Document, "paper.Said | None"]], *, pin: str, by: User
) -> list[Signing]:
    """The same for papers that are signed in one act, with what is said on each; the PIN opens the key once."""
    turns = [_turn_of(document, by) for document, _ in papers]
    key = _usable_key(by)
    signer = _with_pin(key, by, papers[0][0], lambda: seal.open_key(key.p12, pin))
    return [
        _signing(document, turn, Stroke(**_writing(turn, by, said), signer=signer))
        for (document, said), turn in zip(papers, turns, strict=True)
    ]


def _writing(turn: register.Signature, by: User, said: "paper.Said | None") -> dict[str, Any]:
    """The facts of a `Writing` by whoever signs at somebody's turn."""
    instead = "" if by.id == turn.user_id else turn.name
    return {"field": turn.field, "role": turn.role, "name": by.name, "instead": instead, "said": said}


def _signing(document: register.Document, turn: register.Signature, stroke: Stroke) -> Signing:
    strokes = [stroke, *_seals_after(document, turn)]
    return Signing(
        document.file.sha256, store.read(document.file), strokes, _completes(document, turn), queries.authority(),
        clock.now(),
    )  # fmt: skip


def _seals_after(document: register.Document, turn: register.Signature) -> list[Stroke]:
    """The office's seal, where it stands right after the last person's signature."""
    after = [one for one in document.signatures if one.position > turn.position]
    if len(after) != 1 or after[0].role != register.SEAL:
        return []
    stamp = queries.authority().office_seal(after[0].name)
    return [Stroke(field=after[0].field, role=register.SEAL, name=after[0].name, signer=stamp)]


def _completes(document: register.Document, turn: register.Signature) -> bool:
    return not any(one.position > turn.position and one.role != register.SEAL for one in document.signatures)


def keep_signed(document: register.Document, signed: Signed, *, by: User) -> None:
    """Enter what was signed in the register, unless the paper has changed meanwhile; the deed leaves the entry."""
    if document.file.sha256 != signed.base:
        raise Refused("您签名的时候，这份文件有了变动，没有签上。请刷新页面查看后再签。")
    _turn_of(document, by)
    if signed.with_key:
        _usable_key(by).tries = 0
    for mark in signed.marks:
        turn = document.next_signature
        if turn is None or turn.field != mark.field:
            raise Refused("还没有轮到这一位签名，请等前一位签完。")
        register.replace(document, mark.pdf, turn, mark.serial, by=by, name=mark.name)
    if signed.proof is not None:
        register.prove(document, signed.proof.pdf, signed.proof.until, by=by)


def sign_paper(document: register.Document, *, pin: str, by: User) -> None:
    """Sign a registered paper all in one, where nobody else waits."""
    keep_signed(document, begin_signing(document, pin=pin, by=by).made(), by=by)


def _turn_of(document: register.Document, by: User) -> register.Signature:
    signature = document.next_signature
    if signature is None:
        raise Refused("这份文件的签名已经全部完成。")
    if not by.acts_for(signature.user_id, Part.review if signature.role == register.REVIEWER else Part.sign):
        raise Refused(f"现在轮到{signature.name}签名，还没有轮到您。")
    return signature


def make_hole(document: register.Document, *, by: User, said: "paper.Said | None" = None) -> None:
    """Make a paper ready to be signed by an outside platform; the place stays open until its signature comes back."""
    signature, at = _turn_of(document, by), clock.now()
    writing = Writing(**_writing(signature, by, said))
    try:
        pdf = seal.make_hole(
            store.read(document.file), field=signature.field, name=by.name, reason=writing.reason, at=at,
            appearance=writing.mark(at),
        )  # fmt: skip
    except seal.CannotSign as error:
        raise Refused(str(error)) from error
    name = f"{document.title}（待签）.pdf"
    signature.prepared = store.put(pdf, name=name, media_type="application/pdf", by=by)
    db.session.flush()


def hole_of(document: register.Document) -> seal.Hole | None:
    """What an outside platform is to sign, where the paper has been made ready for it and is still the same."""
    turn = document.next_signature
    if turn is None or turn.prepared is None:
        return None
    pdf = store.read(turn.prepared)
    return seal.hole_in(pdf) if pdf.startswith(store.read(document.file)) else None


def begin_filling(document: register.Document, cms: bytes, *, by: User) -> Filling:
    """Take what an outside platform has signed; what comes of `made()` goes to `keep_signed`."""
    turn, hole = _turn_of(document, by), hole_of(document)
    if hole is None:
        raise Refused("待签数据不在了，或文件已经变动，请重新准备待签数据。")
    rest = Signing(
        document.file.sha256, hole.pdf, _seals_after(document, turn), _completes(document, turn), queries.authority(),
        clock.now(),
    )  # fmt: skip
    return Filling(hole, cms, turn.field, by.name, rest)


def _usable_key(user: User) -> SigningKey:
    key = queries.signing_key(user, lock=True)
    if key is None:
        raise Refused("您还没有设置签名。请先打开“我的账号”，在“我的签名”中设置签名口令。")
    if key.state is KeyState.locked:
        raise Refused("签名口令连续输错，签名已锁定。请在“我的账号”中重新设置签名。")
    if key.not_after <= clock.now():
        raise Refused("您的签名证书已到期。请在“我的账号”中重新设置签名。")
    return key


def _with_pin(key: SigningKey, user: User, thing: object, opening: Callable[[], Opened]) -> Opened:
    """Do what needs the PIN; a wrong one is counted apart from this transaction, and the last one locks the key."""
    try:
        return opening()
    except seal.WrongPin:
        left = MOST_PIN_TRIES - key.tries - 1
        afterwards(_count_pin_try(key.id))
        journal.record_afterwards(user, "people.try_pin", thing, "签名口令错误", refused=True, why="签名口令不正确。")
        locked = "签名口令连续输错，签名已锁定。请在“我的账号”中重新设置签名。"
        raise WrongSecret(f"签名口令不正确，还可以再试 {left} 次。" if left > 0 else locked) from None


def _count_pin_try(number: int) -> Callable[[Session], None]:
    def write(session: Session) -> None:
        key = session.get(SigningKey, number, with_for_update=True)
        if key is not None:
            key.tries += 1
            if key.tries >= MOST_PIN_TRIES:
                key.state = KeyState.locked

    return write
