import contextlib
import io
import os
import subprocess
import threading
import time
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
from docx import Document
from PIL import Image, ImageDraw
from pptx import Presentation
from pptx.util import Inches

from portal.files import office_fonts, office_pdf, preview, sandbox
from portal.files.kinds import Kind

REQUIRED = os.environ.get("PORTAL_REQUIRE", "").split(",")
needs_office = pytest.mark.skipif(
    not office_pdf.office() and "soffice" not in REQUIRED, reason="LibreOffice is not installed on this machine"
)


def deck(path, *, pages=2, font=None, text="科技政策讲业务"):
    slides = Presentation()
    for number in range(1, pages + 1):
        slide = slides.slides.add_slide(slides.slide_layouts[6])
        frame = slide.shapes.add_textbox(Inches(1), Inches(1), Inches(8), Inches(1)).text_frame
        frame.text = f"第{number}页 {text}"
        if font:
            run = frame.paragraphs[0].runs[0]
            run.font.name = font
            run._r.get_or_add_rPr().set("lang", "zh-CN")
            run.font._element.get_or_change_to_solidFill()
            east = run._r.get_or_add_rPr().makeelement(
                "{http://schemas.openxmlformats.org/drawingml/2006/main}ea", {"typeface": font}
            )
            run._r.get_or_add_rPr().append(east)
    slides.save(path)
    return path


def drawn(source, kind, workdir, **more):
    """All pages, their pictures read while they are there."""
    return [
        replace(page, webp=page.webp.read_bytes(), thumbnail=page.thumbnail.read_bytes())
        for page in preview.pages(source, kind, workdir, **more)
    ]


def pdf(path, sizes=((200, 100),)):
    document = pypdfium2.PdfDocument.new()
    for size in sizes:
        document.new_page(*size)
    document.save(path)
    return path


@needs_office
def test_a_deck_becomes_pictures_and_text(tmp_path):
    pages = drawn(deck(tmp_path / "a.pptx"), Kind.PPTX, tmp_path)
    assert [(page.number, page.width, page.height) for page in pages] == [(1, 1600, 1200), (2, 1600, 1200)]
    assert "科技政策讲业务" in pages[1].text
    assert [page.total for page in pages] == [2, 2]
    with Image.open(io.BytesIO(pages[0].webp)) as picture:
        assert (picture.format, picture.size) == ("WEBP", (1600, 1200))
        assert picture.convert("L").getextrema()[0] < 60  # there is ink


@needs_office
def test_a_document_becomes_pictures_and_text(tmp_path):
    document = Document()
    document.add_paragraph("会议听取了汇报")
    document.save(tmp_path / "a.docx")
    (page,) = drawn(tmp_path / "a.docx", Kind.DOCX, tmp_path)
    assert "会议听取了汇报" in page.text
    assert page.height > page.width


