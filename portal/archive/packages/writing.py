"""Writing a package: files, descriptions, index, certificates, the list of hashes and its time mark."""

import hashlib
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path

from flask import current_app

from portal.archive.checking import inspection
from portal.archive.models.pieces import ArchivalRecord
from portal.archive.packages.description import as_xml, described
from portal.archive.packages.layout import DATA, INDEX, LIST, MARK, README, STYLE, Counting, files_in, hash_of
from portal.db import clock
from portal.documents.pki import timemarks
from portal.documents.pki.authority import Authority
from portal.errors import Refused
from portal.files import store


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
    (folder / INDEX).write_text(template("archive/packages/package.html").render(data=data), encoding="utf-8")
    (folder / STYLE).write_text(_CSS, encoding="utf-8")
    (folder / README).write_text(_README.format(**data["origin"], made_at=data["made_at"]), encoding="utf-8")
    _close(folder, authority)


def _copy(piece: ArchivalRecord, target: Path) -> None:
    with store.open(piece.file) as source, target.open("xb") as copy:
        sha256, _ = inspection.copied(source, copy)
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
    names = sorted(files_in(folder))
    lines = "".join(f"{hash_of(folder / name)}  {name}\n" for name in names)
    (folder / LIST).write_text(lines, encoding="utf-8")
    digest = hashlib.sha256(lines.encode()).digest()
    (folder / MARK).write_bytes(timemarks.time_mark(digest, authority))


def packed(folder: Path, target: Path) -> None:
    """Pack a folder as one ZIP file; names are UTF-8."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files_in(folder)):
            archive.write(folder / name, name)


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
