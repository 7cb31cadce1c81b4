"""Operations on the schedule of lessons, and reminders of missing slides."""

import sqlalchemy as sa

from portal.courses.materials.queries import slides_due
from portal.courses.models.courses import Course
from portal.courses.models.programmes import CourseProgramme
from portal.courses.programme import planning
from portal.db import clock, journal
from portal.db.engine import add, db
from portal.db.numbers import next_number
from portal.errors import Refused
from portal.inbox.operations import notify
from portal.lessons.models.schedule import PendingPlacement, ReleasedLesson, ScheduleChange, ScheduleRelease
from portal.lessons.schedule import board as schedule_board
from portal.lessons.schedule import missing as schedule_missing
from portal.lessons.schedule import queries
from portal.lessons.schedule.board import Change
from portal.meetings.agenda import operations as agenda
from portal.meetings.models.agenda import AgendaItem
from portal.meetings.models.meetings import Meeting
from portal.meetings.models.series import ItemKind
from portal.meetings.proposals import operations as proposals
from portal.people.models.accounts import User
from portal.people.models.roles import Role
from portal.people.roles.queries import in_charge


def place(course: Course, meeting: Meeting | None, *, by: User) -> PendingPlacement | None:
    """把课程排到一次会议，或移出；发布之前议程不变，也不通知任何人。"""
    if course.is_over:
        raise Refused("课程已经讲过或取消，不能再排期。")
    if queries.is_on_now(course):
        raise Refused("这一讲正在会上，散会后才能重新排期。")
    if meeting is not None:
        _refuse_double(course, meeting)
    item = queries.open_item_of(course)
    now = item.meeting_id if item is not None and item.is_placed else None
    pending = db.session.get(PendingPlacement, course.id)
    wanted = meeting.id if meeting else None
    journal.record(by, "lessons.place", course, "排期", meeting=meeting.title if meeting else "")
    if wanted == now:
        if pending is not None:
            db.session.delete(pending)
        db.session.flush()
        return None
    if pending is None:
        pending = PendingPlacement(course_id=course.id)
    pending.meeting_id, pending.by_id, pending.at = wanted, by.id, clock.now()
    db.session.add(pending)
    db.session.flush()
    return pending


def _refuse_double(course: Course, meeting: Meeting) -> None:
    """Neither a lecturer nor a field is booked twice on one day."""
    if not meeting.is_upcoming:
        raise Refused("会议已经开始、结束或取消，不能再排课。")
    for other in queries.others_on(meeting.day, course):
        if course.lecturer and other.lecturer_id == course.lecturer_id:
            raise Refused(f"{course.lecturer.name}{clock.zh_date(meeting.day)}已有{other}，同一天不能讲两课。")
        if other.field_id == course.field_id:
            raise Refused(
                f"{clock.zh_date(meeting.day)}已有{other.field.name}的课：{other}，同一天不排同一领域的两课。"
            )


def discard(programme: CourseProgramme, *, by: User) -> None:
    """放弃没有发布的排期变更。"""
    pending = queries.pending_of(programme)
    if not pending:
        raise Refused("没有待发布的排期变更。")
    db.session.execute(sa.delete(PendingPlacement).where(PendingPlacement.course_id.in_(list(pending))))
    db.session.expire_all()
    journal.record(by, "lessons.discard", programme, "放弃排期变更", lessons=len(pending))
    db.session.flush()


