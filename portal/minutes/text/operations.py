"""Operations on the text: drafting, changing, restoring, and keeping the words that were passed."""

import hashlib

from portal.db import clock, journal
from portal.db.concurrency import claim
from portal.db.engine import add, db
from portal.db.office import office
from portal.documents.paper import fonts
from portal.errors import Refused
from portal.meetings.attendance.queries import lists_of
from portal.meetings.models.meetings import Meeting
from portal.minutes.models.minutes import Minutes
from portal.minutes.models.revision import MinutesRevision
from portal.minutes.models.signoff import SignOffSheet
from portal.minutes.notifications import drafters, notify
from portal.minutes.reading import queries as reading_queries
from portal.minutes.steps import take
from portal.minutes.text import live, queries
from portal.minutes.text.drafting import draft_of
from portal.people.models.accounts import User
from portal.records.decisions import queries as records


def draft(meeting: Meeting) -> Minutes:
    """起草：散会后由系统按会议记录、议定事项和交办事项拟出纪要初稿。"""
    minutes: Minutes = add(
        Minutes(
            meeting=meeting, title=f"{meeting.title}纪要", distribution=office.distribution, mark=office.mark,
            sheet=SignOffSheet(),
        )
    )  # fmt: skip
    keep_text(minutes, draft_of(meeting), by=None)
    journal.record(None, "minutes.draft", minutes, "起草纪要")
    notify(drafters(minutes), "纪要初稿已拟好", minutes)
    return minutes


def edit(minutes: Minutes, text: str, seen: int | None, *, by: User, **facts: str) -> Minutes:
    """修改：保存为新的一稿。`seen` is the version of the minutes the text was opened on; facts are title, mark …"""
    changed = [name for name, value in facts.items() if getattr(minutes, name) != value]
    if text == minutes.text and not changed:
        return minutes
    claim(minutes, seen)
    minutes.lifecycle.fire(minutes, "edit", by=by, changed=changed)
    for name in changed:
        setattr(minutes, name, facts[name])
    if text != minutes.text:
        keep_text(minutes, text, by=by)
    db.session.flush()
    return minutes


def restore(minutes: Minutes, number: int, *, by: User) -> Minutes:
    """恢复：把以前的一稿作为新的一稿保存，中间各稿保留。"""
    earlier = queries.revision(minutes, number)
    if earlier is None:
        raise Refused("没有这一稿，请从修改过程中选择。")
    if earlier.text == minutes.text:
        raise Refused("这一稿与现在的内容相同，不需要恢复。")
    take(minutes, "edit", by=by, restored=number)
    keep_text(minutes, earlier.text, by=by)
    return minutes


def text_digest(text: str) -> str:
    """The SHA-256 of a text, as the 审签单 prints it."""
    return hashlib.sha256(text.encode()).hexdigest()


def freeze(minutes: Minutes) -> None:
    """Keep the words as they are printed: what becomes of a task later never alters the paper."""
    check_words(minutes)
    minutes.latest.printed = live.filled(minutes.text, *records.words_of(minutes.meeting))


def check_words(minutes: Minutes) -> None:
    """Refuse to pass what cannot be printed: what it names is gone, or no font has its characters."""
    if gone := live.lost(minutes.text, *records.words_of(minutes.meeting)):
        raise Refused(f"正文提到的{'、'.join(gone)}已经删除，请退回修改。")
    if missing := sorted(fonts.missing_characters(_all_words(minutes))):
        raise Refused(
            f"这些字现有的字体印不出来：{'、'.join(missing)}。请退回换字，或请系统管理员在字体文件夹中补装含有这些字的字体。"
        )


def _all_words(minutes: Minutes) -> str:
    """Everything the paper will print that people have typed."""
    names = (part for rows in lists_of(minutes.meeting) for row in rows for part in row)
    return "\n".join([minutes.title, queries.words(minutes), minutes.attachments, minutes.distribution, *names])


def redraft(minutes: Minutes, *, by: User) -> Minutes:
    """重拟：作废之后另起一份，从会议记录重新起草。"""
    if minutes.not_void:
        raise Refused(minutes.not_void)
    if any(not one.is_void for one in reading_queries.of_meeting(minutes.meeting)):
        raise Refused("这次会议已经有另一份纪要，不能再起草。")
    return draft(minutes.meeting)


def keep_text(minutes: Minutes, text: str, *, by: User | None) -> None:
    """Keep a text as the newest revision."""
    number = len(minutes.revisions) + 1
    minutes.revisions.append(MinutesRevision(number=number, text=text, by=by, at=clock.now()))
    db.session.flush()
