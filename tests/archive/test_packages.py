"""What leaves the archive and comes in again: the same bytes, the same numbers, the same verdicts."""

import shutil
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest
import sqlalchemy as sa
from archive_stage import hold_lesson, issue
from cast import Cast, by_itself
from faults import FAULTS
from states import kept

from portal import create_app
from portal.archive.models.pieces import ArchivalRecord, Retention
from portal.archive.packages import inspection, writing
from portal.archive.packages import operations as packages_operations
from portal.archive.packages import queries as packages_queries
from portal.archive.pieces import compiling
from portal.archive.pieces import operations as pieces_operations
from portal.archive.pieces import queries as pieces_queries
from portal.archive.verifying import operations as verifying
from portal.archive.verifying import queries as verifying_queries
from portal.config import Config
from portal.db import clock
from portal.db.engine import db
from portal.documents import verdicts as documents_verdicts
from portal.documents import verify
from portal.documents.registry import Document, PaperKind
from portal.files import places, store
from portal.jobs import background
from portal.meetings.models.meetings import Meeting
from portal.people.keys.queries import authority


def uncounted(_done, _whole):
    """Nobody watches."""


@pytest.fixture
def package(people, tmp_path):
    """A package of one dossier: signed minutes and the papers around them."""
    accepted(people)
    db.session.commit()
    folder = tmp_path / "package"
    writing.write(folder, packages_queries.to_export(), authority(), "档案示例", uncounted)
    return folder


@kept
def accepted(people):
    """The dossier of signed minutes, accepted for thirty years."""
    minutes = issue(people)
    by_itself("archive.compile")
    pieces_operations.accept_all(minutes.meeting, Retention.thirty, by=people.archivist)
    db.session.commit()
    return minutes


@contextmanager
def another_portal(folder):
    """An empty portal with a database and an authority of its own."""
    db.session.rollback()
    settings = {"PORTAL_DATA": str(folder), "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3", "PORTAL_JOBS": "now"}
    app = create_app(Config.from_environ(settings))
    with app.app_context():
        import flask_migrate

        flask_migrate.upgrade()
        people = Cast()
        people.enter()
        db.session.commit()
        yield people
        db.session.rollback()
        db.session.remove()
        db.engine.dispose()


def hashes():
    """What is kept, by number."""
    rows = db.session.scalars(sa.select(ArchivalRecord).order_by(ArchivalRecord.archival_number))
    return {one.archival_number: one.file.sha256 for one in rows}


def verdicts():
    """What the verifier says of every paper that is kept."""
    said = {}
    for piece in db.session.scalars(sa.select(ArchivalRecord)).all():
        content = store.read(piece.file)
        verdict = verify.examine(
            content,
            trust=authority(),
            registered=verifying_queries.registered,
            foreign=packages_queries.foreign_authorities(),
        )
        said[piece.archival_number] = (verdict.word, verdict.ours, verdict.reasons, len(verdict.signatures))
    return said


def test_a_package_opens_from_disk_and_is_sound(package):
    inspected = inspection.inspect(package, authority())
    assert inspected.troubles == []
    assert len(inspected.aspects) > 100
    index = (package / "index.html").read_text()
    assert "<script" not in index
    for piece in inspected.data["pieces"]:
        assert (package / piece["file"]["path"]).is_file()
        assert f'href="{piece["file"]["path"]}"' in index
    description = next((package / "metadata").glob("*.xml")).read_text()
    for element in ("电子文件封装包", "题名", "责任者", "档号", "保管期限", "校验值"):
        assert f"<{element}>" in description


@pytest.mark.parametrize(
    "name",
    ["one_flipped_bit", "list_written_anew", "annotated", "rolled_back_before_the_signature", "scripted"],
)
def test_a_seeded_fault_is_found_and_named(package, name):
    seed, words = FAULTS[name]
    seed(package)
    troubles = inspection.inspect(package, authority()).troubles
    assert any(words in one for one in troubles), (name, troubles)


@pytest.mark.long
def test_an_empty_portal_takes_it_over_with_the_same_hashes_and_verdicts(package, people, tmp_path):
    before, said = hashes(), verdicts()
    packed = tmp_path / "package.zip"
    writing.packed(package, packed)
    with another_portal(tmp_path / "other") as others:
        brought = packages_operations.bring_package(packed.open("rb"), "移交.zip", by=others.archivist)
        by_itself("archive.inspect_package")
        assert brought.found["troubles"] == []
        assert not brought.found["ours"]
        errand = packages_operations.ask_take_over(brought, by=others.archivist)
        by_itself("errands.run", "records.begin", "minutes.draft")
        assert errand.failure == ""
        assert hashes() == before
        assert verdicts() == said
        assert {word for word, *_ in said.values()} == {documents_verdicts.Word.VALID}
        minutes = db.session.scalars(sa.select(ArchivalRecord).where(ArchivalRecord.kind == "会议纪要")).one()
        judged = verifying.bring(places.place().open(minutes.file.sha256), "纪要.pdf", by=others.officer)
        by_itself("archive.verify")
        assert (judged.answer["word"], judged.answer["ours"]) == ("有效", True), judged.answer
        by_itself("archive.check")
        assert [one.last_check.trouble for one in db.session.scalars(sa.select(ArchivalRecord))] == [""] * len(before)
        proven = db.session.scalars(sa.select(Document).where(Document.proven_until.is_not(None))).all()
        assert {one.kind for one in proven} == {PaperKind.minutes, PaperKind.sign_off}
        for earlier in (one.states[1] for one in proven):
            assert verifying_queries.registered(earlier.sha256).sha256 != earlier.sha256
        again = packages_operations.bring_package(packed.open("rb"), "移交.zip", by=others.archivist)
        by_itself("archive.inspect_package")
        assert "不能重复接收" in again.found["troubles"][0]
        meeting = db.session.scalars(sa.select(Meeting)).one()
        assert len(pieces_queries.dossier_of(meeting)) == len(before)


