"""Who signs minutes, whose turn it is, and which papers still have to be laid out."""

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from portal.db.engine import db
from portal.documents.registry import SEAL, Document, PaperKind, Signature, SignatureState
from portal.minutes.loading import with_person
from portal.minutes.models.minutes import Minutes, MinutesState
from portal.minutes.models.signing import FurtherSigner, SeriesSigning
from portal.people.models.accounts import User
from portal.people.models.roles import Part


def to_render() -> sa.Select[Minutes]:
    """Minutes that wait to be signed and have no paper."""
    return (
        sa.select(Minutes)
        .where(Minutes.state == MinutesState.to_sign, Minutes.document_id.is_(None))
        .order_by(Minutes.id)
    )


def to_read() -> sa.Select[Minutes]:
    """Minutes that were brought in and whose file nobody has opened yet."""
    return (
        sa.select(Minutes)
        .join(Minutes.document)
        .where(Document.kind == PaperKind.earlier, Document.pages.is_(None))
        .options(contains_eager(Minutes.document).joinedload(Document.file))
        .order_by(Minutes.id)
    )


def is_last_turn(minutes: Minutes) -> bool:
    """Whether nobody signs after the one whose turn it is; the office's seal stands by itself."""
    document = minutes.document
    waiting = (
        [one for one in document.signatures if one.state is SignatureState.awaited and one.role != SEAL]
        if document
        else []
    )
    return len(waiting) <= 1


def signing_of(series_id: int) -> SeriesSigning | None:
    """How the minutes of a series are signed, where it is not as usual."""
    return (
        db.session.scalars(
            sa.select(SeriesSigning)
            .where(SeriesSigning.series_id == series_id)
            .options(joinedload(SeriesSigning.further).options(with_person(FurtherSigner.user)))
        )
        .unique()
        .one_or_none()
    )


def may_sign(user: User) -> sa.ColumnElement[bool]:
    """Whether this person, or somebody this person stands in for, is to sign the paper at some time."""
    return sa.exists().where(
        Signature.document_id == Minutes.document_id, Signature.user_id.in_(user.ids_for(Part.sign))
    )


def in_turn(user: User) -> sa.ColumnElement[bool]:
    """Whether the laid out paper of the minutes waits for this person's signature, and for nobody's before."""
    earlier = sa.orm.aliased(Signature)
    return sa.exists().where(
        Signature.document_id == Minutes.document_id,
        Signature.user_id.in_(user.ids_for(Part.sign)),
        Signature.state == SignatureState.awaited,
        ~sa.exists().where(
            earlier.document_id == Signature.document_id,
            earlier.position < Signature.position,
            earlier.state == SignatureState.awaited,
        ),
    )
