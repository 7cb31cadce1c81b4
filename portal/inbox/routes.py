"""Routes of the inbox."""

from flask import Blueprint, current_app, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.errors import Refused
from portal.inbox import channels, forms, operations, queries, robot, rules
from portal.inbox.models import MOST_TRIES, Channel, Delivery, Notice, not_failed
from portal.web import filters, responses, templating
from portal.web import listing as web_listing
from portal.web.guards import anyone_signed_in, loads, requires

bp = Blueprint("inbox", __name__)
loads("notice")(queries.notice)
loads("delivery")(queries.delivery)


@templating.counted("inbox")
def unread_count() -> int:
    """How many notices the person at the screen has not read."""
    return queries.unread_count(current_user) if current_user.is_authenticated else 0


@bp.route("/inbox")
@requires(anyone_signed_in)
def index() -> ResponseReturnValue:
    """消息。"""
    listing = web_listing.Listing(
        queries.notices_of(current_user),
        sorts={"at": (Notice.at, Notice.id)},
        sort="at",
        descending=True,
        filters=[
            filters.Filter("q", "内容", filters.contains(Notice.title, Notice.body)),
            filters.Filter("state", "状态", queries.only, "choice", [("unread", "未读"), ("read", "已读")]),
        ],
    )
    return responses.show("inbox/index.html", listing=listing)


@bp.post("/inbox/<model:notice>/reading")
@requires(rules.read)
def read(notice: Notice) -> ResponseReturnValue:
    """打开一条消息。"""
    operations.read(notice)
    return responses.done(responses.safe_next(notice.url) or url_for("inbox.index"))


@bp.post("/inbox/reading")
@requires(anyone_signed_in)
def read_all() -> ResponseReturnValue:
    """全部标为已读。"""
    operations.read_all(current_user)
    return responses.done(url_for("inbox.index"), "全部标为已读。")


@bp.route("/inbox/preferences", methods=["GET", "POST"])
@requires(anyone_signed_in)
def prefer() -> ResponseReturnValue:
    """消息设置：自己在哪些渠道、多久收到一次消息。"""
    settings = queries.channel_settings()
    form = forms.PreferenceForm(queries.preference(current_user), settings)
    if form.ready():
        operations.prefer(mail=form.mail.data, webhook=form.webhook.data, by=current_user)
        return responses.done(url_for("inbox.index"), "消息设置已保存。")
    there = [one.value for one in Channel if channels.is_there(one, settings)]
    return responses.show("inbox/preferences.html", form=form, settings=settings, there=there)


# ── channels ───────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/channels", methods=["GET", "POST"])
@requires(rules.keep_channels)
def show_channels() -> ResponseReturnValue:
    """消息渠道：邮件、机器人、免打扰，以及没有发出的消息。"""
    settings = queries.channel_settings()
    form = forms.ChannelsForm(settings)
    if form.ready():
        forget = bool(form.forget_secret.data)
        done = form.attempt(
            operations.change_channels, form.seen, forget_secret=forget, by=current_user, **form.facts()
        )
        if done is not None:
            return responses.done(url_for("inbox.show_channels"), "消息渠道已保存。")
    listing = web_listing.Listing(
        queries.failed_deliveries(),
        sorts={"made": (Delivery.id,)},
        sort="made",
        descending=True,
        filters=[
            filters.Filter("channel", "渠道", filters.equals(Delivery.channel), "choice", filters.choices_of(Channel)),
        ],
        options=(queries.with_person(),),
    )
    return responses.show(
        "inbox/channels.html",
        form=form,
        settings=settings,
        listing=listing,
        trials=queries.latest_trials(),
        waiting=queries.waiting_count(),
        mail_server=_mail_server(),
        words=robot.WORDS,
        most=MOST_TRIES,
    )


def _mail_server() -> str:
    """The host of PORTAL_SMTP, never its password."""
    from urllib.parse import urlsplit

    return urlsplit(current_app.config["PORTAL"].smtp_url or "").hostname or ""


@bp.post("/channels/trial")
@requires(rules.keep_channels)
def try_channel() -> ResponseReturnValue:
    """给自己发一条测试消息。"""
    channel = next((one for one in Channel if one.value == request.form.get("channel")), None)
    if channel is None:
        raise Refused("请选择要测试的渠道。")
    operations.try_channel(channel, by=current_user)
    return responses.done(url_for("inbox.show_channels") + "#trials", "测试消息已交给系统发送，请稍后刷新看结果。")


@bp.post("/channels/deliveries/<model:delivery>/retry")
@requires(rules.keep_delivery, when=(not_failed,))
def send_again(delivery: Delivery) -> ResponseReturnValue:
    """重新发送一条没有发出的消息。"""
    operations.send_again(delivery, by=current_user)
    return responses.done(url_for("inbox.show_channels") + "#failed", "正在重新发送。")


@bp.post("/channels/deliveries/<model:delivery>/end")
@requires(rules.keep_delivery, when=(not_failed,))
def drop(delivery: Delivery) -> ResponseReturnValue:
    """不再发送这条消息。"""
    operations.drop(delivery, by=current_user)
    return responses.done(url_for("inbox.show_channels") + "#failed", "不再发送这条消息；门户里的消息不受影响。")


@bp.post("/channels/deliveries/retry")
@requires(rules.keep_channels)
def send_all_again() -> ResponseReturnValue:
    """重新发送全部没有发出的消息。"""
    count = len(operations.send_all_again(by=current_user))
    return responses.done(url_for("inbox.show_channels") + "#failed", f"正在重新发送 {count} 条消息。")
