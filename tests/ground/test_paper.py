"""What comes out of the press, measured in millimetres on the finished PDF (GB/T 9704-2012)."""

import gc
import io
import os
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image
from pyhanko.pdf_utils.reader import PdfFileReader

from portal.documents.paper import codes, content, letters, pdf_pages, renderer, stamps, weasy
from portal.documents.paper import fonts as paper_fonts
from portal.documents.paper import text as paper_text
from portal.documents.paper.content import Attendee, MinutesPaper
from portal.documents.paper.text import Paragraph

MADE = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[2]
BODY = """一、关于上次交办事项
会议听取了专班办公室关于上次例会交办事项完成情况的汇报，截至目前，12项交办事项已销号9项，正在办理3项，其中1项超过时限。\
会议指出，各首席服务官要深入企业一线，围绕土地、用工、融资、审批等方面的突出问题主动服务、靠前服务。
（一）总体要求
会议要求，各责任单位要坚持问题导向，紧盯时限节点，逐项明确责任人和完成时限，做到件件有着落、事事有回音。
（二）下一步工作。对超过时限的事项由督查局跟踪督办，每周通报一次进展情况；对涉及多个部门的事项，牵头单位要主动协调。
1.关于示例企业甲用地问题。由市自然资源和规划局牵头，于2026年12月15日前提出解决方案。
（1）示例企业甲提供用地红线图和已批手续。
二、关于首席服务官讲业务
会议认为，课程内容紧贴实际、操作性强，请专班办公室将课件整理入库，供各首席服务官学习使用。"""
MINUTES = MinutesPaper(
    heading="首席服务官周例会纪要",
    number_text="〔2026〕12号",
    date=date(2026, 11, 23),
    title="制造立市专班2026年第12次例会纪要",
    intro="2026年11月23日，王示例主持召开第12次例会，研究上次交办事项等工作。现将会议议定事项纪要如下：",
    body=BODY,
    present=[
        Attendee("市委组织部", "王示例"),
        Attendee("市发展改革委", "郑赟"),
        Attendee("市财政局", "孙昇", "（代李某某）"),
        Attendee("市财政局", "欧阳珺"),
    ],
    on_leave=[Attendee("市商务局", "张伟")],
    in_attendance=[Attendee("市督查局", "高䶮")],
    attachments=["交办事项清单", "企业问题台账"],
    distribution=["市委办公室", "市政府办公室", "专班各成员单位"],
    issuer="首席服务官工作专班办公室",
    issued_on=date(2026, 11, 24),
    mark="内部",
    journal_head="9f2c" * 16,
)


def minutes(**changes):
    return renderer.render("minutes.html", paper=replace(MINUTES, **changes), made_at=MADE)


def text_of(pdf, tmp_path, *options):
    path = tmp_path / "paper.pdf"
    path.write_bytes(pdf)
    return subprocess.run(["pdftotext", *options, str(path), "-"], capture_output=True, text=True, check=True).stdout


def page_with(pdf, text):
    pages = range(pdf_pages.page_count(pdf))
    return next(n for n in pages for line in rows(pdf, n) if text in "".join(glyph.char for glyph in line))


class Glyph:
    """One printed character with its box in millimetres from the top left of the page."""

    def __init__(self, char, box):
        left, bottom, right, top = (side * 25.4 / 72 for side in box)
        self.char, self.left, self.right, self.top, self.bottom = char, left, right, 297 - top, 297 - bottom


def glyphs(pdf, number=0, *, loose=True):
    page = pypdfium2.PdfDocument(pdf)[number].get_textpage()
    found = [(page.get_text_range(i, 1), i) for i in range(page.count_chars())]
    return [Glyph(char, page.get_charbox(i, loose=loose)) for char, i in found if char.strip()]


def rows(pdf, number=0):
    """The lines of a page, top to bottom, each a list of glyphs from left to right."""
    lines = []
    for glyph in sorted(glyphs(pdf, number), key=lambda one: one.bottom):
        if lines and abs(lines[-1][0].bottom - glyph.bottom) < 2:
            lines[-1].append(glyph)
        else:
            lines.append([glyph])
    return [sorted(line, key=lambda one: one.left) for line in lines]


def row(pdf, number, text):
    return next(line for line in rows(pdf, number) if text in "".join(glyph.char for glyph in line))


