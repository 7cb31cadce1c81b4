"""Who may read what somebody was told."""

from portal.inbox.models import Delivery, Notice
from portal.people.models.accounts import User
from portal.people.models.roles import Role
from portal.people.rules import holds
from portal.web.guards import hidden


@hidden
def read(user: User, notice: Notice) -> bool:
    """这条消息是发给别人的。"""
    return notice.user_id == user.id


def keep_channels(user: User, thing: object) -> bool:
    """只有系统管理员可以设置消息渠道。"""
    return holds(user, Role.administrator)


def keep_delivery(user: User, delivery: Delivery) -> bool:
    """只有系统管理员可以重发或放弃没有发出的消息。"""
    return holds(user, Role.administrator)
