"""Decks made in many ways become page pictures: seconds, pages, fonts that stood in; crashes and stalls harm nobody."""

import io
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent), str(HERE)]

from docx import Document  # noqa: E402
from living import Living, living_portal  # noqa: E402
from PIL import Image  # noqa: E402
from pptx import Presentation  # noqa: E402
from pptx.chart.data import CategoryChartData  # noqa: E402
from pptx.dml.color import RGBColor  # noqa: E402
from pptx.enum.chart import XL_CHART_TYPE  # noqa: E402
from pptx.enum.shapes import MSO_CONNECTOR, MSO_SHAPE  # noqa: E402
from pptx.oxml import parse_xml  # noqa: E402
from pptx.util import Inches, Pt  # noqa: E402
from upload import Client, a_course, token  # noqa: E402

from portal.files import office_fonts as files_office_fonts  # noqa: E402
from portal.files import office_pdf, preview  # noqa: E402
from portal.files.examine import examine  # noqa: E402
from portal.files.kinds import Kind  # noqa: E402

MOST_SECONDS, FEWEST = 10.0, 10
WORDS = "首席服务官讲业务：高新技术企业认定的条件、材料与时限，奖补标准和常见问题。"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
WIDE, NARROW = (13.333, 7.5), (10, 7.5)


class Deck:
    """A presentation that is written slide by slide."""

    def __init__(self, size: tuple[float, float] = WIDE) -> None:
        self.show = Presentation()
        self.show.slide_width, self.show.slide_height = Inches(size[0]), Inches(size[1])

    def slide(self):
        """One more empty slide."""
        return self.show.slides.add_slide(self.show.slide_layouts[6])

    def text(self, slide, words: str, top: float, font: str = "", size: int = 24, *, bold: bool = False) -> None:
        """A line or a paragraph, its Chinese and its Latin letters in the named font."""
        frame = slide.shapes.add_textbox(Inches(0.6), Inches(top), self.show.slide_width - Inches(1.2), Inches(1))
        frame.text_frame.word_wrap = True
        run = frame.text_frame.paragraphs[0].add_run()
        run.text, run.font.size, run.font.bold = words, Pt(size), bold
        if font:
            run.font.name = font
            run._r.get_or_add_rPr().append(parse_xml(f'<a:ea xmlns:a="{DRAWING}" typeface="{font}"/>'))

    def save(self, path: Path) -> Path:
        """Write it."""
        self.show.save(str(path))
        return path


def many(path: Path, fonts: tuple[str, ...], pages: int, size: tuple[float, float] = WIDE) -> Path:
    """A deck of text in some fonts, a different one each slide."""
    deck = Deck(size)
    for number in range(1, pages + 1):
        slide = deck.slide()
        deck.text(slide, f"第 {number} 页　惠企政策要点", 0.4, fonts[0], 36, bold=True)
        for line in range(4):
            name = fonts[(number + line) % len(fonts)]
            deck.text(slide, f"{name}：{WORDS}", 1.6 + 1.35 * line, name, 22)
    return deck.save(path)


def office_fonts(folder: Path) -> Path:
    """Thirty slides in the fonts of Office."""
    return many(folder / "office.pptx", ("微软雅黑", "宋体", "等线", "黑体", "Calibri"), 30)


def wps_fonts(folder: Path) -> Path:
    """Slides in the fonts of WPS and of paper, 4:3."""
    paper = ("方正小标宋简体", "仿宋_GB2312", "楷体_GB2312", "华文中宋")
    screen = ("汉仪旗黑", "华文行楷", "方正黑体_GBK")
    return many(folder / "wps.pptx", (*paper, *screen, "Times New Roman"), 4, NARROW)


