"""Routes of the review."""

from typing import Any

from flask import Response
from flask.typing import ResponseReturnValue

from portal.meetings.series import queries as meetings
from portal.minutes import rules
from portal.minutes.blueprint import act, bp, recorded_at, refuse, text_of, url
from portal.minutes.consultation import forms as consultation_forms
from portal.minutes.consultation import queries as consultation_queries
from portal.minutes.consultation.anchors import paragraphs_of, placed
from portal.minutes.models.minutes import Minutes
from portal.minutes.signing.routes import next_signer, sign_page
from portal.minutes.signoff import forms, operations
from portal.minutes.text import queries as text_queries
from portal.people.accounts.queries import person
from portal.web import once, responses
from portal.web.forms import Form
from portal.web.guards import me, requires


def _with_comments(minutes: Minutes, form: Form | None = None) -> dict[str, Any]:
    """What the fragment of the comments names, with the form of a new one."""
    words = text_queries.words(minutes)
    form = form or consultation_forms.CommentForm(formdata=None)
    if isinstance(form, consultation_forms.CommentForm):
        form.offer(paragraphs_of(words))
    return {"comments": placed(consultation_queries.comments_on(minutes), words), "commenting": form}


@bp.post("/minutes/<model:minutes>/submission")
@requires(rules.see, rules.submit, transition="submit")
def submit(minutes: Minutes) -> ResponseReturnValue:
    """送审。"""
    operations.submit(minutes, by=me())
    return responses.done(url(minutes), "已送审。")


@bp.post("/minutes/<model:minutes>/recall")
@requires(rules.see, rules.recall, transition="recall")
def recall(minutes: Minutes) -> ResponseReturnValue:
    """撤回送审。"""
    operations.recall(minutes, by=me())
    return responses.done(url(minutes), "已撤回，可以继续修改。")


def _not_in_review(minutes: Minutes) -> str | None:
    return None if minutes.is_reviewed else f"会议纪要现在是“{minutes.state.label}”，不在审核中。"


@bp.get("/minutes/<model:minutes>/review")
@requires(rules.see, rules.review, when=(_not_in_review,))
def review(minutes: Minutes) -> ResponseReturnValue:
    """审核：正文与会议记录对照。"""
    return _review_page(minutes, forms.PassForm())


def _review_page(minutes: Minutes, form: Form) -> Response:
    refuse(_not_in_review(minutes))
    form.version.data = minutes.version  # of the text this page shows
    passing = form if isinstance(form, forms.PassForm) else forms.PassForm(formdata=None)
    return responses.show(
        "minutes/signoff/review.html",
        form=form,
        passing=passing,
        hindrance=minutes.lifecycle.obstacle(minutes, "pass_"),
        consultations=consultation_queries.consultations_on(minutes),
        **_with_comments(minutes),
        **recorded_at(minutes.meeting),
        **text_of(minutes, text_queries.words(minutes)),
    )


@bp.post("/minutes/<model:minutes>/approval")
@requires(rules.see, rules.review, transition="pass_")
def pass_(minutes: Minutes) -> ResponseReturnValue:
    """审核通过。"""
    form = forms.PassForm()
    if form.ready() and form.attempt(_passed, minutes, form) is not None:
        told = f"已通过并在审签单上签名，编号{minutes.number_text}，转{next_signer(minutes)}。"
        return responses.done(url(minutes), told)
    return _review_page(minutes, form)


def _passed(minutes: Minutes, form: forms.PassForm) -> Minutes:
    """Sign the opinion while nobody waits, as signing itself does."""
    text = form.text.data or ""
    acting = operations.begin_passing(minutes, text, form.pin.data or "", by=me())
    with once.released():
        acted = acting.made()
    return operations.pass_(minutes, acted, text, form.seen, by=me())


@bp.post("/minutes/<model:minutes>/return")
@requires(rules.see, rules.return_, transition="return_")
def return_(minutes: Minutes) -> ResponseReturnValue:
    """退改。"""
    form, page = forms.ReturnForm(), sign_page if minutes.is_to_sign else _review_page
    if form.ready() and form.attempt(operations.return_, minutes, form.text.data, form.seen, by=me()) is not None:
        return responses.done(url(minutes), "已退回修改。")
    return page(minutes, form)


@bp.route("/minutes/<model:minutes>/people", methods=["GET", "POST"])
@requires(rules.see, rules.appoint, transition="appoint")
def appoint(minutes: Minutes) -> ResponseReturnValue:
    """指定审核人和签发人。"""
    form = forms.AppointForm(thing=minutes.meeting)
    form.offer(meetings.people_by_rank())
    if (
        form.ready()
        and form.attempt(
            operations.appoint, minutes, person(form.reviewer_id.data), person(form.signatory_id.data), by=me()
        )
        is not None
    ):
        return responses.done(url(minutes), "已指定。")
    return act(minutes, form, "指定审核人和签发人", "保存")
