"""The verifier: says of any PDF whether it is ours and whether its signatures hold, in plain words.

The register comes first (SHA-256, expected signers), then pyHanko; neither alone is enough. pyHanko accepts a
rollback, bytes after `%%EOF` and a changed title; most PDF viewers accept any appended update.
"""

import hashlib
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from portal import clock, containers, pdfs
from portal.seal import DISCLAIMER, Authority, apart, validation_context

LARGEST = 50 * 1024 * 1024
MOST_UNPACKED = 200 * 1024 * 1024
CLOCK_SKEW = timedelta(minutes=5)
LONGEST_REASON = 500
MOST_LOOKED_AT = 5_000  # objects of what was appended

__all__ = [
    "DISCLAIMER",
    "LARGEST",
    "ExpectedSigner",
    "Foreign",
    "Registered",
    "SignatureFact",
    "Verdict",
    "Word",
    "examine",
]


class Word(StrEnum):
    """The three words on screen."""

    VALID = "有效"
    APPENDED = "签后有追加"
    INVALID = "无效"


@dataclass(frozen=True)
class ExpectedSigner:
    """Whose signature must stand in which field."""

    field: str
    name: str
    serial: str = ""  # of the certificate; empty: any certificate of this name


@dataclass(frozen=True, kw_only=True)
class Registered:
    """What the register holds about a document; found by the SHA-256 of any of its states."""

    sha256: str  # of the latest state
    kind: str  # 会议纪要 会议记录 审签单
    title: str
    number: str = ""
    signers: Sequence[ExpectedSigner] = ()  # of the finished document, in signing order
    states: Sequence[str] = ()  # SHA-256 of earlier states, oldest first
    note: str = ""  # what a reader must know beside its validity, as 「已由〔2026〕13号更正」
    brought: bool = False  # issued elsewhere and registered as it came: whatever signatures it bears are not ours

    @property
    def called(self) -> str:
        """The document as a sentence names it: 会议纪要〔2026〕12号《…》."""
        return f"{self.kind}{self.number}《{self.title}》"


Register = Callable[[str], Registered | None]


@dataclass(frozen=True)
class Foreign:
    """Another portal's authority, as it came with a package that was taken over: its certificates, and its lists."""

    own: Sequence[x509.Certificate]  # the root first
    lists: Sequence[bytes] = ()  # revocation lists in DER; those in the file itself come to them
    answers: Sequence[bytes] = ()  # answers about single certificates (OCSP, DER) in the file itself
    outside_roots: Sequence[x509.Certificate] = ()
    later_lists: bool = True  # the lists were made when the package was

    @property
    def root(self) -> x509.Certificate:
        """The certificate everything is traced back to."""
        return self.own[0]

    def certificates(self, at: datetime) -> list[x509.Certificate]:
        """The certificates a chain may run through at a moment."""
        return [one for one in self.own[1:] if one.not_valid_before_utc <= at <= one.not_valid_after_utc]

    def crls(self, at: datetime) -> Sequence[bytes]:
        """The revocation lists; the one of that moment is found by whoever asks."""
        return self.lists


Trust = Authority | Foreign


@dataclass(frozen=True)
class SignatureFact:
    """One signature as the reader is told of it."""

    name: str
    at: datetime | None
    serial: str
    ok: bool
    sentence: str
    field: str = ""
    archival: bool = False  # an archive timestamp, which nobody signs
    reason: str = ""  # as what it was signed, on a 审签单 with which opinion; the signature vouches for it


@dataclass(frozen=True)
class Verdict:
    """The answer: one of three words, whether the paper is ours, and why; the first reason is the plain one."""

    word: Word
    ours: bool
    reasons: list[str]
    signatures: list[SignatureFact] = field(default_factory=list)
    registered: Registered | None = None
    sha256: str = ""
    alone: Word | None = None  # what the file proves by itself, the register left aside; None where nobody looked

    @property
    def valid(self) -> bool:
        """Whether the first of the three words holds."""
        return self.word is Word.VALID


def examine(
    pdf: bytes, *, trust: Authority, registered: Register | None, deep: bool = True, foreign: Sequence[Foreign] = ()
) -> Verdict:
    """Judge a PDF. `registered=None` switches the register off: then only what the file itself proves counts.

    `foreign` are the authorities of portals whose packages were taken over here.
    With `deep=False` a file the register knows as the latest state is answered at once, by its hash alone (0.3 ms);
    otherwise the signatures are checked too (up to two seconds for ten pages: in a job, not in a request).
    """
    if len(pdf) > LARGEST:
        return _no(f"文件太大：核验最大支持 {LARGEST // 1024 // 1024} MB 的文件。")
    sha256 = hashlib.sha256(pdf).hexdigest()
    found = registered(sha256) if registered else None
    if found and found.brought:
        said = [_same_bytes(found), "这是本门户登记的补录件，未经本门户签名。", *_notes(found)]
        return Verdict(Word.VALID, False, said, [], found, sha256)
    if found and found.sha256 == sha256 and not deep:
        return Verdict(Word.VALID, True, [_same_bytes(found), *_notes(found)], [], found, sha256)
    return _judge(_read(pdf, (trust, *foreign), known=found is not None), pdf, sha256, found, registered)


