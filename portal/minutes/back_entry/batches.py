"""A batch of earlier minutes: their PDFs and their list in one ZIP file, packed by whoever brings it or here."""

import hashlib
import io
import shutil
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from portal.errors import Unreadable
from portal.files import places, store, tables
from portal.files.examine import examine
from portal.files.examine_limits import MB
from portal.files.kinds import Kind
from portal.files.tables import Table
from portal.minutes.back_entry.earlier import COLUMNS, LIST, OF_TASKS, TASKS
from portal.minutes.back_entry.listing import Brought

MOST_FILES, LARGEST_PDF, MOST_UNPACKED = 200, 100 * MB, 2048 * MB
BLOCK = 256 * 1024
ZIPPED, LISTED, PAPER = ".zip", ".xlsx", ".pdf"
BROKEN = "这不是完整的 ZIP 文件，无法打开。请重新压缩后上传。"
IGNORED = ("__MACOSX/", ".")  # what some programs add to a ZIP file


def packed(uploads: Sequence[Any], target: IO[bytes]) -> str:
    """What was chosen as one ZIP file, written to `target`; its name. Unreadable where it cannot be a batch."""
    names = [store.clean_name(one.filename or "") for one in uploads]
    if len(uploads) == 1 and names[0].lower().endswith(ZIPPED):
        uploads[0].save(target)
        return names[0]
    lists = [name for name in names if name.lower().endswith(LISTED)]
    if len(lists) != 1:
        raise Unreadable("请选择一个压缩包（.zip），或一份清单（.xlsx）和清单中的 PDF 文件。")
    if odd := [name for name in names if not name.lower().endswith((LISTED, PAPER))]:
        raise Unreadable(f"《{odd[0]}》不是 PDF 文件，也不是清单，请去掉后重新选择。")
    if len(set(names)) != len(names):
        raise Unreadable("选择的文件中有重名的，请改名后重新选择。")
    with ZipFile(target, "w", ZIP_STORED) as archive:
        for name, upload in zip(names, uploads, strict=True):
            with archive.open(ZipInfo(name), "w", force_zip64=True) as part:
                shutil.copyfileobj(upload.stream, part, BLOCK)
    return f"{lists[0][: -len(LISTED)]}{ZIPPED}"


class Batch:
    """An opened batch: its list, and its PDFs by their names."""

    def __init__(self, archive: ZipFile, folder: Path) -> None:
        self._archive, self._folder = archive, folder
        self._parts = {_name_of(one): one for one in archive.infolist() if _counts(one)}
        _refuse_odd(archive.infolist(), self._parts)
        lists = [name for name in self._parts if name.lower().endswith(LISTED)]
        if len(lists) != 1:
            raise Unreadable(f"压缩包里要有一份清单（.xlsx），现在有 {len(lists)} 份。")
        self._list = lists[0]
        self.papers = [name for name in self._parts if name.lower().endswith(PAPER)]

    def sheets(self) -> list[tuple[str, Table]]:
        """The sheets of the list."""
        with self._extracted(self._list) as path:
            examine(path, self._list, (Kind.XLSX,))
            return tables.read_sheets(path.read_bytes())

    def looked_at(self, note: Callable[[int, int], None]) -> dict[str, Brought]:
        """Every PDF as it was found to be; each is opened apart, and `note` is told how far it is."""
        found: dict[str, Brought] = {}
        for place, name in enumerate(self.papers):
            note(place, len(self.papers))
            found[name] = self._look_at(name)
        return found

    def _look_at(self, name: str) -> Brought:
        try:
            with self._extracted(name) as path:
                examine(path, name, (Kind.PDF,), largest=LARGEST_PDF)
                return Brought(_hash(path))
        except Unreadable as refusal:
            return Brought("", str(refusal))

    def kept(self, name: str) -> tuple[str, int]:
        """One of the PDFs taken into the store, where no row names it yet: its hash and its size."""
        with self._extracted(name) as path, path.open("rb") as content:
            return places.place().keep(content)

    @contextmanager
    def _extracted(self, name: str) -> Iterator[Path]:
        """A part as a file of its own, no larger than it says."""
        part, path = self._parts[name], self._folder / "part"
        try:
            with self._archive.open(part) as source, path.open("wb") as target:
                left = part.file_size
                while block := source.read(min(BLOCK, left + 1)):
                    left -= len(block)
                    if left < 0:
                        raise Unreadable("文件解压后大得异常，不能上传。")
                    target.write(block)
        except (BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
            raise Unreadable("压缩包里的这个文件已损坏或设有密码，无法取出。") from error
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)


