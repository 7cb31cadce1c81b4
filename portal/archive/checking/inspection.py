"""四性检测 of one piece: what is looked at, under which number of DA/T 70-2018, and what was found.

The numbers are those of the standard's table for 归档 (GD), as far as they are known here; where one number covers
several looks each has its own line. Nothing is changed and nothing is asked of the database while a piece is looked at.
"""

import hashlib
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, BinaryIO

from portal.archive.checking.findings import Findings, Known, Look, aspect
from portal.archive.models.pieces import EARLIER, GROUPS, SOUND, UNASKED, ArchivalRecord, Aspect, Retention
from portal.db import clock
from portal.documents import verify
from portal.documents.paper import pdf_pages, weasy
from portal.errors import Unreadable
from portal.files import examine, places, store

PDF = "application/pdf"
NUMBER = re.compile(
    r"(?P<fonds>[0-9A-Z]{1,8})-WS·(?P<year>\d{4})-(?P<kept>Y|D30|D10)-(?P<unit>[0-9A-Z]+)-(?P<piece>\d{4,})"
)
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
# Formats that are meant to be readable in thirty years (GB/T 18894-2016, 附录); others are kept as they came.
LASTING = frozenset({"application/pdf", "image/png", "image/jpeg"})
SOON = timedelta(days=90)


def inspect(piece: ArchivalRecord, known: Known, *, deep: bool) -> Findings:
    """Look at a piece; a deep look at a signed paper takes up to two seconds."""
    try:
        with store.open(piece.file) as source:
            return look_at(piece, known, source, deep=deep)
    except OSError:
        gone = f"《{piece.title}》的文件不在了。"
        return Findings([Aspect(group, "GD-1-10", "元数据与内容数据关联", gone) for group in GROUPS])


def look_at(piece: ArchivalRecord, known: Known, source: BinaryIO, *, deep: bool) -> Findings:
    """Look at a piece whose content comes from somewhere else than the store."""
    with NamedTemporaryFile() as copy:
        sha256, size = copied(source, copy)
        look = Look(piece, known, copy, sha256, size, deep)
        return Findings([*_authentic(look), *_complete(look), *_usable(look), *_safe(look)])


def copied(source: BinaryIO, target: IO[bytes]) -> tuple[str, int]:
    """Copy a stream and tell its SHA-256 and size."""
    digest, size = hashlib.sha256(), 0
    while block := source.read(places.BLOCK):
        digest.update(block)
        size += len(block)
        target.write(block)
    target.flush()
    return digest.hexdigest(), size


def _authentic(look: Look) -> Iterator[Aspect]:
    piece, known = look.piece, look.known
    same = look.sha256 == piece.file.sha256
    yield aspect(1, "GD-1-1", "数字摘要", look.unless(same, "的内容与登记的校验值不一致。"))
    yield aspect(1, "GD-1-1", "电子签名与证书链", _signatures(look, same=same))
    yield aspect(1, "GD-1-1", "登记状态", _registration(look))
    yield aspect(1, "GD-1-1", "长期验证数据", _proof(look))
    values = (piece.title, piece.responsible, piece.kind)
    yield aspect(1, "GD-1-3", "元数据格式", look.unless(isinstance(piece.day, date), "的日期格式不正确。"))
    in_range = piece.retention in Retention and piece.year == piece.day.year
    yield aspect(1, "GD-1-4", "元数据值域", look.unless(in_range, f"的年度{piece.year}与日期不符，或保管期限不对。"))
    sensible = date(2000, 1, 1) <= piece.day <= clock.today() + timedelta(days=366)
    yield aspect(1, "GD-1-5", "元数据合理性", look.unless(sensible, f"的日期{clock.zh_date(piece.day)}不合理。"))
    hidden = any(_HIDDEN.search(value or "") for value in values)
    yield aspect(1, "GD-1-6", "特殊字符", look.unless(not hidden, "的著录中有看不见的字符。"))
    yield aspect(1, "GD-1-7", "档号规范性", _number(look))
    yield aspect(1, "GD-1-8", "元数据重复性", look.unless(not known.twins, "与同一档中的另一件重复。"))
    yield aspect(1, "GD-1-10", "元数据与内容数据关联", SOUND)


def _signatures(look: Look, *, same: bool) -> str:
    if not (look.is_signed and same):  # of changed bytes everything is said by their hash
        return UNASKED
    if not look.deep:
        return EARLIER
    known = look.known
    verdict = verify.examine(look.content, trust=known.trust, registered=known.register, foreign=known.foreign)
    return look.unless(verdict.valid, f"签名核验：{verdict.reasons[0]}")


def _registration(look: Look) -> str:
    if look.piece.document is None:
        return UNASKED
    if look.known.withdrawn:
        return look.named("登记为已撤回，不是正式文件。")
    return look.unless(look.known.state_known, "不是登记簿中的最新状态。")


def _proof(look: Look) -> str:
    if not look.is_signed:
        return UNASKED
    until = look.known.proven_until
    if until is None:
        return look.named("还没有存档时间戳。")
    if until < clock.now():
        return look.named(f"的存档时间戳已于{clock.zh_date(until)}到期。")
    return look.unless(until > clock.now() + SOON, f"的存档时间戳将于{clock.zh_date(until)}到期，还没有续加。")


