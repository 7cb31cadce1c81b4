"""Who may do what with minutes, in which state."""

import pytest
from minutes_stage import issued, reviewed

from portal.minutes import rules
from portal.minutes.reading import queries
from portal.minutes.signoff import operations as signoff
from portal.minutes.text import operations as text

DRAFTERS = {"secretary", "recorder"}
HANDLERS = DRAFTERS | {"reviewer", "chair", "signatory"}
MEMBERS = HANDLERS | {"lecturer", "officer", "colleague"}
EVERYBODY = MEMBERS | {"stranger", "supervisor", "archivist", "auditor", "administrator"}
WHO = {
    "see": {"drafting": HANDLERS, "in_review": HANDLERS, "to_sign": HANDLERS, "issued": MEMBERS | {"archivist"}},
    "see_drafts": dict.fromkeys(("drafting", "in_review", "to_sign", "issued"), HANDLERS),
    "see_opinions": {"drafting": HANDLERS, "in_review": HANDLERS, "to_sign": HANDLERS}
    | {"issued": HANDLERS | {"archivist"}},
    "edit": {"drafting": DRAFTERS},
    "submit": {"drafting": DRAFTERS},
    "review": {"in_review": {"reviewer"}},
    "return_": {"in_review": {"reviewer"}, "to_sign": {"signatory"}},
    "sign": {"to_sign": {"signatory"}},
    "issue": {"to_sign": {"secretary"}},
    "void": {"drafting": {"secretary"}, "to_sign": {"secretary"}},
    "appoint": {"drafting": {"secretary"}, "in_review": {"secretary"}},
    "correct": {"issued": {"secretary"}},
    "redo": {"to_sign": DRAFTERS},
}


def brought_to(state, minutes, people):
    if state == "in_review":
        signoff.submit(minutes, by=people.recorder)
    elif state == "to_sign":
        reviewed(minutes, people)
    elif state == "issued":
        issued(minutes, people)


@pytest.mark.parametrize("state", ["drafting", "in_review", "to_sign", "issued"])
def test_who_may_do_what(minutes, people, state):
    brought_to(state, minutes, people)
    for name, expected in WHO.items():
        if state in expected:
            allowed = {who for who in EVERYBODY if getattr(rules, name)(getattr(people, who), minutes)}
            assert (name, allowed) == (name, expected[state])


@pytest.mark.parametrize("state", ["drafting", "issued"])
def test_the_list_holds_what_may_be_seen(minutes, people, app, state):
    from portal.db.engine import db

    brought_to(state, minutes, people)
    for who in EVERYBODY:
        listed = minutes in db.session.scalars(queries.readable_by(getattr(people, who))).all()
        assert (who, listed) == (who, rules.see(getattr(people, who), minutes))


def test_the_author_may_not_pass_own_minutes(minutes, people):
    text.edit(minutes, "一、改过的稿子", None, by=people.reviewer)
    signoff.submit(minutes, by=people.secretary)
    assert not rules.review(people.reviewer, minutes)
    signoff.appoint(minutes, people.colleague, people.signatory, by=people.secretary)
    assert rules.review(people.colleague, minutes)
