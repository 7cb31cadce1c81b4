"""Deputies: who stands in for whom, from when until when, and in what."""

from collections.abc import Iterable
from datetime import date, timedelta

from portal.db import clock, journal
from portal.db.engine import add, db
from portal.errors import Refused
from portal.people.deputies import queries
from portal.people.models.accounts import User
from portal.people.models.deputies import Deputy
from portal.people.models.roles import OFFICES, OWN_TO_GIVE, Part, Role

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


def _cannot_stand_in(person: User, deputy: User, starts: date, ends: date, parts: list[Part], by: User) -> str | None:
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
