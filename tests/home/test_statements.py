"""我的工作 asks the same few questions of the database, whoever looks and however much there is."""

from datetime import timedelta

import cast as stage
import pytest

from portal import clock
from portal.actions import operations as actions
from portal.courses import operations as courses
from portal.database import add, db
from portal.enterprises import operations as enterprises
from portal.enterprises.models import ClientKind
from portal.inbox import operations as inbox
from portal.meetings import operations as meetings
from portal.meetings.models import ItemKind
from portal.people import operations as accounts
from portal.people.models import Role, User

EVERYBODY = (
    "secretary", "chair", "recorder", "reviewer", "signatory", "lecturer", "officer", "colleague", "stranger",
    "supervisor", "archivist", "auditor", "administrator",
)  # fmt: skip
MOST = 10


@pytest.fixture
def fill(people):
    """`fill(n)`: n more of whatever home asks for, in everybody's name."""
    series = stage.add_series(people)
    field = courses.add_field("科技", 1, by=people.secretary)
    programme = courses.add_programme("计划", 2026, "", by=people.secretary)
    firm = enterprises.add_enterprise(
        ClientKind.enterprise, "示例企业甲", "", [people.officer], None, by=people.secretary
    )
    everybody = [getattr(people, name) for name in EVERYBODY]

    def more(count):
        for number in range(count):
            lead = everybody[number % len(everybody)]
            actions.assign(
                title="任务", lead_person=lead, support=[people.justice], due=clock.today() + timedelta(number - 5),
                audience=people.task_force, by=people.secretary,
            )  # fmt: skip
            meetings.propose(series, ItemKind.other, "议题", "", 10, by=people.officer)
            sitting = meetings.schedule(series, clock.today() + timedelta(7 + number), by=people.secretary)
            meetings.add_item(sitting, ItemKind.other, "交流", 5, by=people.secretary)
            if number % 2:
                meetings.approve_agenda(sitting, chair=people.chair, by=people.secretary)
                meetings.announce(sitting, why="已知悉", by=people.secretary)
            problem = enterprises.report(firm, "门前积水", "", by=people.officer)
            if number % 2:
                enterprises.match(problem, people.theme, by=people.secretary)
            course = courses.add_course(programme, "课程", field, lecturer=people.lecturer, by=people.secretary)
            courses.invite(course, by=people.secretary)
            someone = add(User(username=f"new{course.id}", name="新来示例", department=people.justice))
            accounts.ask_role(someone, Role.secretary, by=people.administrator)
        inbox.tell(everybody, "消息", "/meetings")
        db.session.commit()

    return more


@pytest.mark.costs(4)
def test_nobodys_home_takes_more_than_ten_statements_or_more_with_more_rows(people, as_, statements, fill):
    browsers = {name: as_(getattr(people, name)) for name in EVERYBODY}
    asked = {}
    for count in (13, 13):  # everybody leads at least one
        fill(count)
        for name, browser in browsers.items():
            browser.get("/")
            statements.clear()
            assert browser.get("/").status_code == 200
            asked.setdefault(name, []).append(len([one for one in statements if one.startswith("SELECT")]))
    assert {name: seen for name, seen in asked.items() if seen[0] != seen[1] or seen[1] > MOST} == {}