# ── What the file itself says ──────────────────────────────────────────────────────────────────────────────


@dataclass
class _Reading:
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


def _read(pdf: bytes, trusts: Sequence[Trust], *, known: bool) -> _Reading:
    if b"%PDF-" not in pdf[:1024]:
        return _Reading(broken="这不是 PDF 文件，请上传门户下载的 PDF 原件。")
    if _swells(pdf):
        return _Reading(broken="文件解压后过大，可能是恶意文件，已停止核验。")
    for end in (len(pdf), *reversed(_ends(pdf)[-3:])):  # junk at the very end hides the file from the parser
        try:
            reader = pdfs.reader(pdf[:end])
            if reader.encrypted:
                return _Reading(broken="文件加了密，无法核验。门户签发的文件从不加密。")
            return _signatures(reader, pdf[:end], trusts, known=known)
        except Exception:  # noqa: BLE001, S112 - a hostile file may fail anywhere in the parser; all failures mean one thing
            continue
    return _Reading(broken="文件已损坏或不是完整的 PDF 文件，无法读取其中的签名。")


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


def _signatures(reader: Any, pdf: bytes, trusts: Sequence[Trust], *, known: bool) -> _Reading:
    from pyhanko.sign.fields import enumerate_sig_fields

    embeddeds = list(reader.embedded_signatures)
    # Comparing revisions is most of the work, and tells nothing more of a file whose signed bytes were changed.
    untouched = all(map(_is_intact, embeddeds))
    reading = _Reading(allowed=untouched)
    reading.empty_fields = sum(1 for _ in enumerate_sig_fields(reader, filled_status=False))
    looks, last = [], 0
    for embedded in embeddeds:
        look = _one(embedded, pdf, _trust_of(embedded, reader, trusts), known=known, compared=untouched)
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


@dataclass(frozen=True)
class _Look:
    """One signature, whether the changes after it are allowed ones, and until when its time mark can be trusted.

    `leaned`: that its certificate was good when it signed, only the register can tell.
    """

    fact: SignatureFact
    allowed: bool
    marked_until: datetime | None
    leaned: bool


def _faded(looks: Sequence[_Look]) -> datetime | None:
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
        if issuer and issuer in {_key_id(one) for one in trust.own} - {_key_id(one) for one in trusts[0].own}:
            try:
                store = DocumentSecurityStore.read_dss(reader)
            except NoDSSFoundError:
                return trust
            lists, answers = ([one.get_object().data for one in kind] for kind in (store.crls, store.ocsps))
            return Foreign(trust.own, (*trust.crls(clock.now()), *lists), answers)
    return trusts[0]


def _key_id(certificate: x509.Certificate) -> bytes:
    return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest


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


