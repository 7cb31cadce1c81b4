"""Deeds about tasks: from handing out to closing."""

from collections.abc import Iterable
from datetime import date

from portal import clock, journal, search
from portal.actions import queries
from portal.actions.models import (
    ActionItem,
    ActionState,
    Extension,
    ProgressReport,
    ReportKind,
    Support,
    already_decided,
)
from portal.actions.old_ledger import OldTask
from portal.database import add, claim, db, next_number
from portal.enterprises import operations as enterprises
from portal.enterprises.models import Problem
from portal.errors import Refused
from portal.inbox.operations import tell
from portal.people.models import Department, Group, Part, Role, User
from portal.people.queries import in_charge, with_deputies
from portal.store import StoredFile


def assign(  # noqa: PLR0913 - a task is said with all its parts
    *,
    title: str,
    text: str = "",
    evidence: str = "",
    lead_department: Department | None = None,
    lead_group: Group | None = None,
    lead_person: User,
    support: Iterable[Department | Group] = (),
    due: date,
    audience: Group | None = None,
    problem: Problem | None = None,
    provisional: bool = False,
    by: User,
) -> ActionItem:
    """交办一件事项，并告诉承办人和配合人；在纪要签发前是拟交办。"""
    year = clock.today().year
    action: ActionItem = add(
        ActionItem(
            number=f"{year}-{next_number(f'actions.{year}'):03d}", title=title, text=text, evidence=evidence,
            lead_department=lead_department, lead_group=lead_group, lead_person=lead_person,
            support=[_support_of(unit) for unit in support], due=due, original_due=due, audience=audience,
            problem=problem, provisional=provisional, assigned_by=by,
            assigned_at=clock.now(), offered_at=clock.now(),
        )
    )  # fmt: skip
    journal.record(
        by, "actions.assign", action, "拟交办" if provisional else "交办", lead=lead_person.id, due=due.isoformat()
    )
    if problem is not None and problem.lifecycle.is_open(problem, "assign"):
        enterprises.assign(problem, by=by)
    let_be_found(action)
    word = "拟交办" if provisional else "交办"
    _tell([lead_person], action, f"{word}事项请签收：{title}", f"时限：{clock.zh_date(due)}。", by)
    _tell(_supporters(action), action, f"有一件{word}事项请您配合：{title}", f"牵头：{action.lead}。", by)
    return action


def bring_in(tasks: Iterable[OldTask], file: StoredFile, *, by: User) -> list[ActionItem]:
    """从旧台账导入：全部导入或全部不导入；每件留痕，承办人各收到一条消息。"""
    made, told = [], _Bundles()
    for old in tasks:
        action = _bring_in(old, file, by)
        made.append(action)
        if not action.is_ended:
            told.add(action, action.lead_person)
    told.tell("从旧台账导入，请核对", f"来自《{file.name}》。", by)
    return made


def _bring_in(old: OldTask, file: StoredFile, by: User) -> ActionItem:
    moment = clock.moment(old.assigned, 9) if old.assigned else clock.now()
    year = clock.local(moment).year
    untouched = {ActionState.assigned, ActionState.refused, ActionState.terminated}
    action: ActionItem = add(
        ActionItem(
            number=f"{year}-{next_number(f'actions.{year}'):03d}", title=old.title, text=old.text,
            evidence=old.evidence, state=old.state, lead_department=old.lead_department, lead_group=old.lead_group,
            lead_person=old.lead_person, support=[_support_of(unit) for unit in old.support], due=old.due,
            original_due=old.original_due, assigned_by=by, assigned_at=moment, offered_at=clock.now(),
            accepted_at=None if old.state in untouched else moment,
            closed_at=clock.moment(old.closed, 9) if old.closed and old.state is ActionState.closed else None,
            suspended_at=clock.now() if old.state is ActionState.suspended else None,
        )
    )  # fmt: skip
    journal.record(by, "actions.bring_in", action, "从旧台账导入", file=file.name, row=old.row)
    if old.progress:
        _line(action, ReportKind.note, old.progress, by)
    else:
        let_be_found(action)
    return action


def settle(action: ActionItem, *, by: User | None = None) -> ActionItem:
    """纪要签发后，拟交办的事项正式交办。"""
    action.lifecycle.take(action, "settle", by=by)
    action.provisional = False
    db.session.flush()
    return action


