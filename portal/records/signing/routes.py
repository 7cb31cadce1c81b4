"""Routes of closing, reading and signing the paper of a record."""

from flask import url_for
from flask.typing import ResponseReturnValue

from portal.errors import Refused
from portal.jobs import due, periodic
from portal.meetings.models.meetings import Meeting
from portal.records import rules
from portal.records.blueprint import bp
from portal.records.models import Record, rendering_has_not_failed
from portal.records.signing import forms, operations, queries
from portal.web import once, responses
from portal.web.guards import me, requires


def _paper_url(record: Record) -> str:
    return url_for("records.show_paper", sitting=record.meeting_id)


@bp.post("/records/<model:record>/closing")
@requires(rules.see, rules.close, transition="close")
def close(record: Record) -> ResponseReturnValue:
    """整理完毕，送签。"""
    operations.close(record, by=me())
    return responses.done(_paper_url(record), "会议记录已整理完毕，正在排版。")


@bp.get("/meetings/<model:sitting>/record/paper")
@requires(rules.see_of_meeting)
def show_paper(sitting: Meeting) -> ResponseReturnValue:
    """会议记录的成文，供阅读和签字。"""
    record = queries.record_of(sitting)
    if record is None or record.is_open or not rules.see(me(), record):
        return responses.done(url_for("records.show", sitting=sitting.id))
    if responses.is_fragment_request() and record.document:
        return responses.done(_paper_url(record))  # the paper it waited for is there, and with it the place to sign
    return responses.show(
        "records/signing/paper.html", fragment="records/signing/_waiting.html", meeting=sitting, record=record,
        form=forms.Sign(formdata=None),
    )  # fmt: skip


@bp.post("/records/<model:record>/rendering")
@requires(rules.see, rules.render, when=(rendering_has_not_failed,))
def render(record: Record) -> ResponseReturnValue:
    """重新排版。"""
    if why_not := rendering_has_not_failed(record):
        raise Refused(why_not)
    due.try_again(record)
    periodic.prompt("records.render")
    return responses.done(_paper_url(record), "正在重新排版。")


@bp.post("/records/<model:record>/signature")
@requires(rules.see, rules.sign, transition="sign")
def sign(record: Record) -> ResponseReturnValue:
    """在会议记录上签字。"""
    form = forms.Sign()
    if form.ready() and form.attempt(_signed, record, form.pin.data or "") is not None:
        return responses.done(_paper_url(record), "已签字。")
    return responses.show("records/signing/paper.html", meeting=record.meeting, record=record, form=form)


def _signed(record: Record, pin: str) -> Record:
    """Sign while nobody waits: the key is opened first, and the register learns of it afterwards."""
    signing = operations.begin_signing(record, pin, by=me())
    with once.released():
        signed = signing.made()
    return operations.sign(record, signed, by=me())
