"""Deeds of looking back at what was closed."""

from collections.abc import Iterable

from portal import clock, journal, workdays
from portal.actions.models import ActionItem, LookBack, ReportKind, already_checked
from portal.actions.operations.tasks import reopen
from portal.actions.operations.telling import add_line
from portal.database import add, db
from portal.errors import Refused
from portal.inbox.operations import tell
from portal.people.models import Role, User
from portal.people.queries import in_charge

DAYS_TO_LOOK_BACK = 10  # working days


def draw_look_backs(actions: Iterable[ActionItem]) -> list[LookBack]:
    """每月抽取已销号的事项回头看，由督查员在十个工作日内复查。"""
    due = workdays.add_working(clock.today(), DAYS_TO_LOOK_BACK)
    drawn = []
    for action in actions:
        drawn.append(add(LookBack(action=action, drawn_on=clock.today(), due=due)))
        journal.record(None, "actions.draw_look_back", action, "抽取回头看", until=due.isoformat())
    if drawn:
        titles = "\n".join(f"{one.action.number} {one.action.title}" for one in drawn)
        said = f"抽取了 {len(drawn)} 项已销号事项，请回头看"
        tell(in_charge(Role.supervisor), said, "/actions?view=look_back", body=titles)
    return drawn


def look_back(look_back: LookBack, holds: bool, finding: str, *, by: User) -> LookBack:
    """登记回头看的结果；反弹的随即重启，编号不变。"""
    if obstacle := already_checked(look_back):
        raise Refused(obstacle)
    action = look_back.action
    look_back.holds, look_back.finding = holds, finding
    look_back.checked_by, look_back.checked_at = by, clock.now()
    add_line(action, ReportKind.look_back, f"{'巩固' if holds else '反弹'}：{finding}", by)
    if holds:
        journal.record(by, "actions.look_back", action, "回头看：巩固", why=finding)
    else:
        reopen(action, finding, due=workdays.add_working(clock.today(), DAYS_TO_LOOK_BACK), by=by)
    db.session.flush()
    return look_back
