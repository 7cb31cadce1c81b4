"""Deeds of pressing: urging, supervising, and what the portal reminds of by itself."""

from collections.abc import Iterable, Sequence

from portal import clock, journal
from portal.actions import queries
from portal.actions.models import ActionItem, ReportKind
from portal.actions.operations.telling import Bundles, add_line, supporters, tell_about
from portal.database import db
from portal.inbox.operations import tell
from portal.people.models import Role, User
from portal.people.queries import in_charge


def urge_all(actions: Iterable[ActionItem], text: str, *, by: User) -> list[ActionItem]:
    """批量催办：每件留痕，每人只收到一条消息。"""
    done, told = list(actions), Bundles()
    for action in done:
        for person in _press(action, text, by):
            told.add(action, person)
    told.tell("催办", text, by)
    return done


def urge(action: ActionItem, text: str, *, by: User) -> ActionItem:
    """催办。"""
    told = _press(action, text, by)
    tell_about(told, action, f"催办：{action.called}", text, by, burst=f"actions.urge.{action.id}")
    return action


def _press(action: ActionItem, text: str, by: User) -> list[User]:
    """Note that a task was pressed for; answers whom it concerns."""
    action.lifecycle.take(action, "urge", by=by, why=text)
    add_line(action, ReportKind.urge, text, by)
    return [action.lead_person, *supporters(action)]


def supervise(action: ActionItem, *, by: User) -> ActionItem:
    """列为督办，由督查员盯办。"""
    action.lifecycle.take(action, "supervise", by=by)
    action.supervised = True
    db.session.flush()
    tell_about([action.lead_person], action, f"已列为督办：{action.title}", "", by)
    return action


def unsupervise(action: ActionItem, *, by: User) -> ActionItem:
    """取消督办。"""
    action.lifecycle.take(action, "unsupervise", by=by)
    action.supervised = False
    db.session.flush()
    return action


def remind(action: ActionItem) -> None:
    """临期和逾期由系统提醒承办人，逾期同时提醒督查员。"""
    action.reminded_on = clock.today()
    word = "已逾期" if action.is_overdue else "即将到期"
    told = [action.lead_person, *(in_charge(Role.supervisor) if action.is_overdue else ())]
    journal.record(None, "actions.remind", action, f"{word}提醒", due=action.due.isoformat())
    tell_about(told, action, f"{word}：{action.called}", f"时限：{clock.zh_date(action.due)}。", None,
          burst=f"actions.remind.{action.id}")  # fmt: skip


def ask_feedback(actions: Iterable[ActionItem]) -> list[ActionItem]:
    """每周反馈日请承办人报告进展，每人只收到一条消息。"""
    asked, told = list(actions), Bundles()
    for action in asked:
        action.asked_on = clock.today()
        journal.record(None, "actions.ask_feedback", action, "请反馈进展")
        told.add(action, action.lead_person)
    told.tell("请反馈本周进展", "请打开事项，反馈进展。", None, "/actions?view=mine")
    return asked


def tell_of_week(person: User, actions: Sequence[ActionItem]) -> None:
    """每周第一个工作日，把在办的事项按时限告诉承办人。"""
    late, soon = sum(one.is_overdue for one in actions), sum(one.is_due_soon for one in actions)
    counts = [f"逾期 {late} 项"] * bool(late) + [f"临期 {soon} 项"] * bool(soon)
    head = f"本周在办 {len(actions)} 项交办事项" + (f"，其中{'、'.join(counts)}" if counts else "")
    titles = "\n".join(f"{clock.zh_date(one.due)} {one.called}" for one in actions[:20])
    tell([person], head, "/actions?view=mine", body=titles, burst=queries.burst_of_week())
