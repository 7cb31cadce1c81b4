"""Which page the room's screen shows, and the questions to a lesson."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.actions.models.action_items import ActionItem
from portal.courses.models.courses import Course
from portal.courses.models.materials import MaterialVersion
from portal.db.engine import Base, Numbered
from portal.db.lifecycle import HasLifecycle, Lifecycle, State, Transition
from portal.meetings.models.agenda import AgendaItem
from portal.people.models.accounts import User


class SlideShow(Base, Numbered):
    """How far a lesson's slides were turned; without one the first page of the first slides is on."""

    item_id: Mapped[int] = mapped_column(sa.ForeignKey("agenda_item.id"), unique=True)
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("material_version.id"))
    page: Mapped[int] = mapped_column(default=1)
    hidden: Mapped[bool] = mapped_column(default=False)  # the screen shows the agenda meanwhile
    turned_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    turned_at: Mapped[datetime]

    item: Mapped[AgendaItem] = relationship()
    version: Mapped[MaterialVersion] = relationship()

    def __str__(self) -> str:
        return f"《{self.item.title}》的放映"


class QuestionState(State):
    """What became of a question."""

    open = "open", "待答复", "amber"
    answered = "answered", "已答复", "green"
    raised = "raised", "已转为议题", "blue"
    assigned = "assigned", "已转为交办", "blue"
    withdrawn = "withdrawn", "已撤回", ""


class Question(Base, Numbered, HasLifecycle):
    """What somebody asked about a lesson, before, during or after it."""

    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"), index=True)
    text: Mapped[str]
    page: Mapped[int | None]  # of the slides that were on when it was asked
    asked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    noted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))  # who wrote it down for the asker
    asked_at: Mapped[datetime]
    state: Mapped[QuestionState] = mapped_column(default=QuestionState.open, index=True)
    answer: Mapped[str] = mapped_column(default="")
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    answered_at: Mapped[datetime | None]
    item_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agenda_item.id"), index=True)
    action_id: Mapped[int | None] = mapped_column(sa.ForeignKey("action_item.id"), index=True)

    lesson = None  # where a page has asked for it once for all its questions

    course: Mapped[Course] = relationship()
    asked_by: Mapped[User] = relationship(foreign_keys=[asked_by_id])
    noted_by: Mapped[User | None] = relationship(foreign_keys=[noted_by_id])
    answered_by: Mapped[User | None] = relationship(foreign_keys=[answered_by_id])
    item: Mapped[AgendaItem | None] = relationship()
    action: Mapped[ActionItem | None] = relationship()

    def __str__(self) -> str:
        return f"提问“{self.short}”"

    @property
    def short(self) -> str:
        """Its first words."""
        return self.text if len(self.text) <= SHORT else f"{self.text[:SHORT]}……"

    @property
    def is_open(self) -> bool:
        """Whether nobody has answered it, and nothing has been made of it."""
        return self.state is QuestionState.open

    @property
    def is_withdrawn(self) -> bool:
        """Whether its asker took it back."""
        return self.state is QuestionState.withdrawn


SHORT = 40
_Q = QuestionState

Question.lifecycle = Lifecycle(
    "提问",
    "podium",
    Transition("answer", "答复提问", (_Q.open,), _Q.answered),
    Transition("reopen", "改为待答复", (_Q.answered,), _Q.open),
    Transition("raise_item", "转为议题", (_Q.open,), _Q.raised),
    Transition("assign", "转为交办事项", (_Q.open,), _Q.assigned),
    Transition("withdraw", "撤回提问", (_Q.open,), _Q.withdrawn),
)
