"""Periodic jobs of supervision: reminders, the weekly list and question, slips, looking back."""

from datetime import timedelta

from portal.actions.ledger import saved_filters
from portal.actions.models.action_items import ActionItem
from portal.actions.models.slips import colour_owed
from portal.actions.supervision import operations, paper, queries
from portal.db import calendar, clock
from portal.inbox import queries as inbox
from portal.jobs import due, periodic

BEGIN = 8  # nobody is pressed before the office opens


@periodic.job("actions.remind", every=timedelta(hours=1))
def remind() -> int:
    """临期、逾期提醒。"""
    return due.each(queries.actions_to_remind_of(), operations.remind)


@periodic.job("actions.tell_of_week", every=timedelta(hours=1))
def tell_of_week() -> None:
    """每周第一个工作日的在办清单，每人一条。"""
    monday = clock.today() - timedelta(days=clock.today().weekday())
    if _is_open() and calendar.next_working(monday - timedelta(days=1)) == clock.today():
        told = inbox.told(queries.burst_of_week())
        for person, actions in queries.led_by_each(saved_filters.CHASED_NOW).items():
            if person.id not in told:
                operations.tell_of_week(person, actions)


@periodic.job("actions.ask_feedback", every=timedelta(hours=1))
def ask_feedback() -> None:
    """每周反馈日请办理中的事项报告进展。"""
    if _is_open():
        operations.ask_feedback(queries.to_ask_for_feedback())


@periodic.job("actions.propose_slips", every=timedelta(hours=1))
def propose_slips() -> int:
    """按规则提出督办单。"""
    return due.each(queries.to_send_slips_for(), _propose_slip) if _is_open() else 0


def _propose_slip(action: ActionItem) -> None:
    if (colour := colour_owed(action)) is not None:
        operations.propose_slip(action, colour)


@periodic.job("actions.print_slips", every=timedelta(minutes=5), after=("actions.issue_slip",))
def print_slips() -> int:
    """把发出的督办单排成 A4 纸面。"""
    return due.each_prepared(queries.slips_to_print(), paper.slip_pdf, operations.file_slip)


@periodic.job("actions.draw_look_backs", every=timedelta(hours=6))
def draw_look_backs() -> None:
    """每月抽取已销号的事项回头看。"""
    operations.draw_look_backs(queries.to_look_back_at())


def _is_open() -> bool:
    return calendar.is_working(clock.today()) and clock.local(clock.now()).hour >= BEGIN
