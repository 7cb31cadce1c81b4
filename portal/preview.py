"""Pages of a file as pictures: Office files through LibreOffice in a sandbox, then PDFium, then WebP."""

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import structlog

from portal.examine import MB, OFFICE_KINDS, Kind

if TYPE_CHECKING:
    from PIL.Image import Image
    from pypdfium2 import PdfDocument, PdfPage

PAGE_WIDTH = 1600
PAGE_HEIGHT = 2400
THUMBNAIL_WIDTH = 320
WEBP_QUALITY = 80
MOST_PAGES = 400
BULLETS = "•●○◦▪■□‣➢ "  # read aloud or found in a search they say nothing
LONGEST_TEXT = 20_000
TIME_LIMIT = 180
CPU_LIMIT = 240  # of both cores together
MEMORY_LIMIT = 4096 * MB
LARGEST_OUTPUT = 1024 * MB
ROOM = "/room"  # what the sandbox calls the one folder it may write to
LAST_RESORT = "请下载原文件查看，或另存为 PDF 后重新上传。"


class PreviewFailed(RuntimeError):
    """The pictures could not be made; the text is the sentence a person reads."""


@dataclass(frozen=True)
class PagePicture:
    """One page as a reader sees it, with its text for search and for screen readers."""

    number: int
    webp: bytes
    width: int
    height: int
    text: str


def pages(source: Path, kind: Kind, workdir: Path, on_page: Callable[[int, int], None]) -> list[PagePicture]:
    """Every page of a file, in order; `on_page(done, total)` is told after each.

    Raises PreviewFailed. One file at a time on this machine: a deck of 100 MB takes 700 MB of memory.
    """
    with one_at_a_time():
        if kind in {Kind.PNG, Kind.JPG}:
            picture = _photograph(source)
            on_page(1, 1)
            return [picture]
        with as_pdf(source, kind, workdir) as pdf:
            return list(_pages_of(pdf, on_page))


def thumbnail(webp: bytes, width: int = THUMBNAIL_WIDTH) -> bytes:
    """A page picture made small."""
    from PIL import Image

    with Image.open(BytesIO(webp), formats=["WEBP"]) as picture:
        picture.thumbnail((width, width * 2))
        return _webp(picture)


# --- PDF to pictures --------------------------------------------------------------------------------------------------


def _pages_of(pdf: Path, on_page: Callable[[int, int], None]) -> Iterator[PagePicture]:
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(pdf) as document:
            total = _count(document)
            for number in range(1, total + 1):
                yield _picture(document[number - 1], number)
                on_page(number, total)
    except pypdfium2.PdfiumError as error:
        raise PreviewFailed(f"页面无法转成图片，文件可能已损坏。{LAST_RESORT}") from error


def _count(document: "PdfDocument") -> int:
    total = len(document)
    if not 0 < total <= MOST_PAGES:
        raise PreviewFailed(f"文件有 {total} 页，只能预览 1 至 {MOST_PAGES} 页的文件。请拆分后重新上传。")
    return total


def _picture(page: "PdfPage", number: int) -> PagePicture:
    width, height = page.get_size()
    scale = min(PAGE_WIDTH / width, PAGE_HEIGHT / height)
    bitmap = page.render(scale=scale)
    picture = bitmap.to_pil()
    text_page = page.get_textpage()
    text = text_page.get_text_bounded()
    made = PagePicture(number, _webp(picture), picture.width, picture.height, _plain(text))
    for part in (text_page, bitmap, page):
        part.close()
    return made


def _photograph(source: Path) -> PagePicture:
    from PIL import Image, ImageOps

    try:
        with Image.open(source, formats=["PNG", "JPEG"]) as opened:
            picture = ImageOps.exif_transpose(opened)
            picture.thumbnail((PAGE_WIDTH, PAGE_HEIGHT))
            flat = picture if picture.mode in {"RGB", "RGBA"} else picture.convert("RGBA")
            return PagePicture(1, _webp(flat), flat.width, flat.height, "")
    except (OSError, ValueError) as error:
        raise PreviewFailed(f"图片无法打开，文件可能已损坏。{LAST_RESORT}") from error


def _webp(picture: "Image") -> bytes:
    target = BytesIO()
    picture.save(target, "WEBP", quality=WEBP_QUALITY, method=2)
    return target.getvalue()


