"""Routes of one meeting: its page, its scheduling, approval, postponement and cancellation."""

from flask import url_for
from flask.typing import ResponseReturnValue

from portal.db import clock
from portal.errors import Refused
from portal.meetings import rules
from portal.meetings.agenda.fragment import agenda_of
from portal.meetings.attendance import queries as attendance_queries
from portal.meetings.blueprint import back_to, bp, typed_reason
from portal.meetings.models.meetings import Meeting
from portal.meetings.models.series import MeetingSeries
from portal.meetings.notices import checks
from portal.meetings.preparing import forms, operations, queries
from portal.meetings.proposals import queries as proposals_queries
from portal.meetings.review import queries as review_queries
from portal.meetings.series import queries as series_queries
from portal.meetings.series import rhythm
from portal.web import responses
from portal.web.guards import me, requires


@bp.route("/series/<model:series>/meetings/new", methods=["GET", "POST"])
@requires(rules.see_series, rules.schedule)
def schedule(series: MeetingSeries) -> ResponseReturnValue:
    """新建会议；日期有疑问时先提醒。"""
    form = forms.ScheduleForm(series_queries.people_by_rank(), thing=series)
    if not form.is_submitted():
        form.day.data = rhythm.proposed_day(series)
    shaped = form.ready()
    doubts = _doubts(series, form) if shaped or not form.is_submitted() else []
    if shaped and (form.sure.data or not doubts):
        made = form.attempt(operations.schedule, series, form.day.data, by=me(), **form.facts())
        if made is not None:
            return responses.done(url_for("meetings.show", meeting=made.id), "会议已新建，请编排议程。")
    elif shaped:
        form.status = 422
    return responses.show(
        "meetings/preparing/schedule.html",
        form=form,
        series=series,
        doubts=doubts,
        waiting=proposals_queries.backlog(series),
    )


def _doubts(
    series: MeetingSeries, form: forms.ScheduleForm | forms.PostponeForm, meeting: Meeting | None = None
) -> list[str]:
    """What speaks against the day and time that were typed; asked only of a form whose shape is right."""
    day, starts_at = form.day.data, form.starts_at.data
    if day is None or starts_at is None:
        return []
    if isinstance(form, forms.ScheduleForm):
        minutes, chair = form.minutes.data or 0, form.chosen_people()["chair"]
    else:
        minutes, chair = (meeting.minutes, meeting.chair) if meeting else (0, None)
    return queries.doubts(series, day, clock.moment(day, starts_at), minutes, chair, but=meeting)


@bp.route("/meetings/<model:meeting>")
@requires(rules.see)
def show(meeting: Meeting) -> ResponseReturnValue:
    """会议。"""
    keeps = rules.build_agenda(me(), meeting) and meeting.is_upcoming
    call = proposals_queries.call_of(meeting.series) if keeps else []
    unanswered = sum(item.is_proposed for item in call)
    return responses.show(
        "meetings/preparing/show.html",
        fragment="meetings/_agenda.html",
        keeps=keeps,
        chairs=rules.chairs(me(), meeting),
        warnings=checks.before_notice(meeting, unanswered) if keeps else [],
        unanswered=unanswered,
        tally=attendance_queries.tally(meeting),
        answers=rules.answer_leave(me(), meeting),
        steps=[] if meeting.was_held_elsewhere else meeting.steps,
        hindrance=_hindrance(meeting),
        own=attendance_queries.own_attendance(meeting, me()),
        waiting=[item for item in call if item.is_waiting],
        overview=review_queries.frozen_overview_of(meeting),
        members=rules.read_tasks(me(), meeting.series),
        **agenda_of(meeting),
    )


def _hindrance(meeting: Meeting) -> str | None:
    """What has still to be done before the next step, for whoever takes that step."""
    if rules.announce(me(), meeting) and meeting.is_upcoming and not meeting.has_notice:
        return meeting.lifecycle.obstacle(meeting, "announce")
    if rules.run(me(), meeting) and meeting.is_in_session:
        return meeting.lifecycle.obstacle(meeting, "adjourn")
    return None


@bp.route("/meetings/<model:meeting>/edit", methods=["GET", "POST"])
@requires(rules.see, rules.edit_meeting, transition="edit_meeting")
def edit_meeting(meeting: Meeting) -> ResponseReturnValue:
    """修改会议安排。"""
    form = forms.MeetingForm(series_queries.people_by_rank(), thing=meeting)
    if form.ready():
        done = form.attempt(operations.edit_meeting, meeting, form.seen, by=me(), **form.facts())
        if done is not None:
            return responses.done(url_for("meetings.show", meeting=meeting.id), "会议安排已保存。")
    return responses.show("meetings/preparing/edit.html", form=form, meeting=meeting)


@bp.post("/meetings/<model:meeting>/approval/request")
@requires(
    rules.see,
    rules.ask_approval,
    transition="ask_approval",
    when=(lambda meeting: meeting.approved_already, lambda meeting: meeting.asked_already),
)
def ask_approval(meeting: Meeting) -> ResponseReturnValue:
    """请主持人审定议程。"""
    operations.ask_approval(meeting, by=me())
    return back_to(meeting, f"已请{meeting.chair.name if meeting.chair else '主持人'}审定议程。")


@bp.post("/meetings/<model:meeting>/approval")
@requires(
    rules.see, rules.approve_agenda, transition="approve_agenda", when=(lambda meeting: meeting.approved_already,)
)
def approve_agenda(meeting: Meeting) -> ResponseReturnValue:
    """登记主持人审定议程。"""
    if meeting.chair is None:
        raise Refused("还没有主持人，请先在会议安排中指定。")
    operations.approve_agenda(meeting, chair=meeting.chair, by=me())
    return responses.done(url_for("meetings.show", meeting=meeting.id), "议程已审定，可以发通知了。")


@bp.route("/meetings/<model:meeting>/postponement", methods=["GET", "POST"])
@requires(rules.see, rules.postpone, transition="postpone")
def postpone(meeting: Meeting) -> ResponseReturnValue:
    """会议改期。"""
    form = forms.PostponeForm(thing=meeting)
    shaped = form.ready()
    doubts = _doubts(meeting.series, form, meeting) if shaped else []
    if shaped and (form.sure.data or not doubts):
        if form.attempt(operations.postpone, meeting, form.day.data, form.starts_at.data, form.why.data, by=me()):
            return responses.done(url_for("meetings.show", meeting=meeting.id), "会议已改期。")
    elif shaped:
        form.status = 422
    return responses.show("meetings/preparing/postpone.html", form=form, meeting=meeting, doubts=doubts)


@bp.post("/meetings/<model:meeting>/cancellation")
@requires(rules.see, rules.cancel, transition="cancel")
def cancel(meeting: Meeting) -> ResponseReturnValue:
    """取消会议。"""
    operations.cancel(meeting, typed_reason(), by=me())
    return responses.done(url_for("meetings.show", meeting=meeting.id), "会议已取消，议题已放回待排议题。")
