"""The channels on which a message leaves the portal: which there are, whom they reach, and handing over."""

from flask import current_app

from portal.inbox.mail import mail_of, send_mail
from portal.inbox.messages import Message, NotDelivered
from portal.inbox.models import Channel, ChannelSettings, Delivery
from portal.inbox.robot import post, webhook_body
from portal.people.models.accounts import User


def is_there(channel: Channel, settings: ChannelSettings) -> bool:
    """Whether the office has this channel."""
    return bool(current_app.config["PORTAL"].smtp_url if channel is Channel.mail else settings.webhook_url)


def reaches(channel: Channel, user: User) -> bool:
    """Whether a person can be reached there at all."""
    return user.active and (bool(user.email) or channel is Channel.webhook)


def send(delivery: Delivery, message: Message, settings: ChannelSettings) -> None:
    """Hand a message over; NotDelivered where the other side did not take it."""
    if not is_there(delivery.channel, settings):
        raise NotDelivered("这个渠道已经停用。")
    if delivery.channel is Channel.mail:
        send_mail(mail_of(delivery, message))
    else:
        post(settings, webhook_body(settings.webhook_template, delivery.user, message))
