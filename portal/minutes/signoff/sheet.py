"""The 审签单: what it says, its paper, its rounds."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from portal.db import clock, journal
from portal.db.engine import db
from portal.documents import registry
from portal.documents.paper import content, opinions, renderer
from portal.documents.pki import signing
from portal.jobs import periodic
from portal.minutes.models.minutes import Minutes
from portal.minutes.models.signoff import Opinion, SignOffRound, SignOffSheet
from portal.minutes.signing.signers import REVIEWER, Place, sheet_places
from portal.minutes.text.operations import text_digest
from portal.people.models.accounts import User


class SheetLaidOut(NamedTuple):
    """The paper of a 审签单, what it says, and whom it gives a place."""

    page: content.SignOffPaper
    pdf: bytes
    code: str
    places: Sequence["Place"]


def print_sheet(page: content.SignOffPaper, places: Sequence[Place]) -> bytes:
    """Lay out a 审签单 with the fields it is signed in; slow, asks the database nothing."""
    pdf = renderer.render("signoff.html", made_at=clock.now(), paper=page)
    if not places:
        return pdf
    names = {row.anchor: f"{row.role}{row.name}的意见和签名" for row in page.rows}
    return signing.prepare_fields(pdf, [signing.Field(one.field, names[one.field], anchor=one.field) for one in places])


def enter_sheet(sheet: SignOffSheet, laid_out: SheetLaidOut) -> None:
    """Enter the 审签单 in the register, unless what it says has changed meanwhile; then it is still owed."""
    minutes = sheet.minutes
    if _lasting(sheet_page(sheet)[0]) != _lasting(laid_out.page):
        periodic.prompt("minutes.render_sheet")
        return
    signers = [registry.Signer(db.session.get_one(User, one.user_id), one.role, one.field) for one in laid_out.places]
    sheet.document = registry.enter(
        registry.PaperKind.sign_off, str(sheet), minutes.number_text, laid_out.pdf, signers, by=None,
        code=laid_out.code,
    )  # fmt: skip
    db.session.flush()


def _lasting(page: content.SignOffPaper) -> content.SignOffPaper:
    """What a sheet says, but for what is new each time."""
    return replace(page, journal_head="", qr="")


def sheet_page(sheet: SignOffSheet) -> tuple[content.SignOffPaper, list[Place]]:
    """What the paper of the 审签单 says, and who still has to sign it.

    What was said before there was a place to sign is printed; once the minutes are signed nothing else is left.
    """
    minutes = sheet.minutes
    first, current = minutes.revisions[0], sheet.current
    places = [] if minutes.is_final else sheet_places(minutes)[len(current) :]
    rows = [_sheet_row(one, db.session.get_one(User, one.user_id)) for one in places]
    said = [content.SheetRow(one.role, one.name, one.department, said=one) for one in map(_printed, current)]
    page = content.SignOffPaper(
        title=minutes.title, number_text=minutes.number_text, meeting=minutes.meeting.title,
        drafted_by=first.by.name if first.by else "系统按会议记录起草", drafted_on=clock.local(first.at).date(),
        revision=minutes.latest.number, text_sha256=text_digest(minutes.text), rows=[*said, *rows],
        earlier=[_printed(one) for one in sheet.earlier],
        consultations=[
            content.Asked(one.asked_at, one.until, one.sentence, [(who.user.name, who.text) for who in one.corrections])
            for one in minutes.consultations
            if not one.is_open
        ],
        distribution=minutes.receivers, mark=mark_of(minutes), journal_head=journal.head()[1],
        paper_sha256=minutes.document.file.sha256 if minutes.document and minutes.is_final else "",
    )  # fmt: skip
    return page, places


def _sheet_row(place: Place, user: User) -> content.SheetRow:
    box = opinions.REVIEW_BOX if place.role == REVIEWER else opinions.SIGN_BOX
    return content.SheetRow(place.role, user.name, _short(user), box, place.field)


def _printed(one: Opinion) -> content.Opinion:
    return content.Opinion(
        role=one.role, name=one.said_by, department=_short(one.user), verdict=one.verdict, text=one.text, at=one.at,
        on=one.revision.number,
    )  # fmt: skip


def _short(user: User) -> str:
    return user.department.short if user.department else ""


def renew_sheet(minutes: Minutes) -> None:
    """Lay the 审签单 out anew, as nobody has signed it yet and what it says has changed."""
    end_round(minutes)
    periodic.prompt("minutes.render_sheet")


def end_round(minutes: Minutes, *, keep: bool = False) -> None:
    """End a round: the next one gets another sheet. One that ended with a return stays to be read as it was."""
    sheet = minutes.sheet
    db.session.refresh(sheet, ["document_id"])  # it may have been laid out since the page was asked for
    db.session.expire(sheet, ["document"])
    if sheet.document is None:
        return
    registry.refuse(sheet.document)
    if keep:
        sheet.rounds.append(SignOffRound(document=sheet.document, ended_at=clock.now()))
    sheet.document = None


def mark_of(minutes: Minutes) -> Any:
    """The mark that is printed, if there is one."""
    return minutes.mark or None
