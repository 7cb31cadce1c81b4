"""What the room does by itself: making pages of slides."""

import shutil
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa

from portal.courses.materials import comparing, conversion, operations, queries
from portal.courses.materials.conversion import KeptPage
from portal.courses.models.materials import ConversionState, MaterialComparison, MaterialPage, MaterialVersion
from portal.db.engine import apart
from portal.files import office_fonts, office_pdf, places, preview, store
from portal.files.kinds import kind_of
from portal.jobs import due, periodic

BETWEEN_REPORTS = 0.7  # seconds; a page that asks more often sees nothing new
Product = tuple[int, list[str]] | office_pdf.PreviewFailed  # how many pages, and which fonts stood in


@periodic.job(
    "courses.convert",
    every=timedelta(minutes=1),
    after=("courses.submit_material", "courses.retry_conversion"),
)
def convert() -> None:
    """Make pictures of the pages of every version that has none."""
    due.each_prepared(queries.versions_to_convert(), _prepare, _record)


@periodic.job("courses.keep_as_shown", every=timedelta(hours=1), after=("courses.deliver",))
def keep_as_shown() -> None:
    """File the slides of a lesson that was given as they were shown."""
    due.each(queries.materials_to_finalise(), operations.keep_as_shown)


def _prepare(version: MaterialVersion) -> Product:
    """Draw the pages; each can be seen as soon as it is made. What cannot be shown is no fault of the job's."""
    _report(version.id, conversion=ConversionState.running)
    with TemporaryDirectory(prefix="portal-slides-") as folder:
        source, kind = Path(folder) / "source", kind_of(version.file.media_type)
        with store.open(version.file) as content, source.open("wb") as target:
            shutil.copyfileobj(content, target, places.BLOCK)
        drawn = _Drawn(version.id)
        try:
            with closing(preview.pages(source, kind, Path(folder), done=drawn.done)) as pages:
                for page in pages:
                    drawn.add(page)
        except office_pdf.PreviewFailed as failure:
            return failure
        drawn.enter()
        return len(drawn.done), office_fonts.fonts_that_stood_in(source, kind, Path(folder))


def _record(version: MaterialVersion, product: Product) -> None:
    if isinstance(product, office_pdf.PreviewFailed):
        conversion.fail_conversion(version, str(product))
    else:
        conversion.finish_conversion(version, *product)


@periodic.job("courses.compare", every=timedelta(minutes=5), after=("courses.convert",))
def compare() -> None:
    """Look what changed between the versions of slides."""
    due.each_prepared(queries.comparisons_to_make(), _compared, conversion.finish_comparison)


def _compared(pair: MaterialComparison) -> list[comparing.Row]:
    old = {page.number: page for page in pair.older.pages}
    new = {page.number: page for page in pair.newer.pages}
    rows = list(comparing.paired(list(old.values()), list(new.values())))
    for row in rows:
        if row.old and row.new and old[row.old].sha256 != new[row.new].sha256:
            with store.open(old[row.old].thumbnail) as before, store.open(new[row.new].thumbnail) as after:
                comparing.look(row, before, after)
    return rows


class _Drawn:
    """The pages drawn so far. The first can be seen at once, the others a few at a time: each commit costs a sync."""

    def __init__(self, version_id: int) -> None:
        self.version_id, self.total, self.waiting, self.last = version_id, 0, list[KeptPage](), 0.0
        with apart() as session:  # what an earlier turn that was cut short has drawn
            made = sa.select(MaterialPage.number).where(MaterialPage.version_id == version_id)
            self.done = set(session.scalars(made))

    def add(self, page: preview.PagePicture) -> None:
        """Keep a page's pictures: files first, facts second."""
        with page.webp.open("rb") as picture, page.thumbnail.open("rb") as small:
            kept = places.place().keep(picture), places.place().keep(small)
        self.waiting.append(KeptPage(page.number, *kept, page.width, page.height, page.text))
        self.done.add(page.number)
        self.total = page.total
        if time.monotonic() - self.last >= BETWEEN_REPORTS:
            self.enter()

    def enter(self) -> None:
        """Write the rows of what is kept, and how far it is."""
        self.last = time.monotonic()
        with apart() as session:
            for page in self.waiting:
                conversion.add_page(session, self.version_id, page)
            counts = {"pages_done": len(self.done), "pages_total": self.total or len(self.done)}
            session.execute(sa.update(MaterialVersion).where(MaterialVersion.id == self.version_id).values(**counts))
        self.waiting.clear()


def _report(number: int, **values: object) -> None:
    with apart() as session:
        session.execute(sa.update(MaterialVersion).where(MaterialVersion.id == number).values(**values))
