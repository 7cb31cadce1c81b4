"""What the lead asks for: more time, suspension, transfer."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.actions.models.action_items import ActionItem
from portal.db.engine import Base, Numbered
from portal.db.labelled import Labelled
from portal.people.models.accounts import User
from portal.people.models.departments import Department


class Extension(Base, Numbered):
    """An extension asked for; the original due day stays for assessment."""

    action_id: Mapped[int] = mapped_column(sa.ForeignKey("action_item.id"), index=True)
    asked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    asked_at: Mapped[datetime]
    stood_in_for: Mapped[str] = mapped_column(default="")
    reason: Mapped[str]
    progress: Mapped[str] = mapped_column(default="")  # how far it has come
    old_due: Mapped[date]
    new_due: Mapped[date]
    granted: Mapped[bool | None] = mapped_column(index=True)
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(default="")
    withdrawn: Mapped[bool] = mapped_column(default=False, server_default=sa.false())  # by who asked, so not granted

    action: Mapped[ActionItem] = relationship(back_populates="extensions")
    asked_by: Mapped[User] = relationship(foreign_keys=[asked_by_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])

    def __str__(self) -> str:
        return f"{self.action}的{self.label}申请"

    @property
    def label(self) -> str:
        """What is asked for, in a word."""
        return "延期"


class ApplicationKind(Labelled):
    """What the lead can ask for besides more time."""

    suspend = "suspend", "暂停办理"
    resume = "resume", "恢复办理"
    transfer = "transfer", "转其他单位"


class Application(Base, Numbered):
    """What the lead asked the supervisor or the office for, and the answer."""

    action_id: Mapped[int] = mapped_column(sa.ForeignKey("action_item.id"), index=True)
    kind: Mapped[ApplicationKind]
    asked_by_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    asked_at: Mapped[datetime]
    stood_in_for: Mapped[str] = mapped_column(default="")
    reason: Mapped[str]
    department_id: Mapped[int | None] = mapped_column(sa.ForeignKey("department.id"))
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    granted: Mapped[bool | None] = mapped_column(index=True)
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(default="")
    withdrawn: Mapped[bool] = mapped_column(default=False, server_default=sa.false())  # by who asked, so not granted

    action: Mapped[ActionItem] = relationship(back_populates="applications")
    asked_by: Mapped[User] = relationship(foreign_keys=[asked_by_id])
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id])
    department: Mapped[Department | None] = relationship()
    person: Mapped[User | None] = relationship(foreign_keys=[person_id])

    def __str__(self) -> str:
        return f"{self.action}的{self.label}申请"

    @property
    def label(self) -> str:
        """What is asked for, in a word."""
        return self.kind.label

    @property
    def target(self) -> str:
        """To whom the task is to go, where it is to go elsewhere."""
        return f"{self.department.name}（{self.person.name}）" if self.department and self.person else ""


Asked = Extension | Application


def already_answered(asked: Asked) -> str | None:
    """Why what was asked for cannot be answered any more, or None."""
    if asked.withdrawn:
        return f"这份{asked.label}申请已经撤回。"
    if asked.granted is not None:
        return f"这份{asked.label}申请已经答复过了。"
    if asked.action.is_ended:
        return f"该事项{asked.action.state.label}，不用再答复{asked.label}申请。"
    return None
