"""What lies where in a package: what leaves the archive as one folder or ZIP file, readable without the portal.

A package holds the files under their 档号, an XML description of each, an HTML index that opens from disk, the
register and the certificates their signatures are judged by, a list of SHA-256 and a time mark on that list. The
descriptions use the element names of DA/T 46-2009 (文书类电子文件元数据方案) and the outer parts of DA/T 48-2009
(基于XML的电子文件封装规范) as far as they are known here; unlike DA/T 48 the content stands beside the XML, by name
and hash, and not inside it as Base64. What a machine needs to take a package over is in package.json.
"""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

FORMAT, VERSION = "portal-archive-package", 1
LIST, MARK, DATA, INDEX, README, STYLE = (
    "manifest-sha256.txt", "manifest-sha256.tsr", "package.json", "index.html", "说明文件.txt", "style.css",
)  # fmt: skip
MOST_FILES, MOST_UNPACKED, MOST_DATA = 20_000, 20 * 1024**3, 64 * 1024**2
Counting = Callable[[int, int], None]


def files_in(folder: Path) -> Iterator[str]:
    """The names of everything in a package."""
    for path in folder.rglob("*"):
        if not path.is_dir() or path.is_symlink():
            yield path.relative_to(folder).as_posix()


def hash_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
