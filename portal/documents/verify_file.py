"""What a PDF says of itself: its signatures, what was appended, before the register is asked."""

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from portal.db import clock
from portal.documents import pdfs
from portal.documents.verdicts import Foreign, SignatureFact, Trust
from portal.documents.verify_signature import Look, key_id_of, look_at

MOST_UNPACKED = 200 * 1024 * 1024

MOST_LOOKED_AT = 5_000  # objects of what was appended


@dataclass
class Reading:
    """What was found in the file, before the register is asked."""

    broken: str = ""  # why it could not be read at all
    facts: list[SignatureFact] = field(default_factory=list)
    leaned: bool = False  # on the register, for the time of a signature
    allowed: bool = True  # every change between signatures is one the signers allowed
    empty_fields: int = 0
    covered: int = 0  # bytes from the start that the last signature vouches for
    faded: datetime | None = None  # when the time of a signature could no longer be proven
    appended: Sequence[str] = ()  # what kinds of things stand behind the last signature

    @property
    def signed(self) -> bool:
        return bool(self.facts)


def read_file(pdf: bytes, trusts: Sequence[Trust], *, known: bool) -> Reading:
    """Read a file and judge every signature in it; junk at its very end does not hide it."""
    if b"%PDF-" not in pdf[:1024]:
        return Reading(broken="这不是 PDF 文件，请上传门户下载的 PDF 原件。")
    if _swells(pdf):
        return Reading(broken="文件解压后过大，可能是恶意文件，已停止核验。")
    for end in (len(pdf), *reversed(_ends(pdf)[-3:])):  # junk at the very end hides the file from the parser
        try:
            reader = pdfs.reader(pdf[:end])
            if reader.encrypted:
                return Reading(broken="文件加了密，无法核验。门户签发的文件从不加密。")
            return _signatures(reader, pdf[:end], trusts, known=known)
        except Exception:  # noqa: BLE001, S112 - a hostile file may fail anywhere in the parser; all failures mean one thing
            continue
    return Reading(broken="文件已损坏或不是完整的 PDF 文件，无法读取其中的签名。")


def _swells(pdf: bytes) -> bool:
    """Whether the compressed parts of a PDF hold more than a reader should be made to unpack."""
    left, end = MOST_UNPACKED, 0
    while left > 0 and (start := _STREAM.search(pdf, end)) and (end := pdf.find(b"endstream", start.end())) > 0:
        inflater, packed = zlib.decompressobj(), pdf[start.end() : end]
        end += len(b"endstream")
        try:
            while packed and not inflater.eof and left > 0:
                left -= len(inflater.decompress(packed, 2**20))
                packed = inflater.unconsumed_tail
        except zlib.error:
            continue  # packed in another way, or not at all
    return left <= 0


_STREAM = re.compile(rb"stream\r?\n")


def _ends(pdf: bytes) -> list[int]:
    """Where the revisions of a PDF end, each a place from which something may have been appended."""
    return [found.end() for found in re.finditer(rb"%%EOF\r?\n?", pdf) if found.end() < len(pdf)]


def _signatures(reader: Any, pdf: bytes, trusts: Sequence[Trust], *, known: bool) -> Reading:
    from pyhanko.sign.fields import enumerate_sig_fields

    embeddeds = list(reader.embedded_signatures)
    # Comparing revisions is most of the work, and tells nothing more of a file whose signed bytes were changed.
    untouched = all(map(_is_intact, embeddeds))
    reading = Reading(allowed=untouched)
    reading.empty_fields = sum(1 for _ in enumerate_sig_fields(reader, filled_status=False))
    looks, last = [], 0
    for embedded in embeddeds:
        look = look_at(embedded, pdf, _trust_of(embedded, reader, trusts), known=known, compared=untouched)
        looks.append(look)
        reading.facts.append(look.fact)
        reading.allowed = reading.allowed and look.allowed
        reading.leaned = reading.leaned or look.leaned
        start, first, second, rest = (int(number) for number in embedded.byte_range)
        if start == 0 and first < second:
            reading.covered = max(reading.covered, second + rest)
            last = max(last, embedded.signed_revision)
    reading.faded = _faded(looks)
    if looks:
        reading.appended = _kinds_after(reader, last)
    return reading


def _faded(looks: Sequence[Look]) -> datetime | None:
    """When the chain of time marks broke, or None: each must still have been good when the next one was made.

    The last one must be good today. What has no time mark at all is judged by its certificate alone.
    """
    needed = clock.now()
    for look in reversed(looks):
        if look.marked_until is not None and look.marked_until < needed:
            return look.marked_until
        if look.fact.archival and look.fact.at is not None:
            needed = look.fact.at
    return None


def _trust_of(embedded: Any, reader: Any, trusts: Sequence[Trust]) -> Trust:
    """Whose certificate it is said to be; the first, our own, where nobody claims it."""
    from pyhanko.sign.validation.dss import DocumentSecurityStore
    from pyhanko.sign.validation.errors import NoDSSFoundError

    issuer = embedded.signer_cert.authority_key_identifier
    for trust in trusts[1:]:
        if issuer and issuer in {key_id_of(one) for one in trust.own} - {key_id_of(one) for one in trusts[0].own}:
            try:
                store = DocumentSecurityStore.read_dss(reader)
            except NoDSSFoundError:
                return trust
            lists, answers = ([one.get_object().data for one in kind] for kind in (store.crls, store.ocsps))
            return Foreign(trust.own, (*trust.crls(clock.now()), *lists), answers)
    return trusts[0]


def _is_intact(embedded: Any) -> bool:
    """Whether the bytes a signature lies over have the hash that was signed; what cannot be read has not."""
    try:
        if embedded.sig_object_type == "/DocTimeStamp":
            imprint = embedded.signed_data["encap_content_info"]["content"].parsed["message_imprint"]
            algorithm, signed = imprint["hash_algorithm"]["algorithm"].native, imprint["hashed_message"].native
        else:
            algorithm, attributes = embedded.external_md_algorithm, embedded.signer_info["signed_attrs"]
            signed = next(one["values"][0].native for one in attributes if one["type"].native == "message_digest")
        return bool(embedded.compute_digest(algorithm) == signed)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, StopIteration):
        return False


# What stands in a PDF's objects, as a reader would call it.
_KINDS = {
    "/Annot": "批注", "/Page": "页面", "/Pages": "页面", "/Font": "字体", "/EmbeddedFile": "附件", "/Filespec": "附件",
    "/Metadata": "文件信息", "/Sig": "签名", "/DocTimeStamp": "时间戳", "/DSS": "验证数据",
}  # fmt: skip


def _kinds_after(reader: Any, revision: int) -> list[str]:
    """What kinds of things the updates after a revision brought, as far as the objects tell."""
    kinds: dict[str, None] = {}
    later = (
        (reference, number)
        for number in range(revision + 1, reader.xrefs.total_revisions)
        for reference in reader.xrefs.explicit_refs_in_revision(number)
    )
    for reference, number in islice(later, MOST_LOOKED_AT):
        thing = reader.get_object(reference, revision=number)
        if isinstance(thing, dict):
            kinds |= dict.fromkeys(_kinds_of(thing))
    return sorted(kinds)


def _kinds_of(thing: Any) -> Iterator[str]:
    if thing.get("/S") == "/JavaScript" or "/JS" in thing:
        yield "脚本"
    if thing.get("/FT") == "/Sig":
        yield "签名位置"
    elif (kind := _KINDS.get(str(thing.get("/Type", "")))) is not None:
        yield kind
    if "/Title" in thing or "/Author" in thing or "/Producer" in thing:
        yield "文件信息"
