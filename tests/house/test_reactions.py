"""A job that waits for an action waits for one that is journalled: a misspelt name would wait for ever."""

import re
from pathlib import Path

from portal.jobs import periodic

PORTAL = Path(__file__).parents[2] / "portal"
CODE = re.compile(r'"([a-z_]+)(?:\.([a-z_]+))?"')


def test_every_reaction_follows_an_action_that_is_journalled(app):
    said = {
        found for file in PORTAL.rglob("*.py") if file.name != "jobs.py" for found in CODE.findall(file.read_text())
    }
    whole = {f"{feature}.{action}" for feature, action in said if action}
    words = {word for word, action in said if not action}  # steps of the state tables, whose feature the table adds
    unknown = {done for done in periodic.REACTIONS if done not in whole and done.partition(".")[2] not in words}
    assert unknown == set()
