"""Inspecting packages that were brought; exporting and taking over as background tasks."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from portal.archive.models.packages import Package
from portal.archive.packages import operations, queries, writing
from portal.db import clock
from portal.db.engine import db
from portal.errors import Refused
from portal.jobs import background, due, periodic
from portal.people.keys.queries import authority
from portal.people.models.accounts import User


@periodic.job("archive.inspect_package", every=timedelta(minutes=2), after=("archive.bring_package",))
def inspect_packages() -> None:
    """Inspect every package that was brought to be taken over."""
    due.each_prepared(queries.to_inspect(), operations.inspect_package, operations.keep_inspection)


@background.task("archive.export", "导出档案")
def export(errand: background.BackgroundTask, progress: background.Progress) -> background.Made:
    """Pack what was chosen as one ZIP file."""
    pieces = queries.to_export(errand.facts["pieces"])
    if not pieces:
        raise Refused("要导出的档案已经不在了，请重新选择。")
    by = db.session.get_one(User, errand.asked_by_id).name
    draft = background.fresh_draft()
    with TemporaryDirectory(prefix="portal-export-") as folder:
        writing.write(Path(folder), pieces, authority(), by, progress)
        writing.packed(Path(folder), draft)
    name = f"电子档案{clock.today():%Y%m%d}-{len(pieces)}件.zip"
    said, exports = f"已导出 {len(pieces)} 件。", "/archive/exports"
    return background.Made(said, draft=draft, name=name, media_type="application/zip", address=exports)


def _taken_over(errand: background.BackgroundTask, made: background.Made) -> background.Made:
    package = db.session.get_one(Package, errand.facts["package"])
    count = operations.take_over(package, made.product, by=db.session.get_one(User, errand.asked_by_id))
    return background.Made(f"已接收 {count} 件，档号和校验值不变，随后逐件检测。", address="/archive")


@background.task("archive.take_over", "接收封装包", then=_taken_over)
def take_over(errand: background.BackgroundTask, progress: background.Progress) -> background.Made:
    """Bring the files of a package into the store."""
    package = queries.package(errand.facts["package"])
    if package is None:
        raise Refused("这个封装包已经不在了。")
    db.session.expunge_all()
    return background.Made("", product=operations.unpack(package, progress))
