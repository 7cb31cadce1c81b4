"""Packages: what leaves the archive as one folder or ZIP file, readable without the portal, and comes in again.

A package holds the files under their 档号, an XML description of each, an HTML index that opens from disk, the
register and the certificates their signatures are judged by, a list of SHA-256 and a time mark on that list. The
descriptions use the element names of DA/T 46-2009 (文书类电子文件元数据方案) and the outer parts of DA/T 48-2009
(基于XML的电子文件封装规范) as far as they are known here; unlike DA/T 48 the content stands beside the XML, by name
and hash, and not inside it as Base64. What a machine needs to take a package over is in package.json.
"""

import hashlib
import json
import re
import stat
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree as ET

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from flask import current_app

from portal import clock, seal, store, verify
from portal.archive import inspecting
from portal.archive.inspecting import Known
from portal.archive.models import GROUPS, SOUND, ArchivalRecord, ArchivalState, Aspect, Retention
from portal.errors import Refused
from portal.office import office
from portal.register import Document, PaperKind, Signature, SignatureState
from portal.seal import Authority
from portal.store import StoredFile
from portal.verify import ExpectedSigner, Foreign, Registered

FORMAT, VERSION = "portal-archive-package", 1
LIST, MARK, DATA, INDEX, README, STYLE = (
    "manifest-sha256.txt", "manifest-sha256.tsr", "package.json", "index.html", "说明文件.txt", "style.css",
)  # fmt: skip
MOST_FILES, MOST_UNPACKED, MOST_DATA = 20_000, 20 * 1024**3, 64 * 1024**2
Counting = Callable[[int, int], None]

# ── writing ────────────────────────────────────────────────────────────────────────────────────────────────────────


def write(folder: Path, pieces: Sequence[ArchivalRecord], authority: Authority, by: str, counting: Counting) -> None:
    """Write pieces that were accepted into an empty folder; raises Refused where a file is not what was registered."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise Refused(f"文件夹 {folder} 不是空的，请换一个空文件夹。")
    data = described(pieces, authority, by)
    for number, (piece, told) in enumerate(zip(pieces, data["pieces"], strict=True), 1):
        target = folder / told["file"]["path"]
        target.parent.mkdir(parents=True, exist_ok=True)
        _copy(piece, target)
        description = folder / told["metadata"]
        description.parent.mkdir(parents=True, exist_ok=True)
        dossier = next(one for one in data["dossiers"] if one["key"] == told["dossier"])
        description.write_bytes(as_xml(told, dossier, data))
        counting(number, len(pieces))
    _write_validation(folder / "validation", authority)
    (folder / DATA).write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
    template = current_app.jinja_env.get_template
    (folder / INDEX).write_text(template("archive/package.html").render(data=data), encoding="utf-8")
    (folder / STYLE).write_text(_CSS, encoding="utf-8")
    (folder / README).write_text(_README.format(**data["origin"], made_at=data["made_at"]), encoding="utf-8")
    _close(folder, authority)


def _copy(piece: ArchivalRecord, target: Path) -> None:
    with store.open(piece.file) as source, target.open("xb") as copy:
        sha256, _ = inspecting.copied(source, copy)
    if sha256 != piece.file.sha256:
        raise Refused(f"{piece.archival_number}《{piece.title}》的内容与登记的校验值不一致，导出没有完成。")


def _write_validation(folder: Path, authority: Authority) -> None:
    """The certificates and revocation lists with which the signatures can be judged anywhere."""
    folder.mkdir()
    (folder / "root.pem").write_bytes(authority.pem("root"))
    (folder / "chain.pem").write_bytes(authority.pem("issuing", "tsa"))
    for number, content in enumerate(authority.crls(clock.now()), 1):
        (folder / f"list-{number:02}.crl").write_bytes(content)


def _close(folder: Path, authority: Authority) -> None:
    """List every file with its hash, and put a time mark (RFC 3161) on the list."""
    names = sorted(_files_in(folder))
    lines = "".join(f"{_hash(folder / name)}  {name}\n" for name in names)
    (folder / LIST).write_text(lines, encoding="utf-8")
    digest = hashlib.sha256(lines.encode()).digest()
    (folder / MARK).write_bytes(seal.time_mark(digest, authority))


def packed(folder: Path, target: Path) -> None:
    """Pack a folder as one ZIP file; names are UTF-8."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(_files_in(folder)):
            archive.write(folder / name, name)


