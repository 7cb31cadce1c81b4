"""Doors of the inbox."""

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal import pages
from portal.access import anyone_signed_in, finds, needs
from portal.inbox import operations, queries, rules
from portal.inbox.models import Notice

bp = Blueprint("inbox", __name__)
finds("notice")(queries.notice)


@pages.counted("inbox")
def unread_count() -> int:
    """How many notices the person at the screen has not read."""
    return queries.unread_count(current_user) if current_user.is_authenticated else 0


@bp.route("/inbox")
@needs(anyone_signed_in)
def index() -> ResponseReturnValue:
    """收件箱。"""
    listing = pages.Listing(
        queries.notices_of(current_user),
        sorts={"at": (Notice.at, Notice.id)},
        sort="at",
        descending=True,
        filters=[
            pages.Filter("q", "内容", pages.contains(Notice.title, Notice.body)),
            pages.Filter("state", "状态", queries.only, "choice", [("unread", "未读"), ("read", "已读")]),
        ],
    )
    return pages.show("inbox/index.html", listing=listing)


@bp.post("/inbox/<thing:notice>/reading")
@needs(rules.read)
def read(notice: Notice) -> ResponseReturnValue:
    """打开一条消息。"""
    operations.read(notice)
    return pages.done(pages.safe_next(notice.url) or url_for("inbox.index"))


@bp.post("/inbox/reading")
@needs(anyone_signed_in)
def read_all() -> ResponseReturnValue:
    """全部标为已读。"""
    operations.read_all(current_user)
    return pages.done(url_for("inbox.index"), "全部标为已读。")
