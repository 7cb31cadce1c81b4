"""Routes of comments and 意见征求."""

from datetime import time, timedelta

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from portal.db import clock
from portal.errors import Refused
from portal.minutes import rules
from portal.minutes.blueprint import act, bp, refuse, text_of, url
from portal.minutes.consultation import forms, operations, queries
from portal.minutes.consultation.anchors import paragraphs_of
from portal.minutes.models.comment import MinutesComment
from portal.minutes.models.minutes import Minutes
from portal.minutes.text import queries as text_queries
from portal.web import responses
from portal.web.guards import me, requires


@bp.post("/minutes/<model:minutes>/comments")
@requires(rules.see, rules.comment, transition="comment")
def comment(minutes: Minutes) -> ResponseReturnValue:
    """批注正文的一段。"""
    form = forms.CommentForm()
    form.offer(paragraphs_of(text_queries.words(minutes)))
    page = url_for("minutes.review", minutes=minutes.id) if rules.review(me(), minutes) else url(minutes)
    if form.ready() and form.attempt(
        operations.comment, minutes, form.place.data or 0, form.text.data, by=me()
    ) is not None:  # fmt: skip
        return responses.done(f"{page}#comments", "批注已保存。")
    return responses.show("minutes/consultation/comment.html", minutes=minutes, form=form)


@bp.get("/minutes/<model:minutes>/comments/new")
@requires(rules.see, rules.comment, transition="comment")
def write_comment(minutes: Minutes) -> ResponseReturnValue:
    """写批注。"""
    refuse(minutes.lifecycle.obstacle(minutes, "comment"))
    form = forms.CommentForm()
    form.offer(paragraphs_of(text_queries.words(minutes)))
    wanted = request.args.get("place", "")
    form.place.data = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 6 else None
    return responses.show("minutes/consultation/comment.html", minutes=minutes, form=form)


def _is_resolved(comment: MinutesComment) -> str | None:
    return "这条批注已经处理过了。" if comment.is_resolved else None


def _is_open(comment: MinutesComment) -> str | None:
    return None if comment.is_resolved else "这条批注还没有处理。"


def _comment_done(comment: MinutesComment, sentence: str) -> Response:
    return responses.done(f"{url(comment.minutes)}#comments", sentence)


@bp.post("/minutes/comments/<model:comment>/resolution")
@requires(rules.see_comment, rules.resolve, when=(_is_resolved,))
def resolve(comment: MinutesComment) -> ResponseReturnValue:
    """批注已处理。"""
    return _comment_done(operations.resolve(comment, by=me()), "批注已处理。")


@bp.post("/minutes/comments/<model:comment>/reopening")
@requires(rules.see_comment, rules.resolve, when=(_is_open,))
def reopen(comment: MinutesComment) -> ResponseReturnValue:
    """把批注改回未处理。"""
    return _comment_done(operations.reopen(comment, by=me()), "批注已改回未处理。")


@bp.route("/minutes/<model:minutes>/consultation/new", methods=["GET", "POST"])
@requires(rules.see, rules.consult, transition="consult")
def consult(minutes: Minutes) -> ResponseReturnValue:
    """向参会人员征求意见。"""
    form = forms.ConsultForm()
    if not form.is_submitted():
        refuse(minutes.lifecycle.obstacle(minutes, "consult"))
        soon = clock.local(clock.now() + timedelta(days=2))
        form.day.data, form.time.data = soon.date(), time(17)
    if form.ready() and form.attempt(operations.consult, minutes, form.until, by=me()) is not None:
        return responses.done(f"{url(minutes)}#consultations", "已请参会人员核对。")
    hint = f"将请参会的 {len(queries.to_ask(minutes.meeting, me()))} 人核对正文。截止时没有回复的，视为同意。"
    return act(minutes, form, "征求意见", "征求意见", hint)


@bp.route("/minutes/<model:minutes>/consultation", methods=["GET", "POST"])
@requires(rules.answer)
def answer(minutes: Minutes) -> ResponseReturnValue:
    """核对纪要，答复意见征求。"""
    asked = minutes.consultation
    if asked is None:
        raise Refused("这次征求意见已经结束。")
    own = next(one for one in asked.answers if one.user_id == me().id)
    form = forms.AnswerForm(thing=own)
    if form.ready() and form.attempt(operations.answer, minutes, form.text.data or "", by=me()) is not None:
        return responses.done(url_for("minutes.answer", minutes=minutes.id), "已答复，截止前可以再改。")
    return responses.show(
        "minutes/consultation/answer.html", form=form, asked=asked, own=own, **text_of(minutes, asked.text)
    )


@bp.post("/minutes/<model:minutes>/consultation/end")
@requires(rules.see, rules.consult, when=(lambda minutes: minutes.not_asking,))
def end_consultation(minutes: Minutes) -> ResponseReturnValue:
    """提前结束意见征求。"""
    operations.end_consultation(minutes, by=me())
    return responses.done(f"{url(minutes)}#consultations", "征求意见已结束。")
