"""Who and what there is in the example world before its year begins."""

import secrets
from dataclasses import dataclass, field
from datetime import time

from portal.courses.models.programmes import PolicyField
from portal.courses.programme import operations as courses
from portal.demo.texts import ABOUT_REVIEW, facts
from portal.enterprises.models.enterprises import ClientKind, Enterprise
from portal.enterprises.register import operations as enterprises
from portal.meetings.models.series import ItemKind, MeetingSeries, Recurrence
from portal.meetings.series import operations as meetings
from portal.people.accounts import operations as accounts_operations
from portal.people.departments import operations as departments_operations
from portal.people.keys import operations as keys_operations
from portal.people.models.accounts import User
from portal.people.models.departments import Department
from portal.people.models.groups import Group, GroupKind
from portal.people.models.roles import Role

LEGIBLE = "abcdefghjkmnpqrstuvwxyz23456789"
# Who signs something; the others need no key.
SIGNING = ("chair", "signatory", "reviewer", "recorder", "leader")
OFFICE = "专班办公室"
WITHOUT_OFFICERS = ("市领导", OFFICE, "市督查局", "市档案馆")
MONDAY = 0
HEADING = "首席服务官周例会纪要"


class Keys:
    """The passwords of the accounts and the PINs of those who sign, made up before anything is loaded."""

    def __init__(self, password: str | None = None) -> None:
        self.passwords = {one[0]: password or _word(10) for one in facts()["accounts"]}
        self.pins = {username: _digits(6) for username in SIGNING}

    def listed(self) -> list[dict[str, str]]:
        """Who can sign in, in the order of the list: role, account, password, name, and the PIN of whoever signs."""
        return [
            {"role": username, "username": username, "password": self.passwords[username], "name": name}
            | ({"pin": self.pins[username]} if username in self.pins else {})
            for username, name, *_ in facts()["accounts"]
        ]


@dataclass
class World:
    """The people by their accounts, the departments by their short names, and what else is there."""

    pins: dict[str, str]
    departments: dict[str, Department] = field(default_factory=dict)
    accounts: dict[str, User] = field(default_factory=dict)
    officers: list[User] = field(default_factory=list)
    groups: dict[str, Group] = field(default_factory=dict)
    task_force: MeetingSeries = field(init=False)
    teams: list[MeetingSeries] = field(default_factory=list)
    clients: dict[str, Enterprise] = field(default_factory=dict)
    fields: dict[str, PolicyField] = field(default_factory=dict)

    def __getattr__(self, name: str) -> User:
        """`world.secretary`: the person behind an account."""
        try:
            return self.__dict__["accounts"][name]
        except KeyError:
            raise AttributeError(name) from None

    def of_department(self, short: str) -> list[User]:
        """The officers of a department, in rank."""
        return [one for one in self.officers if one.department and one.department.short == short]


def build(keys: Keys) -> World:
    """Enter departments, people, keys, groups, enterprises, policy fields and series; the rest is up to the year."""
    world = World(keys.pins)
    _add_people(world, keys)
    _add_groups(world)
    _add_enterprises(world)
    for rank, name in enumerate(facts()["course_fields"], 1):
        world.fields[name] = courses.add_field(name, rank, by=world.secretary)
    _add_series(world)
    return world


def _add_people(world: World, keys: Keys) -> None:
    for rank, (name, short) in enumerate(facts()["departments"], 1):
        world.departments[short] = departments_operations.add_department(name, short, rank, by=None)
    accounts = facts()["accounts"]
    # the administrator comes first and enters everybody else
    for username, name, short, post, roles in sorted(accounts, key=lambda one: one[0] != "administrator"):
        user, _ = accounts_operations.add_user(
            username, name, world.departments[short], post, rank=1, roles=[Role[role] for role in roles],
            password=keys.passwords[username], by=world.accounts.get("administrator"),
        )  # fmt: skip
        world.accounts[username] = user
    world.officers = [world.accounts[one[0]] for one in accounts if "officer" in one[4]]
    shorts = [short for short in world.departments if short not in WITHOUT_OFFICERS]
    posts = facts()["posts"]
    for number, name in enumerate(facts()["officers"].split()):
        turn = number // len(shorts)
        user, _ = accounts_operations.add_user(
            f"officer{number + 1:02d}", name, world.departments[shorts[number % len(shorts)]], posts[turn % len(posts)],
            rank=turn + 2, roles=[Role.officer], password="", by=world.administrator,
        )  # fmt: skip
        world.officers.append(user)
    for username in SIGNING:
        keys_operations.make_key(world.accounts[username], world.pins[username], by=world.accounts[username])


