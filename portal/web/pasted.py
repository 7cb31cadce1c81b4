"""What is pasted out of Word or WPS, as plain lines: paragraphs, list keys, rows of tables; everything else goes."""

import re
from html.parser import HTMLParser

LONGEST = 2_000_000
_BLOCKS = {"p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "table", "ol", "ul"}
_KEPT = _BLOCKS | {"br", "td", "th"}
_BULLETS = re.compile(r"^[\u00b7\u2022\u25cf\u25cb\u25a0\uf0a7\uf0b7\uf06c\uf0d8\uf06e§Øo]\s{1,}")


def lines_of(html: str) -> list[str]:
    """The lines of a pasted piece; an ordered list's items begin with their numbers."""
    import nh3

    clean = nh3.clean(
        html[:LONGEST], tags=_KEPT, attributes={"ol": {"start"}}, clean_content_tags={"script", "style", "title"}
    )
    reader = _Reader()
    reader.feed(clean)
    reader.close()
    return reader.lines()


class _Reader(HTMLParser):
    """Takes the text apart at its blocks; no nesting is deep enough to trouble it, since it keeps only the lists."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = [""]
        self.lists: list[int | None] = []  # the next number of each list that is open; None where it has bullets
        self.cells = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("td", "th"):
            self.cells += 1
            if self.cells > 1:
                self.texts[-1] += "\t"
            return
        if tag not in _BLOCKS and tag != "br":
            return
        if tag == "br" or not (self.cells and tag in ("p", "div")):
            self._end()
        if tag in ("ol", "ul"):
            start = dict(attrs).get("start") or "1"
            self.lists.append(int(start) if tag == "ol" and re.fullmatch(r"\d{1,4}", start) else None)
        elif tag == "li":
            self._begin_item()
        elif tag == "tr":
            self.cells = 0

    def handle_endtag(self, tag: str) -> None:
        if tag in ("ol", "ul") and self.lists:
            self.lists.pop()
        if tag == "tr":
            self.cells = 0
        if tag in _BLOCKS and not (self.cells and tag in ("p", "div")):
            self._end()

    def handle_data(self, data: str) -> None:
        self.texts[-1] += re.sub(r"\s+", " ", data)

    def _begin_item(self) -> None:
        if self.lists and (number := self.lists[-1]) is not None:
            self.texts[-1] = f"{number}." if len(self.lists) == 1 else f"（{number}）"
            self.lists[-1] = number + 1

    def _end(self) -> None:
        if self.texts[-1]:
            self.texts.append("")

    def lines(self) -> list[str]:
        """The lines that say something, each without its bullet."""
        tidy = (re.sub(r"[ \u00a0]+", " ", text).strip(" \u00a0") for text in self.texts)
        cut = (_BULLETS.sub("", line).strip() for line in tidy)
        return [line.replace("\t", "，").strip("，") for line in cut if line.strip("，\t ")]
