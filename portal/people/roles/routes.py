"""Routes of roles."""

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.errors import Unreadable
from portal.people import rules
from portal.people.blueprint import bp, is_active
from portal.people.departments import queries as departments_queries
from portal.people.deputies import queries as deputies_queries
from portal.people.models.accounts import RoleRequest, User
from portal.people.roles import forms, operations, queries
from portal.web import responses
from portal.web.guards import requires


@bp.post("/people/<model:person>/roles")
@requires(rules.administer, when=(is_active,))
def grant(person: User) -> ResponseReturnValue:
    """授予角色。"""
    form = forms.GrantRole()
    if form.ready() and form.attempt(operations.ask_role, person, form.role.data, by=current_user) is not None:
        role = form.role.data
        said = (
            f"已授予“{role.label}”角色。"
            if role in person.roles
            else f"“{role.label}”角色须由另一位系统管理员确认，已提交。"
        )
        return responses.done(url_for("people.show", person=person), said)
    return responses.show(
        "people/accounts/show.html",
        person=person,
        groups=departments_queries.groups_of(person),
        requests=queries.open_role_requests(person),
        deputies=deputies_queries.deputies_of(person),
        form=form,
    )


@bp.post("/people/<model:person>/roles/end")
@requires(rules.administer)
def withdraw(person: User) -> ResponseReturnValue:
    """收回角色。"""
    form = forms.GrantRole()
    if not form.ready():
        raise Unreadable("没有这个角色，请从页面上的按钮进入。")
    operations.withdraw(person, form.role.data, by=current_user)
    return responses.done(url_for("people.show", person=person), f"已收回“{form.role.data.label}”角色。")


@bp.route("/people/roles")
@requires(rules.administer)
def role_requests() -> ResponseReturnValue:
    """待确认的角色申请。"""
    return responses.show("people/roles/role_requests.html", requests=queries.open_role_requests())


@bp.post("/people/roles/<model:role_request>/grant")
@requires(rules.confirm)
def grant_asked(role_request: RoleRequest) -> ResponseReturnValue:
    """确认授予角色。"""
    operations.grant_asked(role_request, by=current_user)
    return responses.done(url_for("people.role_requests"), f"已授予{role_request}。")


@bp.post("/people/roles/<model:role_request>/refuse")
@requires(rules.administer)
def refuse_asked(role_request: RoleRequest) -> ResponseReturnValue:
    """不授予申请的角色。"""
    operations.refuse_asked(role_request, by=current_user)
    return responses.done(url_for("people.role_requests"), f"没有授予{role_request}。")
