import pytest
import stage

from portal.meetings import rules
from portal.meetings.agenda import operations as agenda
from portal.meetings.attendance import queries as attendance_queries
from portal.meetings.models.series import ItemKind
from portal.meetings.proposals import operations as proposals
from portal.meetings.series import queries as series_queries

EVERYBODY = {
    "secretary", "chair", "recorder", "reviewer", "signatory", "lecturer", "officer", "colleague", "stranger",
    "supervisor", "archivist", "auditor", "administrator",
}  # fmt: skip
MEMBERS = EVERYBODY - {"stranger", "supervisor", "archivist", "auditor", "administrator"}


def allowed(people, rule, thing):
    return {name for name in EVERYBODY if rule(getattr(people, name), thing)}


@pytest.mark.parametrize(
    ("rule", "who"),
    [
        (rules.see, MEMBERS),
        (rules.edit_meeting, {"secretary"}),
        (rules.build_agenda, {"secretary"}),
        (rules.approve_agenda, {"secretary", "chair"}),
        (rules.announce, {"secretary"}),
        (rules.run, {"secretary", "chair"}),
        (rules.postpone, {"secretary"}),
        (rules.cancel, {"secretary"}),
        (rules.keep_attendance, {"secretary", "recorder"}),
        (rules.read_notice, {"secretary"}),
    ],
)
def test_who_may_do_what_with_a_meeting(people, rule, who):
    assert allowed(people, rule, stage.prepared(people)) == who


@pytest.mark.parametrize(
    ("rule", "who"),
    [
        (rules.see_series, MEMBERS),
        (rules.propose, MEMBERS),
        (rules.schedule, {"secretary"}),
        (rules.edit_series, {"secretary"}),
    ],
)
def test_who_may_do_what_with_a_series(people, rule, who):
    assert allowed(people, rule, stage.new_series(people)) == who


def test_a_proposal_is_between_its_proposer_and_the_secretary(people):
    item = proposals.propose(stage.new_series(people), ItemKind.other, "用电方案", "", 15, by=people.officer)
    assert allowed(people, rules.see_item, item) == {"secretary", "officer"}
    assert allowed(people, rules.withdraw_item, item) == {"officer"}
    assert allowed(people, rules.decide_on_item, item) == {"secretary"}
    proposals.accept_item(item, by=people.secretary)
    assert allowed(people, rules.see_item, item) == MEMBERS


def test_whoever_reports_an_item_may_read_the_meeting(people):
    meeting = stage.prepared(people)
    agenda.add_item(meeting, ItemKind.other, "执法情况", 10, reporter=people.stranger, by=people.secretary)
    assert rules.see(people.stranger, meeting)
    assert list(series_queries.next_meetings_of(people.stranger)) == [meeting]
    assert list(series_queries.next_meetings_of(people.administrator)) == []


def test_oneself_answers_the_notice_or_the_secretary_on_behalf(people):
    meeting = stage.announced(people)
    place = attendance_queries.own_attendance(meeting, people.officer)
    assert allowed(people, rules.reply, place) == {"officer", "secretary"}
    assert allowed(people, rules.ask_leave, place) == {"officer"}
    assert allowed(people, rules.decide_on_leave, place) == {"secretary", "chair"}
    assert allowed(people, rules.decide_on_substitute, place) == {"secretary", "chair"}
    assert allowed(people, rules.check_in, place) == {"secretary", "recorder"}


def test_outcomes_are_marked_at_the_table(people):
    item = stage.in_session(people).items[0]
    assert allowed(people, rules.mark_item, item) == {"secretary", "chair", "recorder"}
