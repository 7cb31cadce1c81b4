"""Questions about archival records, and about papers that are brought for verification."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from cryptography import x509
from sqlalchemy.orm import Session, contains_eager, defer, joinedload, lazyload, load_only, selectinload

from portal import clock, journal
from portal.actions import queries as actions
from portal.archive.inspecting import Known
from portal.archive.models import (
    Appraisal,
    AppraisalChoice,
    AppraisalState,
    ArchivalRecord,
    ArchivalState,
    Check,
    Examination,
    ForeignAuthority,
    Package,
    PackageState,
)
from portal.courses.models import Course, Material, MaterialState, MaterialVersion
from portal.courses.rules import scopes_of as courses_found_by
from portal.database import db
from portal.enterprises import queries as enterprises
from portal.errands import Errand
from portal.meetings import queries as meetings
from portal.meetings.models import AgendaItem, ItemState, Meeting, MeetingNotice, MeetingSeries, SignInScan
from portal.minutes import queries as minutes
from portal.minutes.models import Minutes, MinutesState, SignOffSheet
from portal.people.models import Role, User
from portal.people.queries import authority
from portal.records import queries as records
from portal.records.models import Record, RecordState
from portal.register import Document, DocumentState, PaperKind, Signature, SignatureState
from portal.store import StoredFile
from portal.verify import ExpectedSigner, Foreign, Register, Registered

PAPERS = (
    PaperKind.notice.label, PaperKind.agenda.label, PaperKind.roll.label, PaperKind.record.label,
    PaperKind.minutes.label, PaperKind.sign_off.label, PaperKind.tasks.label, PaperKind.trail.label,
)  # fmt: skip
SLIDES, SCAN = "课件", "签到表扫描件"
# In this order they lie in the dossier of a meeting.
KINDS = (*PAPERS[:3], SCAN, SLIDES, *PAPERS[3:])
PRIVATE = (PaperKind.sign_off.label, PaperKind.trail.label)  # opinions, and who did what: for who deals with them
LENGTHENED_EVERY = timedelta(days=365)

# ── pieces ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def record(number: int) -> ArchivalRecord | None:
    """One piece with its meeting, paper and checks."""
    return db.session.scalar(
        sa.select(ArchivalRecord)
        .where(ArchivalRecord.id == number)
        .options(
            joinedload(ArchivalRecord.meeting).options(
                joinedload(Meeting.series).joinedload(MeetingSeries.group), selectinload(Meeting.items)
            ),
            joinedload(ArchivalRecord.minutes),
            joinedload(ArchivalRecord.file),
            joinedload(ArchivalRecord.accepted_by).options(lazyload(User.grants)),
            *_paper(),
            joinedload(ArchivalRecord.last_check),
        )
    )


def _paper() -> tuple[Any, ...]:
    document = joinedload(ArchivalRecord.document)
    return (document.joinedload(Document.file), document.selectinload(Document.signatures))


def readable_by(user: User) -> sa.ColumnElement[bool]:
    """The condition under which a person may read a piece of a meeting: see `rules.see`."""
    if user.has(Role.archivist, Role.secretary):
        return sa.true()
    roles = (Meeting.chair_id, Meeting.recorder_id, Meeting.reviewer_id, Meeting.signatory_id)
    opinions = sa.or_(ArchivalRecord.kind.not_in(PRIVATE), *(column == user.id for column in roles))
    return sa.and_(meetings.visible_to(user), opinions)


def records_of(user: User) -> sa.Select[ArchivalRecord]:
    """All pieces this person may read."""
    return sa.select(ArchivalRecord).join(ArchivalRecord.meeting).join(Meeting.series).where(readable_by(user))


def list_options() -> tuple[Any, ...]:
    """What a list of pieces shows beside them."""
    return (contains_eager(ArchivalRecord.meeting).contains_eager(Meeting.series),)


def list_order() -> tuple[Any, ...]:
    """By meeting; read from the newest on, its pieces still stand as they are filed."""
    return (Meeting.day, ArchivalRecord.meeting_id, -ArchivalRecord.id)


def years_and_series() -> tuple[list[int], dict[int, str]]:
    """The years there are pieces of, newest first, and the series they come from, by rank: what a list filters by."""
    rows = db.session.execute(
        sa.select(ArchivalRecord.year, MeetingSeries.id, MeetingSeries.name, MeetingSeries.rank)
        .join(ArchivalRecord.meeting)
        .join(Meeting.series)
        .distinct()
        .order_by(MeetingSeries.rank, MeetingSeries.id)
    ).all()
    return sorted({row.year for row in rows}, reverse=True), {row.id: row.name for row in rows}


def dossier_of(meeting: Meeting) -> Sequence[ArchivalRecord]:
    """一会一档: the pieces of one meeting, in the order they lie in a dossier."""
    pieces = db.session.scalars(
        sa.select(ArchivalRecord)
        .where(ArchivalRecord.meeting_id == meeting.id)
        .options(joinedload(ArchivalRecord.file), *_paper(), joinedload(ArchivalRecord.last_check))
        .order_by(ArchivalRecord.id)
    ).all()
    return sorted(pieces, key=lambda one: KINDS.index(one.kind) if one.kind in KINDS else len(KINDS))


def missing_from(pieces: Sequence[ArchivalRecord]) -> list[str]:
    """The papers every dossier has that are not among these pieces yet."""
    kinds = {one.kind for one in pieces}
    return [kind for kind in PAPERS if kind not in kinds]


def pieces_of(meeting: Meeting, user: User) -> Sequence[ArchivalRecord]:
    """The pieces of one meeting that this person may read, for a link from another page."""
    return db.session.scalars(
        sa.select(ArchivalRecord)
        .join(ArchivalRecord.meeting)
        .where(ArchivalRecord.meeting_id == meeting.id, readable_by(user))
        .order_by(ArchivalRecord.id)
    ).all()


def accepted() -> Sequence[ArchivalRecord]:
    """Every piece that was taken over, in the order of its number."""
    return db.session.scalars(
        sa.select(ArchivalRecord)
        .where(ArchivalRecord.state == ArchivalState.accepted)
        .options(joinedload(ArchivalRecord.file), joinedload(ArchivalRecord.meeting).joinedload(Meeting.series))
        .order_by(ArchivalRecord.year, ArchivalRecord.retention, ArchivalRecord.piece)
    ).all()


def version_of(piece: ArchivalRecord) -> MaterialVersion | None:
    """The version of slides a piece is the original of."""
    return db.session.scalar(sa.select(MaterialVersion).where(MaterialVersion.file_id == piece.file_id).limit(1))


def prepared_count() -> int:
    """How many pieces wait for the archivist."""
    query = sa.select(sa.func.count(ArchivalRecord.id)).where(ArchivalRecord.state == ArchivalState.prepared)
    return db.session.scalar(query) or 0


def meetings_to_accept(limit: int = 20) -> tuple[Sequence[tuple[Meeting, int]], int]:
    """Meetings with pieces that wait for the archivist, oldest first, with how many; and how many such meetings."""
    counted = (
        sa.select(ArchivalRecord.meeting_id, sa.func.count(ArchivalRecord.id).label("pieces"))
        .where(ArchivalRecord.state == ArchivalState.prepared)
        .group_by(ArchivalRecord.meeting_id)
        .subquery()
    )
    rows = db.session.execute(
        sa.select(Meeting, counted.c.pieces, sa.func.count().over())
        .join(counted, counted.c.meeting_id == Meeting.id)
        .options(joinedload(Meeting.series))
        .order_by(Meeting.day, Meeting.id)
        .limit(limit)
    ).all()
    return [(row[0], row[1]) for row in rows], rows[0][2] if rows else 0


def failed_checks(limit: int = 10) -> tuple[Sequence[tuple[ArchivalRecord, Check]], int]:
    """Pieces whose newest check found something wrong, and that check; and how many such pieces there are."""
    rows = db.session.execute(
        sa.select(ArchivalRecord, Check, sa.func.count().over())
        .join(Check, Check.record_id == ArchivalRecord.id)
        .where(Check.id.in_(_newest_checks()), Check.passed.is_(False), ArchivalRecord.state != ArchivalState.removed)
        .order_by(ArchivalRecord.id)
        .limit(limit)
    ).all()
    return [(row[0], row[1]) for row in rows], rows[0][2] if rows else 0


def _newest_checks() -> sa.Select[int]:
    return sa.select(sa.func.max(Check.id)).group_by(Check.record_id)


CHECKED = {"passed": "合格", "failed": "不合格", "none": "待检测"}


def checked(query: sa.Select[Any], found: str) -> sa.Select[Any]:
    """A list of pieces, narrowed to what their newest check found."""
    if found == "none":
        return query.where(~ArchivalRecord.checks.any())
    passed = Check.passed if found == "passed" else ~Check.passed
    kept = sa.select(Check.record_id).where(Check.id.in_(_newest_checks()), passed)
    return query.where(ArchivalRecord.id.in_(kept), ArchivalRecord.state != ArchivalState.removed)


def checks_of(piece: ArchivalRecord) -> sa.Select[Check]:
    """Every 四性检测 of a piece, without what each looked at."""
    return sa.select(Check).where(Check.record_id == piece.id).options(defer(Check.details))


def check_of(piece: ArchivalRecord, number: int) -> Check | None:
    """One 四性检测 of a piece."""
    return db.session.scalar(sa.select(Check).where(Check.record_id == piece.id, Check.id == number))


def count_of_checks(piece: ArchivalRecord) -> int:
    """How often a piece was checked."""
    return db.session.scalar(sa.select(sa.func.count(Check.id)).where(Check.record_id == piece.id)) or 0


def known_about(piece: ArchivalRecord, register: Register) -> Known:
    """What the database knows about a piece before it is looked at."""
    document = piece.document_id and db.session.scalar(
        sa.select(Document)
        .where(Document.id == piece.document_id)
        .options(selectinload(Document.states), selectinload(Document.signatures))
    )
    notes = journal.history(piece)
    known = Known(
        register, authority(), foreign=foreign_authorities(), twins=_twins_of(piece), gap=_has_gap(piece),
        noted=any(one.deed in HOW_IT_CAME for one in notes), chained=all(one.hash == one.digest() for one in notes),
    )  # fmt: skip
    if not document:
        return known
    return replace(
        known,
        withdrawn=document.withdrawn,
        state_known=document.states[-1].sha256 == piece.file.sha256,
        awaited=[one.name for one in document.signatures if one.state is not SignatureState.made],
        proven_until=document.proven_until,
    )


HOW_IT_CAME = ("archive.prepare", "archive.take_over")


def _twins_of(piece: ArchivalRecord) -> int:
    other = sa.select(sa.func.count(ArchivalRecord.id)).join(ArchivalRecord.file).where(
        ArchivalRecord.id != piece.id, ArchivalRecord.meeting_id == piece.meeting_id,
        StoredFile.sha256 == piece.file.sha256,
    )  # fmt: skip
    return db.session.scalar(other) or 0


def _has_gap(piece: ArchivalRecord) -> bool:
    """Whether an earlier number of its year and retention is missing; what was taken over came as it was chosen."""
    if piece.piece is None or piece.origin:
        return False
    earlier = sa.select(sa.func.count(sa.distinct(ArchivalRecord.piece))).where(
        ArchivalRecord.year == piece.year, ArchivalRecord.retention == piece.retention, ArchivalRecord.origin == "",
        ArchivalRecord.piece < piece.piece,
    )  # fmt: skip
    return (db.session.scalar(earlier) or 0) != piece.piece - 1


def foreign_authorities() -> list[Foreign]:
    """The authorities of portals whose packages were taken over here."""
    return [
        Foreign(x509.load_pem_x509_certificates((one.root + one.chain).encode()), list(map(bytes.fromhex, one.lists)))
        for one in db.session.scalars(sa.select(ForeignAuthority).order_by(ForeignAuthority.id))
    ]


def trusted_authorities() -> Sequence[ForeignAuthority]:
    """The same, to be shown: by name and since when."""
    query = sa.select(ForeignAuthority).options(load_only(*_SHOWN))
    return db.session.scalars(query.order_by(ForeignAuthority.id)).all()


_SHOWN = (ForeignAuthority.fingerprint, ForeignAuthority.name, ForeignAuthority.trusted_at)


def foreign_authority(fingerprint: str) -> ForeignAuthority | None:
    """The authority with this root, where it is known already."""
    return db.session.scalar(sa.select(ForeignAuthority).where(ForeignAuthority.fingerprint == fingerprint))


# ── appraisal ──────────────────────────────────────────────────────────────────────────────────────────────────────


def is_over_and_unproposed() -> sa.ColumnElement[bool]:
    """The condition under which a piece waits for its appraisal."""
    proposed = sa.exists().where(Appraisal.record_id == ArchivalRecord.id, Appraisal.state == AppraisalState.proposed)
    return sa.and_(
        ArchivalRecord.state == ArchivalState.accepted, ArchivalRecord.kept_until < clock.today(), ~proposed
    )


def over() -> sa.Select[ArchivalRecord]:
    """Pieces whose retention has ended and about which nobody has proposed anything yet, the longest over first."""
    order = (ArchivalRecord.kept_until, ArchivalRecord.archival_number)
    return sa.select(ArchivalRecord).where(is_over_and_unproposed()).order_by(*order)


Reasons = list[tuple[ArchivalRecord, str]]


def to_propose_about(numbers: Sequence[int]) -> tuple[list[ArchivalRecord], Reasons]:
    """Of these pieces those about which an opinion can be given now, and the others with the reason."""
    rows = db.session.execute(
        sa.select(ArchivalRecord, is_over_and_unproposed())
        .where(ArchivalRecord.id.in_(numbers))
        .order_by(ArchivalRecord.kept_until, ArchivalRecord.archival_number)
    ).all()
    return [piece for piece, can in rows if can], [(piece, _not_over(piece)) for piece, can in rows if not can]


def _not_over(piece: ArchivalRecord) -> str:
    if piece.is_over:
        return "已经有人提出意见，正在等待批准。"
    return piece.lifecycle.obstacle(piece, "remove") or "还没有到期。"


def counts_of_appraisal() -> tuple[int, int]:
    """How many pieces wait for an opinion, and how many opinions for a decision."""
    pieces = sa.select(sa.func.count(ArchivalRecord.id)).where(is_over_and_unproposed())
    opinions = sa.select(sa.func.count(Appraisal.id)).where(Appraisal.state == AppraisalState.proposed)
    row = db.session.execute(sa.select(pieces.scalar_subquery(), opinions.scalar_subquery())).one()
    return row[0], row[1]


def appraisal(number: int) -> Appraisal | None:
    """One opinion with its piece."""
    return db.session.scalar(_appraisals().where(Appraisal.id == number).options(*APPRAISAL_ROW))


def open_appraisals() -> sa.Select[Appraisal]:
    """Opinions that wait for another person's decision, oldest first."""
    return _appraisals().where(Appraisal.state == AppraisalState.proposed).order_by(Appraisal.id)


