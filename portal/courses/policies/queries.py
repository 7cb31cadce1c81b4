"""Questions about the library of policies."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, lazyload, selectinload

from portal.courses.models.courses import GIVEN, Course, CourseState
from portal.courses.models.materials import Material, MaterialVersion
from portal.courses.models.policies import Briefing, Policy, Reading, SourceDocument, SummaryState
from portal.db import clock
from portal.db.engine import db
from portal.db.search_index import SearchEntry
from portal.enterprises.models.enterprises import Enterprise, EnterpriseOfficer
from portal.people.models.accounts import User

SHOWN = 20
OFFERED = 12


def _plain(path: Any) -> Any:
    return joinedload(path).options(lazyload(User.grants))


_ITS_COURSE = joinedload(Policy.course).options(
    joinedload(Course.field), joinedload(Course.department), joinedload(Course.programme), _plain(Course.lecturer)
)
LIST = (_ITS_COURSE,)


def policy(number: int) -> Policy | None:
    """One policy with its lesson, the slides handed in for it, and its source documents."""
    return db.session.get(
        Policy,
        number,
        options=[
            _ITS_COURSE,
            joinedload(Policy.course)
            .selectinload(Course.materials)
            .selectinload(Material.versions)
            .joinedload(MaterialVersion.file),
            _plain(Policy.approved_by),
            selectinload(Policy.sources).joinedload(SourceDocument.file),
        ],
    )


def policies() -> sa.Select[Policy]:
    """Every policy, to be narrowed and sorted by a list."""
    return sa.select(Policy).join(Policy.course)


def in_library() -> sa.ColumnElement[bool]:
    """The condition that the lesson of a policy was taken into the library."""
    return Course.state == CourseState.published


def is_valid(*, valid: bool) -> sa.ColumnElement[bool]:
    """The condition that a policy still holds, or no longer does."""
    holds = sa.or_(Policy.valid_until.is_(None), Policy.valid_until >= clock.today())
    return holds if valid else ~holds


def lessons_to_enter() -> sa.Select[Course]:
    """Lessons that were given and have nothing in the library yet."""
    return (
        sa.select(Course)
        .where(Course.state.in_(GIVEN), ~sa.exists().where(Policy.course_id == Course.id))
        .options(_plain(Course.lecturer))
        .order_by(Course.id)
    )


def policies_not_found() -> sa.Select[Policy]:
    """Policies of published lessons that search does not know yet."""
    known = sa.exists().where(SearchEntry.thing_type == Policy.__tablename__, SearchEntry.thing_id == Policy.id)
    return policies().where(in_library(), ~known).options(_ITS_COURSE, selectinload(Policy.sources)).order_by(Policy.id)


def policy_of(course: Course) -> Policy | None:
    """What a lesson left behind."""
    return db.session.scalar(sa.select(Policy).where(Policy.course_id == course.id))


def source(number: int) -> SourceDocument | None:
    """One source document with its policy."""
    return db.session.get(
        SourceDocument,
        number,
        options=[joinedload(SourceDocument.policy).options(_ITS_COURSE), joinedload(SourceDocument.file)],
    )


def sources_to_read() -> sa.Select[SourceDocument]:
    """Source documents whose file nobody has read yet."""
    return (
        sa.select(SourceDocument)
        .where(SourceDocument.reading == Reading.waiting, SourceDocument.file_id.is_not(None))
        .options(joinedload(SourceDocument.file), joinedload(SourceDocument.policy).options(_ITS_COURSE))
        .order_by(SourceDocument.id)
    )


def text_of(source: SourceDocument) -> str:
    """What its file says, as far as it was read."""
    return db.session.scalar(sa.select(SourceDocument.text).where(SourceDocument.id == source.id)) or ""


def waiting_for_review() -> Sequence[Policy]:
    """Summaries that wait for the secretary, the oldest first."""
    return db.session.scalars(
        sa.select(Policy).where(Policy.state == SummaryState.submitted).options(_ITS_COURSE).order_by(Policy.id)
    ).all()


# ── briefings ──────────────────────────────────────────────────────────────────────────────────────────────────────


def briefing(number: int) -> Briefing | None:
    """One briefing."""
    return db.session.get(
        Briefing, number, options=[joinedload(Briefing.enterprise), joinedload(Briefing.policy).options(_ITS_COURSE)]
    )


def briefings_of(policy: Policy) -> Sequence[Briefing]:
    """Where a policy was used, the newest first."""
    return db.session.scalars(
        _briefings()
        .where(Briefing.policy_id == policy.id)
        .order_by(Briefing.day.desc(), Briefing.id.desc())
        .limit(SHOWN)
    ).all()


def briefings_of_enterprise(enterprise: Enterprise) -> Sequence[Briefing]:
    """What an enterprise was told of, the newest first."""
    return db.session.scalars(
        _briefings()
        .where(Briefing.enterprise_id == enterprise.id)
        .order_by(Briefing.day.desc(), Briefing.id.desc())
        .limit(SHOWN)
    ).all()


def _briefings() -> sa.Select[Briefing]:
    return sa.select(Briefing).options(
        joinedload(Briefing.enterprise), _plain(Briefing.by), joinedload(Briefing.policy).joinedload(Policy.course)
    )


def policies_to_tell(limit: int = OFFERED) -> Sequence[Policy]:
    """What an enterprise can be told of: what is in the library and still holds, the newest first."""
    return db.session.scalars(
        policies()
        .where(in_library(), is_valid(valid=True))
        .options(joinedload(Policy.course).joinedload(Course.field))
        .order_by(Course.delivered_on.desc(), Policy.id.desc())
        .limit(limit)
    ).all()


def enterprises_to_tell(user: User) -> Sequence[Enterprise]:
    """The enterprises a person looks after, by name."""
    return db.session.scalars(
        sa.select(Enterprise)
        .join(EnterpriseOfficer, EnterpriseOfficer.enterprise_id == Enterprise.id)
        .where(EnterpriseOfficer.user_id == user.id)
        .order_by(Enterprise.name)
    ).all()


def enterprise(number: int) -> Enterprise | None:
    """One enterprise."""
    return db.session.get(Enterprise, number)
