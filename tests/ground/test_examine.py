import io
import os
import struct
import subprocess
import sys
import time
import zipfile
import zlib

import pytest
from docx import Document
from openpyxl import Workbook
from PIL import Image
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from portal.config import REPOSITORY
from portal.errors import Refused
from portal.files.examine import examine
from portal.files.examine_limits import MB
from portal.files.kinds import Kind

RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def saved(thing):
    target = io.BytesIO()
    thing.save(target)
    return target.getvalue()


def pptx(*, chart=False, link=""):
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "科技政策讲业务"
    if chart:
        data = CategoryChartData()
        data.categories = ["一季度", "二季度"]
        data.add_series("办结", (3, 5))
        slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *map(Inches, (1, 2, 6, 4)), data)
    if link:
        slide.shapes.title.text_frame.paragraphs[0].runs[0].hyperlink.address = link
    return saved(deck)


def docx():
    document = Document()
    document.add_paragraph("会议纪要")
    return saved(document)


def xlsx():
    return saved(Workbook())


def picture(form):
    target = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(target, form)
    return target.getvalue()


def pdf(*, extra=b"", catalog=b"", page=b""):
    objects = [
        b"<</Type/Catalog/Pages 2 0 R" + catalog + b">>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]" + page + b">>",
        *([extra] if extra else []),
    ]
    out, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)


