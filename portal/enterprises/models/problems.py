"""Problems of enterprises, and the way they go."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db.engine import Base, Numbered, Versioned
from portal.db.labelled import Labelled
from portal.db.lifecycle import HasLifecycle, Lifecycle, State, Transition
from portal.enterprises.models.enterprises import Enterprise
from portal.files.store import StoredFile
from portal.people.models.accounts import User
from portal.people.models.groups import Group


class ProblemState(State):
    """Where a problem stands."""

    reported = "reported", "已上报", "amber"
    matched = "matched", "已匹配专题组", "blue"
    on_agenda = "on_agenda", "已上会", "blue"
    assigned = "assigned", "已交办", "blue"
    resolved = "resolved", "已解决", "green"
    confirmed = "confirmed", "企业已确认", "green"
    reopened = "reopened", "重新办理中", "red"


SETTLED = (ProblemState.resolved, ProblemState.confirmed)


class Satisfaction(Labelled):
    """The enterprise's word on the result."""

    satisfied = "satisfied", "满意"
    fairly = "fairly", "基本满意"
    dissatisfied = "dissatisfied", "不满意"


class Problem(Base, Numbered, Versioned, HasLifecycle):
    """A problem of an enterprise, reported by an officer (上浮)."""

    enterprise_id: Mapped[int] = mapped_column(sa.ForeignKey("enterprise.id"), index=True)
    title: Mapped[str]
    text: Mapped[str]
    wish: Mapped[str] = mapped_column(default="")
    state: Mapped[ProblemState] = mapped_column(default=ProblemState.reported, index=True)
    reporter_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), index=True)
    reported_at: Mapped[datetime]
    group_id: Mapped[int | None] = mapped_column(sa.ForeignKey("group.id"), index=True)
    resolution: Mapped[str] = mapped_column(default="")
    satisfaction: Mapped[Satisfaction | None]

    enterprise: Mapped[Enterprise] = relationship(back_populates="problems")
    reporter: Mapped[User] = relationship()
    group: Mapped[Group | None] = relationship()
    files: Mapped[list[StoredFile]] = relationship(secondary="problem_file", order_by=StoredFile.id)

    def __str__(self) -> str:
        return f"企业问题《{self.title}》"

    @property
    def is_settled(self) -> bool:
        """Nothing is to be done about it any more."""
        return self.state in SETTLED


class ProblemFile(Base):
    """A file that goes with a problem."""

    problem_id: Mapped[int] = mapped_column(sa.ForeignKey("problem.id"), primary_key=True)
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"), primary_key=True)

    problem: Mapped[Problem] = relationship(viewonly=True)
    file: Mapped[StoredFile] = relationship(viewonly=True)

    def __str__(self) -> str:
        return f"附件“{self.file.name}”"

    @property
    def id(self) -> int:
        """A file goes with one thing only, so its number is enough."""
        return self.file_id


def _no_group(problem: Problem) -> str | None:
    return None if problem.group_id else "问题还没有匹配专题组，移出议程后回到待匹配。"


def _has_group(problem: Problem) -> str | None:
    return "问题已经匹配了专题组，移出议程后回到专题组。" if problem.group_id else None


_P = ProblemState
_OPEN = (_P.reported, _P.matched, _P.reopened)


Problem.lifecycle = Lifecycle(
    "企业问题",
    "enterprises",
    Transition("edit_problem", "修改问题", (_P.reported, _P.reopened), None),
    Transition("match", "匹配专题组", _OPEN, _P.matched),
    Transition("put_on_agenda", "列入议程", (*_OPEN, _P.on_agenda), _P.on_agenda),
    Transition("take_off_agenda", "移出议程", (_P.on_agenda,), _P.reported, (_has_group,)),
    Transition("give_back", "移出议程", (_P.on_agenda,), _P.matched, (_no_group,)),
    Transition("assign", "交办", (*_OPEN, _P.on_agenda), _P.assigned),
    Transition("resolve", "办结", (_P.matched, _P.on_agenda, _P.assigned, _P.reopened), _P.resolved),
    Transition("confirm", "企业确认", (_P.resolved,), _P.confirmed),
    Transition("reopen", "重新办理", (_P.resolved, _P.confirmed), _P.reopened, asks_why=True),
)
