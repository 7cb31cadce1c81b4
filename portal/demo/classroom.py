"""What goes on around the lessons of the example world: questions and answers, a second version of slides, policies."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from portal.courses.materials import operations as courses
from portal.courses.models.courses import Course
from portal.courses.models.materials import Material
from portal.courses.models.policies import Policy
from portal.courses.policies import operations as library
from portal.demo import slides
from portal.files import store
from portal.files.kinds import Kind
from portal.lessons.classroom import operations as podium
from portal.lessons.classroom.queries import lesson_of
from portal.people.models.accounts import User

Told = dict[str, Any]
SHORT_LIVED, LIVED_FOR = "工信", timedelta(days=150)  # of this field a policy has run out meanwhile
WITH_FILE = "工信"  # of this one the document is there as a file; to print one takes a moment


def ask_and_answer(course: Course, told: Told, listeners: Sequence[User], recorder: User) -> None:
    """Three questions of a lesson that was given: answered in writing, answered in the room, and left open."""
    lecturer = course.lecturer
    if lecturer is None or len(listeners) < 3:
        return
    (first, points), (second, others) = told["slides"][0], told["slides"][-1]
    lesson = lesson_of(course)
    written = podium.ask(lesson, f"{first}这一部分，企业最容易忽略哪一点？", by=listeners[0])
    podium.answer(written, f"{points[0]}；实际走访中，这一点问得最多。", by=lecturer)
    spoken = podium.ask(lesson, f"{second}有没有现成的材料可以发给企业？", asker=listeners[1], by=recorder)
    podium.answer(spoken, "", by=lecturer)
    podium.ask(lesson, f"“{others[-1]}”这一条，县区和市级分别由谁负责？", by=listeners[2])


def ask_beforehand(course: Course, asker: User) -> None:
    """A question to a lesson that is still to be given."""
    podium.ask(lesson_of(course), "包联企业去年没有立项材料，还能补做研发费用辅助账吗？", by=asker)


def mend_handout(material: Material, told: Told, *, by: User) -> None:
    """A second version with a page changed, one added and one left out, to be compared with the first."""
    first, _, *rest = told["slides"]
    pages = [
        (first[0], [*first[1], "本市企业申报情况见附表（示例）"]),
        *rest,
        ("联系人", ["市科技局业务科室（示例）", "每周二、四上午现场答疑"]),
    ]
    content = slides.pdf(told["topic"], "首席服务官讲业务　讲义（第二稿）", pages)
    name = f"讲义-{told['topic']}.pdf"
    courses.submit_material(material.course, content, name, "", "补充本市情况和联系人", True, material=material, by=by)


def valid_until(course: Course) -> date | None:
    """Until when the policy of a lesson holds; most hold for good."""
    if course.field.name != SHORT_LIVED or course.delivered_on is None:
        return None
    return course.delivered_on + LIVED_FOR


def add_source(policy: Policy, told: Told, *, by: User) -> None:
    """The document a policy stands in; one with a file that search can read."""
    course = policy.course
    title, office = f"{course.field}政策汇编（示例）", course.department.name if course.department else ""
    file = None
    if course.field.name == WITH_FILE:
        pages = [(heading, [f"{line}。" for line in lines]) for heading, lines in told["slides"]]
        content = slides.pdf(title, f"{office}编", pages)
        file = store.put(content, f"{title}.pdf", Kind.PDF.media_type, by)
    library.add_source(policy, title, office, "", course.delivered_on, file, by=by)
