"""Makes this machine ready: libraries, browser files, Debian parts and fonts. Standard library only."""

import ctypes
import fcntl
import gzip
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from portal.config import REPOSITORY

VENV = REPOSITORY / ".venv"
PYTHON = VENV / "bin" / "python"
# What .venv is made with; asked from inside it, not its own Python, which goes away when it is made anew.
BASE_PYTHON: str = getattr(sys, "_base_executable", sys.executable)
LOCK = REPOSITORY / "portal" / "requirements.lock"
TEST_LOCK = REPOSITORY / "portal" / "requirements-test.lock"
WHEELS = REPOSITORY / "wheels"  # only in a bundle: what is installed from there needs no network
VENDOR = REPOSITORY / "static" / "vendor"
VENDOR_LIST = REPOSITORY / "portal" / "vendor.txt"
FONT_LIST = REPOSITORY / "portal" / "fonts.txt"
FONT_SUFFIXES = (".otf", ".ttf", ".ttc")
STEP_SECONDS = 1800

Words = Sequence[str | Path]


class Missing(RuntimeError):
    """The machine lacks what the portal cannot do without; the message is one Chinese line."""


class Wanted(NamedTuple):
    """A line of a checksum list: what the file must be, its name here, and where it comes from."""

    sha256: str
    name: str
    source: str


@dataclass(frozen=True)
class Part:
    """Something Debian provides: what is lost without it, and whether it works here."""

    name: str
    loss: str
    packages: tuple[str, ...]
    works: Callable[[], bool]


def make_ready(fonts: Path, *, tests: bool = False) -> None:
    """Do all of the set-up that is still missing, one process at a time."""
    with _alone():
        _debian_parts(parts(tests=tests))
        _libraries(tests=tests)
        _browser_files()
        _fonts(fonts)


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
        Part("bubblewrap", "课件转换时没有隔离", ("bubblewrap",), lambda: _on_path("bwrap")),
        Part(
            "npm",
            "页面可以使用，但没有拖动排序、自动保存和断点续传",
            ("nodejs", "npm"),
            lambda: _on_path("npm") or not _unlike(VENDOR, VENDOR_LIST),
        ),
    ]
    if tests:
        needed += [
            Part(
                "Chromium",
                "浏览器测试将跳过",
                ("chromium", "libatomic1"),  # Playwright's own driver needs the second
                lambda: _on_path("chromium") and _loads("libatomic.so.1"),
            ),
            Part("poppler", "PDF 测试将跳过", ("poppler-utils",), lambda: _on_path("pdfsig", "pdftotext")),
            Part("SoftHSM", "密码设备的测试将跳过", ("softhsm2",), lambda: _on_path("softhsm2-util")),
            Part("faketime", "与日期有关的演练和测试无法运行", ("faketime",), lambda: _on_path("faketime")),
            Part("中文字体", "浏览器测试中汉字无法显示", ("fonts-noto-cjk", "fontconfig"), _shows_chinese),
        ]
    return needed


def bundle_packages() -> list[str]:
    """The Debian packages a bundle needs beside itself; what npm fetches is in it."""
    return sorted({name for part in parts(tests=False) for name in part.packages} - {"nodejs", "npm"})


def download_wheels(target: Path) -> None:
    """Fetch the wheels of the locked set for machines like this one."""
    with tempfile.TemporaryDirectory() as folder:
        _run([BASE_PYTHON, "-m", "venv", folder])
        options: Words = ["-q", "--only-binary", ":all:", "--require-hashes", "-r", LOCK, "-d", target]
        _run([Path(folder, "bin", "python"), "-m", "pip", "download", *options], tries=2)


def wanted(listing: Path) -> list[Wanted]:
    """The lines of a checksum list."""
    lines = listing.read_text(encoding="utf-8").splitlines()
    return [Wanted(*line.split()) for line in lines if line and not line.startswith("#")]


