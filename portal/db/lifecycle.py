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
class Move:
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
    """The table of a noun's moves. Only these exist."""

    def __init__(self, noun: str, room: str, *moves: Move) -> None:
        self.noun = noun
        self.room = room
        self.moves = {move.deed: move for move in moves}

    def obstacle(self, thing: Any, deed: str) -> str | None:
        """The sentence that says why the move is not possible now, or None."""
        move = self.moves[deed]
        if thing.state not in move.sources:
            allowed = "、".join(f"“{state.label}”" for state in move.sources)
            return f"{self.noun}现在是“{thing.state.label}”，只有{allowed}时才能{move.label}。"
        for need in move.needs:
            if missing := need(thing):
                return missing
        return None

    def is_open(self, thing: Any, deed: str) -> bool:
        """Whether the move is possible now."""
        return self.obstacle(thing, deed) is None

    def take(self, thing: Any, deed: str, *, by: Any, why: str = "", **facts: Any) -> None:
        """Take the step and leave its journal entry, or raise Refused with the sentence that says what is missing."""
        move = self.moves[deed]
        look_again(thing, "state")
        if obstacle := self.obstacle(thing, deed):
            raise Refused(obstacle)
        if move.asks_why and not why.strip():
            raise Refused(f"请写明{move.label}的理由。")
        if move.target is not None:
            facts = {"from": thing.state.value, "to": move.target.value, **facts}
            thing.state = move.target
        journal.record(by, f"{self.room}.{deed}", thing, move.label, why=why, **facts)


class HasLifecycle:
    """A noun with states; its table stands under its class."""

    lifecycle: ClassVar[Lifecycle]
