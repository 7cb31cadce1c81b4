"""The fonts Office files ask for, and what stands in for those that are not here."""

import os
import re
import subprocess
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path
from xml.sax.saxutils import escape, unescape

from portal.files.examine_limits import MB
from portal.files.kinds import OFFICE_KINDS, Kind

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


def fontconfig() -> str:
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
        config.write_text(fontconfig(), encoding="utf-8")
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
