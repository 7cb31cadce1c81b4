"""Pages of a file as pictures, and its text: through LibreOffice, PDFium and WebP, all of it in a sandbox."""

import fcntl
import json
import os
import re
import shutil
import subprocess
import tempfile
import zipfile
import zlib
from collections.abc import Collection, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, unescape

import structlog

from portal import sandbox
from portal.examine import MB, OFFICE_KINDS, Kind
from portal.sandbox import ROOM, Limits

PAGE_WIDTH = 1600
PAGE_HEIGHT = 2400
THUMBNAIL_WIDTH = 320
MOST_PAGES = 400
BULLETS = "•●○◦▪■□‣➢ "  # read aloud or found in a search they say nothing
LONGEST_TEXT = 20_000
MINUTE = 60  # seconds
OFFICE_LIMITS = Limits(memory=4096 * MB, cpu=240, seconds=180, output=1024 * MB)
DRAWING_LIMITS = Limits(memory=2048 * MB, cpu=600, seconds=600, output=256 * MB)
LAST_RESORT = "请下载原文件查看，或另存为 PDF 后重新上传。"
UNREAD = "文件里的文字没能读出来，文件可能已损坏。"
DAMAGED = f"页面无法转成图片，文件可能已损坏。{LAST_RESORT}"


class PreviewFailed(RuntimeError):
    """The pictures could not be made; the text is the sentence a person reads."""


@dataclass(frozen=True)
class PagePicture:
    """One page as a reader sees it, with its text for search and for screen readers; its files last for its turn."""

    number: int
    total: int
    webp: Path
    thumbnail: Path
    width: int
    height: int
    text: str


def pages(source: Path, kind: Kind, workdir: Path, *, done: Collection[int] = ()) -> Generator[PagePicture]:
    """Every page of a file as soon as it is drawn, but those that are done already.

    Raises PreviewFailed. One file at a time on this machine: a deck of 100 MB takes 700 MB of memory. What a file does
    to LibreOffice, PDFium or Pillow it does to a process apart, which has its limits.
    """
    with one_at_a_time(), _room(workdir) as room:
        suffix = kind.value if kind in {Kind.PNG, Kind.JPG} else "pdf"
        with as_pdf(source, kind, workdir) as pdf:
            _lend(pdf, room / f"source.{suffix}")
        yield from _drawn(room, suffix, done)


def text_of(source: Path, kind: Kind, workdir: Path, most: int) -> str:
    """What a file says, for search, up to so many characters; nothing where it is a picture. Raises PreviewFailed."""
    return "" if kind in {Kind.PNG, Kind.JPG} else read(source, kind, workdir, most)[1]


def read(source: Path, kind: Kind, workdir: Path, most: int) -> tuple[int, str]:
    """How many pages a file has, no picture, and what they say up to so many characters. Raises PreviewFailed."""
    total = 0
    with one_at_a_time(), _room(workdir) as room:
        with as_pdf(source, kind, workdir) as pdf:
            _lend(pdf, room / "source.pdf")
        command, readable = sandbox.own_python()
        words, texts = [*command, "read", f"{ROOM}/source.pdf", str(most)], []
        with sandbox.running(words, room, DRAWING_LIMITS, readable=readable) as reading:
            for line in reading.process.stdout or ():
                fact = json.loads(line)
                if "fault" in fact:
                    raise PreviewFailed(UNREAD)
                total = int(fact.get("total", total))
                texts.append(_plain(str(fact.get("text", ""))))
            if reading.process.wait() or reading.too_slow:
                _log_end(reading)
                raise PreviewFailed(UNREAD)
    return total, "\n".join(text for text in texts if text)


