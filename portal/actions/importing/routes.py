"""Routes for a ledger that was kept elsewhere."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.actions import rules
from portal.actions.blueprint import bp
from portal.actions.importing import forms, operations
from portal.actions.importing.reading import Checked, checked, read_content
from portal.actions.models.action_items import ActionState
from portal.files import store, tables
from portal.files.kinds import Kind
from portal.files.uploads import take_in
from portal.jobs import background
from portal.people.accounts import queries as people
from portal.people.models.accounts import User
from portal.web import background_page, responses
from portal.web.forms import Empty, Form
from portal.web.guards import me, requires

MOST_READ_AT_ONCE = 20_000  # bytes; a larger ledger takes longer to read than a page may
MOST_BROUGHT_AT_ONCE = 100  # more rows than a page may take the time for


@bp.route("/actions/import", methods=["GET", "POST"])
@requires(rules.import_ledger)
def import_ledger() -> ResponseReturnValue:
    """导入旧台账：先上传，再核对，最后导入。"""
    form = forms.ImportLedger()
    if form.ready():
        file = form.attempt(_take_in_ledger, form.file.data)
        if file is not None:
            return _check(file)
    return responses.show("actions/importing/import.html", form=form)


def _take_in_ledger(upload: Any) -> store.StoredFile:
    """Keep the table, after a look at what it really is and, of a small one, whether its head can be read."""
    name = store.clean_name(upload.filename or "")
    if name.lower().endswith(".csv"):
        content = upload.stream.read(tables.LARGEST + 1)
        if len(content) <= MOST_READ_AT_ONCE or len(content) > tables.LARGEST:
            read_content(content, name, ())
        return store.put(content, name, "text/csv", me())
    (file,) = take_in([upload], by=me(), kinds=(Kind.XLSX,))
    if file.size <= MOST_READ_AT_ONCE:
        read_content(store.read(file), name, ())
    return file


def _check(file: store.StoredFile, person: str = "") -> ResponseReturnValue:
    """On to the page that shows what was found: a large ledger is read in the background first."""
    if file.size <= MOST_READ_AT_ONCE:
        return responses.done(url_for("actions.read_ledger", old_ledger=file.id, person=person or None))
    facts = {"file": file.id, "person": int(person) if person else None}
    errand = background.ask("actions.check_ledger", by=me(), label=f"核对《{file.name}》", facts=facts)
    return responses.done(background_page.address_of(errand), "正在读取台账，可以离开本页。")


@bp.post("/actions/import/<model:old_ledger>/reading")
@requires(rules.import_ledger, rules.brought)
def check_ledger(old_ledger: store.StoredFile) -> ResponseReturnValue:
    """重新核对旧台账。"""
    return _check(old_ledger, _chosen_person())


def _chosen_person() -> str:
    """Who is to lead where nobody is named, as the number that was typed, or nothing."""
    text = request.values.get("person", "")
    return text if text.isascii() and text.isdigit() and len(text) < 10 else ""


@bp.route("/actions/import/<model:old_ledger>", methods=["GET", "POST"])
@requires(rules.import_ledger, rules.brought)
def read_ledger(old_ledger: store.StoredFile) -> ResponseReturnValue:
    """核对旧台账：各列认作什么、哪些行不能导入，确认后一次导入。"""
    form = Empty()
    persons = {str(one.id): one for one in people.people_to_choose()}
    fallback = persons.get(_chosen_person())
    if old_ledger.size > MOST_READ_AT_ONCE:
        return _read_large(old_ledger, form, persons)
    reading = read_content(store.read(old_ledger), old_ledger.name, list(persons.values()), fallback)
    if len(reading.good) > MOST_BROUGHT_AT_ONCE and form.ready():
        return _bring_in_later(old_ledger, {"person": fallback.id if fallback else None})
    if reading.good and form.ready():
        made = form.attempt(operations.bring_in, reading.good, old_ledger, by=me())
        if made is not None:
            left = f"另有 {len(reading.bad)} 行没有导入。" if reading.bad else ""
            return responses.done(url_for("actions.index"), f"已导入 {len(made)} 项。{left}")
    return _show_reading(form, old_ledger, checked(reading), persons, fallback)


def _read_large(file: store.StoredFile, form: Form, persons: dict[str, User]) -> ResponseReturnValue:
    """What was found in a ledger that was read in the background."""
    number = request.values.get("reading", "")
    errand = background_page.errand(int(number)) if number.isascii() and number.isdigit() and len(number) < 10 else None
    if errand is None or errand.kind != "actions.check_ledger" or not background_page.see(me(), errand):
        return _show_reading(form, file, None, persons, None)
    found, person = errand.facts.get("found"), errand.facts["person"]
    if found is None or errand.facts["file"] != file.id:
        return _show_reading(form, file, None, persons, None)
    if found["good"] and form.ready():
        return _bring_in_later(file, {"person": person, "reading": errand.id})
    return _show_reading(form, file, Checked(**found), persons, persons.get(str(person)))


def _bring_in_later(file: store.StoredFile, facts: dict[str, Any]) -> ResponseReturnValue:
    label = f"导入《{file.name}》"
    errand = background.ask("actions.bring_in_ledger", by=me(), label=label, facts={"file": file.id, **facts})
    return responses.done(
        background_page.address_of(errand), "正在导入，可以离开本页。要么全部导入，要么一项也不导入。"
    )


def _show_reading(
    form: Form, file: store.StoredFile, found: Checked | None, persons: dict[str, User], fallback: User | None
) -> ResponseReturnValue:
    states = {one.value: one for one in ActionState}
    return responses.show(
        "actions/importing/read_ledger.html", form=form, file=file, found=found, persons=persons, fallback=fallback,
        states=states, reading=request.values.get("reading", "") if found else "",
    )  # fmt: skip
