"""What is read from a line: its kind, its speaker, its owner, its day, and what has to be asked for."""

from datetime import date

import pytest
from cast import MONDAY
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.db.engine import db
from portal.people.models.accounts import User
from portal.records.decisions import operations as decisions_operations
from portal.records.decisions import queries as decisions_queries
from portal.records.lines import operations as lines_operations
from portal.records.lines import queries as lines_queries
from portal.records.lines import reading
from portal.records.models import LineKind


@pytest.fixture
def directory(meeting, people):
    for user in (people.officer, people.colleague):
        user.pinyin, user.initials = ("fuwushili", "fwsl") if user is people.officer else ("tongshishili", "tssl")
    people.stranger.department = people.office  # 市司法局 keeps one member of the series: 同事示例
    db.session.commit()
    return lines_queries.directory_for(meeting)


@pytest.fixture
def read(directory):
    return lambda text, kind=None: reading.read(text, lambda: directory, MONDAY, kind)


def test_a_plain_line_is_a_note_with_its_speaker(read):
    said = {
        "服务示例：企业反映用地手续没有办完。": ("服务示例", "企业反映用地手续没有办完。"),
        "市工信局: 已经协调两次。": ("市工信局", "已经协调两次。"),
        "主持人：请抓紧。": ("主持人", "请抓紧。"),
        "市工信局服务示例：补充一点。": ("市工信局服务示例", "补充一点。"),
        "注意：下周三前报送。": ("", "注意：下周三前报送。"),  # nobody of this name is known
        "听取了汇报。": ("", "听取了汇报。"),
        "9:30 开始讨论": ("", "9:30 开始讨论"),
    }
    lines = {text: read(text) for text in said}
    assert {text: (one.speaker, one.words) for text, one in lines.items()} == said
    assert {one.kind for one in lines.values()} == {LineKind.note}


@pytest.mark.parametrize("mark", ["议定：", "议定:", "决定：", "议定事项： ", "  议定 ： "])
def test_a_decision_begins_with_its_mark_in_either_width(read, mark):
    said = read(f"{mark}同意补办手续。")
    assert (said.kind, said.words, said.is_complete) == (LineKind.decision, "同意补办手续。", True)


def test_a_task_names_its_owners_and_its_day(read, people):
    said = read("交办：补办用地手续 @市工信局 @服务示例 @市司法局 下周三前完成！")
    assert (said.kind, said.words, said.urgent) == (LineKind.task, "补办用地手续", True)
    assert (said.lead_department, said.lead_person) == (people.industry, people.officer)
    assert said.support == [people.justice]
    assert (said.due, said.missing) == (date(2026, 12, 9), [])
    assert [(one.label, one.text) for one in said.chips] == [
        ("交办", ""), ("急", ""), ("牵头", "市工信局（服务示例）"), ("配合", "市司法局"), ("时限", "12月9日（星期三）"),
    ]  # fmt: skip


def test_half_width_marks_and_names_inside_the_sentence_are_read_the_same(read, people):
    for text in (
        "交办: @服务示例 @市司法局 补办用地手续,12月9日前完成!",
        "任务：请@服务示例 会同@市司法局补办，12月9日前",
        "交办：＠服务示例＠市司法局12.9前补办！",
    ):
        said = read(text)
        assert (said.lead_person, said.lead_department) == (people.officer, people.industry), text
        assert (said.support, said.due, said.missing) == ([people.justice], date(2026, 12, 9), []), text


def test_owners_are_found_by_pinyin_and_by_initials(read, people):
    assert read("交办：办理 @fwsl 月底前").lead_person == people.officer
    assert read("交办：办理 @TongShiShiLi 月底前").lead_person == people.colleague
    assert read("交办：办理 @tdfcz 月底前").lead_group == people.theme


