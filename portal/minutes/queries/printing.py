"""What is still to be laid out."""

import sqlalchemy as sa

from portal.minutes.models import Minutes, MinutesState, SignOffSheet


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