def locked_pdf(user_password):
    """The portal's own tool can lock a file too: RC4 is enough for the question."""
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.pdf_utils.writer import copy_into_new_writer

    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(pdf())))
    writer.encrypt(owner_pass="owner", user_pass=user_password)
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def repacked(content, *, add=(), change=None, drop=()):
    """The package with parts added (name, content) or changed."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            if part.filename in drop:
                continue
            inner = old.read(part)
            new.writestr(part.filename, change(part.filename, inner) if change else inner)
        for name, inner in add:
            new.writestr(name, inner)
    return target.getvalue()


def with_relationship(content, kind, target):
    row = f'<Relationship Id="rIdX" Type="{RELATIONSHIPS}/{kind}" Target="{target}" TargetMode="External"/>'

    def change(name, inner):
        if name.endswith("slide1.xml.rels"):
            return inner.replace(b"</Relationships>", row.encode() + b"</Relationships>")
        return inner

    return repacked(content, change=change)


def as_macro(content):
    main = b"application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
    macro = b"application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml"
    return repacked(content, change=lambda _name, inner: inner.replace(main, macro))


def lying(content, name, claimed):
    """A part that says it is smaller than it is, in both of its headers."""
    data = bytearray(content)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        part = package.getinfo(name)
    struct.pack_into("<L", data, part.header_offset + 22, claimed)
    at = data.rfind(name.encode()) - 46
    struct.pack_into("<L", data, at + 24, claimed)
    return bytes(data)


def with_flag(content, flag):
    data = bytearray(content)
    at = data.find(b"PK\x01\x02")
    data[at + 8] |= flag
    return bytes(data)


def overlapping():
    """Two names for the same bytes, as the better zip bombs do it."""
    content = bytearray(repacked(pptx(), add=[("ppt/media/a.bin", b"0" * 5000), ("ppt/media/b.bin", b"0" * 5000)]))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as package:
        offset = package.getinfo("ppt/media/a.bin").header_offset
    at = content.rfind(b"ppt/media/b.bin") - 46
    struct.pack_into("<L", content, at + 42, offset)
    return bytes(content)


def object_stream_with_script():
    inner = zlib.compress(b"5 0 <</S/JavaScript/JS(app.alert\\(1\\))>>")
    return b"<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream" % (len(inner), inner)


def scratched(content):
    return content[:3000] + b"\xff\xff\xff\xff" + content[3004:]


def object_stream(content, filter_=b"FlateDecode", type_=b"ObjStm"):
    head = b"<</Type/%s/N 1/First 4/Filter/%s/Length %d>>" % (type_, filter_, len(content))
    return head + b"\nstream\n" + content + b"\nendstream"


def with_field(*words):
    """A field of Word whose instruction is spread over several runs."""
    runs = "".join(f"<w:r><w:instrText>{word}</w:instrText></w:r>" for word in words)
    field = f'<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r>{runs}</w:p>'.encode()

    def change(name, inner):
        return inner.replace(b"<w:body>", b"<w:body>" + field) if name == "word/document.xml" else inner

    return repacked(docx(), change=change)


def dde_workbook():
    link = b'<externalLink xmlns="http://x"><ddeLink ddeService="cmd" ddeTopic="/c calc"/></externalLink>'
    return repacked(xlsx(), add=[("xl/externalLinks/externalLink1.xml", link)])


def png(width, height, lines, *, text=b""):
    """A PNG that says it is so large, and whose lines are these bytes."""

    def chunk(kind, content):
        return struct.pack(">L", len(content)) + kind + content + struct.pack(">L", zlib.crc32(kind + content))

    header = struct.pack(">LLBBBBB", width, height, 8, 0, 0, 0, 0)
    texts = chunk(b"tEXt", b"Comment\0" + text) if text else b""
    data = chunk(b"IDAT", zlib.compress(lines, 9))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + texts + data + chunk(b"IEND", b"")


def jpg(width, height):
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    return b"\xff\xd8\xff\xc0" + struct.pack(">H", len(frame) + 2) + frame + b"\xff\xda\x00\x02\xff\xd9"


def with_attachment(name):
    from pypdfium2 import PdfDocument

    document = PdfDocument(pdf())
    document.new_attachment(name).set_data(b"MZ\x90")
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def zipped(**parts):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return target.getvalue()


@pytest.fixture
def examined(tmp_path):
    def run(content, name, allowed=tuple(Kind), **options):
        path = tmp_path / "upload"
        path.write_bytes(content)
        return examine(path, name, allowed, **options)

    return run


GOOD = {
    "课件.pptx": (pptx, Kind.PPTX),
    "图表.PPTX": (lambda: pptx(chart=True), Kind.PPTX),
    "链接.pptx": (lambda: pptx(link="https://www.gov.cn/"), Kind.PPTX),
    "纪要.docx": (docx, Kind.DOCX),
    "台账.xlsx": (xlsx, Kind.XLSX),
    "讲义.pdf": (pdf, Kind.PDF),
    "照片.png": (lambda: picture("PNG"), Kind.PNG),
    "照片.JPEG": (lambda: picture("JPEG"), Kind.JPG),
}


@pytest.mark.parametrize("name", GOOD)
def test_ordinary_files_come_in(examined, name):
    make, kind = GOOD[name]
    assert examined(make(), name) is kind


BAD = {
    "空.pptx": (lambda: b"", "0 字节"),
    "网页.pptx": (lambda: b"<!DOCTYPE html><html><script>alert(1)</script></html>", "网页文件"),
    "网页.pdf": (lambda: b"\xef\xbb\xbf\n<html><body>x</body></html>", "网页文件"),
    "乱码.pdf": (lambda: b"\x01\x02\x03 nothing at all", "无法识别"),
    "音乐.pdf": (lambda: b"ID3\x03" + b"\0" * 500, "是一段音频"),
    "没有扩展名": (pdf, "没有扩展名的文件"),
    "程序.exe": (lambda: b"MZ" + b"\0" * 100, "“.exe”格式"),
    "网页.html": (lambda: b"<html>", "“.html”格式"),
    "矢量.svg": (lambda: b"<svg/>", "“.svg”格式"),
    "包.zip": (lambda: zipped(a="b"), "不能上传压缩包"),
    "旧.ppt": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "另存为“.pptx”"),
    "演示.dps": (pptx, "另存为“.pptx”"),
    "旧改名.pptx": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "旧版"),
    "加密.pptx": (
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"),
        "设有密码",
    ),
    "宏.pptm": (pptx, "带有宏"),
    "宏改名.pptx": (lambda: as_macro(pptx()), "带有宏"),
    "宏夹带.docx": (lambda: repacked(docx(), add=[("word/vbaProject.bin", b"x")]), "带有宏"),
    "四代宏.xlsx": (lambda: repacked(xlsx(), add=[("xl/macrosheets/sheet1.xml", b"<x/>")]), "带有宏"),
    "控件.pptx": (lambda: repacked(pptx(), add=[("ppt/activeX/activeX1.bin", b"x")]), "带有宏"),
    "名不符.pptx": (docx, "内容却是文字文档"),
    "名不符.pdf": (lambda: picture("PNG"), "内容却是PNG 图片"),
    "压缩包改名.pptx": (lambda: zipped(a="b"), "这是一个压缩包"),
    "放映.pptx": (
        lambda: repacked(
            pptx(), change=lambda _, inner: inner.replace(b".presentation.main+xml", b".slideshow.main+xml")
        ),
        "模板或放映文件",
    ),
    "外链图片.pptx": (
        lambda: with_relationship(pptx(), "image", "http://evil.example/a.png"),
        "外部的图片：http://evil",
    ),
    "外链视频.pptx": (lambda: with_relationship(pptx(), "video", "http://evil.example/a.mp4"), "外部的视频"),
    "外链模板.pptx": (lambda: with_relationship(pptx(), "attachedTemplate", "file:///c:/a.dotm"), "外部的模板"),
    "外链对象.pptx": (lambda: with_relationship(pptx(), "oleObject", "file:///c:/a.xlsx"), "外部的对象"),
    "脚本链接.pptx": (lambda: with_relationship(pptx(), "hyperlink", " JavaScript:alert(1)"), "外部的内容"),
    "炸弹.pptx": (lambda: repacked(pptx(), add=[("ppt/media/a.bin", b"\0" * 300 * MB)]), "压缩炸弹"),
    "说谎.pptx": (
        lambda: lying(repacked(pptx(), add=[("ppt/media/a.bin", b"\0" * 30 * MB)]), "ppt/media/a.bin", 100),
        "压缩炸弹",
    ),
    "重叠.pptx": (overlapping, "压缩炸弹"),
    "零件太多.pptx": (lambda: repacked(pptx(), add=[(f"ppt/media/{n}", b"") for n in range(6000)]), "压缩炸弹"),
    "分卷密码.pptx": (lambda: with_flag(pptx(), 0x1), "设有密码"),
    "夹带.pptx": (lambda: repacked(pptx(), add=[("ppt/media/a.zip", zipped(a="b"))]), "夹带了压缩包“a.zip”"),
    "夹带图片.pptx": (lambda: repacked(pptx(), add=[("ppt/media/a.png", b"Rar!\x1a\x07\0")]), "夹带了压缩包“a.png”"),
    "夹带程序.pptx": (lambda: repacked(pptx(), add=[("ppt/media/a.png", b"MZ\x90")]), "夹带了程序"),
    "打包对象.pptx": (
        lambda: repacked(pptx(), add=[("ppt/embeddings/oleObject1.bin", "\x01Ole10Native".encode("utf-16-le"))]),
        "夹带了程序",
    ),
    "嵌套两层.pptx": (
        lambda: repacked(
            pptx(), add=[("ppt/embeddings/a.xlsx", repacked(xlsx(), add=[("xl/embeddings/b.xlsx", xlsx())]))]
        ),
        "夹带了压缩包“b.xlsx”",
    ),
    "嵌入宏.pptx": (
        lambda: repacked(pptx(), add=[("ppt/embeddings/a.xlsx", repacked(xlsx(), add=[("xl/vbaProject.bin", b"x")]))]),
        "带有宏",
    ),
    "出走.pptx": (lambda: repacked(pptx(), add=[("../../etc/cron.d/x", b"x")]), "已损坏"),
    "实体.pptx": (lambda: repacked(pptx(), add=[("ppt/a.xml", b'<!DOCTYPE x [<!ENTITY a "b">]><x/>')]), "已损坏"),
    "半个.pptx": (lambda: pptx()[:-400], "已损坏"),
    "坏字节.pptx": (lambda: scratched(pptx()), "已损坏"),
    "头部夹带.pptx": (lambda: b"#!/bin/sh\n" + pptx(), "与文件名不符"),
    "尾部夹带.pptx": (lambda: pptx() + b"<html><script>x</script></html>", "另一种格式"),
    "双面.pdf": (lambda: pdf() + zipped(a="b"), "另一种格式"),
    "双面.png": (lambda: picture("PNG") + zipped(a="b"), "另一种格式"),
    "双面.jpg": (lambda: picture("JPEG") + b"<html><script>x</script></html>", "另一种格式"),
    "密码.pdf": (lambda: locked_pdf("secret"), "设有密码"),
    "限制.pdf": (lambda: locked_pdf(""), "设有密码"),
    "脚本.pdf": (lambda: pdf(catalog=b"/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>"), "带有脚本"),
    "启动.pdf": (lambda: pdf(page=b"/AA<</O<</S/Launch/F(cmd.exe)>>>>"), "带有脚本"),
    "压缩脚本.pdf": (lambda: pdf(extra=object_stream_with_script()), "带有脚本"),
    "拼写脚本.pdf": (lambda: pdf(catalog=b"/OpenAction<</S/J#61vaScript/JS(app.alert\\(1\\))>>"), "带有脚本"),
    "藏起脚本.pdf": (
        lambda: pdf(extra=object_stream(zlib.compress(b"5 0 <</S/J#61vaScript/JS(x)>>"), type_=b"Obj#53tm")),
        "带有脚本",
    ),
    "另写脚本.pdf": (lambda: pdf(extra=object_stream(b"3c3c2f5300>", b"ASCIIHexDecode")), "写法很少见"),
    "对象炸弹.pdf": (lambda: pdf(extra=object_stream(zlib.compress(b" " * 64 * MB, 9))), "压缩炸弹"),
    "提交表单.pdf": (lambda: pdf(page=b"/AA<</O<</S/SubmitForm/F(http://evil.example)>>>>"), "带有脚本"),
    "夹带.pdf": (lambda: with_attachment("发票.exe"), "夹带了附件“发票.exe”"),
    "半个.pdf": (lambda: b"%PDF-1.7\n" + b"junk " * 50, "已损坏"),
    "域.docx": (lambda: with_field("DDEAUTO c:\\\\windows\\\\cmd.exe"), "DDE"),
    "拆开的域.docx": (lambda: with_field("DD", "EAU", "TO cmd"), "DDE"),
    "域.xlsx": (dde_workbook, "DDE"),
    "磁盘链接.pptx": (lambda: with_relationship(pptx(), "hyperlink", "file:///c:/a.exe"), "外部的内容"),
    "共享链接.pptx": (lambda: with_relationship(pptx(), "hyperlink", "\\\\evil.example\\a"), "外部的内容"),
    "像素太多.png": (lambda: png(60_000, 60_000, b"\0"), "像素"),
    "像素太多.jpg": (lambda: jpg(60_000, 60_000), "像素"),
    "炸弹.png": (lambda: png(100, 100, b"\0" * 200 * MB), "压缩炸弹"),
    "少行.png": (lambda: png(100, 100, b"\0" * 50), "已损坏"),
    "坏和.png": (lambda: png(10, 10, b"\0" * 110).replace(b"IDAT", b"IDBT"), "已损坏"),
    "网页注释.png": (lambda: png(10, 10, b"\0" * 110, text=b"<script>alert(1)</script>"), "另一种格式"),
    "尾巴.png": (lambda: picture("PNG") + b"<?php system(1) ?>", "另一种格式"),
    "半个.png": (lambda: picture("PNG")[:60], "已损坏"),
    "假.jpg": (lambda: b"\xff\xd8\xff" + b"junk" * 50, "已损坏"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_refused_with_their_own_sentence_at_once(examined, name):
    make, words = BAD[name]
    content = make()
    started = time.perf_counter()
    with pytest.raises(Refused) as refusal:
        examined(content, name)
    assert words in str(refusal.value)
    assert str(refusal.value).endswith("。")
    assert refusal.value.status == 422
    assert time.perf_counter() - started < 1


def test_a_file_over_the_limit_is_refused(examined):
    with pytest.raises(Refused, match="2 MB，超过了 1 MB"):
        examined(b"%PDF-" + b"\0" * MB, "大.pdf", largest=MB)


def test_only_the_kinds_a_place_takes_come_in(examined):
    with pytest.raises(Refused, match="请上传PDF 文件、演示文稿"):
        examined(xlsx(), "台账.xlsx", {Kind.PDF, Kind.PPTX})


def test_a_picture_too_large_to_hold_is_refused(examined, tmp_path):
    target = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(target, "PNG")
    with pytest.raises(Refused, match="像素"):
        examined(target.getvalue(), "大图.png")


ALONE = """
import sys
from pathlib import Path
from portal.config import REPOSITORY
from portal.errors import Refused
from portal.files.examine import examine
try:
    print(examine(Path(sys.argv[1]), "a.pptx").value)
except Refused as refusal:
    print(refusal)
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def big():
    media = [(f"ppt/media/{number}.jpg", b"\xff\xd8\xff" + os.urandom(10 * MB)) for number in range(10)]
    return repacked(pptx(), add=media)


@pytest.mark.long
@pytest.mark.parametrize(("make", "said"), [(BAD["炸弹.pptx"][0], "压缩炸弹"), (big, "pptx")])
def test_a_bomb_and_a_deck_of_a_hundred_megabytes_take_little_memory(tmp_path, make, said):
    path = tmp_path / "upload"
    path.write_bytes(make())
    command = [sys.executable, "-c", ALONE, str(path)]
    answer = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout.splitlines()
    assert said in answer[0]
    assert int(answer[1]) < 200 * 1024