@contextmanager
def _room(workdir: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=workdir, prefix="room-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _lend(file: Path, place: Path) -> None:
    """The file at another place of the same disk, without copying it where that can be."""
    try:
        os.link(file, place)
    except OSError:
        shutil.copyfile(file, place)


def _drawn(room: Path, kind: str, done: Collection[int]) -> Iterator[PagePicture]:
    command, readable = sandbox.own_python()
    numbers = map(str, (PAGE_WIDTH, PAGE_HEIGHT, THUMBNAIL_WIDTH, MOST_PAGES))
    words = [*command, "draw", kind, ROOM, *numbers, ",".join(map(str, sorted(done)))]
    with sandbox.running(words, room, DRAWING_LIMITS, readable=readable) as drawing:
        total = 0
        for line in drawing.process.stdout or ():
            fact = json.loads(line)
            if "fault" in fact:
                raise PreviewFailed(DAMAGED)
            if "total" in fact:
                total = _count(fact["total"])
            else:
                yield _page(room, total, fact)
        if drawing.process.wait() or drawing.too_slow or not total:
            _log_end(drawing)
            raise PreviewFailed(_too_slow(DRAWING_LIMITS) if drawing.too_slow else DAMAGED)


def _page(room: Path, total: int, fact: dict[str, Any]) -> PagePicture:
    number = int(fact["page"])
    return PagePicture(
        number, total, room / f"page-{number}.webp", room / f"small-{number}.webp", int(fact["width"]),
        int(fact["height"]), _plain(str(fact["text"])),
    )  # fmt: skip


def _count(total: int) -> int:
    if not 0 < total <= MOST_PAGES:
        raise PreviewFailed(f"文件有 {total} 页，只能预览 1 至 {MOST_PAGES} 页的文件。请拆分后重新上传。")
    return total


def _plain(text: str) -> str:
    lines = (" ".join(line.split()).lstrip(BULLETS) for line in text.replace("\x00", "").splitlines())
    return "\n".join(line for line in lines if line)[:LONGEST_TEXT]


def _too_slow(limits: Limits) -> str:
    time = f"{limits.seconds / 60:.0f} 分钟" if limits.seconds >= MINUTE else f"{limits.seconds:.0f} 秒"
    return f"转换超过 {time}仍未完成，已停止。{LAST_RESORT}"


def _log_end(program: sandbox.Confined) -> None:
    structlog.get_logger("portal").warning(
        "preview_converter", status=program.process.returncode, slow=program.too_slow, said=program.complaints()
    )


# --- Office to PDF ----------------------------------------------------------------------------------------------------


def office() -> str | None:
    """LibreOffice's command, where it is installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")


@contextmanager
def as_pdf(source: Path, kind: Kind, workdir: Path) -> Iterator[Path]:
    """The file as PDF, for as long as the block lasts; what is no Office file stays what it is.

    LibreOffice exits with 0 when it failed, so what counts is the file it made.
    """
    if kind not in OFFICE_KINDS:
        yield source
        return
    command = office()
    if command is None:
        raise PreviewFailed(f"服务器上没有安装 LibreOffice，暂时不能预览。请联系系统管理员；{LAST_RESORT}")
    with _room(workdir) as room:
        _lend(source, room / f"source.{kind.value}")
        (room / "fonts.conf").write_text(_fontconfig(), encoding="utf-8")
        fonts = {"FONTCONFIG_FILE": f"{ROOM}/fonts.conf"}
        words = [command, *_OPTIONS, f"{ROOM}/source.{kind.value}"]
        with sandbox.running(words, room, OFFICE_LIMITS, readable=font_folders(), environ=fonts) as converter:
            (converter.process.stdout or converter.process.stderr).read()  # type: ignore[union-attr]
            if converter.process.wait() or converter.too_slow:
                _log_end(converter)
            if converter.too_slow:
                raise PreviewFailed(_too_slow(OFFICE_LIMITS))
        made = room / "source.pdf"
        if not made.is_file() or made.stat().st_size == 0:
            raise PreviewFailed(f"LibreOffice 没能打开这个文件，无法生成预览。{LAST_RESORT}")
        yield made


_OPTIONS = (
    "--headless", "--norestore", "--nolockcheck", "--nodefault", "--nologo",
    f"-env:UserInstallation=file://{ROOM}/profile", "--convert-to", "pdf", "--outdir", ROOM,
)  # fmt: skip


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
_TIMES = ("Liberation Serif", "Noto Serif CJK SC")
_HEI = ("Noto Sans CJK SC", "FandolHei")
_FANG = ("FandolFang R", "FandolFang", "Noto Serif CJK SC")
_KAI = ("FandolKai", "LXGW WenKai Light", "Noto Serif CJK SC")
# What decks made with Office, WPS and on a Mac ask for, and what stands in for it here.
SUBSTITUTES = {
    _HEI: """
        微软雅黑|微软雅黑 Light|Microsoft YaHei|Microsoft YaHei UI|Microsoft YaHei Light|黑体|SimHei
        等线|等线 Light|DengXian|DengXian Light|华文黑体|STHeiti|华文细黑|STXihei|幼圆|YouYuan
        苹方-简|PingFang SC|Heiti SC|方正黑体_GBK|方正黑体简体|方正兰亭黑_GBK|汉仪旗黑|汉仪中黑简|WPS灵秀黑
        方正姚体|FZYaoti|华文琥珀|STHupo|微软雅黑 Semilight|Microsoft YaHei Semilight|方正粗黑宋简体
        思源黑体|思源黑体 CN|Source Han Sans CN|阿里巴巴普惠体|Alibaba PuHuiTi|MiSans|HarmonyOS Sans SC""",
    _TIMES: "Times New Roman|Cambria|Georgia|Garamond|Palatino Linotype|Book Antiqua",
    _SONG: """
        宋体|SimSun|新宋体|NSimSun|宋体-方正超大字符集|华文宋体|STSong|华文中宋|STZhongsong|Songti SC
        方正书宋_GBK|方正书宋简体|方正小标宋_GBK|方正小标宋简体|FZXiaoBiaoSong-B05S
        汉仪书宋二简|汉仪书宋二KW|思源宋体|Source Han Serif CN""",
    _FANG: """
        仿宋|FangSong|仿宋_GB2312|FangSong_GB2312|华文仿宋|STFangsong
        方正仿宋_GBK|方正仿宋简体|汉仪仿宋简|汉仪仿宋KW""",
    _KAI: """
        楷体|KaiTi|楷体_GB2312|KaiTi_GB2312|华文楷体|STKaiti|Kaiti SC
        方正楷体_GBK|方正楷体简体|汉仪楷体简|汉仪楷体KW
        华文行楷|STXingkai|华文新魏|STXinwei|隶书|LiSu|华文隶书|STLiti|方正舒体|FZShuTi""",
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
        f'{aliases}<include ignore_missing="yes">/etc/fonts/conf.d/30-metric-aliases.conf</include>'
        f'<match target="pattern"><edit name="family" mode="append_last">{fallbacks}</edit></match>'
        "</fontconfig>"
    )


def fonts_that_stood_in(source: Path, kind: Kind, workdir: Path) -> list[str]:
    """For every font an Office file asks for that is not here, what the page pictures show in its place."""
    if kind not in OFFICE_KINDS:
        return []
    with suppress(OSError, zipfile.BadZipFile, zlib.error):
        asked = _fonts_asked_for(source)
        return [f"{name} → {given}" for name in asked if (given := _given_for(name, workdir)) not in {name, ""}]
    return []


# In a theme the fonts of other scripts are listed too; only those of Latin and simplified Chinese text count.
_TYPEFACE = re.compile(
    rb'<a:(?:latin|ea) typeface="([^"+@][^"]{0,63})"|<a:font script="Hans" typeface="([^"]{1,64})"'
    rb'|<w:rFonts[^>]* w:eastAsia="([^"+@][^"]{0,63})"|<w:rFonts[^>]* w:ascii="([^"+@][^"]{0,63})"'
)
_SAYS_FONTS = re.compile(r"(ppt/(slides|slideMasters)/|ppt/theme/theme1\.xml|word/(document|styles)\.xml|word/theme/)")
_MOST_OF_A_PART, _MOST_FONTS = 8 * MB, 24


def _fonts_asked_for(source: Path) -> list[str]:
    found: dict[str, None] = {}
    with zipfile.ZipFile(source) as package:
        for part in package.infolist():
            if _SAYS_FONTS.match(part.filename) and part.filename.endswith(".xml") and part.file_size < _MOST_OF_A_PART:
                for match in _TYPEFACE.finditer(package.read(part)):
                    name = next(one for one in match.groups() if one)
                    found[unescape(name.decode("utf-8", "replace"))] = None
    return list(found)[:_MOST_FONTS]


def _given_for(name: str, workdir: Path) -> str:
    """The family fontconfig gives for a name under the portal's own rules."""
    config = workdir / "fonts-asked.conf"
    if not config.exists():
        config.write_text(_fontconfig(), encoding="utf-8")
    try:
        answer = subprocess.run(
            ["fc-match", "-f", "%{family[0]}", name.replace("-", "\\-").replace(":", "\\:").replace(",", "\\,")],
            env={"FONTCONFIG_FILE": str(config), "PATH": "/usr/bin:/bin", "HOME": str(workdir), "LANG": "C.UTF-8"},
            capture_output=True, timeout=10, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.decode("utf-8", "replace")


def _names(lines: str) -> list[str]:
    return [name for line in lines.strip().splitlines() for name in line.strip().split("|")]


def _alias(name: str, stand_ins: tuple[str, ...]) -> str:
    accepted = "".join(f"<family>{escape(stand_in)}</family>" for stand_in in stand_ins)
    return f'<alias binding="same"><family>{escape(name)}</family><accept>{accepted}</accept></alias>'


def _prefer(name: str) -> str:
    return f"<string>{escape(name)}</string>"
