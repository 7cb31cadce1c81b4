"""签署过程证明: everything that was done to one document of minutes, with every hash, sealed by the portal itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.db import clock, journal
from portal.db.engine import db
from portal.db.journal import JournalEntry
from portal.db.office import office
from portal.documents.paper import renderer
from portal.documents.pki import proof, signing
from portal.documents.registry import Document
from portal.errors import Refused
from portal.jobs import background
from portal.jobs.background import BackgroundTask, Made, Progress
from portal.minutes.models.comment import MinutesComment
from portal.minutes.models.consultation import Consultation
from portal.minutes.models.minutes import Minutes
from portal.minutes.reading import queries as reading_queries
from portal.people.keys.queries import authority

KIND = "minutes.audit"
FIELD = "portal"


@dataclass(frozen=True)
class Event:
    """One entry of the journal as the page prints it."""

    seq: int
    at: datetime
    actor: str
    label: str
    why: str
    hash: str


@dataclass(frozen=True)
class State:
    """One registered state of a paper."""

    paper: str
    at: datetime
    label: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class AuditPaper:
    """Everything the 签署过程证明 says."""

    title: str
    number_text: str
    meeting: str
    state: str
    asked_by: str
    events: Sequence[Event]
    states: Sequence[State]
    journal_seq: int
    journal_head: str
    journal_sound: bool
    mark: str = ""


def paper_of(minutes: Minutes, asked_by: str) -> AuditPaper:
    """What is known of the minutes and of everything that hangs on them."""
    seq, head = journal.head()
    papers = [one for one in (minutes.document, minutes.sheet.document if minutes.sheet else None) if one]
    return AuditPaper(
        title=minutes.title, number_text=minutes.number_text, meeting=minutes.meeting.title,
        state=minutes.state.label, asked_by=asked_by,
        events=[
            Event(one.seq, one.at, one.actor, one.label, one.why, one.hash) for one in _entries(minutes, papers)
        ],
        states=[
            State(document.kind.label, one.at, one.label, one.sha256) for document in papers for one in document.states
        ],
        journal_seq=seq, journal_head=head, journal_sound=next(journal.breaks(), None) is None, mark=minutes.mark,
    )  # fmt: skip


def _entries(minutes: Minutes, papers: Sequence[Document]) -> list[JournalEntry]:
    things: tuple[tuple[Any, list[int]], ...] = (
        (Minutes, [minutes.id]),
        (MinutesComment, [one.id for one in minutes.comments]),
        (Consultation, [one.id for one in minutes.consultations]),
        (Document, [one.id for one in papers]),
    )
    found = [entry for kind, ids in things if ids for entry in journal.history_of(kind.__tablename__, ids)]
    return sorted(found, key=lambda entry: entry.seq)


@background.task(KIND, "签署过程证明")
def make(errand: BackgroundTask, progress: Progress) -> Made:
    """Print the page, seal it with the office's name, and hand it over; nothing is changed."""
    from portal.people.accounts.queries import person

    minutes, asker = reading_queries.minutes(int(errand.facts["minutes"])), person(errand.asked_by_id)
    if minutes is None:
        raise Refused("这份纪要已经不在了。")
    page, name = paper_of(minutes, asker.name if asker else ""), office.organisation
    db.session.rollback()  # all is read: laying out is slow
    progress(1, 3)
    pdf = renderer.render("audit.html", made_at=clock.now(), paper=page)
    progress(2, 3)
    cabinet = authority()
    pdf = signing.prepare_fields(pdf, [signing.Field(FIELD, "门户签章")])
    pdf = signing.sign(
        pdf, cabinet.office_seal(name), authority=cabinet, field=FIELD, name=name, reason="签署过程证明", at=clock.now()
    )
    draft = background.fresh_draft()
    draft.write_bytes(proof.prove(pdf, cabinet).pdf)
    progress(3, 3)
    name = f"签署过程证明（{page.title}{page.number_text}）.pdf"
    return Made("签署过程证明已生成。", draft, name, "application/pdf", f"/minutes/{errand.facts['minutes']}")
