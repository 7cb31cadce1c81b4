"""Who may read what somebody was told."""

from portal.access import hidden
from portal.inbox.models import Notice
from portal.people.models import User


@hidden
def read(user: User, notice: Notice) -> bool:
    """这条消息是发给别人的。"""
    return notice.user_id == user.id
