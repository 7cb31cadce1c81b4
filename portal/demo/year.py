"""The year of the example world: meetings, lessons, problems and tasks, noted in a diary and lived through."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any, TypeVar

from portal.actions.assignment import operations as assignment_operations
from portal.actions.assignment.queries import actions_about, open_actions_of
from portal.actions.models.action_items import ActionItem, ActionState
from portal.actions.progress import operations as progress
from portal.actions.requests import operations as requests
from portal.actions.supervision import operations as supervision
from portal.archive.models.pieces import Retention
from portal.archive.pieces import operations as archive
from portal.courses.course import operations as course_operations
from portal.courses.materials import operations as materials
from portal.courses.models.courses import Course
from portal.courses.policies import operations as library
from portal.courses.policies.queries import policy_of
from portal.courses.programme import operations as programme_operations
from portal.courses.rota import operations as rota
from portal.db import calendar, clock
from portal.demo import classroom, slides
from portal.demo.diary import Diary, first_of_months, first_of_next_month, on, working
from portal.demo.press import Press
from portal.demo.texts import LEAVE_REASONS, Story, Task, facts, problems, story_of, works
from portal.demo.world import MONDAY, World
from portal.enterprises.models.problems import Problem, Satisfaction
from portal.enterprises.problems import operations as enterprises
from portal.inbox import operations as inbox
from portal.lessons.feedback import operations as feedback
from portal.lessons.schedule import operations as schedule
from portal.lessons.study_hours.queries import listeners_of
from portal.meetings.agenda import operations as agenda
from portal.meetings.attendance import operations as attendance_operations
from portal.meetings.attendance import replies
from portal.meetings.models.agenda import AgendaItem, ItemState
from portal.meetings.models.meetings import Meeting
from portal.meetings.models.series import ItemKind, MeetingSeries
from portal.meetings.notices import operations as notices
from portal.meetings.preparing import operations as preparing
from portal.meetings.proposals import operations as proposals
from portal.meetings.series import queries as meeting_questions
from portal.meetings.sitting import operations as sitting_operations
from portal.minutes.consultation import operations as consultation
from portal.minutes.issue import operations as issue
from portal.minutes.models.minutes import Minutes
from portal.minutes.reading.queries import of_meeting as minutes_of
from portal.minutes.signing import operations as signing_operations
from portal.minutes.signoff import operations as signoff
from portal.minutes.text import operations as text_operations
from portal.people.deputies import operations as people
from portal.people.models.accounts import User
from portal.people.models.roles import Part
from portal.records.decisions import operations as decisions_operations
from portal.records.decisions.queries import handouts_of
from portal.records.lines import operations as lines_operations
from portal.records.signing import operations as signing
from portal.records.signing.queries import record_of

Say = Callable[[str], None]
Thing = TypeVar("Thing")
Told = dict[str, Any]

# What happens to a task out of the ordinary, by its number in the year; the others are done in time.
LATE, RETURNED, REFUSED, SUSPENDED, TERMINATED, EXTENDED, REOPENED, HANDED_OVER, LEFT = range(9)
FATES = {
    3: LATE, 6: RETURNED, 8: REFUSED, 11: EXTENDED, 14: HANDED_OVER, 17: TERMINATED, 20: LATE, 23: REOPENED,
    26: RETURNED, 28: SUSPENDED, 32: EXTENDED, 34: LATE, 35: LATE,
    # of the newest quarter, which alone is there in full in the plain world: something of everything
    38: RETURNED, 39: REOPENED, 40: EXTENDED, 41: HANDED_OVER, 42: LATE, 43: TERMINATED, 44: SUSPENDED, 46: LATE,
    47: LATE, 48: REFUSED, 49: LEFT,
}  # fmt: skip
AT_WORK = (ActionState.accepted, ActionState.in_progress)
# The task-force meetings of the year at which a lesson was given.
WITH_LESSON = (1, 2, 4, 5, 7, 8, 10)
# The team meetings of the year at which no new problem was raised.
WITHOUT_PROBLEM = (5, 11, 16, 21)
# What the press does while the year goes on.
LAY_OUT_RECORDS, LAY_OUT_MINUTES, LAY_OUT_SHEETS = "records.render", "minutes.render", "minutes.render_sheet"
PREPARE_PIECES = "archive.prepare"
LAY_OUT = (LAY_OUT_RECORDS, LAY_OUT_MINUTES, LAY_OUT_SHEETS, "actions.print_slips", PREPARE_PIECES)
COMPLETE_DOSSIERS, CHECK_PIECES = "archive.compile", "archive.check"
SPARE = 2  # working days
URGENT_WITHIN = 15  # days: what is to be done so soon was called urgent
# The items that were put off once and came back at the next meeting.
DEFERRED = ("租赁厂房历史证载用途不符", "职工上下班公交线路不便")


@dataclass(frozen=True)
class Sitting:
    """One meeting of the year as it is planned."""

    series: MeetingSeries
    day: date
    problem: Told | None = None
    assignment: Told | None = None
    study: Told | None = None
    exchange: Told | None = None
    lesson: Told | None = None


class Pace:
    """One step after the other, never two on the same day."""

    def __init__(self, day: date) -> None:
        self.day = day

    def step(self, working_days: int, hour: int) -> datetime:
        """The moment some working days on."""
        self.day = calendar.add_working(self.day, working_days)
        return clock.moment(self.day, hour)

    def reach(self, day: date) -> None:
        """Go on to a day, unless it lies behind."""
        self.day = max(self.day, day)


class Year:
    """What happens from the first meeting to this very moment."""

    def __init__(self, world: World, press: Press, say: Say, *, accepted: int | None = None) -> None:
        """`accepted` is how many of the oldest dossiers the archivist has taken over; all where that is not told."""
        self.world, self.press, self.say, self.accepted = world, press, say, accepted
        self.diary, self.until = Diary(), clock.now()
        self.stories: dict[int, Story] = {}
        self.lessons: dict[str, Course] = {}
        self.reported: dict[str, Problem] = {}
        self.tasks = count(1)
        self.turns = count()

    def plan(self, held: Sequence[Sitting], begins: date) -> None:
        """Write into the diary a year that begins on a day: the meetings that were held here, and the present."""
        self.diary.note(on(begins, -15, 9), self._plan_lessons, begins)
        for number, sitting in enumerate(held):
            self._plan_sitting(sitting, number)
        self._plan_present()

    # ── before a meeting ───────────────────────────────────────────────────────────────────────────────────────

    def _plan_lessons(self, first: date) -> None:
        year = (first + timedelta(days=31)).year
        programme = programme_operations.add_programme(
            f"{year}年首席服务官讲业务课程计划", year, "利用周例会集中讲授惠企政策，共九讲。", by=self.world.secretary
        )
        told = works()["courses"]
        # what the printed lecturer gives comes last, so that it is still to be given
        for number, one in enumerate([*told[1:], told[0]]):
            lead = self.world.of_department(one["lead"])
            lecturer = self.world.lecturer if self.world.lecturer in lead else lead[-1]
            self.lessons[one["topic"]] = course_operations.add_course(
                programme, one["topic"], self.world.fields[one["field"]], department=lecturer.department,
                lecturer=lecturer, aims=one["aims"], minutes=25, month=self._month(first, year, number),
                by=self.world.secretary,
            )  # fmt: skip

    def _month(self, first: date, year: int, number: int) -> date:
        """A lesson about every five weeks from the first meeting on, within the programme's year."""
        return max(date(year, 1, 1), min(date(year, 12, 1), (first + timedelta(days=36 * number)).replace(day=1)))

    def _plan_sitting(self, sitting: Sitting, number: int) -> None:
        day, note = sitting.day, self.diary.note
        if sitting.problem:
            note(on(day, -9, 10), self.report, sitting.problem)
        note(on(day, -8, 9), self._schedule, sitting)
        if sitting.problem:
            note(on(day, -7, 16), self._propose, sitting)
        if sitting.lesson:
            note(on(day, -7, 9), self._invite, sitting.lesson)
            note(on(day, -5, 10), self.hand_in_slides, sitting.lesson, as_pdf=number % 2 == 1)
            note(on(day, -4, 10), self.approve_slides, sitting.lesson)
        note(on(day, -4, 11), self._build_agenda, sitting)
        note(on(day, -3, 10), self._announce, sitting)
        note(on(day, -2, 9), self._reply, sitting, number)
        note(clock.moment(day, sitting.series.starts_at), self._hold, sitting, number)

    def report(self, told: Told) -> None:
        """An officer reports a problem; one of a theme group is matched at once."""
        client = self.world.clients[told["client"]]
        reporter = client.officers[0]
        problem = enterprises.report(client, told["title"], told["text"], told["wish"], by=reporter)
        if told["group"]:
            enterprises.match(problem, self.world.groups[told["group"]], by=self.world.secretary)
        self.reported[told["title"]] = problem

    def _schedule(self, sitting: Sitting) -> Meeting:
        meeting = meeting_questions.next_of(sitting.series)
        if meeting is None:
            return preparing.schedule(sitting.series, sitting.day, by=self.world.secretary)
        if meeting.day != sitting.day:
            preparing.postpone(
                meeting, sitting.day, meeting.starts_at, "与其他重要会议时间冲突。", by=self.world.secretary
            )
        return meeting

    def _coming(self, series: MeetingSeries) -> Meeting:
        return there(meeting_questions.next_of(series))

    def _propose(self, sitting: Sitting) -> None:
        told = sitting.problem or {}
        problem = self.reported[told["title"]]
        item = proposals.propose(
            sitting.series, ItemKind.problem, told["title"], told["wish"], 15, problem=problem, by=problem.reporter
        )
        proposals.accept_item(item, by=self.world.secretary)
        agenda.place_item(item, self._coming(sitting.series), by=self.world.secretary)
        self.stories[item.id] = story_of(told)

    def _invite(self, told: Told) -> None:
        course = self.lessons[told["topic"]]
        rota.invite(course, by=self.world.secretary)
        if course.lecturer:
            rota.confirm(course, by=course.lecturer)

    def hand_in_slides(self, told: Told, *, as_pdf: bool) -> None:
        """The lecturer hands in slides for a lesson."""
        course = self.lessons[told["topic"]]
        content, name = self._slides(told, course, as_pdf=as_pdf)
        materials.submit_material(course, content, name, told["topic"], "", True, by=there(course.lecturer))

    def _slides(self, told: Told, course: Course, *, as_pdf: bool) -> tuple[bytes, str]:
        pages = [(heading, lines) for heading, lines in told["slides"]]
        subtitle = f"首席服务官讲业务　{course.lecturer.titled if course.lecturer else ''}"
        if as_pdf:
            return slides.pdf(told["topic"], subtitle, pages), f"{told['topic']}.pdf"
        return slides.pptx(told["topic"], subtitle, pages), f"{told['topic']}.pptx"

    def approve_slides(self, told: Told) -> None:
        """The secretary approves what was handed in."""
        for material in self.lessons[told["topic"]].materials:
            materials.approve_material(material, by=self.world.secretary)

    def _build_agenda(self, sitting: Sitting) -> None:
        meeting, by = self._coming(sitting.series), self.world.secretary
        if sitting.study:
            item = agenda.add_item(meeting, ItemKind.study, sitting.study["title"], 10, by=by)
            self.stories[item.id] = story_of(sitting.study)
        if sitting.exchange:
            item = agenda.add_item(meeting, ItemKind.other, sitting.exchange["title"], 10, by=by)
            self.stories[item.id] = story_of(sitting.exchange)
        if sitting.lesson:
            course = self.lessons[sitting.lesson["topic"]]
            item = agenda.add_item(meeting, ItemKind.course, course.topic, 25, course=course, by=by)
            self.stories[item.id] = story_of(sitting.lesson)
        if sitting.assignment:
            item = agenda.add_item(meeting, ItemKind.assignment, sitting.assignment["title"], 15, by=by)
            self.stories[item.id] = story_of(sitting.assignment)

    def _announce(self, sitting: Sitting) -> None:
        meeting = self._coming(sitting.series)
        preparing.approve_agenda(meeting, chair=there(meeting.chair), by=self.world.secretary)
        notices.announce(meeting, why="材料会前补齐。", by=self.world.secretary)

    def _reply(self, sitting: Sitting, number: int) -> None:
        meeting = self._coming(sitting.series)
        needed = {meeting.chair_id, meeting.recorder_id, meeting.signatory_id}
        needed |= {item.reporter_id for item in meeting.items}
        for place, attendance in enumerate(meeting.attendances):
            if attendance.user is None:
                continue
            if attendance.user_id not in needed and (place * 7 + number * 3) % 19 == 0:
                replies.ask_leave(attendance, LEAVE_REASONS[place % len(LEAVE_REASONS)], by=attendance.user)
                replies.grant_leave(attendance, by=self.world.secretary)
            elif attendance.user_id in needed or (place * 5 + number) % 17:
                replies.confirm(attendance, by=attendance.user)
            if attendance.user_id not in needed and (place + number) % 37 == 0:
                replies.set_substitute(attendance, "代会示例", by=self.world.secretary)

    # ── the meeting itself ─────────────────────────────────────────────────────────────────────────────────────

    def _hold(self, sitting: Sitting, number: int) -> None:
        meeting, by = self._coming(sitting.series), self.world.secretary
        sitting_operations.open(meeting, by=by)
        if number % 3:
            attendance_operations.check_in_all(meeting, by=by)
        else:
            for attendance in meeting.attendances:
                if not attendance.is_on_leave and attendance.user is not None:
                    attendance_operations.check_in(attendance, by=by)
        if number % 5 == 0:
            guest = self.world.clients[sitting.problem["client"]].name if sitting.problem else "示例高校"
            attendance_operations.add_visitor(meeting, "列席示例", None, "负责人", unit=guest, by=by)
        here = [one for one in meeting.attendances if one.member and one.is_present]
        if len(meeting.items) > 2 and len(here) > 4:
            attendance_operations.note_stay(
                here[-1 - number % 4], 2, None if number % 2 else len(meeting.items) - 1, by=by
            )
        at = clock.now()
        for item in list(meeting.items):
            at += timedelta(minutes=item.minutes)
            with clock.at(at):
                self._deal_with(item, meeting)
        self.diary.note(at, self._adjourn, sitting, meeting, number)

    def _deal_with(self, item: AgendaItem, meeting: Meeting) -> None:
        by = self.world.recorder
        story = self._story_of(item)
        if item.title in DEFERRED and item.predecessor is None:
            lines_operations.write(item, "因牵头部门另有核实事项，会议决定缓议，下次会议再研究。", by=by)
            sitting_operations.mark_item(item, ItemState.deferred, by=self.world.secretary)
            return
        lines_operations.write(item, story.said if story else self._review(meeting), by=by)
        sitting_operations.mark_item(item, ItemState.dealt_with, by=self.world.secretary)
        if story is None:
            return
        decisions = [lines_operations.decide(item, text, by=by) for text in story.decisions]
        for place, task in enumerate(story.tasks):
            decision = decisions[min(place, len(decisions) - 1)]
            decisions_operations.hand_out(
                item, decision=decision, title=task.title, lead_department=self.world.departments[task.lead],
                lead_person=self.lead(task), support=[self.world.departments[short] for short in task.support],
                support_groups=[item.problem.group] if place and item.problem and item.problem.group else [],
                due=working(meeting.day + timedelta(days=task.days)), evidence=task.evidence,
                urgent=task.days <= URGENT_WITHIN, by=by,
            )  # fmt: skip

    def _story_of(self, item: AgendaItem | None) -> Story | None:
        """The story of an item, or of the one it carries on."""
        while item is not None:
            if item.id in self.stories:
                return self.stories[item.id]
            item = item.predecessor
        return None

    def _review(self, meeting: Meeting) -> str:
        open_ones = open_actions_of(meeting.series.group)
        if not open_ones:
            return "专班办公室通报：上次会议交办事项均已办结。"
        late = any(one.is_overdue for one in open_ones)
        told = "专班办公室逐项通报了在办事项的进展。"
        ask = "逾期的事项由牵头单位说明原因，明确完成时间。" if late else "各牵头单位按时限推进。"
        return f"{told}\n主持人要求：{ask}"

    def lead(self, task: Task) -> User:
        """Whoever leads a task; a department's officers take turns."""
        lead = self.world.of_department(task.lead)
        return lead[0] if self.world.officer in lead else lead[next(self.turns) % len(lead)]

    def _adjourn(self, sitting: Sitting, meeting: Meeting, number: int) -> None:
        sitting_operations.adjourn(meeting, by=self.world.secretary)
        self.say(f"{clock.zh_date(meeting.day)}　{meeting.title}，{len(meeting.items)} 项议题")
        day, note = meeting.day, self.diary.note
        note(clock.now() + timedelta(minutes=10), self._follow_tasks, meeting)
        if sitting.lesson:
            note(on(day, 1, 11), self._publish, sitting.lesson)
        note(on(day, 1, 9), self._finish_record, meeting)
        note(on(day, 1, 9, 30), self._submit_minutes, meeting, number)
        # The press has a few days, so that meanwhile others can act; only the newest papers are wanted at once.
        spare = SPARE if on(day, 5 + 2 * SPARE, 15) < self.until else 0
        read, signed = 3 + spare, 5 + 2 * spare
        note(on(day, read, 10), self.press.wait, LAY_OUT_RECORDS)
        note(on(day, read, 10), self._sign_record, meeting, self.world.recorder)
        note(on(day, read, 11), self.press.wait, LAY_OUT_SHEETS)
        note(on(day, read, 11), self._review_minutes, meeting, number)
        note(on(day, signed, 9), self._sign_record, meeting, meeting.chair)
        note(on(day, signed, 10), self.press.wait, LAY_OUT_MINUTES)
        note(on(day, signed, 10), self._sign_minutes, meeting)
        note(on(day, signed, 15), self._issue_minutes, meeting)
        note(on(day, signed, 16), self.press.ask, COMPLETE_DOSSIERS)
        note(on(day, signed, 16), self.press.ask, CHECK_PIECES)
        if self.accepted is None or number < self.accepted:
            accepted = first_of_next_month(on(day, signed, 15))
            note(accepted, self.press.wait, PREPARE_PIECES, COMPLETE_DOSSIERS, CHECK_PIECES)
            note(accepted, self._accept_pieces, meeting)

    # ── after a meeting ────────────────────────────────────────────────────────────────────────────────────────

    def _publish(self, told: Told) -> None:
        course = self.lessons[told["topic"]]
        for material in course.materials:
            if material.lifecycle.is_open(material, "finalise"):
                materials.finalise(material, by=self.world.secretary)
        course_operations.publish(course, by=self.world.secretary)
        self.leave_behind(told, course)
        for number, listener in enumerate(listeners_of(course)[:5]):
            wish = ("", "希望多讲本市的案例。", "", "请附一张办理流程图。", "")[number]
            feedback.give_feedback(course, 5 - number % 2, 4 + number % 2, wish, by=listener)
        classroom.ask_and_answer(course, told, listeners_of(course)[:3], self.world.recorder)

    def leave_behind(self, told: Told, course: Course) -> None:
        """The policy on one page, where it stands, and an enterprise that was told of it."""
        policy, lecturer = policy_of(course) or library.enter(course), there(course.lecturer)
        points = [
            f"{place}、{heading}\n{'；'.join(lines)}。"
            for place, (heading, lines) in zip("一二三四", told["slides"], strict=False)
        ]
        holds = classroom.valid_until(course)
        library.submit(policy, None, "\n".join([told["aims"], *points]), holds, by=lecturer)
        library.approve(policy, by=self.world.secretary)
        classroom.add_source(policy, told, by=lecturer)
        if client := next((one for one in self.world.clients.values() if one.officers), None):
            library.brief(policy, client, by=client.officers[0])

    def _finish_record(self, meeting: Meeting) -> None:
        signing.close(there(record_of(meeting)), by=self.world.recorder)

    def _sign_record(self, meeting: Meeting, signer: User) -> None:
        signing.sign(there(record_of(meeting)), self.world.pins[signer.username], by=signer)

    def _submit_minutes(self, meeting: Meeting, number: int) -> None:
        (paper,) = minutes_of(meeting)
        by, ending = self.world.secretary, "会议要求，各单位按时限推进，及时报告进展。"
        text_operations.edit(paper, f"{paper.latest.text}\n{ending}", None, by=by)
        if number % 5 == 1:  # now and then those who attended are asked first
            asked = consultation.consult(paper, clock.now() + timedelta(hours=20), by=by)
            consultation.answer(paper, "第一段的地点请核对一下。", by=asked.answers[0].user)
            consultation.end_consultation(paper, by=by)
        signoff.submit(paper, by=by)

    def _review_minutes(self, meeting: Meeting, number: int) -> None:
        (paper,) = minutes_of(meeting)
        if number % 8 == 3:
            doubt = consultation.comment(paper, 2, "牵头单位请写全称。", by=self.world.reviewer)
            consultation.resolve(doubt, by=self.world.secretary)
            signoff.return_(paper, "请核对牵头单位全称。", by=self.world.reviewer)
            signoff.submit(paper, by=self.world.secretary)
            self.diary.note(clock.now() + timedelta(hours=4), self.press.wait, LAY_OUT_SHEETS)
            self.diary.note(clock.now() + timedelta(hours=4), self._pass_minutes, paper)
        else:
            self._pass_minutes(paper)

    def _pass_minutes(self, paper: Minutes) -> None:
        opinion = "内容与会议记录一致，同意。"
        signoff.pass_(paper, self.world.pins["reviewer"], opinion, by=self.world.reviewer)

    def _sign_minutes(self, meeting: Meeting) -> None:
        (paper,) = minutes_of(meeting)
        signing_operations.sign(paper, self.world.pins["signatory"], by=self.world.signatory)

    def _issue_minutes(self, meeting: Meeting) -> None:
        (paper,) = minutes_of(meeting)
        issue.issue(paper, by=self.world.secretary)

    def _accept_pieces(self, meeting: Meeting) -> None:
        """The archivist takes over a month's dossiers at once; they were prepared and checked by then."""
        archive.accept_all(meeting, Retention.thirty, by=self.world.archivist)

    # ── tasks ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _follow_tasks(self, meeting: Meeting) -> None:
        handed_out = handouts_of(meeting)
        for item in meeting.items:
            for handout in handed_out.get(item.id, ()):
                story = self._story_of(item)
                if handout.action and story:
                    self._carry_out(handout.action, story, FATES.get(next(self.tasks)))

    def _carry_out(self, action: ActionItem, story: Story, fate: int | None) -> None:
        """Note what becomes of a task."""
        note, lead, pace = self.diary.note, action.lead_person, Pace(clock.today())
        if fate == REFUSED:
            why, answer = (
                "该事项主要职责不在本单位，建议由配合单位牵头。",
                "会议已经研究，仍由原单位牵头，配合单位全力支持。",
            )
            note(pace.step(1, 10), assignment_operations.refuse, action, why, by=lead)
            note(pace.step(5, 10), assignment_operations.insist, action, answer, by=self.world.secretary)
        note(pace.step(8 if fate == LEFT else 1, 16), assignment_operations.accept, action, by=lead)
        self.work_on(action, story, lead, pace, fate)

    def work_on(self, action: ActionItem, story: Story, lead: User, pace: Pace, fate: int | None) -> None:
        """Note what becomes of a task that was accepted."""
        note = self.diary.note
        if fate == HANDED_OVER and action.lead_department:
            former, lead = lead, self._colleague(lead, action.lead_department.short)
            note(pace.step(1, 9), assignment_operations.hand_over, action, lead, "工作分工调整。", by=former)
        span = (action.due - pace.day).days
        for place, text in enumerate(story.progress, 1):
            pace.reach(action.due - timedelta(days=span - span * place // (len(story.progress) + 2)))
            note(pace.step(1, 11), progress.report, action, text, by=lead)
        if fate == TERMINATED:
            note(pace.step(3, 9), progress.terminate, action, "企业调整计划，不再需要办理。", by=self.world.leader)
        elif fate == SUSPENDED:
            note(pace.step(3, 9), requests.suspend, action, "等待上级政策文件出台。", by=self.world.supervisor)
        else:
            self._bring_to_end(action, story, lead, pace, fate)

    def _colleague(self, user: User, short: str) -> User:
        return next(one for one in self.world.of_department(short) if one.id != user.id)

    def _bring_to_end(self, action: ActionItem, story: Story, lead: User, pace: Pace, fate: int | None) -> None:
        note, by = self.diary.note, self.world.supervisor
        if fate == EXTENDED:
            pace.reach(action.due - timedelta(days=5))
            note(pace.step(1, 10), self._extend, action, lead)
            pace.reach(action.due + timedelta(days=10))
        elif fate == LATE:
            pace.reach(action.due)
            note(pace.step(3, 9), supervision.urge, action, "已经超过时限，请三日内报告原因和完成时间。", by=by)
            note(pace.step(3, 9), supervision.supervise, action, by=by)
            pace.reach(action.due + timedelta(days=60))
        else:
            pace.reach(action.due - timedelta(days=4))
        word = self._word_on(action)
        note(pace.step(1, 15), progress.report_done, action, story.done, satisfaction=word, by=lead)
        if fate == RETURNED:
            note(pace.step(2, 9), progress.return_, action, "佐证材料不完整，请补充后再报。", by=by)
            text = f"{story.done}佐证材料已经补齐。"
            note(pace.step(4, 15), progress.report_done, action, text, satisfaction=word, by=lead)
        note(pace.step(2, 10), self._close, action, story)
        if fate == REOPENED:
            due = pace.day + timedelta(days=45)
            note(pace.step(6, 9), progress.reopen, action, "企业反映问题又有反复。", due=due, by=by)
            text = "已经复查整改，问题没有再出现。"
            note(pace.step(10, 15), progress.report_done, action, text, satisfaction=word, by=lead)
            note(pace.step(2, 10), progress.close, action, "复查属实，同意销号。", by=by)

    def _word_on(self, action: ActionItem) -> Satisfaction | None:
        """What the enterprise says of the result, where one is concerned."""
        return self.mark_for(action.problem) if action.problem else None

    def _extend(self, action: ActionItem, lead: User) -> None:
        new_due = working(action.due + timedelta(days=15))
        extension = requests.ask_extension(action, new_due, "第三方评估排期顺延，申请延期。", by=lead)
        answer, by = "同意，请抓紧推进。", self.world.supervisor
        self.diary.note(on(clock.today(), 2, 10), requests.decide_extension, extension, True, answer, by=by)

    def _close(self, action: ActionItem, story: Story) -> None:
        progress.close(action, "材料齐全，同意销号。", by=self.world.supervisor)
        problem = action.problem
        if problem and all(one.is_ended for one in actions_about(problem)):
            self.diary.note(on(clock.today(), 1, 10), self._resolve, problem, story.resolution)

    def _resolve(self, problem: Problem, resolution: str) -> None:
        by = problem.group.lead if problem.group and problem.group.lead else self.world.secretary
        enterprises.resolve(problem, resolution, by=by)
        self.diary.note(
            on(clock.today(), 4, 10), enterprises.confirm, problem, self.mark_for(problem), by=problem.reporter
        )

    def mark_for(self, problem: Problem) -> Satisfaction:
        """What the enterprise says of how its problem was solved."""
        return Satisfaction.fairly if problem.id % 4 == 0 else Satisfaction.satisfied

    # ── the present ────────────────────────────────────────────────────────────────────────────────────────────

    def _plan_present(self) -> None:
        """What is under way today: meetings ahead, a lesson to give, things that wait for somebody."""
        today, note = clock.today(), self.diary.note
        note(on(today, -2, 8), self._read_everything)
        note(on(today, -2, 14), self._prepare_coming)
        note(on(today, -1, 9), self._announce_coming)
        note(on(today, -1, 14), self._report_news)
        note(clock.now() - timedelta(minutes=2), self._leave_open)

    def _read_everything(self) -> None:
        for user in [*self.world.accounts.values(), *self.world.officers]:
            inbox.read_all(user)

    def _prepare_coming(self) -> None:
        by, today = self.world.secretary, clock.today()
        first, second = self.world.teams
        lesson, other = works()["courses"][0], works()["courses"][5]
        self._invite(lesson)
        rota.invite(self.lessons[other["topic"]], by=by)
        coming = meeting_questions.next_of(self.world.task_force)
        if coming is None:  # where the newest meeting was not held by this load
            coming = preparing.schedule(self.world.task_force, calendar.add_working(today, 8), by=by)
        course = self.lessons[lesson["topic"]]
        agenda.add_item(coming, ItemKind.assignment, "部署明年首席服务官选派", 15, by=by)
        ahead = [
            preparing.schedule(series, calendar.add_working(today, days), by=by)
            for series, days in ((first, 7), (second, 12))
        ]
        # there must be time left to hand in slides
        near = calendar.working_between(today, coming.day) < 5
        schedule.place(course, ahead[0] if near else coming, by=by)
        schedule.release(course.programme, "年底前课程安排", by=by)
        schedule.place(self.lessons[other["topic"]], ahead[1], by=by)
        self.hand_in_slides(lesson, as_pdf=False)
        materials.request_changes(course.materials[0], "请补充本市企业认定情况和联系人。", by=by)
        content, name = self._slides(lesson, course, as_pdf=True)
        handout = materials.submit_material(
            course, content, f"讲义-{name}", "讲义", "会上发放", True, by=self.world.lecturer
        )
        classroom.mend_handout(handout.material, lesson, by=self.world.lecturer)
        classroom.ask_beforehand(course, self.world.officer)
        self._assign_apart(by)
        for sitting in ahead:
            agenda.add_item(
                sitting, ItemKind.assignment, "年底前企业走访安排", 15, reporter=sitting.series.chair, by=by
            )
        preparing.ask_approval(ahead[0], by=by)
        self._stand_in(ahead[1])

    def _stand_in(self, sitting: Meeting) -> None:
        """The chair of a meeting is away that week; a member of the team stands in."""
        chair = there(sitting.chair)
        deputy = next(one for one in meeting_questions.members(sitting.series) if one.id != chair.id)
        people.name_deputy(
            chair, deputy, starts=clock.today(), ends=sitting.day, parts=[Part.chair], reason="外出学习", by=chair
        )
        preparing.settle_chair(sitting)

    def _assign_apart(self, by: User) -> None:
        """Two tasks that no meeting handed out, for the officer whose account is printed."""
        for title, ahead, is_accepted in (("汇总智能工厂申报意向", 2, True), ("核对重点企业用工台账", 9, False)):
            action = assignment_operations.assign(
                title=title, text="请如实核对，按时报送。", evidence="汇总表", lead_person=self.world.officer,
                lead_department=self.world.officer.department, due=calendar.add_working(clock.today(), ahead),
                support=[self.world.departments["市人社局"]], audience=self.world.task_force.group, by=by,
            )  # fmt: skip
            if is_accepted:
                assignment_operations.accept(action, by=self.world.officer)

    def _announce_coming(self) -> None:
        coming = self._coming(self.world.task_force)
        preparing.approve_agenda(coming, chair=self.world.chair, by=self.world.chair)
        notices.announce(coming, why="课件会前补齐。", by=self.world.secretary)
        known = self.world.accounts.values()  # they still have to answer
        for place, attendance in enumerate(coming.attendances):
            if attendance.user is None or attendance.user in known:
                continue
            if place % 20 == 7:
                replies.ask_leave(attendance, LEAVE_REASONS[place % len(LEAVE_REASONS)], by=attendance.user)
            elif place % 20 == 11:
                replies.set_substitute(attendance, "代会示例", by=attendance.user)
            elif place % 3:
                replies.confirm(attendance, by=attendance.user)
        attendance_operations.add_visitor(
            coming, "列席示例", None, "总经理", unit=self.world.clients["示例企业丁"].name, by=self.world.secretary
        )

    def _report_news(self) -> None:
        client = self.world.clients["示例企业丁"]
        enterprises.report(
            client, "厂区围墙外电缆需要迁改", "新建仓库施工需要迁移一段通信电缆，权属单位不明确。",
            "希望帮助找到权属单位并协调迁改。", by=client.officers[0],
        )  # fmt: skip
        client = self.world.clients["示例企业庚"]
        problem = enterprises.report(
            client, "新版质量标准检测能力不足", "客户改用新版标准，现有检测设备缺两个项目。", "希望对接有资质的平台。",
            by=client.officers[0],
        )  # fmt: skip
        enterprises.match(problem, self.world.groups["科技研发组"], by=self.world.secretary)
        for title, by in (("研究冬季用气保供", self.world.officer), ("交流走访中的共性问题", self.world.lecturer)):
            series = next(one for one in self.world.teams if one.group_id in by.group_ids)
            proposals.propose(series, ItemKind.other, title, "请会议研究并明确牵头单位。", 10, by=by)

    def _leave_open(self) -> None:
        """The last deeds, after which nothing of the year comes any more: something waits for everybody's answer."""
        groups = [series.group for series in (self.world.task_force, *self.world.teams)]
        at_work = [one for group in groups for one in open_actions_of(group) if one.state in AT_WORK]
        in_time = [one for one in at_work if not one.is_overdue]
        for action in in_time[:1]:
            new_due = working(action.due + timedelta(days=14))
            requests.ask_extension(action, new_due, "第三方评估排期顺延，申请延期。", by=action.lead_person)
        for action in in_time[1:2]:
            progress.report_done(action, "各项工作已经完成，佐证材料随附，申请办结。", by=action.lead_person)
        confirmed = [one for one in self.reported.values() if one.lifecycle.is_open(one, "reopen")]
        for problem in confirmed[-1:]:
            enterprises.reopen(problem, "企业反映近日又出现类似情况。", by=problem.reporter)


def there(thing: Thing | None) -> Thing:
    """What the year has made sure of; its absence would be a mistake in the year."""
    if thing is None:
        raise LookupError("the example year lost something it had made")
    return thing


def how_many() -> int:
    """How many meetings a year has."""
    told = facts()["meetings"]
    return int(told["task_force"] + len(facts()["teams"]) * told["team"])


def sittings_of(world: World, today: date) -> list[Sitting]:
    """The year's meetings that were held, oldest first: the task force once a month, each team once a month."""
    told = facts()["meetings"]
    found = list(_of_task_force(world, first_of_months(MONDAY, told["task_force"], today)))
    found += _of_teams(world, told["team"], today)
    return sorted(found, key=lambda one: (one.day, one.series.starts_at, one.series.id))


def _of_task_force(world: World, days: list[date]) -> Iterator[Sitting]:
    lessons = iter([one for at, one in enumerate(works()["courses"]) if at not in {0, 5}])
    for number, day in enumerate(days):
        yield Sitting(
            world.task_force, day, assignment=works()["assignments"][number],
            study=works()["studies"][number // 3] if number % 3 == 0 else None,
            lesson=next(lessons) if number in WITH_LESSON else None,
        )  # fmt: skip


def _of_teams(world: World, count: int, today: date) -> Iterator[Sitting]:
    raised = iter(problems())
    for number in range(2 * count):
        team, month = number % 2, count - 1 - number // 2
        newest = calendar.add_working(today, -2 if team else -4)
        day = newest - timedelta(days=round(30.4 * month))
        day = day if calendar.is_working(day) else calendar.add_working(day, -1)
        yield Sitting(
            world.teams[team], day, problem=None if number in WITHOUT_PROBLEM else next(raised),
            exchange=works()["exchanges"][(number // 2 + team * 4) % len(works()["exchanges"])],
        )  # fmt: skip
