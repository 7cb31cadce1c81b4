"""What the people room clears away by itself."""

from datetime import timedelta

import sqlalchemy as sa

from portal.db import clock
from portal.db.engine import db
from portal.jobs import periodic
from portal.people.keys import writing
from portal.people.models.sessions import FailedTry, LoginSession
from portal.people.sessions import queries
from portal.web.once import RequestOnce

KEPT = timedelta(days=2)

periodic.rehearsals.append(writing.rehearse)


@periodic.job("people.tidy", every=timedelta(hours=6))
def tidy() -> None:
    """Forget sign-ins that have ended, wrong tries and one-time ids that no longer count."""
    old = clock.now() - KEPT
    db.session.execute(sa.delete(LoginSession).where(LoginSession.seen_at < queries.idle_since()))
    db.session.execute(sa.delete(FailedTry).where(FailedTry.at < old))
    db.session.execute(sa.delete(RequestOnce).where(RequestOnce.at < old))
