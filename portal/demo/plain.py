"""Plain PDF pages of text in one small font, drawn in a few milliseconds; WeasyPrint takes a second to come up."""

import zlib
from collections.abc import Iterable, Iterator, Sequence

from portal.documents.paper import fonts as paper_fonts

FONT = "LXGWWenKai-Light"  # a TrueType font, which a PDF takes in as it is
NEVER_FIRST = "，。；：、！？”》）"
Size = tuple[int, int]


class Type:
    """One font reduced to the letters that are needed, for any number of pages."""

    def __init__(self, letters: Iterable[str]) -> None:
        import uharfbuzz

        fonts = {path.stem: path for path in paper_fonts.font_files()}
        whole = uharfbuzz.Face(uharfbuzz.Blob.from_file_path(fonts.get(FONT) or next(iter(fonts.values()))))
        wanted, wanted_letters = uharfbuzz.SubsetInput(), sorted(set(letters))
        wanted.unicode_set.update(map(ord, wanted_letters))
        face = uharfbuzz.subset(whole, wanted)
        font = uharfbuzz.Font(face)
        self.glyphs = {letter: font.get_nominal_glyph(ord(letter)) or 0 for letter in wanted_letters}
        self.widths = {
            letter: font.get_glyph_h_advance(glyph) * 1000 // face.upem for letter, glyph in self.glyphs.items()
        }
        self.program = _stream(bytes(face.blob.data))

    def width(self, text: str, size: float) -> float:
        """How wide a text is, in points."""
        return sum(self.widths[letter] for letter in text) * size / 1000

    def line(self, text: str, left: float, base: float, size: float) -> str:
        """The operators that set a line of text."""
        shown = "".join(f"{self.glyphs[letter]:04x}" for letter in text)
        return f"BT /F {size:g} Tf {left:.1f} {base:.1f} Td <{shown}> Tj ET"

    def wrapped(self, text: str, size: float, most: float, indent: float = 0) -> Iterator[str]:
        """A paragraph in lines of at most `most` points, the first one indented; what closes a clause may hang over."""
        line, room = "", most - indent
        for letter in text:
            if line and letter not in NEVER_FIRST and self.width(line + letter, size) > room:
                yield line
                line, room = "", most
            line += letter
        yield line

    def objects(self, first: int) -> list[bytes]:
        """The font as objects of a PDF, numbered from `first`: itself, its widths, its description, its letters."""
        widths = " ".join(f"{self.glyphs[letter]}[{width}]" for letter, width in self.widths.items())
        return [
            f"<</Type/Font/Subtype/Type0/BaseFont/AAAAAA+Text/Encoding/Identity-H/DescendantFonts[{first + 1} 0 R]"
            f"/ToUnicode {first + 3} 0 R>>".encode(),
            "<</Type/Font/Subtype/CIDFontType2/BaseFont/AAAAAA+Text/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)"
            f"/Supplement 0>>/CIDToGIDMap/Identity/W[{widths}]/FontDescriptor {first + 2} 0 R>>".encode(),
            "<</Type/FontDescriptor/FontName/AAAAAA+Text/Flags 4/FontBBox[-200 -300 1200 1000]/ItalicAngle 0/Ascent 880"
            f"/Descent -120/CapHeight 700/StemV 80/FontFile2 {first + 4} 0 R>>".encode(),
            _stream(self._names().encode()),
            self.program,
        ]

    def _names(self) -> str:
        """Which letter a glyph is, so that the text can be searched and copied."""
        named = [f"<{glyph:04x}> <{letter.encode('utf-16-be').hex()}>" for letter, glyph in self.glyphs.items()]
        blocks = (named[start : start + 100] for start in range(0, len(named), 100))  # no block may be longer
        listed = "\n".join("\n".join((f"{len(one)} beginbfchar", *one, "endbfchar")) for one in blocks)
        return (
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Text def /CMapType 2 def\n"
            f"1 begincodespacerange <0000> <ffff> endcodespacerange\n{listed}\n"
            "endcmap CMapName currentdict /CMap defineresource pop end end"
        )


def pdf(title: str, pages: Sequence[Sequence[str]], size: Size, type_: Type) -> bytes:
    """Pages of such lines, and of whatever else is drawn, as a PDF."""
    width, height = size
    fonts = type_.objects(3)
    first = 3 + len(fonts) + 1  # of the pages, behind what tells of the whole
    kids = " ".join(f"{first + 2 * place} 0 R" for place in range(len(pages)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R/Lang(zh-CN)>>",
        f"<</Type/Pages/Count {len(pages)}/Kids[{kids}]/MediaBox[0 0 {width} {height}]"
        "/Resources<</Font<</F 3 0 R>>>>>>".encode(),
        *fonts,
        f"<</Title<feff{title.encode('utf-16-be').hex()}>>>".encode(),
    ]
    for place, drawn in enumerate(pages):
        objects.append(f"<</Type/Page/Parent 2 0 R/Contents {first + 2 * place + 1} 0 R>>".encode())
        objects.append(_stream("\n".join(drawn).encode("ascii")))
    return _file(objects, about=first - 1)


def _stream(data: bytes) -> bytes:
    packed = zlib.compress(data)
    return f"<</Filter/FlateDecode/Length {len(packed)}>>\nstream\n".encode() + packed + b"\nendstream"


def _file(objects: Sequence[bytes], about: int) -> bytes:
    out, places = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + one + b"\nendobj\n"
    start, listed = len(out), "".join(f"{place:010d} 00000 n \n" for place in places)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{listed}".encode()
    out += f"trailer<</Size {len(objects) + 1}/Root 1 0 R/Info {about} 0 R>>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)
