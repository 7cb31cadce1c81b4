"""Roles: granting and withdrawing them, guarded ones by two administrators."""

import sqlalchemy as sa

from portal.db import clock, journal
from portal.db.engine import add, db
from portal.errors import Refused
from portal.people.models.accounts import RoleRequest, User, UserRole
from portal.people.models.roles import GUARDED_ROLES, Role
from portal.people.roles import queries
from portal.people.sessions.operations import end_sessions


def ask_role(user: User, role: Role, *, by: User) -> User:
    """Grant a role, or ask a second administrator to where the role is guarded and there are two."""
    _check_grant(user, role)
    if role not in GUARDED_ROLES or len(queries.holders(Role.administrator)) < 2:
        return grant(user, role, by=by)
    if any(one.role is role for one in queries.open_role_requests(user)):
        raise Refused(f"“{role.label}”角色已经申请，正等待另一位管理员确认。")
    request = add(RoleRequest(user=user, role=role, asked_by_id=by.id, asked_at=clock.now()))
    journal.record(by, "people.ask_role", request, "申请授予角色", role=role.value)
    return user


def grant(user: User, role: Role, *, by: User | None) -> User:
    """Grant a role at once; the person's sign-ins end so that it counts from the next one."""
    _check_grant(user, role)
    user.grants.append(UserRole(role=role))
    end_sessions(user)
    journal.record(by, "people.grant", user, f"授予“{role.label}”角色", role=role.value)
    db.session.flush()
    return user


def withdraw(user: User, role: Role, *, by: User) -> User:
    """Take a role away; the person's sign-ins end at once."""
    held = next((one for one in user.grants if one.role is role), None)
    if held is None:
        raise Refused(f"{user.name}没有“{role.label}”角色。")
    if role is Role.administrator:
        keep_one_administrator(user)
    user.grants.remove(held)
    end_sessions(user)
    journal.record(by, "people.withdraw", user, f"收回“{role.label}”角色", role=role.value)
    db.session.flush()
    return user


def grant_asked(request: RoleRequest, *, by: User) -> RoleRequest:
    """Grant a guarded role that another administrator asked for."""
    _decide(request, by, granted=True)
    _check_grant(request.user, request.role)
    request.user.grants.append(UserRole(role=request.role))
    end_sessions(request.user)
    journal.record(by, "people.grant_asked", request.user, f"授予“{request.role.label}”角色", role=request.role.value)
    db.session.flush()
    return request


def refuse_asked(request: RoleRequest, *, by: User) -> RoleRequest:
    """Refuse a guarded role that an administrator asked for, or take the own request back."""
    _decide(request, by, granted=False)
    label = f"不授予“{request.role.label}”角色"
    journal.record(by, "people.refuse_asked", request.user, label, role=request.role.value)
    db.session.flush()
    return request


def _decide(request: RoleRequest, by: User, *, granted: bool) -> None:
    if granted and request.asked_by_id == by.id:
        raise Refused("自己提出的申请须由另一位系统管理员确认。")
    # The write itself asks whether the request is still open: of two who decide at once only one does.
    decided = db.session.execute(
        sa.update(RoleRequest)
        .where(RoleRequest.id == request.id, RoleRequest.decided_at.is_(None))
        .values(granted=granted, decided_by_id=by.id, decided_at=clock.now())
    )
    if not decided.rowcount:  # type: ignore[attr-defined]
        raise Refused("这项申请已经办理，请刷新页面。")


def _check_grant(user: User, role: Role) -> None:
    if not user.active:
        raise Refused(f"{user.name}的账号已停用，请先启用。")
    if role in user.roles:
        raise Refused(f"{user.name}已经有“{role.label}”角色。")
    keep_apart(user.roles | {role})


def keep_apart(roles: frozenset[Role]) -> None:
    """Refuse roles that nobody may hold together."""
    if {Role.administrator, Role.auditor} <= roles:
        raise Refused("审计员和系统管理员不能由同一个人担任。")


def keep_one_administrator(user: User) -> None:
    """Refuse to take the portal's only administrator away."""
    # Locked, so that two administrators who disable each other at once do not both succeed.
    db.session.execute(sa.select(UserRole).where(UserRole.role == Role.administrator).with_for_update())
    if [one.id for one in queries.holders(Role.administrator)] == [user.id]:
        raise Refused("这是唯一的系统管理员，请先授予另一个人系统管理员角色。")
