"""Who may do what with records, decisions and the tasks typed where they were said."""

from portal.meetings.models.agenda import AgendaItem
from portal.meetings.models.meetings import Meeting
from portal.meetings.rules import attend, has_part, read_tasks, takes_record
from portal.meetings.rules import run as run_meeting
from portal.meetings.rules import see as see_meeting
from portal.people.models.accounts import User
from portal.people.models.roles import Part, Role
from portal.people.rules import holds, is_secretary
from portal.records.models import Decision, Handout, Record, RecordLine, RecordState
from portal.records.signing import queries as signing_queries
from portal.web.guards import hidden


def _keeps(user: User, meeting: Meeting | None) -> bool:
    return is_secretary(user) or (meeting is not None and takes_record(user, meeting))


def _works_on_drafts(user: User, meeting: Meeting) -> bool:
    return _keeps(user, meeting) or has_part(user, meeting)


@hidden
def see(user: User, record: Record) -> bool:
    """会议记录整理完毕前，只有会议秘书、记录人、审核人、主持人和签发人可以查看。"""
    if _works_on_drafts(user, record.meeting):
        return True
    if record.state is RecordState.open:
        return False
    return see_meeting(user, record.meeting) or (record.state is RecordState.signed and holds(user, Role.archivist))


@hidden
def see_of_meeting(user: User, meeting: Meeting) -> bool:
    """只有能查看这次会议的人员可以查看会议记录，两人签字后档案员也可以查看。"""
    return _works_on_drafts(user, meeting) or see_meeting(user, meeting) or _keeps_signed(user, meeting)


def _keeps_signed(user: User, meeting: Meeting) -> bool:
    if not holds(user, Role.archivist):
        return False
    record = signing_queries.record_of(meeting)
    return record is not None and record.state is RecordState.signed


@hidden
def see_bulletin(user: User, meeting: Meeting) -> bool:
    """只有例会成员、督查员和会议秘书可以查看督办通报。"""
    return holds(user, Role.supervisor) or read_tasks(user, meeting.series)


@hidden
def see_item(user: User, item: AgendaItem) -> bool:
    """只有能查看这次会议的人员可以查看会议记录。"""
    return item.meeting is not None and see_of_meeting(user, item.meeting)


@hidden
def see_line(user: User, line: RecordLine) -> bool:
    """只有能查看这次会议的人员可以查看会议记录。"""
    return see_item(user, line.item)


@hidden
def see_decision(user: User, decision: Decision) -> bool:
    """纪要印发前，只有会议秘书、记录人、审核人、主持人和签发人可以查看议定事项；印发后例会成员也可以查看。"""
    meeting = decision.item.meeting
    if meeting is None:
        return False
    return _works_on_drafts(user, meeting) or (meeting.is_concluded and see_meeting(user, meeting))


@hidden
def see_handout(user: User, handout: Handout) -> bool:
    """只有能查看这次会议的人员可以查看会议记录。"""
    return see_item(user, handout.item)


def run(user: User, meeting: Meeting) -> bool:
    """只有会议秘书和主持人可以宣布散会。"""
    return run_meeting(user, meeting)


@hidden
def follow(user: User, meeting: Meeting) -> bool:
    """只有能查看这次会议的人员可以查看会议实况。"""
    return see_meeting(user, meeting)


def type_records(user: User, thing: object) -> bool:
    """只有例会成员和会议秘书可以整理粘贴的内容。"""
    return attend(user, thing)


def keep(user: User, meeting: Meeting) -> bool:
    """只有会议秘书和记录人可以记录。"""
    return _keeps(user, meeting)


def write(user: User, item: AgendaItem) -> bool:
    """只有会议秘书和记录人可以记录。"""
    return _keeps(user, item.meeting)


def edit_line(user: User, line: RecordLine) -> bool:
    """只有会议秘书和记录人可以修改记录。"""
    return _keeps(user, line.item.meeting)


def keep_phrases(user: User, thing: object) -> bool:
    """只有会议秘书可以维护常用语。"""
    return is_secretary(user)


def edit_handout(user: User, handout: Handout) -> bool:
    """只有会议秘书和记录人可以修改交办内容。"""
    return _keeps(user, handout.item.meeting)


def close(user: User, record: Record) -> bool:
    """只有会议秘书和记录人可以确认记录整理完毕。"""
    return _keeps(user, record.meeting)


def render(user: User, record: Record) -> bool:
    """只有会议秘书和记录人可以要求重新排版。"""
    return _keeps(user, record.meeting)


def sign(user: User, record: Record) -> bool:
    """还没有轮到您在这份会议记录上签字。"""
    turn = record.document.next_signature if record.document else None
    return turn is not None and user.acts_for(turn.user_id, Part.sign)
