"""Handing over: packing what is kept, and taking over what another portal packed."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, BinaryIO

from portal.archive.checking.inspection import copied
from portal.archive.models.packages import ForeignAuthority, Package
from portal.archive.models.pieces import ArchivalRecord, ArchivalState, Retention
from portal.archive.packages import contents, inspection, layout, opening, queries
from portal.archive.pieces.operations import end_of
from portal.archive.search.operations import reindex
from portal.db import clock, journal
from portal.db.concurrency import claim
from portal.db.engine import add, db
from portal.db.numbers import at_least
from portal.documents import registry
from portal.errors import Refused
from portal.files import places, store
from portal.files.store import StoredFile
from portal.jobs import background
from portal.meetings.models.meetings import Meeting
from portal.meetings.takeover import operations as meetings_room
from portal.people.keys.queries import authority
from portal.people.models.accounts import User


def ask_export(numbers: Sequence[int], *, by: User) -> background.BackgroundTask:
    """导出：把已归档的文件连同目录、著录、校验值和核验数据打成一个封装包。"""
    if not numbers:
        raise Refused("没有可以导出的档案，接收归档之后才能导出。")
    return background.ask("archive.export", by=by, label=f"导出档案 {len(numbers)} 件", facts={"pieces": list(numbers)})


def bring_package(content: BinaryIO, name: str, *, by: User) -> Package:
    """移交接收：收下一个封装包，随后检测。"""
    file = store.put(content, store.clean_name(name), "application/zip", by)
    package: Package = add(Package(file=file, brought_by=by, brought_at=clock.now()))
    journal.record(by, "archive.bring_package", package, "收到封装包", sha256=file.sha256)
    return package


def inspect_package(package: Package) -> inspection.Inspected | str:
    """What is found about a package, or why it cannot be opened; slow, and changes nothing."""
    trust = authority()
    db.session.rollback()
    try:
        with _at_hand(package.file) as path, opening.opened(path) as folder:
            return inspection.inspect(folder, trust)
    except Refused as refusal:
        return str(refusal)


@contextmanager
def _at_hand(file: StoredFile) -> Iterator[Path]:
    """The content as a file of this machine, wherever it is kept."""
    with store.open(file) as source, NamedTemporaryFile(suffix=".zip") as copy:
        copied(source, copy)
        yield Path(copy.name)


def keep_inspection(package: Package, inspected: inspection.Inspected | str) -> None:
    """留存封装包的检测结果。"""
    package.inspected_at = clock.now()
    if isinstance(inspected, str):
        package.found = {"troubles": [inspected], "aspects": []}
        return
    data = inspected.data
    troubles = inspected.troubles
    if data and not troubles and (twice := _known_here(data)):
        troubles = [f"本门户已有{'、'.join(twice[:5])}{'等' if len(twice) > 5 else ''}，不能重复接收。"]
    package.found = {
        "troubles": troubles,
        "aspects": [[one.group, one.number, one.name, one.found] for one in inspected.aspects if not one.sound],
        "looks": len(inspected.aspects), "fingerprint": inspected.fingerprint,
        "ours": inspected.fingerprint == authority().fingerprint,
        "trusted": queries.foreign_authority(inspected.fingerprint) is not None,
        "organisation": data["origin"]["organisation"] if data else "", "made_at": data["made_at"] if data else "",
        "dossiers": [[one["title"], one["day"]] for one in data["dossiers"]] if data else [],
        "pieces": len(data["pieces"]) if data else 0,
    }  # fmt: skip


def _known_here(data: dict[str, Any]) -> list[str]:
    documents = [one["document"] for one in data["pieces"] if one["document"]]
    return queries.here_already(
        [one["number"] for one in data["pieces"]],
        [one["code"] for one in documents],
        [state["sha256"] for one in documents for state in one["states"]],
    )


def ask_take_over(package: Package, seen: int | None = None, *, by: User) -> background.BackgroundTask:
    """接收：把封装包里的档案、登记和核验数据收进本门户，档号和校验值不变。"""
    claim(package, seen)
    if package.not_ready:
        raise Refused(package.not_ready)
    facts = {"package": package.id}
    return background.ask("archive.take_over", by=by, label=f"接收{package}", facts=facts)


@dataclass(frozen=True)
class Unpacked:
    """What a package holds, its files already in the store."""

    data: dict[str, Any]
    certificates: tuple[bytes, bytes, list[bytes]]


def unpack(package: Package, counting: layout.Counting) -> Unpacked:
    """Keep every file of a package that was inspected; what is not entered afterwards is nobody's and harms nobody."""
    place = places.place()
    with _at_hand(package.file) as path, opening.opened(path) as folder:
        data = json.loads((folder / layout.DATA).read_bytes())
        for number, told in enumerate(data["pieces"], 1):
            with (folder / told["file"]["path"]).open("rb") as source:
                sha256, _ = place.keep(source)
            if sha256 != told["file"]["sha256"]:
                raise Refused(f"《{told['title']}》的内容与登记的校验值不一致，接收没有完成。")
            counting(number, len(data["pieces"]))
        return Unpacked(data, contents.foreign_of(folder))