@pytest.mark.long
def test_the_slides_of_a_lesson_and_the_scan_of_a_sign_in_sheet_travel_like_every_other_piece(people, tmp_path):
    meeting = issue(people, meeting=hold_lesson(people)).meeting
    called = meeting.series.name, meeting.title
    pieces_operations.accept_all(meeting, Retention.thirty, by=people.archivist)
    db.session.commit()
    pieces = {one.kind: one for one in pieces_queries.dossier_of(meeting)}
    assert pieces[pieces_queries.SLIDES].responsible == people.lecturer.name
    assert all(pieces[kind].archival_number for kind in (pieces_queries.SLIDES, pieces_queries.SCAN))
    before = hashes()
    db.session.commit()
    writing.write(tmp_path / "package", packages_queries.to_export(), authority(), "档案示例", uncounted)
    writing.packed(tmp_path / "package", tmp_path / "package.zip")
    with another_portal(tmp_path / "other") as others:
        brought = packages_operations.bring_package(
            (tmp_path / "package.zip").open("rb"), "移交.zip", by=others.archivist
        )
        by_itself("archive.inspect_package")
        packages_operations.ask_take_over(brought, by=others.archivist)
        by_itself("errands.run", "archive.check")
        assert hashes() == before
        moved = db.session.scalars(sa.select(ArchivalRecord)).all()
        assert {one.kind for one in moved} >= {pieces_queries.SLIDES, pieces_queries.SCAN}
        assert [one.last_check.trouble for one in moved] == [""] * len(before)
        (there,) = {one.meeting for one in moved}
        assert there.series.name.startswith(called[0])
        assert called[1].removeprefix(called[0]) in there.title


@pytest.mark.long
def test_what_was_accepted_in_haste_is_completed_later(people):
    meeting = issue(people).meeting
    pieces_operations.accept_all(meeting, Retention.thirty, by=people.archivist)
    assert pieces_queries.missing_from(pieces_queries.dossier_of(meeting))
    by_itself("archive.compile")
    pieces = {one.kind: one for one in pieces_queries.dossier_of(meeting)}
    assert pieces.keys() >= {kind.label for kind in compiling.KINDS}
    assert pieces[PaperKind.agenda.label].day == meeting.day
    assert pieces[PaperKind.trail.label].day == clock.today()


def test_what_is_no_package_is_refused_with_its_reason(people):
    reasons = (
        (b"no zip", "不是完整的 ZIP 文件"), (zipped("../x"), "指向包外"), (zipped("x"), "没有可读的校验清单"),
    )  # fmt: skip
    for content, words in reasons:
        brought = packages_operations.bring_package(BytesIO(content), "x.zip", by=people.archivist)
        by_itself("archive.inspect_package")
        assert any(words in one for one in brought.found["troubles"]), brought.found


def zipped(name):
    import zipfile

    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, b"x")
    return out.getvalue()


def test_the_archivist_exports_a_dossier_as_an_errand(as_, people, package):
    meeting = db.session.scalars(sa.select(Meeting)).one()
    answer = as_(people.archivist).post(f"/meetings/{meeting.id}/archive/export")
    by_itself("errands.run")
    errand = db.session.scalars(sa.select(background.BackgroundTask)).one()
    assert errand.failure == ""
    page = as_(people.archivist).get(answer.location).text
    assert f"已导出 {len(hashes())} 件。" in page
    content = as_(people.archivist).get(f"/errands/{errand.id}/file").data
    assert content[:2] == b"PK"
    assert as_(people.secretary).post(f"/meetings/{meeting.id}/archive/export").status_code == 403
    answer = as_(people.archivist).post("/archive/export?kind=会议纪要")
    by_itself("errands.run")
    assert "已导出 1 件。" in as_(people.archivist).get(answer.location).text


def test_a_package_is_brought_inspected_and_taken_over_through_the_pages(as_, people, package, tmp_path):
    packed = Path(shutil.make_archive(str(tmp_path / "packed"), "zip", package))
    archivist = as_(people.archivist)
    answer = archivist.post("/archive/packages", data={"file": (packed.open("rb"), "移交.zip")})
    page = archivist.get(answer.location).text
    assert "不能重复接收" in page
    assert "本门户自己的证书" in page
    answer = archivist.post(f"{answer.location}/takeover", data={"compared": "y"})
    assert "四性检测不合格，不能接收" in answer.text
    assert as_(people.secretary).get("/archive/packages").status_code == 403
