"""Automatic numbers of Word and HTML as outline keys."""

from typing import Any

from portal.documents.paper import text as paper_text


class Numbers:
    """Automatic numbers become outline keys by their level: a file written elsewhere keeps its structure."""

    def __init__(self) -> None:
        self.counts = [0] * 4

    def key(self, paragraph: Any) -> str:
        """The key of a paragraph that Word numbers by itself; nothing for any other."""
        from docx.oxml.ns import qn

        level = paragraph.find(f"{qn('w:pPr')}/{qn('w:numPr')}/{qn('w:ilvl')}")
        if level is None:
            return ""
        return self.next(int(level.get(qn("w:val")) or 0))

    def next(self, depth: int) -> str:
        """The next key of a level, counted from 0."""
        depth = min(depth, 3)
        self.counts[depth] += 1
        self.counts[depth + 1 :] = [0] * (3 - depth)
        number = self.counts[depth]
        han = paper_text.numeral(number) if number <= 99 else str(number)
        return (f"{han}、", f"（{han}）", f"{number}.", f"（{number}）")[depth]
