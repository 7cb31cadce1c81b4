from datetime import timedelta
from io import BytesIO

import pytest
from archive_stage import issue
from cast import MONDAY, by_itself

from portal.archive.checking import operations as checking
from portal.archive.checking import queries as checking_queries
from portal.archive.models.pieces import ArchivalState, Aspect, Retention
from portal.archive.pieces import operations as pieces
from portal.archive.pieces import queries as pieces_queries
from portal.archive.verifying import operations as verifying
from portal.archive.verifying import queries as verifying_queries
from portal.courses.course import operations as course_operations
from portal.courses.materials import operations as materials
from portal.courses.programme import operations as programme_operations
from portal.db import clock
from portal.db.engine import db
from portal.errors import Refused
from portal.files import store
from portal.meetings.agenda import operations as agenda_operations
from portal.meetings.models.agenda import ItemState
from portal.meetings.models.series import ItemKind
from portal.meetings.preparing import operations as preparing
from portal.minutes.models.minutes import Minutes, MinutesState


@pytest.fixture
def issued(people):
    return issue(people)


def damage(piece):
    path = store.path_of(piece.file.sha256)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)


def test_the_pieces_of_a_meeting_are_prepared_once(issued):
    assert [one.kind for one in pieces_queries.dossier_of(issued.meeting)] == ["会议纪要", "审签单"]
    assert [one.title for one in pieces_queries.dossier_of(issued.meeting)] == [
        issued.title, f"{issued.title}审签单（{issued.number_text}）",
    ]  # fmt: skip


def test_accepting_gives_numbers_without_gap_and_archives_the_minutes(issued, people):
    year = clock.today().year
    pieces.accept_all(issued.meeting, Retention.thirty, by=people.archivist)
    numbers = [one.archival_number for one in pieces_queries.dossier_of(issued.meeting)]
    assert numbers == [f"0086-WS·{year}-D30-BGS-0001", f"0086-WS·{year}-D30-BGS-0002"]
    assert issued.state is MinutesState.archived
    with pytest.raises(Refused, match="没有待接收"):
        pieces.accept_all(issued.meeting, Retention.thirty, by=people.archivist)


def test_one_flipped_byte_is_found_and_named(issued, people):
    piece = pieces_queries.dossier_of(issued.meeting)[0]
    damage(piece)
    found = checking.check(piece)
    assert not found.passed
    assert piece.title in found.authentic
    db.session.commit()


def test_a_damaged_piece_is_not_accepted_and_the_finding_is_kept(issued, people):
    piece = pieces_queries.dossier_of(issued.meeting)[0]
    damage(piece)
    found = pieces.accept_all(issued.meeting, Retention.thirty, by=people.archivist)
    assert [one.passed for one in found] == [False, True]
    assert [one.state for one in pieces_queries.dossier_of(issued.meeting)] == [
        ArchivalState.prepared,
        ArchivalState.accepted,
    ]
    assert [(one.id, check.authentic) for one, check in checking_queries.failed_checks()[0]] == [
        (piece.id, f"《{piece.title}》的内容与登记的校验值不一致。")
    ]
    assert issued.state is MinutesState.issued


def test_a_signed_paper_is_verified_with_whose_signature_it_carries(issued, people):
    paper = store.read(issued.document.file)
    brought = [verifying.bring(BytesIO(content), "纪要.pdf", by=people.officer) for content in (paper, paper + b"x")]
    by_itself("archive.verify")
    db.session.expire_all()
    assert [one.answer["word"] for one in brought] == ["有效", "签后有追加"]
    assert [sign["name"] for one in brought for sign in one.answer["signatures"]] == ["签发示例", "存档时间戳"] * 2
    assert [one.document for one in brought] == [issued.document, issued.document]


