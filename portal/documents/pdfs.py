"""Reading and amending a PDF with pyHanko, without reading the same table over and over.

WeasyPrint puts the small objects of a paper into one stream, which begins with a table of where each lies. pyHanko
reads that table from its beginning for every single object, so that judging a signature took four times as long as
it needs to. Here it is read once. Whatever is not exactly as it should be goes pyHanko's own way.
"""

import io
from functools import cache
from typing import Any

Places = dict[int, tuple[int, int]]
LONGEST = 12  # digits of a place in a file


def reader(pdf: bytes) -> Any:
    """A PDF opened for reading: pyHanko's PdfFileReader. Raises PdfReadError."""
    return _reader_class()(io.BytesIO(pdf))


def writer(pdf: bytes) -> Any:
    """A PDF opened for appending to it: pyHanko's IncrementalPdfFileWriter. Raises PdfReadError."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    return IncrementalPdfFileWriter.from_reader(reader(pdf))


@cache
def _reader_class() -> Any:
    from pyhanko.pdf_utils import generic, misc
    from pyhanko.pdf_utils.reader import PdfFileReader

    class Reader(PdfFileReader):
        """The function replaced is a private one; a test holds that it exists and that both ways read the same."""

        def __init__(self, *arguments: Any, **named: Any) -> None:
            self._opened_streams: dict[int, tuple[Any, bytes, Places]] = {}
            super().__init__(*arguments, **named)

        def _get_object_from_stream(self, idnum: int, stmnum: int, idx: int) -> Any:
            found = self._found(idnum, stmnum, idx)
            return super()._get_object_from_stream(idnum, stmnum, idx) if found is None else found

        def _found(self, idnum: int, stmnum: int, idx: int) -> Any:
            stream = generic.Reference(stmnum, 0, self).get_object()
            if stmnum not in self._opened_streams or self._opened_streams[stmnum][0] is not stream:
                self._opened_streams[stmnum] = (stream, *_table_of(stream))
            _, data, places = self._opened_streams[stmnum]
            place, offset = places.get(idnum, (-1, 0))
            if place != idx:
                return None
            try:
                at = io.BytesIO(data)
                at.seek(offset)
                found = generic.read_object(at, generic.Reference(idnum, 0, self))
            except (misc.PdfStreamError, misc.PdfReadError):
                return None
            return None if isinstance(found, generic.StreamObject | generic.IndirectObject) else found

    return Reader


def _table_of(stream: Any) -> tuple[bytes, Places]:
    """A stream of objects unpacked, and for each object its turn and where it lies; empty where anything is odd."""
    from pyhanko.pdf_utils.decode_limits import DecodePurpose
    from pyhanko.pdf_utils.generic import StreamObject

    if not isinstance(stream, StreamObject) or stream.get("/Type") != "/ObjStm":
        return b"", {}
    count, first = stream.get("/N"), stream.get("/First")
    if not isinstance(count, int) or not isinstance(first, int) or count < 0 or first < 0:
        return b"", {}
    data = stream.read_data(DecodePurpose.OBJECT_STREAM)
    numbers = data[:first].split()
    if len(numbers) != 2 * count or not all(number.isdigit() and len(number) < LONGEST for number in numbers):
        return b"", {}
    places: Places = {}
    for turn, (number, offset) in enumerate(zip(numbers[::2], numbers[1::2], strict=True)):
        places.setdefault(int(number), (turn, first + int(offset)))
    return data, places