def _one(embedded: Any, pdf: bytes, trust: Trust, *, known: bool, compared: bool) -> _Look:
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
    return _Look(
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
    return certificate.authority_key_identifier in {_key_id(one) for one in trust.own}


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
    ours = embedded.signer_cert.authority_key_identifier in {_key_id(one) for one in trust.own}
    known = [one.public_bytes(Encoding.DER) for one in trust.own]
    return (outside and not ours) or containers.is_plain(pdf, embedded, known, outside=outside)


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


def _checked(
    embedded: Any, trust: Trust, at: datetime | None, *, proven: bool, compared: bool
) -> tuple[str, Any]:
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


# ── What follows from it ───────────────────────────────────────────────────────────────────────────────────


def _judge(reading: _Reading, pdf: bytes, sha256: str, found: Registered | None, register: Register | None) -> Verdict:
    if reading.broken:
        return Verdict(Word.INVALID, False, [f"无效：{reading.broken}"], [], None, sha256, Word.INVALID)
    origin = found or _origin(reading, pdf, register)
    word, reasons = _reasons(reading, pdf, sha256, found, origin, asked=register is not None)
    ours = origin is not None or (register is None and reading.signed and all(fact.ok for fact in reading.facts))
    notes = _notes(origin) if origin else []
    return Verdict(word, ours, [*reasons, *notes], reading.facts, origin, sha256, _alone(reading, pdf, sha256))


def _alone(reading: _Reading, pdf: bytes, sha256: str) -> Word:
    """The word with the register switched off: valid only if a signature covers every byte, or nothing else fits there.

    Whether the paper was ever issued the file cannot tell.
    """
    return Word.INVALID if reading.leaned else _reasons(reading, pdf, sha256, None, None, asked=False)[0]


def _origin(reading: _Reading, pdf: bytes, register: Register | None) -> Registered | None:
    """The registered document something was appended to, when the signed part of the file is one of ours."""
    if register is None or not 0 < reading.covered < len(pdf):
        return None
    return register(hashlib.sha256(pdf[: reading.covered]).hexdigest())


def _reasons(
    reading: _Reading, pdf: bytes, sha256: str, found: Registered | None, origin: Registered | None, *, asked: bool
) -> tuple[Word, list[str]]:
    failed = [fact.sentence for fact in reading.facts if not fact.ok]
    if failed:
        return Word.INVALID, ["无效：文件中有无效签名，文件被改动过或不是本门户签发的。", *failed]
    if reading.faded is not None:
        return Word.INVALID, _unprovable(reading.faded, found)
    if found:
        return _registered(reading, len(pdf), sha256, found)
    if not reading.signed:
        where = "，登记簿里也没有它" if asked else ""
        return Word.INVALID, [f"无效：这份 PDF 没有电子签名{where}。"]
    if reading.covered != len(pdf):
        return Word.APPENDED, _appended(reading, len(pdf) - reading.covered, origin)
    return _unregistered(reading, asked=asked)


def _unprovable(since: datetime, found: Registered | None) -> list[str]:
    reasons = [
        "无效：已经不能再证明签名是在证书有效期内作出的。",
        f"时间标记的证书已于{clock.zh_date(since)}到期，到期之前没有续加存档时间戳；签名本身没有被改动的迹象。",
    ]
    if found:
        reasons.append(f"文件与登记簿中的{found.called}逐字节一致，其效力请由档案员依登记簿认定。")
    return reasons


def _registered(reading: _Reading, size: int, sha256: str, found: Registered) -> tuple[Word, list[str]]:
    missing = [signer for signer in found.signers if not _stands(signer, reading.facts)]
    if missing:
        names = "、".join(signer.name for signer in missing)
        return Word.INVALID, [
            f"无效：这是{found.called}签署完成前的版本，还缺{names}的签名。",
            "请使用门户里下载的最新版本。",
        ]
    if reading.signed and reading.covered != size:  # a register that came with a package may say anything
        return Word.APPENDED, _appended(reading, size - reading.covered, found)
    if not reading.allowed:
        return Word.INVALID, ["无效：两次签名之间有签署人不允许的改动。"]
    if sha256 != found.sha256:
        return Word.VALID, [
            f"有效：与登记簿中{found.called}的较早状态逐字节一致，{_count(reading)}",
            "门户里已有更新的状态（补充了时间证明等），内容没有改变。",
        ]
    return Word.VALID, [_same_bytes(found), _count(reading)]


def _stands(signer: ExpectedSigner, facts: list[SignatureFact]) -> bool:
    return any(
        fact.ok and fact.field == signer.field and fact.name == signer.name and signer.serial in ("", fact.serial)
        for fact in facts
    )


def _appended(reading: _Reading, size: int, origin: Registered | None) -> list[str]:
    reasons = [f"签后有追加：最后一个签名之后，文件又被加上了 {size} 个字节，这部分没有人签名。"]
    if origin:
        reasons.append(f"前面签过名的部分就是本门户的{origin.called}，请以门户里的原件为准。")
    if reading.appended:
        reasons.append(f"追加的内容涉及：{'、'.join(reading.appended)}。")
    if not reading.allowed:
        reasons.append("追加的内容改动了页面、批注、签名位置或文件信息，签署人并不允许。")
    return reasons


def _unregistered(reading: _Reading, *, asked: bool) -> tuple[Word, list[str]]:
    if not reading.allowed:
        return Word.INVALID, ["无效：两次签名之间有签署人不允许的改动。"]
    if reading.empty_fields:
        return Word.INVALID, [f"无效：签署没有完成，还有 {reading.empty_fields} 个签名位置是空的。"]
    if asked:
        return Word.INVALID, [
            "无效：登记簿里没有这份文件。",
            "文件里的签名本身完好，但门户没有登记过这样的版本，它可能被退回到了较早的状态，或不是正式印发的文件。",
        ]
    return Word.VALID, [f"有效：{_count(reading)}", "没有与登记簿比对，是否为最终版本无法确定。"]


def _same_bytes(found: Registered) -> str:
    return f"有效：与登记簿中的{found.called}逐字节一致。"


def _count(reading: _Reading) -> str:
    signatures = sum(not fact.archival for fact in reading.facts)
    marks = len(reading.facts) - signatures
    proof = f"另有 {marks} 个存档时间戳，均完好。" if marks else ""
    return f"{signatures} 个签名全部完好。{proof}" if signatures else "这份文件无须签名。"


def _notes(found: Registered) -> list[str]:
    return [f"请注意：{found.note}。"] if found.note else []


def _no(sentence: str) -> Verdict:
    return Verdict(Word.INVALID, False, [f"无效：{sentence}"])
