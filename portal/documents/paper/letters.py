"""Letters drawn as outlines, for what is drawn into a paper that is laid out already."""

import io
import threading
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import groupby
from typing import Any

from portal.documents.paper.fonts import FONTS, font_files

POINTS_A_MM = 72 / 25.4
SONG = ("FandolSong-Regular.otf", "LXGWWenKai-Light.ttf", "NotoSerifCJK-Regular.ttc")
KAI = ("FandolKai-Regular.otf", "LXGWWenKai-Light.ttf", "NotoSerifCJK-Regular.ttc")
HEI = ("FandolHei-Regular.otf", "LXGWWenKai-Light.ttf", "NotoSerifCJK-Regular.ttc")
_case = threading.RLock()  # one reader of a font at a time


class Letters:
    """The letters of a drawing as fonts whose characters are their outlines: each is drawn once, and found by a search.

    Type 3 fonts (ISO 32000-1, 9.6.5) of at most 255 letters each, in thousandths of an em.
    """

    def __init__(self) -> None:
        self.faces: list[tuple[Sequence[str], list[str]]] = []  # the chain of fonts, and the letters taken from it

    def line(self, text: str, chain: Sequence[str], size: float, left: float, base: float, most: float) -> str:
        """The operators that set a line of text, made smaller where it would be wider than `most` points."""
        size *= min(1.0, most / (width_of(text, chain, size) or most))
        runs = groupby((self._code(char, chain) for char in text if outline(char, chain)), key=lambda code: code[0])
        shown = (f"/F{face} {size:.3f} Tf <{''.join(f'{code:02X}' for _, code in run)}> Tj" for face, run in runs)
        return f"BT {left:.3f} {base:.3f} Td {' '.join(shown)} ET"

    def _code(self, char: str, chain: Sequence[str]) -> tuple[int, int]:
        """In which face a letter stands, and where."""
        for face, (of, letters) in enumerate(self.faces):
            if of == chain and char in letters:
                return face, letters.index(char) + 1
            if of == chain and len(letters) < 255:
                letters.append(char)
                return face, len(letters)
        self.faces.append((chain, [char]))
        return len(self.faces) - 1, 1

    def fonts(self, writer: Any) -> Any:
        """The fonts, by the names the lines use."""
        from pyhanko.pdf_utils.generic import DictionaryObject, pdf_name

        made = (writer.add_object(_font(writer, face, *one)) for face, one in enumerate(self.faces))
        return DictionaryObject({pdf_name(f"/F{face}"): font for face, font in enumerate(made)})


def _font(writer: Any, face: int, chain: Sequence[str], letters: Sequence[str]) -> Any:
    """One Type 3 font, with what a reader needs to find its letters."""
    from pyhanko.pdf_utils.generic import (
        ArrayObject,
        DictionaryObject,
        FloatObject,
        NameObject,
        NumberObject,
        StreamObject,
        pdf_name,
    )

    def of(**entries: Any) -> Any:
        return DictionaryObject({pdf_name(f"/{key}"): value for key, value in entries.items()})

    def stream(text: str) -> Any:
        made = StreamObject(stream_data=text.encode())
        made.compress()
        return writer.add_object(made)

    def numbers(*values: int) -> Any:
        return ArrayObject(map(NumberObject, values))

    drawn = [found for char in letters if (found := outline(char, chain))]
    widths = [round(advance * 1000) for _, advance in drawn]
    names = [pdf_name(f"/g{code}") for code in range(1, len(letters) + 1)]
    pictures = zip(names, widths, drawn, strict=True)
    mapped = "\n".join(f"<{code:02X}> <{char.encode('utf-16-be').hex()}>" for code, char in enumerate(letters, 1))
    pieces = [mapped.splitlines()[at : at + 100] for at in range(0, len(letters), 100)]  # at most 100 in a block
    blocks = "\n".join(f"{len(one)} beginbfchar\n{chr(10).join(one)}\nendbfchar" for one in pieces)
    box = numbers(-200, -300, 1300, 1000)
    descriptor = of(
        Type=NameObject("/FontDescriptor"), FontName=NameObject(f"/Letters{face}"), Flags=NumberObject(4), FontBBox=box,
        ItalicAngle=NumberObject(0), Ascent=NumberObject(880), Descent=NumberObject(-120), StemV=NumberObject(80),
        CapHeight=NumberObject(880),
    )  # fmt: skip
    return of(
        Type=NameObject("/Font"), Subtype=NameObject("/Type3"), FontBBox=box,
        FontMatrix=ArrayObject(map(FloatObject, ("0.001", "0", "0", "0.001", "0", "0"))),
        CharProcs=DictionaryObject(
            {name: stream(f"{width} 0 -200 -300 1300 1000 d1 {path} f") for name, width, (path, _) in pictures}
        ),
        Encoding=of(Type=NameObject("/Encoding"), Differences=ArrayObject([NumberObject(1), *names])),
        FirstChar=NumberObject(1), LastChar=NumberObject(len(letters)), Widths=numbers(*widths),
        FontDescriptor=writer.add_object(descriptor), Resources=of(), ToUnicode=stream(_CMAP.format(blocks)),
    )  # fmt: skip


