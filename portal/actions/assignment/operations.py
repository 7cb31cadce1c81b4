"""Operations of assignment: handing out, accepting, refusing, passing on."""

from collections.abc import Iterable, Sequence
from datetime import date

from portal.actions.assignment import queries
from portal.actions.assignment.notifying import Bundles, add_line, notify_about, reindex, supporters
from portal.actions.models.action_items import ActionItem
from portal.actions.models.progress import ReportKind, Stage, Support
from portal.actions.progress.operations import refuse_bad_stages
from portal.db import clock, journal
from portal.db.concurrency import claim
from portal.db.engine import add, db
from portal.db.numbers import next_number
from portal.enterprises.models.problems import Problem
from portal.enterprises.problems import operations as enterprises
from portal.errors import Refused
from portal.people.models.accounts import User
from portal.people.models.departments import Department
from portal.people.models.groups import Group
from portal.people.models.roles import Role
from portal.people.roles.queries import in_charge
from portal.people.rules import is_secretary


def assign(  # noqa: PLR0913 - a task is said with all its parts
    *,
    title: str,
    text: str = "",
    evidence: str = "",
    asks_file: bool = False,
    lead_department: Department | None = None,
    lead_group: Group | None = None,
    lead_person: User,
    support: Iterable[Department | Group] = (),
    due: date,
    audience: Group | None = None,
    problem: Problem | None = None,
    said_at: tuple[int | None, int | None] = (None, None),
    stages: Sequence[tuple[str, date]] = (),
    provisional: bool = False,
    urgent: bool = False,
    by: User,
) -> ActionItem:
    """交办一件事项，并告诉承办人和配合人；在纪要签发前是拟交办。

    `said_at` are the numbers of the series and of the meeting at which it was said.
    """
    year = clock.today().year
    of_series, of_meeting = said_at
    refuse_bad_stages(stages, due)
    action: ActionItem = add(
        ActionItem(
            number=f"{year}-{next_number(f'actions.{year}'):03d}", title=title, text=text, evidence=evidence,
            asks_file=asks_file, stages=[Stage(name=name, due=day) for name, day in stages],
            lead_department=lead_department, lead_group=lead_group, lead_person=lead_person,
            support=[support_of(unit) for unit in support], due=due, original_due=due, audience=audience,
            problem=problem, of_series=of_series, of_meeting=of_meeting, provisional=provisional, urgent=urgent,
            assigned_by=by, assigned_at=clock.now(), offered_at=clock.now(),
        )
    )  # fmt: skip
    journal.record(
        by, "actions.assign", action, "拟交办" if provisional else "交办", lead=lead_person.id, due=due.isoformat()
    )
    if problem is not None and problem.lifecycle.is_open(problem, "assign"):
        enterprises.assign(problem, by=by)
    reindex(action)
    word = ("加急" if urgent else "") + ("拟交办" if provisional else "交办")
    notify_about([lead_person], action, f"{word}事项请签收：{title}", f"时限：{clock.zh_date(due)}。", by)
    notify_about(supporters(action), action, f"有一项{word}事项请您配合：{title}", f"牵头：{action.lead}。", by)
    return action


def settle(action: ActionItem, *, by: User | None = None) -> ActionItem:
    """纪要签发后，拟交办的事项正式交办。"""
    action.lifecycle.fire(action, "settle", by=by)
    action.provisional = False
    db.session.flush()
    return action


def edit(
    action: ActionItem, seen: int | None, *, title: str, text: str, evidence: str, asks_file: bool = False, by: User
) -> ActionItem:
    """修改还没有签收的事项。"""
    claim(action, seen)
    action.lifecycle.fire(action, "edit", by=by)
    action.title, action.text, action.evidence, action.asks_file = title, text, evidence, asks_file
    db.session.flush()
    reindex(action)
    return action


def accept(action: ActionItem, *, by: User) -> ActionItem:
    """签收。"""
    action.lifecycle.fire(action, "accept", by=by)
    action.accepted_at = clock.now()
    db.session.flush()
    return action


def refuse(action: ActionItem, why: str, *, by: User) -> ActionItem:
    """申请退办，由会议秘书决定。"""
    action.lifecycle.fire(action, "refuse", by=by, why=why)
    db.session.flush()
    notify_about(in_charge(Role.secretary), action, f"{by.name}申请退办：{action.title}", why, by)
    return action


def insist(action: ActionItem, why: str, *, by: User) -> ActionItem:
    """维持原来的交办，签收时限重新计算。"""
    action.lifecycle.fire(action, "insist", by=by, why=why)
    action.offered_at = clock.now()
    db.session.flush()
    notify_about([action.lead_person], action, f"退办未获同意，请签收：{action.title}", why, by)
    return action


def reassign(
    action: ActionItem, person: User, *, lead_department: Department | None = None, by: User
) -> ActionItem:  # fmt: skip
    """申请退办后改由他人承办；另给出单位时，牵头单位也随之更换。"""
    before = action.lead_person
    action.lifecycle.fire(action, "reassign", by=by, before=before.id, after=person.id)
    action.lead_person, action.offered_at = person, clock.now()
    if lead_department is not None:
        action.lead_department, action.lead_group = lead_department, None
    db.session.flush()
    notify_about([person], action, f"交办事项请签收：{action.title}", f"时限：{clock.zh_date(action.due)}。", by)
    notify_about([before], action, f"已同意退办：{action.title}", f"改由{person.name}承办。", by)
    return action


def hand_over(action: ActionItem, person: User, why: str, *, by: User) -> ActionItem:
    """更换承办人，牵头单位和原定时限不变；承办人自己只能转给本单位的人。"""
    before = _pass_on(action, person, why, by)
    notify_about([person], action, f"{by.name}请您承办一项交办事项：{action.title}", why, by)
    notify_about([before], action, f"已改由{person.name}承办：{action.title}", why, by)
    return action


def hand_over_all(actions: Iterable[ActionItem], person: User, why: str, *, by: User) -> list[ActionItem]:
    """批量更换承办人：每项留痕，每人只收到一条消息。"""
    done, before = list(actions), Bundles()
    for action in done:
        before.add(action, _pass_on(action, person, why, by))
    before.tell("已改由" + person.name + "承办", why, by)
    taken = Bundles()
    for action in done:
        taken.add(action, person)
    taken.tell(f"{by.name}请您承办", why, by)
    return done


def _pass_on(action: ActionItem, person: User, why: str, by: User) -> User:
    """Let another person lead; answers who led before."""
    before = action.lead_person
    if person.id == before.id:
        raise Refused(f"{person.name}已经是承办人，请选择另一位。")
    if not is_secretary(by) and not queries.is_of_lead(action, person):
        raise Refused(f"{person.name}不在牵头单位，请选择本单位的人；要交给其他单位，请申请转其他单位。")
    action.lifecycle.fire(action, "hand_over", by=by, why=why, before=before.id, after=person.id)
    action.lead_person, action.offered_at = person, clock.now()
    add_line(action, ReportKind.handover, f"承办人由{before.name}改为{person.name}：{why}", by)
    return before


def support_of(unit: Department | Group) -> Support:
    """The line of a supporting unit; a group answers through its lead."""
    return Support(department=unit) if isinstance(unit, Department) else Support(group=unit, person=unit.lead)
