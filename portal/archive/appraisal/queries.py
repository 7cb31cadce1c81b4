"""Questions about the end of retention."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, lazyload, selectinload

from portal.archive.models.appraisals import Appraisal, AppraisalChoice, AppraisalState
from portal.archive.models.pieces import ArchivalRecord, ArchivalState
from portal.db import clock
from portal.db.engine import db
from portal.documents.registry import Document, DocumentState
from portal.files.store import StoredFile
from portal.meetings.models.meetings import Meeting
from portal.people.models.accounts import User


def is_over_and_unproposed() -> sa.ColumnElement[bool]:
    """The condition under which a piece waits for its appraisal."""
    proposed = sa.exists().where(Appraisal.record_id == ArchivalRecord.id, Appraisal.state == AppraisalState.proposed)
    return sa.and_(ArchivalRecord.state == ArchivalState.accepted, ArchivalRecord.kept_until < clock.today(), ~proposed)


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


# What a list of opinions shows beside them; a register of removals beside that; and what tells who may read the piece.
_PEOPLE = [joinedload(one).options(lazyload(User.grants)) for one in (Appraisal.proposed_by, Appraisal.decided_by)]
APPRAISAL_ROW = (contains_eager(Appraisal.record), *_PEOPLE)
DECIDED_ROW = (
    contains_eager(Appraisal.record)
    .joinedload(ArchivalRecord.meeting)
    .options(joinedload(Meeting.series), selectinload(Meeting.items)),
    *_PEOPLE,
)
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
