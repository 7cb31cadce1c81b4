"""The live page of a meeting, and its end."""

from datetime import timedelta

import pytest
from cast import by_itself

from portal.db import clock, journal
from portal.db.engine import db
from portal.meetings.agenda import operations as agenda
from portal.meetings.attendance import operations as attendance
from portal.meetings.models.agenda import ItemState
from portal.meetings.models.meetings import MeetingState
from portal.meetings.models.series import ItemKind
from portal.meetings.sitting import operations as sitting
from portal.records.lines import operations as lines
from portal.records.lines import queries as lines_queries
from portal.records.models import LineKind, RecordState
from portal.records.signing import operations as signing
from portal.records.signing import queries as signing_queries


@pytest.fixture
def item(meeting):
    return meeting.items[0]


@pytest.fixture
def live(meeting):
    return f"/meetings/{meeting.id}/live"


def told(answer):
    return {"If-None-Match": answer.headers["ETag"]}


# ── live ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_members_see_what_is_decided_and_given_out_and_not_what_was_said(meeting, item, live, people, as_):
    lines.write(
        item,
        "服务示例：没有公开的话\n议定：同意补办。\n交办：补办 @同事示例 12月9日前！\n交办：再议",
        by=people.recorder,
    )
    page = as_(people.officer).get(live).text
    for said in (
        "同意补办。",
        "市司法局牵头（同事示例），2026年12月9日前",
        "急",
        "正在补齐",
        "正在讨论",
        "计划 20 分钟",
    ):
        assert said in page
    assert "没有公开的话" not in page
    assert as_(people.stranger).get(live).status_code == 404
    assert as_(people.administrator).get(live).status_code == 404


def test_an_open_live_page_is_answered_without_loading_anything_until_something_changes(
    meeting, item, live, people, as_, statements
):
    browser = as_(people.officer, htmx=True)
    tag = told(browser.get(live))
    statements.clear()
    assert browser.get(live, headers=tag).status_code == 304
    assert len([one for one in statements if one.lstrip().startswith("SELECT")]) <= 4
    by = people.recorder
    changes = [
        lambda: lines.write(item, "议定：同意。", by=by),
        lambda: lines.edit_line(lines_queries.lines_under(item)[0], "议定：原则同意。", None, by=by),
        lambda: lines.turn_line(lines_queries.lines_under(item)[0], LineKind.task, None, by=by),
        lambda: lines.remove_line(lines_queries.lines_under(item)[0], by=by),
        lambda: sitting.mark_item(item, ItemState.deferred, by=by),
        lambda: agenda.add_item(meeting, ItemKind.other, "临时加的", 5, by=people.secretary),
        lambda: sitting.turn(meeting, 1, by=by),
    ]
    for change in changes:
        change()
        fresh = browser.get(live, headers=tag)
        assert fresh.status_code == 200
        assert fresh.text.lstrip().startswith('<div class="stack" id="live"')
        tag = told(fresh)
        assert browser.get(live, headers=tag).status_code == 304


def test_the_live_page_turns_red_when_the_time_of_an_item_is_up(meeting, item, live, people, as_):
    sitting.turn_to(item, by=people.recorder)
    browser = as_(people.officer, htmx=True)
    tag = told(browser.get(live))
    with clock.at(clock.now() + timedelta(minutes=21)):
        late = browser.get(live, headers=tag)
    assert (late.status_code, "已超时" in late.text) == (200, True)


@pytest.mark.parametrize("items", [1, 12])
def test_the_live_page_takes_few_statements_however_much_was_said(meeting, live, people, as_, statements, items):
    for number in range(items - 1):
        agenda.add_item(meeting, ItemKind.other, f"议题 {number}", 5, by=people.secretary)
    for item in meeting.items:
        lines.write(item, "议定：同意。\n交办：办理 @同事示例 12月9日前", by=people.recorder)
    browser = as_(people.officer)
    statements.clear()
    assert browser.get(live).status_code == 200
    assert len([one for one in statements if one.lstrip().startswith("SELECT")]) <= 10


# ── the end ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def end(meeting):
    return f"/meetings/{meeting.id}/adjournment"


def call_the_roll(meeting, people):
    for one in meeting.attendances:
        attendance.check_in(one, by=people.secretary)


