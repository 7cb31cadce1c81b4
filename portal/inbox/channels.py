"""The channels themselves: what a message says there, and how it is handed to a mail server or a robot's address.

A robot is any address that takes JSON by POST: DingTalk, WeCom, Feishu, or the office's own gateway. Only the address
an administrator has set is ever asked, redirections are not followed, and of the answer only the beginning is read.
"""

import base64
import hashlib
import hmac
import json
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from http import client as http
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    Request,
    UnknownHandler,
)

from flask import current_app

from portal import clock
from portal.inbox.models import Channel, ChannelSettings, Delivery, Notice
from portal.office import office
from portal.papers import portal_address
from portal.people.models import User

PATIENCE = 15  # seconds
LONGEST_ANSWER = 64 * 1024
MOST_LISTED = 20
WORDS = {
    "name": "姓名", "username": "账号", "phone": "电话", "message": "整条消息", "title": "标题", "text": "列出的各条",
    "url": "地址", "time": "时间",
}  # fmt: skip
DEFAULT_TEMPLATE = '{"msgtype": "text", "text": {"content": "{name}：{message}"}}'


class NotDelivered(Exception):
    """A channel did not take a message; the text says why, and nothing of what the message says."""


@dataclass(frozen=True)
class Message:
    """What goes out: one line, what stands under it, the page to act on."""

    title: str
    text: str
    url: str


def is_there(channel: Channel, settings: ChannelSettings) -> bool:
    """Whether the office has this channel."""
    return bool(current_app.config["PORTAL"].smtp_url if channel is Channel.mail else settings.webhook_url)


def reaches(channel: Channel, user: User) -> bool:
    """Whether a person can be reached there at all."""
    return user.active and (bool(user.email) or channel is Channel.webhook)


# ── what is said ───────────────────────────────────────────────────────────────────────────────────────────────────


def trial_message() -> Message:
    """What an administrator sends to try a channel."""
    return Message("这是一条测试消息", "收到它，说明消息渠道已经可用。", f"{portal_address()}/inbox")


def message_of(notices: Sequence[Notice], *, says_all: bool) -> Message:
    """One message of everything, the newest first; several become a list, each with its page."""
    if len(notices) == 1:
        one = notices[0]
        return Message(_line(one.title), one.body if says_all else "", _address(one))
    rows = []
    for number, one in enumerate(notices[:MOST_LISTED], 1):
        body = f"\n   {one.body}" if says_all and one.body else ""
        rows.append(f"{number}．{_line(one.title)}{body}\n   {_address(one)}")
    if len(notices) > MOST_LISTED:
        rows.append(f"还有 {len(notices) - MOST_LISTED} 条，请在门户的“消息”里查看。")
    title = f"{_line(notices[0].title)}等 {len(notices)} 条消息"
    return Message(title, "\n".join(rows), f"{portal_address()}/inbox?state=unread")


def _line(text: str) -> str:
    return " ".join(text.split())


def _address(notice: Notice) -> str:
    return f"{portal_address()}{notice.url}"


# ── how it goes out ────────────────────────────────────────────────────────────────────────────────────────────────


def send(delivery: Delivery, message: Message, settings: ChannelSettings) -> None:
    """Hand a message over; NotDelivered where the other side did not take it."""
    if not is_there(delivery.channel, settings):
        raise NotDelivered("这个渠道已经停用。")
    if delivery.channel is Channel.mail:
        send_mail(mail_of(delivery, message))
    else:
        post(settings, webhook_body(settings.webhook_template, delivery.user, message))


def mail_of(delivery: Delivery, message: Message) -> EmailMessage:
    """The mail; its id stays the same when it is tried again, so that no mailbox shows it twice."""
    mail = EmailMessage()
    mail["Subject"] = f"[{office.name}] {message.title}"
    mail["From"] = _sender()
    mail["To"] = delivery.user.email
    mail["Message-ID"] = f"<delivery-{delivery.id}-{delivery.made_at:%Y%m%d%H%M%S}@portal>"
    mail["Date"] = clock.now()
    mail["Auto-Submitted"] = "auto-generated"
    parts = [f"{delivery.user.name}：", message.title, message.text, f"请打开：{message.url}"]
    foot = "这封邮件由系统发出，请不要回复。不想收到，请在门户的“消息设置”中关闭。严禁处理、传输涉密信息。"
    mail.set_content("\n\n".join([*filter(None, parts), foot]))
    return mail


def _sender() -> str:
    """`from` in PORTAL_SMTP, or its user where that is an address."""
    parts = urlsplit(current_app.config["PORTAL"].smtp_url or "")
    named = parse_qs(parts.query).get("from", [""])[0]
    user = unquote(parts.username or "")
    return named or (user if "@" in user else f"portal@{parts.hostname or 'localhost'}")


def send_mail(mail: EmailMessage) -> None:
    """Hand a mail to the server of PORTAL_SMTP: encrypted from the start with smtps:, else as soon as it offers to."""
    parts = urlsplit(current_app.config["PORTAL"].smtp_url or "")
    try:
        with _mail_server(parts) as server:
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(mail)
    except smtplib.SMTPResponseException as error:
        raise NotDelivered(f"邮件服务器拒收：{error.smtp_code} {_said(error.smtp_error)}") from None
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        raise NotDelivered(f"邮件服务器不收这个地址：{code} {_said(said)}") from None
    except (OSError, smtplib.SMTPException) as error:
        raise NotDelivered(f"连接不上邮件服务器：{_said(error)}") from None


def _opener() -> OpenerDirector:
    """Asks http: and https: addresses, by no proxy; files, other protocols and redirections have no handler here."""
    opener = OpenerDirector()
    for handler in (HTTPHandler, HTTPSHandler, HTTPErrorProcessor, HTTPDefaultErrorHandler, UnknownHandler):
        opener.add_handler(handler())
    return opener


def _mail_server(parts: SplitResult) -> smtplib.SMTP:
    """The connection. A server that is shown a password, or spoken to by smtps:, must prove who it is."""
    proven = parts.scheme == "smtps" or bool(parts.username)
    if parse_qs(parts.query).get("verify") == ["no"]:
        proven = False
    context = ssl.create_default_context() if proven else ssl._create_unverified_context()  # noqa: S323, SLF001 - as said
    host = parts.hostname or ""
    if parts.scheme == "smtps":
        return smtplib.SMTP_SSL(host, parts.port or 465, timeout=PATIENCE, context=context)
    server = smtplib.SMTP(host, parts.port or 25, timeout=PATIENCE)
    server.ehlo()
    if server.has_extn("starttls"):
        server.starttls(context=context)
    return server


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
        raise NotDelivered(f"无法连接对方的服务器：{_said(error.reason)}") from None
    except (OSError, http.HTTPException) as error:
        raise NotDelivered(f"对方没有正常回答：{_said(error)}") from None


def _read_answer(content: bytes) -> None:
    """Robots say no with 200 and an errcode."""
    try:
        said = json.loads(content)
    except ValueError:
        return
    code = said.get("errcode", said.get("code", 0)) if isinstance(said, dict) else 0
    if code not in (0, None, "0"):
        raise NotDelivered(f"对方不收：{_said(code)} {_said(said.get('errmsg', said.get('msg', '')))}")


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


def _said(error: object) -> str:
    """What the other side said, short and on one line."""
    text = error.decode("utf-8", "replace") if isinstance(error, bytes) else str(error)
    return "".join(c for c in " ".join(text.split()) if c.isprintable())[:120]
