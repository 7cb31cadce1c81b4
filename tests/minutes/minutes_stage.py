"""A meeting that was held and drafted, for the tests of this room."""

from cast import MONDAY, by_itself
from states import kept

from portal.db import clock
from portal.db.engine import db
from portal.documents.registry import PaperKind, enter
from portal.meetings.agenda import operations as agenda
from portal.meetings.attendance import operations as attendance
from portal.meetings.models.agenda import ItemState
from portal.meetings.models.series import ItemKind
from portal.meetings.notices import operations as notices
from portal.meetings.preparing import operations as preparing
from portal.meetings.sitting import operations as sitting_operations
from portal.minutes.models.minutes import MinutesState
from portal.minutes.reading import queries
from portal.minutes.signoff import operations
from portal.people.keys import operations as persons
from portal.people.keys.queries import signing_key
from portal.records.decisions import operations as decisions
from portal.records.lines import operations as lines

PIN = "135790"


@kept
def hold(series, people):
    sitting = preparing.schedule(series, MONDAY, by=people.secretary)
    item = agenda.add_item(
        sitting, ItemKind.problem, "研究企业用地问题", 20, reporter=people.officer, by=people.secretary
    )
    agenda.add_item(sitting, ItemKind.other, "研究来不及的事", 20, by=people.secretary)
    preparing.approve_agenda(sitting, chair=people.chair, by=people.secretary)
    notices.announce(sitting, why="已知悉", by=people.secretary)
    sitting_operations.open(sitting, by=people.secretary)
    lines.write(item, "1.听取了汇报。\n2.同意该方案。", by=people.recorder)
    decision = lines.decide(item, "同意补办土地手续", by=people.recorder)
    decisions.hand_out(
        item, decision=decision, title="补办土地手续", lead_department=people.industry, lead_person=people.officer,
        support=[people.justice], due=MONDAY, by=people.recorder,
    )  # fmt: skip
    for one in sitting.items:
        state = ItemState.dealt_with if one is item else ItemState.not_reached
        sitting_operations.mark_item(one, state, by=people.secretary)
    attendance.check_in(sitting.attendances[0], by=people.secretary)
    sitting_operations.adjourn(sitting, by=people.secretary)
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
