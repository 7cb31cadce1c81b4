"""Opening a package: a folder, or a ZIP file unpacked apart without trusting it."""

import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from portal.archive.packages.layout import MOST_FILES, MOST_UNPACKED
from portal.errors import Refused


@contextmanager
def opened(path: Path) -> Iterator[Path]:
    """A package as a folder: itself, or a ZIP file unpacked apart; raises Refused where it may not be unpacked."""
    if path.is_dir():
        yield path
        return
    with TemporaryDirectory(prefix="portal-package-") as apart:
        _unpack(path, Path(apart))
        yield Path(apart)


def _unpack(path: Path, target: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_FILES or sum(one.file_size for one in entries) > MOST_UNPACKED:
                raise Refused("封装包里的文件太多或太大，不能打开。")
            if len({one.filename for one in entries}) != len(entries):
                raise Refused("封装包里有重名的文件，不能打开。")
            for one in entries:
                if leaves_the_package(one.filename) or stat.S_ISLNK(one.external_attr >> 16):
                    raise Refused(f"封装包里的“{one.filename[:80]}”指向包外，不能打开。")
            archive.extractall(target)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, OSError) as error:
        raise Refused("这不是完整的 ZIP 文件，无法打开。") from error


def leaves_the_package(name: str) -> bool:
    """Whether a name leads out of the package."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return name.startswith(("/", "\\")) or ".." in parts or ":" in name or "\x00" in name
