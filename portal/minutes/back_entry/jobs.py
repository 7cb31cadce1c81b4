"""What follows an entry by itself: the file is read."""

import shutil
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from portal.db import search
from portal.files import office_pdf, preview, store
from portal.files import places as files_places
from portal.files.kinds import Kind
from portal.jobs import due, periodic
from portal.minutes.back_entry import operations
from portal.minutes.models.minutes import Minutes
from portal.minutes.signing import queries as signing_queries


@periodic.job("minutes.read_back", every=timedelta(minutes=5), after=("minutes.enter_back",))
def read_back() -> None:
    """Read the files of minutes that were brought in, so that search finds what they say."""
    due.each_prepared(signing_queries.to_read(), _read, operations.read_back)


def _read(copy: Minutes) -> operations.Contents:
    if copy.document is None:
        return operations.Contents()
    with TemporaryDirectory(prefix="portal-minutes-") as folder:
        source = Path(folder) / "source.pdf"
        with store.open(copy.document.file) as content, source.open("wb") as target:
            shutil.copyfileobj(content, target, files_places.BLOCK)
        try:
            return operations.Contents(*preview.read(source, Kind.PDF, Path(folder), search.MOST_CHARACTERS))
        except office_pdf.PreviewFailed:  # it is kept as it was brought, and can be downloaded
            return operations.Contents()
