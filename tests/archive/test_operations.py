import pytest
from cast import by_itself, hold_meeting

from portal import clock, store
from portal.archive import operations, queries
from portal.archive.models import ArchivalState, Retention
from portal.database import db
from portal.errors import Refused
from portal.minutes import operations as minutes_room
from portal.minutes import queries as minutes_queries
from portal.minutes.models import MinutesState
from portal.people import operations as persons


@pytest.fixture
def issued(people):
    meeting = hold_meeting(people)
    by_itself("minutes.draft")
    minutes = minutes_queries.of_meeting(meeting)[0]
    minutes_room.submit(minutes, by=people.secretary)
    minutes_room.pass_(minutes, by=people.reviewer)
    by_itself("minutes.render")
    persons.make_key(people.signatory, "135790", by=people.signatory)
    minutes = minutes_queries.minutes(minutes.id)
    minutes_room.sign(minutes, "135790", by=people.signatory)
    minutes_room.issue(minutes, by=people.secretary)
    by_itself("minutes.render_sheet", "archive.prepare", "archive.prepare")
    return minutes_queries.minutes(minutes.id)


def damage(piece):
    path = store.path_of(piece.file.sha256)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)


def test_the_pieces_of_a_meeting_are_prepared_once(issued):
    assert [one.kind for one in queries.dossier_of(issued.meeting)] == ["会议纪要", "审签单"]


def test_accepting_gives_numbers_without_gap_and_archives_the_minutes(issued, people):
    year = clock.today().year
    operations.accept_all(issued.meeting, Retention.thirty, by=people.archivist)
    numbers = [one.archival_number for one in queries.dossier_of(issued.meeting)]
    assert numbers == [f"0086-WS·{year}-D30-BGS-0001", f"0086-WS·{year}-D30-BGS-0002"]
    assert issued.state is MinutesState.archived
    with pytest.raises(Refused, match="没有待接收"):
        operations.accept_all(issued.meeting, Retention.thirty, by=people.archivist)


def test_one_flipped_byte_is_found_and_named(issued, people):
    piece = queries.dossier_of(issued.meeting)[0]
    damage(piece)
    found = operations.check(piece)
    assert not found.passed
    assert piece.title in found.authentic
    db.session.commit()


def test_a_damaged_piece_is_not_accepted_and_the_finding_is_kept(issued, people):
    piece = queries.dossier_of(issued.meeting)[0]
    damage(piece)
    found = operations.accept_all(issued.meeting, Retention.thirty, by=people.archivist)
    assert [one.passed for one in found] == [False, True]
    assert [one.state for one in queries.dossier_of(issued.meeting)] == [ArchivalState.prepared, ArchivalState.accepted]
    assert [(one.id, check.authentic) for one, check in queries.failed_checks()] == [
        (piece.id, f"《{piece.title}》的内容与登记的校验值不一致。")
    ]
    assert issued.state is MinutesState.issued
