"""Questions about programmes, courses and slides."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import defer, joinedload, lazyload, selectinload

from portal import workdays
from portal.courses.models import (
    GIVEN,
    UNCONVERTED,
    UPCOMING,
    Course,
    CourseProgramme,
    CourseState,
    Material,
    MaterialComparison,
    MaterialPage,
    MaterialState,
    MaterialVersion,
    PolicyField,
)
from portal.database import db
from portal.journal import JournalEntry
from portal.office import office
from portal.people.models import User

# In which scope of search slides are found: by everybody who reads courses, or while nobody has passed them.
FOR_READERS, FOR_REVIEWERS = "courses", "courses.drafts"

# People are named here, never asked for their roles.
_LECTURER = joinedload(Course.lecturer).options(lazyload(User.grants))
_UPLOADER = joinedload(MaterialVersion.uploaded_by).options(lazyload(User.grants))
_WHOLE_COURSE = (joinedload(Course.programme), joinedload(Course.field), joinedload(Course.department), _LECTURER)
# What the rules about slides ask for.
_ITS_COURSE = joinedload(MaterialVersion.material).joinedload(Material.course).options(*_WHOLE_COURSE)


def programmes() -> Sequence[CourseProgramme]:
    """All programmes, the newest first: the first one is the current one."""
    return db.session.scalars(
        sa.select(CourseProgramme).order_by(CourseProgramme.year.desc(), CourseProgramme.id.desc())
    ).all()


def programme(number: int) -> CourseProgramme | None:
    """One programme."""
    return db.session.get(CourseProgramme, number)


def fields() -> Sequence[PolicyField]:
    """All policy fields, by rank."""
    return db.session.scalars(sa.select(PolicyField).order_by(PolicyField.rank, PolicyField.id)).all()


def courses_of(programme: CourseProgramme | None) -> sa.Select[Course]:
    """The courses of a programme, to be filtered and sorted by a list."""
    return sa.select(Course).where(Course.programme_id == (programme.id if programme else None))


# What a row of the programme shows.
ROW = (
    joinedload(Course.field),
    _LECTURER,
    joinedload(Course.materials).load_only(Material.state, Material.title),
)


def course(number: int) -> Course | None:
    """One course with its slides and all their versions."""
    return db.session.get(
        Course,
        number,
        options=[
            *_WHOLE_COURSE,
            selectinload(Course.materials)
            .joinedload(Material.versions)
            .options(joinedload(MaterialVersion.file), _UPLOADER),
        ],
    )


def lessons_of(lecturer: User) -> Sequence[Course]:
    """What a lecturer has still to give, in the order of the programme, with the slides handed in."""
    return db.session.scalars(
        sa.select(Course)
        .where(Course.lecturer_id == lecturer.id, Course.state.in_(UPCOMING), Course.state != CourseState.planned)
        .order_by(Course.programme_id, Course.number)
        .options(joinedload(Course.field), selectinload(Course.materials))
    ).all()


def material(number: int) -> Material | None:
    """One material with its course and its versions."""
    return db.session.get(
        Material,
        number,
        options=[
            joinedload(Material.course).options(*_WHOLE_COURSE),
            selectinload(Material.versions).options(joinedload(MaterialVersion.file), _UPLOADER),
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
        .options(joinedload(Material.course).options(_LECTURER))
    ).all()


def version(number: int) -> MaterialVersion | None:
    """One version with its file, the course it belongs to, and the versions beside it."""
    beside = joinedload(MaterialVersion.material).selectinload(Material.versions)
    return db.session.get(
        MaterialVersion,
        number,
        options=[
            joinedload(MaterialVersion.file),
            _UPLOADER,
            _ITS_COURSE,
            beside.options(joinedload(MaterialVersion.file), _UPLOADER),
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
            joinedload(Material.course).options(_LECTURER),
            selectinload(Material.versions).options(joinedload(MaterialVersion.file), _UPLOADER),
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


def history(course: Course) -> Sequence[JournalEntry]:
    """Everything that was done to a course and its slides, oldest first."""
    of_slides = sa.and_(
        JournalEntry.thing_type == Material.__tablename__,
        JournalEntry.thing_id.in_([one.id for one in course.materials]),
    )
    of_course = sa.and_(JournalEntry.thing_type == Course.__tablename__, JournalEntry.thing_id == course.id)
    return db.session.scalars(
        sa.select(JournalEntry)
        .where(sa.or_(of_course, of_slides), JournalEntry.refused.is_(False))
        .order_by(JournalEntry.seq)
    ).all()


def slides_due(day: date) -> date:
    """By when the slides for a lesson on that day are to be handed in."""
    return workdays.add_working(day, -office.slides_days)
