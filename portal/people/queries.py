"""Questions about people."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import joinedload, lazyload, selectinload

from portal import clock, seal
from portal.database import db
from portal.people.models import (
    OFFICES,
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

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

SEEN_EVERY = timedelta(minutes=1)
LOCKED_MINUTES = 15
MOST_TRIES_OF_ACCOUNT = 5
MOST_TRIES_OF_ADDRESS = 30  # an office may share one address

# ── Signing in ─────────────────────────────────────────────────────────────────────────────────────────────


def hash_of(token: str) -> str:
    """What of a session token is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def login_session(token: str) -> LoginSession | None:
    """The living sign-in behind a cookie's token: its user, department, roles, groups, and for whom it stands in."""
    present = User.deputyships.and_(Deputy.starts <= clock.today(), Deputy.ends >= clock.today())
    return (
        db.session.scalars(
            sa.select(LoginSession)
            .join(LoginSession.user)
            .where(LoginSession.token_hash == hash_of(token), LoginSession.seen_at > idle_since(), User.active)
            .options(  # a person has few of each, and every page asks this first
                joinedload(LoginSession.user).options(
                    joinedload(User.department),
                    joinedload(User.grants),
                    joinedload(User.memberships),
                    joinedload(present).joinedload(Deputy.person).joinedload(User.grants),
                )
            )
        )
        .unique()
        .one_or_none()
    )


def sessions_of(user: User) -> Sequence[LoginSession]:
    """A person's living sign-ins, the latest used first."""
    return db.session.scalars(
        sa.select(LoginSession)
        .where(LoginSession.user_id == user.id, LoginSession.seen_at > idle_since())
        .order_by(LoginSession.seen_at.desc())
    ).all()


def idle_since() -> datetime:
    """A sign-in that was last seen before this moment has ended."""
    return clock.now() - timedelta(minutes=current_app.config["PORTAL"].session_idle_minutes)


def is_locked(account: str, address: str) -> bool:
    """Whether there were too many wrong passwords of late, for this account or from this address."""
    recently = FailedTry.at > clock.now() - timedelta(minutes=LOCKED_MINUTES)
    of_account = sa.select(sa.func.count()).where(FailedTry.account == account[:64], recently).scalar_subquery()
    of_address = sa.select(sa.func.count()).where(FailedTry.address == address, recently).scalar_subquery()
    tries = db.session.execute(sa.select(of_account, of_address)).one()
    return tries[0] >= MOST_TRIES_OF_ACCOUNT or (address != "" and tries[1] >= MOST_TRIES_OF_ADDRESS)


def by_username(username: str) -> User | None:
    """The account with this name."""
    return db.session.scalar(sa.select(User).where(User.username == username))


# ── People ─────────────────────────────────────────────────────────────────────────────────────────────────


def person(number: int) -> User | None:
    """One person, with department and roles."""
    return db.session.get(User, number)


def people() -> sa.Select[User]:
    """Everybody with their roles, as the question a list narrows."""
    return sa.select(User).outerjoin(User.department).options(selectinload(User.grants))


def active_people() -> Sequence[User]:
    """Everybody with an active account, by rank of department and person."""
    return db.session.scalars(_by_rank(sa.select(User).where(User.active))).all()


def people_to_choose(kept: Collection[int] = ()) -> Sequence[User]:
    """Everybody active and those with the ids to keep, by rank, without their roles: the rows of a picker."""
    query = sa.select(User).where(sa.or_(User.active, User.id.in_(kept)))
    return db.session.scalars(_by_rank(query).options(lazyload(User.grants))).all()


def people_with(numbers: Collection[int]) -> Sequence[User]:
    """The people with these ids, by rank."""
    return db.session.scalars(_by_rank(sa.select(User).where(User.id.in_(numbers)))).all() if numbers else []


def holders(role: Role) -> Sequence[User]:
    """Everybody active who holds a role, by rank."""
    holding = sa.select(UserRole.user_id).where(UserRole.role == role)
    return db.session.scalars(_by_rank(sa.select(User).where(User.active, User.id.in_(holding)))).all()


