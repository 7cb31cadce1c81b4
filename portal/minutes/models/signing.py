"""How the minutes of a series are signed."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db.engine import Base
from portal.meetings.models.series import MeetingSeries
from portal.people.models.accounts import User


class SeriesSigning(Base):
    """How the minutes of a series are signed: who else signs, whether it is seen, whether the office's seal stands."""

    series_id: Mapped[int] = mapped_column(sa.ForeignKey("meeting_series.id"), primary_key=True)
    visible: Mapped[bool] = mapped_column(default=False)
    sealed: Mapped[bool] = mapped_column(default=False)

    series: Mapped[MeetingSeries] = relationship()
    further: Mapped[list["FurtherSigner"]] = relationship(
        back_populates="signing", order_by="FurtherSigner.position", cascade="all, delete-orphan"
    )

    def __str__(self) -> str:
        return f"{self.series.name}签署设置"


class FurtherSigner(Base):
    """Who signs the minutes of a series before the signatory, in which order."""

    series_id: Mapped[int] = mapped_column(sa.ForeignKey("series_signing.series_id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))

    signing: Mapped[SeriesSigning] = relationship(back_populates="further")
    user: Mapped[User] = relationship()
