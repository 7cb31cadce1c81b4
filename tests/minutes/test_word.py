"""The minutes in Word and back: fonts, structure, tables, and what lives in the text."""

import io
import shutil
import subprocess
from datetime import date
from zipfile import ZipFile

import pytest
from docx import Document

from portal.documents.paper import content as paper_content
from portal.minutes.text import pasting, word, word_reading

TEXT = """会议议定如下：
一、关于用地问题
（一）总体要求。各单位要主动服务。
1.补办手续。
（1）提供红线图。
|单位|任务|时限|
|市工信局|报送方案|12月15日|
|市司法局||12月20日|
会议议定：【议定17：同意补办】【任务31：补办土地手续】
二、其他"""
SAID = {"【议定17：同意补办】": "同意补办土地手续。", "【任务31：补办土地手续】": "由市工信局牵头。"}
PAGE = paper_content.MinutesPaper(
    heading="首席服务官周例会纪要", number_text="〔2026〕12号", date=date(2026, 11, 23),
    title="专班2026年第12次例会纪要", body=TEXT, issuer="专班办公室", issued_on=date(2026, 11, 24), mark="内部",
    attachments=["清单", "台账"],
    present=[paper_content.Attendee("市工信局", "王示例")], on_leave=[paper_content.Attendee("市司法局", "张伟")],
    distribution=["市委办公室", "各成员单位"],
)  # fmt: skip


@pytest.fixture(scope="module")
def made():
    return word.docx_of(PAGE, TEXT, SAID)


def test_what_leaves_comes_back_with_structure_tables_and_live_marks(made):
    assert word_reading.text_of_docx(io.BytesIO(made)) == TEXT


def test_what_was_edited_in_word_comes_back_edited(made):
    file = Document(io.BytesIO(made))
    paragraph = next(one for one in file.paragraphs if one.text.startswith("1.补办"))
    paragraph.add_run("由市工信局办理。")
    file.tables[0].rows[2].cells[1].text = "出具意见"
    target = io.BytesIO()
    file.save(target)
    text = word_reading.text_of_docx(target)
    assert "1.补办手续。由市工信局办理。\n" in text
    assert "|市司法局|出具意见|12月20日|" in text


def test_every_run_names_its_font_for_chinese(made):
    body = ZipFile(io.BytesIO(made)).read("word/document.xml").decode()
    assert body.count("<w:r>") == body.count("w:eastAsia=")
    assert {"仿宋_GB2312", "楷体_GB2312", "黑体", "方正小标宋简体"} <= {
        part.split('"')[0] for part in body.split('w:eastAsia="')[1:]
    }


def test_a_file_numbered_by_word_gets_outline_keys():
    file = Document()
    for text, level in (("总体", 0), ("要求", 1), ("手续", 2), ("其他", 0)):
        paragraph = file.add_paragraph(text)
        numbers = paragraph._p.get_or_add_pPr()._add_numPr()
        numbers._add_ilvl().val = level
        numbers._add_numId().val = 1
    target = io.BytesIO()
    file.save(target)
    assert word_reading.text_of_docx(target) == "一、总体\n（一）要求\n1.手续\n二、其他"


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"<html>", b"\xd0\xcf\x11\xe0" * 20])
def test_what_is_no_word_file_is_refused(content):
    with pytest.raises(word_reading.NotWord, match="不是能读取的 Word 文件"):
        word_reading.text_of_docx(io.BytesIO(content))


def test_an_empty_file_is_refused():
    target = io.BytesIO()
    Document().save(target)
    with pytest.raises(word_reading.NotWord, match="没有正文"):
        word_reading.text_of_docx(target)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p class=MsoNormal><span>一、总体<o:p></o:p></span></p><p>正文</p>", "一、总体\n正文"),
        ("<p><![if !supportLists]><span style='mso-list:Ignore'>1.<span>&nbsp; </span></span><![endif]>甲</p>", "1.甲"),
        ("<ol><li>甲<ol><li>乙</li><li>丙</li></ol></li><li>丁</li></ol>", "1.甲\n（1）乙\n（2）丙\n2.丁"),
        ("<ul><li>甲</li><li>乙</li></ul>", "甲\n乙"),
        ("<table><tr><th>单位<th>时限</tr><tr><td><p>甲</p></td><td>1|2</td></tr></table>", "|单位|时限|\n|甲|1｜2|"),
        ("<p>甲<script>alert(1)</script><style>p{}</style>乙<br>丙</p>", "甲乙\n丙"),
        ("<p>2026 年 <b>12</b>\n 月</p>", "2026年12月"),
        ("<div>" * 400 + "深" + "</div>" * 400, "深"),
    ],
)
def test_what_is_pasted_keeps_its_structure(html, text):
    assert pasting.text_of_html(html) == text


@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
def test_libreoffice_opens_it_with_its_table_and_numbers(made, tmp_path):
    (tmp_path / "a.docx").write_bytes(made)
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/home", "--headless", "--convert-to", "pdf"]
    subprocess.run([*command, "--outdir", tmp_path, tmp_path / "a.docx"], check=True, capture_output=True, timeout=120)
    said = subprocess.run(["pdftotext", "-layout", tmp_path / "a.pdf", "-"], capture_output=True, text=True, check=True)
    text = "".join(said.stdout.split())
    for wanted in ("首席服务官周例会纪要", "（一）总体要求", "报送方案", "—1—", "分送：市委办公室"):
        assert wanted in text