def decided_appraisals() -> sa.Select[Appraisal]:
    """鉴定记录: every opinion that was approved or refused."""
    return _appraisals().where(Appraisal.state != AppraisalState.proposed)


def chosen_appraisals(numbers: Sequence[int]) -> Sequence[Appraisal]:
    """These opinions with their pieces, oldest first."""
    query = _appraisals().where(Appraisal.id.in_(numbers))
    return db.session.scalars(query.options(*APPRAISAL_ROW).order_by(Appraisal.id)).all()


def _appraisals() -> sa.Select[Appraisal]:
    return sa.select(Appraisal).join(Appraisal.record)


def appraisals_of(piece: ArchivalRecord) -> Sequence[Appraisal]:
    """What was proposed about one piece and decided, in the order it happened."""
    of_piece = _appraisals().where(Appraisal.record_id == piece.id)
    return db.session.scalars(of_piece.options(*APPRAISAL_ROW).order_by(Appraisal.id)).all()


def removals() -> sa.Select[Appraisal]:
    """销毁清册: everything that was removed, with who proposed and who approved it."""
    done = (Appraisal.state == AppraisalState.approved, Appraisal.choice == AppraisalChoice.remove)
    return _appraisals().where(*done)


ERASED = {"erased": "已清除", "waiting": "待清除", "needed": "别处仍在使用"}


