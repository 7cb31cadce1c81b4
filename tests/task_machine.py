"""The task machine played by three people while the clock moves, against a table of its own."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import ClassVar

import chinese_calendar
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from portal import clock
from portal.actions import operations, rules
from portal.actions.models import ActionItem
from portal.database import db
from portal.errors import Refused
from portal.journal import JournalEntry
from portal.people.models import Role, UserRole

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
    "decide_extension": (OPEN, None, "not asker, secretary or supervisor", rules.decide_extension),
}
WITH_WHY = {"refuse", "insist", "report", "report_done", "return_", "suspend", "terminate", "reopen", "urge"}


def is_late(due, today):
    """Whether a due day has passed: moved to the next working day, and a working day has begun since."""
    while due < today and not chinese_calendar.is_workday(due):
        due += timedelta(1)
    begun = today
    while not chinese_calendar.is_workday(begun):
        begun -= timedelta(1)
    return due < begun


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
            task = operations.assign(
                title=f"第 {next(self.worlds)} 件", lead_person=self.people.officer, due=self.due,
                by=self.people.secretary,
            )  # fmt: skip
            db.session.commit()
        self.number, self.id = task.number, task.id
        self.state, self.lead, self.asker, self.wanted = "assigned", "officer", None, None
        self.supervised, self.reopened, self.suspended_on = False, 0, None

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
        if of.startswith("not asker"):
            return who in ("secretary", "supervisor") and who != self.asker
        return who in of and not (of.startswith("other") and who == self.lead)

    def is_time(self, deed, taker):
        """Whether a deed should be possible now."""
        sources = TABLE[deed][0]
        needs = {
            "ask_extension": self.asker is None and not is_late(self.due, self.today),
            "supervise": not self.supervised,
            "unsupervise": self.supervised,
            "hand_over": taker != self.lead,
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
            if self.may(deed, who) and self.is_time(deed, taker) and (deed != "decide_extension" or self.asker)
            and (deed != "terminate" or taker == "officer")  # an end too often would leave little to play
        ]  # fmt: skip
        if possible:
            self.attempt(*data.draw(st.sampled_from(possible)), taker)

    @rule(hours=st.integers(1, 6 * 24))
    def let_time_pass(self, hours):
        """The clock moves, for up to six days."""
        self.now += timedelta(hours=hours)

    def attempt(self, deed, who, taker):
        """Go through the door, do the deed, and compare with what should have happened."""
        if deed == "decide_extension" and self.asker is None:
            return
        task, by = self.task, getattr(self.people, who)
        thing = task.pending_extension if deed == "decide_extension" else task
        assert TABLE[deed][3](by, thing) == self.may(deed, who), (deed, who)
        if not self.may(deed, who):
            self.figures["turned away at the door"] += 1
            return
        expected, before = self.is_time(deed, taker), self.last_entry()
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
        assert written == ([f"actions.{deed}"] if done else [])
        self.figures[deed if done else "refused"] += 1
        if done:
            self.follow(deed, who, taker)

    @staticmethod
    def last_entry():
        """The place of the journal's last entry."""
        return db.session.scalar(sa.select(sa.func.max(JournalEntry.seq))) or 0

    def do(self, deed, task, thing, by, taker):
        """The deed itself."""
        operation = getattr(operations, deed)
        if deed in WITH_WHY:
            operation(task, "说明", by=by)
        elif deed == "edit":
            operation(task, task.version, title=task.title, text="要求", evidence="", by=by)
        elif deed == "reassign":
            operation(task, taker, by=by)
        elif deed == "hand_over":
            operation(task, taker, "轮岗", by=by)
        elif deed == "ask_extension":
            operation(task, task.due + timedelta(7), "等批复", by=by)
        elif deed == "decide_extension":
            operation(thing, taker is not self.people.officer, "答复", by=by)
        else:
            operation(task, by=by)

    def follow(self, deed, who, taker):
        """What the deed changes, as the table says it."""
        self.state = TABLE[deed][1] or self.state
        if deed in ("reassign", "hand_over"):
            self.lead = taker
        elif deed in ("supervise", "unsupervise"):
            self.supervised = deed == "supervise"
        elif deed == "reopen":
            self.reopened += 1
        elif deed == "suspend":
            self.suspended_on = self.today
        elif deed == "resume":
            self.due += self.today - self.suspended_on
            self.suspended_on = None
        elif deed == "ask_extension":
            self.asker, self.wanted = who, self.due + timedelta(7)
        elif deed == "decide_extension":
            self.due = max(self.wanted, self.due) if taker != "officer" else self.due
            self.asker = self.wanted = None
        if deed == "terminate":
            self.suspended_on = None

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
