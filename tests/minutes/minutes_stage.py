"""A meeting that was held and drafted, for the tests of this room."""

from cast import MONDAY, by_itself
from states import kept

from portal import clock
from portal.database import db
from portal.meetings import operations as meetings
from portal.meetings.models import ItemKind, ItemState
from portal.minutes import operations, queries
from portal.minutes.models import MinutesState
from portal.people import operations as persons
from portal.people.queries import signing_key
from portal.records import operations as records
from portal.register import PaperKind, enter

PIN = "135790"


@kept
def hold(series, people):
    sitting = meetings.schedule(series, MONDAY, by=people.secretary)
    item = meetings.add_item(
        sitting, ItemKind.problem, "研究企业用地问题", 20, reporter=people.officer, by=people.secretary
    )
    meetings.add_item(sitting, ItemKind.other, "研究来不及的事", 20, by=people.secretary)
    meetings.approve_agenda(sitting, chair=people.chair, by=people.secretary)
    meetings.announce(sitting, why="已知悉", by=people.secretary)
    meetings.open(sitting, by=people.secretary)
    records.write(item, "1.听取了汇报。\n2.同意该方案。", by=people.recorder)
    decision = records.decide(item, "同意补办土地手续", by=people.recorder)
    records.hand_out(
        item, decision=decision, title="补办土地手续", lead_department=people.industry, lead_person=people.officer,
        support=[people.justice], due=MONDAY, by=people.recorder,
    )  # fmt: skip
    for one in sitting.items:
        state = ItemState.dealt_with if one is item else ItemState.not_reached
        meetings.mark_item(one, state, by=people.secretary)
    meetings.check_in(sitting.attendances[0], by=people.secretary)
    meetings.adjourn(sitting, by=people.secretary)
    db.session.commit()
    by_itself("records.pass_on")
    by_itself("minutes.draft")
    return sitting


def drafted(meeting):
    return queries.minutes(queries.of_meeting(meeting)[0].id)


@kept
def passed(minutes, people, text="", read=None):
    """Passed by the reviewer, who signs for it on the sheet."""
    by_itself("minutes.render_sheet")
    with_key(people.reviewer)
    operations.pass_(queries.minutes(minutes.id), PIN, text, read, by=people.reviewer)
    return minutes


@kept
def with_key(person):
    """Somebody who can sign."""
    if signing_key(person) is None:
        persons.make_key(person, PIN, by=person)
    return person


@kept
def reviewed(minutes, people):
    """Submitted by the recorder and passed: numbered, and to be signed once its paper is there."""
    operations.submit(minutes, by=people.recorder)
    passed(minutes, people)
    db.session.commit()
    return minutes


@kept
def issued(minutes, people):
    """Issued, as far as everybody who reads it can tell; nothing is laid out or signed, which is slow."""
    reviewed(minutes, people)
    minutes.document = enter(PaperKind.minutes, minutes.title, minutes.number_text, b"%PDF-1.7", [], by=None)
    minutes.state, minutes.issued_at = MinutesState.issued, clock.now()
    db.session.commit()
    return minutes