def erased(query: sa.Select[Any], how: str) -> sa.Select[Any]:
    """The register of removals, narrowed to what became of the bytes."""
    if how == "waiting":
        return query.where(ArchivalRecord.erased_at.is_(None))
    needed = ArchivalRecord.still_needed != ""
    return query.where(ArchivalRecord.erased_at.is_not(None), needed if how == "needed" else ~needed)


# What a list of opinions shows beside them, and a register of removals beside that.
_PEOPLE = [joinedload(one).options(lazyload(User.grants)) for one in (Appraisal.proposed_by, Appraisal.decided_by)]
APPRAISAL_ROW = (contains_eager(Appraisal.record), *_PEOPLE)
REMOVAL_ROW = (contains_eager(Appraisal.record).joinedload(ArchivalRecord.file), *_PEOPLE)


def to_erase() -> sa.Select[ArchivalRecord]:
    """Removed pieces whose bytes still lie in the store."""
    return (
        sa.select(ArchivalRecord)
        .where(ArchivalRecord.state == ArchivalState.removed, ArchivalRecord.erased_at.is_(None))
        .order_by(ArchivalRecord.id)
    )


def hashes_of(piece: ArchivalRecord) -> set[str]:
    """Every content that is this piece: its file, and each state of its paper."""
    files = {piece.file_id}
    if piece.document_id is not None:
        states = sa.select(DocumentState.file_id).where(DocumentState.document_id == piece.document_id)
        files |= set(db.session.scalars(states))
    return set(db.session.scalars(sa.select(StoredFile.sha256).where(StoredFile.id.in_(files))))


