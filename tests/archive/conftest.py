"""What the archive's tests share: small papers that are filed without being laid out first."""

import io

import pypdfium2
import pytest
from cast import add_series, hold_meeting
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from portal.archive.pieces import filing
from portal.db.engine import add, db
from portal.documents import registry
from portal.records.models import Record, RecordState


def small_pdf(pages=1):
    """A PDF of blank pages; the number of pages makes each one different."""
    document = pypdfium2.PdfDocument.new()
    for _ in range(pages):
        document.new_page(200, 200)
    out = io.BytesIO()
    document.save(out)
    return archivable(out.getvalue())


def archivable(pdf):
    """The same, declared to be PDF/A, as everything the portal lays out is."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    stated = generic.StreamObject(
        {pdf_name("/Type"): pdf_name("/Metadata"), pdf_name("/Subtype"): pdf_name("/XML")},
        stream_data=b'<rdf:Description pdfaid:part="3"/>',
    )
    writer.root["/Metadata"] = writer.add_object(stated)
    writer.update_root()
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.fixture
def blank():
    """A PDF nobody has registered."""
    return small_pdf(3)


@pytest.fixture
def series(people):
    made = add_series(people)
    db.session.commit()
    return made


@pytest.fixture
def file_record(people, series):
    """`file_record(pages)`: the record of a new meeting, signed, as a prepared piece."""

    def make(pages=1, title=None):
        meeting = hold_meeting(people, series)
        paper = registry.enter(
            registry.PaperKind.record, title or f"{meeting.title}记录", "", small_pdf(pages), [], by=None
        )
        record = add(Record(meeting=meeting, state=RecordState.signed, document=paper))
        piece = filing.prepare_record(record)
        db.session.commit()
        return piece

    return make


@pytest.fixture
def piece(file_record):
    """One prepared piece."""
    return file_record()
