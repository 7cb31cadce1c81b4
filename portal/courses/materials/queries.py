"""Questions about slides: versions, pages, comparisons, what waits for the review, and by when they are due."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import defer, joinedload, selectinload

from portal.courses.course.queries import LECTURER, UPLOADER, WHOLE_COURSE
from portal.courses.course.sittings import days_of
from portal.courses.models.courses import GIVEN, Course
from portal.courses.models.materials import UNCONVERTED, Material, MaterialComparison, MaterialPage, MaterialVersion
from portal.courses.models.slides import MaterialState
from portal.db import calendar, clock
from portal.db.engine import db
from portal.db.office import office
from portal.people.models.accounts import User
from portal.people.rules import is_secretary

# What the rules about slides ask for.
_ITS_COURSE = joinedload(MaterialVersion.material).joinedload(Material.course).options(*WHOLE_COURSE)


def material(number: int) -> Material | None:
    """One material with its course and its versions."""
    return db.session.get(
        Material,
        number,
        options=[
            joinedload(Material.course).options(*WHOLE_COURSE),
            selectinload(Material.versions).options(joinedload(MaterialVersion.file), UPLOADER),
        ],
    )


def materials_to_review() -> Sequence[Material]:
    """Slides that wait for the secretary, the longest waiting first."""
    newest = (
        sa.select(sa.func.max(MaterialVersion.uploaded_at))
        .where(MaterialVersion.material_id == Material.id)
        .scalar_subquery()
    )
    return db.session.scalars(
        sa.select(Material)
        .where(Material.state == MaterialState.submitted)
        .order_by(newest, Material.id)
        .options(joinedload(Material.course).options(LECTURER))
    ).all()


def version(number: int) -> MaterialVersion | None:
    """One version with its file, the course it belongs to, and the versions beside it."""
    beside = joinedload(MaterialVersion.material).selectinload(Material.versions)
    return db.session.get(
        MaterialVersion,
        number,
        options=[
            joinedload(MaterialVersion.file),
            UPLOADER,
            _ITS_COURSE,
            beside.options(joinedload(MaterialVersion.file), UPLOADER),
        ],
    )


def page(number: int) -> MaterialPage | None:
    """One page with its pictures and the course it belongs to."""
    return db.session.get(
        MaterialPage,
        number,
        options=[
            joinedload(MaterialPage.file),
            joinedload(MaterialPage.thumbnail),
            defer(MaterialPage.text),
            joinedload(MaterialPage.version).options(_ITS_COURSE),
        ],
    )


def pages_of(version: MaterialVersion) -> Sequence[MaterialPage]:
    """The pages of a version in order, without their text."""
    return db.session.scalars(
        sa.select(MaterialPage)
        .where(MaterialPage.version_id == version.id)
        .order_by(MaterialPage.number)
        .options(defer(MaterialPage.text))
    ).all()


def text_of(page: MaterialPage) -> str:
    """What a page says, for those who cannot see its picture."""
    return db.session.scalar(sa.select(MaterialPage.text).where(MaterialPage.id == page.id)) or ""


def texts_of(version: MaterialVersion) -> str:
    """What all pages of a version say, for search."""
    return "\n".join(
        db.session.scalars(
            sa.select(MaterialPage.text).where(MaterialPage.version_id == version.id).order_by(MaterialPage.number)
        )
    )


def versions_to_convert() -> sa.Select[MaterialVersion]:
    """Versions whose pages are still to be made, the oldest first."""
    return (
        sa.select(MaterialVersion)
        .where(MaterialVersion.conversion.in_(UNCONVERTED))
        .order_by(MaterialVersion.id)
        .options(joinedload(MaterialVersion.file, innerjoin=True))
    )


def comparisons_to_make() -> sa.Select[MaterialComparison]:
    """Pairs of versions nobody has looked at yet, with what is looked at."""
    both = (MaterialComparison.newer, MaterialComparison.older)
    return (
        sa.select(MaterialComparison)
        .where(MaterialComparison.made_at.is_(None))
        .order_by(MaterialComparison.id)
        .options(
            *(
                selectinload(one)
                .selectinload(MaterialVersion.pages)
                .options(joinedload(MaterialPage.file), joinedload(MaterialPage.thumbnail))
                for one in both
            )
        )
    )


def comparison(newer: MaterialVersion, older: MaterialVersion) -> MaterialComparison | None:
    """What changed from one version to a later one."""
    return db.session.scalar(
        sa.select(MaterialComparison).where(
            MaterialComparison.newer_id == newer.id, MaterialComparison.older_id == older.id
        )
    )


def texts_by_number(version: MaterialVersion) -> dict[int, str]:
    """What each page of a version says."""
    texts = sa.select(MaterialPage.number, MaterialPage.text).where(MaterialPage.version_id == version.id)
    return {row.number: row.text for row in db.session.execute(texts)}


def queue() -> Sequence[Material]:
    """Slides that wait for the secretary with their versions, the longest waiting first."""
    newest = (
        sa.select(sa.func.max(MaterialVersion.uploaded_at))
        .where(MaterialVersion.material_id == Material.id)
        .scalar_subquery()
    )
    return db.session.scalars(
        sa.select(Material)
        .where(Material.state == MaterialState.submitted)
        .order_by(newest, Material.id)
        .options(
            joinedload(Material.course).options(LECTURER),
            selectinload(Material.versions).options(joinedload(MaterialVersion.file), UPLOADER),
        )
    ).all()


def materials_to_finalise() -> sa.Select[Material]:
    """Slides of lessons that were given, one version of which had passed the review by then."""
    passed = sa.exists().where(MaterialVersion.material_id == Material.id, MaterialVersion.approved_at.is_not(None))
    return (
        sa.select(Material)
        .join(Material.course)
        .where(Course.state.in_(GIVEN), Material.state != MaterialState.final, passed)
        .order_by(Material.id)
    )


def slides_due(day: date) -> date:
    """By when the slides for a lesson on that day are to be handed in."""
    return calendar.add_working(day, -office.slides_days)


def slides_due_of(course: Course) -> date | None:
    """By when the slides of a lesson are to be handed in, once its day is known."""
    day = days_of([course]).get(course.id)
    return slides_due(day) if day else None


def closed_to(course: Course, material: Material | None, due: date, user: User) -> str | None:
    """Why this person may not hand in slides after they were due, or None.

    The office always may; so may whoever was asked to mend what was handed in, and everybody where the office says so.
    """
    asked_to_mend = material is not None and material.is_to_be_mended
    if clock.today() <= due or is_secretary(user) or asked_to_mend or office.late_slides != "不再接收":
        return None
    return f"课件应在{clock.zh_date(due)}之前提交，现在已过时限。请把课件交给会议秘书代为提交（{office.contact}）。"
