"""我的工作 asks the same few questions of the database, whoever looks and however much there is."""

from datetime import timedelta

import cast as stage
import pytest

from portal.actions.assignment import operations as actions
from portal.courses.course import operations as course_operations
from portal.courses.programme import operations as programme_operations
from portal.courses.rota import operations as rota
from portal.db import clock
from portal.db.engine import add, db
from portal.enterprises.models.enterprises import ClientKind
from portal.enterprises.problems import operations as problems
from portal.enterprises.register import operations as register
from portal.inbox import operations as inbox
from portal.meetings.agenda import operations as agenda
from portal.meetings.models.series import ItemKind
from portal.meetings.notices import operations as notices
from portal.meetings.preparing import operations as preparing
from portal.meetings.proposals import operations as proposals
from portal.people.models.accounts import User
from portal.people.models.roles import Role
from portal.people.roles import operations as accounts

EVERYBODY = (
    "secretary", "chair", "recorder", "reviewer", "signatory", "lecturer", "officer", "colleague", "stranger",
    "supervisor", "archivist", "auditor", "administrator",
)  # fmt: skip
MOST = 10


@pytest.fixture
def fill(people):
    """`fill(n)`: n more of whatever home asks for, in everybody's name."""
    series = stage.add_series(people)
    field = programme_operations.add_field("科技", 1, by=people.secretary)
    programme = programme_operations.add_programme("计划", 2026, "", by=people.secretary)
    firm = register.add_enterprise(ClientKind.enterprise, "示例企业甲", "", [people.officer], None, by=people.secretary)
    everybody = [getattr(people, name) for name in EVERYBODY]

    def more(count):
        for number in range(count):
            lead = everybody[number % len(everybody)]
            actions.assign(
                title="任务", lead_person=lead, support=[people.justice], due=clock.today() + timedelta(number - 5),
                audience=people.task_force, by=people.secretary,
            )  # fmt: skip
            proposals.propose(series, ItemKind.other, "议题", "", 10, by=people.officer)
            sitting = preparing.schedule(series, clock.today() + timedelta(7 + number), by=people.secretary)
            agenda.add_item(sitting, ItemKind.other, "交流", 5, by=people.secretary)
            if number % 2:
                preparing.approve_agenda(sitting, chair=people.chair, by=people.secretary)
                notices.announce(sitting, why="已知悉", by=people.secretary)
            problem = problems.report(firm, "门前积水", "", by=people.officer)
            if number % 2:
                problems.match(problem, people.theme, by=people.secretary)
            course = course_operations.add_course(
                programme, "课程", field, lecturer=people.lecturer, by=people.secretary
            )
            rota.invite(course, by=people.secretary)
            someone = add(User(username=f"new{course.id}", name="新来示例", department=people.justice))
            accounts.ask_role(someone, Role.secretary, by=people.administrator)
        inbox.notify(everybody, "消息", "/meetings")
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
