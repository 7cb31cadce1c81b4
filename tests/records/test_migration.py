"""What was recorded before the record had lines is carried over, line by line."""

from datetime import date

from cast import open_meeting
from flask_migrate import downgrade, upgrade

from portal.db.engine import db
from portal.meetings.models.meetings import Meeting
from portal.records.decisions import operations as decisions
from portal.records.lines import operations as lines_operations
from portal.records.lines import queries
from portal.records.models import LineKind


def test_texts_decisions_and_tasks_of_old_records_become_lines(people):
    meeting = open_meeting(people)
    item = meeting.items[0]
    lines_operations.write(
        item, "服务示例：企业反映用地手续没有办完。\n会议听取了汇报。\n议定：同意补办。", by=people.recorder
    )
    decisions.hand_out(
        item, title="补办手续", lead_department=people.industry, lead_person=people.officer, support=[people.justice],
        due=date(2026, 12, 9), by=people.recorder,
    )  # fmt: skip
    db.session.commit()
    number = meeting.id
    db.session.remove()

    downgrade(revision="0019")
    db.session.remove()
    upgrade()

    meeting = db.session.get_one(Meeting, number)
    lines = queries.lines_under(meeting.items[0])
    assert [(one.kind, one.text) for one in lines] == [
        (LineKind.note, "服务示例：企业反映用地手续没有办完。"),
        (LineKind.note, "会议听取了汇报。"),
        (LineKind.decision, "议定：同意补办。"),
        (LineKind.task, "交办：补办手续 @市工信局 @服务示例 @市司法局 2026年12月9日前"),
    ]
    assert [one.typed_by.name for one in lines[:2]] == ["记录示例", "记录示例"]
    assert (lines[2].decision.text, lines[3].handout.title) == ("同意补办。", "补办手续")
    # and an old task is edited like a new one
    by = lines[0].typed_by
    lines_operations.edit_line(lines[3], "交办：补办手续 @市司法局 @同事示例 12月15日前", None, by=by)
    assert lines[3].handout.lead_person.name == "同事示例"
