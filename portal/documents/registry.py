"""The register of papers: which bytes the portal made, who is to sign them, who did, and every state they ever had."""

import enum
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import choice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.db import clock
from portal.db.engine import Base, Numbered, add, db
from portal.db.lifecycle import State
from portal.errors import Refused
from portal.files import store

# What is printed on paper and typed by hand: no letter that is taken for another or for a digit.
CODE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LENGTH = 12
REVIEWER = "审核人"  # the role of who passes a text, and signs for that on its 审签单
SEAL = "印章"  # the role of the office's own seal, which stands by itself once everybody has signed
SHOWN = "sign-"  # how the field of a visible signature begins; it has a place of that name on the paper


class PaperKind(enum.Enum):
    """The papers, never confused."""

    label: str

    def __new__(cls, code: str, label: str) -> "PaperKind":
        kind = object.__new__(cls)
        kind._value_ = code
        kind.label = label
        return kind

    notice = "notice", "会议通知"
    record = "record", "会议记录"
    minutes = "minutes", "会议纪要"
    earlier = "earlier", "会议纪要（补录）"  # issued on paper before the portal came: nobody signs it here
    sign_off = "sign_off", "审签单"
    agenda = "agenda", "会议议程"
    roll = "roll", "签到表"
    tasks = "tasks", "交办事项清单"
    trail = "trail", "过程记录"


class SignatureState(State):
    """Where one expected signature stands."""

    awaited = "awaited", "待签", "amber"
    made = "made", "已签", "green"
    refused = "refused", "已退回", "red"


class Document(Base, Numbered):
    """One paper, rendered once; its current bytes are `file`."""

    kind: Mapped[PaperKind]
    number: Mapped[str] = mapped_column(default="")
    title: Mapped[str]
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"))
    rendered_at: Mapped[datetime]
    fonts: Mapped[str] = mapped_column(default="")
    withdrawn: Mapped[bool] = mapped_column(default=False)
    code: Mapped[str] = mapped_column(sa.String(16), unique=True)  # printed on it, leads to its verification
    removed_at: Mapped[datetime | None]  # its bytes, after the end of its retention; the register stays
    pages: Mapped[int | None]  # of one that was brought: counted apart, where an odd file harms nobody
    proven_until: Mapped[datetime | None] = mapped_column(index=True)  # the last archive timestamp's certificate ends

    file: Mapped[store.StoredFile] = relationship()
    states: Mapped[list["DocumentState"]] = relationship(order_by="DocumentState.id", back_populates="document")
    signatures: Mapped[list["Signature"]] = relationship(order_by="Signature.position", back_populates="document")

    def __str__(self) -> str:
        return f"{self.kind.label}《{self.title}》{self.number}"

    @property
    def is_brought(self) -> bool:
        """Whether it was issued elsewhere and brought as it is, so that its inside is looked at apart."""
        return self.kind is PaperKind.earlier

    @property
    def is_unread(self) -> bool:
        """Whether it was brought, and nobody has counted its pages yet."""
        return self.is_brought and self.pages is None

    @property
    def next_signature(self) -> "Signature | None":
        """Whose turn it is."""
        return next((one for one in self.signatures if one.state is SignatureState.awaited), None)

    @property
    def is_complete(self) -> bool:
        """Whether everybody who was to sign has signed."""
        return bool(self.signatures) and all(one.state is SignatureState.made for one in self.signatures)


class DocumentState(Base, Numbered):
    """The SHA-256 of one state of a paper: as rendered, after each signature."""

    document_id: Mapped[int] = mapped_column(sa.ForeignKey("document.id"), index=True)
    sha256: Mapped[str] = mapped_column(unique=True)
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_file.id"))
    at: Mapped[datetime]
    label: Mapped[str]

    document: Mapped[Document] = relationship(back_populates="states")


class Signature(Base, Numbered):
    """One expected or made signature on a paper."""

    document_id: Mapped[int] = mapped_column(sa.ForeignKey("document.id"), index=True)
    position: Mapped[int]
    role: Mapped[str]
    field: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), index=True)  # None: signed in another portal
    name: Mapped[str]
    state: Mapped[SignatureState] = mapped_column(default=SignatureState.awaited)
    at: Mapped[datetime | None]
    serial: Mapped[str] = mapped_column(default="")
    for_name: Mapped[str] = mapped_column(default="", server_default="")  # 代签: `name` signed in this person's stead

    prepared_file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_file.id"))  # to be signed elsewhere

    document: Mapped[Document] = relationship(back_populates="signatures")
    prepared: Mapped[store.StoredFile | None] = relationship()


