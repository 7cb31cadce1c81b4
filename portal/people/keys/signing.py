"""Signing a registered paper with a person's key or by an outside platform."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from portal.db import clock
from portal.db.engine import db
from portal.documents import registry
from portal.documents.pki import errors, keys, outside
from portal.errors import Refused
from portal.files import store
from portal.people.keys import queries
from portal.people.keys.operations import usable_key, with_pin
from portal.people.keys.writing import Filling, Signed, Signing, Stroke, Writing
from portal.people.models.accounts import User
from portal.people.models.roles import Part

if TYPE_CHECKING:
    from portal.documents.paper.opinions import Said


def begin_signing(document: registry.Document, *, pin: str, by: User) -> Signing:
    """Open the key of the one whose turn it is, or of that person's deputy; what comes of it goes to `keep_signed`.

    Where this is the last person, the office's seal follows if one is asked for, and the archive timestamp.
    """
    [signing] = begin_signings([(document, None)], pin=pin, by=by)
    return signing


def begin_signings(papers: Sequence[tuple[registry.Document, "Said | None"]], *, pin: str, by: User) -> list[Signing]:
    """The same for papers that are signed in one act, with what is said on each; the PIN opens the key once."""
    turns = [_turn_of(document, by) for document, _ in papers]
    key = usable_key(by)
    signer = with_pin(key, by, papers[0][0], lambda: keys.open_key(key.p12, pin))
    return [
        _signing(document, turn, Stroke(**_writing(turn, by, said), signer=signer))
        for (document, said), turn in zip(papers, turns, strict=True)
    ]


def _writing(turn: registry.Signature, by: User, said: "Said | None") -> dict[str, Any]:
    """The facts of a `Writing` by whoever signs at somebody's turn."""
    instead = "" if by.id == turn.user_id else turn.name
    return {"field": turn.field, "role": turn.role, "name": by.name, "instead": instead, "said": said}


def _signing(document: registry.Document, turn: registry.Signature, stroke: Stroke) -> Signing:
    strokes = [stroke, *_seals_after(document, turn)]
    return Signing(
        document.file.sha256, store.read(document.file), strokes, _completes(document, turn), queries.authority(),
        clock.now(),
    )  # fmt: skip


def _seals_after(document: registry.Document, turn: registry.Signature) -> list[Stroke]:
    """The office's seal, where it stands right after the last person's signature."""
    after = [one for one in document.signatures if one.position > turn.position]
    if len(after) != 1 or after[0].role != registry.SEAL:
        return []
    stamp = queries.authority().office_seal(after[0].name)
    return [Stroke(field=after[0].field, role=registry.SEAL, name=after[0].name, signer=stamp)]


def _completes(document: registry.Document, turn: registry.Signature) -> bool:
    return not any(one.position > turn.position and one.role != registry.SEAL for one in document.signatures)


def keep_signed(document: registry.Document, signed: Signed, *, by: User) -> None:
    """Enter what was signed in the register, unless the paper has changed meanwhile; the deed leaves the entry."""
    if document.file.sha256 != signed.base:
        raise Refused("您签名的时候，这份文件有了变动，没有签上。请刷新页面查看后再签。")
    _turn_of(document, by)
    if signed.with_key:
        usable_key(by).tries = 0
    for mark in signed.marks:
        turn = document.next_signature
        if turn is None or turn.field != mark.field:
            raise Refused("还没有轮到这一位签名，请等前一位签完。")
        registry.replace(document, mark.pdf, turn, mark.serial, by=by, name=mark.name)
    if signed.proof is not None:
        registry.prove(document, signed.proof.pdf, signed.proof.until, by=by)


def sign_paper(document: registry.Document, *, pin: str, by: User) -> None:
    """Sign a registered paper all in one, where nobody else waits."""
    keep_signed(document, begin_signing(document, pin=pin, by=by).made(), by=by)


def _turn_of(document: registry.Document, by: User) -> registry.Signature:
    signature = document.next_signature
    if signature is None:
        raise Refused("这份文件的签名已经全部完成。")
    if not by.acts_for(signature.user_id, Part.review if signature.role == registry.REVIEWER else Part.sign):
        raise Refused(f"现在轮到{signature.name}签名，还没有轮到您。")
    return signature


def make_hole(document: registry.Document, *, by: User, said: "Said | None" = None) -> None:
    """Make a paper ready to be signed by an outside platform; the place stays open until its signature comes back."""
    signature, at = _turn_of(document, by), clock.now()
    writing = Writing(**_writing(signature, by, said))
    try:
        pdf = outside.make_hole(
            store.read(document.file), field=signature.field, name=by.name, reason=writing.reason, at=at,
            appearance=writing.mark(at),
        )  # fmt: skip
    except errors.CannotSign as error:
        raise Refused(str(error)) from error
    name = f"{document.title}（待签）.pdf"
    signature.prepared = store.put(pdf, name=name, media_type="application/pdf", by=by)
    db.session.flush()


def hole_of(document: registry.Document) -> outside.Hole | None:
    """What an outside platform is to sign, where the paper has been made ready for it and is still the same."""
    turn = document.next_signature
    if turn is None or turn.prepared is None:
        return None
    pdf = store.read(turn.prepared)
    return outside.hole_in(pdf) if pdf.startswith(store.read(document.file)) else None


def begin_filling(document: registry.Document, cms: bytes, *, by: User) -> Filling:
    """Take what an outside platform has signed; what comes of `made()` goes to `keep_signed`."""
    turn, hole = _turn_of(document, by), hole_of(document)
    if hole is None:
        raise Refused("待签数据不在了，或文件已经变动，请重新准备待签数据。")
    rest = Signing(
        document.file.sha256, hole.pdf, _seals_after(document, turn), _completes(document, turn), queries.authority(),
        clock.now(),
    )  # fmt: skip
    return Filling(hole, cms, turn.field, by.name, rest)