def test_an_undisputed_meeting_ends_with_one_button(meeting, item, end, people, as_):
    call_the_roll(meeting, people)
    lines.write(item, "议定：同意。", by=people.recorder)
    browser = as_(people.secretary)
    page = browser.get(end).text
    assert "没有问题" in page
    assert 'value="dealt_with" checked' in page
    assert "1 条议定写进纪要" in page
    assert browser.post(end, data={f"outcome-{item.id}": "dealt_with"}).status_code == 303
    db.session.expire_all()
    assert (meeting.state, item.state) == (MeetingState.adjourned, ItemState.dealt_with)
    assert browser.post(end, data={}).status_code == 409


def test_items_nobody_came_to_are_ticked_as_not_reached(meeting, item, end, people, as_):
    later = agenda.add_item(meeting, ItemKind.other, "没来得及", 5, by=people.secretary)
    call_the_roll(meeting, people)
    lines.write(item, "讨论了。", by=people.recorder)
    page = as_(people.chair).get(end).text
    assert f'name="outcome-{later.id}" value="not_reached" checked' in page
    data = {f"outcome-{item.id}": "dealt_with", f"outcome-{later.id}": "not_reached"}
    assert as_(people.chair).post(end, data=data).status_code == 303
    db.session.expire_all()
    assert (later.state, later.started_at) == (ItemState.not_reached, None)
    assert later.successor.predecessor_id == later.id


def test_what_the_checks_find_is_passed_over_only_with_a_reason(meeting, item, end, people, as_):
    for one in meeting.attendances:
        if one.user_id != people.chair.id:
            attendance.check_in(one, by=people.secretary)
    lines.write(item, "交办：还没说完的事 @同事示例", by=people.recorder)
    browser = as_(people.secretary)
    page = browser.get(end).text
    for said in (
        "交办没有写全",
        "“交办：还没说完的事 @同事示例”还缺时限",
        "主持人主持示例还没有签到",
        "没有签到也没有请假",
    ):
        assert said in page
    data = {f"outcome-{item.id}": "dealt_with"}
    refused = browser.post(end, data=data)
    assert (refused.status_code, "写明理由后散会：交办没有写全。" in refused.text) == (409, True)
    db.session.expire_all()
    assert (meeting.state, item.state) == (MeetingState.in_session, ItemState.placed)  # nothing is half-done
    assert browser.post(end, data=data | {"why": "主持人临时离会，任务会后补齐。"}).status_code == 303
    entry = next(one for one in journal.history(meeting) if one.deed == "meetings.adjourn")
    assert (entry.why, entry.facts["despite"]) == ("主持人临时离会，任务会后补齐。", ["交办没有写全"])


def test_nobody_ends_a_meeting_nobody_came_to_and_no_other_than_secretary_and_chair_does(
    meeting, item, end, people, as_
):
    data = {f"outcome-{item.id}": "dealt_with", "why": "x"}
    refused = as_(people.secretary).post(end, data=data)
    assert (refused.status_code, "还没有人签到" in refused.text) == (409, True)
    assert "还没有人签到，不能散会" in as_(people.secretary).get(end).text
    assert as_(people.officer).get(end).status_code == 403
    assert as_(people.stranger).get(end).status_code == 404


def test_the_record_is_closed_only_when_every_line_is_finished(meeting, item, people, as_, adjourn):
    (line,) = lines.write(item, "交办：还没说完的事 @同事示例", by=people.recorder)
    adjourn()
    record = signing_queries.record_of(meeting)
    answer = as_(people.recorder).post(f"/records/{record.id}/closing")
    assert (answer.status_code, "还有 1 条没有写全" in answer.text) == (409, True)
    lines.edit_line(line, "交办：还没说完的事 @同事示例 12月9日前", None, by=people.recorder)
    by_itself("records.pass_on")  # finished after the meeting it is handed out all the same
    db.session.refresh(line)
    assert line.is_handed_out
    assert as_(people.recorder).post(f"/records/{record.id}/closing").status_code == 303
    db.session.expire_all()
    assert signing_queries.record_of(meeting).state is RecordState.closed


def test_laying_a_record_out_holds_no_lock_meanwhile(meeting, item, people, adjourn, monkeypatch):
    from portal.documents.paper import renderer

    lines.write(item, "记录。", by=people.recorder)
    adjourn()
    signing.close(signing_queries.record_of(meeting), by=people.recorder)
    held = []
    render = renderer.render

    def watch(*arguments, **more):
        held.append(db.session().in_transaction())
        return render(*arguments, **more)

    with monkeypatch.context() as watched:
        watched.setattr(renderer, "render", watch)
        by_itself("records.render")
    assert held == [False]
    assert signing_queries.record_of(meeting).document is not None
