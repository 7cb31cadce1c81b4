"""四性检测 of a package and of every piece in it."""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from portal.archive.checking import inspection
from portal.archive.checking.findings import Known
from portal.archive.models.pieces import GROUPS, SOUND, Aspect, Retention
from portal.archive.packages.contents import member, piece_of, register_of
from portal.archive.packages.layout import (
    DATA,
    FORMAT,
    INDEX,
    LIST,
    MARK,
    MOST_DATA,
    VERSION,
    Counting,
    files_in,
    hash_of,
)
from portal.archive.packages.opening import leaves_the_package
from portal.documents import verdicts
from portal.documents.pki import timemarks
from portal.documents.pki.authority import Authority
from portal.documents.registry import SignatureState
from portal.documents.verdicts import Foreign


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
    there = set(files_in(folder)) - {LIST, MARK}
    missing = [f"清单列出的“{name}”不在封装包里。" for name in sorted(set(listed) - there)]
    more = [f"封装包里有清单没有列出的“{name}”。" for name in sorted(there - set(listed))]
    _say(aspects, 2, "GD-2-1", "文件齐全", *missing)
    _say(aspects, 4, "GD-4-3", "多余文件", *more)
    changed = [
        f"“{name}”的内容与清单中的校验值不一致。"
        for name in sorted(there & set(listed))
        if (folder / name).is_symlink() or not (folder / name).is_file() or hash_of(folder / name) != listed[name]
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
        sound = timemarks.is_marked(digest, (folder / MARK).read_bytes(), Foreign(certificates, lists))
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
            piece_of(told)
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
    register: verdicts.Register,
    trust: Authority,
    foreign: Sequence[Foreign],
    aspects: list[Aspect],
) -> None:
    """Every look at one piece, and that its description says the same."""
    title = f"《{told['title']}》"
    path = folder / told["file"]["path"]
    if leaves_the_package(told["file"]["path"]) or path.is_symlink() or not path.is_file():
        _say(aspects, 2, "GD-2-8", "内容数据完整性", f"{title}的文件不在封装包里。")
        return
    piece = piece_of(told)
    document = piece.document
    known = Known(
        register, trust, foreign,
        withdrawn=bool(document and document.withdrawn),
        state_known=not told["document"] or told["document"]["states"][-1]["sha256"] == told["file"]["sha256"],
        awaited=[one.name for one in document.signatures if one.state is not SignatureState.made] if document else (),
        proven_until=document.proven_until if document else None,
    )  # fmt: skip
    with path.open("rb") as source:
        aspects.extend(inspection.look_at(piece, known, source, deep=True).aspects)
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
