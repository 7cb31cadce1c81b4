"""Who passes which door: what the rules say, what the doors answer, and the table that was reviewed.

`DOORS=write pytest tests/house/test_table.py` writes the table anew; then read what changed in doors.txt, line by line.
"""

import os
import re
from pathlib import Path

import pytest
from flask import g
from flask_login import AnonymousUserMixin
from furnished import furnished

from portal.web import guards

REVIEWED = Path(__file__).with_name("doors.txt")
CAST = (
    "secretary", "chair", "recorder", "reviewer", "signatory", "lecturer", "officer", "stranger", "supervisor",
    "archivist", "auditor", "administrator", "nobody",
)  # fmt: skip
HEAD = """\
Who passes which door. o open, x refused with the sentence of its rule, - looks like a page that is not there,
l led to sign in. The columns are people of tests/cast.py by the first letters of their part; each section is a
thing of tests/furnished.py in a state that tells.
The stranger is an officer of another department who belongs to no series and to no group.
"""
WIDTH = 62


@pytest.fixture
def world(people):
    return furnished(people)


def part(people, name):
    return AnonymousUserMixin() if name == "nobody" else getattr(people, name)


def word_of(url):
    """The thing a door is about: the last `<model:…>` of its address."""
    return (re.findall(r"<model:(\w+)>", url.rule) or [None])[-1]


def entries(app, world):
    """Every door with every thing it can be about: section, URL rule, door, number of the thing or None."""
    for url, door in guards.guarded_routes(app):
        if door is None or door.public:
            continue
        word = word_of(url)
        for special, number in world.of(word) if word else [("", None)]:
            yield f"{word or 'nothing'} {special}".rstrip(), url, door, number


def loaded(url, number):
    return guards._models.loaders[word_of(url)](number) if number else None


def by_rule(user, door, thing):
    if not user.is_authenticated:
        return "l"
    for rule in door.rules:
        if not rule(user, thing):
            return "-" if getattr(rule, "hidden", False) else "x"
    return "o"


def asked(people, url, door, number):
    """One person for each outcome the rules have for this door; everybody would take too long."""
    thing = loaded(url, number)
    outcomes = {by_rule(part(people, name), door, thing): name for name in CAST}
    return [(name, said) for said, name in outcomes.items()]


def by_answer(answer):
    if answer.status_code in {403, 404}:
        return "x" if answer.status_code == 403 else "-"
    led_to_sign_in = (answer.location or "").startswith("/login") and answer.status_code == 302
    return "l" if answer.status_code == 401 or led_to_sign_in else "o"


def address(url, number):
    return re.sub(r"<code>", "officer", re.sub(r"<int:\w+>", "1", re.sub(r"<model:\w+>", str(number), url.rule)))


def methods(url):
    return ",".join(sorted(url.methods & {"GET", "POST", "PATCH", "DELETE"})) or "HEAD"


def line(url, cells):
    door = f"{methods(url):<9}{re.sub('<model:', '<', url.rule)}"
    return f"{door:<{WIDTH}}{'   '.join(cells)}"


def table(app, people, world):
    sections = {}
    for section, url, door, number in entries(app, world):
        thing = loaded(url, number)
        cells = [by_rule(part(people, name), door, thing) for name in CAST]
        sections.setdefault(section, []).append(line(url, cells))
    names = " " * WIDTH + " ".join(name[:3] for name in CAST)
    blocks = ["\n".join([f"── {section} ──", names, *lines]) for section, lines in sorted(sections.items())]
    return "\n\n".join([HEAD.rstrip(), *blocks]) + "\n"


def test_there_is_a_thing_of_every_kind_a_door_is_about(app, world):
    kinds = {word_of(url) for url, _ in guards.guarded_routes(app)} - {None}
    assert kinds - {word for word, _ in world.things} == set()


@pytest.mark.costs(5)
def test_the_table_is_the_one_that_was_reviewed(app, people, world):
    made = table(app, people, world)
    if os.environ.get("DOORS") == "write":
        REVIEWED.write_text(made)
    assert made == REVIEWED.read_text()


def answered_otherwise(app, people, world, as_, client, method, *, everything):
    """Where a door answers otherwise than its rules say; of a post, whom it would let pass is left out.

    With `everything` of each thing it can be about, else one refusal of each door.
    """
    browsers = {name: client if name == "nobody" else as_(part(people, name)) for name in CAST}
    wrong, seen = set(), set()
    for section, url, door, number in entries(app, world):
        if method not in url.methods:
            continue
        for name, said in asked(people, url, door, number):
            opens = said == "o" and (method == "POST" or not everything)
            if opens or (not everything and url.rule in seen):
                continue
            seen.add(url.rule)
            answered = by_answer(browsers[name].open(address(url, number), method=method))
            if answered != said:
                wrong.add(f"{section} {url.rule} {name}: {said} {answered}")
    return wrong


@pytest.mark.costs(12)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_door_refuses_as_its_rules_say(app, people, world, as_, client, method):
    assert answered_otherwise(app, people, world, as_, client, method, everything=False) == set()


@pytest.mark.long
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_door_answers_what_its_rules_say_of_each_thing(app, people, world, as_, client, method):
    assert answered_otherwise(app, people, world, as_, client, method, everything=True) == set()


@pytest.mark.costs(5)
def test_a_button_is_drawn_only_where_the_door_opens(app, people, world):
    wrong = set()
    for section, url, door, number in entries(app, world):
        thing = loaded(url, number)
        for name in CAST:
            with app.test_request_context():
                g._login_user = part(people, name)
                drawn = guards.can(url.endpoint, thing)
            may = by_rule(part(people, name), door, thing) == "o"
            obstacles = door.transition is not None or bool(door.when)
            if drawn != may and (drawn or not obstacles):
                wrong.add(f"{section} {url.endpoint} {name}: {may} {drawn}")
    assert wrong == set()
