"""What a signature says and how it is written into a paper; asks the database nothing."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from portal.db import clock
from portal.documents import registry
from portal.documents.pki import authority as pki_authority
from portal.documents.pki import errors, keys, outside
from portal.documents.pki import proof as pki_proof
from portal.documents.pki import signing as pki_signing
from portal.errors import Refused

if TYPE_CHECKING:
    from portal.documents.paper.opinions import Said


_pen = Lock()


@dataclass(frozen=True, kw_only=True)
class Writing:
    """What one signature says: in which field, as what, in whose name, and on a 审签单 which opinion."""

    field: str
    role: str
    name: str
    instead: str = ""  # whom a deputy signs for
    said: "Said | None" = None

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
        from portal.documents.paper import opinions, stamps

        if self.said:
            return opinions.opinion(self.said, self.words, at)
        if not self.field.startswith(registry.SHOWN):
            return None
        return stamps.seal(self.name) if self.role == registry.SEAL else stamps.stamp(self.words, self.role, at)


@dataclass(frozen=True, kw_only=True)
class Stroke(Writing):
    """One signature that is about to be made, with the key."""

    signer: keys.Signer

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
    proof: pki_proof.Proof | None
    with_key: bool = True  # the person's own in the portal, not an outside platform's


@dataclass(frozen=True)
class Signing:
    """All that is needed to sign a paper, read beforehand: signing takes a while and asks the database nothing."""

    base: str  # SHA-256 of the bytes that were read
    pdf: bytes
    strokes: Sequence[Stroke]
    completes: bool
    authority: pki_authority.Authority
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
                pdf = pki_signing.sign(
                    pdf, one.signer, authority=self.authority, field=one.field, name=one.name, at=self.at,
                    reason=one.reason, appearance=one.mark(self.at),
                )  # fmt: skip
                done.append(Mark(one.field, one.serial, one.name, pdf))
            return Signed(self.base, done, pki_proof.prove(pdf, self.authority, at=self.at) if self.completes else None)
        except errors.CannotSign as error:
            raise Refused(str(error)) from error


@dataclass(frozen=True)
class Filling:
    """What an outside platform has signed, and all that is needed to check it and put it in, read beforehand."""

    hole: outside.Hole
    cms: bytes
    field: str
    name: str  # whose signature it has to be
    rest: Signing  # what follows once it is in

    def made(self) -> Signed:
        """Put it in once it is checked and the signer's own, and sign what follows by itself."""
        try:
            filled = outside.fill(self.hole, self.cms, self.rest.authority, at=self.rest.at)
        except errors.CannotSign as error:
            raise Refused(str(error)) from error
        if filled.name != self.name:
            raise Refused(f"签名证书上的姓名是“{filled.name}”，与您的姓名不一致，没有嵌入。")
        signed = replace(self.rest, pdf=filled.pdf).made()
        first = Mark(self.field, filled.serial, self.name, filled.pdf)
        return replace(signed, marks=[first, *signed.marks], with_key=False)


def rehearse() -> None:
    """Sign a page of nothing with the key of nobody: who signs first after a start waits for no library and no font."""
    from portal.documents.paper import opinions

    moment, pin = clock.now(), secrets.token_hex()
    with TemporaryDirectory() as folder:
        authority = pki_authority.Authority.at(Path(folder))
        signer = keys.open_key(authority.issue_person("预备", "nobody", pin, not_before=moment).p12, pin)
        opinion = opinions.opinion(opinions.Said("同意", "同意。", "SHA-256", opinions.SIGN_BOX), "预备", moment)
        pdf = pki_signing.prepare_fields(opinion, [pki_signing.Field("signatory")])
        stroke = Stroke(field="signatory", role="", name="预备", signer=signer)
        Signing("", pdf, [stroke], True, authority, moment).made()
