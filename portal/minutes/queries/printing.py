"""What is still to be laid out, and what was brought and is still to be read."""

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from portal.minutes.models import Minutes, MinutesState, SignOffSheet
from portal.register import Document, PaperKind


def to_render() -> sa.Select[Minutes]:
    """Minutes that wait to be signed and have no paper."""
    return (
        sa.select(Minutes)
        .where(Minutes.state == MinutesState.to_sign, Minutes.document_id.is_(None))
        .order_by(Minutes.id)
    )


def sheets_to_render() -> sa.Select[SignOffSheet]:
    """Sign-off sheets that are opined on, or were, and have no paper."""
    return (
        sa.select(SignOffSheet)
        .join(SignOffSheet.minutes)
        .where(
            Minutes.state.not_in([MinutesState.drafting, MinutesState.void]), SignOffSheet.document_id.is_(None),
            Minutes.entered_at.is_(None),
        )
        .order_by(SignOffSheet.id)
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