def ink(pdf, number, wanted, box=(0, 0, 210, 297)):
    """Top and bottom of what `wanted(r, g, b)` finds on a page, in millimetres, as runs of rows."""
    scale = 150 / 25.4
    picture = pypdfium2.PdfDocument(pdf)[number].render(scale=150 / 72).to_pil().convert("RGB")
    left, top, right, bottom = (round(side * scale) for side in box)
    part = picture.crop((left, top, right, min(bottom, picture.height)))
    hits = [y for y in range(part.height) if any(wanted(*part.getpixel((x, y))) for x in range(0, part.width, 2))]
    starts = [y for before, y in pairwise([-9, *hits]) if y - before > 1]
    ends = [y for y, after in pairwise([*hits, 10**6]) if after - y > 1]
    return [((start + top) / scale, (end + 1 + top) / scale) for start, end in zip(starts, ends, strict=True)]


def red(r, g, b):
    return r > 180 and g < 110 and b < 110


def black(r, g, b):
    return r < 128 and g < 128 and b < 128


@pytest.fixture(scope="module")
def printed():
    return minutes()


# ── The grid and the parts ─────────────────────────────────────────────────────────────────────────────────


def test_the_text_area_holds_22_lines_of_28_characters():
    pdf = minutes(intro="", body="测" * 28 * 60)
    lines = rows(pdf, 1)[:22]
    assert len(rows(pdf, 1)) == 23  # 22 lines and the page number
    for line in lines:
        assert len(line) == 28
        assert line[0].left == pytest.approx(28, abs=0.1)
        assert line[-1].right == pytest.approx(184, abs=0.1)
    for before, after in pairwise(lines):
        assert after[0].bottom - before[0].bottom == pytest.approx(225 / 22, abs=0.02)
    assert lines[0][0].top == pytest.approx(37 + (225 / 22 - 156 / 28) / 2, abs=0.6)


def test_the_red_heading_stands_35_mm_under_the_top_of_the_text_area(printed):
    heading, rule = ink(printed, 0, red)
    assert heading[0] == pytest.approx(37 + 35, abs=0.4)
    assert rule[1] - rule[0] == pytest.approx(0.5, abs=0.25)
    number = ink(printed, 0, black, (30, 100, 180, rule[0] - 0.5))[0]
    assert rule[0] - number[1] == pytest.approx(4, abs=0.3)
    first = row(printed, 0, MINUTES.heading)
    assert first[0].left - 28 == pytest.approx(184 - first[-1].right, abs=0.5)


@pytest.mark.parametrize("count", [6, 10, 16, 24])
def test_a_heading_of_any_length_keeps_within_the_text_area(count):
    heading = row(minutes(heading="首" * count), 0, "首" * count)
    assert heading[0].left >= 28
    assert heading[-1].right <= 184


def test_a_heading_may_take_two_lines():
    pdf = minutes(heading="制造立市暨“万人助万企”\n工作专班会议纪要", mark=None)
    heading = ink(pdf, 0, red)
    assert len(heading) == 3
    assert heading[0][0] == pytest.approx(72, abs=0.6)
    assert row(pdf, 0, "2026年第12次")[0].top > heading[2][1] + 20


def test_levels_are_indented_two_characters_and_set_in_their_own_type(printed, tmp_path):
    for start in ("一、", "（一）", "1.", "（1）"):
        first = row(printed, page_with(printed, start), start)[0]
        indent = 28 + 2 * 156 / 28
        assert first.left == pytest.approx(indent, abs=0.6), start
    path = tmp_path / "paper.pdf"
    path.write_bytes(printed)
    fonts = subprocess.run(["pdffonts", str(path)], capture_output=True, text=True, check=True).stdout
    assert {line.split()[0].split("+")[1] for line in fonts.splitlines()[2:]} >= {"fang", "hei", "kai", "title", "song"}
    assert all(" yes yes yes " in line for line in fonts.splitlines()[2:])


def test_lines_of_chinese_are_flush_on_both_sides():
    text = "会议指出，2026年以来，全市上下认真贯彻“万人助万企”部署（含示例企业甲、乙），3个专题组共解决问题128件；" * 40
    pdf = minutes(intro="", body=text)
    full = [line for number in (1, 2) for line in rows(pdf, number)[:22]]
    assert len(full) > 40
    for line in full[:-1]:
        if len(line) > 20:
            assert line[-1].right == pytest.approx(184, abs=0.35), "".join(glyph.char for glyph in line)
            assert line[0].char not in "，。；：、）》”"
            assert line[-1].char not in "（《“"


