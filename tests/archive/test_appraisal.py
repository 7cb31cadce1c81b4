"""The end of retention: one proposes, another decides, and what is removed is really gone."""

from datetime import timedelta
from io import BytesIO

import pytest
import sqlalchemy as sa
from cast import by_itself
from openpyxl import load_workbook

from portal import clock, journal, register, store
from portal.archive import operations, queries
from portal.archive.models import AppraisalChoice, ArchivalRecord, ArchivalState, Retention
from portal.database import db
from portal.errors import Refused
from portal.people.models import Role, UserRole
from portal.search import SearchEntry


@pytest.fixture
def kept(people, file_record):
    """A piece of ten years, accepted."""
    piece = file_record(1, "土地问题会议记录")
    operations.accept(piece, Retention.ten, by=people.archivist)
    db.session.commit()
    return piece


@pytest.fixture
def eleven_years_on(kept):
    with clock.at(clock.now() + timedelta(days=366 * 12)):
        yield


def proposed(piece, choice, people):
    (appraisal,) = operations.propose([piece.id], choice, "没有继续保存的价值", by=people.archivist)
    db.session.commit()
    return appraisal


def test_retention_is_counted_from_the_end_of_the_year(kept):
    assert kept.kept_until.isoformat() == f"{kept.year + 10}-12-31"
    assert queries.over() == []


def test_before_its_end_nothing_can_be_proposed(kept, people):
    with pytest.raises(Refused, match="请选择保管期满的档案"):
        operations.propose([kept.id], AppraisalChoice.remove, "x", by=people.archivist)


def test_what_is_kept_for_ever_is_never_removed(people, file_record):
    piece = file_record(1)
    operations.accept(piece, Retention.permanent, by=people.archivist)
    with clock.at(clock.now() + timedelta(days=366 * 90)):
        assert queries.over() == []
        assert "永久保管，不能销毁" in piece.lifecycle.obstacle(piece, "remove")


@pytest.mark.usefixtures("eleven_years_on")
class TestWhenItIsOver:
    def test_who_proposed_cannot_approve(self, kept, people, as_):
        appraisal = proposed(kept, AppraisalChoice.remove, people)
        with pytest.raises(Refused, match="提出的人不能自己批准"):
            operations.approve(appraisal, by=people.archivist)
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
        assert register.state_of(hashes[0]) is not None
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
        assert queries.failed_checks() == []

    def test_content_that_something_else_needs_is_left_and_said(self, kept, people):
        from portal.actions.models import ReportFile  # noqa: F401 - some table that points to files

        other = store.put(store.read(kept.file), "副本.pdf", "application/pdf", people.officer)
        twin = operations._prepare(kept.meeting, kind="课件", title="副本", file=other, responsible="某", pages=1)
        appraisal = proposed(kept, AppraisalChoice.remove, people)
        operations.approve(appraisal, by=people.chair)
        by_itself("archive.erase")
        assert store.exists(twin.file.sha256)
        assert kept.still_needed == "archival_record"

    def test_lengthened_it_is_kept_on_under_its_number(self, kept, people):
        number = kept.archival_number
        operations.approve(proposed(kept, AppraisalChoice.ten, people), by=people.chair)
        assert kept.kept_until.year == clock.today().year + 10
        operations.check(kept)
        assert (kept.archival_number, kept.last_check.trouble) == (number, "")
        assert queries.over() == []

    def test_kept_for_ever_from_now_on_it_cannot_be_removed_any_more(self, kept, people):
        operations.approve(proposed(kept, AppraisalChoice.forever, people), by=people.chair)
        assert kept.kept_until is None
        assert queries.over() == []

    def test_refused_it_can_be_proposed_anew(self, kept, people, as_):
        appraisal = proposed(kept, AppraisalChoice.remove, people)
        leader = as_(people.chair)
        assert leader.post(f"/archive/appraisals/{appraisal.id}/refusal", data={}).status_code == 422
        leader.post(f"/archive/appraisals/{appraisal.id}/refusal", data={"why": "还有用"})
        db.session.expire_all()
        assert appraisal.opinion == "还有用"
        assert queries.over() == [kept]

    def test_the_archivist_proposes_on_the_page(self, kept, people, as_):
        archivist = as_(people.archivist)
        assert kept.title in archivist.get("/archive/appraisals").text
        answer = archivist.post("/archive/appraisals", data={"piece": kept.id, "choice": "remove", "reason": ""})
        assert answer.status_code == 422
        assert "checked" in answer.text
        typed = {"piece": kept.id, "choice": "remove", "reason": "期满"}
        answer = archivist.post("/archive/appraisals", data=typed, follow_redirects=True)
        assert "已提出 1 件的鉴定意见" in answer.text
        assert as_(people.chair).post("/archive/appraisals", data=typed).status_code == 403

    def test_a_second_archivist_may_approve(self, kept, people, as_):
        people.colleague.grants.append(UserRole(role=Role.archivist))
        appraisal = proposed(kept, AppraisalChoice.ten, people)
        assert as_(people.colleague).post(f"/archive/appraisals/{appraisal.id}/approval").status_code == 303
        db.session.expire_all()
        assert db.session.get(ArchivalRecord, kept.id).kept_until.year == clock.today().year + 10