def release(programme: CourseProgramme, note: str, *, by: User) -> ScheduleRelease:
    """发布课程表：变更写进议程和变更记录，只通知有变更的主讲人和会议秘书。"""
    board = schedule_board.board(programme)
    if not board.changes:
        raise Refused("课程表没有变更，不需要发布。")
    for card in [one for column in (*board.columns, board.bare) for one in column.cards if one.is_pending]:
        _put_on_agenda(card.course, card.then, by)
    db.session.execute(
        sa.delete(PendingPlacement).where(
            PendingPlacement.course_id.in_(sa.select(Course.id).where(Course.programme_id == programme.id))
        )
    )
    made: ScheduleRelease = add(
        ScheduleRelease(
            programme=programme,
            number=next_number(f"lessons.release.{programme.id}"),
            at=clock.now(),
            by_id=by.id,
            note=note,
        )
    )
    for change in board.changes:
        db.session.add(ScheduleChange(release=made, course=change.course, kind=change.kind, sentence=change.sentence))
        _tell_of(change, made, by)
        _note_released(change, programme)
    journal.record(by, "lessons.release", made, "发布课程表", number=made.number, changes=len(board.changes))
    others = in_charge(Role.secretary, but=by)
    body = "\n".join(one.sentence for one in board.changes)
    notify(others, f"{programme}：{made}已发布", f"/programmes/{programme.id}/schedule", body=body)
    db.session.flush()
    return made


def _put_on_agenda(course: Course, meeting: Meeting | None, by: User) -> None:
    """Make the agendas say what the board says."""
    if meeting is not None:
        _refuse_double(course, meeting)
    item = queries.open_item_of(course)
    if item is not None and item.is_placed:
        agenda.take_off_item(item, by=by)
    if meeting is None:
        if item is not None:
            proposals.withdraw_item(item, by=by)
    elif item is not None and item.series_id == meeting.series_id and item.is_waiting:
        agenda.place_item(item, meeting, by=by)
    else:
        if item is not None:
            proposals.withdraw_item(item, by=by)
        _add_item(course, meeting, by)


def _add_item(course: Course, meeting: Meeting, by: User) -> AgendaItem:
    return agenda.add_item(
        meeting, ItemKind.course, f"首席服务官讲业务：{course.topic}", course.minutes, course=course, by=by
    )


def _tell_of(change: Change, made: ScheduleRelease, by: User) -> None:
    """The lecturer of the lesson is told, and who was its lecturer when it was last released."""
    course, released = change.course, change.released
    people = [course.lecturer, released.lecturer if released else None]
    affected = {one.id: one for one in people if one is not None and one.id != by.id}
    due = f"课件请在{clock.zh_date(slides_due(change.meeting.day))}前提交。" if change.meeting else ""
    title = f"讲业务{change.kind.label}：{course}"
    notify(affected.values(), title, f"/courses/{course.id}", body=f"{change.sentence}{due}（{made}）")


def _note_released(change: Change, programme: CourseProgramme) -> None:
    released = change.released
    if released is None:
        released = ReleasedLesson(course_id=change.course.id, programme_id=programme.id, sequence=-1)
        db.session.add(released)
    meeting = change.meeting
    released.meeting_id, released.lecturer_id = (meeting.id if meeting else None), change.course.lecturer_id
    released.day, released.starts_at = (meeting.day, meeting.starts_at) if meeting else (None, None)
    released.place = meeting.place if meeting else ""
    released.sequence += 1
    released.released_at = clock.now()


def remind(programme: CourseProgramme, *, by: User) -> list[schedule_missing.Missing]:
    """催交课件：只提醒已排期、课件没有交齐的主讲人。"""
    plan = planning.plan_of(programme)
    missing = schedule_missing.missing_slides(plan.lessons, plan.days)
    if not missing:
        raise Refused("已排期的课程都交了课件，没有需要催交的。")
    for one in missing:
        _tell_missing(one.course, one)
    names = [one.course.lecturer.name for one in missing if one.course.lecturer]
    journal.record(by, "lessons.remind", programme, "催交课件", lecturers=names)
    return missing


def remind_by_itself(course: Course, missing: schedule_missing.Missing, burst: str) -> None:
    """到期前自动提醒一位主讲人。"""
    journal.record(None, "lessons.remind", course, "自动提醒交课件", due=missing.due.isoformat())
    _tell_missing(course, missing, burst)


def _tell_missing(course: Course, missing: schedule_missing.Missing, burst: str = "") -> None:
    due = clock.zh_date(missing.due)
    word = f"已过时限（{due}）" if missing.is_late else f"请在{due}前提交"
    if course.lecturer:
        notify([course.lecturer], f"课件{word}：{course}", f"/courses/{course.id}#upload", burst=burst)