def edit(action: ActionItem, seen: int | None, *, title: str, text: str, evidence: str, by: User) -> ActionItem:
    """修改还没有签收的事项。"""
    claim(action, seen)
    action.lifecycle.take(action, "edit", by=by)
    action.title, action.text, action.evidence = title, text, evidence
    db.session.flush()
    let_be_found(action)
    return action


def accept(action: ActionItem, *, by: User) -> ActionItem:
    """签收。"""
    action.lifecycle.take(action, "accept", by=by)
    action.accepted_at = clock.now()
    db.session.flush()
    return action


def refuse(action: ActionItem, why: str, *, by: User) -> ActionItem:
    """申请退办，由会议秘书决定。"""
    action.lifecycle.take(action, "refuse", by=by, why=why)
    db.session.flush()
    _tell(in_charge(Role.secretary), action, f"{by.name}申请退办：{action.title}", why, by)
    return action


def insist(action: ActionItem, why: str, *, by: User) -> ActionItem:
    """维持原来的交办，签收时限重新计算。"""
    action.lifecycle.take(action, "insist", by=by, why=why)
    action.offered_at = clock.now()
    db.session.flush()
    _tell([action.lead_person], action, f"退办未获同意，请签收：{action.title}", why, by)
    return action


def reassign(
    action: ActionItem, person: User, *, lead_department: Department | None = None, by: User
) -> ActionItem:  # fmt: skip
    """申请退办后改由他人承办；另给出单位时，牵头单位也随之更换。"""
    before = action.lead_person
    action.lifecycle.take(action, "reassign", by=by, before=before.id, after=person.id)
    action.lead_person, action.offered_at = person, clock.now()
    if lead_department is not None:
        action.lead_department, action.lead_group = lead_department, None
    db.session.flush()
    _tell([person], action, f"交办事项请签收：{action.title}", f"时限：{clock.zh_date(action.due)}。", by)
    _tell([before], action, f"已同意退办：{action.title}", f"改由{person.name}承办。", by)
    return action


def report(action: ActionItem, text: str, files: Iterable[StoredFile] = (), *, by: User) -> ActionItem:
    """报告进展。"""
    action.lifecycle.take(action, "report", by=by)
    _line(action, ReportKind.progress, text, by, files)
    return action


def report_done(action: ActionItem, text: str, files: Iterable[StoredFile] = (), *, by: User) -> ActionItem:
    """申请办结，请督查员审核。"""
    action.lifecycle.take(action, "report_done", by=by)
    _line(action, ReportKind.done, text, by, files)
    _tell(in_charge(Role.supervisor), action, f"申请办结，请审核：{action.title}", text[:200], by)
    return action


def close(action: ActionItem, remark: str = "", *, by: User) -> ActionItem:
    """销号。"""
    action.lifecycle.take(action, "close", by=by, why=remark)
    action.closed_at = clock.now()
    db.session.flush()
    _tell([action.lead_person], action, f"已销号：{action.title}", remark, by)
    return action


def return_(action: ActionItem, why: str, *, by: User) -> ActionItem:
    """退回，继续办理。"""
    action.lifecycle.take(action, "return_", by=by, why=why)
    _line(action, ReportKind.returned, why, by)
    _tell([action.lead_person], action, f"办结申请被退回：{action.title}", why, by)
    return action


def suspend(action: ActionItem, why: str, *, by: User) -> ActionItem:
    """挂起，时限暂停计算。"""
    action.lifecycle.take(action, "suspend", by=by, why=why)
    action.suspended_at = clock.now()
    db.session.flush()
    _tell([action.lead_person], action, f"已挂起：{action.title}", why, by)
    return action


def resume(action: ActionItem, *, by: User) -> ActionItem:
    """恢复办理，时限顺延挂起的天数。"""
    before = action.due
    if action.suspended_at is not None:
        action.due += clock.today() - clock.local(action.suspended_at).date()
    action.lifecycle.take(action, "resume", by=by, old_due=before.isoformat(), new_due=action.due.isoformat())
    action.suspended_at = None
    db.session.flush()
    _tell([action.lead_person], action, f"恢复办理：{action.title}", f"时限：{clock.zh_date(action.due)}。", by)
    return action


def terminate(action: ActionItem, why: str, *, by: User) -> ActionItem:
    """终止，不再办理。"""
    action.lifecycle.take(action, "terminate", by=by, why=why)
    db.session.flush()
    _tell([action.lead_person, *_supporters(action)], action, f"已终止：{action.title}", why, by)
    return action


