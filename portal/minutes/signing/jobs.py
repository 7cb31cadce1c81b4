"""Periodic job of signing: lay out the minutes that were passed."""

from dataclasses import replace
from datetime import timedelta
from typing import cast

from portal.db.engine import db
from portal.documents import reading, registry
from portal.documents.paper import codes
from portal.jobs import due, periodic
from portal.minutes.models.minutes import Minutes
from portal.minutes.reading import queries as reading_queries
from portal.minutes.signing import paper, queries, signers


@periodic.job("minutes.render", every=timedelta(minutes=2), after=("minutes.pass_", "minutes.redo"))
def render() -> None:
    """Lay out the minutes that wait to be signed."""
    due.each_prepared(queries.to_render(), _laid_out, paper.enter_paper)


def _laid_out(copy: Minutes) -> paper.LaidOut:
    minutes = cast(Minutes, reading_queries.minutes(copy.id))
    code = registry.new_code()
    page = replace(paper.paper_of(minutes), qr=codes.qr(reading.address_of(code)))
    version, content, places = minutes.version, paper.data_of(minutes), signers.places_of(minutes)
    db.session.rollback()  # all is read: laying out is slow and must hold no lock
    return paper.LaidOut(version, paper.print_minutes(page, content, places), code, places)
