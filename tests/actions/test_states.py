"""Which door of a task opens to whom in which state, door by door; the table that was reviewed is states.txt.

`DOORS=write pytest tests/actions/test_states.py` writes it anew; then read what changed, line by line.
"""

import os
from pathlib import Path

from flask import g

from portal.web import guards

REVIEWED = Path(__file__).with_name("states.txt")
STATES = ("assigned", "accepted", "in_progress", "reported_done", "refused", "suspended", "closed", "terminated")
CAST = {
    "A": "officer",  # who carries it out
    "D": "lecturer",  # of the same department
    "U": "stranger",  # of the supporting department
    "M": "secretary",
    "S": "supervisor",
    "L": "chair",
    "R": "auditor",
}
HEAD = """\
Whose button is drawn for a task in each state, and whose door opens: A carries it out, D is of the same department,
U of the supporting one, M the secretary, S the supervisor, L a leader, R the auditor.
"""


def doors(app):
    """The doors that take a step in the life of a task."""
    for url, door in guards.guarded_routes(app):
        if door is not None and door.transition is not None and url.rule.startswith("/actions/<model:action>"):
            yield url.endpoint


def cell(app, people, endpoint, action):
    letters = ""
    for letter, name in CAST.items():
        with app.test_request_context():
            g._login_user = getattr(people, name)
            letters += letter if guards.can(endpoint, action) else ""
    return letters or "."


def table(app, people, in_state):
    tasks = [in_state(one, support=[people.justice], audience=people.task_force) for one in STATES]
    lines = [f"{'':<26}" + " ".join(f"{state:<13}" for state in STATES).rstrip()]
    for endpoint in sorted(set(doors(app))):
        cells = (cell(app, people, endpoint, one) for one in tasks)
        lines.append(f"{endpoint:<26}" + " ".join(f"{one:<13}" for one in cells).rstrip())
    return HEAD + "\n" + "\n".join(lines) + "\n"


def test_the_table_of_states_is_the_one_that_was_reviewed(app, people, in_state):
    made = table(app, people, in_state)
    if os.environ.get("DOORS") == "write":
        REVIEWED.write_text(made)
    assert made == REVIEWED.read_text()


def test_a_door_that_is_shut_by_the_state_refuses_with_a_sentence(app, people, in_state, as_):
    """What the button hides the deed refuses too, as a 409 that leaves everything as it was."""
    browser, typed = as_(people.supervisor), {"why": "理由", "text": "催", "remark": ""}
    for state in STATES:
        task = in_state(state)
        for deed, address in (("close", "closure"), ("return_", "return"), ("urge", "urging")):
            if not task.lifecycle.is_open(task, deed):
                answer = browser.post(f"/actions/{task.id}/{address}", data=typed)
                assert (answer.status_code, f"现在是“{task.state.label}”" in answer.text) == (409, True)
