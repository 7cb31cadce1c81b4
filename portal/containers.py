"""What of a signature no signature covers: its container (CMS), held byte for byte against the one the portal writes.

A signature vouches for the document and for its own signed attributes. Its container also holds certificates, names
of algorithms, version numbers and padding: whoever changes a bit there breaks nothing a validator looks at. So the
container is built anew from its covered parts, and must come out the same.
"""

from collections.abc import Collection
from typing import Any

ECDSA = {"algorithm": "sha256_ecdsa"}


def is_plain(pdf: bytes, embedded: Any, known: Collection[bytes], *, own_marks: bool) -> bool:
    """Whether a signature's place in the file holds exactly what the portal would have written there.

    `known` are the authority's own certificates in DER. With `own_marks=False` time marks come from elsewhere, and are
    taken as they are: only their own signature protects them.
    """
    from asn1crypto import cms

    start, first, second, _ = (int(number) for number in embedded.byte_range)
    if start != 0 or not 0 < first < second <= len(pdf):
        return False
    container = cms.ContentInfo.load(embedded.pkcs7_content).dump()
    written = container.hex().upper().encode()
    if pdf[first:second] != b"<" + written.ljust(second - first - 2, b"0") + b">":
        return False
    built = _built_anew(embedded.signed_data, {*known, embedded.signer_cert.dump()}, own_marks=own_marks)
    return built == container


def is_own(container: bytes, known: Collection[bytes]) -> bool:
    """Whether a container that stands alone, as a time mark in a file, is exactly what the portal would have written.

    `known` are the certificates it may hold, in DER.
    """
    from asn1crypto import cms

    return _built_anew(cms.ContentInfo.load(container)["content"], known, own_marks=True) == container


def _built_anew(signed: Any, known: Collection[bytes], *, own_marks: bool) -> bytes | None:
    """The container of a signature from its covered parts alone; None where it holds a certificate of nobody."""
    from asn1crypto import cms

    certificates = [one.chosen for one in signed["certificates"]]
    if not {one.dump() for one in certificates} <= set(known) or len(signed["signer_infos"]) != 1:
        return None
    (info,) = signed["signer_infos"]
    signer = next((one for one in certificates if one.serial_number == _serial(info)), None)
    if signer is None:
        return None
    marks = _marks_anew(info, known, own_marks=own_marks)
    if marks is None:
        return None
    whole = {
        "version": "v1",
        "digest_algorithms": [_sha256()],
        "encap_content_info": {"content_type": "data"},
        "certificates": certificates,
        "signer_infos": [_signer_anew(info, signer, marks)],
    }
    content = signed["encap_content_info"]
    if content["content_type"].native == "tst_info":
        inside = cms.ParsableOctetString(bytes(content["content"]))
        whole |= {"version": "v3", "encap_content_info": {"content_type": "tst_info", "content": inside}}
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(whole)}).dump())


def _signer_anew(info: Any, signer: Any, marks: list[bytes]) -> Any:
    from asn1crypto import cms

    named = cms.IssuerAndSerialNumber({"issuer": signer.issuer, "serial_number": signer.serial_number})
    parts = {
        "version": "v1",
        "sid": cms.SignerIdentifier("issuer_and_serial_number", named),
        "digest_algorithm": _sha256(),
        "signed_attrs": cms.CMSAttributes.load(info["signed_attrs"].untag().dump()),
        "signature_algorithm": ECDSA,
        "signature": info["signature"].native,
    }
    if marks:
        tokens = [cms.ContentInfo.load(one) for one in marks]
        parts["unsigned_attrs"] = [{"type": "signature_time_stamp_token", "values": tokens}]
    return cms.SignerInfo(parts)


def _sha256() -> dict[str, Any]:
    from asn1crypto import core

    return {"algorithm": "sha256", "parameters": core.Null()}


def _serial(info: Any) -> int:
    sid = info["sid"]
    return sid.chosen["serial_number"].native if sid.name == "issuer_and_serial_number" else -1


def _marks_anew(info: Any, known: Collection[bytes], *, own_marks: bool) -> list[bytes] | None:
    """The time marks of a signature, each built anew; None where one cannot be, or where anything else is attached."""
    attributes = info["unsigned_attrs"]
    if not attributes:
        return []
    if [one["type"].native for one in attributes] != ["signature_time_stamp_token"]:
        return None
    tokens = list(attributes[0]["values"])
    if not own_marks:
        return [one.dump() for one in tokens]
    marks = [_built_anew(one["content"], known, own_marks=True) for one in tokens]
    return None if None in marks else [one for one in marks if one]
