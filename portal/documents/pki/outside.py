"""The seam for an outside signing platform: a digest goes out, a signature (CMS) comes in."""

import asyncio
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from portal.documents import pdfs
from portal.documents.pki.authority import Authority
from portal.documents.pki.certificates import store_of
from portal.documents.pki.errors import CannotSign
from portal.documents.pki.signing import check_turn, drawn, pdf_signer
from portal.documents.pki.trust import apart, validation_context

HOLE_BYTES = 32_768
SM3 = "1.2.156.10197.1.401"


@dataclass(frozen=True)
class Hole:
    """A paper made ready to be signed elsewhere: its bytes, where the empty place is, what the signature covers."""

    pdf: bytes
    start: int
    end: int
    covered: bytes

    @property
    def digest(self) -> bytes:
        """SHA-256 of what is covered."""
        return hashlib.sha256(self.covered).digest()


@dataclass(frozen=True)
class Filled:
    """The paper with the signature that was made elsewhere, and whose it is."""

    pdf: bytes
    name: str
    serial: str


def make_hole(
    pdf: bytes, *, field: str, name: str, reason: str, at: datetime, appearance: bytes | None = None
) -> bytes:
    """Put an empty signature in a prepared field: an outside platform signs what lies around it. Raises CannotSign."""
    from pyhanko.sign.fields import enumerate_sig_fields
    from pyhanko.sign.signers import ExternalSigner

    writer = pdfs.writer(pdf)
    fields = {found: value is not None for found, value, _ in enumerate_sig_fields(writer.prev)}
    check_turn(field, fields)
    certify, last = not any(fields.values()), list(fields.values()).count(False) == 1
    elsewhere = ExternalSigner(signing_cert=None, cert_registry=store_of([]), signature_value=bytes(256))
    about = {"field_name": field, "name": name, "reason": reason}
    with drawn(appearance) as style:
        signing = pdf_signer(elsewhere, None, at, style, certify=certify, last=last, **about)
        hollow = signing.async_digest_doc_for_signing(writer, existing_fields_only=True, bytes_reserved=HOLE_BYTES)
        _, _, out = apart(asyncio.run, hollow)
    return bytes(out.getvalue())


def hole_in(pdf: bytes) -> Hole:
    """The empty signature of a paper: the last one in it."""
    *_, found = re.finditer(rb"/ByteRange ?\[ ?(\d+) (\d+) (\d+) (\d+) *\]", pdf)
    first, length, second, rest = (int(number) for number in found.groups())
    return Hole(pdf, length, second, pdf[first : first + length] + pdf[second : second + rest])


def fill(hole: Hole, cms: bytes, authority: Authority, *, at: datetime) -> Filled:
    """Put a signature (CMS, DER or PEM, detached) into the hole once it is checked. Raises CannotSign.

    Only what this portal itself can verify is taken in; SM2 with SM3 it cannot, and says so.
    """
    from asn1crypto import cms as asn1
    from asn1crypto import pem
    from pyhanko.sign.validation import validate_pdf_signature

    try:
        der = pem.unarmor(cms)[2] if pem.detect(cms) else cms
        signed = asn1.ContentInfo.load(der, strict=True)["content"]
        algorithm = signed["signer_infos"][0]["digest_algorithm"]["algorithm"].dotted
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise CannotSign("这不是签名文件：需要对待签数据的分离式 CMS 签名（DER 或 PEM）。") from error
    if algorithm == SM3:
        raise CannotSign("这是国密（SM2、SM3）签名，本门户不能核验，所以不嵌入；请由外部平台核验和保管。")
    written = der.hex().encode()
    if len(written) > hole.end - hole.start - 2:
        raise CannotSign("签名文件太大，放不进文件预留的位置。")
    pdf = hole.pdf[: hole.start] + b"<" + written.ljust(hole.end - hole.start - 2, b"0") + b">" + hole.pdf[hole.end :]
    try:
        embedded = pdfs.reader(pdf).embedded_signatures[-1]
        status = apart(validate_pdf_signature, embedded, validation_context(authority, at))
    except Exception as error:  # what comes from outside may fail anywhere in the parser
        raise CannotSign("签名文件的内容不能核验，没有嵌入。") from error
    if not (status.intact and status.valid):
        raise CannotSign("签名与这份文件的待签数据不一致，没有嵌入。请用本页下载的待签数据签名。")
    if not status.trusted:
        raise CannotSign("签名证书不受信任，没有嵌入。请系统管理员把外部平台的根证书加入信任。")
    name = str(embedded.signer_cert.subject.native.get("common_name", ""))
    return Filled(pdf, name, f"{embedded.signer_cert.serial_number:x}")
