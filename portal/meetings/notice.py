"""The notice of a meeting as paper, as a calendar entry and as a Word file."""

from datetime import datetime
from io import BytesIO
from typing import Any

from portal import clock, paper
from portal.meetings import queries
from portal.meetings.models import Meeting
from portal.office import office

DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
REQUIREMENTS = (
    "请接到通知后及时在门户中回复是否参会；因故不能参会的，请说明理由请假，并安排代会人员。",
    "请汇报人提前准备，按议程时间发言。",
    "本系统为非涉密系统，会议材料不得涉及国家秘密。",
)


def name_of(meeting: Meeting) -> str:
    """The file's name without its ending."""
    return f"会议通知（{meeting.title}）"


def paper_of(meeting: Meeting) -> paper.NoticePaper:
    """Everything the printed notice says."""
    return paper.NoticePaper(
        heading="会议通知",
        title=f"关于召开{meeting.title}的通知",
        addressees=[f"{meeting.series.group.name}各成员"],
        intro="现将有关事项通知如下。",
        time_text=time_text(meeting),
        place=meeting.place,
        chair=meeting.chair.name if meeting.chair else "",
        items=[
            paper.NoticeItem(
                title=slot.item.title,
                presenter=slot.item.reporter.titled if slot.item.reporter else "",
                minutes=slot.item.minutes,
                note="变更" if slot.item.changed else "",
            )
            for slot in queries.timetable(meeting)
        ],
        issuer=office.organisation,
        issued_on=clock.local(made_at(meeting)).date(),
        participants=f"{meeting.series.group.name}全体成员",
        requirements=REQUIREMENTS,
        contact=office.contact,
        mark=office.mark,
        changed="；".join(meeting.changes),
    )


def time_text(meeting: Meeting) -> str:
    """2026年11月30日（星期一）09:00，约 90 分钟."""
    day = f"{clock.zh_date(meeting.day)}（{clock.weekday(meeting.day)}）"
    return f"{day}{clock.hm(meeting.starts_at)}，约 {meeting.minutes} 分钟"


def made_at(meeting: Meeting) -> datetime:
    """The moment the notice bears: when it was sent, or now for a preview."""
    return meeting.announced_at or clock.now()


def pdf_of(meeting: Meeting) -> bytes:
    """The notice as PDF."""
    return paper.render("notice.html", made_at=made_at(meeting), paper=paper_of(meeting))


def calendar_of(meeting: Meeting) -> bytes:
    """The meeting as an iCalendar entry; a later one with the same UID replaces it in people's calendars."""
    from icalendar import Calendar, Event

    event = Event()
    event.add("uid", f"meeting-{meeting.id}@portal")
    event.add("dtstamp", made_at(meeting))
    event.add("sequence", len(meeting.changes))
    event.add("status", "CANCELLED" if meeting.is_cancelled else "CONFIRMED")
    event.add("dtstart", meeting.starts)
    event.add("dtend", meeting.ends)
    event.add("summary", meeting.title)
    event.add("location", meeting.place)
    event.add("description", "\n".join(_agenda_lines(meeting)))
    calendar = Calendar()
    calendar.add("prodid", "-//portal//meetings//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def docx_of(meeting: Meeting) -> bytes:
    """The notice as a Word file, with the fonts of official papers."""
    from docx import Document
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Cm, Pt

    notice = paper_of(meeting)
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.top_margin, section.bottom_margin = Cm(3.7), Cm(3.5)
    section.left_margin, section.right_margin = Cm(2.8), Cm(2.6)

    def line(
        text: str, font: str = "仿宋_GB2312", size: int = 16, *, centred: bool = False, indent: bool = True
    ) -> Any:
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.line_spacing = Pt(28)
        paragraph.paragraph_format.space_after = Pt(0)
        if centred:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        elif indent:
            paragraph.paragraph_format.first_line_indent = Pt(2 * size)
        _set_font(paragraph.add_run(text), font, Pt(size))
        return paragraph

    line(notice.title, "方正小标宋简体", 22, centred=True)
    line("")
    line(f"{'，'.join(notice.addressees)}：", indent=False)
    line(notice.intro)
    for head, text in (
        ("变更", notice.changed), ("时间", notice.time_text), ("地点", notice.place), ("主持人", notice.chair),
        ("参会人员", notice.participants),
    ):  # fmt: skip
        if text:
            line(f"{head}：{text}")
    line("议程", "黑体")
    for row in _agenda_lines(meeting):
        line(row)
    line("有关要求", "黑体")
    for number, requirement in enumerate(notice.requirements, 1):
        line(f"{number}．{requirement}")
    line(f"联系人：{notice.contact}")
    for text in (notice.issuer, clock.zh_date(notice.issued_on)):
        line(text).alignment = WD_ALIGN_PARAGRAPH.RIGHT
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _set_font(run: Any, font: str, size: Any) -> None:
    from docx.oxml.ns import qn

    run.font.name, run.font.size = font, size
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)  # noqa: SLF001 - no public way


def _agenda_lines(meeting: Meeting) -> list[str]:
    return [
        f"{number}．{clock.hm(slot.begins)} {slot.item.title}"
        + (f"（{slot.item.reporter.titled}）" if slot.item.reporter else "")
        for number, slot in enumerate(queries.timetable(meeting), 1)
    ]
