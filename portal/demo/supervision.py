"""What the supervisor's desk shows in the example: stages, support lines, slips, a deputy, a look back."""

from collections.abc import Sequence
from datetime import date, timedelta

from portal.actions.assignment import operations as assignment
from portal.actions.ledger import queries as ledger_queries
from portal.actions.ledger import saved_filters
from portal.actions.models.action_items import ActionItem
from portal.actions.models.slips import SlipColour
from portal.actions.progress import operations as progress
from portal.actions.supervision import operations as supervision
from portal.db import calendar, clock
from portal.db.engine import db
from portal.demo.diary import Diary, on
from portal.demo.world import World
from portal.people.deputies import operations as people
from portal.people.models.accounts import User
from portal.people.models.departments import Department
from portal.people.models.roles import Part


class Supervision:
    """Two tasks that are pressed for, and some closed ones that are looked at again."""

    def __init__(self, world: World, diary: Diary) -> None:
        self.world, self.diary = world, diary

    def plan(self) -> None:
        """Write it into the diary."""
        today, note = clock.today(), self.diary.note
        note(on(today, -20, 9), self._assign_in_stages)
        note(on(today, -24, 9), self._assign_what_gets_late)
        note(on(today, -3, 9), self._look_back)
        note(on(today, -1, 8), self._stand_in)

    def _assign(
        self, title: str, evidence: str, lead: User, days: int, *support: str, stages: Sequence[tuple[str, date]] = ()
    ) -> ActionItem:  # fmt: skip
        return assignment.assign(
            title=title, text="按专班办公室通知办理，按周报告进展。", evidence=evidence, lead_person=lead,
            lead_department=lead.department, due=calendar.add_working(clock.today(), days),
            support=[self.world.departments[short] for short in support], audience=self.world.task_force.group,
            stages=stages, by=self.world.secretary,
        )  # fmt: skip

    def _assign_in_stages(self) -> None:
        """Its second stage is late, though the task itself is not; one unit's word was returned."""
        lead, day = self.world.officer, clock.today()
        stages = [
            ("收集各单位政策", calendar.add_working(day, 8)),
            ("形成手册初稿", calendar.add_working(day, 17)),
            ("征求意见后印发", calendar.add_working(day, 34)),
        ]
        task = self._assign("编印惠企政策服务手册", "印发的手册", lead, 35, "市人社局", "市司法局", stages=stages)
        note = self.diary.note
        note(on(day, 1, 9), assignment.accept, task, by=lead)
        note(on(day, 7, 15), lambda: progress.finish_stage(task.stages[0], "已收集 46 项政策。", by=lead))
        for place, line in enumerate(task.support):
            who = self._somebody(line.department)
            note(on(day, 2, 10 + place), progress.name_support_person, line, who, by=who)
            note(on(day, 6, 10 + place), progress.add_support_line, line, "政策清单已报牵头单位。", by=who)
        note(on(day, 9, 10), progress.return_support, task.support[1], "缺适用对象和联系电话，请补充。",
             by=self.world.supervisor)  # fmt: skip

    def _somebody(self, unit: Department | None) -> User:
        return next(one for one in self.world.officers if unit is not None and one.department_id == unit.id)

    def _assign_what_gets_late(self) -> None:
        """A blue slip went out and was not answered, a yellow one waits for the office."""
        lead, day, note = self._who_is_away(), clock.today(), self.diary.note
        task = self._assign("核查重点项目开工手续", "核查报告", lead, 10)
        note(on(day, 1, 10), assignment.accept, task, by=lead)
        note(on(day, 13, 9), supervision.propose_slip, task, SlipColour.blue)
        note(on(day, 13, 15), lambda: supervision.issue_slip(task.slips[0], by=self.world.secretary))
        note(on(day, 19, 9), supervision.propose_slip, task, SlipColour.yellow)

    def _who_is_away(self) -> User:
        apart = {self.world.officer.department_id, self.world.lecturer.department_id}
        return next(one for one in self.world.officers if one.department_id not in apart)

    def _stand_in(self) -> None:
        """Who leads the late task is on leave this week; a colleague stands in."""
        away, today = self._who_is_away(), clock.today()
        others = [one for one in self.world.officers if one.id != away.id]
        deputy = next((one for one in others if one.department_id == away.department_id), others[0])
        people.name_deputy(
            away, deputy, starts=today, ends=today + timedelta(days=7), parts=[Part.tasks], reason="年休假", by=away
        )

    def _look_back(self) -> None:
        """Of the tasks closed last one was looked at again, another waits for it."""
        by = self.world.supervisor
        closed = (
            ledger_queries.ledger(by)
            .where(saved_filters.VIEWS["closed"].narrow(by))
            .order_by(ActionItem.closed_at.desc())
        )
        drawn = supervision.draw_look_backs(db.session.scalars(closed.limit(2)).all())
        for one in drawn[1:]:
            note = self.diary.note
            note(on(clock.today(), 1, 10), supervision.look_back, one, True, "实地查看，成效巩固，企业满意。", by=by)
