"""The disk: what was answered outlives a power cut, because it was synced first."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

_at_the_end: ContextVar[bool] = ContextVar("synced_at_the_end", default=False)


def sync(descriptor: int) -> None:
    """Wait until what was written to an open file or folder lies on the disk."""
    if not waits_for_the_end():
        os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder lie on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)


def waits_for_the_end() -> bool:
    """Whether everything is synced together, see `synced_at_the_end`."""
    return _at_the_end.get()


@contextmanager
def synced_at_the_end() -> Iterator[None]:
    """Sync once, after the block: for filling an empty portal, which after a power cut is simply filled again."""
    token = _at_the_end.set(True)
    try:
        yield
    finally:
        _at_the_end.reset(token)
        os.sync()
