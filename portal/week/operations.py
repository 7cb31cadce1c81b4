"""The one deed of the week: reminding those who still owe something."""

from portal.db import journal
from portal.errors import Refused
from portal.inbox import operations as inbox
from portal.meetings.models.meetings import Meeting
from portal.people.deputies.queries import present_deputies
from portal.people.models.accounts import User
from portal.week import queries


def remind(meeting: Meeting, line: str = "", *, by: User) -> int:
    """提醒还欠着的人和今天代他们办理的人，每人一条消息，写明欠什么；返回提醒了几人。

    With `line` only those of one line. A further reminder replaces one that was not read.
    """
    week = queries.week_of(meeting)
    owed: dict[int, list[str]] = {}
    for one in week.lines:
        if not one.kind.reminds or (line and one.kind.name != line):
            continue
        standing = present_deputies(one.kind.part) if one.kind.part else []
        for debt in one.debts:
            deputies = (deputy.deputy_id for deputy in standing if deputy.person_id == debt.person_id)
            for number in (debt.person_id, *deputies):
                if number is not None and number != by.id:
                    owed.setdefault(number, []).append(_said(one, debt))
    if not owed:
        raise Refused("现在没有人需要提醒。")
    people = {user.id: user for user in queries.people(owed)}
    for words in {tuple(one) for one in owed.values()}:
        told = [people[number] for number, said in owed.items() if tuple(said) == words]
        inbox.notify(
            told, f"请尽快办理：{meeting.title}", _address(meeting, line), body=f"{'；'.join(dict.fromkeys(words))}。",
            burst=queries.burst_of(meeting),
        )  # fmt: skip
    names = [people[number].name for number in owed]
    journal.record(by, "week.remind", meeting, "提醒", people=names, line=line or "全部")
    return len(owed)


def _said(line: queries.Line, debt: queries.Debt) -> str:
    return f"{line.kind.missing}{f'：{debt.title}' if debt.title else ''}"


def _address(meeting: Meeting, line: str) -> str:
    """Where what is owed is done; of several things, the first page, on which all of it stands."""
    return {"record": f"/meetings/{meeting.id}/record", "replies": f"/meetings/{meeting.id}"}.get(line, "/")
