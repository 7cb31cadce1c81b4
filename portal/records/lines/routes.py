"""Routes of the lines of a record, and of the turns of phrase."""

from typing import Any

from flask import Response, jsonify, request, url_for
from flask.typing import ResponseReturnValue

from portal.errors import Refused, Stale, Unreadable
from portal.meetings.models.agenda import AgendaItem
from portal.meetings.models.meetings import Meeting
from portal.records import rules
from portal.records.blueprint import bp, desk_url, meeting_of
from portal.records.lines import forms, operations, queries, reading
from portal.records.models import LineKind, Phrase, RecordLine
from portal.web import pasted, responses, wording
from portal.web.fields import clean_text
from portal.web.guards import me, requires


def lines_shown(item: AgendaItem) -> dict[str, Any]:
    """What the lines of one item show; ?editing= names the one whose form is open, ?seen= what it was opened on.

    Both travel with every question for the lines, so that another's line never closes a form someone types in.
    """
    editing, seen = request.args.get("editing", ""), request.args.get("seen", "")
    lines = queries.lines_under(item)
    edited = next((one for one in lines if str(one.id) == editing and not one.is_handed_out), None)
    return {
        "item": item,
        "lines": lines,
        "edited": edited,
        "seen": int(seen) if edited and seen.isascii() and seen.isdigit() and len(seen) < 9 else 0,
        "kinds": LineKind,
    }


def _lines_done(item: AgendaItem, sentence: str = "") -> Response:
    return responses.done(desk_url(item, "lines"), sentence, fragment="records/lines/_lines.html", **lines_shown(item))


@bp.get("/items/<model:topic>/record")
@requires(rules.see_item, rules.write)
def lines(topic: AgendaItem) -> ResponseReturnValue:
    """一项议题的记录，会上每隔几秒更新；没有变化时只答 304。"""
    if not responses.is_fragment_request():
        return responses.done(desk_url(topic, "lines"))
    tag = f"{queries.stamp_of_item(topic)}-{request.args.get('editing', '')[:12]}"
    return responses.unless_known(
        tag,
        lambda: responses.show("records/lines/_lines.html", fragment="records/lines/_lines.html", **lines_shown(topic)),
    )


@bp.post("/items/<model:topic>/record")
@requires(rules.see_item, rules.write)
def write(topic: AgendaItem) -> ResponseReturnValue:
    """记下一行，或粘贴的几行。"""
    form = forms.Words()
    if not form.ready():
        raise Unreadable("、".join(str(error) for error in form.text.errors) or "这一行没有记下，请重试。")
    operations.write(topic, form.text.data or "", key=wording.visible(request.form.get("key", "")), by=me())
    return _lines_done(topic)


@bp.post("/items/<model:topic>/record/reading")
@requires(rules.see_item, rules.write)
def read(topic: AgendaItem) -> ResponseReturnValue:
    """保存之前先看：从这一行读出了什么，还缺什么。"""
    text = clean_text(request.form.get("text", ""))[:2_000]
    first = next(iter(reading.lines_of(text)), "")
    meeting = meeting_of(topic)
    said = reading.read(first, queries.directory_of(meeting), meeting.day) if first else None
    more = len(reading.lines_of(text)) - 1
    return responses.show("records/lines/_chips.html", said=said, more=max(more, 0))


@bp.post("/pasted")
@requires(rules.type_records)
def clean_pasted() -> ResponseReturnValue:
    """把从 Word、WPS 粘贴来的内容整理成一行一行的文字。"""
    lines = pasted.lines_of(request.form.get("html", ""))
    return Response(clean_text("\n".join(lines)), mimetype="text/plain")


@bp.get("/meetings/<model:sitting>/names")
@requires(rules.see_of_meeting, rules.keep)
def names(sitting: Meeting) -> ResponseReturnValue:
    """可以写在 @ 后面的人和单位，供输入时补全。"""
    directory = queries.directory_for(sitting)
    rows = [[one.name, one.about, " ".join((*one.also, *one.spelt))] for one in directory.entries]
    answer = jsonify(rows)
    answer.headers["Cache-Control"] = "private, max-age=300"
    return answer


@bp.route("/lines/<model:line>", methods=["GET", "POST"])
@requires(rules.see_line, rules.edit_line)
def edit_line(line: RecordLine) -> ResponseReturnValue:
    """修改记录中的一行。"""
    form = forms.Words(thing=line)
    if not form.is_submitted():
        if responses.is_fragment_request():
            return responses.show(
                "records/lines/_lines.html", **(lines_shown(line.item) | {"edited": line, "seen": line.version})
            )
        return responses.show("records/lines/line.html", item=line.item, edited=line, seen=line.version, kinds=LineKind)
    if not form.ready():
        raise Unreadable("、".join(str(error) for error in form.text.errors) or "这一行没有保存，请重试。")
    try:
        operations.edit_line(line, form.text.data or "", form.seen, by=me())
    except Stale as stale:
        return _both_texts(line, stale, form.text.data or "")
    return _lines_done(line.item)


def _both_texts(line: RecordLine, stale: Stale, typed: str) -> Response:
    """Somebody else saved first: both texts side by side, and the person chooses."""
    context: dict[str, Any] = {"line": line, "current": stale.current, "typed": typed}
    if not responses.is_fragment_request():
        return responses.show("records/lines/both.html", status=409, item=line.item, **context)
    answer = responses.show("records/lines/_both.html", status=409, **context)
    answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = "#messages", "innerHTML"
    return answer


@bp.post("/lines/<model:line>/kind")
@requires(rules.see_line, rules.edit_line)
def turn_line(line: RecordLine) -> ResponseReturnValue:
    """把一行改作发言、议定或交办。"""
    form = forms.Turned()
    if not form.ready():
        raise Refused("请选择发言、议定或交办。")
    operations.turn_line(line, form.kind.data, form.seen, by=me())
    return _lines_done(line.item)


@bp.post("/lines/<model:line>/removal")
@requires(rules.see_line, rules.edit_line)
def remove_line(line: RecordLine) -> ResponseReturnValue:
    """删除记录中的一行。"""
    return _lines_done(operations.remove_line(line, by=me()))


@bp.route("/phrases", methods=["GET", "POST"])
@requires(rules.keep_phrases)
def phrases() -> ResponseReturnValue:
    """记录时常用的话。"""
    form = forms.PhraseForm()
    if form.ready() and form.attempt(operations.add_phrase, form.text.data or "", by=me()) is not None:
        return responses.done(url_for("records.phrases"), "常用语已添加。")
    return responses.show("records/lines/phrases.html", form=form, phrases=queries.phrases())


@bp.post("/phrases/<model:phrase>/removal")
@requires(rules.keep_phrases)
def remove_phrase(phrase: Phrase) -> ResponseReturnValue:
    """删除一条常用语。"""
    operations.remove_phrase(phrase, by=me())
    return responses.done(url_for("records.phrases"), "常用语已删除。")
