"""Enterprises and projects, and who looks after them."""

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db.engine import Base, Numbered, Versioned
from portal.db.labelled import Labelled
from portal.people.models.accounts import User

if TYPE_CHECKING:
    from portal.enterprises.models.problems import Problem


class ClientKind(Labelled):
    """Whom an officer serves."""

    enterprise = "enterprise", "企业"
    project = "project", "项目"


class Enterprise(Base, Numbered, Versioned):
    """An enterprise or a project that officers look after."""

    kind: Mapped[ClientKind] = mapped_column(default=ClientKind.enterprise)
    name: Mapped[str] = mapped_column(unique=True)
    about: Mapped[str] = mapped_column(default="")
    leader_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))

    leader: Mapped[User | None] = relationship()
    officers: Mapped[list[User]] = relationship(secondary="enterprise_officer", order_by=User.rank)
    problems: Mapped[list["Problem"]] = relationship(back_populates="enterprise", order_by="Problem.id.desc()")

    def __str__(self) -> str:
        return self.name

    @property
    def officer_ids(self) -> list[int]:
        """The officers who look after it, by their numbers."""
        return [officer.id for officer in self.officers]


class EnterpriseOfficer(Base):
    """包联: which officer looks after which enterprise."""

    enterprise_id: Mapped[int] = mapped_column(sa.ForeignKey("enterprise.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"), primary_key=True, index=True)