def reopen(action: ActionItem, why: str, *, due: date | None = None, by: User) -> ActionItem:
    """销号后重启办理，编号不变；可以另定时限。"""
    action.lifecycle.take(action, "reopen", by=by, why=why, old_due=action.due.isoformat())
    action.reopened_count += 1
    action.closed_at = None
    action.due = due or action.due
    db.session.flush()
    _tell([action.lead_person], action, f"已重启办理：{action.title}", why, by)
    return action


def hand_over(action: ActionItem, person: User, why: str, *, by: User) -> ActionItem:
    """转办：更换承办人，牵头单位和原定时限不变；还没有签收的，签收时限重新计算。"""
    before = _pass_on(action, person, why, by)
    _tell([person], action, f"{by.name}转给您一件交办事项：{action.title}", why, by)
    _tell([before], action, f"已转给{person.name}办理：{action.title}", why, by)
    return action


def hand_over_all(actions: Iterable[ActionItem], person: User, why: str, *, by: User) -> list[ActionItem]:
    """批量转办：每件留痕，每人只收到一条消息。"""
    done, before = list(actions), _Bundles()
    for action in done:
        before.add(action, _pass_on(action, person, why, by))
    before.tell("已转给" + person.name + "办理", why, by)
    taken = _Bundles()
    for action in done:
        taken.add(action, person)
    taken.tell(f"{by.name}转给您", why, by)
    return done


def _pass_on(action: ActionItem, person: User, why: str, by: User) -> User:
    """Let another person lead; answers who led before."""
    before = action.lead_person
    if person.id == before.id:
        raise Refused(f"{person.name}已经是承办人，请选择另一位。")
    action.lifecycle.take(action, "hand_over", by=by, why=why, before=before.id, after=person.id)
    action.lead_person, action.offered_at = person, clock.now()
    _line(action, ReportKind.handover, f"由{before.name}转给{person.name}：{why}", by)
    return before


def urge_all(actions: Iterable[ActionItem], text: str, *, by: User) -> list[ActionItem]:
    """批量催办：每件留痕，每人只收到一条消息。"""
    done, told = list(actions), _Bundles()
    for action in done:
        for person in _press(action, text, by):
            told.add(action, person)
    told.tell("催办", text, by)
    return done


def urge(action: ActionItem, text: str, *, by: User) -> ActionItem:
    """催办。"""
    told = _press(action, text, by)
    _tell(told, action, f"催办：{action.title}", text, by, burst=f"actions.urge.{action.id}")
    return action


def _press(action: ActionItem, text: str, by: User) -> list[User]:
    """Note that a task was pressed for; answers whom it concerns."""
    action.lifecycle.take(action, "urge", by=by, why=text)
    _line(action, ReportKind.urge, text, by)
    return [action.lead_person, *_supporters(action)]


def supervise(action: ActionItem, *, by: User) -> ActionItem:
    """列为督办，由督查员盯办。"""
    action.lifecycle.take(action, "supervise", by=by)
    action.supervised = True
    db.session.flush()
    _tell([action.lead_person], action, f"已列为督办：{action.title}", "", by)
    return action


def unsupervise(action: ActionItem, *, by: User) -> ActionItem:
    """取消督办。"""
    action.lifecycle.take(action, "unsupervise", by=by)
    action.supervised = False
    db.session.flush()
    return action


def ask_extension(action: ActionItem, new_due: date, reason: str, *, by: User) -> Extension:
    """申请延期，请督查员或会议秘书答复。"""
    if new_due <= action.due:
        raise Refused(f"新的时限应当晚于现在的时限（{clock.zh_date(action.due)}）。")
    action.lifecycle.take(action, "ask_extension", by=by, why=reason, new_due=new_due.isoformat())
    extension: Extension = add(
        Extension(action=action, asked_by=by, asked_at=clock.now(), reason=reason, old_due=action.due, new_due=new_due)
    )
    title = f"{by.name}申请延期到{clock.zh_date(new_due)}：{action.title}"
    _tell([*in_charge(Role.supervisor), action.assigned_by], action, title, reason, by)
    return extension


