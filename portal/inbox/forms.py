"""What people type about how they want to be told, and administrators about the channels."""

import json
import re
from typing import Any
from urllib.parse import urlsplit

from wtforms import Field
from wtforms.validators import ValidationError

from portal.inbox.models import ChannelSettings, Pace, Preference
from portal.inbox.robot import DEFAULT_TEMPLATE, WORDS
from portal.web.choices import Choice
from portal.web.fields import Clock, Line, Paragraphs, Tick, Whole
from portal.web.forms import Form


class PreferenceForm(Form):
    """How soon somebody wants to be told on each channel."""

    mail = Choice("邮件", Pace)
    webhook = Choice("消息机器人", Pace)

    def __init__(self, wish: Preference | None, settings: ChannelSettings) -> None:
        super().__init__(
            data={
                "mail": wish.mail if wish else settings.mail_pace,
                "webhook": wish.webhook if wish else settings.webhook_pace,
            }
        )


class ChannelsForm(Form):
    """The office's channels and when they rest."""

    webhook_url = Line(
        "机器人地址", required=False, longest=500, description="以 http: 或 https: 开头。留空即不用机器人。"
    )
    webhook_secret = Line(
        "签名密钥", required=False, longest=200, description="留空则保留原来的密钥。", render_kw={"autocomplete": "off"}
    )
    forget_secret = Tick("删除原来的签名密钥")
    webhook_template = Paragraphs("发送内容（JSON）", longest=4_000)
    mail_pace = Choice("邮件提醒：本人未设置时", Pace)
    webhook_pace = Choice("机器人提醒：本人未设置时", Pace)
    says_all = Tick("外发消息附正文（不勾选时只发标题和链接）")
    burst_minutes = Whole("合并几分钟内的消息", lowest=1, highest=60)
    digest_at = Clock("每天汇总的时间")
    quiet_from = Clock("免打扰开始")
    quiet_until = Clock("免打扰结束", description="两个时间相同，即不设免打扰。")

    def __init__(self, settings: ChannelSettings) -> None:
        columns = {column.key: getattr(settings, column.key) for column in settings.__mapper__.columns}
        template = settings.webhook_template or DEFAULT_TEMPLATE
        super().__init__(data=columns | {"webhook_secret": "", "webhook_template": template})

    def validate_webhook_url(self, field: Field) -> None:
        """Only a plain address of the web, without a name and password in it."""
        try:
            parts = urlsplit(field.data or "")
            port_is_right = parts.port is None or parts.port > 0
        except ValueError:
            port_is_right = False
        if field.data and not (port_is_right and parts.scheme in {"http", "https"} and parts.hostname):
            raise ValidationError("请填写以 http: 或 https: 开头的完整地址。")
        if field.data and (parts.username or re.search(r"\s", field.data)):
            raise ValidationError("地址中不能有空格、用户名和密码。")

    def validate_webhook_template(self, field: Field) -> None:
        """A JSON object whose words are known."""
        try:
            read = json.loads(field.data or "")
        except ValueError as error:
            raise ValidationError(f"不是正确的 JSON：{_where(error)}。") from None
        if not isinstance(read, dict):
            raise ValidationError("最外层应是一个 JSON 对象，以 { 开头、以 } 结尾。")
        unknown = [word for word in re.findall(r"\{([a-z_]+)\}", field.data or "") if word not in WORDS]
        if unknown:
            known = "、".join(f"{{{one}}}" for one in WORDS)
            raise ValidationError(f"没有 {{{unknown[0]}}} 这个词，可以用的是：{known}。")

    def facts(self) -> dict[str, Any]:
        """What was typed, as the operation takes it."""
        names = (
            "webhook_url", "webhook_secret", "webhook_template", "mail_pace", "webhook_pace", "says_all",
            "burst_minutes", "digest_at", "quiet_from", "quiet_until",
        )  # fmt: skip
        return {name: self[name].data or "" if name.startswith("webhook_") else self[name].data for name in names}


def _where(error: ValueError) -> str:
    at = getattr(error, "lineno", None)
    return f"第 {at} 行第 {getattr(error, 'colno', 1)} 个字附近有误" if at else "无法读取"
