"""What Debian provides: whether it works here, and installing it. Standard library only."""

import ctypes
import importlib.util
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from portal.ops.browser_files import VENDOR, VENDOR_LIST
from portal.ops.steps import PYTHON, VENV, differing, on_path, say, step, succeeds


@dataclass(frozen=True)
class Part:
    """Something Debian provides: what is lost without it, and whether it works here."""

    name: str
    loss: str
    packages: tuple[str, ...]
    works: Callable[[], bool]


def parts(*, tests: bool) -> list[Part]:
    """What Debian provides to the portal, and to its tests."""
    needed = [
        Part("Python 虚拟环境", "无法安装所需的库", ("python3-venv",), _makes_environments),
        Part(
            "排版库 Pango",
            "无法生成通知、记录和纪要的 PDF",
            ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"),
            lambda: _loads("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0"),
        ),
        Part(
            "LibreOffice",
            "课件只能下载，不能在网页上逐页查看",
            ("libreoffice-impress-nogui", "libreoffice-writer-nogui", "libreoffice-calc-nogui"),
            _converts_slides,
        ),
        Part("bubblewrap", "课件转换时没有隔离", ("bubblewrap",), lambda: on_path("bwrap")),
        Part(
            "npm",
            "页面可以使用，但没有拖动排序、自动保存和断点续传",
            ("nodejs", "npm"),
            lambda: on_path("npm") or not differing(VENDOR, VENDOR_LIST),
        ),
    ]
    if tests:
        needed += [
            Part(
                "Chromium",
                "浏览器测试将跳过",
                ("chromium", "libatomic1"),  # Playwright's own driver needs the second
                lambda: on_path("chromium") and _loads("libatomic.so.1"),
            ),
            Part("poppler", "PDF 测试将跳过", ("poppler-utils",), lambda: on_path("pdfsig", "pdftotext")),
            Part("SoftHSM", "密码设备的测试将跳过", ("softhsm2",), lambda: on_path("softhsm2-util")),
            Part("faketime", "与日期有关的演练和测试无法运行", ("faketime",), lambda: on_path("faketime")),
            Part("中文字体", "浏览器测试中汉字无法显示", ("fonts-noto-cjk", "fontconfig"), _shows_chinese),
        ]
    return needed


def bundle_packages() -> list[str]:
    """The Debian packages a bundle needs beside itself; what npm fetches is in it."""
    return sorted({name for part in parts(tests=False) for name in part.packages} - {"nodejs", "npm"})


def install_parts(needed: Sequence[Part]) -> None:
    """Install by apt what does not work here where we may, else say what is lost and what would help."""
    missing = [part for part in needed if not part.works()]
    if not missing:
        return
    names = [name for part in missing for name in part.packages]
    if _may_install() and not _was_tried(names):
        say(f"正在安装系统组件：{'、'.join(part.name for part in missing)}（首次可能需要一两分钟）……")
        _note_tried(names, failed=not _apt_install(names))
        missing = [part for part in missing if not part.works()]
    for part in missing:
        names = list(part.packages)
        say(f"提示：缺少{part.name}，{part.loss}。请系统管理员执行：apt-get install {' '.join(names)}")


def _may_install() -> bool:
    return os.geteuid() == 0 and on_path("apt-get") and os.environ.get("PORTAL_APT", "yes") != "no"


def _tried_file() -> Path:
    return VENV / "apt-failed"


def _was_tried(names: Sequence[str]) -> bool:
    """Whether just these failed before: a start without network should not wait for them again."""
    tried = _tried_file()
    return tried.is_file() and tried.read_text(encoding="ascii") == " ".join(names)


def _note_tried(names: Sequence[str], *, failed: bool) -> None:
    if failed and VENV.is_dir():
        _tried_file().write_text(" ".join(names), encoding="ascii")


def _apt_install(names: Sequence[str]) -> bool:
    """Install packages, after a fresh look at the lists where the ones at hand are too old or missing."""
    options = ["-qq", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"]
    install = ["apt-get", "install", *options, *names]
    return succeeds(install) or (succeeds(["apt-get", "update", "-qq"]) and succeeds(install))


def _makes_environments() -> bool:
    return PYTHON.exists() or on_path("uv") or importlib.util.find_spec("ensurepip") is not None


def _loads(*libraries: str) -> bool:
    try:
        for library in libraries:
            ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _converts_slides() -> bool:
    """Whether soffice is there with its parts for slides, texts and tables."""
    soffice = shutil.which("soffice")
    folder = Path(soffice).resolve().parent if soffice else Path()
    return soffice is not None and all((folder / f"lib{part}lo.so").exists() for part in ("sd", "sw", "sc"))


def _shows_chinese() -> bool:
    return on_path("fc-list") and bool(step(["fc-list", ":lang=zh-cn"], None).stdout)
