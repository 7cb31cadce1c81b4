"""The notice of a meeting as paper, as a Word file and as text for a chat."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from portal.db import clock
from portal.db.office import office
from portal.documents.paper import content as paper_content
from portal.documents.paper import renderer
from portal.documents.reading import portal_address
from portal.documents.word import TITLE, Word
from portal.meetings.agenda import queries as agenda_queries
from portal.meetings.models.meetings import Meeting
from portal.meetings.models.notices import MeetingNotice
from portal.meetings.series import queries as series_queries

REQUIREMENTS = (
    "请接到通知后及时在门户中回复是否参会；因故不能参会的，请说明理由请假，并安排代会人员。",
    "请汇报人提前准备，按议程时间发言。",
    "本系统为非涉密系统，会议材料不得涉及国家秘密。",
)


def name_of(meeting: Meeting) -> str:
    """The file's name without its ending."""
    return f"会议通知（{meeting.title}）"


def paper_of(meeting: Meeting) -> paper_content.NoticePaper:
    """Everything the notice says as things stand now: of the meeting, of its changes, or of its cancellation."""
    if meeting.is_cancelled:
        return _cancellation_of(meeting)
    changed = meeting.has_notice and bool(meeting.changes)
    subject = "有关事项变更的通知" if changed else "的通知"
    return paper_content.NoticePaper(
        heading="会议通知",
        title=f"关于{'' if changed else '召开'}{meeting.title}{subject}",
        addressees=[f"{meeting.series.group.name}各成员"],
        intro="现将有关事项通知如下：",
        time_text=time_text(meeting),
        place=meeting.place,
        chair=meeting.chaired_by,
        items=[
            paper_content.NoticeItem(
                title=slot.item.title,
                presenter=slot.item.reporter.titled if slot.item.reporter else "",
                minutes=slot.item.minutes,
                note="变更" if slot.item.changed else "",
            )
            for slot in agenda_queries.timetable(meeting)
        ],
        issuer=office.organisation,
        issued_on=clock.local(made_at(meeting)).date(),
        participants=_participants(meeting),
        requirements=REQUIREMENTS,
        contact=office.contact,
        mark=office.mark,
        changed="；".join(meeting.changes) if changed else "",
    )


def _participants(meeting: Meeting) -> str:
    """第一小组全体成员；列席：市工信局 张某某、…, so that who comes for one item knows it."""
    guests = "、".join(one.titled for one in series_queries.from_outside(meeting))
    return f"{meeting.series.group.name}全体成员{f'；列席：{guests}' if guests else ''}"


def _cancellation_of(meeting: Meeting) -> paper_content.NoticePaper:
    return paper_content.NoticePaper(
        heading="会议通知",
        title=f"关于取消{meeting.title}的通知",
        addressees=[f"{meeting.series.group.name}各成员"],
        intro=f"原定于{clock.zh_date(meeting.day)}（{clock.weekday(meeting.day)}）{clock.hm(meeting.starts_at)}在{meeting.place}召开的{meeting.title}取消，特此通知。取消原因：{meeting.reason.rstrip('。')}。",
        time_text=time_text(meeting),
        place=meeting.place,
        chair="",
        items=[],
        issuer=office.organisation,
        issued_on=clock.local(made_at(meeting)).date(),
        contact=office.contact,
        mark=office.mark,
        cancelled=True,
    )


def time_text(meeting: Meeting) -> str:
    """2026年11月30日（星期一）09:00，约 90 分钟."""
    day = f"{clock.zh_date(meeting.day)}（{clock.weekday(meeting.day)}）"
    return f"{day}{clock.hm(meeting.starts_at)}，约 {meeting.minutes} 分钟"


def made_at(meeting: Meeting) -> datetime:
    """The moment the notice bears: when the members were last told, or now for a preview."""
    return meeting.told_at or meeting.announced_at or clock.now()


# ── as it was sent ─────────────────────────────────────────────────────────────────────────────────────────────────


def content_of(meeting: Meeting) -> dict[str, Any]:
    """What the notice says, as plain values that are kept."""
    content = asdict(paper_of(meeting))
    return content | {"issued_on": content["issued_on"].isoformat()}


def paper_again(content: dict[str, Any]) -> paper_content.NoticePaper:
    """The notice from the values that were kept."""
    facts = dict(content)
    facts["issued_on"] = date.fromisoformat(facts["issued_on"])
    facts["items"] = [paper_content.NoticeItem(**one) for one in facts["items"]]
    return paper_content.NoticePaper(**facts)


def pdf_of(notice: MeetingNotice) -> bytes:
    """A notice as PDF, as it was sent; slow, for a job."""
    return renderer.render("notice.html", made_at=notice.drawn_at, paper=paper_again(notice.content))


# ── to send on ─────────────────────────────────────────────────────────────────────────────────────────────────────


def chat_text_of(meeting: Meeting) -> str:
    """The notice as text to copy into a chat: short, plain, with the address where people reply."""
    notice = paper_of(meeting)
    lines = [f"【{notice.title}】"]
    if notice.cancelled:
        lines.append(notice.intro)
    else:
        facts = (("变更", notice.changed), ("时间", notice.time_text), ("地点", notice.place), ("主持", notice.chair))
        lines += [f"{head}：{text}" for head, text in facts if text]
        lines += ["议程：", *agenda_lines(meeting)]
        lines.append(f"请登录门户回复是否参会：{portal_address()}/meetings/{meeting.id}")
    lines += [f"联系人：{notice.contact}"] if notice.contact else []
    lines.append(notice.issuer)
    return "\n".join(lines)


def docx_of(meeting: Meeting) -> bytes:
    """The notice as a Word file, with the fonts of official papers."""
    notice, word = paper_of(meeting), Word()
    word.line(notice.title, TITLE, 22, place="centre")
    word.line("")
    word.line(f"{'，'.join(notice.addressees)}：", indent=False)
    word.line(notice.intro)
    facts = (
        ("变更", notice.changed), ("时间", notice.time_text), ("地点", notice.place), ("主持人", notice.chair),
        ("参会人员", notice.participants),
    )  # fmt: skip
    word.section("", [] if notice.cancelled else [f"{head}：{text}" for head, text in facts if text])
    word.section("议程", agenda_lines(meeting) if notice.items else [])
    word.section("有关要求", [f"{number}．{text}" for number, text in enumerate(notice.requirements, 1)])
    word.line(f"联系人：{notice.contact}")
    for text in (notice.issuer, clock.zh_date(notice.issued_on)):
        word.line(text, place="right")
    return word.saved()


def agenda_lines(meeting: Meeting) -> list[str]:
    """1．09:00 研判用地问题（市工信局 张某某）, an item each."""
    return [
        f"{number}．{clock.hm(slot.begins)} {slot.item.title}"
        + (f"（{slot.item.reporter.titled}）" if slot.item.reporter else "")
        for number, slot in enumerate(agenda_queries.timetable(meeting), 1)
    ]
