"""Deeds about people: signing in and out, accounts, roles, departments, groups, signing keys."""

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from portal import clock, journal, pinyin, register, seal, store
from portal.database import add, claim, db
from portal.errors import Refused
from portal.people import queries
from portal.people.models import (
    GUARDED_ROLES,
    OFFICES,
    OWN_TO_GIVE,
    Department,
    Deputy,
    FailedTry,
    Group,
    GroupKind,
    GroupMember,
    KeyState,
    LoginSession,
    Part,
    Role,
    RoleRequest,
    SigningKey,
    User,
    UserRole,
)
from portal.request_end import afterwards

if TYPE_CHECKING:
    from argon2 import PasswordHasher

    from portal import paper

Opened = TypeVar("Opened")

# Without letters and digits that are easily mistaken for each other when a slip of paper is read.
LEGIBLE = "abcdefghjkmnpqrstuvwxyz23456789"
MOST_PIN_TRIES = 5
WRONG = "账号或密码不正确，请重新输入。"


class TooManyTries(Refused):
    """Locked for a while after too many wrong passwords."""

    status = 429


class WrongSecret(Refused):
    """A wrong password or signing PIN."""

    status = 422


# ── Signing in and out ─────────────────────────────────────────────────────────────────────────────────────


def sign_in(username: str, password: str, *, address: str, agent: str = "") -> tuple[User, str]:
    """Begin a sign-in by password; returns the person and the token for the cookie."""
    account = username.strip().casefold()
    _ask_for_patience(account, address)
    user = queries.by_username(account)
    if not _is_right(user, password) or user is None or not user.active:
        _note_failed_try(account, address)
        journal.record_afterwards(None, "people.sign_in", user or "不存在的账号", "登录失败", refused=True, why=WRONG)
        raise WrongSecret(WRONG)
    db.session.execute(sa.delete(FailedTry).where(FailedTry.account == account))
    return user, open_session(user, address=address, agent=agent)


def open_session(user: User, *, address: str = "", agent: str = "") -> str:
    """Begin a sign-in; returns the token for the cookie, which is stored only as its hash."""
    token = _new_session(user, address, agent)
    journal.record(user, "people.sign_in", user, "登录")
    return token


def close_session(token: str, *, by: User) -> None:
    """End one sign-in."""
    db.session.execute(sa.delete(LoginSession).where(LoginSession.token_hash == queries.hash_of(token)))
    journal.record(by, "people.sign_out", by, "退出")


def close_other_sessions(user: User, *, keep: str, by: User) -> User:
    """End every sign-in of a person but the one with the token `keep`."""
    _end_sessions(user, keep=keep)
    journal.record(by, "people.close_other_sessions", user, "退出其他设备")
    return user


def prove(user: User, password: str, *, address: str) -> User:
    """Ask for the account's password again before something weighty."""
    _ask_for_patience(user.username, address)
    if not _is_right(user, password):
        _note_failed_try(user.username, address)
        journal.record_afterwards(user, "people.prove", user, "密码错误", refused=True, why=WRONG)
        raise WrongSecret("当前密码不正确，请重新输入。")
    return user


def change_password(user: User, password: str, *, address: str = "", agent: str = "") -> str:
    """Set one's own new password; every sign-in ends, and the token of a fresh one is returned."""
    if _is_right(user, password):
        raise Refused("新密码不能与当前密码相同，请换一个。")
    set_password(user, password, by=user)
    return _new_session(user, address, agent)


def set_password(user: User, password: str, *, by: User | None, label: str = "修改密码") -> User:
    """Set a password for good; every sign-in of the person ends."""
    if user.username in password.casefold():
        raise Refused("密码中不能包含账号，请换一个。")
    user.password_hash = _hasher().hash(password)
    user.must_change_password = False
    _end_sessions(user)
    journal.record(by, "people.set_password", user, label)
    db.session.flush()
    return user


def reset_password(user: User, *, by: User | None) -> str:
    """Give a person a password for the next sign-in only; it is returned once and stored nowhere."""
    password = _fresh_password()
    set_password(user, password, by=by, label="重置密码")
    user.must_change_password = True
    db.session.execute(sa.delete(FailedTry).where(FailedTry.account == user.username))
    return password


