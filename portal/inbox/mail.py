"""The mail channel: a message as a mail, handed to the server of PORTAL_SMTP."""

import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from flask import current_app

from portal.db import clock
from portal.db.office import office
from portal.inbox.messages import PATIENCE, Message, NotDelivered, in_short
from portal.inbox.models import Delivery


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
        raise NotDelivered(f"邮件服务器拒收：{error.smtp_code} {in_short(error.smtp_error)}") from None
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        raise NotDelivered(f"邮件服务器不收这个地址：{code} {in_short(said)}") from None
    except (OSError, smtplib.SMTPException) as error:
        raise NotDelivered(f"连接不上邮件服务器：{in_short(error)}") from None


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
