"""The part of the example year before the portal came: its minutes are brought in as the paper they are (补录)."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date

from portal.actions.models.action_items import ActionItem, ActionState
from portal.archive.models.pieces import Retention
from portal.archive.pieces import operations as archive
from portal.courses.course import operations as course_operations
from portal.courses.rota import operations as rota
from portal.db import calendar, clock
from portal.demo.diary import on, working
from portal.demo.old_paper import OldMinutes, printed
from portal.demo.texts import Story, Task, story_of
from portal.demo.world import HEADING
from portal.demo.year import EXTENDED, FATES, LATE, PREPARE_PIECES, TERMINATED, Pace, Sitting, Told, Year
from portal.enterprises.problems import operations as enterprises
from portal.files import store
from portal.files.kinds import Kind
from portal.minutes.back_entry import operations as minutes
from portal.minutes.back_entry.earlier import EarlierTask
from portal.minutes.models.minutes import Minutes
from portal.records.decisions.queries import handouts_of

Part = tuple[str, Told, Story]
LED_BY = "资金政策组"  # what no theme group was named for
ANSWERED_AFTER = 35  # days
LONGER: dict[int | None, int] = {LATE: 40, EXTENDED: 12}  # working days after its day that such a task was done


class Earlier:
    """Meetings of which there is a paper and nothing else; what they handed out is in the ledger."""

    def __init__(self, year: Year) -> None:
        self.year, self.world, self.diary = year, year.world, year.diary
        self.numbers: Counter[tuple[int, int]] = Counter()
        self.entered: list[Minutes] = []

    def plan(self, sittings: Sequence[Sitting], came: date, first: date) -> None:
        """Write it into the diary: all the papers were brought in when the portal came, before the first meeting."""
        note = self.diary.note
        for sitting in sittings:
            if sitting.problem:
                note(on(sitting.day, -9, 10), self._report, sitting.problem)
                answered = calendar.add_working(sitting.day, ANSWERED_AFTER)
                note(on(answered, 0, 10), self._answer, sitting.problem)
            if sitting.lesson:
                note(on(sitting.day, 1, 11), self._give, sitting.lesson, sitting.day)
        note(clock.moment(came, 9), self._bring_in, sittings, came)
        note(on(first, 15, 10), self.year.press.wait, PREPARE_PIECES)  # with those of the first meeting that was held
        note(on(first, 15, 10), self._accept)

    def _report(self, told: Told) -> None:
        self.year.report({**told, "group": told["group"] or LED_BY})

    def _answer(self, told: Told) -> None:
        problem = self.year.reported[told["title"]]
        enterprises.resolve(problem, told["resolution"], by=self.world.secretary)
        enterprises.confirm(problem, self.year.mark_for(problem), by=problem.reporter)

    def _give(self, told: Told, day: date) -> None:
        course = self.year.lessons[told["topic"]]
        rota.invite(course, by=self.world.secretary)
        self.year.hand_in_slides(told, as_pdf=True)
        self.year.approve_slides(told)
        course_operations.deliver(course, day, by=self.world.secretary)
        course_operations.publish(course, by=self.world.secretary)
        self.year.leave_behind(told, course)

    def _bring_in(self, sittings: Sequence[Sitting], came: date) -> None:
        self.year.say(f"{len(sittings)} 次更早的会议，补录纪要")
        called = [self._number_of(sitting) for sitting in sittings]
        papers = [self._paper(*one) for one in zip(sittings, called, strict=True)]
        for sitting, (year, number), paper, pdf in zip(sittings, called, papers, printed(papers), strict=True):
            file = store.put(pdf, f"{paper.title}.pdf", Kind.PDF.media_type, self.world.secretary)
            parts = list(_parts(sitting))
            handed_out = [(story, task) for _, _, story in parts for task in story.tasks]
            fates = [FATES.get(next(self.year.tasks)) for _ in handed_out]
            entered = minutes.enter_back(
                sitting.series, sitting.day, year, number, paper.title, file,
                decisions=[text for _, _, story in parts for text in story.decisions],
                tasks=[
                    self._task(task, sitting.day, came, fate)
                    for (_, task), fate in zip(handed_out, fates, strict=True)
                ],
                by=self.world.secretary,
            )  # fmt: skip
            # What the job would read of it in a while.
            minutes.read_back(entered, minutes.Contents(1, "\n".join(paper.lines)))
            # As the paper counts it, so that the first one held here follows.
            entered.meeting.year, entered.meeting.number = year, number
            self.entered.append(entered)
            self._go_on(entered, [story for story, _ in handed_out], fates, came)

    def _number_of(self, sitting: Sitting) -> tuple[int, int]:
        key = (sitting.series.id, sitting.day.year)
        self.numbers[key] += 1
        return sitting.day.year, self.numbers[key]

    def _paper(self, sitting: Sitting, called: tuple[int, int]) -> OldMinutes:
        year, number = called
        return OldMinutes(
            heading=HEADING, number=f"〔{year}〕{number}号", office="首席服务官工作专班办公室（示例）", day=sitting.day,
            title=f"{sitting.series.name}{year}年第{number}次会议纪要", paragraphs=list(_said(sitting)),
        )  # fmt: skip

    def _task(self, task: Task, day: date, came: date, fate: int | None) -> EarlierTask:
        due = working(day + task.in_days)
        done = calendar.add_working(due, LONGER.get(fate, -2))
        state, closed = ActionState.accepted, None
        if done < came:
            state, closed = (ActionState.terminated, None) if fate == TERMINATED else (ActionState.closed, done)
        return EarlierTask(
            task.title, self.year.lead(task), due, lead=self.world.departments[task.lead], state=state, closed=closed,
            support=tuple(self.world.departments[short] for short in task.support),
        )  # fmt: skip

    def _go_on(self, entered: Minutes, stories: Sequence[Story], fates: Sequence[int | None], came: date) -> None:
        """What was open when the portal came is carried on in it."""
        made: list[ActionItem | None] = [
            handout.action for handouts in handouts_of(entered.meeting).values() for handout in handouts
        ]
        for action, story, fate in zip(made, stories, fates, strict=True):
            if action is not None and not action.is_ended:
                self.year.work_on(action, story, action.lead_person, Pace(came), fate)

    def _accept(self) -> None:
        for one in self.entered:
            archive.accept_all(one.meeting, Retention.permanent, by=self.world.archivist)


def _parts(sitting: Sitting) -> Iterator[Part]:
    for told in (sitting.study, sitting.problem, sitting.assignment, sitting.exchange, sitting.lesson):
        if told:
            yield told.get("title") or told["topic"], told, story_of(told)


def _said(sitting: Sitting) -> Iterator[str]:
    for place, (title, _, story) in zip("一二三四五", _parts(sitting), strict=False):
        yield f"{place}、{title}"
        yield from story.said.split("\n")
        yield from (f"会议议定：{text}。" for text in story.decisions)
        for task in story.tasks:
            due = clock.zh_date(working(sitting.day + task.in_days))
            yield f"交办：{task.title}，由{task.lead}牵头，{due}前完成。"