def who_needs(sha256: str, piece: ArchivalRecord) -> list[str]:
    """Which tables still point to this content, besides the removed piece and its own paper."""
    of_content = sa.select(StoredFile.id).where(StoredFile.sha256 == sha256)
    needing = []
    for table in db.metadata.sorted_tables:
        for column in table.columns:
            if not any(key.column.table.name == StoredFile.__tablename__ for key in column.foreign_keys):
                continue
            query = sa.select(sa.func.count()).select_from(table).where(column.in_(of_content), _besides(table, piece))
            if db.session.scalar(query):
                needing.append(table.name)
    return sorted(set(needing))


def _besides(table: sa.Table, piece: ArchivalRecord) -> sa.ColumnElement[bool]:
    """Rows that do not count: pieces that were removed too, and the paper that is removed."""
    if table.name == ArchivalRecord.__tablename__:
        return table.c.state != ArchivalState.removed
    if table.name == Document.__tablename__:
        return sa.and_(table.c.removed_at.is_(None), table.c.id != (piece.document_id or 0))
    if table.name == DocumentState.__tablename__:
        gone = sa.select(Document.id).where(sa.or_(Document.removed_at.is_not(None), Document.id == piece.document_id))
        return table.c.document_id.not_in(gone)
    return sa.true()