def _add_groups(world: World) -> None:
    by, leaders = world.administrator, [world.chair, world.signatory, world.leader]
    everybody = [*leaders, world.secretary, *world.officers]
    name = facts()["task_force"]
    world.groups[name] = departments_operations.add_group(
        GroupKind.task_force, name, "市级首席服务官工作专班。", 1, world.chair, everybody, by=by
    )
    office = [world.secretary, world.reviewer, world.recorder]
    rest = [one for one in world.officers if one not in office]
    for number, (name, leader) in enumerate(zip(facts()["teams"], leaders[::2], strict=True)):
        world.groups[name] = departments_operations.add_group(
            GroupKind.team, name, "按包联企业划分的小组。", number + 2, leader, [*office, *rest[number::2]], by=by
        )
    for rank, theme in enumerate(facts()["theme_groups"], 4):
        members = [one for short in theme["departments"] for one in world.of_department(short)]
        world.groups[theme["name"]] = departments_operations.add_group(
            GroupKind.theme, theme["name"], theme["about"], rank, members[0], members, by=by
        )


def _add_enterprises(world: World) -> None:
    by, rest = world.secretary, world.officers[4:]
    for kind, listed in ((ClientKind.enterprise, "enterprises"), (ClientKind.project, "projects")):
        for name, about in facts()[listed]:
            enterprises.add_enterprise(kind, name, about, [], None, by=by)
    invented = facts()["example_enterprises"]
    for number, (name, about) in enumerate(invented):
        officers = rest[number :: len(invented)]
        # the account that is printed looks after every third of them, so that it has something to do
        if number % 3 == 0:
            officers = [world.officer, *officers]
        kind = ClientKind.project if "项目" in name else ClientKind.enterprise
        leader = (world.chair, world.leader, world.signatory)[number % 3]
        world.clients[name] = enterprises.add_enterprise(kind, name, about, officers, leader, by=by)


def _add_series(world: World) -> None:
    name, (first, second) = facts()["task_force"], facts()["teams"]
    world.task_force = _series(
        world, "专班例会", "专班", world.groups[name], world.chair, Recurrence.monthly, MONDAY, time(9), 90
    )
    world.teams = [
        _series(world, f"{team}例会", short, world.groups[team], chair, Recurrence.by_hand, weekday, time(15), 60)
        for team, short, chair, weekday in ((first, "一组", world.chair, 2), (second, "二组", world.leader, 3))
    ]


def _series(
    world: World,
    name: str,
    short: str,
    group: Group,
    chair: User,
    recurrence: Recurrence,
    weekday: int,
    starts_at: time,
    minutes: int,
) -> MeetingSeries:
    return meetings.add_series(
        name=name, short=short, rank=len(world.teams) + 1, group=group, chair=chair, recorder=world.recorder,
        reviewer=world.reviewer, signatory=world.signatory, place="市民之家 501 会议室", recurrence=recurrence,
        weekday=weekday, starts_at=starts_at, minutes=minutes, cut_off_days=2, cut_off_time=time(17), heading=HEADING,
        standing=[(ItemKind.review, ABOUT_REVIEW, 10)], by=world.secretary,
    )  # fmt: skip


def _word(length: int) -> str:
    return "".join(secrets.choice(LEGIBLE) for _ in range(length))


def _digits(length: int) -> str:
    return "".join(secrets.choice("0123456789") for _ in range(length))
