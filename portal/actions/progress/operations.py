"""Operations of carrying out: progress, stages, support, and the way to closure, to the end and back."""

from collections.abc import Iterable, Sequence
from datetime import date

from portal.actions.assignment.notifying import add_line, notify_about, supporters
from portal.actions.models.action_items import ActionItem
from portal.actions.models.progress import ReportKind, Stage, Support, SupportState, cannot_finish, cannot_return
from portal.db import clock
from portal.db.engine import db
from portal.enterprises.models.problems import Satisfaction
from portal.errors import Refused
from portal.files.store import StoredFile
from portal.people.models.accounts import User
from portal.people.models.roles import Role
from portal.people.roles.queries import in_charge


def report(action: ActionItem, text: str, files: Iterable[StoredFile] = (), *, by: User) -> ActionItem:
    """报告进展。"""
    action.lifecycle.fire(action, "report", by=by)
    add_line(action, ReportKind.progress, text, by, files)
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
        raise Refused("该事项要求上传佐证材料，请选择文件后再申请。")
    action.lifecycle.fire(action, "report_done", by=by)
    add_line(action, ReportKind.done, text, by, files)
    action.satisfaction = satisfaction or action.satisfaction
    _note_feedback(action)
    notify_about(in_charge(Role.supervisor), action, f"申请办结，请审核：{action.title}", text[:200], by)
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
        raise Refused("该事项来自企业问题，请先填写企业的评价。")
    if word is Satisfaction.dissatisfied and not remark.strip():
        raise Refused("企业不满意，请退回继续办理；确需销号的，请在审核意见中写明理由。")
    said = {"satisfaction": word.value} if word else {}
    action.lifecycle.fire(action, "close", by=by, why=remark, **said)
    action.closed_at, action.satisfaction = clock.now(), word
    db.session.flush()
    notify_about([action.lead_person], action, f"已销号：{action.title}", remark, by)
    return action


def return_(action: ActionItem, why: str, *, by: User) -> ActionItem:
    """退回，继续办理。"""
    action.lifecycle.fire(action, "return_", by=by, why=why)
    add_line(action, ReportKind.returned, why, by)
    action.returned_at = clock.now()
    db.session.flush()
    notify_about([action.lead_person], action, f"办结申请被退回：{action.title}", why, by)
    return action


def set_stages(action: ActionItem, stages: Sequence[tuple[str, date]], *, by: User) -> ActionItem:
    """安排阶段和各阶段的时限；已经完成的阶段保留。"""
    refuse_bad_stages(stages, action.due)
    said = [f"{name} {day.isoformat()}" for name, day in stages]
    action.lifecycle.fire(action, "set_stages", by=by, stages=said)
    for stage in [one for one in action.stages if one.done_at is None]:
        action.stages.remove(stage)
        db.session.delete(stage)
    kept = {one.name for one in action.stages}
    action.stages.extend(Stage(name=name, due=day) for name, day in stages if name not in kept)
    db.session.flush()
    db.session.expire(action, ["stages"])
    notify_about([action.lead_person], action, f"已安排办理阶段：{action.title}", "；".join(said), by)
    return action


def finish_stage(stage: Stage, text: str, files: Iterable[StoredFile] = (), *, by: User) -> Stage:
    """完成一个阶段，并报告情况。"""
    if obstacle := cannot_finish(stage):
        raise Refused(obstacle)
    action = stage.action
    action.lifecycle.fire(action, "finish_stage", by=by, stage=stage.name)
    stage.done_at = clock.now()
    add_line(action, ReportKind.stage, f"{stage.name}：{text}", by, files)
    _note_feedback(action)
    return stage


def refuse_bad_stages(stages: Sequence[tuple[str, date]], due: date) -> None:
    """Stages go forward in time, end with the task at the latest and are told apart by their names."""
    days = [day for _, day in stages]
    if days != sorted(days):
        raise Refused("各阶段的时限应当由早到晚。")
    if days and days[-1] > due:
        raise Refused(f"最后一个阶段不能晚于办理时限（{clock.zh_date(due)}）。")
    if len({name for name, _ in stages}) < len(stages):
        raise Refused("阶段的名称不能重复。")


def add_support_line(line: Support, text: str, files: Iterable[StoredFile] = (), *, by: User) -> Support:
    """报告本单位的配合情况。"""
    action = line.action
    action.lifecycle.fire(action, "add_support_line", by=by, unit=line.name)
    line.state, line.reported_at, line.remark = SupportState.reported, clock.now(), ""
    add_line(action, ReportKind.support, text, by, files, line)
    notify_about([action.lead_person], action, f"{line.name}反馈了配合情况：{action.title}", text[:200], by)
    return line


def return_support(line: Support, why: str, *, by: User) -> Support:
    """退回一个配合单位的情况，其他单位的不受影响。"""
    if obstacle := cannot_return(line):
        raise Refused(obstacle)
    action = line.action
    action.lifecycle.fire(action, "return_support", by=by, why=why, unit=line.name)
    line.state, line.remark = SupportState.returned, why
    add_line(action, ReportKind.returned, f"退回{line.name}的配合情况：{why}", by, (), line)
    told = [line.person] if line.person else []
    notify_about([*told, action.lead_person], action, f"{line.name}的配合情况被退回：{action.title}", why, by)
    return line


def name_support_person(line: Support, person: User, *, by: User) -> Support:
    """明确配合单位的配合人。"""
    line.action.lifecycle.fire(line.action, "name_support_person", by=by, unit=line.name, person=person.id)
    line.person = person
    db.session.flush()
    notify_about([person], line.action, f"请您配合办理：{line.action.title}", f"牵头：{line.action.lead}。", by)
    return line


def terminate(action: ActionItem, why: str, *, by: User) -> ActionItem:
    """终止，不再办理。"""
    action.lifecycle.fire(action, "terminate", by=by, why=why)
    db.session.flush()
    notify_about([action.lead_person, *supporters(action)], action, f"已终止：{action.title}", why, by)
    return action


def reopen(action: ActionItem, why: str, *, due: date | None = None, by: User) -> ActionItem:
    """销号后重启办理，编号不变；可以另定时限。"""
    action.lifecycle.fire(action, "reopen", by=by, why=why, old_due=action.due.isoformat())
    action.reopened_count += 1
    action.closed_at = action.satisfaction = None
    action.due, action.reminded_on = due or action.due, None
    db.session.flush()
    notify_about([action.lead_person], action, f"已重启办理：{action.title}", why, by)
    return action
