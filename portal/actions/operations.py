"""Deeds about tasks: from handing out to closing."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from portal import clock, journal, search, store, workdays
from portal.actions import queries
from portal.actions.models import (
    ActionItem,
    ActionState,
    Application,
    ApplicationKind,
    Extension,
    LookBack,
    ProgressReport,
    ReportKind,
    Slip,
    SlipColour,
    SlipState,
    Stage,
    Support,
    SupportState,
    already_answered,
    already_checked,
    already_decided,
    already_issued,
    cannot_finish,
    cannot_issue,
    cannot_return,
)
from portal.actions.old_ledger import OldTask
from portal.database import add, claim, db, next_number, next_numbers
from portal.enterprises import operations as enterprises
from portal.enterprises.models import Problem, Satisfaction
from portal.errors import Refused
from portal.inbox.operations import tell
from portal.office import office
from portal.people.models import Department, Group, Part, Role, User
from portal.people.queries import in_charge, present_deputies, with_deputies
from portal.people.rules import is_secretary
from portal.store import StoredFile


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
    stages: Sequence[tuple[str, date]] = (),
    provisional: bool = False,
    urgent: bool = False,
    by: User,
) -> ActionItem:
    """交办一件事项，并告诉承办人和配合人；在纪要签发前是拟交办。"""
    year = clock.today().year
    _refuse_bad_stages(stages, due)
    action: ActionItem = add(
        ActionItem(
            number=f"{year}-{next_number(f'actions.{year}'):03d}", title=title, text=text, evidence=evidence,
            asks_file=asks_file, stages=[Stage(name=name, due=day) for name, day in stages],
            lead_department=lead_department, lead_group=lead_group, lead_person=lead_person,
            support=[_support_of(unit) for unit in support], due=due, original_due=due, audience=audience,
            problem=problem, provisional=provisional, urgent=urgent, assigned_by=by,
            assigned_at=clock.now(), offered_at=clock.now(),
        )
    )  # fmt: skip
    journal.record(
        by, "actions.assign", action, "拟交办" if provisional else "交办", lead=lead_person.id, due=due.isoformat()
    )
    if problem is not None and problem.lifecycle.is_open(problem, "assign"):
        enterprises.assign(problem, by=by)
    let_be_found(action)
    word = ("加急" if urgent else "") + ("拟交办" if provisional else "交办")
    _tell([lead_person], action, f"{word}事项请签收：{title}", f"时限：{clock.zh_date(due)}。", by)
    _tell(_supporters(action), action, f"有一件{word}事项请您配合：{title}", f"牵头：{action.lead}。", by)
    return action


def bring_in(tasks: Iterable[OldTask], file: StoredFile, *, by: User) -> list[ActionItem]:
    """从旧台账导入：全部导入或全部不导入；每件留痕，承办人各收到一条消息。

    All rows are written at once; a chore lets them be found afterwards.
    """
    rows, told = list(tasks), _Bundles()
    numbers = _numbers_for(rows)
    made = [_brought(old, next(numbers[_year_of(old)]), by) for old in rows]
    db.session.add_all(made)
    db.session.flush()
    for old, action in zip(rows, made, strict=True):
        journal.record(by, "actions.bring_in", action, "从旧台账导入", file=file.name, row=old.row)
        if not action.is_ended:
            told.add(action, action.lead_person)
    told.tell("从旧台账导入，请核对", f"来自《{file.name}》。", by)
    return made


def _year_of(old: OldTask) -> int:
    return old.assigned.year if old.assigned else clock.today().year


def _numbers_for(rows: Sequence[OldTask]) -> dict[int, Iterator[int]]:
    """The numbers the rows get, drawn once for each year."""
    counted = Counter(_year_of(one) for one in rows)
    return {year: iter(next_numbers(f"actions.{year}", count)) for year, count in sorted(counted.items())}


def attached(tasks: Iterable[OldTask]) -> list[OldTask]:
    """The same tasks with their people and units as this session knows them: they were read in another."""
    known: dict[tuple[type, int], Any] = {}

    def here(thing: Any) -> Any:
        if thing is None:
            return None
        key = (type(thing), thing.id)
        if key not in known:
            known[key] = db.session.merge(thing, load=True)
        return known[key]

    return [
        replace(
            one, lead_department=here(one.lead_department), lead_group=here(one.lead_group),
            lead_person=here(one.lead_person), support=tuple(here(unit) for unit in one.support),
        )
        for one in tasks
    ]  # fmt: skip


def _brought(old: OldTask, number: int, by: User) -> ActionItem:
    moment = clock.moment(old.assigned, 9) if old.assigned else clock.now()
    untouched = {ActionState.assigned, ActionState.refused, ActionState.terminated}
    said = [ProgressReport(kind=ReportKind.note, text=old.progress, by=by, at=clock.now())] if old.progress else []
    return ActionItem(
        number=f"{_year_of(old)}-{number:03d}", title=old.title, text=old.text,
        evidence=old.evidence, state=old.state, lead_department=old.lead_department, lead_group=old.lead_group,
        lead_person=old.lead_person, support=[_support_of(unit) for unit in old.support], due=old.due,
        original_due=old.original_due, assigned_by=by, assigned_at=moment, offered_at=clock.now(), reports=said,
        accepted_at=None if old.state in untouched else moment,
        closed_at=clock.moment(old.closed, 9) if old.closed and old.state is ActionState.closed else None,
        suspended_at=clock.now() if old.state is ActionState.suspended else None,
    )  # fmt: skip


def settle(action: ActionItem, *, by: User | None = None) -> ActionItem:
    """纪要签发后，拟交办的事项正式交办。"""
    action.lifecycle.take(action, "settle", by=by)
    action.provisional = False
    db.session.flush()
    return action


def edit(
    action: ActionItem, seen: int | None, *, title: str, text: str, evidence: str, asks_file: bool = False, by: User
) -> ActionItem:
    """修改还没有签收的事项。"""
    claim(action, seen)
    action.lifecycle.take(action, "edit", by=by)
    action.title, action.text, action.evidence, action.asks_file = title, text, evidence, asks_file
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
    _note_feedback(action)
    return action


def report_done(
    action: ActionItem,
    text: str,
    files: Iterable[StoredFile] = (),
    *,
    satisfaction: Satisfaction | None = None,
    by: User,
) -> ActionItem:
    """申请办结，请督查员审核；由牵头单位汇总各配合单位的情况，涉及企业的附企业的评价。"""
    files = list(files)
    if action.asks_file and not files:
        raise Refused("这件事项要求附办结凭证，请选择文件后再申请。")
    action.lifecycle.take(action, "report_done", by=by)
    _line(action, ReportKind.done, text, by, files)
    action.satisfaction = satisfaction or action.satisfaction
    _note_feedback(action)
    _tell(in_charge(Role.supervisor), action, f"申请办结，请审核：{action.title}", text[:200], by)
    return action


def _note_feedback(action: ActionItem) -> None:
    action.reported_at, action.returned_at = clock.now(), None
    db.session.flush()


def close(
    action: ActionItem, remark: str = "", *, satisfaction: Satisfaction | None = None, by: User
) -> ActionItem:  # fmt: skip
    """销号；涉及企业的以企业的评价为准，企业不满意的须写明为什么仍然销号。"""
    word = satisfaction or action.satisfaction
    if action.problem is not None and word is None:
        raise Refused("这件事项来自企业问题，请先填写企业的评价。")
    if word is Satisfaction.dissatisfied and not remark.strip():
        raise Refused("企业不满意，请退回继续办理；确需销号的，请在审核意见中写明理由。")
    said = {"satisfaction": word.value} if word else {}
    action.lifecycle.take(action, "close", by=by, why=remark, **said)
    action.closed_at, action.satisfaction = clock.now(), word
    db.session.flush()
    _tell([action.lead_person], action, f"已销号：{action.title}", remark, by)
    return action


def return_(action: ActionItem, why: str, *, by: User) -> ActionItem:
    """退回，继续办理。"""
    action.lifecycle.take(action, "return_", by=by, why=why)
    _line(action, ReportKind.returned, why, by)
    action.returned_at = clock.now()
    db.session.flush()
    _tell([action.lead_person], action, f"办结申请被退回：{action.title}", why, by)
    return action


def suspend(action: ActionItem, why: str, *, by: User) -> ActionItem:
    """挂起，时限暂停计算。"""
    action.lifecycle.take(action, "suspend", by=by, why=why)
    action.suspended_at = clock.now()
    db.session.flush()
    _tell([action.lead_person], action, f"已挂起：{action.title}", why, by)
    return action


def resume(action: ActionItem, *, why: str = "", by: User) -> ActionItem:
    """恢复办理，办理时限和未完成的阶段按挂起的工作日顺延。"""
    before, paused = action.due, 0
    if action.suspended_at is not None:
        paused = workdays.working_between(clock.local(action.suspended_at).date(), clock.today())
    due = workdays.add_working(before, paused)
    action.lifecycle.take(action, "resume", by=by, why=why, old_due=before.isoformat(), new_due=due.isoformat())
    action.due, action.suspended_at, action.reminded_on = due, None, None
    for stage in action.stages:
        if stage.done_at is None:
            stage.due = workdays.add_working(stage.due, paused)
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
    action.closed_at = action.satisfaction = None
    action.due, action.reminded_on = due or action.due, None
    db.session.flush()
    _tell([action.lead_person], action, f"已重启办理：{action.title}", why, by)
    return action


def hand_over(action: ActionItem, person: User, why: str, *, by: User) -> ActionItem:
    """转办：更换承办人，牵头单位和原定时限不变；承办人自己只能转给本单位的人。"""
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
    if not is_secretary(by) and not queries.is_of_lead(action, person):
        raise Refused(f"{person.name}不在牵头单位，请选择本单位的人；要交给其他单位，请申请转交。")
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
    _tell(told, action, f"催办：{action.called}", text, by, burst=f"actions.urge.{action.id}")
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


def ask_extension(
    action: ActionItem, new_due: date, reason: str, progress: str = "", *, by: User
) -> Extension:  # fmt: skip
    """申请延期，写明理由和目前进展，请督查员或会议秘书答复。"""
    if new_due <= action.due:
        raise Refused(f"新的时限应当晚于现在的时限（{clock.zh_date(action.due)}）。")
    action.lifecycle.take(action, "ask_extension", by=by, why=reason, new_due=new_due.isoformat())
    extension: Extension = add(
        Extension(
            action=action, asked_by=by, asked_at=clock.now(), reason=reason, progress=progress, old_due=action.due,
            new_due=new_due, stood_in_for=_stood_in_for(by),
        )
    )  # fmt: skip
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


# ── asking for what needs an answer ────────────────────────────────────────────────────────────────────────────────


def ask_suspension(action: ActionItem, why: str, *, by: User) -> Application:
    """申请挂起，同意后时限暂停计算。"""
    return _apply(action, ApplicationKind.suspend, "ask_suspension", why, by)


def ask_resumption(action: ActionItem, why: str, *, by: User) -> Application:
    """申请恢复办理。"""
    return _apply(action, ApplicationKind.resume, "ask_resumption", why, by)


def ask_transfer(action: ActionItem, department: Department, person: User, why: str, *, by: User) -> Application:
    """申请转交其他单位，同意后由对方签收，原定时限不变。"""
    if department.id == action.lead_department_id:
        raise Refused(f"{department.name}已经是牵头单位，请在本单位内转办。")
    if person.id == action.lead_person_id:
        raise Refused(f"{person.name}已经是承办人，请选择另一位。")
    if person.department_id != department.id:
        raise Refused(f"{person.name}不在{department.name}，请选择这个单位的承办人。")
    return _apply(action, ApplicationKind.transfer, "ask_transfer", why, by, department, person)


def _apply(
    action: ActionItem,
    kind: ApplicationKind,
    deed: str,
    why: str,
    by: User,
    department: Department | None = None,
    person: User | None = None,
) -> Application:
    facts = {"after": person.id} if person else {}
    action.lifecycle.take(action, deed, by=by, why=why, **facts)
    application: Application = add(
        Application(
            action=action, kind=kind, asked_by=by, asked_at=clock.now(), reason=why, department=department,
            person=person, stood_in_for=_stood_in_for(by),
        )
    )  # fmt: skip
    target = f"给{application.target}" if application.target else ""
    title = f"{by.name}申请{kind.label}{target}：{action.title}"
    _tell([*in_charge(Role.supervisor), action.assigned_by], action, title, why, by)
    return application


def decide_application(application: Application, granted: bool, answer: str = "", *, by: User) -> Application:
    """答复申请：同意的随即挂起、恢复或转交。"""
    if answered := already_answered(application):
        raise Refused(answered)
    if not granted and not answer.strip():
        raise Refused("不同意时，请写明理由。")
    action, label = application.action, application.kind.label
    application.granted, application.answer = granted, answer
    application.decided_by, application.decided_at = by, clock.now()
    if granted:
        _carry_through(application, answer, by)
    else:
        journal.record(by, "actions.decide_application", action, f"不同意{label}", why=answer, granted=False)
    db.session.flush()
    told = {application.asked_by_id: application.asked_by, action.lead_person_id: action.lead_person}
    _tell(told.values(), action, f"{'同意' if granted else '不同意'}{label}：{action.title}", answer, by)
    return application


def _carry_through(application: Application, answer: str, by: User) -> None:
    """Do what was asked for; its own deed is what the journal says."""
    action, why = application.action, answer or application.reason
    if application.kind is ApplicationKind.suspend:
        action.lifecycle.take(action, "suspend", by=by, why=why, application=application.id)
        action.suspended_at = clock.now()
    elif application.kind is ApplicationKind.resume:
        resume(action, why=why, by=by)
    elif application.person is not None:
        before = action.lead_person
        facts = {"before": before.id, "after": application.person.id, "application": application.id}
        action.lifecycle.take(action, "transfer", by=by, why=why, **facts)
        action.lead_person, action.lead_department, action.lead_group = application.person, application.department, None
        action.offered_at, action.accepted_at = clock.now(), None
        _line(action, ReportKind.handover, f"由{before.name}转交{application.target}：{application.reason}", by)
        _tell([action.lead_person], action, f"交办事项请签收：{action.title}", f"由{before.name}转交。", by)


# ── stages ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def set_stages(action: ActionItem, stages: Sequence[tuple[str, date]], *, by: User) -> ActionItem:
    """安排阶段和各阶段的时限；已经完成的阶段保留。"""
    _refuse_bad_stages(stages, action.due)
    said = [f"{name} {day.isoformat()}" for name, day in stages]
    action.lifecycle.take(action, "set_stages", by=by, stages=said)
    for stage in [one for one in action.stages if one.done_at is None]:
        action.stages.remove(stage)
        db.session.delete(stage)
    kept = {one.name for one in action.stages}
    action.stages.extend(Stage(name=name, due=day) for name, day in stages if name not in kept)
    db.session.flush()
    db.session.expire(action, ["stages"])
    _tell([action.lead_person], action, f"已安排办理阶段：{action.title}", "；".join(said), by)
    return action


def finish_stage(stage: Stage, text: str, files: Iterable[StoredFile] = (), *, by: User) -> Stage:
    """完成一个阶段，并报告情况。"""
    if obstacle := cannot_finish(stage):
        raise Refused(obstacle)
    action = stage.action
    action.lifecycle.take(action, "finish_stage", by=by, stage=stage.name)
    stage.done_at = clock.now()
    _line(action, ReportKind.stage, f"{stage.name}：{text}", by, files)
    _note_feedback(action)
    return stage


def _refuse_bad_stages(stages: Sequence[tuple[str, date]], due: date) -> None:
    days = [day for _, day in stages]
    if days != sorted(days):
        raise Refused("各阶段的时限应当由早到晚。")
    if days and days[-1] > due:
        raise Refused(f"最后一个阶段不能晚于办理时限（{clock.zh_date(due)}）。")
    if len({name for name, _ in stages}) < len(stages):
        raise Refused("阶段的名称不能重复。")


# ── support ────────────────────────────────────────────────────────────────────────────────────────────────────────


def add_support_line(line: Support, text: str, files: Iterable[StoredFile] = (), *, by: User) -> Support:
    """报告本单位的配合情况。"""
    action = line.action
    action.lifecycle.take(action, "add_support_line", by=by, unit=line.name)
    line.state, line.reported_at, line.remark = SupportState.reported, clock.now(), ""
    _line(action, ReportKind.support, text, by, files, line)
    _tell([action.lead_person], action, f"{line.name}报告了配合情况：{action.title}", text[:200], by)
    return line


def return_support(line: Support, why: str, *, by: User) -> Support:
    """退回一个配合单位的情况，其他单位的不受影响。"""
    if obstacle := cannot_return(line):
        raise Refused(obstacle)
    action = line.action
    action.lifecycle.take(action, "return_support", by=by, why=why, unit=line.name)
    line.state, line.remark = SupportState.returned, why
    _line(action, ReportKind.returned, f"退回{line.name}的配合情况：{why}", by, (), line)
    told = [line.person] if line.person else []
    _tell([*told, action.lead_person], action, f"{line.name}的配合情况被退回：{action.title}", why, by)
    return line


def name_support_person(line: Support, person: User, *, by: User) -> Support:
    """明确配合单位的配合人。"""
    line.action.lifecycle.take(line.action, "name_support_person", by=by, unit=line.name, person=person.id)
    line.person = person
    db.session.flush()
    _tell([person], line.action, f"请您配合办理：{line.action.title}", f"牵头：{line.action.lead}。", by)
    return line


# ── looking back ───────────────────────────────────────────────────────────────────────────────────────────────────

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
        said = f"抽取了 {len(drawn)} 件已销号事项，请回头看"
        tell(in_charge(Role.supervisor), said, "/actions?view=look_back", body=titles)
    return drawn


def look_back(look_back: LookBack, holds: bool, finding: str, *, by: User) -> LookBack:
    """登记回头看的结果；反弹的随即重启，编号不变。"""
    if obstacle := already_checked(look_back):
        raise Refused(obstacle)
    action = look_back.action
    look_back.holds, look_back.finding = holds, finding
    look_back.checked_by, look_back.checked_at = by, clock.now()
    _line(action, ReportKind.look_back, f"{'巩固' if holds else '反弹'}：{finding}", by)
    if holds:
        journal.record(by, "actions.look_back", action, "回头看：巩固", why=finding)
    else:
        reopen(action, finding, due=workdays.add_working(clock.today(), DAYS_TO_LOOK_BACK), by=by)
    db.session.flush()
    return look_back


def remind(action: ActionItem) -> None:
    """临期和逾期由系统提醒承办人，逾期同时提醒督查员。"""
    action.reminded_on = clock.today()
    word = "已逾期" if action.is_overdue else "即将到期"
    told = [action.lead_person, *(in_charge(Role.supervisor) if action.is_overdue else ())]
    journal.record(None, "actions.remind", action, f"{word}提醒", due=action.due.isoformat())
    _tell(told, action, f"{word}：{action.called}", f"时限：{clock.zh_date(action.due)}。", None,
          burst=f"actions.remind.{action.id}")  # fmt: skip


def ask_feedback(actions: Iterable[ActionItem]) -> list[ActionItem]:
    """每周反馈日请承办人报告进展，每人只收到一条消息。"""
    asked, told = list(actions), _Bundles()
    for action in asked:
        action.asked_on = clock.today()
        journal.record(None, "actions.ask_feedback", action, "请反馈进展")
        told.add(action, action.lead_person)
    told.tell("请反馈本周进展", "请打开事项，报告进展。", None, "/actions?view=mine")
    return asked


def tell_of_week(person: User, actions: Sequence[ActionItem]) -> None:
    """每周第一个工作日，把在办的事项按时限告诉承办人。"""
    late, soon = sum(one.is_overdue for one in actions), sum(one.is_due_soon for one in actions)
    counts = [f"逾期 {late} 件"] * bool(late) + [f"临期 {soon} 件"] * bool(soon)
    head = f"本周在办 {len(actions)} 件交办事项" + (f"，其中{'、'.join(counts)}" if counts else "")
    titles = "\n".join(f"{clock.zh_date(one.due)} {one.called}" for one in actions[:20])
    tell([person], head, "/actions?view=mine", body=titles, burst=queries.burst_of_week())


# ── slips ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def propose_slip(action: ActionItem, colour: SlipColour) -> Slip:
    """按规则提出督办单，由办公室批准。"""
    action.lifecycle.take(action, "propose_slip", by=None, colour=colour.value)
    slip: Slip = add(Slip(action=action, colour=colour, proposed_on=clock.today()))
    said = f"待批准{colour.label}督办单：{action.title}"
    _tell(in_charge(Role.secretary), action, said, f"时限：{clock.zh_date(action.due)}。", None)
    return slip


def issue_slip(slip: Slip, remark: str = "", *, by: User) -> Slip:
    """批准并发出督办单，编号不跳号；请承办人在答复时限内报告。"""
    if obstacle := cannot_issue(slip):
        raise Refused(obstacle)
    action, year = slip.action, clock.today().year
    slip.state, slip.remark, slip.decided_by, slip.issued_at = SlipState.issued, remark, by, clock.now()
    slip.year, slip.number = year, next_number(f"slips.{year}")
    slip.answer_by = workdays.add_working(clock.today(), office.slip_days)
    action.lifecycle.take(action, "issue_slip", by=by, why=remark, colour=slip.colour.value, code=slip.code)
    db.session.flush()
    body = f"{slip.code}，请在{clock.zh_date(slip.answer_by)}前报告进展。"
    _tell([action.lead_person, *_supporters(action)], action, f"{slip.colour.label}督办单：{action.title}", body, by)
    return slip


def drop_slip(slip: Slip, why: str, *, by: User) -> Slip:
    """不发这份督办单。"""
    if obstacle := already_issued(slip):
        raise Refused(obstacle)
    slip.action.lifecycle.take(slip.action, "drop_slip", by=by, why=why, colour=slip.colour.value)
    slip.state, slip.remark, slip.decided_by = SlipState.dropped, why, by
    db.session.flush()
    return slip


def file_slip(slip: Slip, pdf: bytes) -> Slip:
    """The chore's deed: keep the printed slip."""
    slip.file = store.put(pdf, f"{slip.colour.label}督办单（{slip.code}）.pdf", "application/pdf", None)
    db.session.flush()
    return slip


