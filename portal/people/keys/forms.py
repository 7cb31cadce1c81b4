"""What is typed about signing keys."""

from typing import Any

from wtforms.validators import ValidationError

from portal.people.sessions.forms import Twice
from portal.web.fields import Secret

ABOUT_PINS = "至少 6 位，与登录密码不同。口令不保存在任何地方，忘记后只能重新设置签名。"


class MakeKey(Twice):
    """A signing PIN typed twice, and the account's password to show who asks."""

    first = "pin"
    pin = Secret("签名口令", shortest=6, description=ABOUT_PINS)
    again = Secret("再填一次签名口令")
    current = Secret("登录密码", description="确认是您本人。")

    def validate_pin(self, field: Any) -> None:
        """The PIN must be no second copy of the password."""
        if field.data == self.current.data:
            raise ValidationError("签名口令不能与登录密码相同，请换一个。")


class ChangePin(Twice):
    """The current PIN and twice a new one."""

    first = "pin"
    old = Secret("当前签名口令")
    pin = Secret("新签名口令", shortest=6, description=ABOUT_PINS)
    again = Secret("再填一次新签名口令")
