"""Routes of the text: editing, Word files, revisions."""

from typing import Any

from flask import Response, request
from flask.typing import ResponseReturnValue

from portal.documents.paper import fonts
from portal.documents.word import TYPE
from portal.errors import Refused
from portal.meetings.attendance.queries import lists_of
from portal.minutes import rules
from portal.minutes.blueprint import bp, note_reading, recorded_at, refuse, text_of, url
from portal.minutes.consultation import queries as consultation_queries
from portal.minutes.consultation.anchors import placed
from portal.minutes.models.minutes import Minutes
from portal.minutes.signing import paper as signing_paper
from portal.minutes.text import forms, live, operations, pasting, queries, word, word_reading
from portal.minutes.text.comparing import compared
from portal.records.decisions import queries as records
from portal.web import responses
from portal.web.fields import LONGEST_TEXT, clean_text
from portal.web.forms import posted_ids
from portal.web.guards import me, requires

MOST_PASTED = 2_000_000


@bp.route("/minutes/<model:minutes>/edit", methods=["GET", "POST"])
@requires(rules.see, rules.edit, transition="edit")
def edit(minutes: Minutes) -> ResponseReturnValue:
    """修改纪要，每次保存为新的一稿。"""
    form = forms.EditForm(thing=minutes)
    if not form.is_submitted():
        refuse(minutes.lifecycle.obstacle(minutes, "edit"))
    if form.ready() and form.attempt(
        operations.edit, minutes, form.text.data, form.seen, title=form.title.data,
        distribution=form.distribution.data, mark=form.mark.data, attachments=form.attachments.data or "", by=me(),
    ) is not None:  # fmt: skip
        return responses.done(url(minutes), "已保存。")
    return _edit_page(minutes, form)


def _edit_page(minutes: Minutes, form: forms.EditForm, brought: str = "") -> Response:
    said = recorded_at(minutes.meeting)
    return responses.show(
        "minutes/text/edit.html",
        form=form,
        brought=brought,
        marks=list(live.marks(said["decisions"], said["handouts"])),
        comments=placed(consultation_queries.comments_on(minutes), queries.words(minutes)),
        **said,
        **_preview(minutes, form.text.data or ""),
    )


@bp.get("/minutes/<model:minutes>/word")
@requires(rules.see, when=(lambda minutes: minutes.not_made_here,))
def as_word(minutes: Minutes) -> ResponseReturnValue:
    """下载 Word 文件。"""
    refuse(minutes.not_made_here)
    if minutes.is_issued:
        note_reading(minutes)
    page = signing_paper.paper_of(minutes, to_sign=False)
    if minutes.is_frozen:
        made = word.docx_of(page)
    else:
        found = records.words_of(minutes.meeting)
        made = word.docx_of(page, minutes.text, live.each(minutes.text, *found))
    return responses.download(made, f"{minutes.title}{minutes.number_text}.docx", TYPE)


@bp.post("/minutes/<model:minutes>/word")
@requires(rules.see, rules.edit, transition="edit")
def bring_word(minutes: Minutes) -> ResponseReturnValue:
    """读回改过的 Word 文件，核对后保存。"""
    refuse(minutes.lifecycle.obstacle(minutes, "edit"))
    form = forms.WordForm()
    if not form.ready() or (file := form.file.data) is None:
        raise Refused("请选择要导入的 Word 文件（.docx）。")
    try:
        text = clean_text(word_reading.text_of_docx(file.stream))
    except word_reading.NotWord as error:
        raise Refused(str(error)) from None
    editing = forms.EditForm(formdata=None, thing=minutes)
    editing.text.data = text
    editing.version.data = minutes.version
    return _edit_page(minutes, editing, brought=file.filename or "Word 文件")


@bp.post("/minutes/<model:minutes>/paste")
@requires(rules.see, rules.edit)
def paste(minutes: Minutes) -> ResponseReturnValue:
    """把粘贴来的内容换成正文，保留层次和表格。"""
    html = request.form.get("html", "")[:MOST_PASTED]
    return Response(clean_text(pasting.text_of_html(html)), mimetype="text/plain")


@bp.post("/minutes/<model:minutes>/preview")
@requires(rules.see, rules.edit)
def preview(minutes: Minutes) -> ResponseReturnValue:
    """预览正在修改的正文。"""
    typed = clean_text(request.form.get("text"))[:LONGEST_TEXT]
    return responses.show("minutes/text/_preview.html", **_preview(minutes, typed))


def _preview(minutes: Minutes, text: str) -> dict[str, Any]:
    """What the fragment of the preview names: the text as it would be printed now, and what is wrong with it."""
    found = records.words_of(minutes.meeting) if live.is_live(text) else ({}, {})
    words = live.filled(text, *found)
    names = [name for rows in lists_of(minutes.meeting) for _, name in rows]
    return {
        **text_of(minutes, words),
        "missing": sorted(fonts.missing_characters(words + "".join(names))),
        "lost": live.lost(text, *found),
    }


@bp.get("/minutes/<model:minutes>/revisions")
@requires(rules.see, rules.see_drafts)
def revisions(minutes: Minutes) -> ResponseReturnValue:
    """修改过程：每一稿，任意两稿对照。"""
    before = _revision(minutes, "before", max(minutes.latest.number - 1, 1))
    after = _revision(minutes, "after", minutes.latest.number)
    rows = compared(before.text, after.text)
    return responses.show("minutes/text/revisions.html", minutes=minutes, before=before, after=after, rows=rows)


def _revision(minutes: Minutes, name: str, otherwise: int) -> Any:
    wanted = request.args.get(name, "")
    chosen = queries.revision(minutes, int(wanted)) if wanted.isascii() and wanted.isdigit() else None
    return chosen or queries.revision(minutes, otherwise)


@bp.post("/minutes/<model:minutes>/restoration")
@requires(rules.see, rules.edit, transition="edit")
def restore(minutes: Minutes) -> ResponseReturnValue:
    """恢复以前的一稿。"""
    number = next(iter(posted_ids("number")), 0)
    operations.restore(minutes, number, by=me())
    return responses.done(url(minutes), f"已恢复第 {number} 稿，另存为第 {minutes.latest.number} 稿。")


@bp.post("/minutes/<model:minutes>/redraft")
@requires(rules.see, rules.correct, when=(lambda minutes: minutes.not_void,))
def redraft(minutes: Minutes) -> ResponseReturnValue:
    """从会议记录重新起草。"""
    return responses.done(url(operations.redraft(minutes, by=me())), "已从会议记录重新起草。")