def tables(folder: Path) -> Path:
    """A large table with merged cells.

    LibreOffice makes its rows as high as they would be in its standard font, before it knows theirs: where a program
    wrote the deck, the last line of a cell in a taller font is cut. PowerPoint and WPS write the rows' true heights.
    """
    deck = Deck()
    slide = deck.slide()
    deck.text(slide, "奖补标准一览表", 0.2, "微软雅黑", 32, bold=True)
    table = slide.shapes.add_table(9, 5, Inches(0.6), Inches(1.2), Inches(12), Inches(5.6)).table
    for row in range(9):
        for column in range(5):
            head = ("项目", "条件", "标准", "时限", "责任单位")[column]
            table.cell(row, column).text = f"{WORDS[:8]}{row}" if row else head
    table.cell(1, 0).merge(table.cell(3, 0))
    return deck.save(folder / "tables.pptx")


def charts(folder: Path) -> Path:
    """Columns, lines and a pie."""
    deck = Deck()
    for kind in (XL_CHART_TYPE.COLUMN_CLUSTERED, XL_CHART_TYPE.LINE_MARKERS, XL_CHART_TYPE.PIE):
        slide, data = deck.slide(), CategoryChartData()
        deck.text(slide, "办结情况（示例）", 0.2, "微软雅黑", 32)
        data.categories = ["一季度", "二季度", "三季度", "四季度"]
        data.add_series("办结件数", (31, 45, 52, 60))
        chart = slide.shapes.add_chart(kind, Inches(1), Inches(1.2), Inches(11), Inches(5.8), data).chart
        chart.has_legend = True
    return deck.save(folder / "charts.pptx")


def groups(folder: Path) -> Path:
    """A diagram of grouped shapes and arrows, as SmartArt is drawn."""
    deck = Deck()
    slide = deck.slide()
    deck.text(slide, "认定流程", 0.2, "微软雅黑", 32, bold=True)
    before = None
    for number, word in enumerate(("自我评价", "注册登记", "提交材料", "专家评审", "公示公告")):
        group = slide.shapes.add_group_shape()
        left = Inches(0.6 + 2.5 * number)
        box = group.shapes.add_shape(MSO_SHAPE.ROUNDED_RECTANGLE, left, Inches(2.4), Inches(1.9), Inches(1.2))
        box.text_frame.text = word
        box.fill.solid()
        box.fill.fore_color.rgb = RGBColor(0x1F, 0x5A, 0xA6)
        note = group.shapes.add_shape(MSO_SHAPE.OVAL, left + Inches(0.4), Inches(4), Inches(1.1), Inches(1.1))
        note.text_frame.text = f"{number + 1}"
        if before is not None:
            arrow = slide.shapes.add_connector(MSO_CONNECTOR.ELBOW, before, Inches(3), left, Inches(3))
            arrow.line.width = Pt(3)
        before = left + Inches(1.9)
    return deck.save(folder / "groups.pptx")


TIMING = (
    '<p:timing xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"><p:tnLst><p:par><p:cTn '
    'id="1" dur="indefinite" restart="never" nodeType="tmRoot"><p:childTnLst><p:seq concurrent="1" nextAc="seek">'
    '<p:cTn id="2" dur="indefinite" nodeType="mainSeq"><p:childTnLst><p:par><p:cTn id="3" fill="hold">'
    '<p:stCondLst><p:cond delay="indefinite"/></p:stCondLst><p:childTnLst><p:par><p:cTn id="4" fill="hold">'
    '<p:stCondLst><p:cond delay="0"/></p:stCondLst><p:childTnLst><p:par><p:cTn id="5" presetID="10" '
    'presetClass="entr" presetSubtype="0" fill="hold" nodeType="clickEffect"><p:stCondLst><p:cond delay="0"/>'
    '</p:stCondLst><p:childTnLst><p:animEffect transition="in" filter="fade"><p:cBhvr><p:cTn id="6" dur="500"/>'
    '<p:tgtEl><p:spTgt spid="{shape}"/></p:tgtEl></p:cBhvr></p:animEffect></p:childTnLst></p:cTn></p:par>'
    "</p:childTnLst></p:cTn></p:par></p:childTnLst></p:cTn></p:par></p:childTnLst></p:cTn></p:seq></p:childTnLst>"
    "</p:cTn></p:par></p:tnLst></p:timing>"
)


