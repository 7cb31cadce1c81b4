"""What the tests of courses begin with: a programme, one course in it, slides made on the spot."""

import shutil
from collections.abc import Callable
from io import BytesIO

import pytest
from cast import Cast
from needs import need
from pypdfium2 import PdfDocument

from portal.courses.course import operations as course_operations
from portal.courses.models.courses import Course
from portal.courses.models.programmes import CourseProgramme, PolicyField
from portal.courses.programme import operations as programme_operations
from portal.courses.rota import operations as rota
from portal.db.engine import db


@pytest.fixture
def programme(people: Cast) -> CourseProgramme:
    """A programme with two fields."""
    for rank, name in enumerate(("科技", "法律"), 1):
        programme_operations.add_field(name, rank, by=people.secretary)
    made = programme_operations.add_programme("2026 年讲业务计划", 2026, "", by=people.secretary)
    db.session.commit()
    return made


@pytest.fixture
def field(programme: CourseProgramme) -> PolicyField:
    """科技."""
    return db.session.scalars(db.select(PolicyField).order_by(PolicyField.rank)).first()


@pytest.fixture
def course(people: Cast, programme: CourseProgramme, field: PolicyField) -> Course:
    """A planned course with its lecturer."""
    made = course_operations.add_course(
        programme, "高新技术企业认定政策", field, lecturer=people.lecturer, by=people.secretary
    )
    db.session.commit()
    return made


@pytest.fixture
def confirmed(people: Cast, course: Course) -> Course:
    """The same course, to which its lecturer said yes."""
    rota.invite(course, by=people.secretary)
    rota.confirm(course, by=people.lecturer)
    db.session.commit()
    return course


def pdf(pages: int = 2) -> bytes:
    """A PDF of empty pages."""
    document = PdfDocument.new()
    for _ in range(pages):
        document.new_page(960, 540)
    target = BytesIO()
    document.save(target)
    return target.getvalue()


def deck(*titles: str) -> bytes:
    """A PPTX with one slide a title."""
    from pptx import Presentation

    show = Presentation()
    for title in titles:
        show.slides.add_slide(show.slide_layouts[5]).shapes.title.text = title
    target = BytesIO()
    show.save(target)
    return target.getvalue()


@pytest.fixture
def slides() -> bytes:
    """A PDF of two pages."""
    return pdf()


@pytest.fixture
def make_deck() -> Callable[..., bytes]:
    """`make_deck("第一页", "第二页")`."""
    return deck


@pytest.fixture
def soffice() -> None:
    """A real LibreOffice; without one the test is left out, unless it must not be."""
    need("soffice", shutil.which("soffice"), "LibreOffice is not here")
