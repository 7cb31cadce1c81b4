"""The end of retention: one proposes, another decides, and what is removed is really gone."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
import sqlalchemy as sa
from cast import by_itself
from openpyxl import load_workbook

from portal.archive.appraisal import operations as appraisal_operations
from portal.archive.appraisal import queries as appraisal_queries
from portal.archive.checking import operations as checking
from portal.archive.checking import queries as checking_queries
from portal.archive.models.appraisals import AppraisalChoice
from portal.archive.models.pieces import ArchivalRecord, ArchivalState, Retention
from portal.archive.pieces import filing
from portal.archive.pieces import operations as pieces_operations
from portal.db import clock, journal
from portal.db.engine import db
from portal.db.search_index import SearchEntry
from portal.documents import registry
from portal.errors import Refused
from portal.files import store
from portal.people.models.accounts import UserRole
from portal.people.models.roles import Role


@pytest.fixture
def kept(people, file_record):
    """A piece of ten years, accepted."""
    piece = file_record(1, "土地问题会议记录")
    pieces_operations.accept(piece, Retention.ten, by=people.archivist)
    db.session.commit()
    return piece


@pytest.fixture
def eleven_years_on(kept):
    with clock.at(clock.now() + timedelta(days=366 * 12)):
        yield


def over():
    return list(db.session.scalars(appraisal_queries.over()))


def proposed(piece, choice, people):
    (appraisal,) = appraisal_operations.propose([piece.id], choice, "没有继续保存的价值", by=people.archivist)
    db.session.commit()
    return appraisal


def test_retention_is_counted_from_the_end_of_the_year(kept):
    assert kept.kept_until.isoformat() == f"{kept.year + 10}-12-31"
    assert over() == []


def test_before_its_end_nothing_can_be_proposed(kept, people):
    with pytest.raises(Refused, match=f"保管到{clock.zh_date(kept.kept_until)}，还没有到期"):
        appraisal_operations.propose([kept.id], AppraisalChoice.remove, "x", by=people.archivist)


def test_what_is_kept_for_ever_is_never_removed(people, file_record):
    piece = file_record(1)
    pieces_operations.accept(piece, Retention.permanent, by=people.archivist)
    with clock.at(clock.now() + timedelta(days=366 * 90)):
        assert over() == []
        assert "永久保管，不能销毁" in piece.lifecycle.obstacle(piece, "remove")


@pytest.mark.usefixtures("eleven_years_on")
class TestWhenItIsOver:
    def test_who_proposed_cannot_approve(self, kept, people, as_):
        appraisal = proposed(kept, AppraisalChoice.remove, people)
        with pytest.raises(Refused, match="提出的人不能自己批准"):
            appraisal_operations.approve(appraisal, by=people.archivist)
        db.session.rollback()
        assert as_(people.archivist).post(f"/archive/appraisals/{appraisal.id}/approval").status_code == 403
        assert as_(people.secretary).post(f"/archive/appraisals/{appraisal.id}/approval").status_code == 403
        assert kept.is_accepted

    def test_removed_its_bytes_are_gone_and_what_was_said_of_it_stays(self, kept, people, as_):
        hashes = [one.sha256 for one in kept.document.states]
        appraisal = proposed(kept, AppraisalChoice.remove, people)
        leader = as_(people.chair)
        answer = leader.post(f"/archive/appraisals/{appraisal.id}/approval", follow_redirects=True)
        assert "已批准销毁。" in answer.text
        by_itself("archive.erase")
        db.session.expire_all()
        assert [store.exists(one) for one in hashes] == [False] * len(hashes)
        assert (kept.state, kept.still_needed) == (ArchivalState.removed, "")
        assert kept.archival_number
        assert registry.state_of(hashes[0]) is not None
        page = leader.get(f"/archive/{kept.id}").text
        assert "经两人鉴定" in page
        assert leader.get(f"/archive/{kept.id}/file").status_code == 410
        assert kept.title in leader.get("/archive/removals").text
        rows = list(load_workbook(BytesIO(leader.get("/archive/removals?export=xlsx").data)).active.values)
        assert rows[1][:2] == (kept.archival_number, kept.title)
        assert rows[1][8:10] == (people.archivist.name, people.chair.name)
        assert [one.deed for one in journal.history(kept)][-2:] == ["archive.remove", "archive.erase"]
        entries = sa.select(SearchEntry).where(SearchEntry.thing_type == "archival_record")
        assert db.session.scalars(entries).all() == []
        by_itself("archive.check", "archive.lengthen")
        assert checking_queries.failed_checks() == ([], 0)

    def test_content_that_something_else_needs_is_left_and_said(self, kept, people):
        from portal.actions.models.progress import ReportFile  # noqa: F401 - some table that points to files

        other = store.put(store.read(kept.file), "副本.pdf", "application/pdf", people.officer)
        twin = filing.prepare(kept.meeting, kind="课件", title="副本", file=other, responsible="某", pages=1)
        appraisal = proposed(kept, AppraisalChoice.remove, people)
        appraisal_operations.approve(appraisal, by=people.chair)
        by_itself("archive.erase")
        assert store.exists(twin.file.sha256)
        assert kept.still_needed == "archival_record"

    def test_lengthened_it_is_kept_on_under_its_number(self, kept, people):
        number = kept.archival_number
        appraisal_operations.approve(proposed(kept, AppraisalChoice.ten, people), by=people.chair)
        assert kept.kept_until.year == clock.today().year + 10
        checking.check(kept)
        assert (kept.archival_number, kept.last_check.trouble) == (number, "")
        assert over() == []

    def test_kept_for_ever_from_now_on_it_cannot_be_removed_any_more(self, kept, people):
        appraisal_operations.approve(proposed(kept, AppraisalChoice.forever, people), by=people.chair)
        assert kept.kept_until is None
        assert over() == []

    def test_refused_it_can_be_proposed_anew(self, kept, people, as_):
        appraisal = proposed(kept, AppraisalChoice.remove, people)
        leader = as_(people.chair)
        assert leader.post(f"/archive/appraisals/{appraisal.id}/refusal", data={}).status_code == 422
        leader.post(f"/archive/appraisals/{appraisal.id}/refusal", data={"why": "还有用"})
        db.session.expire_all()
        assert appraisal.opinion == "还有用"
        assert over() == [kept]

    def test_the_archivist_proposes_on_the_page(self, kept, people, as_):
        archivist = as_(people.archivist)
        assert kept.title in archivist.get("/archive/over").text
        door = "/archive/appraisals/proposal"
        assert kept.title in archivist.get(f"{door}?id={kept.id}").text
        answer = archivist.post(door, data={"id": kept.id, "choice": "remove", "reason": ""})
        assert answer.status_code == 422
        assert f'value="{kept.id}" checked' in answer.text
        typed = {"id": kept.id, "choice": "remove", "reason": "期满", "next": "/archive/over?retention=D10"}
        answer = archivist.post(door, data=typed)
        assert answer.location == "/archive/over?retention=D10"
        assert "已提出 1 件的鉴定意见" in archivist.get("/archive/over").text
        assert as_(people.chair).post(door, data=typed).status_code == 403

    def test_a_second_opinion_about_a_piece_waits_for_the_first(self, kept, people, as_):
        proposed(kept, AppraisalChoice.remove, people)
        typed = {"id": kept.id, "choice": "ten", "reason": "有用"}
        answer = as_(people.archivist).post("/archive/appraisals/proposal", data=typed)
        assert answer.status_code == 422
        assert "已经有人提出意见，正在等待批准。" in answer.text

    def test_an_opinion_about_a_piece_that_is_kept_on_is_not_approved(self, kept, people):
        appraisal = proposed(kept, AppraisalChoice.remove, people)
        kept.kept_until = clock.today() + timedelta(days=1)
        with pytest.raises(Refused, match="不在到期鉴定之列"):
            appraisal_operations.approve(appraisal, by=people.chair)

    def test_too_long_a_reason_for_refusing_is_asked_for_again_and_kept(self, kept, people, as_):
        appraisal = proposed(kept, AppraisalChoice.remove, people)
        typed = "有用" * 1500
        answer = as_(people.chair).post(f"/archive/appraisals/{appraisal.id}/refusal", data={"why": typed})
        assert answer.status_code == 422
        assert typed in answer.text

    def test_a_second_archivist_may_approve(self, kept, people, as_):
        people.colleague.grants.append(UserRole(role=Role.archivist))
        appraisal = proposed(kept, AppraisalChoice.ten, people)
        assert as_(people.colleague).post(f"/archive/appraisals/{appraisal.id}/approval").status_code == 303
        db.session.expire_all()
        assert db.session.get(ArchivalRecord, kept.id).kept_until.year == clock.today().year + 10


@pytest.fixture
def many(kept, people):
    """Forty pieces whose retention has ended."""
    pieces = [
        filing.prepare(
            kept.meeting, kind="课件", title=f"课件{number}", file=kept.file, responsible="某", pages=1
        )
        for number in range(40)
    ]  # fmt: skip
    for number, piece in enumerate(pieces, 1):
        piece.state, piece.retention, piece.archival_number = ArchivalState.accepted, Retention.ten, f"K-{number:04d}"
        piece.kept_until = clock.today() - timedelta(days=number)
    db.session.commit()
    return pieces


def ids_on(page):
    return [int(number) for number in re.findall(r'name="id" value="(\d+)"', page)]


class TestManyAtOnce:
    def test_of_a_long_list_all_that_is_filtered_is_proposed_together(self, many, people, as_):
        archivist = as_(people.archivist)
        assert len(ids_on(archivist.get("/archive/over").text)) == 30
        page = archivist.get("/archive/appraisals/proposal?all=yes&text=课件").text
        assert ids_on(page) == [one.id for one in reversed(many)]
        typed = {"id": ids_on(page), "choice": "remove", "reason": "期满"}
        answer = archivist.post("/archive/appraisals/proposal", data=typed, follow_redirects=True)
        assert "已提出 40 件的鉴定意见" in answer.text
        assert over() == []

    def test_more_than_are_dealt_with_at_once_is_said(self, many, people, as_, monkeypatch):
        monkeypatch.setattr("portal.archive.appraisal.routes.MOST_AT_ONCE", 15)
        page = as_(people.archivist).get("/archive/appraisals/proposal?all=yes").text
        assert len(ids_on(page)) == 15
        assert "一次最多办理 15 件，其余 25 件请办完这些之后再办。" in page

    def test_the_second_person_approves_all_with_one_confirmation(self, many, people, as_):
        made = appraisal_operations.propose(
            [one.id for one in many], AppraisalChoice.remove, "期满", by=people.archivist
        )
        db.session.commit()
        leader, door = as_(people.chair), "/archive/appraisals/approval"
        page = leader.get(f"{door}?all=yes").text
        assert "其中 40 件批准销毁：文件随即清除，不能恢复" in page
        assert ids_on(page) == [one.id for one in made]
        answer = leader.post(door, data={"id": ids_on(page)}, follow_redirects=True)
        assert "已批准 40 件的鉴定意见。" in answer.text
        db.session.expire_all()
        assert {one.state for one in many} == {ArchivalState.removed}
        approved = sa.select(sa.func.count()).where(journal.JournalEntry.deed == "archive.approve")
        assert db.session.scalar(approved) == 40

    def test_a_leader_of_no_meeting_is_led_only_where_there_is_something_to_read(self, many, people, as_):
        people.stranger.grants.append(UserRole(role=Role.leader))
        for piece, choice in zip(many, (AppraisalChoice.remove, AppraisalChoice.ten), strict=False):
            appraisal_operations.approve(proposed(piece, choice, people), by=people.stranger)
        db.session.commit()
        leader, (removed, kept_on) = as_(people.stranger), many[:2]
        pages = [leader.get(f"/archive/{one}").text for one in ("over", "appraisals/decided", "removals")]
        led_to = {int(number) for page in pages for number in re.findall(r'href="/archive/(\d+)"', page)}
        assert removed.id in led_to
        assert kept_on.id not in led_to
        assert {leader.get(f"/archive/{number}").status_code for number in led_to} == {200}
        assert leader.get(f"/archive/{removed.id}/file").status_code == 410

    def test_who_proposed_some_of_them_approves_the_others_and_reads_which_were_left(self, many, people, as_):
        people.colleague.grants.append(UserRole(role=Role.archivist))
        (own,) = appraisal_operations.propose([many[0].id], AppraisalChoice.ten, "有用", by=people.colleague)
        (other,) = appraisal_operations.propose([many[1].id], AppraisalChoice.ten, "有用", by=people.archivist)
        db.session.commit()
        browser, door = as_(people.colleague), "/archive/appraisals/approval"
        page = browser.get(f"{door}?id={own.id}&id={other.id}").text
        assert ids_on(page) == [other.id]
        assert "提出的人不能自己批准。" in page
        answer = browser.post(door, data={"id": [own.id, other.id]}, follow_redirects=True)
        assert f"已批准 1 件的鉴定意见。另有 1 件没有办：{many[0].archival_number}，" in answer.text
        assert browser.post(door, data={"id": [own.id]}).status_code == 422

    @pytest.mark.parametrize("typed", ["", "?id=", "?id=x&id=-1&id=99999999999&id=0", "?id=2147483647"])
    def test_of_nothing_that_was_ticked_nothing_is_done(self, people, as_, typed):
        browser = as_(people.archivist)
        assert "请先在列表中勾选" in browser.get(f"/archive/appraisals/proposal{typed}").text
        assert "请先在列表中勾选" in browser.get(f"/archive/appraisals/approval{typed}").text
        assert browser.post("/archive/appraisals/approval", data={}).status_code == 422

    def test_what_was_decided_is_read_filtered_and_exported(self, many, people, as_):
        choices = [AppraisalChoice.remove, AppraisalChoice.ten, AppraisalChoice.forever]
        for piece, choice in zip(many, choices, strict=False):
            appraisal_operations.approve(proposed(piece, choice, people), by=people.chair)
        appraisal_operations.refuse(proposed(many[5], AppraisalChoice.remove, people), "还有用", by=people.chair)
        db.session.commit()
        leader = as_(people.chair)
        listed = {
            query: re.findall(r"课件\d+", leader.get(f"/archive/{query}").text)
            for query in (
                "appraisals/decided?order=asc", "appraisals/decided?state=refused", "appraisals/decided?choice=ten",
                f"appraisals/decided?since={clock.today() + timedelta(days=1)}",
                f"appraisals/decided?until={clock.today()}&text=K-0003", "appraisals", "removals",
                "removals?erased=waiting", "removals?erased=erased", "removals?retention=D30",
            )
        }  # fmt: skip
        assert list(listed.values()) == [
            ["课件0", "课件1", "课件2", "课件5"], ["课件5"], ["课件1"], [], ["课件2"], [], ["课件0"], ["课件0"], [], [],
        ]  # fmt: skip
        rows = list(load_workbook(BytesIO(leader.get("/archive/appraisals/decided?export=xlsx").data)).active.values)
        assert [row[3] for row in rows] == ["意见", "销毁", "转为永久", "延长10年", "销毁"]
        assert rows[1][7:9] == ("未批准", people.chair.name)

    @pytest.mark.parametrize("few", [2, 40])
    def test_the_lists_ask_few_questions_however_long_they_are(self, many, people, as_, statements, few):
        appraisal_operations.propose(
            [one.id for one in many[:few]], AppraisalChoice.remove, "期满", by=people.archivist
        )
        db.session.commit()
        leader = as_(people.chair)
        for address in ("over", "appraisals", "appraisals/approval?all=yes", "appraisals/decided", "removals"):
            asked_by(leader, f"/archive/{address}", statements)
        asked_by(as_(people.archivist), "/archive/appraisals/proposal?all=yes", statements)
        appraisal_operations.approve_all(list(db.session.scalars(appraisal_queries.open_appraisals())), by=people.chair)
        db.session.commit()
        for address in ("over", "appraisals", "appraisals/decided", "removals", "removals?print=all"):
            asked_by(leader, f"/archive/{address}", statements)


def asked_by(browser, address, statements):
    statements.clear()
    assert browser.get(address).status_code == 200, address
    asked = [one for one in statements if not one.startswith(("BEGIN", "SET LOCAL"))]
    assert len(asked) <= 10, (address, "\n".join(asked))
