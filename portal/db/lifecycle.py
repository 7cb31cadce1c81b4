"""A state machine is a table that can be read aloud; this is what reads it."""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from portal.db import journal
from portal.db.concurrency import look_again
from portal.errors import Refused


class State(enum.Enum):
    """One state: the code that is stored, the word on screen, the colour of its tag."""

    label: str
    colour: str

    def __new__(cls, code: str, label: str, colour: str = "") -> "State":
        state = object.__new__(cls)
        state._value_ = code
        state.label = label
        state.colour = colour
        return state


@dataclass(frozen=True)
class Transition:
    """One permitted step: its deed, its word, from where, to where (None: the state stays), and what it needs.

    Each need is a function of the thing that returns the sentence saying what is missing, or None.
    """

    deed: str
    label: str
    sources: tuple[State, ...]
    target: State | None
    needs: tuple[Callable[[Any], str | None], ...] = ()
    asks_why: bool = False


class Lifecycle:
    """The table of a noun's transitions. Only these exist."""

    def __init__(self, noun: str, room: str, *transitions: Transition) -> None:
        self.noun = noun
        self.room = room
        self.transitions = {transition.deed: transition for transition in transitions}

    def obstacle(self, thing: Any, deed: str) -> str | None:
        """The sentence that says why the transition is not possible now, or None."""
        transition = self.transitions[deed]
        if thing.state not in transition.sources:
            allowed = "、".join(f"“{state.label}”" for state in transition.sources)
            return f"{self.noun}现在是“{thing.state.label}”，只有{allowed}时才能{transition.label}。"
        for need in transition.needs:
            if missing := need(thing):
                return missing
        return None

    def is_open(self, thing: Any, deed: str) -> bool:
        """Whether the transition is possible now."""
        return self.obstacle(thing, deed) is None

    def fire(self, thing: Any, deed: str, *, by: Any, why: str = "", **facts: Any) -> None:
        """Take the step and leave its journal entry, or raise Refused with the sentence that says what is missing."""
        transition = self.transitions[deed]
        look_again(thing, "state")
        if obstacle := self.obstacle(thing, deed):
            raise Refused(obstacle)
        if transition.asks_why and not why.strip():
            raise Refused(f"请写明{transition.label}的理由。")
        if transition.target is not None:
            facts = {"from": thing.state.value, "to": transition.target.value, **facts}
            thing.state = transition.target
        journal.record(by, f"{self.room}.{deed}", thing, transition.label, why=why, **facts)


class HasLifecycle:
    """A noun with states; its table stands under its class."""

    lifecycle: ClassVar[Lifecycle]
