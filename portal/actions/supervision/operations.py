"""Operations of supervision: urging, supervising, reminding, slips, looking back."""

from collections.abc import Iterable, Sequence

from portal.actions.assignment.notifying import Bundles, add_line, notify_about, supporters
from portal.actions.models.action_items import ActionItem
from portal.actions.models.look_backs import LookBack, already_checked
from portal.actions.models.progress import ReportKind
from portal.actions.models.slips import Slip, SlipColour, SlipState, already_issued, cannot_issue
from portal.actions.progress.operations import reopen
from portal.actions.supervision import queries
from portal.db import calendar, clock, journal
from portal.db.engine import add, db
from portal.db.numbers import next_number
from portal.db.office import office
from portal.errors import Refused
from portal.files import store
from portal.inbox.operations import notify
from portal.people.models.accounts import User
from portal.people.models.roles import Role
from portal.people.roles.queries import in_charge


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
    notify_about(told, action, f"催办：{action.called}", text, by, burst=f"actions.urge.{action.id}")
    return action


def _press(action: ActionItem, text: str, by: User) -> list[User]:
    """Note that a task was pressed for; answers whom it concerns."""
    action.lifecycle.fire(action, "urge", by=by, why=text)
    add_line(action, ReportKind.urge, text, by)
    return [action.lead_person, *supporters(action)]


def supervise(action: ActionItem, *, by: User) -> ActionItem:
    """列为督办，由督查员盯办。"""
    action.lifecycle.fire(action, "supervise", by=by)
    action.supervised = True
    db.session.flush()
    notify_about([action.lead_person], action, f"已列为督办：{action.title}", "", by)
    return action


def unsupervise(action: ActionItem, *, by: User) -> ActionItem:
    """取消督办。"""
    action.lifecycle.fire(action, "unsupervise", by=by)
    action.supervised = False
    db.session.flush()
    return action


def remind(action: ActionItem) -> None:
    """临期和逾期由系统提醒承办人，逾期同时提醒督查员。"""
    action.reminded_on = clock.today()
    word = "已逾期" if action.is_overdue else "即将到期"
    told = [action.lead_person, *(in_charge(Role.supervisor) if action.is_overdue else ())]
    journal.record(None, "actions.remind", action, f"{word}提醒", due=action.due.isoformat())
    notify_about(told, action, f"{word}：{action.called}", f"时限：{clock.zh_date(action.due)}。", None,
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
    notify([person], head, "/actions?view=mine", body=titles, burst=queries.burst_of_week())


def propose_slip(action: ActionItem, colour: SlipColour) -> Slip:
    """按规则提出督办单，由办公室批准。"""
    action.lifecycle.fire(action, "propose_slip", by=None, colour=colour.value)
    slip: Slip = add(Slip(action=action, colour=colour, proposed_on=clock.today()))
    said = f"待批准{colour.label}督办单：{action.title}"
    notify_about(in_charge(Role.secretary), action, said, f"时限：{clock.zh_date(action.due)}。", None)
    return slip


def issue_slip(slip: Slip, remark: str = "", *, by: User) -> Slip:
    """批准并发出督办单，编号不跳号；请承办人在答复时限内报告。"""
    if obstacle := cannot_issue(slip):
        raise Refused(obstacle)
    action, year = slip.action, clock.today().year
    slip.state, slip.remark, slip.decided_by, slip.issued_at = SlipState.issued, remark, by, clock.now()
    slip.year, slip.number = year, next_number(f"slips.{year}")
    slip.answer_by = calendar.add_working(clock.today(), office.slip_days)
    action.lifecycle.fire(action, "issue_slip", by=by, why=remark, colour=slip.colour.value, code=slip.code)
    db.session.flush()
    body = f"{slip.code}，请在{clock.zh_date(slip.answer_by)}前反馈进展。"
    notify_about(
        [action.lead_person, *supporters(action)], action, f"{slip.colour.label}督办单：{action.title}", body, by
    )
    return slip


def drop_slip(slip: Slip, why: str, *, by: User) -> Slip:
    """不发这份督办单。"""
    if obstacle := already_issued(slip):
        raise Refused(obstacle)
    slip.action.lifecycle.fire(slip.action, "drop_slip", by=by, why=why, colour=slip.colour.value)
    slip.state, slip.remark, slip.decided_by = SlipState.dropped, why, by
    db.session.flush()
    return slip


def file_slip(slip: Slip, pdf: bytes) -> Slip:
    """The job's deed: keep the printed slip."""
    slip.file = store.put(pdf, f"{slip.colour.label}督办单（{slip.code}）.pdf", "application/pdf", None)
    db.session.flush()
    return slip


DAYS_TO_LOOK_BACK = 10  # working days


def draw_look_backs(actions: Iterable[ActionItem]) -> list[LookBack]:
    """每月抽取已销号的事项回头看，由督查员在十个工作日内复查。"""
    due = calendar.add_working(clock.today(), DAYS_TO_LOOK_BACK)
    drawn = []
    for action in actions:
        drawn.append(add(LookBack(action=action, drawn_on=clock.today(), due=due)))
        journal.record(None, "actions.draw_look_back", action, "抽取回头看", until=due.isoformat())
    if drawn:
        titles = "\n".join(f"{one.action.number} {one.action.title}" for one in drawn)
        said = f"抽取了 {len(drawn)} 项已销号事项，请回头看"
        notify(in_charge(Role.supervisor), said, "/actions?view=look_back", body=titles)
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
        reopen(action, finding, due=calendar.add_working(clock.today(), DAYS_TO_LOOK_BACK), by=by)
    db.session.flush()
    return look_back
