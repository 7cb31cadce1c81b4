"""What the room does by itself: making pages of slides."""

import shutil
import time
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

import sqlalchemy as sa

from portal import jobs, preview, store
from portal.courses import operations, queries
from portal.courses.models import ConversionState, MaterialVersion
from portal.courses.operations import KeptPage
from portal.database import apart
from portal.examine import Kind

BETWEEN_REPORTS = 0.5  # seconds; a page that asks more often sees nothing new
KINDS = {kind.media_type: kind for kind in Kind}
Product = list[KeptPage] | preview.PreviewFailed


@jobs.chore(
    "courses.convert",
    every=timedelta(minutes=1),
    after=("courses.submit_material", "courses.retry_conversion"),
)
def convert() -> None:
    """Make pictures of the pages of every version that has none."""
    jobs.each_prepared(queries.versions_to_convert(), _prepare, _record)


@jobs.chore("courses.keep_as_shown", every=timedelta(hours=1), after=("courses.deliver",))
def keep_as_shown() -> None:
    """File the slides of a lesson that was given as they were shown."""
    jobs.each(queries.materials_to_finalise(), operations.keep_as_shown)


def _prepare(version: MaterialVersion) -> Product:
    """The pages of a version, kept in the store; what cannot be shown is no fault of the chore's and is told."""
    _report(version.id, conversion=ConversionState.running)
    with TemporaryDirectory(prefix="portal-slides-") as folder:
        source = Path(folder) / "source"
        with store.open(version.file) as content, source.open("wb") as target:
            shutil.copyfileobj(content, target, store.BLOCK)
        try:
            pages = preview.pages(source, KINDS[version.file.media_type], Path(folder), _reporter(version.id))
        except preview.PreviewFailed as failure:
            return failure
    return [_kept(page) for page in pages]


def _record(version: MaterialVersion, product: Product) -> None:
    if isinstance(product, preview.PreviewFailed):
        operations.fail_conversion(version, str(product))
    else:
        operations.finish_conversion(version, product)


def _kept(page: preview.PagePicture) -> KeptPage:
    """Files first, facts second, and the slow part outside the transaction."""
    keep: Callable[[BinaryIO], tuple[str, int]] = store.place().keep
    small = preview.thumbnail(page.webp)
    return KeptPage(page.number, keep(BytesIO(page.webp)), keep(BytesIO(small)), page.width, page.height, page.text)


def _reporter(number: int) -> Callable[[int, int], None]:
    last = 0.0

    def on_page(done: int, total: int) -> None:
        nonlocal last
        if done == total or time.monotonic() - last >= BETWEEN_REPORTS:
            last = time.monotonic()
            _report(number, pages_done=done, pages_total=total)

    return on_page


def _report(number: int, **values: object) -> None:
    with apart() as session:
        session.execute(sa.update(MaterialVersion).where(MaterialVersion.id == number).values(**values))