# ── packages ───────────────────────────────────────────────────────────────────────────────────────────────────────


def to_export(numbers: Sequence[int] | None = None, year: int | None = None) -> Sequence[ArchivalRecord]:
    """Accepted pieces with everything a package says of them, in no session: some, those of a year, or all."""
    query = (
        sa.select(ArchivalRecord)
        .where(ArchivalRecord.state == ArchivalState.accepted)
        .options(
            joinedload(ArchivalRecord.file),
            joinedload(ArchivalRecord.accepted_by).options(lazyload(User.grants)),
            joinedload(ArchivalRecord.meeting).options(
                joinedload(Meeting.series), joinedload(Meeting.chair), selectinload(Meeting.items)
            ),
            joinedload(ArchivalRecord.document).options(
                selectinload(Document.states), selectinload(Document.signatures)
            ),
            joinedload(ArchivalRecord.last_check),
        )
        .order_by(ArchivalRecord.year, ArchivalRecord.retention, ArchivalRecord.piece)
    )
    if year is not None:
        query = query.where(ArchivalRecord.year == year)
    with Session(db.engine) as session:  # one of its own: they outlast every transaction of a long export
        return session.scalars(query if numbers is None else query.where(ArchivalRecord.id.in_(numbers))).all()


def accepted_among(query: sa.Select[Any]) -> list[int]:
    """The numbers of the accepted pieces a list holds."""
    numbers = query.where(ArchivalRecord.state == ArchivalState.accepted).order_by(None)
    return list(db.session.scalars(numbers.with_only_columns(ArchivalRecord.id, maintain_column_froms=True)))