@dataclass(frozen=True)
class Signer:
    """Who is to sign, as what, in which field of the PDF."""

    user: Any
    role: str
    field: str
    name: str = ""  # as the certificate says it, where it is not the person's own


def new_code() -> str:
    """A code nobody can guess for a paper that is about to be laid out; it is printed on it and given to `enter`."""
    return "".join(choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


def enter(
    kind: PaperKind,
    title: str,
    number: str,
    pdf: bytes,
    signers: Sequence[Signer],
    *,
    by: Any,
    fonts: str = "",
    code: str = "",
) -> Document:
    """Register freshly rendered bytes (their signature fields already made) and who is to sign them, in order."""
    file = store.put(pdf, name=f"{title}.pdf", media_type="application/pdf", by=by)
    document = Document(
        kind=kind, title=title, number=number, file=file, rendered_at=clock.now(), fonts=fonts,
        code=code or new_code(),
        signatures=[
            Signature(
                position=position, role=one.role, field=one.field, user_id=one.user.id, name=one.name or one.user.name
            )
            for position, one in enumerate(signers, 1)
        ],
    )  # fmt: skip
    add(document)
    _note_state(document, pdf, "生成")
    return document


def bring(title: str, number: str, file: store.StoredFile) -> Document:
    """Register a paper that was issued elsewhere, as it is; nobody signs it here.

    One that was withdrawn before stands in the register again: its bytes are known, and known once only.
    """
    known = state_of(file.sha256)
    if known is not None and not (known.document.is_brought and known.document.withdrawn):
        raise Refused(f"这份文件已经登记为{known.document}。")
    if known is not None:
        document = known.document
        document.title, document.number, document.withdrawn, document.rendered_at = title, number, False, clock.now()
        return document
    state = DocumentState(sha256=file.sha256, file_id=file.id, at=clock.now(), label="补录")
    document = Document(
        kind=PaperKind.earlier, title=title, number=number, file=file, rendered_at=clock.now(), code=new_code(),
        states=[state],
    )  # fmt: skip
    db.session.add(document)
    return document


def replace(document: Document, pdf: bytes, signature: Signature, serial: str, *, by: Any, name: str = "") -> None:
    """Put the signed bytes in the place of the unsigned ones; both states stay registered.

    `name` is who signed, where it is a deputy (代签).
    """
    if signature is not document.next_signature:
        raise Refused("还没有轮到这一位签名，请等前一位签完。")
    if name and name != signature.name:
        signature.name, signature.for_name = name, signature.name
    signature.state, signature.at, signature.serial = SignatureState.made, clock.now(), serial
    instead = f"代{signature.for_name}" if signature.for_name else ""
    _enter_state(document, pdf, f"{signature.role} {signature.name} {instead}签名", by)


def refuse(document: Document) -> None:
    """Note that who was to sign has given the paper back; it is never signed any more."""
    document.withdrawn = True
    if document.next_signature is not None:
        document.next_signature.state = SignatureState.refused


def prove(document: Document, pdf: bytes, until: datetime, label: str = "存档时间戳", *, by: Any = None) -> None:
    """Put the bytes with a further archive timestamp (`seal.prove`) in the place of the older ones, which stay too."""
    document.proven_until = until
    _enter_state(document, pdf, label, by)


def to_renew(before: datetime) -> sa.Select[Document]:
    """Papers whose last archive timestamp stops proving anything before a moment, soonest first."""
    return (
        sa.select(Document)
        .where(Document.proven_until < before, Document.withdrawn.is_(False), Document.removed_at.is_(None))
        .order_by(Document.proven_until, Document.id)
    )


def _enter_state(document: Document, pdf: bytes, label: str, by: Any) -> None:
    document.file = store.put(pdf, name=document.file.name, media_type="application/pdf", by=by)
    db.session.flush()
    _note_state(document, pdf, label)


def state_of(sha256: str) -> DocumentState | None:
    """The registered state with this hash."""
    return db.session.scalar(sa.select(DocumentState).where(DocumentState.sha256 == sha256))


def _note_state(document: Document, pdf: bytes, label: str) -> None:
    add(
        DocumentState(
            document=document,
            sha256=hashlib.sha256(pdf).hexdigest(),
            file_id=document.file.id,
            at=clock.now(),
            label=label,
        )
    )
