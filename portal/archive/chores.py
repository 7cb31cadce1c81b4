"""What the room does by itself: preparing what is final, checking what is kept, verifying what was brought."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from portal import clock, errands, jobs, paper, papers, register, seal, store, verify
from portal.archive import compiling, inspecting, operations, packages, queries
from portal.archive.inspecting import Findings
from portal.archive.models import ArchivalRecord, Examination, Package
from portal.database import db
from portal.errors import Refused
from portal.meetings.models import Meeting
from portal.people.models import User
from portal.people.queries import authority
from portal.register import Document, PaperKind

CHECKED_AT_ONCE, COMPILED_AT_ONCE = 50, 8


@jobs.chore(
    "archive.prepare",
    every=timedelta(minutes=5),
    after=("minutes.issue", "minutes.render_sheet", "records.complete"),
)
def prepare() -> None:
    """Prepare every piece that issued minutes bring along."""
    jobs.each(queries.minutes_to_prepare(), operations.prepare_minutes)
    jobs.each(queries.sheets_to_prepare(), operations.prepare_sheet)
    jobs.each(queries.records_to_prepare(), operations.prepare_record)
    jobs.each(queries.materials_to_prepare(), operations.prepare_material)
    jobs.each(queries.notices_to_prepare(), operations.prepare_notice)
    jobs.each(queries.scans_to_prepare(), operations.prepare_scan)


@jobs.chore("archive.renew", every=timedelta(minutes=5), after=("minutes.amend", "minutes.revoke"))
def renew() -> None:
    """Let prepared pieces of minutes that were brought in say what their minutes say now."""
    jobs.each(queries.pieces_to_renew(), operations.renew)


@jobs.chore("archive.compile", every=timedelta(minutes=5))
def compile_papers() -> None:
    """Lay out what else belongs to the dossiers of meetings whose minutes were issued, a few at a time."""
    for kind in compiling.KINDS:
        jobs.each_prepared(
            queries.meetings_to_compile(kind, COMPILED_AT_ONCE),
            partial(_compiled, kind),
            partial(operations.file_compiled, kind),
        )


@jobs.chore("archive.check", every=timedelta(hours=1), after=("archive.prepare", "archive.ask_check"))
def check() -> None:
    """Check what was prepared and what somebody asked for, which does not wait behind the monthly round."""
    jobs.each_prepared(queries.to_check_now().limit(CHECKED_AT_ONCE), _inspected, operations.keep_findings)


@jobs.chore("archive.recheck", every=timedelta(hours=1))
def recheck() -> None:
    """Check some of what was not checked for a month."""
    jobs.each_prepared(queries.to_check().limit(CHECKED_AT_ONCE), _inspected, operations.keep_findings)


@jobs.chore("archive.erase", every=timedelta(hours=1), after=("archive.approve",))
def erase() -> None:
    """Remove the bytes of what two persons agreed to remove."""
    jobs.each(queries.to_erase(), operations.erase)


@jobs.chore("archive.lengthen", every=timedelta(days=1))
def lengthen() -> None:
    """Renew the authority's certificates, then lengthen the proof of every paper it is a year old of."""
    operations.renew_certificates()
    db.session.commit()
    jobs.each_prepared(queries.to_lengthen(), _proven, operations.lengthen)


@jobs.chore("archive.publish", every=timedelta(days=1))
def publish() -> None:
    """Make the revocation list that other programs download, valid for a month."""
    authority().publish()


@jobs.chore("archive.verify", every=timedelta(minutes=1), after=("archive.bring",))
def verify_brought() -> None:
    """Answer whoever brought a file."""
    jobs.each_prepared(queries.to_examine(), _judged, operations.answer)


@jobs.chore("archive.tidy", every=timedelta(days=1))
def tidy() -> None:
    """Remove uploads that were never answered."""
    operations.tidy()


@jobs.chore("archive.inspect_package", every=timedelta(minutes=2), after=("archive.bring_package",))
def inspect_packages() -> None:
    """Inspect every package that was brought to be taken over."""
    jobs.each_prepared(queries.to_inspect(), operations.inspect_package, operations.keep_inspection)


@errands.kind("archive.export", "导出档案")
def export(errand: errands.Errand, progress: errands.Progress) -> errands.Made:
    """Pack what was chosen as one ZIP file."""
    pieces = queries.to_export(errand.facts["pieces"])
    if not pieces:
        raise Refused("要导出的档案已经不在了，请重新选择。")
    by = db.session.get_one(User, errand.asked_by_id).name
    draft = errands.fresh_draft()
    with TemporaryDirectory(prefix="portal-export-") as folder:
        packages.write(Path(folder), pieces, authority(), by, progress)
        packages.packed(Path(folder), draft)
    name = f"电子档案{clock.today():%Y%m%d}-{len(pieces)}件.zip"
    said, exports = f"已导出 {len(pieces)} 件。", "/archive/exports"
    return errands.Made(said, draft=draft, name=name, media_type="application/zip", address=exports)


def _taken_over(errand: errands.Errand, made: errands.Made) -> errands.Made:
    package = db.session.get_one(Package, errand.facts["package"])
    count = operations.take_over(package, made.product, by=db.session.get_one(User, errand.asked_by_id))
    return errands.Made(f"已接收 {count} 件，档号和校验值不变，随后逐件检测。", address="/archive")


@errands.kind("archive.take_over", "接收封装包", then=_taken_over)
def take_over(errand: errands.Errand, progress: errands.Progress) -> errands.Made:
    """Bring the files of a package into the store."""
    package = queries.package(errand.facts["package"])
    if package is None:
        raise Refused("这个封装包已经不在了。")
    db.session.expunge_all()
    return errands.Made("", product=operations.unpack(package, progress))


def _compiled(kind: PaperKind, copy: Meeting) -> operations.LaidOut:
    code = register.new_code()
    page = compiling.compiled(kind, db.session.get_one(Meeting, copy.id))
    page = replace(page, qr=paper.qr(papers.address_of(code)))
    db.session.rollback()  # all is read: laying out is slow and must hold no lock
    return operations.LaidOut(paper.render("filing.html", made_at=clock.now(), paper=page), code)


def _inspected(copy: ArchivalRecord) -> Findings:
    known = queries.known_about(copy, _registered)
    db.session.rollback()
    return inspecting.inspect(copy, known, deep=True)


def _proven(copy: Document) -> seal.Proof:
    return seal.prove(store.read(copy.file), authority())


def _judged(copy: Examination) -> verify.Verdict:
    foreign = queries.foreign_authorities()
    db.session.rollback()
    return operations.judge(copy, _registered, foreign)


def _registered(sha256: str) -> verify.Registered | None:
    found = queries.registered(sha256)
    db.session.rollback()  # all is read: judging signatures is slow and must hold no lock
    return found
