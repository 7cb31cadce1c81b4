"""Doors of the minutes room."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal import clock, pages, paper, papers
from portal.access import finds, needs
from portal.errors import Refused
from portal.forms import LONGEST_TEXT, Form, Why, clean_text, posted_ids
from portal.meetings import queries as meetings
from portal.meetings.models import Meeting, MeetingSeries
from portal.minutes import forms, operations, queries, rules
from portal.minutes.comparing import compared
from portal.minutes.models import Minutes, MinutesState
from portal.people.models import User
from portal.people.queries import person
from portal.records import queries as records
from portal.register import Document, PaperKind

bp = Blueprint("minutes", __name__)
pages.in_navigation("纪要", "minutes.index", "/minutes")
finds("minutes")(queries.minutes)


def _me() -> User:
    return current_user._get_current_object()  # noqa: SLF001 - relations hold the person, not the proxy


def _url(minutes: Minutes) -> str:
    return url_for("minutes.show", minutes=minutes.id)


# ── the list ───────────────────────────────────────────────────────────────────────────────────────────────────────

COLUMNS = [
    pages.Column("编号", lambda one: one.number_text, 16),
    pages.Column("标题", lambda one: one.title, 44),
    pages.Column("例会系列", lambda one: one.meeting.series.name, 20),
    pages.Column("会议日期", lambda one: one.meeting.day, 14),
    pages.Column("状态", lambda one: one.state.label, 10),
    pages.Column("签发时间", lambda one: one.signed_at, 18),
    pages.Column("印发时间", lambda one: one.issued_at, 18),
    pages.Column("印发范围", lambda one: one.distribution, 40),
]


@bp.get("/minutes")
@needs(rules.browse)
def index() -> ResponseReturnValue:
    """会议纪要。"""
    series = meetings.all_series() if rules.reads_all(_me()) else meetings.series_of(_me())
    listing = pages.Listing(
        queries.readable_by(_me()),
        {
            "day": (Meeting.day, Minutes.id),
            "number": (Minutes.year, Minutes.number, Minutes.id),
            "series": (MeetingSeries.rank, Meeting.day, Minutes.id),
            "state": (Minutes.state, Meeting.day, Minutes.id),
        },
        "day",
        descending=True,
        filters=[
            pages.Filter("text", "标题或正文", queries.saying),
            pages.Filter(
                "series", "例会系列", pages.equals(Meeting.series_id), "choice",
                [(str(one.id), one.name) for one in series],
            ),
            pages.Filter("year", "年度", _of_year, "choice", [(str(year), f"{year}年") for year in meetings.years()]),
            pages.Filter("state", "状态", pages.equals(Minutes.state), "choice", pages.choices_of(MinutesState)),
        ],
        options=queries.ROW,
    )  # fmt: skip
    if listing.wants_export:
        return listing.excel("会议纪要", COLUMNS)
    return pages.show("minutes/index.html", listing=listing, awaiting=queries.awaiting(_me()))


def _of_year(query: Any, year: str) -> Any:
    return query.where(Meeting.day.between(clock.parse_day(f"{year}-01-01"), clock.parse_day(f"{year}-12-31")))


# ── one document ───────────────────────────────────────────────────────────────────────────────────────────────────


@bp.get("/minutes/<thing:minutes>")
@needs(rules.see)
def show(minutes: Minutes) -> ResponseReturnValue:
    """一份会议纪要：正文，办到哪一步，意见、任务和档案。"""
    if pages.is_fragment_request() and not minutes.awaits_paper:
        return pages.done(_url(minutes))  # the paper it waited for is there, and with it other buttons
    drafts = rules.see_drafts(_me(), minutes)
    return pages.show(
        "minutes/show.html",
        fragment="minutes/_waiting.html",
        meeting=minutes.meeting,
        steps=minutes.steps,
        drafts=drafts,
        hindrance=_hindrance(minutes),
        opinions=minutes.sheet.opinions if rules.see_opinions(_me(), minutes) else [],
        corrections=[one for one in queries.corrections_of(minutes) if drafts or one.is_issued],
        actions=records.actions_of(minutes.meeting),
        **_text(minutes, minutes.text),
    )


def _hindrance(minutes: Minutes) -> str | None:
    """What has still to be done before the next step, for whoever takes that step."""
    if minutes.is_drafted and rules.submit(_me(), minutes):
        return minutes.lifecycle.obstacle(minutes, "submit")
    if minutes.is_reviewed and rules.review(_me(), minutes):
        return minutes.lifecycle.obstacle(minutes, "pass_")
    return None


def _refuse(obstacle: str | None) -> None:
    if obstacle:
        raise Refused(obstacle)


def _text(minutes: Minutes, text: str) -> dict[str, Any]:
    """What the fragment of the text names."""
    return {"minutes": minutes, "paragraphs": paper.lines(text)}


@bp.route("/minutes/<thing:minutes>/edit", methods=["GET", "POST"])
@needs(rules.see, rules.edit, move="edit")
def edit(minutes: Minutes) -> ResponseReturnValue:
    """修改纪要，每次保存为新的一稿。"""
    form = forms.EditForm(thing=minutes)
    if not form.is_submitted():
        _refuse(minutes.lifecycle.obstacle(minutes, "edit"))
    if form.ready() and form.attempt(
        operations.edit, minutes, form.text.data, form.seen, title=form.title.data,
        distribution=form.distribution.data, mark=form.mark.data, by=_me(),
    ) is not None:  # fmt: skip
        return pages.done(_url(minutes), "已保存。")
    return pages.show(
        "minutes/edit.html", form=form, **_said(minutes.meeting), **_preview(minutes, form.text.data or "")
    )


@bp.post("/minutes/<thing:minutes>/preview")
@needs(rules.see, rules.edit)
def preview(minutes: Minutes) -> ResponseReturnValue:
    """预览正在修改的正文。"""
    typed = clean_text(request.form.get("text"))[:LONGEST_TEXT]
    return pages.show("minutes/_preview.html", **_preview(minutes, typed))


def _preview(minutes: Minutes, text: str) -> dict[str, Any]:
    return {**_text(minutes, text), "missing": sorted(paper.missing_characters(text))}


def _said(meeting: Meeting) -> dict[str, Any]:
    """What the fragment of the record names."""
    decisions, handouts = records.words_of(meeting)
    return {
        "meeting": meeting,
        "said": queries.said_at(meeting),
        "decisions": decisions,
        "handouts": handouts,
    }


@bp.get("/minutes/<thing:minutes>/revisions")
@needs(rules.see, rules.see_drafts)
def revisions(minutes: Minutes) -> ResponseReturnValue:
    """修改过程：每一稿，任意两稿对照。"""
    before = _revision(minutes, "before", max(minutes.latest.number - 1, 1))
    after = _revision(minutes, "after", minutes.latest.number)
    rows = compared(before.text, after.text)
    return pages.show("minutes/revisions.html", minutes=minutes, before=before, after=after, rows=rows)


def _revision(minutes: Minutes, name: str, otherwise: int) -> Any:
    wanted = request.args.get(name, "")
    chosen = queries.revision(minutes, int(wanted)) if wanted.isascii() and wanted.isdigit() else None
    return chosen or queries.revision(minutes, otherwise)


@bp.post("/minutes/<thing:minutes>/restoration")
@needs(rules.see, rules.edit, move="edit")
def restore(minutes: Minutes) -> ResponseReturnValue:
    """恢复以前的一稿。"""
    number = next(iter(posted_ids("number")), 0)
    operations.restore(minutes, number, by=_me())
    return pages.done(_url(minutes), f"已恢复第 {number} 稿，另存为第 {minutes.latest.number} 稿。")


# ── the way to the signature ───────────────────────────────────────────────────────────────────────────────────────


@bp.post("/minutes/<thing:minutes>/submission")
@needs(rules.see, rules.submit, move="submit")
def submit(minutes: Minutes) -> ResponseReturnValue:
    """送审。"""
    operations.submit(minutes, by=_me())
    return pages.done(_url(minutes), "已送审。")


def _not_in_review(minutes: Minutes) -> str | None:
    return None if minutes.is_reviewed else f"会议纪要现在是“{minutes.state.label}”，不在审核中。"


@bp.get("/minutes/<thing:minutes>/review")
@needs(rules.see, rules.review, when=(_not_in_review,))
def review(minutes: Minutes) -> ResponseReturnValue:
    """审核：正文与会议记录对照。"""
    return _review_page(minutes, forms.PassForm())


def _review_page(minutes: Minutes, form: Form) -> Response:
    _refuse(_not_in_review(minutes))
    form.version.data = minutes.version  # of the text this page shows
    return pages.show(
        "minutes/review.html",
        form=form,
        hindrance=minutes.lifecycle.obstacle(minutes, "pass_"),
        **_said(minutes.meeting),
        **_text(minutes, minutes.text),
    )


@bp.post("/minutes/<thing:minutes>/approval")
@needs(rules.see, rules.review, move="pass_")
def pass_(minutes: Minutes) -> ResponseReturnValue:
    """审核通过。"""
    form = forms.PassForm()
    if form.ready() and form.attempt(operations.pass_, minutes, form.text.data, form.seen, by=_me()) is not None:
        return pages.done(_url(minutes), f"已通过，编号{minutes.number_text}，转签发人签发。")
    return _review_page(minutes, form)


@bp.post("/minutes/<thing:minutes>/return")
@needs(rules.see, rules.return_, move="return_")
def return_(minutes: Minutes) -> ResponseReturnValue:
    """退改。"""
    form, page = forms.ReturnForm(), _sign_page if minutes.is_to_sign else _review_page
    if form.ready() and form.attempt(operations.return_, minutes, form.text.data, form.seen, by=_me()) is not None:
        return pages.done(_url(minutes), "已退回修改。")
    return page(minutes, form)


@bp.route("/minutes/<thing:minutes>/signature", methods=["GET", "POST"])
@needs(rules.see, rules.sign, move="sign")
def sign(minutes: Minutes) -> ResponseReturnValue:
    """签发：所见即所签。"""
    form = forms.SignForm()
    if form.ready() and form.attempt(operations.sign, minutes, form.pin.data, form.seen, by=_me()) is not None:
        return pages.done(_url(minutes), "已签发，会议秘书将予印发。")
    return _sign_page(minutes, form)


def _sign_page(minutes: Minutes, form: Form) -> Response:
    _refuse(minutes.lifecycle.obstacle(minutes, "sign"))
    signs = isinstance(form, forms.SignForm)
    signing = form if signs else forms.SignForm(formdata=None)
    returning = forms.ReturnForm(formdata=None) if signs else form
    signing.version.data = returning.version.data = minutes.version  # of the paper this page shows
    return pages.show("minutes/sign.html", minutes=minutes, form=form, signing=signing, returning=returning)


@bp.post("/minutes/<thing:minutes>/issue")
@needs(rules.see, rules.issue, move="issue")
def issue(minutes: Minutes) -> ResponseReturnValue:
    """印发。"""
    operations.issue(minutes, by=_me())
    return pages.done(_url(minutes), "已印发，例会成员已收到通知。")


@bp.post("/minutes/<thing:minutes>/printing")
@needs(rules.see, rules.redo, when=(lambda minutes: minutes.not_stuck,))
def redo(minutes: Minutes) -> ResponseReturnValue:
    """重新排版。"""
    operations.redo(minutes, by=_me())
    return pages.done(_url(minutes), "正在重新排版。")


# ── beside the way ─────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/minutes/<thing:minutes>/people", methods=["GET", "POST"])
@needs(rules.see, rules.appoint, move="appoint")
def appoint(minutes: Minutes) -> ResponseReturnValue:
    """指定审核人和签发人。"""
    form = forms.AppointForm(thing=minutes.meeting)
    form.offer(meetings.people_by_rank())
    if (
        form.ready()
        and form.attempt(
            operations.appoint, minutes, person(form.reviewer_id.data), person(form.signatory_id.data), by=_me()
        )
        is not None
    ):
        return pages.done(_url(minutes), "已指定。")
    return _act(minutes, form, "指定审核人和签发人", "保存")


@bp.route("/minutes/<thing:minutes>/voidance", methods=["GET", "POST"])
@needs(rules.see, rules.void, move="void")
def void(minutes: Minutes) -> ResponseReturnValue:
    """作废。"""
    form = Why()
    if form.ready() and form.attempt(operations.void, minutes, form.why.data, by=_me()) is not None:
        return pages.done(_url(minutes), "已作废，编过的号不再使用。")
    return _act(minutes, form, "作废会议纪要", "作废", "作废后不能恢复，可以从会议记录重新起草。")


@bp.post("/minutes/<thing:minutes>/correction")
@needs(rules.see, rules.correct, when=(lambda minutes: minutes.not_issued,))
def correct(minutes: Minutes) -> ResponseReturnValue:
    """起草更正。"""
    correction = operations.correct(minutes, by=_me())
    return pages.done(url_for("minutes.edit", minutes=correction.id), "更正已起草，请修改后送审。")


@bp.post("/minutes/<thing:minutes>/redraft")
@needs(rules.see, rules.correct, when=(lambda minutes: minutes.not_void,))
def redraft(minutes: Minutes) -> ResponseReturnValue:
    """从会议记录重新起草。"""
    return pages.done(_url(operations.redraft(minutes, by=_me())), "已从会议记录重新起草。")


def _act(minutes: Minutes, form: Form, title: str, word: str, hint: str = "") -> Response:
    trail = [("会议纪要", url_for("minutes.index")), (minutes.title, _url(minutes)), (title, "")]
    return pages.show("act.html", form=form, title=title, word=word, hint=hint, about=minutes.title, trail=trail)


# ── what others ask ────────────────────────────────────────────────────────────────────────────────────────────────


def _of_meeting(meeting: Meeting) -> Minutes | None:
    """The newest minutes of a meeting that the person at the screen may see."""
    visible = [one for one in queries.of_meeting(meeting) if not one.is_void and rules.see(current_user, one)]
    return visible[-1] if visible else None


def _reader(rule: Callable[[User, Minutes], bool]) -> Callable[[User, Document], bool]:
    def read(user: User, document: Document) -> bool:
        minutes = queries.minutes_with(document)
        return minutes is not None and rule(user, minutes)

    return read


def init_app(app: Flask) -> None:
    """Say who reads the papers of this room, and let the meeting's page ask for its minutes."""
    papers.readers[PaperKind.minutes] = _reader(rules.see)
    papers.readers[PaperKind.sign_off] = _reader(rules.see_opinions)
    app.jinja_env.globals["minutes_of_meeting"] = _of_meeting
