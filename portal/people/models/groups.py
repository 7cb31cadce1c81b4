"""Task forces, teams and theme groups, and who belongs to them."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db.engine import Base, Numbered, Versioned
from portal.db.labelled import Labelled
from portal.people.models.accounts import User


class GroupKind(Labelled):
    """What a group is."""

    task_force = "task_force", "工作专班"
    team = "team", "小组"
    theme = "theme", "专题组"


class Group(Base, Numbered, Versioned):
    """A task force, a team or a theme group."""

    kind: Mapped[GroupKind]
    name: Mapped[str] = mapped_column(unique=True)
    about: Mapped[str] = mapped_column(default="")
    rank: Mapped[int] = mapped_column(default=0)
    lead_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))

    lead: Mapped[User | None] = relationship(foreign_keys=[lead_id])
    members: Mapped[list["GroupMember"]] = relationship(back_populates="group", cascade="all, delete-orphan")

    def __str__(self) -> str:
        return self.name


class GroupMember(Base):
    """A person's place in a group."""

    group_id: Mapped[int] = mapped_column(sa.ForeignKey("group.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), primary_key=True, index=True)

    group: Mapped[Group] = relationship(back_populates="members")
    user: Mapped[User] = relationship(back_populates="memberships")