def exports_of(user: User) -> sa.Select[Errand]:
    """The packages this person asked for."""
    return sa.select(Errand).where(Errand.kind == "archive.export", Errand.asked_by_id == user.id)


def package(number: int) -> Package | None:
    """One package somebody brought."""
    return db.session.scalar(
        sa.select(Package)
        .where(Package.id == number)
        .options(joinedload(Package.file), joinedload(Package.brought_by).options(lazyload(User.grants)))
    )


def packages() -> sa.Select[Package]:
    """The packages that were brought."""
    return sa.select(Package).join(Package.file)


PACKAGE_ROW = (contains_eager(Package.file), joinedload(Package.brought_by).options(lazyload(User.grants)))
FROM = Package.found["organisation"].as_string()


def in_package_state(query: sa.Select[Any], state: str) -> sa.Select[Any]:
    """A list of packages, narrowed to those that have come so far: see `Package.state`."""
    taken, inspected = Package.taken_over_at.is_not(None), Package.inspected_at.is_not(None)
    sound = Package.found["troubles"].as_string() == "[]"
    return query.where(
        {
            PackageState.taken_over: taken,
            PackageState.inspecting: ~taken & ~inspected,
            PackageState.ready: ~taken & inspected & sound,
            PackageState.failed: ~taken & inspected & ~sound,
        }[next(one for one in PackageState if one.value == state)]
    )


def to_inspect() -> sa.Select[Package]:
    """Packages that were not inspected yet."""
    query = sa.select(Package).where(Package.inspected_at.is_(None)).options(joinedload(Package.file, innerjoin=True))
    return query.order_by(Package.id)


def here_already(numbers: Sequence[str], codes: Sequence[str], hashes: Sequence[str]) -> list[str]:
    """Which of these 档号, papers and states are known here already, in words."""
    known = db.session.scalars(
        sa.select(ArchivalRecord.archival_number).where(ArchivalRecord.archival_number.in_(numbers))
    ).all()
    papers = db.session.scalars(
        sa.select(Document.title)
        .outerjoin(DocumentState)
        .where(sa.or_(Document.code.in_(codes), DocumentState.sha256.in_(hashes)))
        .distinct()
    ).all()
    return [*(f"档号{one}" for one in known), *(f"《{one}》" for one in papers)]


def to_check() -> sa.Select[ArchivalRecord]:
    """Pieces whose check is due, the longest due first."""
    return (
        sa.select(ArchivalRecord)
        .where(ArchivalRecord.check_due_at <= clock.now(), ArchivalRecord.state != ArchivalState.removed)
        .options(
            joinedload(ArchivalRecord.file, innerjoin=True),
            joinedload(ArchivalRecord.document).selectinload(Document.signatures),
        )
        .order_by(ArchivalRecord.check_due_at, ArchivalRecord.id)
    )


def to_check_now() -> sa.Select[ArchivalRecord]:
    """Those of them that were never checked, or that somebody asked for."""
    return to_check().where(sa.or_(ArchivalRecord.check_asked, ~ArchivalRecord.checks.any()))


# What is owed to the archive: everything final that belongs to issued minutes and has no piece yet.
_ISSUED = Minutes.state.in_([MinutesState.issued, MinutesState.archived])


def minutes_to_prepare() -> sa.Select[Minutes]:
    """Issued minutes whose paper is no piece yet."""
    return _without_piece(sa.select(Minutes).where(_ISSUED, Minutes.document_id.is_not(None)), Minutes.document_id)


def sheets_to_prepare() -> sa.Select[SignOffSheet]:
    """Sign-off sheets of issued minutes that are no piece yet."""
    query = sa.select(SignOffSheet).join(SignOffSheet.minutes).where(_ISSUED, SignOffSheet.document_id.is_not(None))
    return _without_piece(query, SignOffSheet.document_id)


