"""Everybody and every unit that a line can name after @, with their spellings."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from portal.people.models.accounts import User
from portal.people.models.departments import Department
from portal.people.models.groups import Group

_SPOKEN_FOR = ("主持人", "记录人")
Owner = Department | Group | User


@dataclass(frozen=True)
class Named:
    """One person or unit that can be written after @: how it is inserted, its spellings, what it is."""

    name: str
    owner: Owner
    also: tuple[str, ...] = ()
    about: str = ""

    @property
    def spelt(self) -> tuple[str, ...]:
        """Its pinyin and its initials; a person's are kept with the account."""
        owner = self.owner
        if isinstance(owner, User) and owner.pinyin:
            return (*owner.pinyin.split(), *owner.initials.split())
        return tuple(dict.fromkeys(_spelt(self.name) + _spelt(owner.name)))


class Directory:
    """Everybody and every unit that can be named in a line."""

    def __init__(
        self,
        departments: Sequence[Department],
        groups: Sequence[Group],
        people: Sequence[User],
        members: frozenset[int] = frozenset(),
        guests: Sequence[str] = (),
    ) -> None:
        """`members` are the people of the series, `guests` further names that may speak."""
        once = [one.name for one in people]
        self.people = {one.id: one for one in people}
        self.members = members
        self.entries = [*map(_department, departments), *map(_group, groups)]
        self.entries += [_person(one, twice=once.count(one.name) > 1) for one in people]
        self._named: dict[str, Owner] = {}
        for entry in reversed(self.entries):  # where two share a short name the first in rank has it
            self._named.update(dict.fromkeys((entry.name, *entry.also), entry.owner))
        self._longest = max(map(len, self._named), default=0)
        self.speakers = {*self._named, *once, *guests, *_SPOKEN_FOR}

    def find(self, text: str) -> tuple[Owner, int] | None:
        """Whom the text begins with, and how many characters name them: the longest name, else pinyin if only one."""
        for length in range(min(self._longest, len(text)), 0, -1):
            if owner := self._named.get(text[:length]):
                return owner, length
        spelt = re.match(r"[A-Za-z]+", text)
        if spelt:
            meant = [one.owner for one in self.entries if spelt[0].lower() in one.spelt]
            if len(meant) == 1:
                return meant[0], spelt.end()
        return None

    def name_of(self, owner: Owner) -> str:
        """How somebody is written after @, so that it is read as the same."""
        return next((one.name for one in self.entries if one.owner is owner), owner.name)

    def answers_for(self, unit: Department | Group) -> User | None:
        """Who answers for a unit: a group's lead, or a department's only member in the series."""
        if isinstance(unit, Group):
            return self.people.get(unit.lead_id or 0)
        of_unit = [one for one in self.people.values() if one.department_id == unit.id and one.id in self.members]
        return of_unit[0] if len(of_unit) == 1 else None


def _department(one: Department) -> Named:
    return Named(one.short or one.name, one, (one.name,), "单位")


def _group(one: Group) -> Named:
    return Named(one.name, one, (), one.kind.label)


def _person(one: User, *, twice: bool) -> Named:
    of = one.department
    full = (f"{of.short}{one.name}", f"{of.short} {one.name}", f"{of.name}{one.name}") if of else ()
    name = full[0] if twice and full else one.name
    return Named(name, one, full, of.short if of else "")


@cache
def _spelt(name: str) -> tuple[str, ...]:
    from portal.db.pinyin import spell

    return tuple(word for words in spell(name) for word in words.split())
