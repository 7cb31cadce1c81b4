"""Sign-off sheets that still have to be laid out."""

import sqlalchemy as sa

from portal.minutes.models.minutes import Minutes, MinutesState
from portal.minutes.models.signoff import SignOffSheet


def sheets_to_render() -> sa.Select[SignOffSheet]:
    """Sign-off sheets that are opined on, or were, and have no paper."""
    return (
        sa.select(SignOffSheet)
        .join(SignOffSheet.minutes)
        .where(
            Minutes.state.not_in([MinutesState.drafting, MinutesState.void]),
            SignOffSheet.document_id.is_(None),
            Minutes.entered_at.is_(None),
        )
        .order_by(SignOffSheet.id)
    )