def test_the_page_number_stands_7_mm_under_the_text_area_on_the_outer_side():
    pdf = minutes(body=BODY * 3)
    for number, side in ((0, "right"), (1, "left")):
        dash, digit, other = rows(pdf, number)[-1]
        assert (dash.char, digit.char, other.char) == ("—", str(number + 1), "—")
        edge = 184 - other.right if side == "right" else dash.left - 28
        assert edge == pytest.approx(14 * 25.4 / 72, abs=0.6)
        strip = (150, 263, 184, 290) if side == "right" else (28, 263, 60, 290)
        top, bottom = ink(pdf, number, black, strip)[0]
        assert (top + bottom) / 2 - 262 == pytest.approx(7, abs=0.4)


def test_lists_of_names_hang_and_two_characters_are_as_wide_as_three(printed):
    number = page_with(printed, "出席")
    present = row(printed, number, "出席")
    zheng = next(i for i, glyph in enumerate(present) if glyph.char == "郑")
    wang = next(i for i, glyph in enumerate(present) if glyph.char == "王")
    cell = 156 / 28
    assert present[zheng + 1].right - present[zheng].left == pytest.approx(3 * cell, abs=0.3)
    assert present[wang + 2].right - present[wang].left == pytest.approx(3 * cell, abs=0.3)
    second = row(printed, number, "代李某某")
    assert second[0].left == pytest.approx(present[3].left, abs=0.3)


LATER = [pytest.param(many, marks=pytest.mark.long) for many in (12, 28, 34, 52)]


@pytest.mark.parametrize("paragraphs", [1, 30, *LATER])
def test_the_imprint_stands_at_the_foot_of_the_last_page_which_is_even(paragraphs, tmp_path):
    body = "\n".join(f"第{n}段。" for n in range(paragraphs))
    pdf = minutes(body=body, intro="", attachments=(), present=(), on_leave=(), in_attendance=(), mark=None)
    pages = text_of(pdf, tmp_path).split("\f")[:-1]
    assert len(pages) % 2 == 0
    assert [number for number, page in enumerate(pages) if "印发" in page] == [len(pages) - 1]
    rules = [run for run in ink(pdf, len(pages) - 1, black, (30, 200, 40, 265)) if run[1] - run[0] < 0.8]
    assert rules[-1][1] == pytest.approx(262, abs=0.3)
    blank = [number for number, page in enumerate(pages) if not page.strip()]
    numbered = ["—" in page for page in pages]
    assert numbered == [not blank or number < blank[0] for number in range(len(pages))]


def test_nothing_is_printed_twice_and_everything_once(printed, tmp_path):
    text = re.sub(r"\s", "", text_of(printed, tmp_path, "-layout"))
    for wanted in (
        "内部",
        "首席服务官周例会纪要",
        "〔2026〕12号",
        "（一）总体要求",
        "分送：市委办公室，市政府办公室，专班各成员单位。",
        "首席服务官工作专班办公室2026年11月24日印发",
        "市发展改革委郑赟",
        "孙昇（代李某某）",
        "高䶮",
        "9f2c" * 16,
        "附件：1.交办事项清单2.企业问题台账",
    ):
        assert text.count(wanted) == 1, wanted


# ── The file ───────────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_input_gives_the_same_bytes(printed):
    data = ("minutes.json", '{"编号": "〔2026〕12号"}'.encode())
    assert minutes() == printed
    once, again = (renderer.render("minutes.html", paper=MINUTES, made_at=MADE, attachment=data) for _ in range(2))
    assert once == again
    assert once != printed


def test_it_declares_archive_and_accessible_format_and_carries_its_data():
    data = b'{"number": 12}'
    pdf = renderer.render("minutes.html", paper=MINUTES, made_at=MADE, attachment=("minutes.json", data))
    root = PdfFileReader(io.BytesIO(pdf)).root
    about = root["/Metadata"].data.decode()
    for declared in ('pdfaid:part="3"', 'pdfaid:conformance="A"', 'pdfuaid:part="1"', "2026-11-24T09:00:00+08:00"):
        assert declared in about
    assert (root["/Lang"], bool(root["/MarkInfo"]["/Marked"])) == ("zh-CN", True)
    name, spec = (part.get_object() for part in root["/Names"]["/EmbeddedFiles"]["/Names"])
    assert (name, spec["/AFRelationship"]) == ("minutes.json", "/Data")
    assert spec["/EF"]["/F"].data == data


def test_it_is_small_and_every_glyph_exists(printed, caplog):
    assert len(printed) < 400_000
    assert "notdef" not in caplog.text


def test_a_paper_fetches_nothing_but_its_own_files():
    from weasyprint.urls import FatalURLFetchingError

    for address in ("file:///etc/passwd", "http://127.0.0.1:1/x.png", "paper.css/../../../README.md"):
        with pytest.raises(FatalURLFetchingError):
            minutes(qr=address)