def _support_of(unit: Department | Group) -> Support:
    return Support(department=unit) if isinstance(unit, Department) else Support(group=unit, person=unit.lead)


def _supporters(action: ActionItem) -> list[User]:
    return [line.person for line in action.support if line.person]


def _line(
    action: ActionItem,
    kind: ReportKind,
    text: str,
    by: User,
    files: Iterable[StoredFile] = (),
    support: Support | None = None,
) -> None:
    add(
        ProgressReport(
            action=action, kind=kind, text=text, by=by, at=clock.now(), files=list(files), support=support,
            stood_in_for=_stood_in_for(by),
        )
    )  # fmt: skip
    let_be_found(action)


def _stood_in_for(by: User) -> str:
    """For whom somebody acts as deputy in this request."""
    standing = journal.stands_in(by)
    return standing.name if standing else ""


def let_be_found(*actions: ActionItem) -> None:
    """Let tasks be found by their words and those of their progress, by those who read them."""
    search.index_all(ActionItem.__tablename__, map(_findable, actions))


def _findable(action: ActionItem) -> search.Findable:
    words = (action.number, action.text, action.evidence, *(line.text for line in action.reports))
    return search.Findable(
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

    def tell(self, word: str, body: str, by: User | None, url: str = "/actions?view=open") -> None:
        """Tell each person of theirs, and who stands in: of one by its title, of several by their number and titles."""
        deputies = present_deputies(Part.tasks)
        for number, bundle in self.actions.items():
            standing = [one.deputy for one in deputies if one.person_id == number]
            told = [one for one in (self.people[number], *standing) if one.active and (by is None or one.id != by.id)]
            if len(bundle) == 1:
                tell(told, f"{word}：{bundle[0].title}", _url(bundle[0]), body=body)
            else:
                titles = "\n".join(f"{one.number} {one.title}" for one in bundle)
                tell(told, f"{word}：{len(bundle)} 件交办事项", url, body=f"{body}\n{titles}")


def _url(action: ActionItem) -> str:
    return f"/actions/{action.id}"


def _tell(
    people: Iterable[User], action: ActionItem, title: str, body: str, by: User | None, *, burst: str = ""
) -> None:
    told = [one for one in with_deputies(people, Part.tasks) if one.active and (by is None or one.id != by.id)]
    if told:
        tell(told, title, _url(action), body=body, burst=burst)
