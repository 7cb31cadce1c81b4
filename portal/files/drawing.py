"""Opens other people's files with PDFium and Pillow. Runs apart (`sandbox`) and imports nothing of the portal.

`drawing.py look FILE` tells what a PDF is; `drawing.py read FILE MOST` tells how many pages it has and what they say,
one by one up to so many characters; `drawing.py draw KIND ROOM WIDTH HEIGHT SMALL MOST SKIP` draws the pages of
ROOM/source.pdf, or the picture ROOM/source.png or .jpg, beside it. Each line it says is one fact as JSON.
"""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image


WEBP_QUALITY = 80


def say(**facts: object) -> None:
    """One fact, at once."""
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def look(path: str) -> None:
    """What a PDF is: whether it opens, is locked, has scripts, attachments, pages."""
    import pypdfium2
    from pypdfium2 import raw

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        say(fault="locked" if "password" in str(error).lower() else "damaged")
        return
    with document:
        say(
            locked=raw.FPDF_GetSecurityHandlerRevision(document) != -1,
            scripts=raw.FPDFDoc_GetJavaScriptActionCount(document),
            pages=len(document),
            attachments=[
                document.get_attachment(number).get_name() for number in range(min(document.count_attachments(), 100))
            ],
        )


def read(path: str, most: int) -> None:
    """How many pages a PDF has, and what they say, until it is enough."""
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(path) as document:
            say(total=len(document))
            for page in document:
                text_page = page.get_textpage()
                text = text_page.get_text_bounded()[:most]
                say(text=text)
                most -= len(text)
                text_page.close()
                page.close()
                if most <= 0:
                    break
    except pypdfium2.PdfiumError:
        say(fault="damaged")


def draw_pdf(room: Path, widest: int, tallest: int, small: int, most: int, skip: set[int]) -> None:
    """Every page as a picture and as a small one, except those that are there already."""
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(room / "source.pdf") as document:
            say(total=len(document))
            if not 0 < len(document) <= most:
                return
            for number in range(1, len(document) + 1):
                if number in skip:
                    continue
                page = document[number - 1]
                width, height = page.get_size()
                bitmap = page.render(scale=min(widest / width, tallest / height))
                picture = bitmap.to_pil()
                text_page = page.get_textpage()
                keep(picture, room, number, small, text_page.get_text_bounded())
                for part in (text_page, bitmap, page):
                    part.close()
    except pypdfium2.PdfiumError:
        say(fault="damaged")


def draw_picture(room: Path, kind: str, widest: int, tallest: int, small: int) -> None:
    """A photograph as one page, the right way up and without what it tells of its place."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # examined before; the limits of this process hold
    try:
        with Image.open(room / f"source.{kind}", formats=["PNG", "JPEG"]) as opened:
            say(total=1)
            opened.draft("RGB", (widest, tallest))
            picture = ImageOps.exif_transpose(opened)
            picture.thumbnail((widest, tallest))
            keep(picture if picture.mode in {"RGB", "RGBA"} else picture.convert("RGBA"), room, 1, small, "")
    except (OSError, ValueError, SyntaxError):
        say(fault="damaged")


def keep(picture: "Image", room: Path, number: int, small: int, text: str) -> None:
    """Write a page and its small picture, then tell it."""
    width, height = picture.size
    picture.save(room / f"page-{number}.webp", "WEBP", quality=WEBP_QUALITY, method=2)
    picture.thumbnail((small, small * 2))
    picture.save(room / f"small-{number}.webp", "WEBP", quality=WEBP_QUALITY, method=2)
    say(page=number, width=width, height=height, text=text[:40_000])


def main(words: list[str]) -> None:
    """Do what the first word says."""
    if words[0] == "look":
        look(words[1])
        return
    if words[0] == "read":
        read(words[1], int(words[2]))
        return
    kind, room, widest, tallest, small, most, skip = words[1:]
    if kind == "pdf":
        done = {int(one) for one in skip.split(",") if one}
        draw_pdf(Path(room), int(widest), int(tallest), int(small), int(most), done)
    else:
        draw_picture(Path(room), kind, int(widest), int(tallest), int(small))


if __name__ == "__main__":
    main(sys.argv[1:])
