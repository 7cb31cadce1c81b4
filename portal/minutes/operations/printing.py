"""The paper of the minutes."""

from collections.abc import Sequence
from typing import NamedTuple

from portal import clock, jobs, journal, paper, register, seal
from portal.database import db
from portal.errors import Refused
from portal.meetings.queries import lists_of
from portal.minutes import data, queries
from portal.minutes.models import Minutes
from portal.minutes.operations.sheet import mark_of
from portal.minutes.operations.signers import Place, places_of
from portal.minutes.operations.telling import tell_signer
from portal.office import office
from portal.people.models import User
from portal.records import queries as records


class LaidOut(NamedTuple):
    """The paper of the minutes, and which version of them it says."""

    version: int
    pdf: bytes
    code: str = ""  # printed on it
    places: Sequence[Place] = ()


def redo(minutes: Minutes, *, by: User) -> Minutes:
    """重新排版：排版没有成功时，不等下一次，马上再排。"""
    if minutes.not_stuck:
        raise Refused(minutes.not_stuck)
    for stuck in minutes.stuck:
        jobs.try_again(stuck)
    journal.record(by, "minutes.redo", minutes, "重新排版")
    return minutes


def print_minutes(page: paper.MinutesPaper, content: bytes, places: Sequence[Place]) -> bytes:
    """Lay the passed text out, with the fields it is signed in; slow, asks the database nothing."""
    pdf = paper.render("minutes.html", made_at=clock.now(), attachment=(data.NAME, content), paper=page)
    fields = [seal.Field(one.field, one.role, anchor=one.field if one.shown else "") for one in places]
    return seal.prepare_fields(pdf, fields)


def enter_paper(minutes: Minutes, laid_out: LaidOut) -> None:
    """Enter the bytes that are to be signed in the register, unless the text has changed meanwhile."""
    if laid_out.version != minutes.version:
        return  # returned and passed again while it was laid out: the paper of the new text is still owed
    signers = [
        register.Signer(db.session.get_one(User, one.user_id), one.role, one.field, one.name)
        for one in laid_out.places
    ]
    minutes.document = register.enter(
        register.PaperKind.minutes, minutes.title, minutes.number_text, laid_out.pdf, signers, by=None,
        code=laid_out.code,
    )  # fmt: skip
    db.session.flush()
    tell_signer(signers[0].user, signers[0].role, minutes)


def paper_of(minutes: Minutes, *, to_sign: bool = True) -> paper.MinutesPaper:
    """What the paper of the minutes says; a draft has no places for signatures."""
    meeting, lists = minutes.meeting, lists_of(minutes.meeting)
    present, on_leave, in_attendance = ([paper.Attendee(*row) for row in rows] for rows in lists)
    return paper.MinutesPaper(
        heading=meeting.series.heading,
        number_text=minutes.number_text,
        date=clock.local(minutes.numbered_at or clock.now()).date(),
        title=minutes.title,
        body=queries.words(minutes),
        attachments=minutes.attached,
        signature_boxes=[
            paper.SignatureBox(one.field, one.role, seal=one.role == register.SEAL)
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
    return data.written(minutes, queries.words(minutes), lists_of(minutes.meeting), decisions, handouts)


def withdraw_paper(minutes: Minutes) -> None:
    """What is not to be signed any more is withdrawn from the register."""
    db.session.refresh(minutes, ["document"])  # it may have been laid out since the page was asked for
    if minutes.document is not None:
        register.refuse(minutes.document)
