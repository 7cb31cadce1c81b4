"""Operations about what the lead asks for, and the answers; suspending and resuming."""

from datetime import date

from portal.actions.assignment.notifying import add_line, notify_about, stood_in_for
from portal.actions.models.action_items import ActionItem
from portal.actions.models.progress import ReportKind
from portal.actions.models.requests import Application, ApplicationKind, Asked, Extension, already_answered
from portal.db import calendar, clock, journal
from portal.db.concurrency import look_again
from portal.db.engine import add, db
from portal.errors import Refused
from portal.people.models.accounts import User
from portal.people.models.departments import Department
from portal.people.models.roles import Role
from portal.people.roles.queries import in_charge


def suspend(action: ActionItem, why: str, *, by: User) -> ActionItem:
    """暂停办理，时限暂停计算。"""
    action.lifecycle.fire(action, "suspend", by=by, why=why)
    action.suspended_at = clock.now()
    db.session.flush()
    notify_about([action.lead_person], action, f"已暂停办理：{action.title}", why, by)
    return action


def resume(action: ActionItem, *, why: str = "", by: User) -> ActionItem:
    """恢复办理，办理时限和未完成的阶段按暂停的工作日顺延。"""
    before, paused = action.due, 0
    if action.suspended_at is not None:
        paused = calendar.working_between(clock.local(action.suspended_at).date(), clock.today())
    due = calendar.add_working(before, paused)
    action.lifecycle.fire(action, "resume", by=by, why=why, old_due=before.isoformat(), new_due=due.isoformat())
    action.due, action.suspended_at, action.reminded_on = due, None, None
    for stage in action.stages:
        if stage.done_at is None:
            stage.due = calendar.add_working(stage.due, paused)
    db.session.flush()
    notify_about([action.lead_person], action, f"恢复办理：{action.title}", f"时限：{clock.zh_date(action.due)}。", by)
    return action


def ask_extension(
    action: ActionItem, new_due: date, reason: str, progress: str = "", *, by: User
) -> Extension:  # fmt: skip
    """申请延期，写明理由和目前进展，请督查员或会议秘书答复。"""
    if new_due <= action.due:
        raise Refused(f"新的时限应当晚于现在的时限（{clock.zh_date(action.due)}）。")
    action.lifecycle.fire(action, "ask_extension", by=by, why=reason, new_due=new_due.isoformat())
    extension: Extension = add(
        Extension(
            action=action, asked_by=by, asked_at=clock.now(), reason=reason, progress=progress, old_due=action.due,
            new_due=new_due, stood_in_for=stood_in_for(by),
        )
    )  # fmt: skip
    title = f"{by.name}申请延期到{clock.zh_date(new_due)}：{action.title}"
    notify_about([*in_charge(Role.supervisor), action.assigned_by], action, title, reason, by)
    return extension


def decide_extension(extension: Extension, granted: bool, answer: str = "", *, by: User) -> Extension:
    """答复延期申请；原定时限留作考核，已签发的纪要不变。"""
    _answer(extension, granted, answer, by)
    action = extension.action
    if granted:
        action.due, action.reminded_on = max(action.due, extension.new_due), None  # a suspension may have moved it
    journal.record(
        by, "actions.decide_extension", action, f"{_verdict(granted)}延期", why=answer,
        granted=granted, old_due=extension.old_due.isoformat(), new_due=extension.new_due.isoformat(),
    )  # fmt: skip
    _tell_answer(extension, answer or f"时限：{clock.zh_date(action.due)}。", by)
    return extension


def ask_suspension(action: ActionItem, why: str, *, by: User) -> Application:
    """申请暂停办理，同意后时限暂停计算。"""
    return _apply(action, ApplicationKind.suspend, "ask_suspension", why, by)


def ask_resumption(action: ActionItem, why: str, *, by: User) -> Application:
    """申请恢复办理。"""
    return _apply(action, ApplicationKind.resume, "ask_resumption", why, by)


