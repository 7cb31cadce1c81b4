"""Makes this machine ready, one process at a time. Standard library only."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.config import REPOSITORY
from portal.ops.browser_files import fetch_browser_files
from portal.ops.debian import install_parts, parts
from portal.ops.fonts import fetch_fonts
from portal.ops.libraries import install_libraries


def make_ready(fonts: Path, *, tests: bool = False) -> None:
    """Do all of the set-up that is still missing, one process at a time."""
    with _alone():
        install_parts(parts(tests=tests))
        install_libraries(tests=tests)
        fetch_browser_files()
        fetch_fonts(fonts)


@contextmanager
def _alone() -> Iterator[None]:
    """Let a second start wait until the first has finished its set-up."""
    folder = os.open(REPOSITORY, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
