"""The archive through the browser, plain and by htmx."""

import pytest

from portal.archive import operations
from portal.archive.models import Retention
from portal.database import db


@pytest.mark.parametrize("who", ["archivist", "secretary", "officer"])
@pytest.mark.parametrize("many", [2, 35])
def test_the_pages_ask_few_questions_however_much_is_filed(as_, people, file_record, statements, who, many):
    pieces = [file_record(number) for number in range(1, 3)]
    for number in range(3, many):
        piece = pieces[0]
        operations._prepare(
            piece.meeting, kind="课件", title=f"课件{number}", file=piece.file, responsible="某某", pages=1
        )
    operations.check(pieces[0])
    db.session.commit()
    browser = as_(getattr(people, who))
    meeting = pieces[0].meeting_id
    for address in ("/archive", f"/archive/{pieces[0].id}", f"/meetings/{meeting}/archive", "/search?q=会议", "/verify"):
        statements.clear()
        assert browser.get(address).status_code == 200, address
        asked = [one for one in statements if not one.startswith("BEGIN")]
        assert len(asked) <= 10, (address, len(asked), "\n".join(asked))