def in_charge(role: Role, *, but: User | None = None) -> Sequence[User]:
    """Who is to be told, by rank: everybody active who holds a role, or stands in today for somebody who does.

    `but` knows already: mostly who did it.
    """
    holding = sa.select(UserRole.user_id).where(UserRole.role == role)
    here: sa.ColumnElement[bool] = User.id.in_(holding)
    part = next((part for part, of in OFFICES.items() if of is role), None)
    if part is not None and (deputies := [one.deputy_id for one in present_deputies(part)]):
        here = sa.or_(here, User.id.in_(deputies))
    if but is not None:
        here = sa.and_(here, User.id != but.id)
    return db.session.scalars(_by_rank(sa.select(User).where(User.active, here))).all()


# ── Deputies ───────────────────────────────────────────────────────────────────────────────────────────────


def deputy(number: int) -> Deputy | None:
    """One deputyship with its people."""
    return db.session.scalar(sa.select(Deputy).where(Deputy.id == number).options(*_DEPUTY))


_DEPUTY = tuple(
    joinedload(one).lazyload(User.grants) for one in (Deputy.person, Deputy.deputy, Deputy.named_by)
)


def present_deputies(part: Part) -> list[Deputy]:
    """Who stands in today for whom in some part."""
    return [one for one in _standing(Deputy.starts <= clock.today()) if one.covers(part)]


def deputies_of(user: User) -> Sequence[Deputy]:
    """Who stands in for a person, or will, and for whom this person does; the nearest first."""
    return _standing(sa.or_(Deputy.person_id == user.id, Deputy.deputy_id == user.id))


def deputies() -> Sequence[Deputy]:
    """Everybody who stands in for somebody, or will; the nearest first."""
    return _standing()


def deputies_between(person: User, starts: date, ends: date) -> Sequence[Deputy]:
    """Who stands in for a person on any of these days."""
    return _standing(Deputy.person_id == person.id, Deputy.starts <= ends, Deputy.ends >= starts)


def _standing(*conditions: sa.ColumnElement[bool]) -> Sequence[Deputy]:
    query = sa.select(Deputy).where(Deputy.ended_at.is_(None), Deputy.ends >= clock.today(), *conditions)
    return db.session.scalars(query.order_by(Deputy.starts, Deputy.id).options(*_DEPUTY)).all()


def with_deputies(users: Iterable[User], part: Part) -> list[User]:
    """People, and after them whoever stands in for one of them today: who is to be told of what concerns them."""
    told = {one.id: one for one in users}
    for one in present_deputies(part):
        if one.person_id in told:
            told.setdefault(one.deputy_id, one.deputy)
    return list(told.values())


def named_like(query: sa.Select[User], text: str) -> sa.Select[User]:
    """Those of a list of people whose name, account or post holds a text, or whose name begins so in pinyin."""
    word = text.casefold().replace(" ", "")
    spelt = [(" " + column).contains(" " + word, autoescape=True) for column in (User.pinyin, User.initials)]
    written = [column.contains(text, autoescape=True) for column in (User.name, User.username, User.post)]
    return query.where(sa.or_(*written, *spelt))


def holding(query: sa.Select[User], role: str) -> sa.Select[User]:
    """Those of a list of people who hold a role."""
    return query.where(User.id.in_(sa.select(UserRole.user_id).where(UserRole.role == Role[role])))


def only(query: sa.Select[User], state: str) -> sa.Select[User]:
    """Those of a list of people whose account is open, or closed."""
    return query.where(User.active.is_(state == "active"))


def open_role_requests(user: User | None = None) -> Sequence[RoleRequest]:
    """The guarded roles that wait for a second administrator, of everybody or of one person, oldest first."""
    query = sa.select(RoleRequest).where(RoleRequest.decided_at.is_(None)).order_by(RoleRequest.id)
    if user is not None:
        query = query.where(RoleRequest.user_id == user.id)
    return db.session.scalars(
        query.options(joinedload(RoleRequest.user), joinedload(RoleRequest.asked_by).lazyload(User.grants))
    ).all()


def open_role_request_count() -> int:
    """How many guarded roles wait for a second administrator."""
    return db.session.scalar(sa.select(sa.func.count(RoleRequest.id)).where(RoleRequest.decided_at.is_(None))) or 0