_CMAP = """/CIDInit /ProcSet findresource begin 12 dict begin begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def /CMapType 2 def
1 begincodespacerange <00> <FF> endcodespacerange
{}
endcmap CMapName currentdict /CMap defineresource pop end end"""


def page_of(width: float, height: float, drawing: Sequence[str], letters: Letters | None = None) -> bytes:
    """One page of path operators and lines of letters as a PDF."""
    from pyhanko.pdf_utils.generic import DictionaryObject, StreamObject, pdf_name
    from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter

    writer = PdfFileWriter(stream_xrefs=False)
    content = StreamObject(stream_data="\n".join(drawing).encode())
    content.compress()
    fonts = DictionaryObject({pdf_name("/Font"): letters.fonts(writer)} if letters else {})
    page = PageObject(contents=writer.add_object(content), media_box=(0, 0, width, height), resources=fonts)
    writer.insert_page(page)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def width_of(text: str, chain: Sequence[str], size: float) -> float:
    """How wide a text is, in points."""
    return size * sum(found[1] for char in text if (found := outline(char, chain)))


@lru_cache(maxsize=2000)
def outline(char: str, chain: Sequence[str]) -> tuple[str, float] | None:
    """The outline of a character in thousandths of its size, and its width, from the first font that has it."""
    with _case:
        for font in _chain(chain):
            number = font.get_nominal_glyph(ord(char))
            if number is not None:
                em, pen = font.face.upem, _pen(font.face.upem)
                font.draw_glyph_with_pen(number, pen)
                return " ".join(pen.path), font.get_glyph_h_advance(number) / em
    return outline("〓", chain) if char != "〓" else None


@cache
def _chain(names: Sequence[str]) -> list[Any]:
    """Some fonts; of their files only what is asked for is read."""
    import uharfbuzz

    files = [FONTS / name for name in names if (FONTS / name).exists()] or font_files()
    return [uharfbuzz.Font(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(file))) for file in files]


def _pen(em: int) -> Any:
    """A pen that writes PDF path operators, scaled from an em of so many units to a thousand."""
    from fontTools.pens.basePen import BasePen

    class PathPen(BasePen):
        def __init__(self) -> None:
            super().__init__()
            self.path: list[str] = []

        def _write(self, operator: str, *points: tuple[float, float]) -> None:
            numbers = (str(round(side * 1000 / em)) for point in points for side in point)
            self.path.append(f"{' '.join(numbers)} {operator}")

        def _moveTo(self, pt: tuple[float, float]) -> None:  # noqa: N802 - the library's names
            self._write("m", pt)

        def _lineTo(self, pt: tuple[float, float]) -> None:  # noqa: N802
            self._write("l", pt)

        def _curveToOne(self, *points: tuple[float, float]) -> None:  # noqa: N802
            self._write("c", *points)

        def _closePath(self) -> None:  # noqa: N802
            self.path.append("h")

    return PathPen()
