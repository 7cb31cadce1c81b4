"""Small real slides for the lessons of the example world, as PPTX and as PDF."""

from collections.abc import Sequence
from io import BytesIO

from portal.demo import plain

SHEET = (720, 405)
Page = tuple[str, Sequence[str]]


def pptx(title: str, subtitle: str, pages: Sequence[Page]) -> bytes:
    """A deck with a title and a page for each heading."""
    from pptx import Presentation
    from pptx.util import Inches

    show = Presentation()
    show.slide_width, show.slide_height = Inches(10), Inches(5.625)
    cover = show.slides.add_slide(show.slide_layouts[0])
    _place(cover.shapes.title, 1.2, 1.5)
    cover.shapes.title.text = title
    _place(cover.placeholders[1], 3.1, 1.2)
    cover.placeholders[1].text = subtitle
    for heading, lines in pages:
        slide = show.slides.add_slide(show.slide_layouts[1])
        _place(slide.shapes.title, 0.3, 1.0)
        slide.shapes.title.text = heading
        _place(slide.placeholders[1], 1.5, 3.6)
        slide.placeholders[1].text = "\n".join(lines)
    target = BytesIO()
    show.save(target)
    return target.getvalue()


def _place(shape: object, top: float, height: float) -> None:
    from pptx.util import Inches

    shape.left, shape.width = Inches(0.6), Inches(8.8)  # type: ignore[attr-defined]
    shape.top, shape.height = Inches(top), Inches(height)  # type: ignore[attr-defined]


def pdf(title: str, subtitle: str, pages: Sequence[Page]) -> bytes:
    """The same as a PDF."""
    type_ = plain.Type("".join((title, subtitle, "· ", *(text for page in pages for text in (page[0], *page[1])))))
    drawn = [_sheet(type_, title, [subtitle], "")]
    drawn += [_sheet(type_, heading, lines, "· ") for heading, lines in pages]
    return plain.pdf(title, drawn, SHEET, type_)


def _sheet(type_: plain.Type, heading: str, lines: Sequence[str], mark: str) -> list[str]:
    drawn, base = ["0.97 0.98 0.99 rg 0 0 720 405 re f", "0.08 0.31 0.55 rg", type_.line(heading, 51, 326, 32)], 280.0
    drawn.append("0.11 0.16 0.22 rg")
    for text in lines:
        for line in type_.wrapped(mark + text, 21, 618):
            drawn.append(type_.line(line, 51, base, 21))
            base -= 31
        base -= 8
    return drawn
