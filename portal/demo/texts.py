"""What is told in the example world: facts of the article, and stories made up for it."""

import json
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent

LEAVE_REASONS = ("参加上级部门培训。", "陪同省厅调研。", "赴外地招商。", "参加本单位党委会。", "身体不适，就医。")
ABOUT_REVIEW = "上次交办事项办理情况通报"


@dataclass(frozen=True)
class Task:
    """A task as it is said at a meeting: who leads, who supports, how many days, what shows that it is done."""

    title: str
    lead: str
    support: tuple[str, ...]
    days: int
    evidence: str

    @property
    def in_days(self) -> timedelta:
        """The same as a span of time."""
        return timedelta(days=self.days)


@dataclass(frozen=True)
class Story:
    """What is said, decided and done about one item."""

    said: str
    decisions: tuple[str, ...] = ()
    tasks: tuple[Task, ...] = ()
    progress: tuple[str, ...] = ()
    done: str = ""
    resolution: str = ""


@cache
def facts() -> dict[str, Any]:
    """Names and figures: departments, people, groups, enterprises."""
    return _read("facts.json")


@cache
def problems() -> list[dict[str, Any]]:
    """The problems of the example enterprises, each with its story."""
    return _read("problems.json")


@cache
def works() -> dict[str, Any]:
    """What was studied, assigned and taught."""
    return _read("works.json")


def story_of(told: dict[str, Any]) -> Story:
    """The story of a problem, an assignment, a lesson or a text that was studied."""
    return Story(
        said=told["said"],
        decisions=tuple(told.get("decisions", ())),
        tasks=tuple(
            Task(title, lead, tuple(support), days, evidence)
            for title, lead, support, days, evidence in told.get("tasks", ())
        ),
        progress=tuple(told.get("progress", ())),
        done=told.get("done", ""),
        resolution=told.get("resolution", ""),
    )


def _read(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))