@needs_office
def test_a_conversion_leaves_nothing_behind_in_the_folder(tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    drawn(deck(tmp_path / "a.pptx"), Kind.PPTX, work)
    assert list(work.iterdir()) == []


@needs_office
@pytest.mark.parametrize(
    ("asked", "given"),
    [("微软雅黑", "NotoSansCJK"), ("宋体", "FandolSong"), ("仿宋_GB2312", "FandolFang"), ("楷体", "FandolKai")],
)
def test_fonts_of_office_and_wps_have_a_stand_in(tmp_path, monkeypatch, asked, given):
    if given.startswith("Fandol") and not any(office_fonts.font_folders()[0].glob("Fandol*")):
        pytest.skip("the document fonts are not fetched")
    with office_pdf.as_pdf(deck(tmp_path / "a.pptx", font=asked), Kind.PPTX, tmp_path) as made:
        listed = subprocess.run(["pdffonts", made], capture_output=True, text=True, check=True).stdout
    assert given in listed


@needs_office
def test_what_libreoffice_cannot_open_is_said_although_it_exits_with_0(tmp_path):
    (tmp_path / "a.pptx").write_bytes(b"PK\x03\x04 not at all")
    with pytest.raises(office_pdf.PreviewFailed, match="没能打开"):
        drawn(tmp_path / "a.pptx", Kind.PPTX, tmp_path)


@needs_office
def test_a_conversion_that_takes_too_long_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(office_pdf, "OFFICE_LIMITS", replace(office_pdf.OFFICE_LIMITS, seconds=0.5))
    with pytest.raises(office_pdf.PreviewFailed, match="仍未完成"):
        drawn(deck(tmp_path / "a.pptx"), Kind.PPTX, tmp_path)
    wait_until_nobody_sees(tmp_path)


def wait_until_nobody_sees(folder):
    """A process in the sandbox has the folder among its mounts, one outside among its arguments."""
    deadline = time.monotonic() + 10
    while True:
        said = ""
        for path in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                said += (path / "mountinfo").read_text() + (path / "cmdline").read_text(errors="replace")
        if str(folder) not in said:
            return
        assert time.monotonic() < deadline, "something goes on converting"
        time.sleep(0.1)


def test_the_sandbox_has_no_network_and_sees_only_its_room(tmp_path):
    if not sandbox.can_sandbox():
        pytest.skip("bubblewrap may not run here")
    secret = tmp_path / "secret"
    secret.write_text("x")
    room = tmp_path / "room"
    room.mkdir()
    script = f"cat {secret}; ls /room >&2; cat /proc/net/route | wc -l; ls /root /home /etc/passwd; echo ok > /room/out"
    result = subprocess.run(
        [*sandbox.walls(room), "sh", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin"},
    )
    assert result.stdout.strip() == "1"  # the heading alone: no route
    assert result.stderr.count("No such file") == 4
    assert (room / "out").read_text() == "ok\n"


@needs_office
def test_without_a_sandbox_it_works_and_says_so(tmp_path, monkeypatch, caplog):
    said = []

    class Log:
        def warning(self, what, **facts):
            said.append(what)

    monkeypatch.setattr(sandbox, "can_sandbox", lambda: False)
    monkeypatch.setattr(sandbox.structlog, "get_logger", lambda *_names: Log())
    assert len(drawn(deck(tmp_path / "a.pptx"), Kind.PPTX, tmp_path)) == 2
    assert set(said) == {"without_sandbox"}


def test_a_machine_without_libreoffice_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(office_pdf.shutil, "which", lambda _name: None)
    with pytest.raises(office_pdf.PreviewFailed, match="没有安装 LibreOffice"):
        drawn(tmp_path / "a.pptx", Kind.PPTX, tmp_path)


def test_a_pdf_is_drawn_directly_and_no_page_is_too_tall(tmp_path):
    sizes = ((800, 600), (600, 800), (100, 5000), (14400, 14400))
    pages = drawn(pdf(tmp_path / "a.pdf", sizes), Kind.PDF, tmp_path)
    assert [(page.width, page.height) for page in pages] == [(1600, 1200), (1600, 2134), (48, 2400), (1600, 1600)]


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7 nothing", b"<html>"])
def test_a_broken_pdf_is_said_to_be_broken(tmp_path, content):
    path = tmp_path / "a.pdf"
    path.write_bytes(content)
    with pytest.raises(office_pdf.PreviewFailed, match="已损坏"):
        drawn(path, Kind.PDF, tmp_path)


def test_a_file_of_too_many_pages_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(preview, "MOST_PAGES", 2)
    with pytest.raises(office_pdf.PreviewFailed, match="文件有 3 页"):
        drawn(pdf(tmp_path / "a.pdf", [(10, 10)] * 3), Kind.PDF, tmp_path)


def test_a_photograph_is_one_page_the_right_way_up_and_without_its_place(tmp_path):
    photo = Image.new("RGB", (3000, 1000), "white")
    ImageDraw.Draw(photo).rectangle((0, 0, 300, 1000), fill="black")
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif.get_ifd(0x8825)[1] = "N"
    photo.save(tmp_path / "a.jpg", exif=exif)
    (page,) = drawn(tmp_path / "a.jpg", Kind.JPG, tmp_path)
    assert (page.width, page.height) == (800, 2400)
    with Image.open(io.BytesIO(page.webp)) as picture:
        assert not picture.getexif()
        assert picture.convert("L").getpixel((400, 10)) < 60


def test_a_thumbnail_is_small(tmp_path):
    (page,) = drawn(pdf(tmp_path / "a.pdf"), Kind.PDF, tmp_path)
    with Image.open(io.BytesIO(page.thumbnail)) as picture:
        assert picture.size == (320, 160)


def test_only_one_file_is_converted_at_a_time():
    order = []

    def work(number):
        with office_pdf.one_at_a_time():
            order.append(f"in {number}")
            time.sleep(0.05)
            order.append(f"out {number}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [step.split()[0] for step in order] == ["in", "out"] * 3
    assert all(first.split()[1] == second.split()[1] for first, second in zip(order[::2], order[1::2], strict=True))


def test_a_page_is_told_as_soon_as_it_is_drawn_and_what_is_done_is_not_drawn_again(tmp_path):
    source = pdf(tmp_path / "a.pdf", [(100, 100)] * 3)
    pages = preview.pages(source, Kind.PDF, tmp_path)
    first = next(pages)
    assert (first.number, first.total, first.webp.exists()) == (1, 3, True)
    pages.close()
    assert [page.number for page in drawn(source, Kind.PDF, tmp_path, done=[1, 3])] == [2]


@pytest.mark.parametrize("end", ["import os; os.kill(os.getpid(), 11)", "while True: pass", "x = bytearray(1 << 40)"])
def test_a_file_that_crashes_or_stalls_what_draws_it_is_said_to_fail(tmp_path, monkeypatch, end):
    script = tmp_path / "drawing.py"
    script.write_text(end)
    monkeypatch.setattr(sandbox, "DRAWING", script)
    monkeypatch.setattr(preview, "DRAWING_LIMITS", replace(preview.DRAWING_LIMITS, seconds=1))
    with pytest.raises(office_pdf.PreviewFailed, match="仍未完成|已损坏"):
        drawn(pdf(tmp_path / "a.pdf"), Kind.PDF, tmp_path)
    wait_until_nobody_sees(tmp_path)


def test_the_fonts_that_stood_in_are_named(tmp_path):
    source = deck(tmp_path / "a.pptx", font="仿宋_GB2312")
    named = office_fonts.fonts_that_stood_in(source, Kind.PPTX, tmp_path)
    assert any(one.startswith("仿宋_GB2312 → ") for one in named)
    assert office_fonts.fonts_that_stood_in(pdf(tmp_path / "a.pdf"), Kind.PDF, tmp_path) == []
