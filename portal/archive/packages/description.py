"""What a package says of its pieces, for machines (JSON) and for archives (XML)."""

from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any
from xml.etree import ElementTree as ET

from portal.archive.models.pieces import ArchivalRecord, Retention
from portal.archive.packages.contents import member
from portal.archive.packages.layout import FORMAT, VERSION
from portal.db import clock
from portal.db.office import office
from portal.documents.pki.authority import Authority
from portal.documents.registry import Document


def described(pieces: Sequence[ArchivalRecord], authority: Authority, by: str) -> dict[str, Any]:
    """Everything a machine needs to take these pieces over."""
    meetings = {one.meeting_id: one.meeting for one in pieces}
    return {
        "format": FORMAT,
        "version": VERSION,
        "made_at": clock.now().isoformat(),
        "made_by": by,
        "origin": {
            "organisation": office.organisation, "portal": office.name, "fonds": office.fonds,
            "root": authority.fingerprint,
        },
        "dossiers": [_dossier(meeting) for meeting in meetings.values()],
        "pieces": [_piece(one) for one in pieces],
    }  # fmt: skip


def _dossier(meeting: Any) -> dict[str, Any]:
    return {
        "key": f"m{meeting.id}", "title": meeting.title, "series": meeting.series.name, "short": meeting.series.short,
        "heading": meeting.series.heading, "day": meeting.day.isoformat(),
        "starts_at": meeting.starts_at.isoformat("minutes"), "minutes": meeting.minutes, "place": meeting.place,
        "year": meeting.year, "number": meeting.number, "chair": meeting.chair.name if meeting.chair else "",
        "items": [item.title for item in meeting.items],
    }  # fmt: skip


def _piece(piece: ArchivalRecord) -> dict[str, Any]:
    name = file_name(piece)
    check = piece.last_check
    return {
        "number": piece.archival_number, "kind": piece.kind, "title": piece.title, "responsible": piece.responsible,
        "day": piece.day.isoformat(), "year": piece.year, "retention": piece.retention.value, "piece": piece.piece,
        "pages": piece.pages, "accepted_at": piece.accepted_at.isoformat() if piece.accepted_at else None,
        "accepted_by": piece.accepted_by.name if piece.accepted_by else "", "text": piece.text,
        "dossier": f"m{piece.meeting_id}", "metadata": f"metadata/{piece.archival_number}.xml",
        "file": {
            "path": f"files/{piece.year}/m{piece.meeting_id}/{name}", "name": piece.file.name,
            "media_type": piece.file.media_type, "size": piece.file.size, "sha256": piece.file.sha256,
        },
        "document": _document(piece.document) if piece.document else None,
        "check": {"at": check.at.isoformat(), "passed": check.passed, **check.details} if check else None,
    }  # fmt: skip


def _document(document: Document) -> dict[str, Any]:
    return {
        "kind": document.kind.value, "number": document.number, "title": document.title, "code": document.code,
        "rendered_at": document.rendered_at.isoformat(), "withdrawn": document.withdrawn,
        "proven_until": document.proven_until.isoformat() if document.proven_until else None,
        "states": [{"sha256": one.sha256, "at": one.at.isoformat(), "label": one.label} for one in document.states],
        "signatures": [
            {
                "position": one.position, "role": one.role, "field": one.field, "name": one.name,
                "state": one.state.value, "at": one.at.isoformat() if one.at else None, "serial": one.serial,
            }
            for one in document.signatures
        ],
    }  # fmt: skip


def file_name(piece: ArchivalRecord) -> str:
    """档号-题名, as a name every file system takes."""
    suffix = PurePosixPath(piece.file.name).suffix
    title = "".join("_" if char in '/\\:*?"<>|' or not char.isprintable() else char for char in piece.title)
    return f"{piece.archival_number}-{title[:60]}{suffix}"


def as_xml(told: dict[str, Any], dossier: dict[str, Any], data: dict[str, Any]) -> bytes:
    """The description of one piece: the outer parts of DA/T 48, inside the elements of DA/T 46."""
    root = ET.Element("电子文件封装包")
    _add(root, "封装包格式描述", "外层结构依照《基于XML的电子文件封装规范》（DA/T 48-2009），内容以文件名和校验值引用")
    _add(root, "版本", "2009")
    _add(root, "封装包类型", "原始型")
    _add(root, "封装包创建时间", data["made_at"])
    _add(root, "封装包创建单位", data["origin"]["organisation"])
    whole = ET.SubElement(ET.SubElement(root, "封装内容"), "文件实体块")
    entity = ET.SubElement(whole, "文件实体")
    _add(entity, "聚合层次", "件")
    source = ET.SubElement(entity, "来源")
    _add(source, "立档单位名称", data["origin"]["organisation"])
    _add(entity, "电子文件号", (told["document"] or {}).get("code", ""))
    number = ET.SubElement(entity, "档号")
    for name, value in (
        ("档号", told["number"]), ("全宗号", data["origin"]["fonds"]), ("年度", told["year"]),
        ("保管期限", member(Retention, told["retention"]).label), ("室编件号", told["piece"]),
    ):  # fmt: skip
        _add(number, name, value)
    content = ET.SubElement(entity, "内容描述")
    for name, value in (
        ("题名", told["title"]), ("文种", told["kind"]), ("文件编号", (told["document"] or {}).get("number", "")),
        ("责任者", told["responsible"]), ("日期", told["day"]), ("摘要", "；".join(dossier["items"])),
        ("所属会议", dossier["title"]), ("主持人", dossier["chair"]),
    ):  # fmt: skip
        _add(content, name, value)
    form = ET.SubElement(entity, "形式特征")
    _add(form, "页数", told["pages"] or "")
    _add(form, "语种", "汉语")
    electronic = ET.SubElement(entity, "电子属性")
    for name, value in (
        ("格式信息", told["file"]["media_type"]), ("计算机文件名", told["file"]["path"]),
        ("计算机文件大小", told["file"]["size"]), ("校验算法", "SHA-256"), ("校验值", told["file"]["sha256"]),
    ):  # fmt: skip
        _add(electronic, name, value)
    for one in (told["document"] or {}).get("signatures", ()):
        signed = ET.SubElement(entity, "电子签名")
        for name, value in (
            ("签名人", one["name"]), ("签名时间", one["at"] or ""), ("签名规则", "PAdES"), ("证书引证", one["serial"]),
            ("签名结果", "已签" if one["state"] == "made" else "未签"),
        ):  # fmt: skip
            _add(signed, name, value)
    rights = ET.SubElement(entity, "权限管理")
    _add(rights, "控制标识", "非涉密")
    ET.indent(root, " ")
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _add(parent: ET.Element, name: str, value: object) -> None:
    text = "" if value is None else str(value)
    ET.SubElement(parent, name).text = "".join(char for char in text if char in "\t\n" or char.isprintable())
