"""What was said is found by whoever may read the record, and by nobody else."""

import pytest
from cast import by_itself

from portal.archive.search import operations as archive
from portal.archive.search import queries as everything
from portal.db import search, search_index
from portal.db.engine import db
from portal.meetings.sitting import operations as meetings
from portal.records.decisions import operations as decisions
from portal.records.lines import operations as lines_operations
from portal.records.lines import queries as lines_queries
from portal.records.models import Decision, LineKind, RecordEntry
from portal.records.signing import operations as signing
from portal.records.signing import queries as signing_queries


def found_by(user, words, label="会议记录"):
    return [hit.entry.url for hit in search.find(words, everything.scopes_of(user), label=label).rows]


@pytest.fixture
def said(meeting, people):
    lines = ["服务示例：企业反映厂区供电容量不足。", "议定：由供电公司增容。", "交办：办理增容手续 @服务示例 12月9日前"]
    lines_operations.write(meeting.items[0], "\n".join(lines), by=people.recorder)
    db.session.commit()
    item = meeting.items[0]
    return f"/meetings/{meeting.id}/record?item={item.id}#item-{item.id}"


def test_notes_decisions_and_tasks_are_found_as_soon_as_they_are_typed(said, people):
    for words in ("供电", "供电公司增容", "增容手续", "服务示例"):
        assert found_by(people.recorder, words) == [said], words
    assert found_by(people.recorder, "排水") == []


def test_a_changed_line_is_found_by_its_new_words_alone(meeting, said, people):
    first, _, task = lines_queries.lines_under(meeting.items[0])
    lines_operations.edit_line(first, "服务示例：企业反映厂区排水不畅。", None, by=people.recorder)
    assert (found_by(people.recorder, "排水"), found_by(people.recorder, "容量不足")) == ([said], [])
    decisions.edit_handout(task.handout, None, title="疏通管网", by=people.recorder)
    assert (found_by(people.recorder, "疏通管网"), found_by(people.recorder, "增容手续")) == ([said], [])
    for line in lines_queries.lines_under(meeting.items[0]):
        lines_operations.remove_line(line, by=people.recorder)
    assert db.session.query(search_index.SearchEntry).filter_by(thing_type=RecordEntry.__tablename__).count() == 0


def test_a_draft_is_found_only_by_who_works_on_it_a_closed_record_by_the_members(meeting, said, people, adjourn):
    record = signing_queries.record_of(meeting)
    works = (people.secretary, people.recorder, people.chair, people.reviewer, people.signatory)
    assert [found_by(user, "供电") for user in works] == [[said]] * 5
    others = (people.colleague, people.archivist, people.stranger, people.administrator)
    assert [found_by(user, "供电") for user in others] == [[]] * 4
    adjourn()
    signing.close(record, by=people.recorder)
    assert [found_by(user, "供电") for user in others] == [[said], [], [], []]


def test_who_finds_a_record_opens_it(meeting, said, people, as_, adjourn):
    adjourn()
    signing.close(signing_queries.record_of(meeting), by=people.recorder)
    db.session.commit()
    page = as_(people.colleague).get("/search?q=供电&kind=会议记录").get_data(as_text=True)
    assert said.replace("&", "&amp;") in page
    assert "容量不足" in as_(people.colleague).get(said).get_data(as_text=True)


def test_what_was_said_before_is_entered_by_itself(said, people):
    search.forget_everything()
    db.session.commit()
    assert found_by(people.recorder, "供电") == []
    by_itself("records.let_be_found")
    assert found_by(people.recorder, "供电") == [said]


# ── decisions ──────────────────────────────────────────────────────────────────────────────────────────────────────


def decided(user, words):
    return found_by(user, words, "议定事项")


@pytest.fixture
def decision(meeting, said):
    return next(line.decision for line in lines_queries.lines_under(meeting.items[0]) if line.decision)


def test_a_decision_is_found_by_its_text_item_meeting_and_people(decision, people):
    page = f"/decisions/{decision.id}"
    for words in ("供电公司增容", "企业用地", "专班例会", "增容手续", "服务示例", people.officer.department.name):
        assert decided(people.recorder, words) == [page], words
    assert decided(people.recorder, "容量不足") == []


def test_a_decision_is_found_as_it_was_changed_and_no_longer_when_it_is_none(meeting, decision, people):
    _, line, task = lines_queries.lines_under(meeting.items[0])
    lines_operations.edit_line(line, "议定：由城管局疏通管网。", None, by=people.recorder)
    assert (decided(people.recorder, "城管局"), decided(people.recorder, "供电")) == ([f"/decisions/{decision.id}"], [])
    decisions.edit_handout(task.handout, None, title="清淤", by=people.recorder)
    assert decided(people.recorder, "清淤") == [f"/decisions/{decision.id}"]
    lines_operations.remove_line(lines_queries.line(task.id), by=people.recorder)
    assert decided(people.recorder, "清淤") == []
    lines_operations.turn_line(lines_queries.line(line.id), LineKind.note, None, by=people.recorder)
    assert db.session.query(search_index.SearchEntry).filter_by(thing_type=Decision.__tablename__).count() == 0


def test_until_the_minutes_are_issued_a_decision_is_found_only_by_who_works_on_them(
    meeting, decision, people, adjourn, as_
):
    page = f"/decisions/{decision.id}"
    works = (people.secretary, people.recorder, people.chair, people.reviewer, people.signatory)
    members = (people.colleague, people.officer)
    others = (people.stranger, people.archivist, people.administrator)
    adjourn()
    signing.close(signing_queries.record_of(meeting), by=people.recorder)
    assert [decided(user, "增容") for user in works] == [[page]] * 5
    assert [decided(user, "增容") for user in (*members, *others)] == [[]] * 5
    meetings.conclude(meeting, by=people.secretary)
    db.session.commit()
    assert [decided(user, "增容") for user in (*works, *members)] == [[page]] * 7
    assert [decided(user, "增容") for user in others] == [[]] * 3
    for user in (*works, *members):
        assert as_(user).get(page).status_code == 200, user.name
    hits = as_(people.colleague).get("/search?q=增容&kind=议定事项").text
    assert f'href="{page}"' in hits
    assert "<mark>增容</mark>" in hits


def test_what_was_decided_before_is_entered_by_itself_and_anew(decision, people):
    page = [f"/decisions/{decision.id}"]
    search.forget("decision", decision.id)
    db.session.commit()
    assert decided(people.recorder, "增容") == []
    by_itself("records.let_be_found")
    assert decided(people.recorder, "增容") == page
    archive.rebuild_search()
    db.session.commit()
    assert decided(people.recorder, "增容") == page
