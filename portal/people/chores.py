"""What the people room clears away by itself."""

from datetime import timedelta

import sqlalchemy as sa

from portal import clock, jobs
from portal.database import db
from portal.pages import RequestOnce
from portal.people import operations, queries
from portal.people.models import FailedTry, LoginSession

KEPT = timedelta(days=2)

jobs.rehearsals.append(operations.rehearse)


@jobs.chore("people.tidy", every=timedelta(hours=6))
def tidy() -> None:
    """Forget sign-ins that have ended, wrong tries and one-time ids that no longer count."""
    old = clock.now() - KEPT
    db.session.execute(sa.delete(LoginSession).where(LoginSession.seen_at < queries.idle_since()))
    db.session.execute(sa.delete(FailedTry).where(FailedTry.at < old))
    db.session.execute(sa.delete(RequestOnce).where(RequestOnce.at < old))
