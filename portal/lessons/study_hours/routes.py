"""Routes of study hours."""

from collections.abc import Sequence

from flask import request
from flask.typing import ResponseReturnValue

from portal.db import clock
from portal.lessons import rules
from portal.lessons.blueprint import bp
from portal.lessons.study_hours import queries
from portal.people.departments.queries import departments
from portal.people.models.accounts import User
from portal.people.models.departments import Department
from portal.web import filters, responses
from portal.web.filters import Filter
from portal.web.guards import requires
from portal.web.listing import Listing
from portal.web.spreadsheet import Column

COLUMNS = (
    Column("单位", lambda row: row.User.department.name if row.User.department else "", 24),
    Column("姓名", lambda row: row.User.name, 14),
    Column("听课（讲）", lambda row: row.listened, 12),
    Column("主讲（讲）", lambda row: row.taught, 12),
    Column("学时", lambda row: float(queries.hours(row.minutes)), 10),
)


@bp.route("/study-hours")
@requires(rules.read_study_hours)
def study_hours() -> ResponseReturnValue:
    """全体首席服务官一年的学时。"""
    known = queries.years() or [clock.today().year]
    year = _wanted_year(known)
    query = queries.year_of(year)
    columns = query.selected_columns
    listing = Listing(
        query,
        {
            "rank": (Department.rank, User.rank, User.id),
            "hours": (columns.minutes, User.id),
            "listened": (columns.listened, User.id),
            "taught": (columns.taught, User.id),
        },
        "rank",
        filters=[
            Filter("year", "年度", lambda query, _: query, "choice", [(str(one), f"{one}年") for one in known]),
            Filter(
                "unit", "单位", filters.equals(User.department_id), "choice",
                [(str(one.id), one.short) for one in departments()],
            ),
            Filter("name", "姓名", filters.contains(User.name)),
        ],
    )  # fmt: skip
    if listing.wants_export:
        return listing.excel(f"{year}年学时", COLUMNS)
    return responses.show("lessons/study_hours/study_hours.html", listing=listing, year=year, hours=queries.hours)


def _wanted_year(known: Sequence[int]) -> int:
    typed = request.args.get("year", "")
    return next((one for one in known if str(one) == typed), known[0])


@bp.route("/study-hours/<model:person>")
@requires(rules.see_study_hours)
def own_study_hours(person: User) -> ResponseReturnValue:
    """一个人的学时，逐讲列出。"""
    by_year: dict[int, list[queries.Lesson]] = {}
    for one in queries.lessons_of(person):
        by_year.setdefault(one.day.year, []).append(one)
    return responses.show(
        "lessons/study_hours/own_study_hours.html", person=person, by_year=by_year, hours=queries.hours
    )
