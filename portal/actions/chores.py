"""What happens to tasks by itself: reminders of what is due soon or late."""

from datetime import timedelta

from portal import jobs
from portal.actions import operations, queries


@jobs.chore("actions.remind", every=timedelta(hours=1))
def remind() -> int:
    """临期、逾期提醒。"""
    return jobs.each(queries.actions_to_remind_of(), operations.remind)
