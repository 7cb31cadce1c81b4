"""What earlier rooms' pages ask about meetings."""

from flask import Flask

from portal import papers
from portal.enterprises.queries import also_readers
from portal.meetings import queries
from portal.meetings.routes.notices import may_read_notice
from portal.register import PaperKind


def init_app(app: Flask) -> None:
    """Let earlier rooms' pages ask about meetings, and the members read the problems on their agendas."""
    app.jinja_env.globals.update(
        meeting_of_course=queries.meeting_of_course,
        meetings_of_courses=queries.meetings_of_courses,
        items_of_problem=queries.items_of_problem,
    )
    papers.readers[PaperKind.notice] = may_read_notice
    if queries.problems_read_by not in also_readers:
        also_readers.append(queries.problems_read_by)