def say(line: str) -> None:
    """Tell the person at the terminal, at once."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


@contextmanager
def _alone() -> Iterator[None]:
    """Let a second start wait until the first has finished its set-up."""
    folder = os.open(REPOSITORY, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


# Libraries


def _libraries(*, tests: bool) -> None:
    """Install the locked set into .venv; the set for tests holds the other one."""
    if _is_stamped(TEST_LOCK) or (not tests and _is_stamped(LOCK)):
        return
    lock = TEST_LOCK if tests else LOCK
    say("正在安装所需的库（首次约需半分钟）……")
    uv = shutil.which("uv")
    make: Words = [uv, "venv", "-q", "--python", BASE_PYTHON] if uv else [BASE_PYTHON, "-m", "venv"]
    install: Words = [uv, "pip", "install", "--python", PYTHON] if uv else [PYTHON, "-m", "pip", "install"]
    if not (tests and _is_stamped(LOCK)):
        shutil.rmtree(VENV, ignore_errors=True)
        _run([*make, VENV])
    offline: Words = ["--no-index", "--find-links", WHEELS] if WHEELS.is_dir() else []
    _run([*install, "-q", *offline, "--require-hashes", "-r", lock], tries=2)
    _stamp_of(lock).write_text(_stamp(lock), encoding="ascii")


def _is_stamped(lock: Path) -> bool:
    stamp = _stamp_of(lock)
    return stamp.is_file() and stamp.read_text(encoding="ascii") == _stamp(lock)


def _stamp_of(lock: Path) -> Path:
    return VENV / f"{lock.stem}.stamp"


def _stamp(lock: Path) -> str:
    """What .venv was made from: this Python and exactly these libraries."""
    return f"{BASE_PYTHON} {sys.version_info[:3]} {_digest(lock)}"


# Browser files


def _browser_files() -> None:
    """Copy the scripts of others to static/vendor, each only if it is exactly the one we know."""
    if not _unlike(VENDOR, VENDOR_LIST):
        return
    npm = shutil.which("npm")
    if npm is None:
        say("提示：缺少 npm，未取得浏览器脚本；页面仍可使用，拖动排序等功能暂不可用。")
        return
    say("正在取得浏览器脚本……")
    with tempfile.TemporaryDirectory() as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(REPOSITORY / name, folder)
        _run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=Path(folder), tries=2)
        VENDOR.mkdir(parents=True, exist_ok=True)
        for file in wanted(VENDOR_LIST):
            shutil.copyfile(Path(folder, "node_modules", file.source), VENDOR / file.name)
    if unlike := _unlike(VENDOR, VENDOR_LIST):
        for file in unlike:
            (VENDOR / file.name).unlink(missing_ok=True)
        raise Missing(f"浏览器脚本与校验值不符，已删除：{'、'.join(file.name for file in unlike)}。")


# Debian parts


def _debian_parts(needed: Sequence[Part]) -> None:
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
    return os.geteuid() == 0 and _on_path("apt-get") and os.environ.get("PORTAL_APT", "yes") != "no"


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
    return _succeeds(install) or (_succeeds(["apt-get", "update", "-qq"]) and _succeeds(install))


def _makes_environments() -> bool:
    return PYTHON.exists() or _on_path("uv") or importlib.util.find_spec("ensurepip") is not None


def _loads(*libraries: str) -> bool:
    try:
        for library in libraries:
            ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _on_path(*programs: str) -> bool:
    return all(shutil.which(program) for program in programs)


def _converts_slides() -> bool:
    """Whether soffice is there with its parts for slides, texts and tables."""
    soffice = shutil.which("soffice")
    folder = Path(soffice).resolve().parent if soffice else Path()
    return soffice is not None and all((folder / f"lib{part}lo.so").exists() for part in ("sd", "sw", "sc"))


def _shows_chinese() -> bool:
    return _on_path("fc-list") and bool(_step(["fc-list", ":lang=zh-cn"], None).stdout)


# Fonts


def _fonts(folder: Path) -> None:
    """Take the font files, and nothing else, out of the Debian packages that hold them."""
    checked, right = folder / "checked", _digest(FONT_LIST)
    if checked.is_file() and checked.read_text(encoding="ascii") == right:
        return
    if missing := _unlike(folder, FONT_LIST):
        _fetch_fonts(folder, missing)
    if missing := _unlike(folder, FONT_LIST):
        names = sorted({file.source for file in missing})
        say(f"提示：公文字体不全，PDF 将改用系统字体。联网后重新启动即可；所需软件包：{' '.join(names)}")
        return
    checked.write_text(right, encoding="ascii")


def _fetch_fonts(folder: Path, missing: Sequence[Wanted]) -> None:
    """Download the packages into a folder that is thrown away, and keep the files whose checksum is known."""
    if not _on_path("apt-get", "dpkg-deb") or os.environ.get("PORTAL_APT") == "no":
        return
    say("正在取得公文字体（首次约需半分钟）……")
    names = sorted({file.source for file in missing})
    with tempfile.TemporaryDirectory() as downloads:
        download = ["apt-get", "download", "-qq", *names]
        if not _succeeds(download, cwd=Path(downloads)):
            if os.geteuid() == 0:
                _succeeds(["apt-get", "update", "-qq"])
            _succeeds(download, cwd=Path(downloads))
        folder.mkdir(parents=True, exist_ok=True)
        for package in sorted(Path(downloads).glob("*.deb")):
            _unpack(package, folder, {file.sha256: file.name for file in missing})


def _unpack(package: Path, folder: Path, names: dict[str, str]) -> None:
    """Write those files of a package whose SHA-256 is asked for, under the name asked for."""
    command = ["dpkg-deb", "--fsys-tarfile", str(package)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE) as process,
        tarfile.open(fileobj=process.stdout, mode="r|") as archive,
    ):
        for member in archive:
            content = archive.extractfile(member) if member.isfile() and _may_be_wanted(member.name) else None
            data = content.read() if content else b""
            data = gzip.decompress(data) if member.name.endswith(".gz") and data else data
            if name := names.get(hashlib.sha256(data).hexdigest()):
                (folder / name).write_bytes(data)


def _may_be_wanted(path: str) -> bool:
    """Fonts and licences only; the packages hold much else."""
    name = path.rsplit("/", 1)[-1].lower()
    return name.endswith(FONT_SUFFIXES) or name.startswith("copy")


# Small tools


def _unlike(folder: Path, listing: Path) -> list[Wanted]:
    """The files of a checksum list that are missing or not what they should be."""
    paths = [(file, folder / file.name) for file in wanted(listing)]
    return [file for file, path in paths if not path.is_file() or _digest(path) != file.sha256]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _run(command: Words, *, cwd: Path | None = None, tries: int = 1) -> None:
    """Run one step of the set-up; where the network may have failed, try once more before giving up."""
    words = [str(word) for word in command]
    for left in reversed(range(tries)):
        done = _step(words, cwd)
        if done.returncode == 0:
            return
        if left:
            say("未成功，可能是网络原因，正在重试……")
    raise Missing(f"“{' '.join(words[:5])} ……”未成功：{_last_line(done.stdout)}")


def _succeeds(command: Sequence[str], *, cwd: Path | None = None) -> bool:
    return _step(command, cwd).returncode == 0


def _step(command: Iterable[str], cwd: Path | None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(command),
        check=False,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=STEP_SECONDS,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
    )


def _last_line(output: str) -> str:
    """The line of a tool's output that most likely says what went wrong."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower()]
    return (errors or lines or ["没有输出"])[-1]
