"""Questions about the rota: whose turn it is to teach, and how lecturers changed."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, lazyload

from portal.courses.models.courses import GIVEN, UPCOMING, Course
from portal.courses.models.rota import ChangeKind, LecturerChange, RotaPause
from portal.courses.programme.queries import NAMED
from portal.db import clock
from portal.db.engine import db
from portal.people.models.accounts import User, UserRole
from portal.people.models.departments import Department
from portal.people.models.roles import Role

SUGGESTIONS = 3
HISTORY = 30


@dataclass(frozen=True)
class Turn:
    """One officer's place in the rota; only lessons that were given count."""

    person: User
    times: int
    last: date | None
    upcoming: int
    pause: RotaPause | None = None
    place: int = 0  # nobody who pauses has one

    @property
    def is_free(self) -> bool:
        """Whether the next lesson can fall to this person."""
        return not self.upcoming and self.pause is None

    @property
    def words(self) -> str:
        """上次 2026年3月 讲，共 2 次，排第 5；另有 1 讲待讲."""
        told = f"上次讲课：{self.last.year}年{self.last.month}月，共讲 {self.times} 次" if self.last else "还没有讲过"
        told += f"，轮值第 {self.place} 位" if self.place else ""
        told += f"；另有 {self.upcoming} 讲待讲" if self.upcoming else ""
        return told + (f"；暂不轮值（{self.pause.why}）" if self.pause else "")


def rota() -> list[Turn]:
    """Whose turn it is to teach: who gave fewest lessons first, of these who gave one longest ago, then by rank."""
    counts = (
        sa.select(
            Course.lecturer_id,
            sa.func.count().filter(Course.state.in_(GIVEN)).label("times"),
            sa.func.max(Course.delivered_on).filter(Course.state.in_(GIVEN)).label("last"),
            sa.func.count().filter(Course.state.in_(UPCOMING)).label("upcoming"),
        )
        .group_by(Course.lecturer_id)
        .subquery()
    )
    times = sa.func.coalesce(counts.c.times, 0)
    officers = sa.select(UserRole.user_id).where(UserRole.role == Role.officer)
    rows = db.session.execute(
        sa.select(User, times, counts.c.last, sa.func.coalesce(counts.c.upcoming, 0), RotaPause)
        .outerjoin(counts, counts.c.lecturer_id == User.id)
        .outerjoin(Department, Department.id == User.department_id)
        .outerjoin(RotaPause, sa.and_(RotaPause.user_id == User.id, _lasts()))
        .where(User.active, User.id.in_(officers))
        .order_by(times, counts.c.last.asc().nulls_first(), Department.rank, User.rank, User.id)
        .options(lazyload(User.grants))
    )
    turns: list[Turn] = []
    place = 0
    for person, given, last, upcoming, pause in rows:
        place += pause is None
        turns.append(Turn(person, given, last, upcoming, pause, 0 if pause else place))
    return turns


def _lasts() -> sa.ColumnElement[bool]:
    return sa.or_(RotaPause.until.is_(None), RotaPause.until >= clock.today())


def suggested(turns: Sequence[Turn], but: Collection[int] = ()) -> list[Turn]:
    """The next of the rota who have no other lesson before them; `but` names people who are not to be asked."""
    return list(islice((turn for turn in turns if turn.is_free and turn.person.id not in but), SUGGESTIONS))


def proposals(lessons: Iterable[Course], days: dict[int, date], turns: Sequence[Turn]) -> dict[int, Turn]:
    """Who is next for each lesson that has nobody: the earliest lesson gets the first of the rota, and so on."""
    bare = [one for one in lessons if one.is_planned and one.lecturer_id is None]
    bare.sort(key=lambda one: (days.get(one.id) or one.month or date.max, one.number))
    declined = decliners(one.id for one in bare)
    found: dict[int, Turn] = {}
    taken: set[int] = set()
    for one in bare:
        for turn in suggested(turns, declined.get(one.id, set()) | taken)[:1]:
            found[one.id] = turn
            taken.add(turn.person.id)
    return found


def decliners(numbers: Iterable[int]) -> dict[int, set[int]]:
    """Who declined each of these lessons."""
    wanted = list(numbers)
    found: dict[int, set[int]] = {}
    if not wanted:
        return found
    rows = db.session.execute(
        sa.select(LecturerChange.course_id, LecturerChange.before_id).where(
            LecturerChange.course_id.in_(wanted), LecturerChange.kind == ChangeKind.declined
        )
    )
    for course_id, user_id in rows:
        if user_id is not None:
            found.setdefault(course_id, set()).add(user_id)
    return found


def changes(limit: int = HISTORY) -> Sequence[LecturerChange]:
    """How lessons came by their lecturers, the newest first."""
    return db.session.scalars(_changes().order_by(LecturerChange.id.desc()).limit(limit)).all()


def changes_of(course: Course) -> Sequence[LecturerChange]:
    """How this lesson came by its lecturer, the newest first."""
    return db.session.scalars(
        _changes().where(LecturerChange.course_id == course.id).order_by(LecturerChange.id.desc())
    ).all()


def _changes() -> sa.Select[LecturerChange]:
    people = (joinedload(getattr(LecturerChange, name)) for name in ("before", "after", "by"))
    return sa.select(LecturerChange).options(
        joinedload(LecturerChange.course), *(one.options(lazyload(User.grants)) for one in people)
    )


def swappable_with(course: Course) -> Sequence[Course]:
    """The other lessons that are still to be given and have another lecturer, in their order."""
    return db.session.scalars(
        sa.select(Course)
        .where(
            Course.programme_id == course.programme_id,
            Course.id != course.id,
            Course.state.in_(UPCOMING),
            Course.lecturer_id.is_not(None),
            Course.lecturer_id != course.lecturer_id,
        )
        .order_by(Course.number)
        .options(NAMED)
    ).all()


def pause(number: int) -> RotaPause | None:
    """Somebody's pause."""
    return db.session.get(RotaPause, number)
