"""Answers about certificates (OCSP, RFC 6960)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from portal.documents.pki.certificates import CRL_DAYS, as_asn1

LONGEST_NONCE = 128  # bytes (RFC 9654)


@dataclass(frozen=True)
class Question:
    """About which certificate a question is, in the words of who asks."""

    serial: int
    hashed: str = "sha1"  # how its issuer is named
    nonce: Any = None  # said back, so that an answer cannot be an old one


def ask_later() -> bytes:
    """The answer to who asks too often about certificates."""
    return unanswered("try_later")


def unanswered(why: str) -> bytes:
    """The answer that says why there is none."""
    from asn1crypto import ocsp

    return bytes(ocsp.OCSPResponse({"response_status": why}).dump())


def answer_about(
    told: Question,
    issuer: x509.Certificate,
    responder: x509.Certificate,
    key: ec.EllipticCurvePrivateKey,
    at: datetime,
    revoked: str | None,
) -> bytes:
    """One answer (RFC 6960) about one certificate, given as of a moment; `revoked` is since when it is withdrawn."""
    from asn1crypto import algos, core, ocsp

    moment, above = at.replace(microsecond=0), as_asn1(issuer)
    since = datetime.fromisoformat(revoked) if revoked else None
    if since is not None and since <= at:
        status = ocsp.CertStatus("revoked", {"revocation_time": since.replace(microsecond=0)})
    else:
        status = ocsp.CertStatus("good")
    about = {
        "hash_algorithm": {"algorithm": told.hashed}, "issuer_name_hash": getattr(above.subject, told.hashed),
        "issuer_key_hash": getattr(above.public_key, told.hashed), "serial_number": told.serial,
    }  # fmt: skip
    one = {
        "cert_id": about, "cert_status": status, "this_update": moment,
        "next_update": moment + timedelta(days=CRL_DAYS),
    }  # fmt: skip
    said = ocsp.ResponseData(
        {
            "responder_id": ocsp.ResponderId("by_key", core.OctetString(as_asn1(responder).public_key.sha1)),
            "produced_at": moment,
            "responses": [one],
            "response_extensions": [{"extn_id": "nonce", "extn_value": told.nonce}] if told.nonce else None,
        }
    )
    basic = ocsp.BasicOCSPResponse(
        {
            "tbs_response_data": said,
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
            "signature": key.sign(said.dump(), ec.ECDSA(hashes.SHA256())),
            "certs": [as_asn1(responder)],
        }
    )
    inside = {"response_type": "basic_ocsp_response", "response": basic}
    return bytes(ocsp.OCSPResponse({"response_status": "successful", "response_bytes": inside}).dump())