def test_the_proof_of_a_signed_paper_is_lengthened_every_year_and_its_piece_follows(issued, people):
    piece = pieces_queries.dossier_of(issued.meeting)[0]
    first, until = piece.file.sha256, issued.document.proven_until
    by_itself("archive.lengthen")
    assert piece.file.sha256 == first
    with clock.at(clock.now() + timedelta(days=366)):
        by_itself("archive.lengthen", "archive.lengthen")
        db.session.refresh(piece)
        assert piece.file_id == issued.document.file_id
        assert piece.file.sha256 != first
        assert issued.document.proven_until >= until
        assert [one.label for one in issued.document.states][2:] == ["存档时间戳", "续加存档时间戳"]
        assert checking.check(piece).passed
        assert verifying_queries.registered(first).sha256 == piece.file.sha256


def test_a_corrected_paper_names_its_correction(issued):
    sha256 = issued.document.file.sha256
    assert verifying_queries.registered(sha256).note == ""
    issued_too = Minutes(
        meeting=issued.meeting, corrects=issued, title="更正", year=2026, number=2, state=MinutesState.issued
    )
    db.session.add(issued_too)
    assert verifying_queries.registered(sha256).note == "这份纪要已由〔2026〕2号更正"


def test_no_lock_is_held_while_signatures_are_judged(issued):
    assert verifying.looked_up(issued.document.file.sha256).kind == "会议纪要"
    assert not db.session().in_transaction()


def test_the_slides_of_a_lesson_that_was_given_are_prepared_once(people, series, blank):
    field = programme_operations.add_field("科技", 1, by=people.secretary)
    programme = programme_operations.add_programme("2026年讲业务", 2026, "", by=people.secretary)
    course = course_operations.add_course(
        programme, "研发费用加计扣除", field, lecturer=people.lecturer, by=people.secretary
    )
    version = materials.submit_material(course, blank, "课件.pdf", "加计扣除课件", "", True, by=people.lecturer)
    materials.approve_material(version.material, by=people.secretary)
    sitting = preparing.schedule(series, MONDAY, by=people.secretary)
    agenda_operations.add_item(sitting, ItemKind.course, course.topic, 30, course=course, by=people.secretary)
    db.session.add(Minutes(meeting=sitting, title="纪要", state=MinutesState.issued))
    by_itself("archive.prepare")
    assert pieces_queries.dossier_of(sitting) == []
    sitting.items[0].state = ItemState.dealt_with
    by_itself("archive.prepare", "archive.prepare")
    assert [(one.kind, one.title, one.file, one.responsible) for one in pieces_queries.dossier_of(sitting)] == [
        ("课件", "加计扣除课件", version.file, "主讲示例")
    ]
    assert pieces_queries.dossier_of(sitting)[0].last_check.passed


@pytest.mark.long
def test_what_else_a_meeting_left_is_laid_out_for_its_dossier_once(issued):
    by_itself("archive.compile", "archive.compile", "archive.check")
    kinds = [one.kind for one in pieces_queries.dossier_of(issued.meeting)]
    assert kinds == ["会议议程", "签到表", "会议纪要", "审签单", "交办事项清单", "过程记录"]
    for piece in pieces_queries.dossier_of(issued.meeting):
        assert piece.last_check.passed, (piece.kind, piece.last_check.trouble)
    agenda, roll, *_, trail = pieces_queries.dossier_of(issued.meeting)
    assert "研究企业用地问题" in agenda.text
    assert "应到8人，实到1人" in roll.text.replace(" ", "")
    assert "签发" in trail.text
    assert verifying_queries.registered(agenda.file.sha256).kind == "会议议程"


def test_every_look_is_kept_with_its_number_and_why_it_was_made(issued, people):
    piece = pieces_queries.dossier_of(issued.meeting)[0]
    by_itself("archive.check")
    checking.ask_check(piece, by=people.archivist)
    by_itself("archive.check")
    pieces.accept(piece, Retention.thirty, by=people.archivist)
    assert [one.occasion.label for one in piece.checks] == ["归档", "按需", "接收"]
    looks = piece.checks[1].looks
    assert {look.group for look in looks} == {"真实性", "完整性", "可用性", "安全性"}
    assert Aspect("真实性", "GD-1-1", "电子签名与证书链", "通过") in looks
    assert all(look.sound for look in looks), looks
