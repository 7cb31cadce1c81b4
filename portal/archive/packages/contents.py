"""What a package holds, as the portal's own things in no session."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

from portal.archive.models.pieces import ArchivalRecord, ArchivalState, Retention
from portal.db import clock
from portal.documents import verdicts
from portal.documents.registry import Document, PaperKind, Signature, SignatureState
from portal.documents.verdicts import ExpectedSigner, Registered
from portal.files.store import StoredFile


def register_of(data: dict[str, Any]) -> verdicts.Register:
    """The register that came with a package."""
    states: dict[str, Registered] = {}
    for told in data["pieces"]:
        document = told["document"]
        if not document:
            continue
        *earlier, latest = [one["sha256"] for one in document["states"]]
        entry = Registered(
            sha256=latest, kind=member(PaperKind, document["kind"]).label, title=document["title"],
            number=document["number"],
            signers=[ExpectedSigner(one["field"], one["name"], one["serial"]) for one in document["signatures"]],
            states=earlier, note="这份文件在印发前已被撤回，不是正式文件" if document["withdrawn"] else "",
            brought=member(PaperKind, document["kind"]) is PaperKind.earlier,
        )  # fmt: skip
        states |= dict.fromkeys([latest, *earlier], entry)
    return states.get


def piece_of(told: dict[str, Any]) -> ArchivalRecord:
    """A piece as it is described, in no session."""
    file = told["file"]
    return ArchivalRecord(
        kind=str(told["kind"]), title=str(told["title"]), responsible=str(told["responsible"] or ""),
        day=date.fromisoformat(told["day"]), year=int(told["year"]), retention=member(Retention, told["retention"]),
        state=ArchivalState.accepted, piece=int(told["piece"]), archival_number=str(told["number"]),
        pages=told["pages"], origin=told["accepted_by"] or "", text=told["text"],
        file=StoredFile(
            name=str(file["name"]), media_type=str(file["media_type"]), size=int(file["size"]),
            sha256=str(file["sha256"]), uploaded_at=clock.now(),
        ),
        document=document_of(told["document"]) if told["document"] else None,
    )  # fmt: skip


def document_of(told: dict[str, Any]) -> Document:
    """A registered paper as it is described, in no session and without its file and states."""
    return Document(
        kind=member(PaperKind, told["kind"]), number=told["number"], title=told["title"], code=told["code"],
        rendered_at=datetime.fromisoformat(told["rendered_at"]), withdrawn=bool(told["withdrawn"]),
        proven_until=_moment(told["proven_until"]),
        signatures=[
            Signature(
                position=one["position"], role=one["role"], field=one["field"], name=one["name"],
                state=member(SignatureState, one["state"]), at=_moment(one["at"]), serial=one["serial"],
            )
            for one in told["signatures"]
        ],
    )  # fmt: skip


def member(kind: Any, code: str) -> Any:
    """The member of an enumeration with this code; raises ValueError."""
    return kind(code)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def foreign_of(folder: Path) -> tuple[bytes, bytes, list[bytes]]:
    """The certificates and lists that came with a package: root, the others, the lists."""
    validation = folder / "validation"
    lists = [path.read_bytes() for path in sorted(validation.glob("*.crl"))]
    return (validation / "root.pem").read_bytes(), (validation / "chain.pem").read_bytes(), lists