def records_to_prepare() -> sa.Select[Record]:
    """Signed 会议记录 of meetings with issued minutes that are no piece yet."""
    issued = sa.exists().where(Minutes.meeting_id == Record.meeting_id, _ISSUED)
    return _without_piece(sa.select(Record).where(Record.state == RecordState.signed, issued), Record.document_id)


def materials_to_prepare() -> sa.Select[Material]:
    """Passed slides of lessons given at meetings with issued minutes that are no piece yet."""
    given = (
        sa.select(AgendaItem.course_id)
        .join(Minutes, Minutes.meeting_id == AgendaItem.meeting_id)
        .where(_ISSUED, AgendaItem.state == ItemState.dealt_with, AgendaItem.course_id.is_not(None))
    )
    filed = sa.exists().where(
        ArchivalRecord.file_id == MaterialVersion.file_id, MaterialVersion.material_id == Material.id
    )
    return (
        sa.select(Material)
        .join(Material.course)
        .where(Material.state.in_([MaterialState.approved, MaterialState.final]), Course.id.in_(given), ~filed)
    )


def notices_to_prepare() -> sa.Select[MeetingNotice]:
    """Notices of meetings with issued minutes that are no piece yet: the first and every later one, as sent."""
    issued = sa.exists().where(Minutes.meeting_id == MeetingNotice.meeting_id, _ISSUED)
    query = sa.select(MeetingNotice).where(MeetingNotice.document_id.is_not(None), issued)
    return _without_piece(query, MeetingNotice.document_id)


def scans_to_prepare() -> sa.Select[SignInScan]:
    """Scanned sign-in sheets of meetings with issued minutes that are no piece yet."""
    issued = sa.exists().where(Minutes.meeting_id == SignInScan.meeting_id, _ISSUED)
    filed = sa.exists().where(ArchivalRecord.file_id == SignInScan.file_id)
    return sa.select(SignInScan).where(issued, ~filed)


def meetings_to_compile(kind: PaperKind, limit: int) -> sa.Select[Meeting]:
    """Meetings with issued minutes, without a piece of this kind."""
    issued = sa.exists().where(Minutes.meeting_id == Meeting.id, _ISSUED)
    there = sa.exists().where(ArchivalRecord.meeting_id == Meeting.id, ArchivalRecord.kind == kind.label)
    return sa.select(Meeting).where(issued, ~there).order_by(Meeting.id.desc()).limit(limit)


def piece_on(document: Document) -> ArchivalRecord | None:
    """The piece a paper was filed as, with its meeting."""
    return db.session.scalar(
        sa.select(ArchivalRecord)
        .where(ArchivalRecord.document_id == document.id)
        .options(joinedload(ArchivalRecord.meeting).joinedload(Meeting.series).joinedload(MeetingSeries.group))
    )


def _without_piece(query: sa.Select[Any], document_id: Any) -> sa.Select[Any]:
    return query.where(~sa.exists().where(ArchivalRecord.document_id == document_id))


# ── verification ───────────────────────────────────────────────────────────────────────────────────────────────────


def registered(sha256: str) -> Registered | None:
    """What the register holds about the paper that has, or once had, this hash."""
    document = document_with(sha256)
    if document is None:
        return None
    *earlier, latest = document.states
    return Registered(
        sha256=latest.sha256,
        kind=document.kind.label,
        title=document.title,
        number=document.number,
        signers=[ExpectedSigner(one.field, one.name, one.serial) for one in document.signatures],
        states=[one.sha256 for one in earlier],
        note=_note_on(document),
    )


def document_with(sha256: str) -> Document | None:
    """The registered paper that has, or once had, this hash."""
    return db.session.scalar(
        sa.select(Document)
        .join(DocumentState, DocumentState.document_id == Document.id)
        .where(DocumentState.sha256 == sha256)
        .options(selectinload(Document.states), selectinload(Document.signatures))
    )


def _note_on(document: Document) -> str:
    """What a reader must know about a paper beside its validity."""
    if document.withdrawn:
        return "这份文件在印发前已被撤回，不是正式文件"
    printed = db.session.scalar(sa.select(Minutes).where(Minutes.document_id == document.id))
    correction = minutes.correction_of(printed) if printed else None
    return f"这份纪要已由{correction.number_text}更正" if correction else ""


