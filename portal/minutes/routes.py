"""Doors of the minutes room."""

from collections.abc import Callable, Sequence
from datetime import time, timedelta
from typing import Any

from flask import Blueprint, Flask, Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal import chain, clock, errands, navigation, pages, paper, papers
from portal.access import finds, me, needs
from portal.actions.models import ActionItem
from portal.errors import Refused
from portal.forms import LONGEST_TEXT, Form, Why, clean_text, posted_ids
from portal.meetings import queries as meetings
from portal.meetings.models import Meeting, MeetingSeries
from portal.meetings.queries import lists_of
from portal.meetings.rules import see_series
from portal.minutes import audit as audit_page
from portal.minutes import forms, live, operations, queries, rules, word
from portal.minutes.anchors import paragraphs_of, placed
from portal.minutes.comparing import compared
from portal.minutes.models import Minutes, MinutesComment, MinutesState
from portal.office import office
from portal.people import operations as persons
from portal.people.models import User
from portal.people.queries import departments, people_to_choose, person
from portal.records import queries as records
from portal.register import Document, PaperKind
from portal.request_end import afterwards
from portal.seal import Hole

MOST_PASTED = 2_000_000
MOST_CMS = 200_000

bp = Blueprint("minutes", __name__)
chain.STATIONS["minutes"] = chain.Station(
    "会议纪要", queries.titles, "/minutes/{id}", {"minutes.sign": "", "minutes.issue": "", "minutes.archive": ""}
)
chain.hang(queries.links)
navigation.offer("纪要", "minutes.index", "/minutes")
finds("minutes")(queries.minutes)
finds("comment")(queries.comment)


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
    series = meetings.all_series() if rules.reads_all(me()) else meetings.series_of(me())
    listing = pages.Listing(
        queries.readable_by(me()),
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
    return pages.show("minutes/index.html", listing=listing, awaiting=queries.awaiting(me()))


def _of_year(query: Any, year: str) -> Any:
    return query.where(Meeting.day.between(clock.parse_day(f"{year}-01-01"), clock.parse_day(f"{year}-12-31")))


# ── one document ───────────────────────────────────────────────────────────────────────────────────────────────────


@bp.get("/minutes/<thing:minutes>")
@needs(rules.see)
def show(minutes: Minutes) -> ResponseReturnValue:
    """一份会议纪要：正文，办到哪一步，意见、任务和档案。"""
    if pages.is_fragment_request() and not minutes.is_waited_for:
        return pages.done(_url(minutes))  # the paper it waited for is there, and with it other buttons
    drafts = rules.see_drafts(me(), minutes)
    said = _said_about(minutes, show=drafts and not minutes.is_frozen)
    if minutes.is_issued:
        _note_reading(minutes)
    actions = records.actions_of(minutes.meeting)
    return pages.show(
        "minutes/show.html",
        fragment="minutes/_waiting.html",
        meeting=minutes.meeting,
        steps=minutes.steps,
        drafts=drafts,
        **said,
        readings=queries.readings_of(minutes) if minutes.is_issued and rules.see_readings(me(), minutes) else None,
        hindrance=_hindrance(minutes),
        **_opinions(minutes),
        corrections=[one for one in queries.corrections_of(minutes) if drafts or one.is_issued],
        actions=actions,
        line=_line(minutes, actions, drafts=drafts),
        **_text(minutes, queries.words(minutes)),
    )


def _line(minutes: Minutes, actions: Sequence[ActionItem], *, drafts: bool) -> list[chain.Event]:
    """What happened to the minutes, their tasks, and what they correct; their making is told who works on them."""
    others = [one for one in (minutes.corrects, *minutes.corrections) if one and (drafts or one.is_issued)]
    names = {("action_item", one.id): (one.title, one.id) for one in actions}
    names |= {("minutes", one.id): (one.title, one.id) for one in others}
    told = chain.STATIONS["minutes"].deeds
    return [one for one in chain.line_among(minutes, names) if drafts or not one.own or one.deed in told]


def _opinions(minutes: Minutes) -> dict[str, Any]:
    """What the fragment of the 审签单 names."""
    if not rules.see_opinions(me(), minutes):
        return {"opinions": [], "rounds": []}
    return {"opinions": minutes.sheet.opinions, "rounds": minutes.sheet.rounds}


def _note_reading(minutes: Minutes) -> None:
    """The reading log: who opened issued minutes and when, written when the page has been sent on its way."""
    numbers = minutes.id, me().id
    afterwards(lambda session: operations.note_reading(session, *numbers))


def _note_download(document: Document) -> None:
    """Who takes the file along has opened the minutes too."""
    minutes = queries.minutes_with(document)
    if minutes is not None and minutes.is_issued:
        _note_reading(minutes)


def _said_about(minutes: Minutes, *, show: bool) -> dict[str, Any]:
    """Comments and what those who attended were asked, for whoever works on the text; later the 审签单 tells of it."""
    if not show:
        return {"comments": [], "consultations": []}
    return {
        "comments": placed(queries.comments_on(minutes), queries.words(minutes)),
        "consultations": queries.consultations_on(minutes),
    }


def _hindrance(minutes: Minutes) -> str | None:
    """What has still to be done before the next step, for whoever takes that step."""
    if minutes.is_drafted and rules.submit(me(), minutes):
        return minutes.lifecycle.obstacle(minutes, "submit")
    if minutes.is_reviewed and rules.review(me(), minutes):
        return minutes.lifecycle.obstacle(minutes, "pass_")
    return None


def _refuse(obstacle: str | None) -> None:
    if obstacle:
        raise Refused(obstacle)


def _text(minutes: Minutes, text: str) -> dict[str, Any]:
    """What the fragment of the text names."""
    return {"minutes": minutes, "paragraphs": paper.lines(text)}


def _with_comments(minutes: Minutes, form: Form | None = None) -> dict[str, Any]:
    """What the fragment of the comments names, with the form of a new one."""
    words = queries.words(minutes)
    form = form or forms.CommentForm(formdata=None)
    if isinstance(form, forms.CommentForm):
        form.offer(paragraphs_of(words))
    return {"comments": placed(queries.comments_on(minutes), words), "commenting": form}


@bp.route("/minutes/<thing:minutes>/edit", methods=["GET", "POST"])
@needs(rules.see, rules.edit, move="edit")
def edit(minutes: Minutes) -> ResponseReturnValue:
    """修改纪要，每次保存为新的一稿。"""
    form = forms.EditForm(thing=minutes)
    if not form.is_submitted():
        _refuse(minutes.lifecycle.obstacle(minutes, "edit"))
    if form.ready() and form.attempt(
        operations.edit, minutes, form.text.data, form.seen, title=form.title.data,
        distribution=form.distribution.data, mark=form.mark.data, attachments=form.attachments.data or "", by=me(),
    ) is not None:  # fmt: skip
        return pages.done(_url(minutes), "已保存。")
    return _edit_page(minutes, form)


def _edit_page(minutes: Minutes, form: forms.EditForm, brought: str = "") -> Response:
    said = _said(minutes.meeting)
    return pages.show(
        "minutes/edit.html",
        form=form,
        brought=brought,
        marks=list(live.marks(said["decisions"], said["handouts"])),
        comments=placed(queries.comments_on(minutes), queries.words(minutes)),
        **said,
        **_preview(minutes, form.text.data or ""),
    )


@bp.get("/minutes/<thing:minutes>/word")
@needs(rules.see)
def as_word(minutes: Minutes) -> ResponseReturnValue:
    """下载 Word 文件。"""
    if minutes.is_issued:
        _note_reading(minutes)
    page = operations.paper_of(minutes, to_sign=False)
    if minutes.is_frozen:
        made = word.docx_of(page)
    else:
        found = records.words_of(minutes.meeting)
        made = word.docx_of(page, minutes.text, live.each(minutes.text, *found))
    return pages.download(made, f"{minutes.title}{minutes.number_text}.docx", word.DOCX_TYPE)


@bp.post("/minutes/<thing:minutes>/word")
@needs(rules.see, rules.edit, move="edit")
def bring_word(minutes: Minutes) -> ResponseReturnValue:
    """读回改过的 Word 文件，核对后保存。"""
    _refuse(minutes.lifecycle.obstacle(minutes, "edit"))
    form = forms.WordForm()
    if not form.ready() or (file := form.file.data) is None:
        raise Refused("请选择要读回的 Word 文件（.docx）。")
    try:
        text = clean_text(word.text_of_docx(file.stream))
    except word.NotWord as error:
        raise Refused(str(error)) from None
    editing = forms.EditForm(formdata=None, thing=minutes)
    editing.text.data = text
    editing.version.data = minutes.version
    return _edit_page(minutes, editing, brought=file.filename or "Word 文件")


@bp.post("/minutes/<thing:minutes>/paste")
@needs(rules.see, rules.edit)
def paste(minutes: Minutes) -> ResponseReturnValue:
    """把粘贴来的内容换成正文，保留层次和表格。"""
    html = request.form.get("html", "")[:MOST_PASTED]
    return Response(clean_text(word.text_of_html(html)), mimetype="text/plain")


@bp.post("/minutes/<thing:minutes>/preview")
@needs(rules.see, rules.edit)
def preview(minutes: Minutes) -> ResponseReturnValue:
    """预览正在修改的正文。"""
    typed = clean_text(request.form.get("text"))[:LONGEST_TEXT]
    return pages.show("minutes/_preview.html", **_preview(minutes, typed))


def _preview(minutes: Minutes, text: str) -> dict[str, Any]:
    """What the fragment of the preview names: the text as it would be printed now, and what is wrong with it."""
    found = records.words_of(minutes.meeting) if live.is_live(text) else ({}, {})
    words = live.filled(text, *found)
    names = [name for rows in lists_of(minutes.meeting) for _, name in rows]
    return {
        **_text(minutes, words),
        "missing": sorted(paper.missing_characters(words + "".join(names))),
        "lost": live.lost(text, *found),
    }


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
    operations.restore(minutes, number, by=me())
    return pages.done(_url(minutes), f"已恢复第 {number} 稿，另存为第 {minutes.latest.number} 稿。")


# ── the way to the signature ───────────────────────────────────────────────────────────────────────────────────────


@bp.post("/minutes/<thing:minutes>/submission")
@needs(rules.see, rules.submit, move="submit")
def submit(minutes: Minutes) -> ResponseReturnValue:
    """送审。"""
    operations.submit(minutes, by=me())
    return pages.done(_url(minutes), "已送审。")


@bp.post("/minutes/<thing:minutes>/recall")
@needs(rules.see, rules.recall, move="recall")
def recall(minutes: Minutes) -> ResponseReturnValue:
    """撤回送审。"""
    operations.recall(minutes, by=me())
    return pages.done(_url(minutes), "已撤回，可以继续修改。")


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
    passing = form if isinstance(form, forms.PassForm) else forms.PassForm(formdata=None)
    return pages.show(
        "minutes/review.html",
        form=form,
        passing=passing,
        hindrance=minutes.lifecycle.obstacle(minutes, "pass_"),
        consultations=queries.consultations_on(minutes),
        **_with_comments(minutes),
        **_said(minutes.meeting),
        **_text(minutes, queries.words(minutes)),
    )


@bp.post("/minutes/<thing:minutes>/approval")
@needs(rules.see, rules.review, move="pass_")
def pass_(minutes: Minutes) -> ResponseReturnValue:
    """审核通过。"""
    form = forms.PassForm()
    if form.ready() and form.attempt(_passed, minutes, form) is not None:
        return pages.done(_url(minutes), f"已通过并在审签单上签名，编号{minutes.number_text}，转签发人签发。")
    return _review_page(minutes, form)


def _passed(minutes: Minutes, form: forms.PassForm) -> Minutes:
    """Sign the opinion while nobody waits, as in `_signed`."""
    text = form.text.data or ""
    acting = operations.begin_passing(minutes, text, form.pin.data or "", by=me())
    with pages.released():
        acted = acting.made()
    return operations.pass_(minutes, acted, text, form.seen, by=me())


@bp.post("/minutes/<thing:minutes>/return")
@needs(rules.see, rules.return_, move="return_")
def return_(minutes: Minutes) -> ResponseReturnValue:
    """退改。"""
    form, page = forms.ReturnForm(), _sign_page if minutes.is_to_sign else _review_page
    if form.ready() and form.attempt(operations.return_, minutes, form.text.data, form.seen, by=me()) is not None:
        return pages.done(_url(minutes), "已退回修改。")
    return page(minutes, form)


@bp.route("/minutes/<thing:minutes>/signature", methods=["GET", "POST"])
@needs(rules.see, rules.sign, move="sign")
def sign(minutes: Minutes) -> ResponseReturnValue:
    """签发：所见即所签。"""
    form = forms.SignForm()
    if form.ready() and form.attempt(_signed, minutes, form) is not None:
        told = "已签发，会议秘书将予印发。" if minutes.is_signed else "已签名，转下一位签名。"
        return pages.done(_url(minutes), told)
    return _sign_page(minutes, form)


def _signed(minutes: Minutes, form: forms.SignForm) -> Minutes:
    """Sign while nobody waits: the key is opened first, and the register learns of it afterwards."""
    acting = operations.begin_signing(minutes, form.pin.data or "", form.text.data or "", by=me())
    with pages.released():
        acted = acting.made()
    return operations.sign(minutes, acted, form.seen, by=me())


def _sign_page(minutes: Minutes, form: Form) -> Response:
    _refuse(minutes.lifecycle.obstacle(minutes, "sign"))
    signs = isinstance(form, forms.SignForm)
    signing = form if signs else forms.SignForm(formdata=None)
    returning = forms.ReturnForm(formdata=None) if signs else form
    signing.version.data = returning.version.data = minutes.version  # of the paper this page shows
    return pages.show("minutes/sign.html", minutes=minutes, form=form, signing=signing, returning=returning)


def _not_to_be_signed(minutes: Minutes) -> str | None:
    return minutes.not_to_be_signed


_signs_outside = needs(rules.see, rules.sign_outside, when=(_not_to_be_signed,))


@bp.get("/minutes/<thing:minutes>/outside")
@_signs_outside
def outside(minutes: Minutes) -> ResponseReturnValue:
    """用外部签名平台签署：取待签数据，交回签名。"""
    return _outside_page(minutes)


def _outside_page(minutes: Minutes, form: Form | None = None) -> Response:
    """The page with the form that was posted, and the other one as it stands."""
    _refuse(minutes.not_to_be_signed)
    opinion, bringing = _outside_forms(minutes)
    opinion.text.data = minutes.sheet.handed_out
    bringing.version.data = minutes.version
    holes = _holes(minutes)
    return pages.show(
        "minutes/outside.html",
        minutes=minutes,
        form=form or bringing,
        opinion=form if isinstance(form, type(opinion)) else opinion,
        bringing=form if isinstance(form, type(bringing)) else bringing,
        handed_out=minutes.sheet.handed_out,
        holes=holes,
        turn=minutes.sheet.document.next_signature if minutes.sheet.document else None,
    )


def _outside_forms(minutes: Minutes) -> tuple[Any, Any]:
    """The opinion that is handed out, and the signatures that come back, by what is being signed."""
    if minutes.is_reviewed:
        return forms.PassOpinion(formdata=None), forms.OutsidePassForm(formdata=None)
    return forms.SignOpinion(formdata=None), forms.OutsideSignForm(formdata=None)


def _holes(minutes: Minutes) -> dict[str, tuple[str, Hole]]:
    """What an outside platform is to sign, by the word in the address, with its name; empty before it is prepared."""
    papers_ = [("sheet", "审签单", minutes.sheet.document)]
    if minutes.is_to_sign:
        papers_.append(("minutes", "纪要", minutes.document))
    found = {key: (name, hole) for key, name, one in papers_ if one and (hole := persons.hole_of(one))}
    return found if len(found) == len(papers_) else {}


@bp.post("/minutes/<thing:minutes>/outside/preparation")
@_signs_outside
def prepare_outside(minutes: Minutes) -> ResponseReturnValue:
    """写好意见，准备待签数据。"""
    form = forms.PassOpinion() if minutes.is_reviewed else forms.SignOpinion()
    if form.ready() and form.attempt(operations.prepare_outside, minutes, form.text.data or "", by=me()) is not None:
        return pages.done(url_for("minutes.outside", minutes=minutes.id), "待签数据已备好。")
    return _outside_page(minutes, form)


@bp.get("/minutes/<thing:minutes>/outside/<string:of>/<string:part>")
@_signs_outside
def fetch_outside(minutes: Minutes, of: str, part: str) -> ResponseReturnValue:
    """下载审签单或纪要的待签数据，或它的摘要。"""
    found = _holes(minutes).get(of)
    if found is None or part not in ("data", "digest"):
        raise Refused("还没有准备待签数据，请先点“准备待签数据”。")
    called, hole = found
    name = f"{minutes.title}-{called}-{'待签数据.bin' if part == 'data' else '摘要.sha256'}"
    return pages.download(hole.covered if part == "data" else hole.digest, name, "application/octet-stream")


@bp.post("/minutes/<thing:minutes>/outside/signature")
@_signs_outside
def sign_outside(minutes: Minutes) -> ResponseReturnValue:
    """交回外部平台的签名。"""
    form = forms.OutsidePassForm() if minutes.is_reviewed else forms.OutsideSignForm()
    if form.ready():
        cms = [field.data.stream.read(MOST_CMS) for field in form.signatures]
        if form.attempt(operations.sign_outside, minutes, cms, form.seen, by=me()) is not None:
            return pages.done(_url(minutes), "签名已核对并嵌入。")
    return _outside_page(minutes, form)


@bp.post("/minutes/<thing:minutes>/issue")
@needs(rules.see, rules.issue, move="issue")
def issue(minutes: Minutes) -> ResponseReturnValue:
    """印发。"""
    operations.issue(minutes, by=me())
    return pages.done(_url(minutes), "已印发，例会成员已收到通知。")


@bp.post("/minutes/<thing:minutes>/printing")
@needs(rules.see, rules.redo, when=(lambda minutes: minutes.not_stuck,))
def redo(minutes: Minutes) -> ResponseReturnValue:
    """重新排版。"""
    operations.redo(minutes, by=me())
    return pages.done(_url(minutes), "正在重新排版。")


# ── what others say about it ───────────────────────────────────────────────────────────────────────────────────────


@bp.post("/minutes/<thing:minutes>/comments")
@needs(rules.see, rules.comment, move="comment")
def comment(minutes: Minutes) -> ResponseReturnValue:
    """批注正文的一段。"""
    form = forms.CommentForm()
    form.offer(paragraphs_of(queries.words(minutes)))
    page = url_for("minutes.review", minutes=minutes.id) if rules.review(me(), minutes) else _url(minutes)
    if form.ready() and form.attempt(
        operations.comment, minutes, form.place.data or 0, form.text.data, by=me()
    ) is not None:  # fmt: skip
        return pages.done(f"{page}#comments", "批注已写下。")
    return pages.show("minutes/comment.html", minutes=minutes, form=form)


@bp.get("/minutes/<thing:minutes>/comments/new")
@needs(rules.see, rules.comment, move="comment")
def write_comment(minutes: Minutes) -> ResponseReturnValue:
    """写批注。"""
    _refuse(minutes.lifecycle.obstacle(minutes, "comment"))
    form = forms.CommentForm()
    form.offer(paragraphs_of(queries.words(minutes)))
    wanted = request.args.get("place", "")
    form.place.data = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 6 else None
    return pages.show("minutes/comment.html", minutes=minutes, form=form)


def _is_resolved(comment: MinutesComment) -> str | None:
    return "这条批注已经处理过了。" if comment.is_resolved else None


def _is_open(comment: MinutesComment) -> str | None:
    return None if comment.is_resolved else "这条批注还没有处理。"


def _comment_done(comment: MinutesComment, sentence: str) -> Response:
    return pages.done(f"{_url(comment.minutes)}#comments", sentence)


@bp.post("/minutes/comments/<thing:comment>/resolution")
@needs(rules.see_comment, rules.resolve, when=(_is_resolved,))
def resolve(comment: MinutesComment) -> ResponseReturnValue:
    """批注已处理。"""
    return _comment_done(operations.resolve(comment, by=me()), "批注已处理。")


@bp.post("/minutes/comments/<thing:comment>/reopening")
@needs(rules.see_comment, rules.resolve, when=(_is_open,))
def reopen(comment: MinutesComment) -> ResponseReturnValue:
    """重新打开批注。"""
    return _comment_done(operations.reopen(comment, by=me()), "批注已重新打开。")


@bp.route("/minutes/<thing:minutes>/consultation/new", methods=["GET", "POST"])
@needs(rules.see, rules.consult, move="consult")
def consult(minutes: Minutes) -> ResponseReturnValue:
    """向参会人员征求意见。"""
    form = forms.ConsultForm()
    if not form.is_submitted():
        _refuse(minutes.lifecycle.obstacle(minutes, "consult"))
        soon = clock.local(clock.now() + timedelta(days=2))
        form.day.data, form.time.data = soon.date(), time(17)
    if form.ready() and form.attempt(operations.consult, minutes, form.until, by=me()) is not None:
        return pages.done(f"{_url(minutes)}#consultations", "已请参会人员核对。")
    hint = f"将请参会的 {len(queries.attended(minutes.meeting))} 人核对正文。截止时没有回复的，视为同意。"
    return _act(minutes, form, "征求意见", "征求意见", hint)


@bp.route("/minutes/<thing:minutes>/consultation", methods=["GET", "POST"])
@needs(rules.answer)
def answer(minutes: Minutes) -> ResponseReturnValue:
    """核对纪要，答复意见征求。"""
    asked = minutes.consultation
    if asked is None:
        raise Refused("这次意见征求已经结束。")
    own = next(one for one in asked.answers if one.user_id == me().id)
    form = forms.AnswerForm(thing=own)
    if form.ready() and form.attempt(operations.answer, minutes, form.text.data or "", by=me()) is not None:
        return pages.done(url_for("minutes.answer", minutes=minutes.id), "已答复，截止前可以再改。")
    return pages.show("minutes/answer.html", form=form, asked=asked, own=own, **_text(minutes, asked.text))


@bp.post("/minutes/<thing:minutes>/consultation/end")
@needs(rules.see, rules.consult, when=(lambda minutes: minutes.not_asking,))
def end_consultation(minutes: Minutes) -> ResponseReturnValue:
    """提前结束意见征求。"""
    operations.end_consultation(minutes, by=me())
    return pages.done(f"{_url(minutes)}#consultations", "意见征求已结束。")


@bp.route("/minutes/<thing:minutes>/readers", methods=["GET", "POST"])
@needs(rules.see, rules.address)
def address(minutes: Minutes) -> ResponseReturnValue:
    """印发范围：例会成员之外还发给谁。"""
    form, now = forms.ReadersForm(), queries.readers_of(minutes)
    form.offer(people_to_choose([one.user_id for one in now if one.user_id]), departments())
    if not form.is_submitted():
        form.user_ids.data = [one.user_id for one in now if one.user_id]
        form.department_ids.data = [one.department_id for one in now if one.department_id]
    if form.ready() and form.attempt(operations.address, minutes, *form.chosen(), by=me()) is not None:
        return pages.done(_url(minutes), "印发范围已保存。")
    hint = f"{minutes.meeting.series.name}的成员都会收到，不用再选。"
    return _act(minutes, form, "印发范围", "保存", hint)


@bp.route("/series/<thing:series>/signing", methods=["GET", "POST"])
@needs(see_series, rules.set_signing)
def set_signing(series: MeetingSeries) -> ResponseReturnValue:
    """一个例会系列的纪要怎样签署。"""
    signing = queries.signing_of(series.id)
    form = forms.SigningForm(thing=signing)
    further = [one.user_id for one in signing.further] if signing else []
    form.offer(people_to_choose(further))
    if not form.is_submitted():
        for field, number in zip(form.further, further, strict=False):
            field.data = number
    if form.ready() and form.attempt(
        operations.set_signing, series, form.chosen(), visible=form.visible.data, sealed=form.sealed.data, by=me()
    ) is not None:  # fmt: skip
        return pages.done(url_for("meetings.show_series", series=series.id), "签署设置已保存。")
    page = url_for("meetings.show_series", series=series.id)
    trail = [("例会系列", url_for("meetings.all_series")), (series.name, page), ("签署设置", "")]
    hint = "会签人按顺序先签，签发人最后签；对以后排版的纪要起作用。"
    return pages.show("act.html", form=form, title="签署设置", word="保存", hint=hint, about=series.name, trail=trail)


@bp.post("/minutes/<thing:minutes>/audit")
@needs(rules.see, rules.audit)
def audit(minutes: Minutes) -> ResponseReturnValue:
    """索取审计页。"""
    errand = errands.ask(audit_page.KIND, by=me(), label=f"审计页：{minutes.title}", facts={"minutes": minutes.id})
    return pages.done(errands.address_of(errand), "正在制作审计页。")


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
            operations.appoint, minutes, person(form.reviewer_id.data), person(form.signatory_id.data), by=me()
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
    if form.ready() and form.attempt(operations.void, minutes, form.why.data, by=me()) is not None:
        return pages.done(_url(minutes), "已作废，编过的号不再使用。")
    return _act(minutes, form, "作废会议纪要", "作废", "作废后不能恢复，可以从会议记录重新起草。")


@bp.post("/minutes/<thing:minutes>/correction")
@needs(rules.see, rules.correct, when=(lambda minutes: minutes.not_issued,))
def correct(minutes: Minutes) -> ResponseReturnValue:
    """起草更正。"""
    correction = operations.correct(minutes, by=me())
    return pages.done(url_for("minutes.edit", minutes=correction.id), "更正已起草，请修改后送审。")


@bp.post("/minutes/<thing:minutes>/redraft")
@needs(rules.see, rules.correct, when=(lambda minutes: minutes.not_void,))
def redraft(minutes: Minutes) -> ResponseReturnValue:
    """从会议记录重新起草。"""
    return pages.done(_url(operations.redraft(minutes, by=me())), "已从会议记录重新起草。")


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


def phrases() -> list[str]:
    """常用语, as the office has set them."""
    return [phrase.strip() for phrase in str(office.minutes_phrases).split("；") if phrase.strip()]


def init_app(app: Flask) -> None:
    """Say who reads the papers of this room, and let the meeting's page ask for its minutes."""
    papers.readers[PaperKind.minutes] = _reader(rules.see)
    papers.opened[PaperKind.minutes] = _note_download
    papers.readers[PaperKind.sign_off] = _reader(rules.see_opinions)
    app.jinja_env.globals.update(minutes_of_meeting=_of_meeting, phrases=phrases)
