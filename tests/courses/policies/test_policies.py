"""政策资料库: what a lesson leaves behind, who writes and reviews it, how it is found and where it is used."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
import sqlalchemy as sa
import weasyprint
from cast import Cast, by_itself
from docx import Document
from flask.testing import FlaskClient
from furnished import pdf
from needs import need

from portal.courses.course import operations as course_operations
from portal.courses.models.courses import Course
from portal.courses.models.policies import Briefing, Policy, SummaryState
from portal.courses.policies import operations, queries
from portal.courses.programme import operations as programme_operations
from portal.courses.rota import operations as rota
from portal.courses.rules import FOR_READERS
from portal.db import clock, search
from portal.db.engine import db
from portal.enterprises.models.enterprises import ClientKind, Enterprise
from portal.enterprises.register import operations as enterprises
from portal.files import store
from portal.files.kinds import Kind
from portal.files.office_pdf import office
from portal.inbox.models import Notice

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def lesson(people: Cast) -> Course:
    """A lesson that was given."""
    programme = programme_operations.add_programme("2026 年讲业务课程计划", 2026, "", by=people.secretary)
    field = programme_operations.add_field("科技", 1, by=people.secretary)
    made = course_operations.add_course(
        programme, "研发费用加计扣除", field, department=people.industry, lecturer=people.lecturer, by=people.secretary
    )
    rota.invite(made, by=people.secretary)
    course_operations.deliver(made, clock.today(), by=people.secretary)
    db.session.commit()
    by_itself("library.enter")
    return made


@pytest.fixture
def policy(people: Cast, lesson: Course) -> Policy:
    """What it left behind, taken into the library with a summary that was approved."""
    made = queries.policy_of(lesson)
    operations.submit(made, None, "企业按实际发生额的百分之百加计扣除。", None, by=people.lecturer)
    operations.approve(made, by=people.secretary)
    course_operations.publish(lesson, by=people.secretary)
    by_itself("library.let_be_found")
    return made


@pytest.fixture
def firm(people: Cast) -> Enterprise:
    """An enterprise the officer looks after."""
    made = enterprises.add_enterprise(
        ClientKind.enterprise, "示例铸造公司", "", [people.officer], None, by=people.secretary
    )
    db.session.commit()
    return made


def found(words: str) -> list[str]:
    return [hit.entry.label for hit in search.find(words, {FOR_READERS}).rows]


def test_a_lesson_given_has_its_place_in_the_library_and_its_lecturer_is_asked(people: Cast, lesson: Course) -> None:
    by_itself("library.enter")
    assert db.session.scalar(sa.select(sa.func.count(Policy.id))) == 1
    told = sa.select(Notice.title).where(Notice.user_id == people.lecturer.id).order_by(Notice.id)
    assert db.session.scalars(told).all()[-1] == f"请为讲过的课写一页纸摘要：{lesson}"


def test_readers_see_the_summary_that_was_approved_until_the_next_one_is(
    people: Cast, as_: SignIn, policy: Policy
) -> None:
    address = f"/library/{policy.id}"
    lecturer = as_(people.lecturer)
    assert (
        lecturer.post(f"{address}/edit", data={"summary": "新的口径。", "version": policy.version}).status_code == 303
    )
    page = as_(people.officer).get(address).text
    assert "百分之百加计扣除" in page
    assert "新的口径" not in page
    assert "新的口径" in as_(people.secretary).get(address).text
    assert as_(people.secretary).post(f"{address}/changes", data={"why": "写明比例"}).status_code == 303
    assert "写明比例" in lecturer.get(f"{address}/edit").text
    lecturer.post(f"{address}/edit", data={"summary": "制造业百分之百。"})
    as_(people.secretary).post(f"{address}/approval")
    db.session.expire_all()
    assert (policy.state, policy.approved_summary) == (SummaryState.approved, "制造业百分之百。")
    assert "制造业百分之百" in as_(people.officer).get(address).text


def test_what_is_not_in_the_library_is_for_its_lecturer_and_the_office(
    people: Cast, as_: SignIn, lesson: Course
) -> None:
    address = f"/library/{queries.policy_of(lesson).id}"
    for user, status in ((people.lecturer, 200), (people.secretary, 200), (people.officer, 404), (people.auditor, 404)):
        assert as_(user).get(address).status_code == status
    assert lesson.topic not in as_(people.officer).get("/library").text
    assert lesson.topic in as_(people.secretary).get("/library").text


def test_two_characters_find_a_policy_by_its_summary_and_its_documents(
    people: Cast, as_: SignIn, policy: Policy
) -> None:
    assert sorted(found("加计")) == ["政策资料", "讲业务"]
    assert found("实际发生") == ["政策资料"]
    typed = {
        "title": "企业所得税法",
        "authority": "税务总局",
        "reference": "第九号",
        "files": (BytesIO(pdf()), "原文.pdf"),
    }
    assert as_(people.lecturer).post(f"/library/{policy.id}/sources/new", data=typed).status_code == 303
    assert found("税务") == ["政策资料"]
    source = policy.sources[0]
    assert as_(people.officer).get(f"/sources/{source.id}").data[:4] == b"%PDF"
    assert as_(people.officer).post(f"/sources/{source.id}/removal").status_code == 403
    assert as_(people.lecturer).post(f"/sources/{source.id}/removal").status_code == 303
    assert found("税务") == []


def written_as_pdf(text: str) -> bytes:
    return bytes(weasyprint.HTML(string=f"<p style='font-family: \"Noto Serif CJK SC\"'>{text}").write_pdf())


def written_as_docx(text: str) -> bytes:
    need("soffice", office(), "LibreOffice is not here")
    document, target = Document(), BytesIO()
    document.add_paragraph(text)
    document.save(target)
    return target.getvalue()


@pytest.mark.parametrize(("written", "name"), [(written_as_pdf, "通知.pdf"), (written_as_docx, "通知.docx")])
def test_two_characters_find_what_a_source_document_says(
    people: Cast, as_: SignIn, policy: Policy, written: Callable[[str], bytes], name: str
) -> None:
    content = written("设备、器具在五百万元以下的，允许一次性扣除。")
    typed = {"title": "公告", "authority": "税务总局", "files": (BytesIO(content), name)}
    as_(people.lecturer).post(f"/library/{policy.id}/sources/new", data=typed)
    by_itself("library.read_sources")
    assert found("器具") == ["政策原文"]
    page = as_(people.officer).get("/search?q=器具").text
    assert f"/library/{policy.id}#source-{policy.sources[0].id}" in page
    assert "器具" not in as_(people.auditor).get("/search?q=器具").text.split("<main")[1].replace('value="器具"', "")
    as_(people.lecturer).post(f"/sources/{policy.sources[0].id}/removal")
    assert found("器具") == []


def test_what_a_source_document_says_is_found_only_once_its_lesson_is_in_the_library(
    people: Cast, lesson: Course
) -> None:
    policy = queries.policy_of(lesson)
    file = store.put(written_as_pdf("允许一次性扣除器具"), "公告.pdf", Kind.PDF.media_type, people.lecturer)
    operations.add_source(policy, "公告", "", "", None, file, by=people.lecturer)
    db.session.commit()
    by_itself("library.read_sources")
    assert found("器具") == []
    course_operations.publish(lesson, by=people.secretary)
    by_itself("library.let_be_found")
    assert found("器具") == ["政策原文"]


@pytest.mark.parametrize(
    ("content", "kind", "said"),
    [(pdf(), Kind.PDF, "没有文字（例如扫描件），只能按标题搜到"), (b"PK\x03\x04", Kind.DOCX, "正文没能读出来")],
)
def test_a_source_document_without_words_says_so(
    people: Cast, as_: SignIn, policy: Policy, content: bytes, kind: Kind, said: str
) -> None:
    file = store.put(content, f"公告.{kind.value}", kind.media_type, people.lecturer)
    operations.add_source(policy, "公告", "", "", None, file, by=people.lecturer)
    db.session.commit()
    by_itself("library.read_sources")
    by_itself("library.read_sources")
    assert said in as_(people.officer).get(f"/library/{policy.id}").text


def test_an_expired_policy_is_marked_and_no_longer_offered(
    people: Cast, as_: SignIn, policy: Policy, firm: Enterprise
) -> None:
    policy.valid_until = clock.today()
    db.session.commit()
    assert "登记今天的宣讲" in as_(people.officer).get(f"/enterprises/{firm.id}").text
    with clock.at(clock.now() + timedelta(days=1)):
        officer = as_(people.officer)
        assert "已失效" in officer.get("/library").text
        assert "请勿再用于宣讲" in officer.get(f"/library/{policy.id}").text
        assert (
            policy.course.topic not in officer.get("/library?valid=yes").text.split("<tbody>")[-1].split("<footer")[0]
        )
        assert "登记今天的宣讲" not in officer.get(f"/enterprises/{firm.id}").text


@pytest.mark.parametrize("side", ["policy", "enterprise"])
def test_a_briefing_is_noted_from_either_side_and_shown_on_both(
    people: Cast, as_: SignIn, policy: Policy, firm: Enterprise, side: str
) -> None:
    officer = as_(people.officer)
    address, data = {
        "policy": (f"/library/{policy.id}/briefings", {"enterprise_id": firm.id}),
        "enterprise": (f"/enterprises/{firm.id}/briefings", {"policy_id": policy.id}),
    }[side]
    assert officer.post(address, data=data).status_code == 303
    assert officer.post(address, data=data).status_code == 409
    assert firm.name in officer.get(f"/library/{policy.id}").text
    assert policy.course.topic in officer.get(f"/enterprises/{firm.id}").text
    briefing = db.session.scalars(sa.select(Briefing)).one()
    assert as_(people.colleague).post(f"/briefings/{briefing.id}/removal").status_code == 403
    assert officer.post(f"/briefings/{briefing.id}/removal").status_code == 303
    assert db.session.scalar(sa.select(sa.func.count(Briefing.id))) == 0


def test_what_is_not_in_the_library_is_told_to_nobody(
    people: Cast, as_: SignIn, lesson: Course, firm: Enterprise
) -> None:
    policy = queries.policy_of(lesson)
    answer = as_(people.lecturer).post(f"/library/{policy.id}/briefings", data={"enterprise_id": firm.id})
    assert (answer.status_code, "还没有入库" in answer.text) == (409, True)


@pytest.mark.parametrize("address", ["/library", "/library/1", "/enterprises/1"])
def test_the_library_asks_no_more_however_much_it_holds(
    people: Cast, as_: SignIn, statements: list[str], policy: Policy, firm: Enterprise, address: str
) -> None:
    browser, counts, programme = as_(people.officer), [], policy.course.programme
    for _ in range(2):
        for number in range(5):
            course = course_operations.add_course(
                programme, f"课{number}", policy.course.field, lecturer=people.lecturer, by=people.secretary
            )
            course_operations.deliver(rota.invite(course, by=people.secretary), clock.today(), by=people.secretary)
            course_operations.publish(course, by=people.secretary)
            operations.brief(operations.enter(course), firm, by=people.officer)
            operations.add_source(policy, f"文件{number}", "", "", None, None, by=people.lecturer)
        db.session.commit()
        browser.get(address)
        statements.clear()
        assert browser.get(address).status_code == 200
        counts.append(len([one for one in statements if one.startswith("SELECT")]))
    assert counts[0] == counts[1] <= 10
