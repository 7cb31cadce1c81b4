"""A paper's objects are the same, however often pyHanko reads their table."""

import io
from datetime import UTC, datetime

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader

from portal.documents import pdfs
from portal.documents.paper import content, renderer
from portal.documents.pki import authority as pki_authority
from portal.documents.pki import keys, signing

FOUNDED = datetime(2025, 1, 6, 1, 0, tzinfo=UTC)
SIGNED = datetime(2025, 3, 3, 1, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def signed(tmp_path_factory):
    """A paper with two revisions after its first."""
    authority = pki_authority.Authority.at(tmp_path_factory.mktemp("authority"), since=FOUNDED)
    recorder = keys.open_key(authority.issue_person("李示例", "li", "135790", not_before=FOUNDED).p12, "135790")
    sheet = content.FilingPaper(kind="签到表", title="第一小组例会", facts=[("时间", "09:00")], tables=[], mark=None)
    page = renderer.render("filing.html", paper=sheet, made_at=SIGNED)
    page = signing.prepare_fields(page, [signing.Field("recorder", "记录人")])
    return signing.sign(page, recorder, authority=authority, field="recorder", name="李示例", reason="签字", at=SIGNED)


def objects(reader):
    """Every object of every revision, as it would be written."""
    found = {}
    for revision in range(reader.xrefs.total_revisions):
        for reference in reader.xrefs.explicit_refs_in_revision(revision):
            out = io.BytesIO()
            reader.get_object(reference, revision=revision).write_to_stream(out)
            found[revision, reference.idnum] = out.getvalue()
    return found


def test_the_quick_way_and_pyhankos_own_read_the_same(signed):
    quick, own = objects(pdfs.reader(signed)), objects(PdfFileReader(io.BytesIO(signed)))
    assert quick == own
    assert len(quick) > 50


def test_an_object_in_a_stream_is_read_the_quick_way(signed, monkeypatch):
    asked = []
    slow = PdfFileReader._get_object_from_stream
    monkeypatch.setattr(
        PdfFileReader, "_get_object_from_stream", lambda self, *place: asked.append(place) or slow(self, *place)
    )
    objects(PdfFileReader(io.BytesIO(signed)))
    assert len(asked) > 20
    asked.clear()
    objects(pdfs.reader(signed))
    assert asked == []


@pytest.mark.parametrize(
    "table",
    [
        b"7 0 9 4",  # not the object the file's own table promises
        b"8 0",  # one object too few
        b"8 zero 9 4",
        b"8 -1 9 4",
        b"8 0%\n 9 4",
        b"8 0 8 4",  # twice the same
        b"8 " + b"9" * 5000 + b" 9 4",
    ],
)
def test_a_table_that_is_not_as_it_should_be_goes_pyhankos_own_way(signed, table):
    told = []
    for opened in (pdfs.reader(signed), PdfFileReader(io.BytesIO(signed))):
        stream = generic.StreamObject(
            {
                generic.pdf_name("/Type"): generic.pdf_name("/ObjStm"),
                generic.pdf_name("/N"): generic.NumberObject(2),
                generic.pdf_name("/First"): generic.NumberObject(len(table) + 1),
            },
            stream_data=table + b"\n111 222",
        )
        opened.cache_indirect_object(0, 9000, stream)
        for number, turn in ((8, 0), (9, 1), (8, 1), (9, 0), (8, 2)):
            try:
                told.append(repr(opened._get_object_from_stream(number, 9000, turn)))
            except (PdfReadError, ValueError) as error:
                told.append(f"{type(error).__name__}: {error}")
    half = len(told) // 2
    assert told[:half] == told[half:]
