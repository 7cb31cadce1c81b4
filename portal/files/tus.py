"""Big files in pieces, by tus 1.0: core, creation, termination, expiration (https://tus.io/protocols/resumable-upload).

A feature opens the route by which an upload begins, with the rules of its plain form, and answers with `begin`; every
further piece comes to the routes here, which let in only the person who began it. How much has arrived is what lies in
the data folder, nothing else: no number can disagree with it. A form then names the upload (`uploads.BigUpload`).
"""

import base64
import binascii
import fcntl
import os
import re
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import IO, Any, BinaryIO

import sqlalchemy as sa
from flask import Blueprint, Flask, Response, current_app, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.http import http_date

from portal.db import clock
from portal.db.engine import db
from portal.errors import Refused, Unreadable
from portal.files import store
from portal.files.examine import named_kind
from portal.files.examine_limits import MB
from portal.files.kinds import Kind
from portal.files.resumable import BLOCK, KEPT_FOR, MOST_AT_ONCE, Incoming, drop, folder, look_at, unfinished
from portal.web import responses
from portal.web.guards import hidden, requires

bp = Blueprint("tus", __name__)
VERSION = "1.0.0"
EXTENSIONS = "creation,termination,expiration"
PIECE = "application/offset+octet-stream"

RESERVE = 512 * MB  # of the disk, for everything else the portal does


@hidden
def own(user: Any, incoming: Incoming) -> bool:
    """这个文件只能由开始上传的本人继续。"""
    return bool(user.id == incoming.user_id)


def begin(purpose: str, kinds: Collection[Kind]) -> Response:
    """Answer a creation request; the same file begun once more is the one that was begun before."""
    _speak_tus()
    size, told = _number("Upload-Length"), _metadata()
    name = store.clean_name(told.get("filename", ""))
    _refuse_at_once(name, size, kinds)
    stamp = re.sub(r"[^0-9A-Za-z.:-]", "", told.get("stamp", ""))[:40]
    incoming = _begun_before(purpose, name, size, stamp) or _begin(purpose, kinds, name, size, stamp)
    answer = _answer(201, incoming)
    answer.headers["Location"] = url_for("tus.append", incoming=incoming.id, _external=True)
    answer.headers["Upload-Token"] = incoming.token
    return answer


def _refuse_at_once(name: str, size: int, kinds: Collection[Kind]) -> None:
    """What would be refused at the end is better refused before it is sent."""
    named_kind(name, kinds)
    most = current_app.config["PORTAL"].max_upload_mb
    if size == 0:
        raise Unreadable("文件是空的（0 字节）。请检查文件后重新上传。")
    if size > most * MB:
        raise Unreadable(f"文件超过了 {most} MB 的上限。请压缩图片或拆分后重新上传。")


def _begun_before(purpose: str, name: str, size: int, stamp: str) -> Incoming | None:
    same = {"name": name, "size": size, "stamp": stamp}
    return next(
        (one for one in unfinished(current_user, purpose) if all(getattr(one, k) == v for k, v in same.items())), None
    )


def _begin(purpose: str, kinds: Collection[Kind], name: str, size: int, stamp: str) -> Incoming:
    others = db.session.scalars(sa.select(Incoming).where(Incoming.user_id == current_user.id)).all()
    if len(others) >= MOST_AT_ONCE:
        raise Refused(f"您还有 {len(others)} 个文件没有传完或没有提交。请先提交或放弃它们，再上传新的文件。")
    _refuse_without_room(size)
    incoming = Incoming(
        token=token_hex(16), user_id=current_user.id, purpose=purpose, kinds=sorted(kind.value for kind in kinds),
        name=name, stamp=stamp, size=size, begun_at=clock.now(),
    )  # fmt: skip
    incoming.path.touch(mode=0o600)
    db.session.add(incoming)
    db.session.flush()
    return incoming


class NoRoom(Refused):
    """The disk is nearly full."""

    status = 507


def _refuse_without_room(size: int) -> None:
    if shutil.disk_usage(folder()).free < 2 * size + RESERVE:  # it lies here, then in the store
        raise NoRoom("服务器的存储空间不足，暂时不能上传大文件。请联系系统管理员。")


@bp.route("/uploads/<model:incoming>", methods=["HEAD"])
@requires(own)
def ask(incoming: Incoming) -> ResponseReturnValue:
    """文件已经传到哪里。"""
    answer = _answer(200, incoming)
    answer.headers["Upload-Length"] = str(incoming.size)
    return answer


