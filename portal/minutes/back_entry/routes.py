"""Routes of 补录: minutes that were issued before the portal came, one by one and many at once."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date
from tempfile import NamedTemporaryFile
from typing import Any, BinaryIO, cast

from flask import request
from flask.typing import ResponseReturnValue

from portal.actions.importing.reading import Units
from portal.actions.models.action_items import ActionState
from portal.db import clock
from portal.errors import Refused
from portal.files import store, uploads
from portal.files.kinds import Kind
from portal.jobs import background
from portal.meetings.series import queries as meetings
from portal.minutes import rules
from portal.minutes.back_entry import batches, forms, listing, operations, queries
from portal.minutes.blueprint import act, bp, url
from portal.minutes.models.minutes import Minutes
from portal.people.accounts import queries as accounts_queries
from portal.people.departments import queries as departments_queries
from portal.records.decisions import queries as records
from portal.web import background_page, responses
from portal.web.forms import Empty, Why
from portal.web.guards import loads, me, requires

loads("batch")(queries.batch)
TEMPLATE = "补录会议纪要清单.xlsx"
SHOWN = 50  # good rows, for a look at what they were taken for


def _units() -> Units:
    return Units(departments_queries.departments(), departments_queries.groups(), accounts_queries.people_to_choose())


# ── one by one ─────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/minutes/back-entry", methods=["GET", "POST"])
@requires(rules.enter_back)
def enter_back() -> ResponseReturnValue:
    """补录一份门户启用之前印发的纪要。"""
    form = forms.EntryForm()
    form.offer(meetings.all_series(), _units())
    if form.ready() and form.file.data and form.day.data:
        minutes = form.attempt(_entered, form, form.file.data, form.day.data)
        if minutes is not None:
            return responses.done(url(minutes), "已补录。原件的页面和文字正在读取。")
    if form.is_submitted():
        form.file.hold()
    return responses.show("minutes/back_entry/enter_back.html", form=form)


def _entered(form: forms.EntryForm, upload: Any, day: date) -> Minutes:
    """The file is looked at while nobody waits; what was chosen is read anew afterwards."""
    kept = uploads.keep(upload, (Kind.PDF,))
    form.offer(meetings.all_series(), _units())
    form.validate_tasks(form.tasks)
    year, number = form.numbered or (0, 0)
    return operations.enter_back(
        form.series[form.series_id.data], day, year, number, form.title.data or "", kept.enter(me()),
        form.decided, form.handed_out, issued_on=form.issued_on.data, distribution=form.distribution.data or "",
        by=me(),
    )  # fmt: skip


@bp.route("/minutes/<model:minutes>/amendment", methods=["GET", "POST"])
@requires(rules.see, rules.amend, transition="amend")
def amend(minutes: Minutes) -> ResponseReturnValue:
    """修改补录的纪要，档案员接收之前。"""
    form = forms.AmendForm(data=_told(minutes))
    if form.ready() and form.numbered and form.attempt(
        operations.amend, minutes, form.seen, form.day.data, *form.numbered, form.title.data or "", form.decided,
        issued_on=form.issued_on.data, distribution=form.distribution.data or "", by=me(),
    ) is not None:  # fmt: skip
        return responses.done(url(minutes), "已保存。")
    hint = "档案员接收之前可以修改。原件传错了的，请作废后重新补录；交办事项在交办台账中修改。"
    return act(minutes, form, "修改补录", "保存", hint)


def _told(minutes: Minutes) -> dict[str, Any]:
    """What was entered of minutes, as its form takes it."""
    day = minutes.meeting.day
    issued = clock.local(minutes.issued_at).date() if minutes.issued_at else day
    decided = (one.text for said in records.decisions_of(minutes.meeting).values() for one in said)
    return {
        "number": minutes.number_text, "title": minutes.title, "day": day, "version": minutes.version,
        "issued_on": issued if issued != day else None, "distribution": minutes.distribution,
        "decisions": "\n".join(decided),
    }  # fmt: skip


@bp.route("/minutes/<model:minutes>/revocation", methods=["GET", "POST"])
@requires(rules.see, rules.revoke, transition="revoke")
def revoke(minutes: Minutes) -> ResponseReturnValue:
    """作废补录的纪要，档案员接收之前。"""
    form = Why()
    if form.ready() and form.attempt(operations.revoke, minutes, form.why.data or "", by=me()) is not None:
        return responses.done(url(minutes), "已作废，编号和原件可以重新补录。")
    hint = "没有办完的交办事项随之终止，已销号的留在台账。作废后不能恢复，编号和原件可以重新补录。"
    return act(minutes, form, "作废补录", "作废", hint)


# ── many at once ───────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/minutes/back-entries", methods=["GET", "POST"])
@requires(rules.enter_back)
def bring_batch() -> ResponseReturnValue:
    """批量补录：先上传，再核对，最后补录。"""
    form = forms.BatchForm()
    if form.ready():
        file = form.attempt(_kept, form.files.data)
        if file is not None:
            return _check(file)
    return responses.show("minutes/back_entry/bring_batch.html", form=form, most=batches.MOST_FILES)


def _kept(chosen: Sequence[Any]) -> store.StoredFile:
    """The whole batch as one ZIP file; it is opened in the background, each PDF apart."""
    with NamedTemporaryFile() as draft:
        name = batches.packed(chosen, cast(BinaryIO, draft))
        draft.flush()
        draft.seek(0)
        return store.put(cast(BinaryIO, draft), name, "application/zip", me())


def _check(file: store.StoredFile) -> ResponseReturnValue:
    errand = background.ask("minutes.check_batch", by=me(), label=f"核对《{file.name}》", facts={"file": file.id})
    return responses.done(background_page.address_of(errand), "正在核对，可以离开本页。")


@bp.get("/minutes/back-entries/template")
@requires(rules.enter_back)
def template() -> ResponseReturnValue:
    """下载补录清单的模板。"""
    made = batches.template([one.name for one in meetings.all_series()], [one.label for one in ActionState])
    return responses.download(made, TEMPLATE, Kind.XLSX.media_type)


@bp.post("/minutes/back-entries/<model:batch>/reading")
@requires(rules.enter_back, rules.brought)
def check_batch(batch: store.StoredFile) -> ResponseReturnValue:
    """重新核对一批补录的纪要。"""
    return _check(batch)


@bp.route("/minutes/back-entries/<model:batch>", methods=["GET", "POST"])
@requires(rules.enter_back, rules.brought)
def read_batch(batch: store.StoredFile) -> ResponseReturnValue:
    """核对一批纪要：哪些可以补录，哪些不能、为什么；确认后一次补录。"""
    form, found = Empty(), _found(batch)
    if found and found["good"] and form.ready():
        facts = {"file": batch.id, "reading": found["reading"]}
        errand = background.ask("minutes.enter_several", by=me(), label=f"补录《{batch.name}》", facts=facts)
        return responses.done(
            background_page.address_of(errand), "正在补录，可以离开本页。要么全部补录，要么一份也不补录。"
        )
    return responses.show("minutes/back_entry/read_batch.html", form=form, file=batch, found=found, shown=SHOWN)


def _found(batch: store.StoredFile) -> dict[str, Any] | None:
    """What was found in a batch when it was read, by the background task the address names."""
    number = request.values.get("reading", "")
    errand = background_page.errand(int(number)) if number.isascii() and number.isdigit() and len(number) < 10 else None
    if errand is None or errand.kind != "minutes.check_batch" or not background_page.see(me(), errand):
        return None
    found = errand.facts.get("found") if errand.facts["file"] == batch.id else None
    return {**found, "reading": errand.id} if found else None


def _address(facts: dict[str, Any], reading: int) -> str:
    return f"/minutes/back-entries/{facts['file']}?reading={reading}"


def _batch_of(errand: background.BackgroundTask) -> store.StoredFile:
    file = queries.batch(errand.facts["file"])
    if file is None:
        raise Refused("上传的文件已经不在了，请重新上传。")
    return file


def _read(batch: batches.Batch, brought: dict[str, listing.Brought]) -> listing.Reading:
    known = listing.Known(queries.numbers_taken(), queries.files_known([one.sha256 for one in brought.values()]))
    return listing.read(batch.sheets(), brought, meetings.all_series(), _units(), known)


def _keep_checked(errand: background.BackgroundTask, made: background.Made) -> background.Made:
    errand.facts = {**errand.facts, "found": made.product}
    return replace(made, product=None)


@background.task("minutes.check_batch", "核对补录的纪要", then=_keep_checked)
def check_in_background(errand: background.BackgroundTask, progress: background.Progress) -> background.Made:
    """Look at every PDF of a batch, each apart, read its list, and keep what its page is to show."""
    with batches.opened(_batch_of(errand)) as batch:
        brought = batch.looked_at(progress)
        reading = _read(batch, brought)
    found = {
        "good": [
            [one.row, one.series.short, one.number_text, one.title, one.day.isoformat(), len(one.decisions),
             len(one.tasks), one.file]
            for one in reading.good
        ],
        "bad": [list(asdict(one).values()) for one in reading.bad],
        "unlisted": reading.unlisted,
        "brought": {name: one.sha256 for name, one in brought.items()},
    }  # fmt: skip
    said = f"可以补录 {len(reading.good)} 份，不能补录的有 {len(reading.bad)} 行。现在还没有补录任何内容。"
    return background.Made(said, address=_address(errand.facts, errand.id), product=found)


def _enter_several(errand: background.BackgroundTask, made: background.Made) -> background.Made:
    """All of it in one transaction, or nothing."""
    good, files = made.product
    by = accounts_queries.person(errand.asked_by_id)
    if by is None:
        raise Refused("上传的文件已经不在了，请重新上传。")
    entered = operations.enter_several(good, files, by=by)
    return replace(made, sentence=f"已补录 {len(entered)} 份会议纪要。", product=None)


@background.task("minutes.enter_several", "批量补录", then=_enter_several)
def read_to_enter(errand: background.BackgroundTask, progress: background.Progress) -> background.Made:
    """Read the list as it was checked, and take its PDFs into the store; nobody is told of them yet."""
    checked = background_page.errand(errand.facts["reading"])
    if checked is None or "found" not in checked.facts:
        raise Refused("核对的结果已经过期，请重新核对。")
    brought = {name: listing.Brought(sha) for name, sha in checked.facts["found"]["brought"].items() if sha}
    files = {}
    with batches.opened(_batch_of(errand)) as batch:
        reading = _read(batch, brought)
        wanted = {row[7] for row in checked.facts["found"]["good"]}
        if {one.file for one in reading.good} != wanted:
            raise Refused("核对之后，门户里有了变动，没有补录任何内容。请重新核对。")
        for place, one in enumerate(reading.good):
            progress(place, len(reading.good))
            files[one.file] = batch.kept(one.file)
    return background.Made("", address="/minutes?state=entered", product=(reading.good, files))
