"""The shapes of attack on signed minutes, as `drill attacks` tries them through the page with 300 flipped bits more."""

import pytest
from archive_stage import issue
from shapes import SHAPES

from portal.archive.verifying import queries
from portal.documents import verify
from portal.files import store
from portal.people.keys.queries import authority


@pytest.mark.long
def test_no_attack_on_signed_minutes_is_accepted(people):
    minutes = issue(people)
    pdf = store.read(minutes.document.file)
    other = store.read(minutes.sheet.document.file)
    assert verify.examine(pdf, trust=authority(), registered=queries.registered).valid
    accepted = []
    for name, shape in SHAPES.items():
        try:
            changed = shape(pdf, other)
        except (IndexError, KeyError):  # the other file carries no signature to borrow
            continue
        assert changed != pdf, name
        if verify.examine(changed, trust=authority(), registered=queries.registered).valid:
            accepted.append(name)
    assert accepted == []
    assert len(SHAPES) >= 15