def animations(folder: Path) -> Path:
    """Text that comes in by a click, and a change between slides."""
    deck = Deck()
    for number in range(3):
        slide = deck.slide()
        deck.text(slide, f"逐条出现的要点（{number + 1}）", 0.4, "等线 Light", 36)
        deck.text(slide, WORDS, 2, "等线", 26)
        slide._element.append(
            parse_xml(
                '<p:transition xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"><p:fade/></p:transition>'
            )
        )
        slide._element.append(parse_xml(TIMING.format(shape=slide.shapes[1].shape_id)))
    return deck.save(folder / "animations.pptx")


def huge_pictures(folder: Path) -> Path:
    """Six pictures of 24 million pixels each."""
    noise, deck = random.Random(5), Deck()  # noqa: S311 - noise
    for number in range(6):
        small = Image.frombytes("RGB", (300, 200), noise.randbytes(180_000))
        picture = io.BytesIO()
        small.resize((6000, 4000)).save(picture, "JPEG", quality=90)
        slide = deck.slide()
        slide.shapes.add_picture(picture, 0, 0, deck.show.slide_width, deck.show.slide_height)
        deck.text(slide, f"现场照片 {number + 1}", 6, "微软雅黑", 32)
    return deck.save(folder / "huge.pptx")


def notes(folder: Path) -> Path:
    """Slides with notes for the speaker, which no page shows."""
    deck = Deck()
    for number in range(3):
        slide = deck.slide()
        deck.text(slide, f"有备注的第 {number + 1} 页", 0.6, "宋体", 36)
        slide.notes_slide.notes_text_frame.text = "这段备注只给主讲人看。" * 20
    return deck.save(folder / "notes.pptx")


def rare(folder: Path) -> Path:
    """Upright text, rare characters, emoji, small numbers, a gradient."""
    deck = Deck()
    slide = deck.slide()
    deck.text(slide, "生僻字：䶮 㛃 𬸪 𠮷 喆 堃 珺　表情：😀 ✅　单位：m² CO₂ ①②③ ℃ ‰", 0.5, "微软雅黑", 30)
    box = slide.shapes.add_textbox(Inches(11), Inches(1.5), Inches(1.4), Inches(5))
    box.text_frame.text = "竖排的标题文字"
    box.text_frame._txBody.bodyPr.set("vert", "eaVert")
    shape = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, Inches(0.6), Inches(2), Inches(9), Inches(4))
    shape.fill.gradient()
    shape.text_frame.text = "渐变底色上的文字"
    return deck.save(folder / "rare.pptx")


def by_libreoffice(folder: Path) -> Path:
    """What LibreOffice itself exports as PPTX, by way of its own format."""
    source = many(folder / "own.pptx", ("微软雅黑", "楷体"), 3)
    for target in ("odp", "pptx"):
        made = folder / "own" / f"{source.stem}.{target}"
        subprocess.run(
            [office_pdf.office(), "--headless", f"-env:UserInstallation=file://{folder}/profile", "--convert-to",
             target, "--outdir", str(made.parent), str(source)], check=True, capture_output=True, timeout=180,
        )  # fmt: skip
        source = made
    return source


def a_pdf_of_slides(folder: Path) -> Path:
    """Slides that were printed to PDF."""
    with office_pdf.as_pdf(many(folder / "printed.pptx", ("微软雅黑", "仿宋"), 3), Kind.PPTX, folder) as made:
        return Path(shutil.copy(made, folder / "printed.pdf"))


def a_pdf_without_its_fonts(folder: Path) -> Path:
    """Chinese text in a font that every Chinese reader is expected to have, and that the file does not hold."""
    text = "未嵌入字体的课件：企业升规纳统".encode("utf-16-be").hex()
    content = f"BT /F1 36 Tf 40 300 Td <{text}> Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 960 540]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>\nstream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[6 0 R]>>",
        (b"<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/FontDescriptor 7 0 R/DW 1000"
         b"/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>>>"),
        (b"<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]/ItalicAngle 0/Ascent 880"
         b"/Descent -120/CapHeight 880/StemV 93>>"),
    ]  # fmt: skip
    out, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    start = len(out)
    out += b"xref\n0 8\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer<</Size 8/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % start
    path = folder / "bare.pdf"
    path.write_bytes(out)
    return path


