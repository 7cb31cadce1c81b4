"""What was copied in Word, WPS or a browser as the text of minutes."""

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

from portal.minutes.text.outline import Numbers

KEPT = {
    "p", "div", "br", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "ul", "li", "table", "thead", "tbody", "tr", "td", "th",
    "span", "b", "i", "u", "strong", "em", "blockquote", "pre",
}  # fmt: skip
BLOCKS = {"p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "blockquote", "pre"}


def text_of_html(html: str) -> str:
    """What was copied in Word, WPS or a browser as text: a paragraph a line, lists with outline keys, tables kept."""
    import nh3

    # Word hides the number of a list in a comment that browsers skip; its text is the outline key and must stay.
    shown = re.sub(r"<!\[if[^\]]*\]>|<!\[endif\]>", "", html)
    reader = _Pasted()
    reader.feed(nh3.clean(shown, tags=KEPT, attributes={}, clean_content_tags={"style", "script", "title", "xml"}))
    reader.close()
    return "\n".join(reader.ended())


class _Pasted(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self.words: list[str] = []
        self.row: list[str] | None = None
        self.lists: list[bool] = []  # of each open list whether it is a numbered one
        self.numbers = Numbers()

    def handle_starttag(self, tag: str, _attributes: Any) -> None:
        if tag in ("ol", "ul"):
            self._end_line()
            self.lists.append(tag == "ol")
        elif tag == "tr":
            self._end_line()
            self.row = []
        elif tag in BLOCKS and self.row is None:
            self._end_line()
            if tag == "li" and self.lists and self.lists[-1]:
                # A list in a text begins under its heading: 1. and below it （1）.
                self.words.append(self.numbers.next(1 + len(self.lists)))
        elif tag == "br":
            self.words.append(" " if self.row is not None else "\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self.row is not None:
            self.row.append(self._taken().replace("|", "｜"))
        elif tag == "tr" and self.row is not None:
            self.lines.append("|" + "|".join(self.row) + "|")
            self.row = None
        elif tag in ("ol", "ul"):
            self._end_line()
            if self.lists:
                self.lists.pop()
            if not self.lists:
                self.numbers = Numbers()
        elif tag in BLOCKS and self.row is None:
            self._end_line()

    def handle_data(self, data: str) -> None:
        self.words.append(re.sub(r"[\s\u00a0]+", " ", unescape(data)))

    def ended(self) -> list[str]:
        """Every line that was read."""
        self._end_line()
        return self.lines

    def _taken(self) -> str:
        said, self.words = "".join(self.words), []
        return re.sub(r"(?<=[^\x00-\xff]) +| +(?=[^\x00-\xff])", "", said).strip()

    def _end_line(self) -> None:
        self.lines += [line.strip() for line in self._taken().split("\n") if line.strip()]
