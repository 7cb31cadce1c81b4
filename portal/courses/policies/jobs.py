"""What the library does by itself: every lesson that was given gets its place in it."""

import shutil
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from portal.courses.models.courses import Course
from portal.courses.models.policies import Policy, SourceDocument
from portal.courses.policies import operations, queries
from portal.db import search
from portal.files import office_pdf, places, preview, store
from portal.files.kinds import kind_of
from portal.jobs import due, periodic


@periodic.job("library.enter", every=timedelta(minutes=15), after=("courses.deliver", "courses.publish"))
def enter() -> None:
    """Every lesson that was given has its policy in the library, to be found once the lesson is published."""
    due.each(queries.lessons_to_enter(), _enter)


def _enter(course: Course) -> Policy:
    policy = operations.enter(course)
    operations.reindex(policy)
    return policy


@periodic.job("library.let_be_found", after=("courses.publish",))
def reindex() -> None:
    """What was just taken into the library can be found from now on."""
    due.each(queries.policies_not_found(), operations.reindex)


@periodic.job("library.read_sources", every=timedelta(minutes=5), after=("library.add_source",))
def read_sources() -> None:
    """Read the files of source documents, so that search finds what they say."""
    due.each_prepared(queries.sources_to_read(), _read, operations.note_text)


def _read(source: SourceDocument) -> str | None:
    """What its file says; None where that cannot be read, which is no fault of the job's."""
    if source.file is None:
        return ""
    with TemporaryDirectory(prefix="portal-source-") as folder:
        copy = Path(folder) / "source"
        with store.open(source.file) as content, copy.open("wb") as target:
            shutil.copyfileobj(content, target, places.BLOCK)
        try:
            return preview.text_of(copy, kind_of(source.file.media_type), Path(folder), search.MOST_CHARACTERS)
        except office_pdf.PreviewFailed:
            return None