def a_handout(folder: Path) -> Path:
    """A text document to be given out."""
    document = Document()
    document.add_heading("讲业务讲义", 0)
    for _ in range(30):
        document.add_paragraph(WORDS * 3)
    document.save(str(folder / "handout.docx"))
    return folder / "handout.docx"


def a_picture(folder: Path) -> Path:
    """One large photograph."""
    Image.linear_gradient("L").resize((7000, 5000)).convert("RGB").save(folder / "poster.jpg", quality=90)
    return folder / "poster.jpg"


DECKS: tuple[Callable[[Path], Path], ...] = (
    office_fonts, wps_fonts, tables, charts, groups, animations, huge_pictures, notes, rare, by_libreoffice,
    a_pdf_of_slides, a_pdf_without_its_fonts, a_handout, a_picture,
)  # fmt: skip


def convert(source: Path, folder: Path, sheets: Path | None) -> tuple[int, float, list[str]]:
    """Examine and convert one deck; its pages, the seconds that took, what stood in. Pictures go to `sheets`."""
    begun = time.monotonic()
    kind = examine(source, source.name)
    count = 0
    for page in preview.pages(source, kind, folder):
        count += 1
        if sheets:
            with Image.open(page.webp) as picture:
                picture.convert("RGB").save(sheets / f"{source.stem}-{source.suffix[1:]}-{page.number:02}.png")
    return count, time.monotonic() - begun, files_office_fonts.fonts_that_stood_in(source, kind, folder)


