"""Files that were brought for verification."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db.engine import Base, Numbered
from portal.documents.registry import Document
from portal.jobs.due import Retryable


class Examination(Base, Numbered, Retryable):
    """A PDF somebody brought to have it verified, and the answer once a job has found it."""

    asked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), index=True)  # None: not signed in
    asked_at: Mapped[datetime]
    address: Mapped[str] = mapped_column(sa.String(64), default="", server_default="", index=True)
    code: Mapped[str] = mapped_column(sa.String(32), unique=True)  # leads to the answer, known to who asked alone
    name: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(64))
    place: Mapped[str]  # where the file lies until it is answered
    answered_at: Mapped[datetime | None] = mapped_column(index=True)
    answer: Mapped[dict[str, Any]] = mapped_column(default=dict)
    document_id: Mapped[int | None] = mapped_column(sa.ForeignKey("document.id"))
    sought_id: Mapped[int | None] = mapped_column(sa.ForeignKey("document.id"))  # the one whose code was on the paper

    document: Mapped[Document | None] = relationship(foreign_keys=[document_id])
    sought: Mapped[Document | None] = relationship(foreign_keys=[sought_id])

    def __str__(self) -> str:
        return f"核验文件《{self.name}》"