def _plain(text: str) -> str:
    lines = (" ".join(line.split()).lstrip(BULLETS) for line in text.replace("\x00", "").splitlines())
    return "\n".join(line for line in lines if line)[:LONGEST_TEXT]


# --- Office to PDF ----------------------------------------------------------------------------------------------------


def office() -> str | None:
    """LibreOffice's command, where it is installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")


@contextmanager
def as_pdf(source: Path, kind: Kind, workdir: Path) -> Iterator[Path]:
    """The file as PDF, for as long as the block lasts.

    LibreOffice exits with 0 when it failed, so what counts is the file it made.
    """
    if kind not in OFFICE_KINDS:
        yield source
        return
    command = office()
    if command is None:
        raise PreviewFailed(f"服务器上没有安装 LibreOffice，暂时不能预览。请联系系统管理员；{LAST_RESORT}")
    with tempfile.TemporaryDirectory(dir=workdir, prefix="office-", ignore_cleanup_errors=True) as folder:
        room = Path(folder)
        shutil.copyfile(source, room / f"source.{kind.value}")
        (room / "fonts.conf").write_text(_fontconfig(), encoding="utf-8")
        _run([command, *_OPTIONS, f"{ROOM}/source.{kind.value}"], room)
        made = room / "source.pdf"
        if not made.is_file() or made.stat().st_size == 0:
            raise PreviewFailed(f"LibreOffice 没能打开这个文件，无法生成预览。{LAST_RESORT}")
        yield made


_OPTIONS = (
    "--headless", "--norestore", "--nolockcheck", "--nodefault", "--nologo",
    f"-env:UserInstallation=file://{ROOM}/profile", "--convert-to", "pdf", "--outdir", ROOM,
)  # fmt: skip


def _run(command: list[str], room: Path) -> None:
    log = structlog.get_logger("portal")
    limits = ["prlimit", f"--as={MEMORY_LIMIT}", f"--cpu={CPU_LIMIT}", f"--fsize={LARGEST_OUTPUT}", "--core=0"]
    if can_sandbox():
        command = [*limits, *sandbox(room), *command]
    else:
        log.warning("preview_without_sandbox", reason="bwrap is missing or may not run here")
        command = [*limits, *(word.replace(ROOM, str(room)) for word in command)]
    environment = {**_ENVIRONMENT, "HOME": str(room), "FONTCONFIG_FILE": str(room / "fonts.conf")}
    with (room / "complaints").open("w+b") as complaints:
        # An own session, so that everything the converter started can be ended together.
        process = subprocess.Popen(
            command, cwd=room, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=complaints, start_new_session=True,
        )  # fmt: skip
        try:
            status = process.wait(TIME_LIMIT)
        except subprocess.TimeoutExpired as error:
            raise PreviewFailed(f"转换超过 {TIME_LIMIT // 60} 分钟仍未完成，已停止。{LAST_RESORT}") from error
        finally:
            _end(process)
        if status:
            complaints.seek(0)
            log.warning("preview_converter", status=status, said=complaints.read(500).decode("utf-8", "replace"))


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "SAL_USE_VCLPLUGIN": "svp"}
_READABLE = (
    "/usr",
    "/etc/fonts",
    "/etc/libreoffice",
    "/etc/alternatives",
    "/etc/ld.so.cache",
    "/opt",
    "/var/cache/fontconfig",
)


def sandbox(room: Path) -> list[str]:
    """No network, no other process, no file but programs, fonts and the one room."""
    system = [Path(path) for path in ("/bin", "/lib", "/lib64", "/sbin")]
    readable = [Path(path) for path in _READABLE] + font_folders() + system
    command = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    command += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]  # noqa: S108, a fresh one for the sandbox alone
    for path in readable:
        if path.is_symlink():
            command += ["--symlink", str(path.readlink()), str(path)]
        else:
            command += ["--ro-bind-try", str(path), str(path)]
    command += ["--bind", str(room), ROOM, "--chdir", ROOM]
    return [*command, "--setenv", "HOME", ROOM, "--setenv", "FONTCONFIG_FILE", f"{ROOM}/fonts.conf", "--"]


@cache
def can_sandbox() -> bool:
    """Whether bubblewrap is here and may make namespaces; in some containers it may not."""
    if shutil.which("bwrap") is None:
        return False
    trial = ["bwrap", "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "true"]
    return subprocess.run(trial, capture_output=True, timeout=20, check=False).returncode == 0


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Wait for the machine's one place; the kernel frees it when its holder dies."""
    path = Path(tempfile.gettempdir()) / f"portal-preview-{os.getuid()}.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


