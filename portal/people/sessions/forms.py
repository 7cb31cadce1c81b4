"""What is typed to sign in and to change a password."""

from typing import Any

from wtforms.validators import ValidationError

from portal.web.fields import Line, Secret
from portal.web.forms import Form

ABOUT_PASSWORDS = "至少 10 位，不含账号；用几个词连成一句更好记。"


class SignIn(Form):
    """Account and password."""

    username = Line("账号", longest=64)
    password = Secret("密码")


class Twice(Form):
    """A new secret that is typed twice."""

    first = "password"

    def validate_again(self, field: Any) -> None:
        """Both must be the same."""
        if field.data != self[self.first].data:
            raise ValidationError("两次填写的不一致，请重新填写。")


class ChangePassword(Twice):
    """The current password and twice a new one."""

    current = Secret("当前密码")
    password = Secret("新密码", shortest=10, description=ABOUT_PASSWORDS)
    again = Secret("再填一次新密码")
