"""What is taken out of a PDF: pictures of its pages, its words, their number."""

import io
from collections.abc import Iterator

from portal.documents.paper.weasy import PaperError, one_at_a_time


def pictures(pdf: bytes, dpi: int = 110) -> Iterator[bytes]:
    """The pages as WebP pictures, one by one; raises PaperError when the file cannot be read."""
    return (picture(pdf, number, dpi) for number in range(1, page_count(pdf) + 1))


def picture(pdf: bytes, number: int, dpi: int = 110) -> bytes:
    """One page, counted from 1, as a WebP picture; raises PaperError when it cannot be drawn."""
    import pypdfium2

    try:
        with one_at_a_time, pypdfium2.PdfDocument(pdf) as document:
            document.init_forms()  # visible signatures are drawn as parts of forms
            drawn = document[number - 1].render(scale=dpi / 72).to_pil()
    except pypdfium2.PdfiumError as error:
        raise PaperError(str(error)) from error
    out = io.BytesIO()
    drawn.convert("RGB").save(out, "WEBP", quality=82, method=3)
    return out.getvalue()


def words(pdf: bytes, most: int = 100_000) -> str:
    """What a PDF says, for search; raises PaperError when it cannot be read."""
    import pypdfium2

    said: list[str] = []
    try:
        with one_at_a_time, pypdfium2.PdfDocument(pdf) as document:
            for page in document:
                said.append(page.get_textpage().get_text_bounded())
                if sum(map(len, said)) > most:
                    break
    except pypdfium2.PdfiumError as error:
        raise PaperError(str(error)) from error
    return "\n".join(said)[:most].replace("\x00", "")


def page_count(pdf: bytes) -> int:
    """How many pages a PDF has; raises PaperError when it cannot be read."""
    import pypdfium2

    try:
        with one_at_a_time, pypdfium2.PdfDocument(pdf) as document:
            return len(document)
    except pypdfium2.PdfiumError as error:
        raise PaperError(str(error)) from error
