"""One signature of a PDF, judged as of the moment it was made."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from portal.db import clock
from portal.documents import containers
from portal.documents.pki.trust import apart, validation_context
from portal.documents.verdicts import Foreign, SignatureFact, Trust

CLOCK_SKEW = timedelta(minutes=5)
LONGEST_REASON = 500


@dataclass(frozen=True)
class Look:
    """One signature, whether the changes after it are allowed ones, and until when its time mark can be trusted.

    `leaned`: that its certificate was good when it signed, only the register can tell.
    """

    fact: SignatureFact
    allowed: bool
    marked_until: datetime | None
    leaned: bool


def key_id_of(certificate: x509.Certificate) -> bytes:
    """By which a certificate names its key."""
    return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest


def look_at(embedded: Any, pdf: bytes, trust: Trust, *, known: bool, compared: bool) -> Look:
    """One signature judged as of the moment it was made; `compared`: with what was changed after it."""
    certificate = embedded.signer_cert
    name = str(certificate.subject.native.get("common_name", "")) or "未具名"
    archival = embedded.sig_object_type == "/DocTimeStamp"
    if archival:
        name = "存档时间戳"
    at, marked = _moment(embedded)
    trouble, status = _checked(embedded, trust, at, proven=marked or known, compared=compared)
    if not trouble and not _is_plain(embedded, pdf, trust):
        trouble = "签名的外层数据被改动过。"
    serial = f"{certificate.serial_number:x}"
    reason = _line(embedded.sig_object.get("/Reason", ""))
    fact = SignatureFact(name, at, serial, not trouble, "", str(embedded.field_name), archival, reason)
    until = _until(status, certificate, archival=archival)
    proof = _proof_of_time(status, trust, marked=marked, known=known)
    return Look(
        replace(fact, sentence=_said(fact, trouble, until, f"{_issued_by(certificate, trust)}；{proof}")),
        getattr(status, "docmdp_ok", None) is not False,
        until,
        not marked and _is_expired(certificate),
    )


def _line(text: Any) -> str:
    """Some words from a file, in a line of bearable length."""
    shown = (char for char in str(text) if char.isprintable() or char.isspace())
    return " ".join("".join(shown).split())[:LONGEST_REASON]


def _issued_by(certificate: Any, trust: Trust) -> str:
    """Who vouches for the signer: this portal, another one, or a house the administrator trusts."""
    if not _is_of(certificate, trust):
        house = _line(certificate.issuer.native.get("common_name", "")) or "未具名"
        return f"证书由外部机构“{house}”签发，本门户的系统管理员已将其列为可信"
    return "证书由另一个门户签发，随封装包接收" if isinstance(trust, Foreign) else "证书由本门户签发"


def _is_of(certificate: Any, trust: Trust) -> bool:
    return certificate.authority_key_identifier in {key_id_of(one) for one in trust.own}


def _said(fact: SignatureFact, trouble: str, until: datetime | None, vouched: str) -> str:
    if trouble or fact.at is None:
        return f"{fact.name}{'' if fact.archival else '的签名'}无效：{trouble}"
    when = clock.zh_datetime(fact.at)
    if fact.archival:
        lasting = f"，证书有效至{clock.zh_date(until)}" if until else ""
        return f"存档时间戳证明，文件在{when}已是现在的样子{lasting}。"
    reason = f"（{fact.reason}）" if fact.reason else ""
    return f"{fact.name}{reason}于{when}签署，签名完好，{vouched}。"


def _until(status: Any, certificate: Any, *, archival: bool) -> datetime | None:
    """When the certificate of the time mark ends."""
    mark = getattr(status, "timestamp_validity", None)
    signer = certificate if archival else getattr(mark, "signing_cert", None)
    return signer.not_valid_after if signer is not None else None


def _is_plain(embedded: Any, pdf: bytes, trust: Trust) -> bool:
    """Whether nothing was changed or hidden in the container of a signature, which no signature covers.

    A signature made by another house's certificate is built in that house's own way: there nothing can be compared.
    """
    outside = bool(trust.outside_roots)
    ours = embedded.signer_cert.authority_key_identifier in {key_id_of(one) for one in trust.own}
    known = [one.public_bytes(Encoding.DER) for one in trust.own]
    return (outside and not ours) or containers.is_plain(pdf, embedded, known, outside=outside)


def _checked(embedded: Any, trust: Trust, at: datetime | None, *, proven: bool, compared: bool) -> tuple[str, Any]:
    """What is wrong with a signature (empty: nothing), and what pyHanko found about it."""
    from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
    from pyhanko.sign.validation.errors import SignatureValidationError

    if at is None:
        return "没有写明签署时间。", None
    context = validation_context(trust, at, ocsps=trust.answers if isinstance(trust, Foreign) else ())
    try:
        if embedded.sig_object_type == "/DocTimeStamp":
            status = apart(validate_pdf_timestamp, embedded, context, skip_diff=not compared)
        else:
            status = apart(validate_pdf_signature, embedded, context, skip_diff=not compared)
    except (SignatureValidationError, ValueError, KeyError):
        return "签名格式不正确。", None
    return _trouble(status, embedded.signer_cert, at, proven=proven), status


def _moment(embedded: Any) -> tuple[datetime | None, bool]:
    """When a signature was made, and whether a time mark says so (whose own signature is checked with it)."""
    from pyhanko.sign.validation.generic_cms import extract_tst_data_iter

    if embedded.sig_object_type == "/DocTimeStamp":
        tokens = [embedded.signed_data]
    else:
        tokens = list(extract_tst_data_iter(embedded.signer_info, signed=False))
    for token in tokens:
        return token["encap_content_info"]["content"].parsed["gen_time"].native, True
    return embedded.self_reported_timestamp, False


def _trouble(status: Any, certificate: Any, at: datetime, *, proven: bool) -> str:
    """Why a signature does not hold; empty when it does."""
    now = clock.now()
    mark = getattr(status, "timestamp_validity", None)
    troubles = (
        (not status.intact, "签名所覆盖的内容被改动过。"),
        (not status.valid, "签名数据被改动过。"),
        (status.revoked, "证书在签署时已被吊销。"),
        (not status.trusted, "证书不是本门户或受信任的机构签发的，或在签署时不在有效期内。"),
        (at > now + CLOCK_SKEW, "签署时间在将来。"),
        (_is_expired(certificate) and not proven, "证书现已过期，又没有时间标记或登记能证明签署时间。"),
        (mark and not (mark.intact and mark.valid and mark.trusted), "签名所带的时间标记无效。"),
        (not getattr(status, "seed_value_ok", True), "不符合签名位置的要求。"),
    )
    return next((sentence for wrong, sentence in troubles if wrong), "")


def _is_expired(certificate: Any) -> bool:
    return not certificate.not_valid_before <= clock.now() <= certificate.not_valid_after


def _proof_of_time(status: Any, trust: Trust, *, marked: bool, known: bool) -> str:
    mark = getattr(getattr(status, "timestamp_validity", None), "signing_cert", None)
    if mark is not None and not _is_of(mark, trust):
        return "签署时间由外部时间戳机构的时间戳证明"
    if marked:
        return "签署时间由门户的时间标记证明"
    return "签署时间由登记簿证明" if known else "签署时间为签署人自述"
