"""Deeds about slips."""

from portal import clock, store, workdays
from portal.actions.models import ActionItem, Slip, SlipColour, SlipState, already_issued, cannot_issue
from portal.actions.operations.telling import supporters, tell_about
from portal.database import add, db, next_number
from portal.errors import Refused
from portal.office import office
from portal.people.models import Role, User
from portal.people.queries import in_charge


def propose_slip(action: ActionItem, colour: SlipColour) -> Slip:
    """按规则提出督办单，由办公室批准。"""
    action.lifecycle.take(action, "propose_slip", by=None, colour=colour.value)
    slip: Slip = add(Slip(action=action, colour=colour, proposed_on=clock.today()))
    said = f"待批准{colour.label}督办单：{action.title}"
    tell_about(in_charge(Role.secretary), action, said, f"时限：{clock.zh_date(action.due)}。", None)
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
    body = f"{slip.code}，请在{clock.zh_date(slip.answer_by)}前反馈进展。"
    tell_about(
        [action.lead_person, *supporters(action)], action, f"{slip.colour.label}督办单：{action.title}", body, by
    )
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
