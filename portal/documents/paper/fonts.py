"""The fonts papers are set in, and which characters they have."""

import atexit
import os
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parents[3]
FONTS = Path(os.environ.get("PORTAL_FONTS") or ROOT / ".fonts")
SYSTEM_FONTS = Path("/usr/share/fonts")


def font_files() -> list[Path]:
    """The fonts the press may use: the portal's own folder, or else what the system has of Noto CJK."""
    own = [path for path in sorted(FONTS.glob("*")) if path.suffix.lower() in {".otf", ".ttf", ".ttc"}]
    return own or sorted(SYSTEM_FONTS.glob("**/Noto*CJK-Regular.ttc"))


def missing_characters(text: str) -> set[str]:
    """The visible characters of a text that no font of the chain can print; empty when no font file is known."""
    covered = _covered()
    if not covered:
        return set()
    return {char for char in text if ord(char) not in covered and not _invisible(char)}


def unprintable_note(name: str) -> str:
    """What to say of a name that no font can print whole; empty for the usual ones, which no font is opened for."""
    try:
        name.encode("gb2312")
    except UnicodeEncodeError:
        missing = sorted(missing_characters(name))
    else:
        return ""
    if not missing:
        return ""
    return f"姓名中的“{'、'.join(missing)}”现有的字体印不出来，请系统管理员在字体文件夹中补装含有这些字的字体。"


def printable(text: str) -> str:
    """The text without what turns or hides writing, and with 〓 for what no font can print.

    A missing glyph would break PDF/A (ISO 19005-3, 6.2.11.8); 〓 is the printer's traditional mark for it.
    """
    instead = dict.fromkeys(map(ord, missing_characters(text)), "〓")
    hidden = (char for char in set(text) - {"\n", "\t"} if unicodedata.category(char) in {"Cf", "Cc"})
    return text.translate(instead | dict.fromkeys(map(ord, hidden), ""))


def _invisible(char: str) -> bool:
    return unicodedata.category(char) in {"Cf", "Cc", "Mn", "Zs", "Zl", "Zp"}


@cache
def _covered() -> frozenset[int]:
    from uharfbuzz import Blob, Face

    return frozenset(code for path in font_files() for code in Face(Blob.from_file_path(path)).unicodes)


@contextmanager
def _own_fonts() -> Iterator[None]:
    """Let fontconfig see the portal's own fonts alone, so that every machine prints the same bytes."""
    if not any(FONTS.glob("Fandol*")):
        yield
        return
    before = os.environ.get("FONTCONFIG_FILE")
    os.environ["FONTCONFIG_FILE"] = str(_fontconfig())
    try:
        yield
    finally:
        if before is None:
            del os.environ["FONTCONFIG_FILE"]
        else:
            os.environ["FONTCONFIG_FILE"] = before


@cache
def font_configuration() -> Any:
    """One for all documents: each new one copies every font and keeps half a megabyte for good."""
    from weasyprint.text.fonts import FontConfiguration

    with _own_fonts():
        return FontConfiguration()


@cache
def _fontconfig() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="portal-fonts-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    file = folder / "fonts.conf"
    file.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd"><fontconfig>'
        f"<dir>{escape(str(FONTS))}</dir><cachedir>{escape(str(folder))}</cachedir></fontconfig>",
        encoding="utf-8",
    )
    return file