def role_request(number: int) -> RoleRequest | None:
    """One request for a guarded role."""
    return db.session.get(RoleRequest, number)


def groups_of(user: User) -> Sequence[Group]:
    """The groups a person belongs to, by rank."""
    belonging = sa.select(GroupMember.group_id).where(GroupMember.user_id == user.id)
    return db.session.scalars(sa.select(Group).where(Group.id.in_(belonging)).order_by(Group.rank, Group.id)).all()


# ── Departments and groups ─────────────────────────────────────────────────────────────────────────────────


def departments() -> Sequence[Department]:
    """All departments, by rank."""
    return db.session.scalars(sa.select(Department).order_by(Department.rank, Department.id)).all()


def department(number: int) -> Department | None:
    """One department."""
    return db.session.get(Department, number)


def head_counts() -> dict[int, int]:
    """How many active people each department has."""
    rows = db.session.execute(
        sa.select(User.department_id, sa.func.count())
        .where(User.active, User.department_id.is_not(None))
        .group_by(User.department_id)
    )
    return {number: count for number, count in rows if number is not None}


def groups(kind: GroupKind | None = None) -> Sequence[Group]:
    """All groups, or those of a kind, by rank."""
    query = sa.select(Group).order_by(Group.rank, Group.id)
    return db.session.scalars(query.where(Group.kind == kind) if kind else query).all()


def groups_with_leads() -> Sequence[tuple[Group, int]]:
    """All groups by rank, with their leads, each beside the number of its members."""
    size = sa.select(sa.func.count()).where(GroupMember.group_id == Group.id).scalar_subquery()
    rows = db.session.execute(
        sa.select(Group, size).options(joinedload(Group.lead).lazyload(User.grants)).order_by(Group.rank, Group.id)
    )
    return [(group, count) for group, count in rows]


def group(number: int) -> Group | None:
    """One group with its lead."""
    return db.session.get(Group, number)


def members_of(group: Group) -> Sequence[User]:
    """The members of a group, by rank."""
    belonging = sa.select(GroupMember.user_id).where(GroupMember.group_id == group.id)
    return db.session.scalars(_by_rank(sa.select(User).where(User.id.in_(belonging)))).all()


def members_of_unit(unit: Department | Group | None) -> Sequence[User]:
    """The active people of a department or the members of a group, by rank."""
    if isinstance(unit, Group):
        return [one for one in members_of(unit) if one.active]
    number = unit.id if unit else None
    return db.session.scalars(_by_rank(sa.select(User).where(User.active, User.department_id == number))).all()


def member_ids(group: Group) -> frozenset[int]:
    """Who belongs to a group, as ids."""
    return frozenset(db.session.scalars(sa.select(GroupMember.user_id).where(GroupMember.group_id == group.id)))


def _by_rank(query: sa.Select[User]) -> sa.Select[User]:
    return query.outerjoin(User.department).order_by(Department.rank, User.rank, User.id)


# ── Signing keys ───────────────────────────────────────────────────────────────────────────────────────────


def signing_key(user: User, *, lock: bool = False) -> SigningKey | None:
    """The person's current signing key, ready or locked."""
    query = (
        sa.select(SigningKey)
        .where(SigningKey.user_id == user.id, SigningKey.state != KeyState.replaced)
        .order_by(SigningKey.id.desc())
        .limit(1)
    )
    return db.session.scalar(query.with_for_update() if lock else query)


def authority() -> seal.Authority:
    """The portal's own certificate authority, made on first use."""
    config = current_app.config["PORTAL"]
    folder = config.data / "authority"
    return seal.Authority.at(
        folder, tsa=config.tsa, outside=config.trusted_roots, token=config.token,
        status=f"{config.address}/verify/status",
    )  # fmt: skip


def is_issued(serial: str) -> bool:
    """Whether the certificate with this serial is one of a person's signing keys."""
    return db.session.scalar(sa.select(SigningKey.id).where(SigningKey.serial == serial)) is not None


def certificate_of(pem: bytes) -> "Certificate":
    """A certificate as the object whose facts can be read."""
    from cryptography.x509 import load_pem_x509_certificate

    return load_pem_x509_certificate(pem)
