"""What goes out on a channel, in words, and what is said where it was not taken."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.documents.reading import portal_address
from portal.inbox.models import Notice

PATIENCE = 15  # seconds

MOST_LISTED = 20


class NotDelivered(Exception):
    """A channel did not take a message; the text says why, and nothing of what the message says."""


@dataclass(frozen=True)
class Message:
    """What goes out: one line, what stands under it, the page to act on."""

    title: str
    text: str
    url: str


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


def in_short(error: object) -> str:
    """What the other side said, short and on one line."""
    text = error.decode("utf-8", "replace") if isinstance(error, bytes) else str(error)
    return "".join(c for c in " ".join(text.split()) if c.isprintable())[:120]