# --- Fonts ------------------------------------------------------------------------------------------------------------

_SONG = ("FandolSong", "Noto Serif CJK SC")
_HEI = ("Noto Sans CJK SC", "FandolHei")
_FANG = ("FandolFang R", "FandolFang", "Noto Serif CJK SC")
_KAI = ("FandolKai", "LXGW WenKai Light", "Noto Serif CJK SC")
# What decks made with Office, WPS and on a Mac ask for, and what stands in for it here.
SUBSTITUTES = {
    _HEI: """
        微软雅黑|微软雅黑 Light|Microsoft YaHei|Microsoft YaHei UI|Microsoft YaHei Light|黑体|SimHei
        等线|等线 Light|DengXian|DengXian Light|华文黑体|STHeiti|华文细黑|STXihei|幼圆|YouYuan
        苹方-简|PingFang SC|Heiti SC|方正黑体_GBK|方正黑体简体|方正兰亭黑_GBK|汉仪旗黑|汉仪中黑简|WPS灵秀黑
        思源黑体|思源黑体 CN|Source Han Sans CN|阿里巴巴普惠体|Alibaba PuHuiTi|MiSans|HarmonyOS Sans SC""",
    _SONG: """
        宋体|SimSun|新宋体|NSimSun|宋体-方正超大字符集|华文宋体|STSong|华文中宋|STZhongsong|Songti SC
        方正书宋_GBK|方正书宋简体|方正小标宋_GBK|方正小标宋简体|FZXiaoBiaoSong-B05S
        汉仪书宋二简|汉仪书宋二KW|思源宋体|Source Han Serif CN""",
    _FANG: """
        仿宋|FangSong|仿宋_GB2312|FangSong_GB2312|华文仿宋|STFangsong
        方正仿宋_GBK|方正仿宋简体|汉仪仿宋简|汉仪仿宋KW""",
    _KAI: """
        楷体|KaiTi|楷体_GB2312|KaiTi_GB2312|华文楷体|STKaiti|Kaiti SC
        方正楷体_GBK|方正楷体简体|汉仪楷体简|汉仪楷体KW""",
}
_SYSTEM_FONTS = ("/usr/share/fonts", "/usr/local/share/fonts")


def font_folders() -> list[Path]:
    """The portal's own fonts and the machine's."""
    from portal.config import REPOSITORY

    own = Path(os.environ.get("PORTAL_FONTS") or REPOSITORY / ".fonts")
    return [folder for folder in (own, *map(Path, _SYSTEM_FONTS)) if folder.is_dir()]


def _fontconfig() -> str:
    """A private fontconfig, so that a page looks the same on every machine that has these fonts."""
    folders = "".join(f"<dir>{escape(str(folder))}</dir>" for folder in font_folders())
    aliases = "".join(_alias(name, stand_ins) for stand_ins, names in SUBSTITUTES.items() for name in _names(names))
    # Noto's faces for other countries would draw 骨 and 直 in their own way wherever a document names no language.
    others = "".join(
        f'<pattern><patelt name="family"><string>Noto {style} CJK {country}</string></patelt></pattern>'
        for style in ("Sans", "Serif", "Sans Mono")
        for country in ("JP", "KR", "TC", "HK")
    )
    fallbacks = "".join(_prefer(name) for name in ("Noto Sans CJK SC", "LXGW WenKai Light", "Noto Serif CJK SC"))
    return (
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f'{folders}<cachedir>/var/cache/fontconfig</cachedir><cachedir prefix="xdg">fontconfig</cachedir>'
        f"<selectfont><rejectfont>{others}</rejectfont></selectfont>"
        f'{aliases}<match target="pattern"><edit name="family" mode="append_last">{fallbacks}</edit></match>'
        "</fontconfig>"
    )


def _names(lines: str) -> list[str]:
    return [name for line in lines.strip().splitlines() for name in line.strip().split("|")]


def _alias(name: str, stand_ins: tuple[str, ...]) -> str:
    accepted = "".join(f"<family>{escape(stand_in)}</family>" for stand_in in stand_ins)
    return f'<alias binding="same"><family>{escape(name)}</family><accept>{accepted}</accept></alias>'


def _prefer(name: str) -> str:
    return f"<string>{escape(name)}</string>"
