"""The slip (督办单) as it is printed."""

from dataclasses import dataclass
from datetime import date

from portal.actions.models.slips import Slip
from portal.db import clock
from portal.db.office import office
from portal.documents.paper import renderer

SIGNED_HERE = "　　　　　　　　　　年　　月　　日"


@dataclass(frozen=True, kw_only=True)
class SlipPaper:
    """督办单: what is late, who answers, until when."""

    title: str
    colour: str
    colour_word: str
    code: str
    to: str
    facts: list[tuple[str, str]]
    text: str
    issuer: str
    issued_on: date


def slip_pdf(slip: Slip) -> bytes:
    """A slip on A4."""
    return renderer.render("slip.html", made_at=slip.issued_at or clock.now(), paper=slip_paper(slip))


def slip_paper(slip: Slip) -> SlipPaper:
    """Everything the printed slip says."""
    action = slip.action
    original = f"（原定{clock.zh_date(action.original_due)}）" if action.due != action.original_due else ""
    issued = clock.local(slip.issued_at or clock.now()).date()
    facts = [
        ("事项", f"{action.number}　{action.title}"),
        ("牵头单位", action.lead),
        ("承办人", action.lead_person.name),
        ("配合单位", "、".join(line.name for line in action.support) or "无"),
        ("交办日期", clock.zh_date(action.assigned_day)),
        ("办理时限", f"{clock.zh_date(action.due)}{original}"),
        ("佐证材料", action.evidence or "无"),
        ("批准", f"{slip.decided_by.name if slip.decided_by else ''}　{clock.zh_date(issued)}"),
        ("签收", SIGNED_HERE),
    ]
    until = clock.zh_date(slip.answer_by) if slip.answer_by else ""
    text = (
        f"上述事项已超过办理时限，截至{clock.zh_date(issued)}仍未办结。请于{until}前在门户中反馈原因、进展和完成时间。"
    )
    text = "\n".join(one for one in (text, slip.remark) if one)
    return SlipPaper(
        title="督办单", colour=slip.colour.value, colour_word=slip.colour.label, code=slip.code,
        to=f"{action.lead}　{action.lead_person.name}" if action.lead != action.lead_person.name else action.lead,
        facts=facts, text=text, issuer=office.organisation, issued_on=issued,
    )  # fmt: skip