def crashing(folder: Path) -> Iterator[tuple[str, Path, Kind]]:
    """Files that what opens them cannot bear."""
    whole = tables(folder)
    broken = folder / "broken.pptx"
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(broken, "w") as new:
        for part in old.infolist():
            content = old.read(part)
            cut = part.filename == "ppt/presentation.xml"
            new.writestr(part.filename, content[: len(content) // 2] if cut else content)
    yield "cut through", broken, Kind.PPTX
    deep = folder / "deep.pptx"
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(deep, "w", zipfile.ZIP_DEFLATED) as new:
        group = b'<p:grpSp><p:nvGrpSpPr><p:cNvPr id="9" name="g"/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>'
        for part in old.infolist():
            content = old.read(part)
            if part.filename == "ppt/slides/slide1.xml":
                content = content.replace(b"</p:spTree>", group * 20_000 + b"</p:grpSp>" * 20_000 + b"</p:spTree>")
            new.writestr(part.filename, content)
    yield "20 000 groups deep", deep, Kind.PPTX
    forms = folder / "forms.pdf"
    forms.write_bytes(endless_pdf())
    yield "drawn for ever", forms, Kind.PDF


def endless_pdf() -> bytes:
    """Forms that draw forms, ten each, nine deep: a milliard of them."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 960 540]/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>",
        b"<</Length 4>>\nstream\n/X Do\nendstream",
    ]  # fmt: skip
    for number in range(5, 16):
        content = b"/X Do " * 10 if number < 15 else b"0 0 9 9 re f " * 100
        inner = b"/Resources<</XObject<</X %d 0 R>>>>" % (number + 1) if number < 15 else b""
        head = b"<</Type/XObject/Subtype/Form/BBox[0 0 960 540]%s/Length %d>>" % (inner, len(content))
        objects.append(head + b"\nstream\n" + content + b"\nendstream")
    out, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)


def bear(folder: Path) -> bool:
    """Whether everything that cannot be converted ends in time, with a sentence."""
    office_pdf.OFFICE_LIMITS = replace(office_pdf.OFFICE_LIMITS, seconds=20)
    preview.DRAWING_LIMITS = replace(preview.DRAWING_LIMITS, seconds=10)
    good = True
    for what, path, kind in crashing(folder):
        begun = time.monotonic()
        try:
            said = f"!! {len(list(preview.pages(path, kind, folder)))} pages"
        except office_pdf.PreviewFailed as failure:
            said = str(failure)
        seconds = time.monotonic() - begun
        good &= not said.startswith("!!") and seconds < 60
        print(f"{seconds:8.1f} s  {what:22} {said}")
    return good


def hand_in(client: Client, course: str, file: Path) -> str:
    """Send a deck with the plain form; the address of its version."""
    page = client.ask("GET", course)[2].decode()
    typed = {"csrf_token": token(page), "title": file.stem, "secrecy_checked": "y", "visibility": "before"}
    part = '--x\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    body = "".join(part.format(name, value) for name, value in (typed | {"material_id": ""}).items()).encode()
    body += f'--x\r\nContent-Disposition: form-data; name="file"; filename="{file.name}"\r\n\r\n'.encode()
    status, _, answer = client.ask(
        "POST", f"{course}/materials", body + file.read_bytes() + b"\r\n--x--\r\n",
        Content_Type="multipart/form-data; boundary=x",
    )  # fmt: skip
    assert status == 303, (status, re.findall(r'class="error"[^>]*>(.*?)</p>', answer.decode()))
    page = client.ask("GET", course)[2].decode()
    return max(re.findall(r"/materials/versions/\d+", page), key=lambda one: int(one.rpartition("/")[2]))


def in_the_portal(portal: Living, deck: Path, broken: Path) -> bool:
    """How soon a deck can be seen after its upload, and what is said of one that breaks the converter."""
    client = Client(portal, portal.accounts["secretary"])
    course = a_course(portal, client)
    version, begun, first = hand_in(client, course, deck), time.monotonic(), 0.0
    while True:
        page = client.ask("GET", version)[2].decode()
        seconds = time.monotonic() - begun
        first = first or (seconds if "/materials/pages/" in page else 0.0)
        if len(set(re.findall(r"/materials/pages/(\d+)/thumbnail", page))) == 30 or seconds > 120:
            break
        time.sleep(0.1)
    print(f"{first:8.1f} s  first page to be seen after the upload's end")
    print(f"{seconds:8.1f} s  all 30 pages (bar {MOST_SECONDS:.0f} s)")
    version, begun = hand_in(client, course, broken), time.monotonic()
    while "没能打开" not in (page := client.ask("GET", version)[2].decode()) and time.monotonic() - begun < 120:
        time.sleep(0.2)
    told, alive = "没能打开" in page, client.ask("GET", "/healthz")[0] == 200
    ready = client.ask("GET", "/readyz")[0] == 200
    print(f"{time.monotonic() - begun:8.1f} s  a broken deck is {'said to be broken' if told else 'NOT told'};"
          f" the portal is {'well' if alive and ready else 'NOT well'}")  # fmt: skip
    return seconds <= MOST_SECONDS and told and alive and ready


def main(words: list[str]) -> int:
    """Convert every deck, bear the bad ones; 0 only if all bars hold. A folder as word keeps the page pictures."""
    sheets = Path(words[0]) if words else None
    if sheets:
        sheets.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="portal-decks-"))
    good = True
    try:
        print(f"{'s':>8} {'pages':>5}  {'deck':26} fonts that stood in")
        for make in DECKS:
            source = make(folder)
            pages, seconds, fonts = convert(source, folder, sheets)
            good &= pages > 0
            print(f"{seconds:8.1f} {pages:5}  {make.__name__:26} {'；'.join(fonts) or '-'}")
        print("\nwhat nothing can open:")
        good &= bear(folder)
        print("\nin the portal:")
        with living_portal(folder / "data", "--meetings", "2") as portal:
            good &= in_the_portal(portal, folder / "office.pptx", folder / "broken.pptx")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print("passed" if good and len(DECKS) >= FEWEST else "failed")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
