"""The blueprint of people, how its addresses find their objects, and what its routes share."""

from typing import Any

from flask import Blueprint, request
from flask_login import current_user

from portal.people.accounts import queries as accounts_queries
from portal.people.departments import queries as departments_queries
from portal.people.deputies import queries as deputies_queries
from portal.people.models.accounts import User
from portal.people.roles import queries as roles_queries
from portal.people.sessions import operations as sessions
from portal.web import navigation, templating
from portal.web.guards import loads

bp = Blueprint("people", __name__)
navigation.offer("人员", "people.index", "/people", "/departments", "/groups")
templating.counted("role_requests")(roles_queries.open_role_request_count)
loads("person")(accounts_queries.person)
loads("department")(departments_queries.department)
loads("group")(departments_queries.group)
loads("role_request")(roles_queries.role_request)
loads("deputy")(deputies_queries.deputy)


def proven(form: Any) -> bool:
    """Whether the account's password was typed rightly; else the form says so."""
    address = request.remote_addr or ""
    return form.attempt(sessions.prove, current_user, form.current.data, address=address) is not None


def is_active(person: User) -> str | None:
    """Why nothing can be done with a closed account, or None."""
    return None if person.active else "这个账号已经停用。"