def _number(look: Look) -> str:
    piece = look.piece
    if piece.archival_number is None:
        return UNASKED
    parts = NUMBER.fullmatch(piece.archival_number)
    if parts is None:
        return look.named(f"的档号“{piece.archival_number}”不合规范。")
    told = (parts["year"], parts["kept"], parts["piece"])
    return look.unless(
        told == (str(piece.year), piece.retention.value, f"{piece.piece or 0:04d}"),
        f"的档号“{piece.archival_number}”与年度、保管期限或件号不一致。",
    )


def _complete(look: Look) -> Iterator[Aspect]:
    piece, known = look.piece, look.known
    same = look.size == piece.file.size
    yield aspect(2, "GD-2-2", "字节数相符", look.unless(same, f"的文件大小（{look.size} 字节）与登记的不一致。"))
    yield aspect(2, "GD-2-3", "过程信息", look.unless(known.noted, "没有归档过程的记录。"))
    gap = look.unless(not known.gap, "之前的件号不连续。") if piece.piece else UNASKED
    yield aspect(2, "GD-2-4", "件号连续性", gap)
    wanted: list[tuple[str, object]] = [("题名", piece.title), ("责任者", piece.responsible), ("类别", piece.kind)]
    if piece.is_accepted:
        wanted += [("档号", piece.archival_number), ("接收人", piece.accepted_by_id or piece.origin)]
    missing = "、".join(word for word, value in wanted if not value)
    yield aspect(2, "GD-2-6", "必填著录项", look.unless(not missing, f"著录不全，缺少：{missing}。"))
    pages = _pages(look)
    fits = piece.pages is None or pages in (None, piece.pages)
    yield aspect(2, "GD-2-8", "页数", look.unless(fits, f"有 {pages} 页，登记的是 {piece.pages} 页。"))
    awaited = "、".join(known.awaited)
    yield aspect(
        2, "GD-2-8", "签名齐全", look.unless(not awaited, f"还缺{awaited}的签名。") if look.is_signed else UNASKED
    )


def _pages(look: Look) -> int | None:
    if look.piece.file.media_type != PDF:
        return None
    try:
        return pdf_pages.page_count(look.content)
    except weasy.PaperError:
        return None  # that it cannot be opened is said under 可用性


def _usable(look: Look) -> Iterator[Aspect]:
    piece = look.piece
    yield aspect(3, "GD-3-1", "元数据可读性", look.unless(piece.title.isprintable(), "的题名不能正常显示。"))
    yield aspect(3, "GD-3-3", "内容格式与登记相符", _format(look))
    yield aspect(3, "GD-3-4", "内容可读（打开）", _opens(look))
    if piece.document is not None and not piece.document.is_brought:
        found = look.unless(_says_archivable(look.content), "没有声明为 PDF/A。")
    else:
        found = SOUND if piece.file.media_type in LASTING else UNASKED
    yield aspect(3, "GD-3-5", "格式的长期可用性", found)


_MAGIC = {PDF: b"%PDF-", "image/png": b"\x89PNG", "image/jpeg": b"\xff\xd8\xff"}


def _format(look: Look) -> str:
    look.copy.seek(0)
    begins = _MAGIC.get(look.piece.file.media_type, b"PK\x03\x04")
    return look.unless(look.copy.read(len(begins)) == begins, "的内容不是登记的格式。")


def _opens(look: Look) -> str:
    if look.piece.file.media_type != PDF:
        return SOUND  # that it opens is part of 安全性, where its inside is looked at
    content = look.content
    try:
        count = pdf_pages.page_count(content)
        for number in {1, count} if look.deep and count else ():
            pdf_pages.picture(content, number, dpi=18)
    except (weasy.PaperError, RuntimeError, ValueError):
        return look.named("的文件打不开。")
    return look.unless(count, "的文件没有页面。")


def _says_archivable(content: bytes) -> bool:
    for found in _METADATA.finditer(content):
        stated = content[found.end() : content.find(b"endstream", found.end())]
        with suppress(zlib.error):
            stated = zlib.decompressobj().decompress(stated, 2**20)
        if b"pdfaid" in stated:
            return True
    return False


_METADATA = re.compile(rb"/Subtype\s*/XML\b[^\0]{0,200}?stream\r?\n")


def _safe(look: Look) -> Iterator[Aspect]:
    yield aspect(4, "GD-4-2", "恶意内容（脚本、宏、外部链接、夹带的程序）", _harmless(look))
    yield aspect(4, "GD-4-3", "多余内容", _nothing_more(look))
    chained = look.known.chained
    yield aspect(4, "GD-4-7", "操作过程", look.unless(chained, "的归档过程记录被改动过。"))


def _harmless(look: Look) -> str:
    if not look.deep and look.sha256 == look.piece.file.sha256:
        return EARLIER
    try:
        examine.examine(Path(look.copy.name), look.piece.file.name)
    except Unreadable as refusal:
        return look.named(f"：{refusal}")
    return SOUND


def _nothing_more(look: Look) -> str:
    if look.piece.file.media_type != PDF:
        return UNASKED
    look.copy.seek(max(0, look.size - 64))
    return look.unless(look.copy.read().rstrip().endswith(b"%%EOF"), "的文件末尾有多余的内容。")