def examination(code: str) -> Examination | None:
    """One file that was brought for verification, with the registered paper it was found to be."""
    document = joinedload(Examination.document)
    return db.session.scalar(
        sa.select(Examination)
        .where(Examination.code == code)
        .options(
            document.joinedload(Document.file),
            document.selectinload(Document.signatures),
            joinedload(Examination.sought),
        )
    )


def brought_lately(address: str, since: datetime) -> tuple[int, int]:
    """How many files were brought without signing in since a moment: from this address, and how many still wait."""
    nobody = Examination.asked_by_id.is_(None)
    of_address = sa.select(sa.func.count()).where(nobody, Examination.address == address, Examination.asked_at > since)
    waiting = sa.select(sa.func.count()).where(nobody, Examination.answered_at.is_(None))
    row = db.session.execute(sa.select(of_address.scalar_subquery(), waiting.scalar_subquery())).one()
    return row[0], row[1]


def document_of_code(code: str) -> Document | None:
    """The registered paper that carries this code, with its states and signatures."""
    return db.session.scalar(
        sa.select(Document)
        .where(Document.code == code)
        .options(joinedload(Document.file), selectinload(Document.states), selectinload(Document.signatures))
    )


def to_lengthen() -> sa.Select[Document]:
    """Finished papers whose proof was not lengthened for a year, or that have none yet."""
    lately = DocumentState.at > clock.now() - LENGTHENED_EVERY
    signed = sa.exists().where(Signature.document_id == Document.id)
    awaited = signed.where(Signature.state != SignatureState.made)
    recent = sa.exists().where(DocumentState.document_id == Document.id, lately)
    return (
        sa.select(Document)
        .where(
            Document.withdrawn.is_(False), Document.removed_at.is_(None), signed, ~awaited,
            sa.or_(Document.proven_until.is_(None), sa.and_(~recent, Document.proven_until > clock.now())),
        )
        .options(joinedload(Document.file, innerjoin=True))
        .order_by(Document.proven_until, Document.id)
    )  # fmt: skip


def pieces_of_document(document: Document) -> Sequence[ArchivalRecord]:
    """The pieces a paper was filed as."""
    return db.session.scalars(sa.select(ArchivalRecord).where(ArchivalRecord.document_id == document.id)).all()


def note_on(document: Document) -> str:
    """What a reader must know about a paper beside its validity."""
    return _note_on(document)


def to_examine() -> sa.Select[Examination]:
    """Files that wait to be verified, the oldest first."""
    return sa.select(Examination).where(Examination.answered_at.is_(None)).order_by(Examination.id)


# ── search ─────────────────────────────────────────────────────────────────────────────────────────────────────────

LABELS = (
    "会议", "会议记录", "会议纪要", "交办事项", "企业问题", "企业", "项目", "讲业务", "课件", "课堂问答",
    "政策资料", "政策原文", "档案",
)  # fmt: skip
KEPT_APART = "archive"  # in which scope of search the sheets with opinions are found


def meeting_years() -> Sequence[int]:
    """The years there were meetings in, newest first."""
    return meetings.years()


def scope_of(piece: ArchivalRecord) -> str:
    """In which scope of search a piece is found: where the minutes are, but opinions only by who keeps them."""
    return KEPT_APART if piece.kind in PRIVATE else minutes.scope_of(piece.meeting.series_id)


def scopes_of(user: User) -> "set[str | sa.Select[str]]":
    """Every scope of search in which this person may find something."""
    kept_apart: set[str | sa.Select[str]] = {KEPT_APART} if user.has(Role.archivist, Role.secretary) else set()
    rooms = (meetings, records, actions, enterprises, minutes)
    return kept_apart.union(courses_found_by(user), *(room.scopes_of(user) for room in rooms))


def pieces() -> sa.Select[ArchivalRecord]:
    """All pieces, to be entered for search."""
    return sa.select(ArchivalRecord).options(joinedload(ArchivalRecord.meeting)).order_by(ArchivalRecord.id)