@contextmanager
def opened(file: store.StoredFile) -> Iterator[Batch]:
    """The batch a stored ZIP file holds; Unreadable with the reason where it may not be opened."""
    with TemporaryDirectory(prefix="portal-batch-") as folder, store.open(file) as content:
        try:
            archive = ZipFile(content)
        except (BadZipFile, NotImplementedError, ValueError, OSError) as error:
            raise Unreadable(BROKEN) from error
        with archive:
            yield Batch(archive, Path(folder))


def template(series: Sequence[str], states: Sequence[str]) -> bytes:
    """The list to fill in: the sheet of the minutes, that of their tasks, and how they are filled in."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    book.remove(book.active)
    for sheet, columns, choices in ((LIST, COLUMNS, {"series": series}), (TASKS, OF_TASKS, {"state": states})):
        page = book.create_sheet(sheet)
        page.append([word for word, _ in columns.values()])
        page.freeze_panes = "A2"
        for cell, name in zip(page[1], columns, strict=True):
            cell.font = Font(bold=True)
            page.column_dimensions[cell.column_letter].width = _WIDTHS.get(name, 16)
            if told := choices.get(name):
                offered = DataValidation("list", formula1=f'"{",".join(told)[:250]}"', showErrorMessage=False)
                page.add_data_validation(offered)
                offered.add(f"{cell.column_letter}2:{cell.column_letter}{MOST_FILES + 1}")
    page = book.create_sheet("填写说明")
    page.column_dimensions["A"].width, page.column_dimensions["B"].width = 16, 90
    for row in _GUIDE:
        page.append(row)
        page.cell(page.max_row, 2).alignment = Alignment(wrap_text=True, vertical="top")
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


_WIDTHS = {"title": 40, "decisions": 60, "distribution": 30, "file": 30, "series": 20, "lead": 24, "text": 40}
_GUIDE = (
    ("怎样填写", "“会议纪要”每份一行，“交办事项”每项一行。填好后和 PDF 一起压缩成一个 .zip 上传，或在上传时一起选中。"),
    ("编号", "写成〔2025〕3号。门户中已经有的编号、重复的编号不能补录。"),
    ("日期", "写成 2025-03-05 或 2025年3月5日。印发日期可以不写，不写的按会议日期。"),
    ("文件名", "纪要原件的文件名，例如 2025年第3号.pdf；一份纪要一个 PDF 文件。"),
    ("议定事项", "一项一行，写在同一格里（格内换行按 Alt+Enter）。可以不写。"),
    ("纪要编号", "这项交办出自哪一份纪要，写它的编号，例如〔2025〕3号；有几个例会的还要写例会。"),
    ("对应议定", "办理的是第几项议定，写数字；不对应的留空。"),
    ("牵头单位、承办人", "按门户中的名称和姓名填写；由个人承办的，牵头单位留空。配合单位用顿号隔开。"),
    ("状态", "已交办、已签收、办理中、已销号等；不写的按已签收。已销号的要写销号日期。"),
)


def _refuse_odd(entries: Sequence[ZipInfo], parts: dict[str, ZipInfo]) -> None:
    """A batch that is larger than anybody's archive, or whose names mean two things."""
    if len(entries) > MOST_FILES * 2 or len(parts) > MOST_FILES + 1:
        raise Unreadable(f"一次最多 {MOST_FILES} 份纪要，请分成几批上传。")
    if sum(one.file_size for one in entries) > MOST_UNPACKED:
        raise Unreadable(f"解压后超过了 {MOST_UNPACKED // MB} MB，请分成几批上传。")
    if len(parts) != sum(_counts(one) for one in entries):
        raise Unreadable("压缩包里有重名的文件，请改名后重新压缩。")
    if any(stat.S_ISLNK(one.external_attr >> 16) for one in entries):
        raise Unreadable("压缩包里有指向别处的链接，不能打开。")


def _counts(entry: ZipInfo) -> bool:
    """Whether an entry is a file somebody put there."""
    last = entry.filename.rsplit("/", 1)[-1]
    return not entry.is_dir() and not entry.filename.startswith(IGNORED) and not last.startswith(("~$", "."))


def _name_of(entry: ZipInfo) -> str:
    """Its name without the folders; older programs on Windows write Chinese names in GBK and do not say so."""
    name = entry.filename
    if not entry.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode("gb18030")
        except UnicodeError:
            name = entry.filename
    return store.clean_name(name)


def _hash(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