def test_a_unit_answers_by_its_only_member_and_a_group_by_its_lead(read, people):
    assert read("交办：办理 @市司法局 月底前").lead_person == people.colleague
    assert read("交办：办理 @土地房产组 月底前").lead_person == people.officer
    several = read("交办：办理 @市工信局 月底前")
    assert (several.lead_department, several.lead_person) == (people.industry, None)
    assert several.missing == ["市工信局的承办人"]


def test_what_a_task_does_not_say_is_asked_for_and_never_guessed(read):
    missing = {
        "交办：补办手续": ["承办人或单位，例如 @单位 @人", "时限，例如 12月5日前、下周三前"],
        "交办：补办手续 @服务示例": ["时限，例如 12月5日前、下周三前"],
        "交办：@服务示例 月底前": ["要办的事"],
        "交办：补办 @张三 月底前": ["名册里没有“张三”，或有多人"],
        "交办：补办 @ 月底前": ["名册里没有“月底前”，或有多人", "时限，例如 12月5日前、下周三前"],
        "交办：补办 @服务示例 2026年1月5日前": ["时限：2026年1月5日早于开会日期"],
        "议定：": ["议定的内容"],
    }
    assert {text: read(text).missing for text in missing} == missing
    assert read("交办：" + "长" * 151 + "@服务示例 月底前").missing == ["要办的事请不要超过 150 个字"]


def test_departments_and_groups_support_in_any_number(read, people):
    said = read("交办：补办手续 @服务示例 @市司法局 @土地房产组 月底前")
    assert (said.lead, said.support, said.missing) == (people.officer, [people.justice, people.theme], [])
    assert ("配合", "市司法局、土地房产组") in [(one.label, one.text) for one in said.chips]


@pytest.mark.parametrize(
    "text",
    [
        "交办：补办手续 由@市工信局牵头，会同@市司法局、@土地房产组 12月9日前 @服务示例",
        "交办：@市司法局、@土地房产组配合，@市工信局 @服务示例 牵头补办手续，12月9日前",
        "交办：补办手续，@市工信局 @服务示例 12月9日前完成，配合单位：@市司法局 @土地房产组",
        "交办：补办手续 @市工信局@服务示例 会同 @市司法局和@土地房产组 12月9日前",
    ],
)
def test_the_words_beside_the_names_say_who_leads_and_who_supports(read, people, text):
    said = read(text)
    assert (said.words, said.missing) == ("补办手续", [])
    assert (said.lead_department, said.lead_person) == (people.industry, people.officer)
    assert (said.support, said.due) == ([people.justice, people.theme], date(2026, 12, 9))


def test_a_word_of_the_task_itself_stays(read):
    for words in ("书面说明理由", "核对财政配合资金", "代企业提出申请"):
        assert read(f"交办：{words} @服务示例 月底前").words == words
    assert read("交办：@服务示例配合做好年检 月底前").words == "配合做好年检"


def test_two_of_one_name_are_told_apart_by_their_unit(meeting, people):
    people.colleague.name = people.officer.name
    db.session.commit()
    both = lines_queries.directory_for(meeting)
    assert reading.read("交办：办 @市司法局服务示例 月底前", lambda: both, MONDAY).lead_person == people.colleague
    assert both.name_of(people.colleague) == "市司法局服务示例"
    alone = reading.read("交办：办 @服务示例 月底前", lambda: both, MONDAY)
    assert (alone.lead_person, alone.missing) == (None, ["名册里没有“服务示例”，或有多人"])


def test_a_task_filled_in_as_a_form_is_written_as_it_would_be_typed(meeting, people, directory):
    task = decisions_operations.hand_out(
        meeting.items[0], title="补办用地手续", lead_department=people.industry, lead_person=people.officer,
        support=[people.justice], support_groups=[people.theme], due=date(2026, 12, 9), urgent=True,
        by=people.recorder,
    )  # fmt: skip
    assert task.line.text == "交办：补办用地手续 @市工信局 @服务示例 @市司法局 @土地房产组 2026年12月9日前！"
    said = reading.read(task.line.text, lambda: directory, MONDAY)
    assert (said.words, said.lead_department, said.lead_person) == ("补办用地手续", people.industry, people.officer)
    assert (said.due, said.urgent, said.missing) == (task.due, True, [])
    assert said.support == [people.justice, people.theme]