def ask_transfer(action: ActionItem, department: Department, person: User, why: str, *, by: User) -> Application:
    """申请转其他单位，同意后由对方签收，原定时限不变。"""
    if department.id == action.lead_department_id:
        raise Refused(f"{department.name}已经是牵头单位，请在本单位内更换承办人。")
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
    action.lifecycle.fire(action, deed, by=by, why=why, **facts)
    application: Application = add(
        Application(
            action=action, kind=kind, asked_by=by, asked_at=clock.now(), reason=why, department=department,
            person=person, stood_in_for=stood_in_for(by),
        )
    )  # fmt: skip
    target = f"（{application.target}）" if application.target else ""
    title = f"{by.name}申请{kind.label}{target}：{action.title}"
    notify_about([*in_charge(Role.supervisor), action.assigned_by], action, title, why, by)
    return application


def decide_application(application: Application, granted: bool, answer: str = "", *, by: User) -> Application:
    """审批申请：同意的随即暂停、恢复或转其他单位。"""
    _answer(application, granted, answer, by)
    if granted:
        _carry_through(application, answer, by)
    else:
        label = f"{_verdict(granted)}{application.label}"
        journal.record(by, "actions.decide_application", application.action, label, why=answer, granted=False)
    _tell_answer(application, answer, by)
    return application


def withdraw(asked: Asked, *, by: User) -> Asked:
    """撤回还没有答复的申请。"""
    _settle(asked, False, by)
    asked.withdrawn = True
    journal.record(by, "actions.withdraw", asked.action, f"撤回{asked.label}申请")
    db.session.flush()
    told = [*in_charge(Role.supervisor), asked.action.assigned_by]
    notify_about(told, asked.action, f"{by.name}撤回了{asked.label}申请：{asked.action.title}", "不用再答复。", by)
    return asked


def _answer(asked: Asked, granted: bool, answer: str, by: User) -> None:
    """Note the answer on what was asked for; a no gives its reason."""
    if not granted and not answer.strip():
        raise Refused(f"不同意{asked.label}时，请写明理由。")
    _settle(asked, granted, by)
    asked.answer = answer


def _settle(asked: Asked, granted: bool, by: User) -> None:
    """What was asked for is settled once; of two who do it in the same moment the second is told."""
    look_again(asked, "granted", "withdrawn")
    if answered := already_answered(asked):
        raise Refused(answered)
    asked.granted, asked.decided_by, asked.decided_at = granted, by, clock.now()


def _verdict(granted: bool) -> str:
    return "同意" if granted else "不同意"


def _tell_answer(asked: Asked, body: str, by: User) -> None:
    """Who asked and who leads hear of the answer."""
    db.session.flush()
    action = asked.action
    told = {one.id: one for one in (asked.asked_by, action.lead_person)}
    notify_about(told.values(), action, f"{_verdict(bool(asked.granted))}{asked.label}：{action.title}", body, by)


def _carry_through(application: Application, answer: str, by: User) -> None:
    """Do what was asked for; its own deed is what the journal says."""
    action, why = application.action, answer or application.reason
    if application.kind is ApplicationKind.suspend:
        action.lifecycle.fire(action, "suspend", by=by, why=why, application=application.id)
        action.suspended_at = clock.now()
    elif application.kind is ApplicationKind.resume:
        resume(action, why=why, by=by)
    elif application.person is not None:
        before = action.lead_person
        facts = {"before": before.id, "after": application.person.id, "application": application.id}
        action.lifecycle.fire(action, "transfer", by=by, why=why, **facts)
        action.lead_person, action.lead_department, action.lead_group = application.person, application.department, None
        action.offered_at, action.accepted_at = clock.now(), None
        add_line(action, ReportKind.handover, f"由{before.name}转{application.target}：{application.reason}", by)
        notify_about([action.lead_person], action, f"交办事项请签收：{action.title}", f"由{before.name}转来。", by)