def test_markup_in_a_text_is_printed_as_text(tmp_path):
    odd = '<b>粗</b><img src="file:///etc/passwd">{{ 7*7 }}&amp;'
    text = text_of(minutes(body=odd, title="A<script>"), tmp_path)
    assert odd in text.replace("\n", "")
    assert "A<script>" in text


def test_a_qr_code_is_drawn():
    plain, with_code = (minutes(qr=code) for code in ("", codes.qr("https://portal.example/verify")))
    last = pdf_pages.page_count(plain) - 1
    assert not ink(plain, last, black, (166, 266, 184, 286))
    assert ink(with_code, last, black, (166, 266, 184, 286))


def test_rare_characters_and_emoji_are_printed_and_others_are_named():
    assert paper_fonts.missing_characters("郑赟 喆堃 䶮㛃𠮷𬸪 😀☎ A1，\u200b\n") == set()
    assert paper_fonts.missing_characters("\ue000好\U000f0000") == {"\ue000", "\U000f0000"}


def test_what_no_font_has_and_what_turns_writing_is_kept_off_the_paper(tmp_path, caplog):
    text = text_of(minutes(body="甲\ue000乙\u202e丙\u200b丁\ud800戊\x07己"), tmp_path)
    assert "甲〓乙丙丁〓戊己" in text
    assert "notdef" not in caplog.text


def test_a_truetype_font_with_thousands_of_characters_is_still_reduced():
    rare = "".join(map(chr, range(0x3400, 0x4DB6, 2)))
    assert len(minutes(body=rare, intro="")) < 3_000_000


def test_a_long_department_wraps_inside_the_text_area():
    pdf = minutes(present=[Attendee("市" + "某" * 40 + "局", "王示例"), Attendee("市财政局", "欧阳珺")])
    number = page_with(pdf, "出席")
    assert all(line[-1].right <= 184.1 for line in rows(pdf, number))


@pytest.mark.long
def test_memory_stays_flat():
    def resident():
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 2**20

    for _ in range(2):
        minutes()
    gc.collect()
    before = resident()
    for _ in range(6):
        minutes()
    assert resident() - before < 30


def test_without_own_fonts_the_system_must_do(tmp_path):
    script = (
        "import sys; sys.path[:0] = ['tests/ground', '.']\n"
        "from test_paper import minutes, pdf_pages\n"
        "assert pdf_pages.page_count(minutes()) % 2 == 0"
    )
    environment = os.environ | {"PORTAL_FONTS": str(tmp_path / "none")}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


# ── Pieces ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_paragraphs_know_their_level():
    assert paper_text.lines("一、总体要求\n\n　（一）抓好落实。各单位要……\n1.甲\n1.5亿元\n(1)乙\n十一、丙。\n正文") == [
        Paragraph(1, "一、总体要求", tag="h2"),
        Paragraph(2, "（一）抓好落实。", "各单位要……"),
        Paragraph(3, "1.甲"),
        Paragraph(0, "1.5亿元"),
        Paragraph(4, "（1）乙"),
        Paragraph(1, "十一、丙。"),
        Paragraph(0, "正文"),
    ]


def test_heading_tags_never_skip_a_level():
    assert [part.tag for part in paper_text.lines("（一）甲\n一、乙\n（一）丙\n1.丁")] == ["h2", "h2", "h3", "p"]


@pytest.mark.parametrize(
    ("name", "parts"), [("张伟", ("张", "伟")), ("王示例", ("", "王示例")), ("Li", ("", "Li")), ("𠮷喆", ("𠮷", "喆"))]
)
def test_two_character_names_are_spread(name, parts):
    assert paper_text.spread_name(name) == parts


@pytest.mark.parametrize(
    ("title", "broken"),
    [
        ("第一小组2026年第3次例会纪要", ["第一小组2026年第3次例会纪要"]),
        (
            "制造立市暨“万人助万企”工作专班2026年第12次例会纪要",
            ["制造立市暨“万人助万企”工作专班", "2026年第12次例会纪要"],
        ),
        ("自己\n分行", ["自己", "分行"]),
    ],
)
def test_a_long_title_breaks_where_the_sense_allows(title, broken):
    assert paper_text.title_lines(title) == broken


def test_no_title_is_ever_lost_or_too_wide():
    for length in range(1, 120):
        title = ("关于召开2026年第12次“万人助万企”例会（扩大）的通知" * 5)[:length]
        broken = paper_text.title_lines(title)
        assert "".join(broken) == title
        assert all(sum(0.5 if char.isascii() else 1 for char in line) <= 20 for line in broken)


