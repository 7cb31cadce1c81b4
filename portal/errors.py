"""What can be refused, each with the status of its answer, and the sentences of the usual ones."""

from typing import Any


class Refused(Exception):
    """A deed that cannot be done now; its text is the sentence the person reads."""

    status = 409


class NotAllowed(Refused):
    """A deed this person may not do."""

    status = 403


class Unreadable(Refused):
    """Something that was sent cannot be accepted as it is (a file, a pasted text)."""

    status = 422


class TooMany(Refused):
    """Tried too often of late."""

    status = 429


class Stale(Refused):
    """Somebody else saved first. Carries what is needed to show both texts and let the person choose."""

    def __init__(self, thing: Any, current: int) -> None:
        super().__init__("在您编辑期间，别人已经保存了新的内容。请对照两份内容后选择。")
        self.thing = thing
        self.current = current


SENTENCES = {
    400: "请求的内容不完整或格式不对，请返回后重新操作。",
    401: "请先登录。",
    403: "您没有办理这件事的权限。如需办理，请联系会议秘书或系统管理员。",
    404: "没有找到这个页面，或者它不在您可以查看的范围内。请检查地址，或从首页重新进入。",
    405: "这个地址不支持这样的操作，请从页面上的按钮进入。",
    409: "现在还不能这样做，请刷新页面后再试。",
    413: "提交的内容太大了，请缩小后再试。",
    422: "填写的内容有误，请按提示修改。",
    429: "尝试次数太多，请稍后再试。",
    500: "系统出错了，您刚才的操作没有保存。请稍后再试；如果一直这样，请把页面下方的编号告诉系统管理员。",
    503: "系统暂时不可用，请稍后再试。",
}
