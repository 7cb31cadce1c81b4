"""Decisions and tasks that live in the text: one place to change, frozen on the paper."""

from datetime import timedelta

import pytest
from cast import MONDAY, by_itself
from minutes_stage import drafted, passed, reviewed

from portal.actions.assignment import operations as assignment
from portal.actions.requests import operations as requests
from portal.db.engine import db
from portal.documents.paper import fonts
from portal.errors import Refused
from portal.files import store
from portal.minutes import data
from portal.minutes.signoff import operations as signoff
from portal.minutes.text import live, queries
from portal.minutes.text import operations as text_operations
from portal.records.decisions import queries as records
from portal.records.models import Handout

SAID = "由市工业和信息化局牵头，市司法局配合，于2026年11月30日前完成。"


def extended(task, people):
    """The task's due day put off by eleven days, as its person asks and the supervisor grants."""
    assignment.accept(task, by=people.officer)
    asked = requests.ask_extension(task, MONDAY + timedelta(days=11), "等批复", by=people.officer)
    requests.decide_extension(asked, True, by=people.supervisor)
    db.session.commit()


def test_a_due_date_is_changed_in_one_place_and_both_agree(minutes, people):
    assert SAID in queries.words(minutes)
    extended(records.actions_of(minutes.meeting)[0], people)
    assert "于2026年12月11日前完成。" in queries.words(drafted(minutes.meeting))
    assert drafted(minutes.meeting).text == minutes.text


def test_a_later_extension_never_alters_the_paper(minutes, people):
    reviewed(minutes, people)
    by_itself("minutes.render")
    extended(records.actions_of(minutes.meeting)[0], people)
    minutes = drafted(minutes.meeting)
    facts = data.read_back(store.read(minutes.document.file))
    assert SAID in queries.words(minutes)
    assert SAID in facts.text
    assert [(task.title, task.due) for item in facts.items for task in item.tasks] == [("补办土地手续", MONDAY)]
    signoff.return_(minutes, "请改。", by=people.signatory)
    assert "于2026年12月11日前完成。" in queries.words(minutes)


def test_what_names_a_task_that_is_gone_is_said_and_does_not_pass(minutes, people):
    text_operations.edit(minutes, "会议议定：【任务999：没有这项】", None, by=people.recorder)
    assert queries.words(minutes) == "会议议定：〔交办999已删除〕"
    signoff.submit(minutes, by=people.recorder)
    with pytest.raises(Refused, match="【任务999：没有这项】已经删除"):
        passed(minutes, people)


def test_the_words_after_the_colon_are_only_for_whoever_edits(minutes):
    number = db.session.query(Handout).one().id
    found = records.words_of(minutes.meeting)
    bare, named = (live.filled(f"【任务{number}{more}】", *found) for more in ("", "：随便什么"))
    assert bare == named
    assert bare.endswith("于2026年11月30日前完成。")


def test_names_no_font_can_print_are_reported_before_anybody_signs(minutes, people, monkeypatch):
    monkeypatch.setattr(fonts, "missing_characters", lambda text: {"签"} & set(text))
    text_operations.edit(minutes, "签收", None, by=people.recorder)
    signoff.submit(minutes, by=people.recorder)
    with pytest.raises(Refused, match="印不出来：签。"):
        passed(minutes, people)
