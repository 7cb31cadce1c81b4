"""The paper of the minutes: what it says, how it is laid out, registered and withdrawn."""

from collections.abc import Sequence
from typing import NamedTuple

from portal.db import clock, journal
from portal.db.engine import db
from portal.db.office import office
from portal.documents import registry
from portal.documents.paper import content as paper_content
from portal.documents.paper import renderer
from portal.documents.pki import signing
from portal.meetings.attendance.queries import lists_of
from portal.minutes import data
from portal.minutes.models.minutes import Minutes
from portal.minutes.notifications import notify_signer
from portal.minutes.signing.signers import Place, places_of
from portal.minutes.signoff.sheet import mark_of
from portal.minutes.text import queries as text_queries
from portal.people.models.accounts import User
from portal.records.decisions import queries as records


class LaidOut(NamedTuple):
    """The paper of the minutes, and which version of them it says."""

    version: int
    pdf: bytes
    code: str = ""  # printed on it
    places: Sequence[Place] = ()


def print_minutes(page: paper_content.MinutesPaper, content: bytes, places: Sequence[Place]) -> bytes:
    """Lay the passed text out, with the fields it is signed in; slow, asks the database nothing."""
    pdf = renderer.render("minutes.html", made_at=clock.now(), attachment=(data.NAME, content), paper=page)
    fields = [signing.Field(one.field, one.role, anchor=one.field if one.shown else "") for one in places]
    return signing.prepare_fields(pdf, fields)


def enter_paper(minutes: Minutes, laid_out: LaidOut) -> None:
    """Enter the bytes that are to be signed in the register, unless the text has changed meanwhile."""
    if laid_out.version != minutes.version:
        return  # returned and passed again while it was laid out: the paper of the new text is still owed
    signers = [
        registry.Signer(db.session.get_one(User, one.user_id), one.role, one.field, one.name) for one in laid_out.places
    ]
    minutes.document = registry.enter(
        registry.PaperKind.minutes, minutes.title, minutes.number_text, laid_out.pdf, signers, by=None,
        code=laid_out.code,
    )  # fmt: skip
    db.session.flush()
    notify_signer(signers[0].user, signers[0].role, minutes)


def paper_of(minutes: Minutes, *, to_sign: bool = True) -> paper_content.MinutesPaper:
    """What the paper of the minutes says; a draft has no places for signatures."""
    meeting, lists = minutes.meeting, lists_of(minutes.meeting)
    present, on_leave, in_attendance = ([paper_content.Attendee(*row) for row in rows] for rows in lists)
    return paper_content.MinutesPaper(
        heading=meeting.series.heading,
        number_text=minutes.number_text,
        date=clock.local(minutes.numbered_at or clock.now()).date(),
        title=minutes.title,
        body=text_queries.words(minutes),
        attachments=minutes.attached,
        signature_boxes=[
            paper_content.SignatureBox(one.field, one.role, seal=one.role == registry.SEAL)
            for one in (places_of(minutes) if to_sign else ())
            if one.shown
        ],
        issuer=office.organisation,
        issued_on=clock.local(minutes.numbered_at or clock.now()).date(),
        present=present,
        on_leave=on_leave,
        in_attendance=in_attendance,
        distribution=minutes.receivers,
        mark=mark_of(minutes),
        journal_head=journal.head()[1],
        correction_of=f"更正{minutes.corrects.number_text}" if minutes.corrects else "",
    )


def data_of(minutes: Minutes) -> bytes:
    """The minutes as JSON, embedded in the paper for machines."""
    decisions, handouts = records.words_of(minutes.meeting)
    return data.written(minutes, text_queries.words(minutes), lists_of(minutes.meeting), decisions, handouts)


def withdraw_paper(minutes: Minutes) -> None:
    """What is not to be signed any more is withdrawn from the register."""
    db.session.refresh(minutes, ["document"])  # it may have been laid out since the page was asked for
    if minutes.document is not None:
        registry.refuse(minutes.document)