def _files_in(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        if not path.is_dir() or path.is_symlink():
            yield path.relative_to(folder).as_posix()


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


# ── what it says ───────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── opening ────────────────────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def opened(path: Path) -> Iterator[Path]:
    """A package as a folder: itself, or a ZIP file unpacked apart; raises Refused where it may not be unpacked."""
    if path.is_dir():
        yield path
        return
    with TemporaryDirectory(prefix="portal-package-") as apart:
        _unpack(path, Path(apart))
        yield Path(apart)


def _unpack(path: Path, target: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_FILES or sum(one.file_size for one in entries) > MOST_UNPACKED:
                raise Refused("封装包里的文件太多或太大，不能打开。")
            if len({one.filename for one in entries}) != len(entries):
                raise Refused("封装包里有重名的文件，不能打开。")
            for one in entries:
                if _leaves(one.filename) or stat.S_ISLNK(one.external_attr >> 16):
                    raise Refused(f"封装包里的“{one.filename[:80]}”指向包外，不能打开。")
            archive.extractall(target)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, OSError) as error:
        raise Refused("这不是完整的 ZIP 文件，无法打开。") from error


def _leaves(name: str) -> bool:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return name.startswith(("/", "\\")) or ".." in parts or ":" in name or "\x00" in name


# ── inspecting ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Inspected:
    """What was found about a package: every look, and what it says of itself where that could be read."""

    aspects: Sequence[Aspect]
    data: dict[str, Any] = field(default_factory=dict)
    fingerprint: str = ""  # of the root certificate that came with it

    @property
    def passed(self) -> bool:
        """Whether nothing was found wrong."""
        return all(one.sound for one in self.aspects)

    @property
    def troubles(self) -> list[str]:
        """What was found wrong, each once."""
        return list(dict.fromkeys(one.found for one in self.aspects if not one.sound))


def inspect(folder: Path, trust: Authority, counting: Counting | None = None) -> Inspected:
    """四性检测 of a package and of every piece in it."""
    aspects: list[Aspect] = []
    listed = _listed(folder, aspects)
    certificates, lists = _certificates(folder, aspects)
    data = _data(folder, aspects)
    if certificates:
        _mark(folder, certificates, lists, aspects)
    if data:
        _whole(folder, data, listed, aspects)
        own = bool(certificates) and _fingerprint(certificates[0]) == trust.fingerprint
        foreign = [] if own or not certificates else [Foreign(certificates, lists)]
        register = register_of(data)
        for number, told in enumerate(data["pieces"], 1):
            _look_at(folder, told, data, register, trust, foreign, aspects)
            if counting:
                counting(number, len(data["pieces"]))
    return Inspected(aspects, data, _fingerprint(certificates[0]) if certificates else "")


def _say(aspects: list[Aspect], group: int, number: str, name: str, *troubles: str) -> None:
    """Note one look: each trouble, or that it was sound."""
    aspects.extend(Aspect(GROUPS[group - 1], number, name, found) for found in troubles or (SOUND,))


def _listed(folder: Path, aspects: list[Aspect]) -> dict[str, str]:
    """The list of hashes, held against what is there."""
    try:
        lines = (folder / LIST).read_text(encoding="utf-8").splitlines()
        pairs = [line.split("  ", 1) for line in lines]
        listed = {name: sha256 for sha256, name in pairs}
    except (OSError, ValueError):
        _say(aspects, 2, "GD-1-11", "校验清单", "封装包里没有可读的校验清单。")
        return {}
    there = set(_files_in(folder)) - {LIST, MARK}
    missing = [f"清单列出的“{name}”不在封装包里。" for name in sorted(set(listed) - there)]
    more = [f"封装包里有清单没有列出的“{name}”。" for name in sorted(there - set(listed))]
    _say(aspects, 2, "GD-2-1", "文件齐全", *missing)
    _say(aspects, 4, "GD-4-3", "多余文件", *more)
    changed = [
        f"“{name}”的内容与清单中的校验值不一致。"
        for name in sorted(there & set(listed))
        if (folder / name).is_symlink() or not (folder / name).is_file() or _hash(folder / name) != listed[name]
    ]
    _say(aspects, 1, "GD-1-1", "数字摘要", *changed)
    return listed


def _certificates(folder: Path, aspects: list[Aspect]) -> tuple[list[x509.Certificate], list[bytes]]:
    try:
        validation = folder / "validation"
        root = x509.load_pem_x509_certificates((validation / "root.pem").read_bytes())[:1]
        chain = x509.load_pem_x509_certificates((validation / "chain.pem").read_bytes())
        lists = [path.read_bytes() for path in sorted(validation.glob("*.crl"))]
        for one in lists:
            x509.load_der_x509_crl(one)
    except (OSError, ValueError):
        _say(aspects, 1, "GD-1-1", "验证数据", "封装包里没有可读的证书或吊销列表。")
        return [], []
    _say(aspects, 1, "GD-1-1", "验证数据")
    return [*root, *chain], lists


def _fingerprint(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(hashes.SHA256()).hex()


def _mark(folder: Path, certificates: list[x509.Certificate], lists: list[bytes], aspects: list[Aspect]) -> None:
    """The time mark on the list: it was closed by the portal it says it comes from."""
    try:
        digest = hashlib.sha256((folder / LIST).read_bytes()).digest()
        sound = seal.is_marked(digest, (folder / MARK).read_bytes(), Foreign(certificates, lists))
    except OSError:
        sound = False
    _say(aspects, 1, "GD-1-1", "清单签章", *(() if sound else ("校验清单的签章无效：清单或签章被改动过。",)))


def _data(folder: Path, aspects: list[Aspect]) -> dict[str, Any]:
    try:
        if (folder / DATA).stat().st_size > MOST_DATA:
            raise ValueError
        data = json.loads((folder / DATA).read_bytes())
        known = data["format"] == FORMAT and data["version"] == VERSION
        for told in data["pieces"]:
            _transient(told)
        {one["key"]: one["title"] for one in data["dossiers"]}
        data["origin"]["organisation"], data["origin"]["root"], datetime.fromisoformat(data["made_at"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        _say(aspects, 3, "GD-3-1", "元数据可读性", f"{DATA} 无法读取，或缺少必要的内容。")
        return {}
    _say(aspects, 3, "GD-3-1", "元数据可读性", *(() if known else ("无法识别封装包的格式或版本。",)))
    return data if known else {}


def _whole(folder: Path, data: dict[str, Any], listed: dict[str, str], aspects: list[Aspect]) -> None:
    """What can only be said of the package as a whole."""
    keys = {one["key"] for one in data["dossiers"]}
    lost = [f"《{one['title']}》不属于封装包里的任何一档。" for one in data["pieces"] if one["dossier"] not in keys]
    _say(aspects, 1, "GD-1-13", "信息包一致性", *lost)
    numbers = [one["number"] for one in data["pieces"]]
    twice = sorted({one for one in numbers if numbers.count(one) > 1})
    _say(aspects, 1, "GD-1-8", "元数据重复性", *(f"档号“{one}”出现了不止一次。" for one in twice))
    described = {one["metadata"] for one in data["pieces"]} | {one["file"]["path"] for one in data["pieces"]}
    stray = [f"“{name}”没有著录。" for name in sorted(listed) if name.startswith("files/") and name not in described]
    _say(aspects, 1, "GD-1-10", "元数据与内容数据关联", *stray)
    _say(aspects, 3, "GD-1-11", "目录文件", *_index_troubles(folder, data))


def _index_troubles(folder: Path, data: dict[str, Any]) -> Iterator[str]:
    try:
        index = (folder / INDEX).read_text(encoding="utf-8")
    except (OSError, ValueError):
        yield "没有可读的目录 index.html。"
        return
    if re.search(r"<script|javascript:|\son\w+\s*=|https?://", index, re.IGNORECASE):
        yield "目录 index.html 里有脚本或指向外部的内容。"
    for told in data["pieces"]:
        if str(told["number"]) not in index:
            yield f"目录 index.html 没有列出“{told['number']}”。"


def _look_at(
    folder: Path,
    told: dict[str, Any],
    data: dict[str, Any],
    register: verify.Register,
    trust: Authority,
    foreign: Sequence[Foreign],
    aspects: list[Aspect],
) -> None:
    """Every look at one piece, and that its description says the same."""
    title = f"《{told['title']}》"
    path = folder / told["file"]["path"]
    if _leaves(told["file"]["path"]) or path.is_symlink() or not path.is_file():
        _say(aspects, 2, "GD-2-8", "内容数据完整性", f"{title}的文件不在封装包里。")
        return
    piece = _transient(told)
    document = piece.document
    known = Known(
        register, trust, foreign,
        withdrawn=bool(document and document.withdrawn),
        state_known=not told["document"] or told["document"]["states"][-1]["sha256"] == told["file"]["sha256"],
        awaited=[one.name for one in document.signatures if one.state is not SignatureState.made] if document else (),
        proven_until=document.proven_until if document else None,
    )  # fmt: skip
    with path.open("rb") as source:
        aspects.extend(inspecting.look_at(piece, known, source, deep=True).aspects)
    _say(aspects, 1, "GD-1-13", "描述与内容一致", *_xml_troubles(folder, told, data))


def _xml_troubles(folder: Path, told: dict[str, Any], data: dict[str, Any]) -> Iterator[str]:
    title = f"《{told['title']}》"
    try:
        content = (folder / told["metadata"]).read_bytes()
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
            raise ValueError
        root = ET.fromstring(content)  # noqa: S314 - a document type was refused
    except (OSError, ValueError, ET.ParseError):
        yield f"{title}没有 XML 描述，或描述无法读取。"
        return
    said = {
        "题名": told["title"], "责任者": told["responsible"], "日期": told["day"], "年度": told["year"],
        "保管期限": member(Retention, told["retention"]).label, "校验值": told["file"]["sha256"],
        "计算机文件名": told["file"]["path"], "计算机文件大小": told["file"]["size"],
    }  # fmt: skip
    for name, value in said.items():
        if (root.findtext(f".//{name}") or "") != str(value or ""):
            yield f"{title}的 XML 描述中“{name}”与登记的不一致。"
    if (root.findtext(".//档号/档号") or "") != str(told["number"]):
        yield f"{title}的 XML 描述中“档号”与登记的不一致。"


# ── what it holds, as the portal's own things ──────────────────────────────────────────────────────────────────────


def register_of(data: dict[str, Any]) -> verify.Register:
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


def _transient(told: dict[str, Any]) -> ArchivalRecord:
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


_CSS = """\
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.6 "Noto Sans CJK SC", sans-serif }
h1 { font-size: 1.5rem } h2 { margin-top: 2rem; font-size: 1.15rem }
table { width: 100%; border-collapse: collapse }
th, td { padding: .4rem .6rem; border-bottom: 1px solid #ccc; text-align: left; vertical-align: top }
.hash { font: .75rem/1.4 monospace; overflow-wrap: anywhere; color: #555 }
th, td:not(:nth-child(3)) { white-space: nowrap }
@media screen and (max-width: 40rem) {
  thead { position: absolute; clip-path: inset(50%) }
  tr { display: block; padding: .6rem 0; border-bottom: 1px solid #ccc }
  td { display: inline-block; padding: 0 .6rem 0 0; border: 0; overflow-wrap: anywhere }
  td:nth-child(3) { display: block }
  td:nth-child(5):not(:empty)::after { content: " 页" }
}
"""

_README = """\
电子档案封装包

移交单位：{organisation}
来源系统：{portal}
全宗号：{fonds}
创建时间：{made_at}

index.html           目录，用浏览器打开，不需要网络
files/               文件原件，以档号和题名命名
metadata/            每件的 XML 描述（元素名依照 DA/T 46-2009，外层依照 DA/T 48-2009；内容以文件名和校验值引用）
package.json         供计算机读取的著录、登记和检测结果
validation/          核验签名用的证书和吊销列表
manifest-sha256.txt  全部文件的 SHA-256 校验值，可用 sha256sum -c manifest-sha256.txt 核对
manifest-sha256.tsr  校验清单的时间标记（RFC 3161），可用下列命令核对：
                     openssl ts -verify -data manifest-sha256.txt -in manifest-sha256.tsr -token_in \\
                       -CAfile validation/root.pem -untrusted validation/chain.pem

根证书指纹（SHA-256），信任之前请与移交单位核对：
{root}
"""