def take_over(package: Package, unpacked: Unpacked, *, by: User | None) -> int:
    """接收完成：登记每件档案，导出一方的证书从此用于核验。"""
    if package.taken_over_at is not None:
        raise Refused("这个封装包已经接收过了。")
    if twice := _known_here(unpacked.data):
        raise Refused(f"本门户已有{twice[0]}，不能重复接收。")
    origin = unpacked.data["origin"]
    _trust(origin, *unpacked.certificates)
    meetings = _meetings_of(unpacked.data)
    for told in unpacked.data["pieces"]:
        _enter(told, meetings[told["dossier"]], str(origin["organisation"]))
    package.taken_over_at = clock.now()
    journal.record(by, "archive.take_over", package, "接收封装包", pieces=len(unpacked.data["pieces"]))
    return len(unpacked.data["pieces"])


def _trust(origin: dict[str, Any], root: bytes, chain: bytes, lists: list[bytes]) -> None:
    fingerprint = str(origin["root"])
    if fingerprint == authority().fingerprint:
        return
    known = queries.foreign_authority(fingerprint)
    if known is None:
        known = ForeignAuthority(
            fingerprint=fingerprint, name=origin["organisation"], root=root.decode(), trusted_at=clock.now()
        )
        db.session.add(known)
    known.chain, known.lists = chain.decode(), [one.hex() for one in lists]
    db.session.flush()


def _meetings_of(data: dict[str, Any]) -> dict[str, Meeting]:
    """A meeting for each dossier, known here by its archive alone; found again where it came before."""
    return {
        one["key"]: meetings_room.take_over(
            (f"{one['series']}（{data['origin']['organisation']}移交）", one["short"], one["heading"]),
            date.fromisoformat(one["day"]), time.fromisoformat(one["starts_at"]), one["minutes"],
            place=one["place"], numbered=(one["year"], one["number"]),
        )
        for one in data["dossiers"]
    }  # fmt: skip


def _enter(told: dict[str, Any], meeting: Meeting, origin: str) -> ArchivalRecord:
    file = _entered(told["file"])
    document = None
    if told["document"]:
        document = contents.document_of(told["document"])
        document.file, document.pages = file, told["pages"] if document.is_brought else None
        add(document)
        for state in told["document"]["states"]:
            at = datetime.fromisoformat(state["at"])
            row = registry.DocumentState(
                document=document, sha256=state["sha256"], file_id=file.id, at=at, label=state["label"]
            )
            add(row)
    retention = contents.member(Retention, told["retention"])
    record: ArchivalRecord = add(
        ArchivalRecord(
            meeting=meeting, document=document, file=file, kind=told["kind"], title=told["title"],
            responsible=told["responsible"], day=date.fromisoformat(told["day"]), year=told["year"],
            retention=retention, state=ArchivalState.accepted, piece=told["piece"], archival_number=told["number"],
            pages=told["pages"], text=told["text"], origin=origin,
            kept_until=end_of(told["year"], retention), prepared_at=clock.now(), check_due_at=clock.now(),
            accepted_at=datetime.fromisoformat(told["accepted_at"]) if told["accepted_at"] else clock.now(),
        )
    )  # fmt: skip
    at_least(f"archive/{record.year}/{retention.value}", told["piece"])
    journal.record(None, "archive.take_over", record, "接收移交的档案", origin=origin, sha256=file.sha256)
    reindex(record)
    return record


def _entered(told: dict[str, Any]) -> StoredFile:
    file: StoredFile = add(
        StoredFile(
            sha256=told["sha256"], name=store.clean_name(told["name"]), media_type=told["media_type"],
            size=told["size"], uploaded_at=clock.now(),
        )
    )  # fmt: skip
    return file