def decide_extension(extension: Extension, granted: bool, answer: str = "", *, by: User) -> Extension:
    """答复延期申请；原定时限留作考核，已签发的纪要不变。"""
    if decided := already_decided(extension):
        raise Refused(decided)
    if not granted and not answer.strip():
        raise Refused("不同意延期时，请写明理由。")
    action, label = extension.action, "同意延期" if granted else "不同意延期"
    extension.granted, extension.answer = granted, answer
    extension.decided_by, extension.decided_at = by, clock.now()
    if granted:
        action.due, action.reminded_on = max(action.due, extension.new_due), None  # a suspension may have moved it
    db.session.flush()
    journal.record(
        by, "actions.decide_extension", action, label, why=answer,
        granted=granted, old_due=extension.old_due.isoformat(), new_due=extension.new_due.isoformat(),
    )  # fmt: skip
    told = {extension.asked_by_id: extension.asked_by, action.lead_person_id: action.lead_person}
    _tell(told.values(), action, f"{label}：{action.title}", answer or f"时限：{clock.zh_date(action.due)}。", by)
    return extension


def add_support_line(action: ActionItem, text: str, files: Iterable[StoredFile] = (), *, by: User) -> ActionItem:
    """报告配合情况。"""
    action.lifecycle.take(action, "add_support_line", by=by)
    _line(action, ReportKind.support, text, by, files)
    _tell([action.lead_person], action, f"{by.name}报告了配合情况：{action.title}", text[:200], by)
    return action


def name_support_person(line: Support, person: User, *, by: User) -> Support:
    """明确配合单位的配合人。"""
    line.action.lifecycle.take(line.action, "name_support_person", by=by, unit=line.name, person=person.id)
    line.person = person
    db.session.flush()
    _tell([person], line.action, f"请您配合办理：{line.action.title}", f"牵头：{line.action.lead}。", by)
    return line


def remind(action: ActionItem) -> None:
    """临期和逾期由系统提醒承办人，逾期同时提醒督查员。"""
    action.reminded_on = clock.today()
    word = "已逾期" if action.is_overdue else "即将到期"
    told = [action.lead_person, *(in_charge(Role.supervisor) if action.is_overdue else ())]
    journal.record(None, "actions.remind", action, f"{word}提醒", due=action.due.isoformat())
    _tell(told, action, f"{word}：{action.title}", f"时限：{clock.zh_date(action.due)}。", None,
          burst=f"actions.remind.{action.id}")  # fmt: skip


def _support_of(unit: Department | Group) -> Support:
    return Support(department=unit) if isinstance(unit, Department) else Support(group=unit, person=unit.lead)


def _supporters(action: ActionItem) -> list[User]:
    return [line.person for line in action.support if line.person]


def _line(action: ActionItem, kind: ReportKind, text: str, by: User, files: Iterable[StoredFile] = ()) -> None:
    add(ProgressReport(action=action, kind=kind, text=text, by=by, at=clock.now(), files=list(files)))
    let_be_found(action)


def let_be_found(action: ActionItem) -> None:
    """Let the task be found by its words and those of its progress, by those who read it."""
    words = (action.number, action.text, action.evidence, *(line.text for line in action.reports))
    search.index(
        action.__tablename__,
        action.id,
        title=action.title,
        text="\n".join(word for word in words if word),
        url=_url(action),
        label="交办事项",
        day=action.assigned_day,
        scope=queries.scope_of(action.id),
    )


class _Bundles:
    """What several deeds at once have to tell, so that each person gets one message."""

    def __init__(self) -> None:
        self.people: dict[int, User] = {}
        self.actions: dict[int, list[ActionItem]] = {}

    def add(self, action: ActionItem, person: User) -> None:
        """Note that a task concerns a person."""
        self.people[person.id] = person
        bundle = self.actions.setdefault(person.id, [])
        if action not in bundle:
            bundle.append(action)

    def tell(self, word: str, body: str, by: User) -> None:
        """Tell each person of theirs: of one by its title, of several by their number and titles."""
        for number, bundle in self.actions.items():
            person = self.people[number]
            if not person.active or number == by.id:
                continue
            if len(bundle) == 1:
                tell([person], f"{word}：{bundle[0].title}", _url(bundle[0]), body=body)
            else:
                titles = "\n".join(f"{one.number} {one.title}" for one in bundle)
                tell([person], f"{word}：{len(bundle)} 件交办事项", "/actions?view=open", body=f"{body}\n{titles}")


def _url(action: ActionItem) -> str:
    return f"/actions/{action.id}"


def _tell(
    people: Iterable[User], action: ActionItem, title: str, body: str, by: User | None, *, burst: str = ""
) -> None:
    told = [one for one in with_deputies(people, Part.tasks) if one.active and (by is None or one.id != by.id)]
    if told:
        tell(told, title, _url(action), body=body, burst=burst)
