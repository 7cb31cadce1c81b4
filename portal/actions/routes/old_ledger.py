"""Doors for a ledger that was kept elsewhere."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal import errands, pages, store, tables
from portal.access import me, needs
from portal.actions import forms, operations, queries, rules
from portal.actions.models import ActionState
from portal.actions.old_ledger import Checked, Reading, Units, checked
from portal.actions.old_ledger import read as read_old
from portal.actions.routes.doors import bp
from portal.errors import Refused
from portal.examine import Kind
from portal.forms import Empty, Form
from portal.people import queries as people
from portal.people.models import User
from portal.uploads import take_in

MOST_READ_AT_ONCE = 20_000  # bytes; a larger ledger takes longer to read than a page may
MOST_BROUGHT_AT_ONCE = 100  # more rows than a page may take the time for


@bp.route("/actions/import", methods=["GET", "POST"])
@needs(rules.import_ledger)
def import_ledger() -> ResponseReturnValue:
    """导入旧台账：先上传，再核对，最后导入。"""
    form = forms.ImportLedger()
    if form.ready():
        file = form.attempt(_take_in_ledger, form.file.data)
        if file is not None:
            return _check(file)
    return pages.show("actions/import.html", form=form)


def _take_in_ledger(upload: Any) -> store.StoredFile:
    """Keep the table, after a look at what it really is and, of a small one, whether its head can be read."""
    name = store.clean_name(upload.filename or "")
    if name.lower().endswith(".csv"):
        content = upload.stream.read(tables.LARGEST + 1)
        if len(content) <= MOST_READ_AT_ONCE or len(content) > tables.LARGEST:
            _read_ledger(content, name, ())
        return store.put(content, name, "text/csv", me())
    (file,) = take_in([upload], by=me(), kinds=(Kind.XLSX,))
    if file.size <= MOST_READ_AT_ONCE:
        _read_ledger(store.read(file), name, ())
    return file


def _check(file: store.StoredFile, person: str = "") -> ResponseReturnValue:
    """On to the page that shows what was found: a large ledger is read in the background first."""
    if file.size <= MOST_READ_AT_ONCE:
        return pages.done(url_for("actions.read_ledger", old_ledger=file.id, person=person or None))
    facts = {"file": file.id, "person": int(person) if person else None}
    errand = errands.ask("actions.check_ledger", by=me(), label=f"核对《{file.name}》", facts=facts)
    return pages.done(errands.address_of(errand), "正在读取台账，可以离开本页。")


def _read_ledger(content: bytes, name: str, persons: Sequence[User], fallback: User | None = None) -> Reading:
    units = Units(people.departments(), people.groups(), persons)
    return read_old(tables.read(content, name), units, fallback, queries.known_tasks)


def _read_in_background(errand: errands.Errand) -> Reading:
    file = queries.brought_ledger(errand.facts["file"])
    if file is None:
        raise Refused("上传的台账已经不在了，请重新上传。")
    persons = people.people_to_choose()
    fallback = next((one for one in persons if one.id == errand.facts["person"]), None)
    return _read_ledger(store.read(file), file.name, persons, fallback)


def _keep_checked(errand: errands.Errand, made: errands.Made) -> errands.Made:
    errand.facts = {**errand.facts, "found": made.product}
    return replace(made, product=None)


@errands.kind("actions.check_ledger", "核对旧台账", then=_keep_checked)
def check_in_background(errand: errands.Errand, progress: errands.Progress) -> errands.Made:
    """Read a large ledger, and keep what its page is to show."""
    progress(0, 2)
    found = checked(_read_in_background(errand))
    progress(2, 2)
    said = f"可以导入 {found.good} 行，不能导入 {len(found.bad)} 行，空行 {found.blank} 行。现在还没有导入任何内容。"
    address = f"/actions/import/{errand.facts['file']}?reading={errand.id}"
    return errands.Made(said, address=address, product=asdict(found))


def _bring_in(errand: errands.Errand, made: errands.Made) -> errands.Made:
    """All of it in one transaction, or nothing."""
    good, bad = made.product
    file = queries.brought_ledger(errand.facts["file"])
    by = people.person(errand.asked_by_id)
    if file is None or by is None:
        raise Refused("上传的台账已经不在了，请重新上传。")
    brought = operations.bring_in(operations.attached(good), file, by=by)
    left = f"另有 {bad} 行没有导入，名单在核对页上。" if bad else ""
    return replace(made, sentence=f"已导入 {len(brought)} 项。{left}", product=None)


@errands.kind("actions.bring_in_ledger", "导入旧台账", then=_bring_in)
def read_to_bring_in(errand: errands.Errand, progress: errands.Progress) -> errands.Made:
    """Read the ledger as it was checked."""
    progress(0, 2)
    reading = _read_in_background(errand)
    progress(1, 2)
    reading_page = errand.facts.get("reading")
    address = f"/actions/import/{errand.facts['file']}" + (f"?reading={reading_page}" if reading_page else "")
    return errands.Made("", address=address, product=(reading.good, len(reading.bad)))


@bp.post("/actions/import/<thing:old_ledger>/reading")
@needs(rules.import_ledger, rules.brought)
def check_ledger(old_ledger: store.StoredFile) -> ResponseReturnValue:
    """重新核对旧台账。"""
    return _check(old_ledger, _chosen_person())


def _chosen_person() -> str:
    """Who is to lead where nobody is named, as the number that was typed, or nothing."""
    text = request.values.get("person", "")
    return text if text.isascii() and text.isdigit() and len(text) < 10 else ""


@bp.route("/actions/import/<thing:old_ledger>", methods=["GET", "POST"])
@needs(rules.import_ledger, rules.brought)
def read_ledger(old_ledger: store.StoredFile) -> ResponseReturnValue:
    """核对旧台账：各列认作什么、哪些行不能导入，确认后一次导入。"""
    form = Empty()
    persons = {str(one.id): one for one in people.people_to_choose()}
    fallback = persons.get(_chosen_person())
    if old_ledger.size > MOST_READ_AT_ONCE:
        return _read_large(old_ledger, form, persons)
    reading = _read_ledger(store.read(old_ledger), old_ledger.name, list(persons.values()), fallback)
    if len(reading.good) > MOST_BROUGHT_AT_ONCE and form.ready():
        return _bring_in_later(old_ledger, {"person": fallback.id if fallback else None})
    if reading.good and form.ready():
        made = form.attempt(operations.bring_in, reading.good, old_ledger, by=me())
        if made is not None:
            left = f"另有 {len(reading.bad)} 行没有导入。" if reading.bad else ""
            return pages.done(url_for("actions.index"), f"已导入 {len(made)} 项。{left}")
    return _show_reading(form, old_ledger, checked(reading), persons, fallback)


def _read_large(file: store.StoredFile, form: Form, persons: dict[str, User]) -> ResponseReturnValue:
    """What was found in a ledger that was read in the background."""
    number = request.values.get("reading", "")
    errand = errands.errand(int(number)) if number.isascii() and number.isdigit() and len(number) < 10 else None
    if errand is None or errand.kind != "actions.check_ledger" or not errands.see(me(), errand):
        return _show_reading(form, file, None, persons, None)
    found, person = errand.facts.get("found"), errand.facts["person"]
    if found is None or errand.facts["file"] != file.id:
        return _show_reading(form, file, None, persons, None)
    if found["good"] and form.ready():
        return _bring_in_later(file, {"person": person, "reading": errand.id})
    return _show_reading(form, file, Checked(**found), persons, persons.get(str(person)))


def _bring_in_later(file: store.StoredFile, facts: dict[str, Any]) -> ResponseReturnValue:
    label = f"导入《{file.name}》"
    errand = errands.ask("actions.bring_in_ledger", by=me(), label=label, facts={"file": file.id, **facts})
    return pages.done(errands.address_of(errand), "正在导入，可以离开本页。要么全部导入，要么一项也不导入。")


def _show_reading(
    form: Form, file: store.StoredFile, found: Checked | None, persons: dict[str, User], fallback: User | None
) -> ResponseReturnValue:
    states = {one.value: one for one in ActionState}
    return pages.show(
        "actions/read_ledger.html", form=form, file=file, found=found, persons=persons, fallback=fallback,
        states=states, reading=request.values.get("reading", "") if found else "",
    )  # fmt: skip
