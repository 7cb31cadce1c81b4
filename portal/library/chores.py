"""What the library does by itself: every lesson that was given gets its place in it."""

import shutil
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from portal import jobs, preview, search, store
from portal.courses.models import Course
from portal.examine import kind_of
from portal.library import operations, queries
from portal.library.models import Policy, SourceDocument


@jobs.chore("library.enter", every=timedelta(minutes=15), after=("courses.deliver", "courses.publish"))
def enter() -> None:
    """Every lesson that was given has its policy in the library, to be found once the lesson is published."""
    jobs.each(queries.lessons_to_enter(), _enter)


def _enter(course: Course) -> Policy:
    policy = operations.enter(course)
    operations.let_be_found(policy)
    return policy


@jobs.chore("library.let_be_found", after=("courses.publish",))
def let_be_found() -> None:
    """What was just taken into the library can be found from now on."""
    jobs.each(queries.policies_not_found(), operations.let_be_found)


@jobs.chore("library.read_sources", every=timedelta(minutes=5), after=("library.add_source",))
def read_sources() -> None:
    """Read the files of source documents, so that search finds what they say."""
    jobs.each_prepared(queries.sources_to_read(), _read, operations.note_text)


def _read(source: SourceDocument) -> str | None:
    """What its file says; None where that cannot be read, which is no fault of the chore's."""
    if source.file is None:
        return ""
    with TemporaryDirectory(prefix="portal-source-") as folder:
        copy = Path(folder) / "source"
        with store.open(source.file) as content, copy.open("wb") as target:
            shutil.copyfileobj(content, target, store.BLOCK)
        try:
            return preview.text_of(copy, kind_of(source.file.media_type), Path(folder), search.MOST_CHARACTERS)
        except preview.PreviewFailed:
            return None
