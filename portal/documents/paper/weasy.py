"""WeasyPrint as the portal needs it: own fonts only, nothing fetched, Chinese lines spread to the margin."""

import gc
import threading
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from portal.documents.paper.fonts import FONTS, ROOT, font_files

WEASYPRINT = "70.0"
TEMPLATES = ROOT / "templates" / "paper"
LARGEST_SPREAD_EM = 0.14  # a line is spread to the margin by at most this much a character
one_at_a_time = threading.Lock()  # one rendering at a time: memory, fontconfig's environment and pypdfium2 are shared


class PaperError(RuntimeError):
    """The press cannot do what is asked: a wrong library version or an unreadable file."""


@cache
def library() -> Any:
    """WeasyPrint with our own justification; the function replaced is a private one, so the version is asserted."""
    import weasyprint
    from weasyprint.layout import inline
    from weasyprint.pdf import fonts

    if weasyprint.VERSION != WEASYPRINT or not callable(getattr(inline, "justify_line", None)):
        raise PaperError(f"WeasyPrint {WEASYPRINT} is needed, {weasyprint.VERSION} is installed")
    inline.justify_line = _justify_line
    fonts.Font.subset = _subset_by(fonts.Font.subset)
    gc.collect()
    gc.freeze()  # each paper ends with a full collection, which need not look at what stays for good
    return weasyprint


def own_fetcher() -> Any:
    """Give the templates their own files, fonts and `data:` pictures, and refuse everything else."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    class Bundled(URLFetcher):
        def fetch(self, url: str, headers: Any = None) -> Any:
            if url.startswith(fonts_as_written):
                url = (FONTS / Path(url).name).as_uri()
            elif not url.startswith(("data:image/svg+xml", "data:image/png")) and url not in _own_files():
                raise FatalURLFetchingError(f"a paper may not fetch {url[:100]}")
            return super().fetch(url, headers)

    fonts_as_written = (TEMPLATES / "fonts").as_uri() + "/"

    return Bundled(allowed_protocols={"file", "data"}, allow_redirects=False)


@cache
def _own_files() -> frozenset[str]:
    return frozenset(path.as_uri() for path in (TEMPLATES / "paper.css", *font_files()))


def _subset_by(harfbuzz: Callable[[Any, Mapping[int, str], bool], None]) -> Callable[..., None]:
    """Reduce a font to what is used; HarfBuzz 6 leaves a TrueType font of over 1 000 used glyphs whole."""

    def subset(font: Any, to_unicode: Mapping[int, str], hinting: bool) -> None:
        whole = len(font.file_content)
        harfbuzz(font, to_unicode, hinting)
        if to_unicode and font.type == "ttf" and len(font.file_content) > 0.9 * whole:
            font._fonttools_subset(to_unicode, hinting)  # noqa: SLF001 - WeasyPrint's own way without HarfBuzz

    return subset


def _justify_line(context: Any, line: Any, extra_width: float) -> None:
    """Spread a line of Chinese to the margin by letter-spacing; WeasyPrint itself only widens blanks."""
    boxes = [box for box in line.descendants() if hasattr(box, "pango_layout") and box.text]
    letters = sum(len(box.text) for box in boxes)
    if letters < 2:
        return
    step = extra_width / (letters - 1)
    if step > LARGEST_SPREAD_EM * boxes[0].style["font_size"]:
        return
    _spread(context, line, step, 0.0, boxes[-1])


def _spread(context: Any, box: Any, step: float, shift: float, last: Any) -> float:
    """Widen every text below this box by `step` a letter and move what follows; returns the shift so far."""
    from weasyprint.formatting_structure import boxes
    from weasyprint.text.line_break import create_layout

    if isinstance(box, boxes.TextBox):
        box.position_x += shift
        extra = step * (len(box.text) - (box is last))
        style = box.style.copy()
        own = style["letter_spacing"]
        style["letter_spacing"] = (0 if own == "normal" else own) + step
        layout = create_layout(box.text, style, context, max_width=None, justification_spacing=0)
        layout.deactivate()
        box.style, box.pango_layout = style, layout  # the painter sets the text again, from the box's style
        box.width += extra
        return shift + extra
    if isinstance(box, boxes.LineBox | boxes.InlineBox):
        box.position_x += shift
        before = shift
        for child in box.children:
            if child.is_in_normal_flow():
                shift = _spread(context, child, step, shift, last)
        box.width += shift - before
        return shift
    box.translate(shift, 0)
    return shift
