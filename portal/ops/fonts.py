"""The fonts of the papers, taken out of Debian's packages. Standard library only."""

import gzip
import hashlib
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

from portal.config import REPOSITORY
from portal.ops.steps import Wanted, differing, digest, on_path, say, succeeds

FONT_LIST = REPOSITORY / "portal" / "fonts.txt"
FONT_SUFFIXES = (".otf", ".ttf", ".ttc")


def fetch_fonts(folder: Path) -> None:
    """Take the font files, and nothing else, out of the Debian packages that hold them."""
    checked, right = folder / "checked", digest(FONT_LIST)
    if checked.is_file() and checked.read_text(encoding="ascii") == right:
        return
    if missing := differing(folder, FONT_LIST):
        _take_out_of_packages(folder, missing)
    if missing := differing(folder, FONT_LIST):
        names = sorted({file.source for file in missing})
        say(f"提示：公文字体不全，PDF 将改用系统字体。联网后重新启动即可；所需软件包：{' '.join(names)}")
        return
    checked.write_text(right, encoding="ascii")


def _take_out_of_packages(folder: Path, missing: Sequence[Wanted]) -> None:
    """Download the packages into a folder that is thrown away, and keep the files whose checksum is known."""
    if not on_path("apt-get", "dpkg-deb") or os.environ.get("PORTAL_APT") == "no":
        return
    say("正在取得公文字体（首次约需半分钟）……")
    names = sorted({file.source for file in missing})
    with tempfile.TemporaryDirectory() as downloads:
        download = ["apt-get", "download", "-qq", *names]
        if not succeeds(download, cwd=Path(downloads)):
            if os.geteuid() == 0:
                succeeds(["apt-get", "update", "-qq"])
            succeeds(download, cwd=Path(downloads))
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
