"""The robot channel: a message as JSON, posted to the address an administrator has set.

A robot is any address that takes JSON by POST: DingTalk, WeCom, Feishu, or the office's own gateway. Only the address
an administrator has set is ever asked, redirections are not followed, and of the answer only the beginning is read.
"""

import base64
import hashlib
import hmac
import json
from http import client as http
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    Request,
    UnknownHandler,
)

from portal.db import clock
from portal.inbox.messages import PATIENCE, Message, NotDelivered, in_short
from portal.inbox.models import ChannelSettings
from portal.people.models.accounts import User

LONGEST_ANSWER = 64 * 1024


WORDS = {
    "name": "姓名", "username": "账号", "phone": "电话", "message": "整条消息", "title": "标题", "text": "列出的各条",
    "url": "地址", "time": "时间",
}  # fmt: skip
DEFAULT_TEMPLATE = '{"msgtype": "text", "text": {"content": "{name}：{message}"}}'


def _opener() -> OpenerDirector:
    """Asks http: and https: addresses, by no proxy; files, other protocols and redirections have no handler here."""
    opener = OpenerDirector()
    for handler in (HTTPHandler, HTTPSHandler, HTTPErrorProcessor, HTTPDefaultErrorHandler, UnknownHandler):
        opener.add_handler(handler())
    return opener


def post(settings: ChannelSettings, body: bytes) -> None:
    """Post JSON to the robot's address, signed; whatever is not plainly a yes is a no."""
    moment = clock.now()
    stamp = str(int(moment.timestamp() * 1000))
    request = Request(  # noqa: S310 - the opener has handlers for the web alone
        address_for(settings.webhook_url, settings.webhook_secret, stamp),
        body,
        {"Content-Type": "application/json; charset=utf-8", "X-Portal-Timestamp": stamp},
        method="POST",
    )
    if settings.webhook_secret:
        request.add_header("X-Portal-Signature", signature_of(settings.webhook_secret, stamp, body))
    try:
        with _opener().open(request, timeout=PATIENCE) as answer:
            _read_answer(answer.read(LONGEST_ANSWER))
    except HTTPError as error:
        raise NotDelivered(f"对方回答 HTTP {error.code}。") from None
    except URLError as error:
        raise NotDelivered(f"无法连接对方的服务器：{in_short(error.reason)}") from None
    except (OSError, http.HTTPException) as error:
        raise NotDelivered(f"对方没有正常回答：{in_short(error)}") from None


def _read_answer(content: bytes) -> None:
    """Robots say no with 200 and an errcode."""
    try:
        said = json.loads(content)
    except ValueError:
        return
    code = said.get("errcode", said.get("code", 0)) if isinstance(said, dict) else 0
    if code not in (0, None, "0"):
        raise NotDelivered(f"对方不收：{in_short(code)} {in_short(said.get('errmsg', said.get('msg', '')))}")


def signature_of(secret: str, stamp: str, body: bytes) -> str:
    """`sha256=` and HMAC-SHA256 of `timestamp.body` with the secret, in hexadecimal."""
    return "sha256=" + hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def address_for(url: str, secret: str, stamp: str) -> str:
    """The address with `{timestamp}` and `{sign}` filled in the way DingTalk's robots are signed."""
    signed = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
    return url.replace("{timestamp}", stamp).replace("{sign}", quote(base64.b64encode(signed).decode(), safe=""))


def webhook_body(template: str, user: User, message: Message) -> bytes:
    """The template with its words filled in: inside the texts of the JSON, so that nothing typed can break it."""
    values = {
        "name": user.name, "username": user.username, "phone": user.phone, "title": message.title,
        "text": message.text, "url": message.url, "time": clock.zh_datetime(clock.now()),
        "message": "\n".join(filter(None, (message.title, message.text, message.url))),
    }  # fmt: skip
    return json.dumps(_filled(json.loads(template or DEFAULT_TEMPLATE), values), ensure_ascii=False).encode()


def _filled(part: Any, values: dict[str, str]) -> Any:
    if isinstance(part, str):
        pieces = part.split("{")
        found = pieces[:1]
        for piece in pieces[1:]:
            word, closed, rest = piece.partition("}")
            found.append(values[word] + rest if closed and word in values else "{" + piece)
        return "".join(found)
    if isinstance(part, list):
        return [_filled(one, values) for one in part]
    if isinstance(part, dict):
        return {key: _filled(one, values) for key, one in part.items()}
    return part
