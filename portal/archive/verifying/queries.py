"""Questions about papers that are brought for verification, and about their proof."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from portal.archive.models.examinations import Examination
from portal.db import clock
from portal.db.engine import db
from portal.documents.registry import Document, DocumentState, Signature, SignatureState
from portal.documents.verdicts import ExpectedSigner, Registered
from portal.minutes.issue import queries as minutes
from portal.minutes.models.minutes import Minutes

LENGTHENED_EVERY = timedelta(days=365)


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
        note=note_on(document),
        brought=document.is_brought,
    )


def document_with(sha256: str) -> Document | None:
    """The registered paper that has, or once had, this hash."""
    return db.session.scalar(
        sa.select(Document)
        .join(DocumentState, DocumentState.document_id == Document.id)
        .where(DocumentState.sha256 == sha256)
        .options(selectinload(Document.states), selectinload(Document.signatures))
    )


def note_on(document: Document) -> str:
    """What a reader must know about a paper beside its validity."""
    if document.withdrawn and document.is_brought:
        return "这份补录件已经作废"
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


def to_examine() -> sa.Select[Examination]:
    """Files that wait to be verified, the oldest first."""
    return sa.select(Examination).where(Examination.answered_at.is_(None)).order_by(Examination.id)