def test_numerals():
    assert [paper_text.numeral(n) for n in (1, 10, 11, 20, 35, 99)] == ["一", "十", "十一", "二十", "三十五", "九十九"]


def test_pages_become_pictures(printed):
    pictures = list(pdf_pages.pictures(printed, dpi=50))
    assert len(pictures) == pdf_pages.page_count(printed)
    for picture in pictures:
        opened = Image.open(io.BytesIO(picture))
        assert (opened.format, opened.size) == ("WEBP", (414, 585))
    with pytest.raises(weasy.PaperError):
        list(pdf_pages.pictures(b"no pdf"))


# ── Tables and places to sign ──────────────────────────────────────────────────────────────────────────────


def test_a_table_breaks_over_pages_with_its_head_and_keeps_within_the_text_area():
    listed = "\n".join(f"|{n}|市示例局|会议指出，要主动服务、靠前服务，按时限推进|12月1日|" for n in range(1, 41))
    pdf = minutes(intro="", body=f"一、清单\n|序号|单位|任务|时限|\n{listed}\n二、其他")
    pages = range(pdf_pages.page_count(pdf))
    heads = [number for number in pages for line in rows_of(pdf, number) if line == "序号单位任务时限"]
    assert len(heads) >= 2
    assert heads == sorted(set(heads))
    for number in heads:
        for left, right in ((26, 27.6), (184.4, 186)):
            assert not ink(pdf, number, black, (left, 100, right, 260))


def rows_of(pdf, number):
    return ["".join(glyph.char for glyph in line) for line in rows(pdf, number)]


def test_lines_with_bars_or_tabs_are_a_table_and_one_cell_more_or_less_is_filled_up():
    assert paper_text.lines("甲\n|单位|任务|\n|市局|\n乙\t丙\t丁") == [
        Paragraph(0, "甲"),
        paper_text.Table((("单位", "任务", ""), ("市局", "", ""), ("乙", "丙", "丁"))),
    ]


def test_places_for_signatures_stand_apart():
    from portal.documents.pki import signing

    boxes = [
        content.SignatureBox("sign-further-1", "会签人"),
        content.SignatureBox("sign-signatory", "签发人"),
        content.SignatureBox("sign-seal", "印章", seal=True),
    ]
    pdf = signing.prepare_fields(
        minutes(signature_boxes=boxes), [signing.Field(box.anchor, box.label, anchor=box.anchor) for box in boxes]
    )
    places = [
        [float(side) * 25.4 / 72 for side in field.get_object()["/Rect"]]
        for field in PdfFileReader(io.BytesIO(pdf)).root["/AcroForm"]["/Fields"]
    ]
    assert [round(right - left) for left, _, right, _ in places] == [44, 44, 42]
    for n, (left, bottom, right, top) in enumerate(places):
        assert right <= 184.3
        for other_left, other_bottom, other_right, other_top in places[n + 1 :]:
            assert right <= other_left or other_right <= left or top <= other_bottom or other_top <= bottom


def test_a_name_that_cannot_be_printed_is_told_at_input():
    assert paper_fonts.unprintable_note("张示例") == ""
    assert paper_fonts.unprintable_note("赵𠮷喆") == ""  # rarer than GB2312, but a font has them
    note = paper_fonts.unprintable_note("赵\U0003134a")
    assert "\U0003134a" in note
    assert "印不出来" in note


def test_many_sign_in_the_first_moment_after_a_start():
    """Whoever comes second must not find a font half opened."""
    people = 8
    barrier = threading.Barrier(people)

    def draw(number: int) -> bytes:
        barrier.wait()
        return mark_of(number)

    letters.outline.cache_clear()
    letters._chain.cache_clear()
    with ThreadPoolExecutor(people) as pool:
        at_once = list(pool.map(draw, range(people)))
    assert [pdf_pages.picture(one, 1) for one in at_once] == [pdf_pages.picture(mark_of(n), 1) for n in range(people)]


def test_a_character_no_font_has_is_drawn_as_the_printers_mark_for_it():
    odd, marked = (stamps.stamp(name, "签发人", datetime(2026, 11, 2, 9, tzinfo=UTC)) for name in ("\U0003134a", "〓"))
    assert pdf_pages.picture(odd, 1) == pdf_pages.picture(marked, 1)


def mark_of(number: int) -> bytes:
    return stamps.stamp(f"示例{number}", "签发人", datetime(2026, 11, 2, 9, tzinfo=UTC))
