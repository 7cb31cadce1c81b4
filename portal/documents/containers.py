"""What of a signature no signature covers: its container (CMS), held byte for byte against the one the portal writes.

A signature vouches for the document and for its own signed attributes. Its container also holds certificates, names
of algorithms, version numbers and padding: whoever changes a bit there breaks nothing a validator looks at, and may
hide something there. So the container is built anew from its covered parts, and must come out the same.

What is left to whoever changes a file: which of the authority's own certificates lie in the container, each at most
once. They are public, and say nothing about the paper.
"""

from collections.abc import Callable, Collection
from functools import wraps
from typing import Any

from asn1crypto import core

ECDSA = {"algorithm": "sha256_ecdsa"}


def _knowing_lengths(dump: Callable[..., bytes]) -> Callable[..., bytes]:
    """Let asn1crypto tell an indefinite length (X.690, 8.1.3.6) from a definite one whose last byte happens to be 80.

    It looks at that byte alone. What has such a length was then written anew from its smallest parts, those of every
    level again at the level above: of a signature with its time mark that did not end within minutes.
    """

    @wraps(dump)
    def dump_with_care(self: Any, force: bool = False) -> bytes:
        header = self._header
        if header and header[-1] == 0x80 and any(header[-1 - n : -n] == bytes([0x80 | n]) for n in (1, 2, 3, 4)):
            self._header = None  # worked out again from the contents
        return dump(self, force)

    return dump_with_care


for kind in (core.Sequence, core.SequenceOf, core.Choice):
    kind.dump = _knowing_lengths(kind.dump)


def is_plain(pdf: bytes, embedded: Any, known: Collection[bytes], *, outside: bool) -> bool:
    """Whether a signature's place in the file holds exactly what the portal would have written there.

    `known` are the authority's own certificates in DER. With `outside` a time mark may come from another house, which
    builds it in its own way: then it is taken as it is, and only its own signature protects it.
    """
    from asn1crypto import cms

    start, first, second, _ = (int(number) for number in embedded.byte_range)
    if start != 0 or not 0 < first < second <= len(pdf):
        return False
    container = cms.ContentInfo.load(embedded.pkcs7_content).dump()
    written = container.hex().upper().encode()
    if pdf[first:second] != b"<" + written.ljust(second - first - 2, b"0") + b">":
        return False
    if embedded.sig_object_type == "/DocTimeStamp":
        built = _mark_anew(embedded.signed_data, known)
    else:
        built = _signature_anew(embedded.signed_data, {*known, embedded.signer_cert.dump()}, known, outside=outside)
    return built == container


def is_own(container: bytes, known: Collection[bytes]) -> bool:
    """Whether a time mark that stands alone, as in a file, is exactly what the portal would have written.

    `known` are the certificates it may hold, in DER.
    """
    from asn1crypto import cms

    return _mark_anew(cms.ContentInfo.load(container)["content"], known) == container


def _signature_anew(
    signed: Any, certificates: Collection[bytes], known: Collection[bytes], *, outside: bool
) -> bytes | None:
    """A person's signature: it carries no content of its own, and one time mark at most."""
    parts = _parts(signed, certificates, "data")
    if parts is None:
        return None
    unsigned = parts[1]["unsigned_attrs"]
    marks: list[bytes | None] = []
    if unsigned:
        values = [one["values"] for one in unsigned if one["type"].native == "signature_time_stamp_token"]
        if len(values) != 1 or len(unsigned) != 1 or len(values[0]) != 1:
            return None
        marks = [_token(values[0][0], known, outside=outside)]
    return None if None in marks else _whole("v1", {"content_type": "data"}, *parts, marks)


def _token(token: Any, known: Collection[bytes], *, outside: bool) -> bytes | None:
    """The time mark of a signature; one of another house as it is, where such are taken at all."""
    signed = token["content"]
    if outside and _signer(signed, known) is None:
        return bytes(token.dump())
    return _mark_anew(signed, known)


def _mark_anew(signed: Any, known: Collection[bytes]) -> bytes | None:
    """A time mark of the portal's own: nothing hangs on its signature, where nobody would look."""
    from asn1crypto import cms

    parts = _parts(signed, known, "tst_info")
    if parts is None or parts[1]["unsigned_attrs"]:
        return None
    inside = cms.ParsableOctetString(bytes(signed["encap_content_info"]["content"]))
    return _whole("v3", {"content_type": "tst_info", "content": inside}, *parts, [])


def _parts(signed: Any, allowed: Collection[bytes], content_type: str) -> tuple[list[Any], Any, Any] | None:
    """Certificates, the one signature and whose certificate it is; None where anything else is in the container."""
    certificates = [one.chosen for one in signed["certificates"]]
    held = [one.dump() for one in certificates]
    signer = _signer(signed, allowed)
    fitting = signed["encap_content_info"]["content_type"].native == content_type and len(signed["signer_infos"]) == 1
    if signer is None or not fitting or not set(held) <= set(allowed) or len(set(held)) != len(held):
        return None
    return certificates, signed["signer_infos"][0], signer


def _signer(signed: Any, allowed: Collection[bytes]) -> Any:
    """The certificate in the container that its signature names, where it is one of the allowed ones."""
    for info in signed["signer_infos"]:
        sid = info["sid"]
        if sid.name == "issuer_and_serial_number":
            for one in signed["certificates"]:
                same = one.chosen.serial_number == sid.chosen["serial_number"].native
                if same and one.chosen.dump() in allowed:
                    return one.chosen
    return None


def _whole(
    version: str, content: dict[str, Any], certificates: list[Any], info: Any, signer: Any, marks: list[Any]
) -> bytes:
    from asn1crypto import cms

    signed = cms.SignedData(
        {
            "version": version,
            "digest_algorithms": [_sha256()],
            "encap_content_info": content,
            "certificates": certificates,
            "signer_infos": [_signer_anew(info, signer, marks)],
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump())


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
