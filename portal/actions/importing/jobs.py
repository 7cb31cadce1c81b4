"""Jobs of importing: a large ledger is read and brought in in the background, and indexed for search."""

from dataclasses import asdict, replace
from datetime import timedelta

from portal.actions.assignment import notifying
from portal.actions.importing import operations, queries
from portal.actions.importing.reading import Reading, checked, read_content
from portal.db.engine import db
from portal.errors import Refused
from portal.files import store
from portal.jobs import background, periodic
from portal.people.accounts import queries as people

PORTION = 500


@periodic.job("actions.let_be_found", every=timedelta(minutes=10), after=("actions.bring_in",))
def reindex() -> None:
    """让从旧台账导入的事项也能被搜索到。"""
    while found := queries.not_to_be_found(PORTION):
        notifying.reindex(*found)
        db.session.commit()  # in portions, so that nobody waits for all of them
        db.session.expunge_all()


def _read_in_background(errand: background.BackgroundTask) -> Reading:
    file = queries.brought_ledger(errand.facts["file"])
    if file is None:
        raise Refused("上传的台账已经不在了，请重新上传。")
    persons = people.people_to_choose()
    fallback = next((one for one in persons if one.id == errand.facts["person"]), None)
    return read_content(store.read(file), file.name, persons, fallback)


def _keep_checked(errand: background.BackgroundTask, made: background.Made) -> background.Made:
    errand.facts = {**errand.facts, "found": made.product}
    return replace(made, product=None)


@background.task("actions.check_ledger", "核对旧台账", then=_keep_checked)
def check_in_background(errand: background.BackgroundTask, progress: background.Progress) -> background.Made:
    """Read a large ledger, and keep what its page is to show."""
    progress(0, 2)
    found = checked(_read_in_background(errand))
    progress(2, 2)
    said = f"可以导入 {found.good} 行，不能导入 {len(found.bad)} 行，空行 {found.blank} 行。现在还没有导入任何内容。"
    address = f"/actions/import/{errand.facts['file']}?reading={errand.id}"
    return background.Made(said, address=address, product=asdict(found))


def _bring_in(errand: background.BackgroundTask, made: background.Made) -> background.Made:
    """All of it in one transaction, or nothing."""
    good, bad = made.product
    file = queries.brought_ledger(errand.facts["file"])
    by = people.person(errand.asked_by_id)
    if file is None or by is None:
        raise Refused("上传的台账已经不在了，请重新上传。")
    brought = operations.bring_in(operations.attached(good), file, by=by)
    left = f"另有 {bad} 行没有导入，名单在核对页上。" if bad else ""
    return replace(made, sentence=f"已导入 {len(brought)} 项。{left}", product=None)


@background.task("actions.bring_in_ledger", "导入旧台账", then=_bring_in)
def read_to_bring_in(errand: background.BackgroundTask, progress: background.Progress) -> background.Made:
    """Read the ledger as it was checked."""
    progress(0, 2)
    reading = _read_in_background(errand)
    progress(1, 2)
    reading_page = errand.facts.get("reading")
    address = f"/actions/import/{errand.facts['file']}" + (f"?reading={reading_page}" if reading_page else "")
    return background.Made("", address=address, product=(reading.good, len(reading.bad)))
