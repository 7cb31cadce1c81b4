"""What the library does by itself: every lesson that was given gets its place in it."""

from datetime import timedelta

from portal import jobs
from portal.courses.models import Course
from portal.library import operations, queries
from portal.library.models import Policy


@jobs.chore("library.enter", every=timedelta(minutes=15), after=("courses.deliver", "courses.publish"))
def enter() -> None:
    """Every lesson that was given has its policy in the library, to be found once the lesson is published."""
    jobs.each(queries.lessons_to_enter(), _enter)


def _enter(course: Course) -> Policy:
    policy = operations.enter(course)
    operations.let_be_found(policy)
    return policy


@jobs.chore("library.let_be_found", after=("courses.publish",))
def let_be_found() -> None:
    """What was just taken into the library can be found from now on."""
    jobs.each(queries.policies_not_found(), operations.let_be_found)