PIECES = st.sampled_from(
    [
        *"议定交办：:@＠!！，。；、\t\u3000 ab12",
        "议定：",
        "交办：",
        "@服务示例",
        "@市工信局",
        "@土地房产组",
        "下周三前",
        "完成",
        "𠮷",
    ]
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=50))
def test_any_text_is_read_without_harm(read, text):
    for kind in (None, *LineKind):
        said = read(text, kind)
        assert said.is_complete is not bool(said.missing)
        if said.kind is LineKind.task and said.is_complete:
            assert isinstance(said.lead_person, User)
            assert said.due >= MONDAY
            assert said.words


# ── what becomes of a line ─────────────────────────────────────────────────────────────────────────────────────────


def test_decisions_and_tasks_come_of_their_lines(meeting, people, directory):
    item = meeting.items[0]
    lines_operations.write(
        item,
        "服务示例：企业反映手续没有办完。\n议定：同意补办手续。\n交办：补办手续 @市司法局 月底前\n交办：还要再议的事",
        by=people.recorder,
    )
    decisions, tasks = decisions_queries.words_under(item)
    assert [one.text for one in decisions] == ["同意补办手续。"]
    assert [(one.title, one.decision, one.lead) for one in tasks] == [("补办手续", decisions[0], "市司法局")]
    unfinished = lines_queries.unfinished_of(meeting)
    assert [one.text for one in unfinished] == ["交办：还要再议的事"]
    assert lines_queries.entry_of(item).text == "服务示例：企业反映手续没有办完。\n交办：还要再议的事"

    lines_operations.edit_line(unfinished[0], "交办：还要再议的事 @服务示例 下周三前", 1, by=people.recorder)
    assert lines_queries.unfinished_of(meeting) == []
    assert lines_queries.entry_of(item).text == "服务示例：企业反映手续没有办完。"
    assert len(decisions_queries.words_under(item)[1]) == 2


def test_a_note_becomes_a_decision_and_a_task_and_a_note_again_with_all_its_words(meeting, people, directory):
    item, by = meeting.items[0], people.recorder
    (line,) = lines_operations.write(item, "服务示例：补办手续 @市司法局 月底前", by=by)
    assert (line.kind, line.speaker) == (LineKind.note, "服务示例")
    lines_operations.turn_line(line, LineKind.decision, line.version, by=by)
    assert [one.text for one in decisions_queries.words_under(item)[0]] == ["补办手续 @市司法局 月底前"]
    lines_operations.turn_line(line, LineKind.task, line.version, by=by)
    decisions, tasks = decisions_queries.words_under(item)
    assert (decisions, [one.title for one in tasks]) == ([], ["补办手续"])
    lines_operations.turn_line(line, LineKind.note, line.version, by=by)
    assert decisions_queries.words_under(item) == ([], [])
    assert (line.text, line.speaker, line.words) == (
        "服务示例：补办手续 @市司法局 月底前", "服务示例", "补办手续 @市司法局 月底前",
    )  # fmt: skip


def test_a_decision_that_is_edited_stays_the_same_decision_with_its_task(meeting, people, directory):
    item, by = meeting.items[0], people.recorder
    lines_operations.write(item, "议定：同意。\n交办：办理 @服务示例 月底前", by=by)
    (decision,), (task,) = decisions_queries.words_under(item)
    lines_operations.edit_line(decision.line, "议定：原则同意。", None, by=by)
    lines_operations.edit_line(task.line, "交办：办理 @服务示例 12月9日前！", None, by=by)
    (again,), (same,) = decisions_queries.words_under(item)
    assert (again.id, again.text, same.id, same.due, same.urgent) == (
        decision.id, "原则同意。", task.id, date(2026, 12, 9), True,
    )  # fmt: skip
    assert same.decision == again
