"""Small real slides for the lessons of the example world, as PPTX and as PDF."""

from collections.abc import Sequence
from datetime import datetime
from html import escape
from io import BytesIO

from portal import paper

FONT = "FandolHei-Regular"
Page = tuple[str, Sequence[str]]

_STYLE = (
    "@page{size:254mm 142.9mm;margin:14mm 18mm;background:#f7f9fc}"
    "body{font-family:slides;color:#1d2939;margin:0}"
    "section{break-after:page}section:last-child{break-after:auto}"
    "h1{font-size:34pt;color:#14508c;margin:0 0 8mm}li{font-size:22pt;margin:0 0 5mm}p{font-size:18pt}"
)


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


def pdf(title: str, subtitle: str, pages: Sequence[Page], made_at: datetime) -> bytes:
    """The same as a PDF."""
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration

    fonts = {path.stem: path for path in paper.font_files()}
    font = fonts.get(FONT) or next(iter(fonts.values()))
    parts = [f"<section><h1>{escape(title)}</h1><p>{escape(subtitle)}</p></section>"]
    for heading, lines in pages:
        listed = "".join(f"<li>{escape(line)}</li>" for line in lines)
        parts.append(f"<section><h1>{escape(heading)}</h1><ul>{listed}</ul></section>")
    page = (
        f'<html lang="zh-CN"><head><title>{escape(title)}</title>'
        f'<meta name="dcterms.created" content="{made_at.isoformat()}"></head><body>{"".join(parts)}</body></html>'
    )
    loaded = FontConfiguration()
    style = CSS(string=f"@font-face{{font-family:slides;src:url({font.as_uri()})}}{_STYLE}", font_config=loaded)
    return bytes(HTML(string=page).write_pdf(stylesheets=[style], font_config=loaded))