def _new_session(user: User, address: str, agent: str) -> str:
    token = secrets.token_urlsafe(32)
    moment = clock.now()
    add(
        LoginSession(
            token_hash=queries.hash_of(token), user_id=user.id, created_at=moment, seen_at=moment,
            address=address, agent=agent[:200],
        )
    )  # fmt: skip
    return token


def _end_sessions(user: User, *, keep: str = "") -> None:
    kept = queries.hash_of(keep) if keep else ""
    db.session.execute(sa.delete(LoginSession).where(LoginSession.user_id == user.id, LoginSession.token_hash != kept))


def _ask_for_patience(account: str, address: str) -> None:
    if queries.is_locked(account, address):
        raise TooManyTries(f"尝试次数太多，请在 {queries.LOCKED_MINUTES} 分钟后再试；忘记密码请联系系统管理员。")


def _note_failed_try(account: str, address: str) -> None:
    moment = clock.now()

    def write(session: Session) -> None:
        session.add(FailedTry(account=account[:64], address=address, at=moment))

    afterwards(write)


def _is_right(user: User | None, password: str) -> bool:
    """Compare a password; somebody without an account takes as long as somebody with one."""
    from argon2.exceptions import InvalidHashError, VerificationError

    stand_in = _hash_of_nobody()
    try:
        return _hasher().verify((user.password_hash if user else "") or stand_in, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _hash_of_nobody() -> str:
    return _hasher().hash(secrets.token_bytes(16))


def _fresh_password() -> str:
    return "-".join("".join(secrets.choice(LEGIBLE) for _ in range(4)) for _ in range(3))


# ── Accounts ───────────────────────────────────────────────────────────────────────────────────────────────


def add_user(  # noqa: PLR0913 - a person has this many facts
    username: str,
    name: str,
    department: Department | None,
    post: str = "",
    rank: int = 0,
    phone: str = "",
    email: str = "",
    roles: Iterable[Role] = (),
    password: str | None = None,
    *,
    by: User | None,
) -> tuple[User, str]:
    """Add a person; without a password one is made that must be changed at the first sign-in. Returns both.

    With an empty password nobody gets in by this account until an administrator gives it one.
    """
    username, roles = username.strip().casefold(), list(dict.fromkeys(roles))
    if queries.by_username(username):
        raise Refused(f"账号“{username}”已经有人使用，请换一个。")
    _keep_apart(frozenset(roles))
    full, initials = pinyin.spell(name)
    secret = _fresh_password() if password is None else password
    user: User = add(
        User(
            username=username, name=name, pinyin=full, initials=initials, department=department, post=post, rank=rank,
            phone=phone, email=email, password_hash=_hasher().hash(secret) if secret else "",
            must_change_password=password is None, active=True,
            grants=[UserRole(role=role) for role in roles], memberships=[],
        )
    )  # fmt: skip
    journal.record(by, "people.add_user", user, "添加人员", username=username, roles=[role.value for role in roles])
    return user, secret


def edit_user(
    user: User,
    seen: int | None,
    *,
    name: str,
    department: Department | None,
    post: str,
    rank: int,
    phone: str,
    email: str,
    by: User,
) -> User:
    """Change what is known of a person."""
    claim(user, seen)
    user.name, user.department, user.post, user.rank = name, department, post, rank
    user.phone, user.email = phone, email
    user.pinyin, user.initials = pinyin.spell(name)
    journal.record(by, "people.edit_user", user, "修改人员")
    db.session.flush()
    return user


def disable(user: User, *, by: User) -> User:
    """Close an account; its sign-ins end at once."""
    if not user.active:
        raise Refused("这个账号已经停用。")
    _keep_one_administrator(user)
    user.active = False
    _end_sessions(user)
    journal.record(by, "people.disable", user, "停用账号")
    db.session.flush()
    return user


def enable(user: User, *, by: User) -> User:
    """Open a closed account again."""
    if user.active:
        raise Refused("这个账号没有停用。")
    user.active = True
    journal.record(by, "people.enable", user, "启用账号")
    db.session.flush()
    return user


def first_administrator() -> tuple[User, str] | None:
    """Make the first administrator, with a password for the first sign-in; None where there is one."""
    if queries.holders(Role.administrator):
        return None
    username = next(name for name in _admin_names() if queries.by_username(name) is None)
    return add_user(username, "系统管理员", None, roles=[Role.administrator], by=None)


def _admin_names() -> Iterable[str]:
    yield "admin"
    for number in range(2, 1000):
        yield f"admin{number}"


# ── Deputies ───────────────────────────────────────────────────────────────────────────────────────────────

LONGEST_DEPUTYSHIP = timedelta(days=366)
KEPT_APART = frozenset({Role.administrator, Role.auditor})


def parts_of(person: User) -> list[Part]:
    """What a deputy can stand in for with this person: the offices held, and the parts anybody can have."""
    return [part for part in Part if part not in OFFICES or OFFICES[part] in person.roles]


def name_deputy(
    person: User, deputy: User, *, starts: date, ends: date, parts: Iterable[Part], reason: str = "", by: User
) -> Deputy:
    """委托代办：从某日到某日，由另一人代行若干职责；代办的每件事都注明“代”。"""
    chosen = [part for part in parts_of(person) if part in set(parts)]
    if obstacle := _cannot_stand_in(person, deputy, starts, ends, chosen, by):
        raise Refused(obstacle)
    made: Deputy = add(
        Deputy(
            person=person, deputy=deputy, starts=starts, ends=ends, parts=[part.value for part in chosen],
            reason=reason, named_by=by, named_at=clock.now(),
        )
    )  # fmt: skip
    journal.record(
        by, "people.name_deputy", made, "委托代办", why=reason, parts=made.parts, person=person.id, deputy=deputy.id,
        starts=starts.isoformat(), ends=ends.isoformat(),
    )  # fmt: skip
    return made


def _cannot_stand_in(
    person: User, deputy: User, starts: date, ends: date, parts: list[Part], by: User
) -> str | None:
    """Why somebody cannot stand in for somebody, or None."""
    if deputy.id == person.id:
        return "代办人不能是本人，请选择另一位。"
    if deputy.id == by.id:
        return "不能委托给自己；请由本人或另一位工作人员办理。"
    if not deputy.active or not deputy.roles - KEPT_APART:
        return f"{deputy.name}不参与办理工作，不能代办，请选择另一位。"
    if not parts:
        return "请至少选择一项代行的职责。"
    if person.id != by.id and (own := [part.label for part in parts if part in OWN_TO_GIVE]):
        return f"“{'、'.join(own)}”只能由本人委托。"
    return _wrong_days(starts, ends) or _taken_days(person, starts, ends, parts)


def _wrong_days(starts: date, ends: date) -> str | None:
    if starts < clock.today():
        return "开始日期不能早于今天。"
    if ends < starts:
        return "结束日期不能早于开始日期。"
    return "一次委托不能超过一年。" if ends - starts > LONGEST_DEPUTYSHIP else None


def _taken_days(person: User, starts: date, ends: date, parts: list[Part]) -> str | None:
    for other in queries.deputies_between(person, starts, ends):
        if twice := [part.label for part in parts if other.covers(part)]:
            return f"这段时间已由{other.deputy.name}代行“{'、'.join(twice)}”，请先结束那项代办。"
    return None


def end_deputy(deputy: Deputy, *, by: User) -> Deputy:
    """结束代办。"""
    if deputy.is_over:
        raise Refused("这项代办已经结束。")
    deputy.ended_at = clock.now()
    db.session.flush()
    journal.record(by, "people.end_deputy", deputy, "结束代办", person=deputy.person_id, deputy=deputy.deputy_id)
    return deputy


# ── Roles ──────────────────────────────────────────────────────────────────────────────────────────────────


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
    _end_sessions(user)
    journal.record(by, "people.grant", user, f"授予“{role.label}”角色", role=role.value)
    db.session.flush()
    return user


def withdraw(user: User, role: Role, *, by: User) -> User:
    """Take a role away; the person's sign-ins end at once."""
    held = next((one for one in user.grants if one.role is role), None)
    if held is None:
        raise Refused(f"{user.name}没有“{role.label}”角色。")
    if role is Role.administrator:
        _keep_one_administrator(user)
    user.grants.remove(held)
    _end_sessions(user)
    journal.record(by, "people.withdraw", user, f"收回“{role.label}”角色", role=role.value)
    db.session.flush()
    return user


def grant_asked(request: RoleRequest, *, by: User) -> RoleRequest:
    """Grant a guarded role that another administrator asked for."""
    _decide(request, by, granted=True)
    _check_grant(request.user, request.role)
    request.user.grants.append(UserRole(role=request.role))
    _end_sessions(request.user)
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
    _keep_apart(user.roles | {role})


def _keep_apart(roles: frozenset[Role]) -> None:
    if {Role.administrator, Role.auditor} <= roles:
        raise Refused("审计员和系统管理员不能由同一个人担任。")


def _keep_one_administrator(user: User) -> None:
    # Locked, so that two administrators who disable each other at once do not both succeed.
    db.session.execute(sa.select(UserRole).where(UserRole.role == Role.administrator).with_for_update())
    if [one.id for one in queries.holders(Role.administrator)] == [user.id]:
        raise Refused("这是唯一的系统管理员，请先授予另一个人系统管理员角色。")


# ── Departments and groups ─────────────────────────────────────────────────────────────────────────────────


def add_department(name: str, short: str, rank: int | None = None, *, by: User | None) -> Department:
    """Add a department, as the last in rank unless said otherwise."""
    _refuse_same_name(Department, name)
    place = rank if rank is not None else _last_rank(Department) + 1
    department: Department = add(Department(name=name, short=short, rank=place))
    journal.record(by, "people.add_department", department, "添加部门")
    return department


def edit_department(department: Department, seen: int | None, *, name: str, short: str, by: User) -> Department:
    """Rename a department."""
    claim(department, seen)
    _refuse_same_name(Department, name, but=department)
    department.name, department.short = name, short
    journal.record(by, "people.edit_department", department, "修改部门")
    db.session.flush()
    return department


def order_departments(ids: Sequence[int], *, by: User) -> Sequence[Department]:
    """Set the rank of the departments; one that is not named keeps its place behind the others."""
    departments = queries.departments()
    wanted = {number: place for place, number in enumerate(dict.fromkeys(ids))}
    ordered = sorted(departments, key=lambda one: wanted.get(one.id, len(wanted)))
    if [one.id for one in ordered] == [one.id for one in departments]:
        return departments
    for rank, department in enumerate(ordered, 1):
        department.rank = rank
    journal.record(by, "people.order_departments", "部门", "调整部门排序")
    db.session.flush()
    return ordered


def move_department(department: Department, step: int, *, by: User) -> Sequence[Department]:
    """Move a department some places down, or up where the step is negative."""
    ids = [one.id for one in queries.departments()]
    place = ids.index(department.id)
    ids.insert(max(0, place + step), ids.pop(place))
    return order_departments(ids, by=by)


def add_group(
    kind: GroupKind,
    name: str,
    about: str = "",
    rank: int | None = None,
    lead: User | None = None,
    members: Iterable[User] = (),
    *,
    by: User | None,
) -> Group:
    """Add a group with its members; its lead is a member too."""
    _refuse_same_name(Group, name)
    place = rank if rank is not None else _last_rank(Group) + 1
    group: Group = add(Group(kind=kind, name=name, about=about, rank=place, lead=lead, members=[]))
    _set_members(group, members)
    journal.record(by, "people.add_group", group, "添加小组")
    db.session.flush()
    return group


def edit_group(
    group: Group,
    seen: int | None,
    *,
    kind: GroupKind,
    name: str,
    about: str,
    rank: int,
    lead: User | None,
    members: Iterable[User],
    by: User,
) -> Group:
    """Change a group and who belongs to it."""
    claim(group, seen)
    _refuse_same_name(Group, name, but=group)
    group.kind, group.name, group.about, group.rank, group.lead = kind, name, about, rank, lead
    before = {one.user_id for one in group.members}
    _set_members(group, members)
    after = {one.user_id for one in group.members}
    journal.record(
        by, "people.edit_group", group, "修改小组", added=sorted(after - before), removed=sorted(before - after)
    )
    db.session.flush()
    return group


def _set_members(group: Group, members: Iterable[User]) -> None:
    wanted = {user.id: user for user in [*members, *([group.lead] if group.lead else [])]}
    for one in [one for one in group.members if one.user_id not in wanted]:
        group.members.remove(one)
    there = {one.user_id for one in group.members}
    group.members.extend(GroupMember(user_id=user.id, user=user) for user in wanted.values() if user.id not in there)
    db.session.flush()


def _refuse_same_name(kind: type[Department] | type[Group], name: str, but: Department | Group | None = None) -> None:
    other = db.session.scalar(sa.select(kind.id).where(kind.name == name))
    if other is not None and other != (but.id if but else None):
        raise Refused(f"“{name}”已经存在，请换一个名称。")


def _last_rank(kind: type[Department] | type[Group]) -> int:
    return db.session.scalar(sa.select(sa.func.max(kind.rank))) or 0


# ── Signing keys ───────────────────────────────────────────────────────────────────────────────────────────


def make_key(user: User, pin: str, *, by: User) -> SigningKey:
    """Make a person's signing key under their PIN; an older one is withdrawn, what it signed stays good."""
    authority, moment = queries.authority(), clock.now()
    older = queries.signing_key(user)
    made = authority.issue_person(user.name, user.username, pin, not_before=moment)
    if older is not None:
        older.state = KeyState.replaced
        authority.revoke(older.serial, at=moment)
    certificate = queries.certificate_of(made.certificate_pem)
    key: SigningKey = add(
        SigningKey(
            user_id=user.id, p12=made.p12, certificate=made.certificate_pem.decode("ascii"),
            serial=made.serial, not_before=certificate.not_valid_before_utc, not_after=certificate.not_valid_after_utc,
            made_at=moment, tries=0, state=KeyState.ready,
        )
    )  # fmt: skip
    journal.record(by, "people.make_key", key, "设置签名", serial=key.serial)
    return key


def change_pin(user: User, old: str, new: str, *, by: User) -> SigningKey:
    """Put the signing key under a new PIN."""
    key = _usable_key(user)
    key.p12 = _with_pin(key, user, key, lambda: seal.change_pin(key.p12, old, new))
    key.tries = 0
    journal.record(by, "people.change_pin", key, "修改签名口令")
    db.session.flush()
    return key


_pen = Lock()


@dataclass(frozen=True, kw_only=True)
class Writing:
    """What one signature says: in which field, as what, in whose name, and on a 审签单 which opinion."""

    field: str
    role: str
    name: str
    instead: str = ""  # whom a deputy signs for
    said: "paper.Said | None" = None

    @property
    def words(self) -> str:
        """张三, or 张三（代李四）."""
        return f"{self.name}（代{self.instead}）" if self.instead else self.name

    @property
    def reason(self) -> str:
        """What the signature itself carries: the role, whom it stands for, the opinion."""
        instead = f"（代{self.instead}）" if self.instead else ""
        return f"{self.role}{instead}{f'，{self.said.reason}' if self.said else ''}"

    def mark(self, at: datetime) -> bytes | None:
        """What is seen of it on the page, if anything."""
        from portal import paper

        if self.said:
            return paper.opinion(self.said, self.words, at)
        if not self.field.startswith(register.SHOWN):
            return None
        return paper.seal(self.name) if self.role == register.SEAL else paper.stamp(self.words, self.role, at)


@dataclass(frozen=True, kw_only=True)
class Stroke(Writing):
    """One signature that is about to be made, with the key."""

    signer: seal.Signer

    @property
    def serial(self) -> str:
        """The certificate's number, as the register keeps it."""
        return f"{self.signer.certificate.serial_number:x}"


@dataclass(frozen=True)
class Signed:
    """What was signed: the file it began with, each signature's file, the archive timestamp once all have signed."""

    base: str
    strokes: Sequence[tuple[Stroke, bytes]]
    proof: seal.Proof | None


@dataclass(frozen=True)
class Signing:
    """All that is needed to sign a paper, read beforehand: signing takes a while and asks the database nothing."""

    base: str  # SHA-256 of the bytes that were read
    pdf: bytes
    strokes: Sequence[Stroke]
    completes: bool
    authority: seal.Authority
    at: datetime

    def made(self) -> Signed:
        """Sign; half a second that nobody else should have to wait for.

        One after the other: those who sign at once would only slow down whoever holds the database meanwhile.
        """
        with _pen:
            return self._written()

    def _written(self) -> Signed:
        pdf, done = self.pdf, []
        try:
            for one in self.strokes:
                pdf = seal.sign(
                    pdf, one.signer, authority=self.authority, field=one.field, name=one.name, at=self.at,
                    reason=one.reason, appearance=one.mark(self.at),
                )  # fmt: skip
                done.append((one, pdf))
            return Signed(self.base, done, seal.prove(pdf, self.authority, at=self.at) if self.completes else None)
        except seal.CannotSign as error:
            raise Refused(str(error)) from error


def rehearse() -> None:
    """Sign a page of nothing with the key of nobody: who signs first after a start waits for no library and no font."""
    from portal import paper

    moment, pin = clock.now(), secrets.token_hex()
    with TemporaryDirectory() as folder:
        authority = seal.Authority.at(Path(folder))
        signer = seal.open_key(authority.issue_person("预备", "nobody", pin, not_before=moment).p12, pin)
        opinion = paper.opinion(paper.Said("同意", "同意。", "SHA-256", paper.SIGN_BOX), "预备", moment)
        pdf = seal.prepare_fields(opinion, [seal.Field("signatory")])
        stroke = Stroke(field="signatory", role="", name="预备", signer=signer)
        Signing("", pdf, [stroke], True, authority, moment).made()


def begin_signing(document: register.Document, *, pin: str, by: User) -> Signing:
    """Open the key of the one whose turn it is, or of that person's deputy; what comes of it goes to `keep_signed`.

    Where this is the last person, the office's seal follows if one is asked for, and the archive timestamp.
    """
    [signing] = begin_signings([(document, None)], pin=pin, by=by)
    return signing


def begin_signings(
    papers: Sequence[tuple[register.Document, "paper.Said | None"]], *, pin: str, by: User
) -> list[Signing]:
    """The same for papers that are signed in one act, with what is said on each; the PIN opens the key once."""
    turns = [_turn_of(document, by) for document, _ in papers]
    key = _usable_key(by)
    signer = _with_pin(key, by, papers[0][0], lambda: seal.open_key(key.p12, pin))
    return [
        _signing(document, turn, Stroke(**_writing(turn, by, said), signer=signer))
        for (document, said), turn in zip(papers, turns, strict=True)
    ]


def _writing(turn: register.Signature, by: User, said: "paper.Said | None") -> dict[str, Any]:
    """The facts of a `Writing` by whoever signs at somebody's turn."""
    instead = "" if by.id == turn.user_id else turn.name
    return {"field": turn.field, "role": turn.role, "name": by.name, "instead": instead, "said": said}


def _signing(document: register.Document, turn: register.Signature, stroke: Stroke) -> Signing:
    strokes = [stroke, *_seals_after(document, turn)]
    return Signing(
        document.file.sha256, store.read(document.file), strokes, _completes(document, strokes), queries.authority(),
        clock.now(),
    )  # fmt: skip


def _seals_after(document: register.Document, turn: register.Signature) -> list[Stroke]:
    """The office's seal, where it stands right after the last person's signature."""
    after = [one for one in document.signatures if one.position > turn.position]
    if len(after) != 1 or after[0].role != register.SEAL:
        return []
    stamp = queries.authority().office_seal(after[0].name)
    return [Stroke(field=after[0].field, role=register.SEAL, name=after[0].name, signer=stamp)]


def _completes(document: register.Document, strokes: Sequence[Stroke]) -> bool:
    made = {one.field for one in document.signatures if one.state is register.SignatureState.made}
    return {one.field for one in document.signatures} == made | {one.field for one in strokes}


def keep_signed(document: register.Document, signed: Signed, *, by: User) -> None:
    """Enter what was signed in the register, unless the paper has changed meanwhile; the deed leaves the entry."""
    if document.file.sha256 != signed.base:
        raise Refused("您签名的时候，这份文件有了变动，没有签上。请刷新页面查看后再签。")
    _turn_of(document, by)
    _usable_key(by).tries = 0
    _enter(document, signed, by)


def _enter(document: register.Document, signed: Signed, by: User) -> None:
    for stroke, pdf in signed.strokes:
        turn = document.next_signature
        if turn is None or turn.field != stroke.field:
            raise Refused("还没有轮到这一位签名，请等前一位签完。")
        register.replace(document, pdf, turn, stroke.serial, by=by, name=stroke.name)
    if signed.proof is not None:
        register.prove(document, signed.proof.pdf, signed.proof.until, by=by)


def sign_paper(document: register.Document, *, pin: str, by: User) -> None:
    """Sign a registered paper all in one, where nobody else waits."""
    keep_signed(document, begin_signing(document, pin=pin, by=by).made(), by=by)


def _turn_of(document: register.Document, by: User) -> register.Signature:
    signature = document.next_signature
    if signature is None:
        raise Refused("这份文件的签名已经全部完成。")
    if not by.acts_for(signature.user_id, Part.review if signature.role == register.REVIEWER else Part.sign):
        raise Refused(f"现在轮到{signature.name}签名，还没有轮到您。")
    return signature


def make_hole(document: register.Document, *, by: User, said: "paper.Said | None" = None) -> None:
    """Make a paper ready to be signed by an outside platform; the place stays open until its signature comes back."""
    signature, at = _turn_of(document, by), clock.now()
    writing = Writing(**_writing(signature, by, said))
    try:
        pdf = seal.make_hole(
            store.read(document.file), field=signature.field, name=by.name, reason=writing.reason, at=at,
            appearance=writing.mark(at),
        )  # fmt: skip
    except seal.CannotSign as error:
        raise Refused(str(error)) from error
    name = f"{document.title}（待签）.pdf"
    signature.prepared = store.put(pdf, name=name, media_type="application/pdf", by=by)
    db.session.flush()


def hole_of(document: register.Document) -> seal.Hole | None:
    """What an outside platform is to sign, where the paper has been made ready for it and is still the same."""
    turn = document.next_signature
    if turn is None or turn.prepared is None:
        return None
    pdf = store.read(turn.prepared)
    return seal.hole_in(pdf) if pdf.startswith(store.read(document.file)) else None


def sign_paper_outside(document: register.Document, cms: bytes, *, by: User) -> None:
    """Put in the signature an outside platform has made, once it is checked and is the signer's own."""
    signature, hole = _turn_of(document, by), hole_of(document)
    if hole is None:
        raise Refused("待签数据不在了，或文件已经变动，请重新准备待签数据。")
    try:
        filled = seal.fill(hole, cms, queries.authority(), at=clock.now())
        if filled.name != by.name:
            raise Refused(f"签名证书上的姓名是“{filled.name}”，与您的姓名不一致，没有嵌入。")
        after = _seals_after(document, signature)
        register.replace(document, filled.pdf, signature, filled.serial, by=by, name=by.name)
    except seal.CannotSign as error:
        raise Refused(str(error)) from error
    rest = Signing(
        document.file.sha256, filled.pdf, after, _completes(document, after), queries.authority(), clock.now()
    ).made()
    _enter(document, rest, by)


def _usable_key(user: User) -> SigningKey:
    key = queries.signing_key(user, lock=True)
    if key is None:
        raise Refused("您还没有设置签名。请先打开“我的账号”，在“我的签名”中设置签名口令。")
    if key.state is KeyState.locked:
        raise Refused("签名口令连续输错，签名已锁定。请在“我的账号”中重新设置签名。")
    if key.not_after <= clock.now():
        raise Refused("您的签名证书已到期。请在“我的账号”中重新设置签名。")
    return key


def _with_pin(key: SigningKey, user: User, thing: object, opening: Callable[[], Opened]) -> Opened:
    """Do what needs the PIN; a wrong one is counted apart from this transaction, and the last one locks the key."""
    try:
        return opening()
    except seal.WrongPin:
        left = MOST_PIN_TRIES - key.tries - 1
        afterwards(_count_pin_try(key.id))
        journal.record_afterwards(user, "people.try_pin", thing, "签名口令错误", refused=True, why="签名口令不正确。")
        locked = "签名口令连续输错，签名已锁定。请在“我的账号”中重新设置签名。"
        raise WrongSecret(f"签名口令不正确，还可以再试 {left} 次。" if left > 0 else locked) from None


def _count_pin_try(number: int) -> Callable[[Session], None]:
    def write(session: Session) -> None:
        key = session.get(SigningKey, number, with_for_update=True)
        if key is not None:
            key.tries += 1
            if key.tries >= MOST_PIN_TRIES:
                key.state = KeyState.locked

    return write
