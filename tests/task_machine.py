"""The task machine played by three people while the clock moves, against a table of its own."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import ClassVar

import chinese_calendar
import sqlalchemy as sa
from action_operations import operation
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from portal.actions import rules
from portal.actions.assignment import operations as assignment
from portal.actions.models.action_items import ActionItem
from portal.actions.models.slips import Slip, SlipState, colour_owed
from portal.actions.supervision import operations as supervision
from portal.db import clock
from portal.db.engine import db
from portal.db.journal import JournalEntry
from portal.errors import Refused
from portal.people.models.accounts import UserRole
from portal.people.models.roles import Role

BEGINNING = datetime(2026, 3, 2, 1, tzinfo=UTC)
ACTORS = ("officer", "secretary", "supervisor")
AT_WORK = {"accepted", "in_progress"}
ENDED = {"closed", "terminated"}
EVERY_STATE = {"assigned", "refused", "reported_done", "suspended"} | AT_WORK | ENDED
CHASED = {"assigned", "refused"} | AT_WORK
OPEN = EVERY_STATE - ENDED
# deed: from where, to where (None: the state stays), whom it is for, the rule of its door
TABLE = {
    "accept": ({"assigned"}, "accepted", "lead", rules.carry_out),
    "refuse": ({"assigned"}, "refused", "lead", rules.carry_out),
    "insist": ({"refused"}, "assigned", "other secretary", rules.answer_refusal),
    "reassign": ({"refused"}, "assigned", "other secretary", rules.answer_refusal),
    "edit": ({"assigned"}, None, "secretary", rules.edit),
    "report": (AT_WORK, "in_progress", "lead", rules.carry_out),
    "report_done": (AT_WORK, "reported_done", "lead", rules.carry_out),
    "close": ({"reported_done"}, "closed", "other supervisor", rules.supervise),
    "return_": ({"reported_done"}, "in_progress", "other supervisor", rules.supervise),
    "suspend": (AT_WORK, "suspended", "other secretary or supervisor", rules.suspend),
    "resume": ({"suspended"}, "in_progress", "other secretary or supervisor", rules.suspend),
    "terminate": (CHASED | {"suspended"}, "terminated", "supervisor", rules.terminate),  # who is a leader here too
    "reopen": ({"closed"}, "in_progress", "other supervisor", rules.supervise),
    "hand_over": ({"assigned"} | AT_WORK, None, "lead or secretary", rules.hand_over),
    "urge": ({"assigned"} | AT_WORK, None, "other supervisor", rules.supervise),
    "supervise": (OPEN, None, "other supervisor", rules.supervise),
    "unsupervise": (OPEN, None, "other supervisor", rules.supervise),
    "ask_extension": (AT_WORK, None, "lead", rules.carry_out),
    "ask_suspension": (AT_WORK, None, "lead", rules.carry_out),
    "ask_resumption": ({"suspended"}, None, "lead", rules.carry_out),
    "ask_transfer": ({"assigned"} | AT_WORK, None, "lead", rules.carry_out),
    "decide_application": (OPEN, None, "not asker nor lead, secretary or supervisor", rules.decide_application),
    "set_stages": ({"assigned"} | AT_WORK, None, "secretary or supervisor", rules.set_stages),
    "finish_stage": (AT_WORK, "in_progress", "lead", rules.finish_stage),
    "add_support_line": (OPEN, None, "secretary or supervisor", rules.add_support_line),  # whose department supports
    "return_support": (OPEN, None, "other supervisor", rules.return_support),
    "look_back": ({"closed"}, None, "other supervisor", rules.look_back),
    "issue_slip": ({"assigned"} | AT_WORK, None, "other secretary", rules.decide_slip),
    "drop_slip": (EVERY_STATE, None, "other secretary", rules.decide_slip),
    "decide_extension": (OPEN, None, "not asker, secretary or supervisor", rules.decide_extension),
}
WITH_WHY = {
    "refuse", "insist", "report", "report_done", "return_", "suspend", "terminate", "reopen", "urge", "ask_suspension",
    "ask_resumption",
}  # fmt: skip
OF_PARTS = {  # deeds that are done to a part of the task
    "decide_extension": lambda task: task.pending_extension,
    "decide_application": lambda task: task.pending_application,
    "finish_stage": lambda task: task.next_stage,
    "add_support_line": lambda task: task.support[0],
    "return_support": lambda task: task.support[0],
    "look_back": lambda task: task.pending_look_back,
    "issue_slip": lambda task: next((one for one in task.slips if one.state is SlipState.proposed), None),
    "drop_slip": lambda task: next((one for one in task.slips if one.state is SlipState.proposed), None),
}
GRANTED = {  # what an application leads to: from where, to where
    "suspend": (AT_WORK, "suspended"),
    "resume": ({"suspended"}, "in_progress"),
    "transfer": ({"assigned"} | AT_WORK, "assigned"),
}
HOME = {"officer": "industry", "secretary": "office", "supervisor": "office"}


def is_late(due, today):
    """Whether a due day has passed: moved to the next working day, and a working day has begun since."""
    while due < today and not chinese_calendar.is_workday(due):
        due += timedelta(1)
    begun = today
    while not chinese_calendar.is_workday(begun):
        begun -= timedelta(1)
    return due < begun


def later(day, count):
    """The day so many working days after one; the day itself where none is asked."""
    while count:
        day += timedelta(1)
        count -= chinese_calendar.is_workday(day)
    return day


def worked(first, last):
    """How many working days come after the first day, up to and with the last."""
    return sum(chinese_calendar.is_workday(first + timedelta(step)) for step in range(1, (last - first).days + 1))


class TaskMachine(RuleBasedStateMachine):
    """One task; what it should be is kept beside it."""

    people = None
    figures: ClassVar[Counter] = Counter()
    worlds = count(1)

    @initialize(days=st.integers(0, 40))
    def hand_out(self, days):
        """The secretary hands out a task to the officer."""
        self.now = BEGINNING
        with clock.at(self.now):
            self.due = self.original = clock.today() + timedelta(days)
            task = assignment.assign(
                title=f"第 {next(self.worlds)} 件", lead_person=self.people.officer, due=self.due,
                support=[self.people.office], by=self.people.secretary,
            )  # fmt: skip
            db.session.commit()
        self.number, self.id = task.number, task.id
        self.state, self.lead, self.asker, self.wanted = "assigned", "officer", None, None
        self.supervised, self.reopened, self.suspended_on = False, 0, None
        self.unit, self.application, self.stages, self.support = None, None, [], "asked"
        self.drawn, self.slip = False, None

    @property
    def task(self):
        return db.session.get(ActionItem, self.id)

    @property
    def today(self):
        return clock.local(self.now).date()

    def may(self, deed, who):
        """Whether the door of a deed should open for a person."""
        of = TABLE[deed][2]
        if of == "lead":
            return who == self.lead
        if of == "lead or secretary":
            return who in (self.lead, "secretary")
        if of.startswith("not asker nor lead"):
            return who in ("secretary", "supervisor") and who not in (self.application["by"], self.lead)
        if of.startswith("not asker"):
            return who in ("secretary", "supervisor") and who != self.asker
        return who in of and not (of.startswith("other") and who == self.lead)

    def is_time(self, deed, taker, who):
        """Whether a deed should be possible now."""
        sources = TABLE[deed][0]
        own_unit = HOME[taker] == (self.unit or HOME[self.lead])
        if deed == "decide_application" and taker != "officer":
            sources = GRANTED[self.application["kind"]][0]
        needs = {
            "ask_extension": self.asker is None and not is_late(self.due, self.today),
            "supervise": not self.supervised,
            "unsupervise": self.supervised,
            "hand_over": taker != self.lead and (own_unit or who == "secretary"),
            "close": self.support != "returned",
            "return_support": self.support == "reported",
            "ask_suspension": self.application is None,
            "ask_resumption": self.application is None,
            "ask_transfer": self.application is None and taker != self.lead and HOME[taker] != self.unit,
        }
        return self.state in sources and needs.get(deed, True)

    @rule(deed=st.sampled_from(sorted(TABLE)), who=st.sampled_from(ACTORS), taker=st.sampled_from(ACTORS))
    def try_anything(self, deed, who, taker):
        """Anybody tries anything."""
        self.attempt(deed, who, taker)

    @rule(data=st.data(), taker=st.sampled_from(ACTORS))
    def do_something_possible(self, data, taker):
        """Somebody does what should be possible."""
        possible = [
            (deed, who) for deed in sorted(TABLE) for who in ACTORS
            if self.has_part(deed) and self.may(deed, who) and self.is_time(deed, taker, who)
            and (deed != "terminate" or taker == "officer")  # an end too often would leave little to play
        ]  # fmt: skip
        if possible:
            self.attempt(*data.draw(st.sampled_from(possible)), taker)

    @rule(hours=st.integers(1, 6 * 24))
    def let_time_pass(self, hours):
        """The clock moves, for up to six days."""
        self.now += timedelta(hours=hours)

    @rule()
    def draw_it_to_look_back(self):
        """The portal draws a closed task to be looked at again."""
        if self.state == "closed" and not self.drawn:
            self.by_itself(lambda: supervision.draw_look_backs([self.task]), ["actions.draw_look_back"])
            self.drawn = True

    @rule()
    def propose_a_slip(self):
        """The portal proposes the slip that its rule names."""
        with clock.at(self.now):
            colour = colour_owed(self.task)
        late = self.state in {"assigned"} | AT_WORK and is_late(self.due, self.today)
        assert colour is None or (late and self.slip is None)
        if colour is not None:
            self.by_itself(lambda: supervision.propose_slip(self.task, colour), ["actions.propose_slip"])
            self.slip = colour

    def by_itself(self, deed, entries):
        """What the portal does by itself leaves its entries too."""
        before = self.last_entry()
        with clock.at(self.now):
            deed()
            db.session.commit()
        written = db.session.scalars(sa.select(JournalEntry.deed).where(JournalEntry.seq > before)).all()
        assert written == entries
        self.figures[entries[0].removeprefix("actions.")] += 1

    def has_part(self, deed):
        """Whether there is what the deed is done to."""
        there = {
            "decide_extension": self.asker is not None,
            "decide_application": self.application is not None,
            "finish_stage": any(not done for _, _, done in self.stages),
            "look_back": self.drawn,
            "issue_slip": self.slip is not None,
            "drop_slip": self.slip is not None,
        }
        return there.get(deed, True)

    def attempt(self, deed, who, taker):
        """Go through the door, do the deed, and compare with what should have happened."""
        if not self.has_part(deed):
            return
        task, by = self.task, getattr(self.people, who)
        thing = OF_PARTS[deed](task) if deed in OF_PARTS else task
        assert TABLE[deed][3](by, thing) == self.may(deed, who), (deed, who)
        if not self.may(deed, who):
            self.figures["turned away at the door"] += 1
            return
        expected, before = self.is_time(deed, taker, who), self.last_entry()
        with clock.at(self.now):
            try:
                self.do(deed, task, thing, by, getattr(self.people, taker))
                db.session.commit()
                refusal = ""
            except Refused as refused:
                db.session.rollback()
                refusal = str(refused)
        done = not refusal
        assert done == expected, (deed, self.state, refusal)
        assert done or refusal.endswith("。")
        written = db.session.scalars(sa.select(JournalEntry.deed).where(JournalEntry.seq > before)).all()
        assert written == ([f"actions.{self.entry_of(deed, taker)}"] if done else [])
        self.figures[deed if done else "refused"] += 1
        if done:
            self.follow(deed, who, taker)

    @staticmethod
    def last_entry():
        """The place of the journal's last entry."""
        return db.session.scalar(sa.select(sa.func.max(JournalEntry.seq))) or 0

    def do(self, deed, task, thing, by, taker):
        """The deed itself."""
        yes = taker is not self.people.officer
        words = {
            "reassign": (taker,),
            "hand_over": (taker, "轮岗"),
            "ask_extension": (task.due + timedelta(7), "等批复", "已报材料"),
            "decide_extension": (yes, "答复"),
            "decide_application": (yes, "答复"),
            "ask_transfer": (taker.department, taker, "职责调整"),
            "set_stages": ([("第一步", self.due - timedelta(1)), ("第二步", self.due)],),
            "look_back": (not yes, "复查情况"),
            **dict.fromkeys(WITH_WHY, ("说明",)),
        }
        typed = {"title": task.title, "text": "要求", "evidence": ""} if deed == "edit" else {}
        said = (task.version,) if deed == "edit" else words.get(deed, ("说明",) if deed in OF_PARTS else ())
        operation(deed)(thing, *said, **typed, by=by)

    def entry_of(self, deed, taker):
        """The deed the journal names: what is granted is done, and a relapse reopens."""
        if deed == "decide_application" and taker != "officer":
            return self.application["kind"]
        return "reopen" if deed == "look_back" and taker != "officer" else deed

    def follow(self, deed, who, taker):
        """What the deed changes, as the table says it."""
        self.state = TABLE[deed][1] or self.state
        self.follow_parts(deed, who, taker)
        if deed in ("reassign", "hand_over"):
            self.lead = taker
        elif deed in ("supervise", "unsupervise"):
            self.supervised = deed == "supervise"
        elif deed == "reopen":
            self.reopened += 1
        elif deed == "suspend":
            self.suspended_on = self.today
        elif deed == "resume":
            self.take_up_again()
        elif deed == "ask_extension":
            self.asker, self.wanted = who, self.due + timedelta(7)
        elif deed == "decide_extension":
            self.due = max(self.wanted, self.due) if taker != "officer" else self.due
            self.asker = self.wanted = None
        if deed == "terminate":
            self.suspended_on = None

    def follow_parts(self, deed, who, taker):
        """What a deed changes in the parts of the task."""
        if deed in ("ask_suspension", "ask_resumption", "ask_transfer"):
            kind = {"ask_suspension": "suspend", "ask_resumption": "resume"}.get(deed, "transfer")
            self.application = {"kind": kind, "by": who, "to": taker}
        elif deed == "decide_application":
            asked, self.application = self.application, None
            if taker != "officer":
                self.grant(asked)
        elif deed == "set_stages":
            done = [one for one in self.stages if one[2]]
            fresh = [["第一步", self.due - timedelta(1), False], ["第二步", self.due, False]]
            self.stages = done + [one for one in fresh if one[0] not in {name for name, _, _ in done}]
        elif deed == "finish_stage":
            first = min((one for one in self.stages if not one[2]), key=lambda one: one[1])
            first[2] = True
        elif deed in ("add_support_line", "return_support"):
            self.support = "reported" if deed == "add_support_line" else "returned"
        elif deed == "look_back":
            self.drawn = False
            if taker != "officer":
                self.state, self.due = "in_progress", later(self.today, 10)
                self.reopened += 1
        elif deed in ("issue_slip", "drop_slip"):
            self.slip = None

    def grant(self, asked):
        """What an application that is granted changes."""
        self.state = GRANTED[asked["kind"]][1]
        if asked["kind"] == "suspend":
            self.suspended_on = self.today
        elif asked["kind"] == "resume":
            self.take_up_again()
        else:
            self.lead, self.unit = asked["to"], HOME[asked["to"]]

    def take_up_again(self):
        """The clock runs on: the due day and the open stages move by the working days it stood still."""
        paused = worked(self.suspended_on, self.today)
        self.due, self.suspended_on = later(self.due, paused), None
        for one in self.stages:
            one[1] = one[1] if one[2] else later(one[1], paused)

    @invariant()
    def the_task_is_what_it_should_be(self):
        """State, people, days and counts are those that were kept beside it."""
        db.session.expire_all()
        task = self.task
        self.figures["checked"] += 1
        self.figures[f"in state {self.state}"] += 1
        assert (task.state.value, task.lead_person) == (self.state, getattr(self.people, self.lead))
        assert (task.number, task.original_due, task.due) == (self.number, self.original, self.due)
        assert (task.reopened_count, task.supervised) == (self.reopened, self.supervised)
        assert (task.closed_at is not None) == (self.state == "closed")
        assert (task.pending_extension is not None) == (self.asker is not None)
        assert (task.pending_application is not None) == (self.application is not None)
        assert (task.support[0].state.value, task.ended) == (self.support, self.state in ENDED)
        assert sorted((one.due, one.done_at is not None) for one in task.stages) == sorted(
            (due, done) for _, due, done in self.stages
        )
        numbers = [one.number for one in db.session.scalars(sa.select(Slip).where(Slip.number.is_not(None)))]
        assert sorted(numbers) == list(range(1, len(numbers) + 1))
        if self.state != "terminated":
            assert (task.suspended_at is not None) == (self.state == "suspended")
        with clock.at(self.now):
            assert task.is_overdue == (self.state in CHASED and is_late(self.due, self.today))
            assert not (task.is_overdue and task.is_due_soon)
            assert task.is_accepted_late <= (self.state == "assigned" and task.accept_by < self.today)


def play(people, *, worlds, steps):
    """Play so many worlds of so many steps; what was counted. Raises at the first broken promise."""
    people.supervisor.grants.append(UserRole(role=Role.leader))
    db.session.commit()
    TaskMachine.people, TaskMachine.figures = people, Counter()
    quiet = settings(
        max_examples=worlds, stateful_step_count=steps, deadline=None, database=None, print_blob=False,
        suppress_health_check=list(HealthCheck), derandomize=True,
    )  # fmt: skip
    run_state_machine_as_test(TaskMachine, settings=quiet)
    return TaskMachine.figures
