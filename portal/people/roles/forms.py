"""What is typed about roles."""

from portal.people.models.roles import Role
from portal.web.choices import Choice
from portal.web.forms import Form


class GrantRole(Form):
    """A role to grant."""

    role = Choice("角色", Role)