@bp.route("/uploads/<model:incoming>", methods=["PATCH"])
@requires(own)
def append(incoming: Incoming) -> ResponseReturnValue:
    """接收文件的下一段。"""
    _speak_tus()
    if request.mimetype != PIECE:
        raise _Protocol(415)
    offset, size, path, number = _number("Upload-Offset"), incoming.size, incoming.path, incoming.id
    db.session.rollback()  # nobody waits for the database while bytes are written
    arrived = _append(path, request.stream, offset, size)
    if arrived == size and (refusal := look_at(number)):
        return _plain(refusal, 422)
    answer = _answer(204, None)
    answer.headers["Upload-Offset"] = str(arrived)
    answer.headers["Upload-Expires"] = http_date(clock.now() + KEPT_FOR)
    return answer


def _append(path: Path, piece: IO[bytes], offset: int, size: int) -> int:
    """Write a piece where the last one ended, durably, and tell how much there is now."""
    with _held(path) as file:
        if offset != file.seek(0, os.SEEK_END):
            raise _Protocol(409)
        while block := piece.read(min(BLOCK, size - file.tell() + 1)):
            if file.tell() + len(block) > size:
                raise _Protocol(413)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
        return file.tell()


@contextmanager
def _held(path: Path) -> Iterator[BinaryIO]:
    """The file for one request alone; a request whose line broke may still be at it."""
    try:
        file = path.open("r+b")
    except FileNotFoundError:
        raise _Protocol(410) from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _Protocol(423) from None
        yield file


@bp.route("/uploads/<model:incoming>", methods=["DELETE"])
@requires(own)
def end(incoming: Incoming) -> ResponseReturnValue:
    """放弃上传。"""
    _speak_tus()
    drop(incoming)
    return _answer(204, None)


@bp.post("/uploads/<model:incoming>/removal")
@requires(own)
def remove(incoming: Incoming) -> ResponseReturnValue:
    """放弃上传，从页面上的按钮。"""
    drop(incoming)
    return responses.done(responses.back() or "/", f"已放弃上传《{incoming.name}》。")


class _Protocol(Refused):
    """A request that does not keep to the protocol; a program reads the status, nobody the sentence."""

    def __init__(self, status: int) -> None:
        super().__init__(_WORDS[status])
        self.status = status


_WORDS = {
    400: "上传请求的格式不对。", 409: "上传的位置与服务器已收到的不一致，请重新连接后继续。",
    410: "这个文件的上传已经结束或放弃，请重新上传。", 412: "不支持这个版本的上传协议。",
    413: "传来的内容比声明的多，没有接收。", 415: "上传请求的格式不对。", 423: "上一段还在接收，请稍候。",
}  # fmt: skip


def _speak_tus() -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        raise _Protocol(412)


def _number(header: str) -> int:
    text = request.headers.get(header, "")
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise _Protocol(400)
    return int(text)


def _metadata() -> dict[str, str]:
    """`filename` and what else the client tells, each in base64."""
    told = {}
    for pair in request.headers.get("Upload-Metadata", "")[:4000].split(","):
        key, _, value = pair.strip().partition(" ")
        with suppress(binascii.Error, UnicodeDecodeError):
            told[key] = base64.b64decode(value, validate=True).decode()
    return told


def _answer(status: int, incoming: Incoming | None) -> Response:
    answer = Response(status=status)
    answer.headers["Tus-Resumable"] = VERSION
    answer.headers["Cache-Control"] = "no-store"
    if incoming is not None:
        answer.headers["Upload-Offset"] = str(incoming.arrived)
        answer.headers["Upload-Expires"] = http_date(incoming.expires)
    return answer


def _plain(sentence: str, status: int) -> Response:
    answer = Response(sentence, status, mimetype="text/plain")
    answer.headers["Tus-Resumable"] = VERSION
    return answer


@bp.after_request
def _tell_what_is_spoken(answer: Response) -> Response:
    if request.method == "OPTIONS":
        answer.headers["Tus-Resumable"] = answer.headers["Tus-Version"] = VERSION
        answer.headers["Tus-Extension"] = EXTENSIONS
        answer.headers["Tus-Max-Size"] = str(current_app.config["PORTAL"].max_upload_mb * MB)
    return answer


def init_app(app: Flask) -> None:
    """Open the routes."""
    app.register_blueprint(bp)
