"""Deeds about programmes, courses and slides."""

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, TypedDict, Unpack, cast

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal import clock, examine, jobs, journal, search, store
from portal.courses import comparing, planning, queries
from portal.courses.models import (
    ChangeKind,
    ConversionState,
    Course,
    CourseProgramme,
    LecturerChange,
    Material,
    MaterialComparison,
    MaterialPage,
    MaterialVersion,
    PolicyField,
    RotaPause,
    Visibility,
    has_not_failed,
    takes_no_slides,
)
from portal.database import add, claim, db, next_number
from portal.errors import Refused
from portal.examine import Kind
from portal.inbox.operations import tell
from portal.people.models import Department, Role, User
from portal.people.queries import in_charge
from portal.uploads import Kept

SLIDE_KINDS = frozenset({Kind.PPTX, Kind.PDF, Kind.DOCX, Kind.PNG, Kind.JPG})
MOST_COMPARED = 6  # versions before a new one


# --- Programmes and courses -----------------------------------------------------------------------------------------


def add_field(name: str, rank: int, *, by: User) -> PolicyField:
    """添加政策领域。"""
    _refuse_if_taken(PolicyField.name, name, "已经有名为“{}”的政策领域。")
    field: PolicyField = add(PolicyField(name=name, rank=rank))
    journal.record(by, "courses.add_field", field, "添加政策领域")
    return field


def add_programme(
    title: str, year: int, about: str, *, first_month: int = 1, last_month: int = 12, by: User
) -> CourseProgramme:
    """新建课程计划。"""
    _refuse_if_taken(CourseProgramme.title, title, "已经有名为“{}”的课程计划。")
    _refuse_backwards(first_month, last_month)
    programme: CourseProgramme = add(
        CourseProgramme(title=title, year=year, about=about, first_month=first_month, last_month=last_month)
    )
    journal.record(by, "courses.add_programme", programme, "新建课程计划", year=year)
    return programme


def edit_programme(
    programme: CourseProgramme,
    seen: int | None,
    *,
    title: str,
    year: int,
    about: str,
    first_month: int,
    last_month: int,
    by: User,
) -> CourseProgramme:
    """修改课程计划。"""
    claim(programme, seen)
    if title != programme.title:
        _refuse_if_taken(CourseProgramme.title, title, "已经有名为“{}”的课程计划。")
    _refuse_backwards(first_month, last_month)
    programme.title, programme.year, programme.about = title, year, about
    programme.first_month, programme.last_month = first_month, last_month
    journal.record(by, "courses.edit_programme", programme, "修改课程计划", year=year)
    db.session.flush()
    return programme


def _refuse_backwards(first_month: int, last_month: int) -> None:
    if first_month > last_month:
        raise Refused("结束月份不能早于开始月份；跨年的课程请分两期计划。")


class CourseFacts(TypedDict, total=False):
    """What can be said of a course."""

    department: Department | None
    lecturer: User | None
    aims: str
    minutes: int
    month: date | None


def add_course(
    programme: CourseProgramme, topic: str, field: PolicyField, *, by: User, **facts: Unpack[CourseFacts]
) -> Course:
    """添加课程。"""
    course: Course = add(
        Course(
            programme=programme,
            number=next_number(f"courses.programme.{programme.id}"),
            topic=topic,
            field=field,
            **facts,
        )
    )
    journal.record(by, "courses.add_course", course, "添加课程", number=course.number)
    if course.lecturer:
        _note_change(course, ChangeKind.appointed, None, course.lecturer, by)
    let_course_be_found(course)
    return course


def add_courses(
    programme: CourseProgramme, rows: Iterable[tuple[str, PolicyField, CourseFacts]], *, by_rota: bool, by: User
) -> list[Course]:
    """一次添加多门课程；需要时按轮值补上主讲人。"""
    made = [add_course(programme, topic, field, by=by, **facts) for topic, field, facts in rows]
    if by_rota:
        for one in made:
            following = planning.proposals([one], {}, planning.rota()).get(one.id)
            if following:
                appoint(one, following.person, by=by)
    return made


def edit_course(
    course: Course,
    seen: int | None,
    *,
    topic: str,
    field: PolicyField,
    department: Department | None,
    aims: str,
    minutes: int,
    month: date | None,
    by: User,
) -> Course:
    """修改课程。"""
    claim(course, seen)
    course.topic, course.field, course.department = topic, field, department
    course.aims, course.minutes, course.month = aims, minutes, month
    journal.record(by, "courses.edit_course", course, "修改课程")
    let_course_be_found(course)
    return course


# --- Lecturers ------------------------------------------------------------------------------------------------------


def appoint(course: Course, lecturer: User, *, by: User) -> Course:
    """指定主讲人；已经邀请过别人的，回到“已计划”，等待重新邀请。"""
    before = _replaced(course, lecturer)
    course.lifecycle.take(course, "appoint", by=by, before=before.name if before else "", after=lecturer.name)
    _give_to(course, lecturer, ChangeKind.appointed, by)
    _tell_released(course, before, by)
    return course


def appoint_by_rota(programme: CourseProgramme, *, by: User) -> list[Course]:
    """按轮值为没有主讲人的课程逐一指定主讲人。"""
    lessons = planning.lessons_in(programme)
    proposed = planning.proposals(lessons, planning.days_of(lessons), planning.rota())
    if not proposed:
        raise Refused("没有可以按轮值指定的课程：每讲都有主讲人了，或轮值名单上的人都已有课。")
    return [appoint(one, proposed[one.id].person, by=by) for one in lessons if one.id in proposed]


def ask(course: Course, lecturer: User, *, by: User) -> Course:
    """请一位首席服务官主讲：指定并邀请，等其确认。"""
    before = _replaced(course, lecturer)
    course.lifecycle.take(course, "ask", by=by, before=before.name if before else "", after=lecturer.name)
    _give_to(course, lecturer, ChangeKind.asked, by)
    _tell_lecturer(course, "请您确认主讲", by)
    _tell_released(course, before, by)
    return course


def invite(course: Course, *, by: User) -> Course:
    """邀请主讲人，请其确认。"""
    course.lifecycle.take(course, "invite", by=by, lecturer=course.lecturer.name if course.lecturer else "")
    _tell_lecturer(course, "请您确认主讲", by)
    db.session.flush()
    return course


def confirm(course: Course, *, by: User) -> Course:
    """主讲人确认主讲。"""
    course.lifecycle.take(course, "confirm", by=by)
    _tell_secretaries(course, f"{by.name}已确认主讲", by)
    db.session.flush()
    return course


def decline(course: Course, why: str, *, by: User) -> Course:
    """主讲人说明理由后谢绝；课程回到“已计划”，并按轮值提出下一位。"""
    course.lifecycle.take(course, "decline", by=by, why=why, lecturer=by.name)
    _give_to(course, None, ChangeKind.declined, by, why)
    following = planning.proposals([course], {}, planning.rota()).get(course.id)
    hint = f"轮值下一位：{following.person.titled}（{following.words}）。" if following else "轮值名单上没有空闲的人。"
    _tell_secretaries(course, f"{by.name}不能主讲", by, f"{why}\n{hint}", url=f"/courses/{course.id}/lecturer")
    return course


def substitute(course: Course, lecturer: User, *, by: User) -> Course:
    """请人代讲：由另一位首席服务官讲这一课，等其确认；轮值按实际主讲人计。"""
    before = _replaced(course, lecturer)
    course.lifecycle.take(course, "substitute", by=by, before=before.name if before else "", after=lecturer.name)
    _give_to(course, lecturer, ChangeKind.substituted, by)
    _tell_lecturer(course, f"请您代{before.name if before else ''}主讲并确认", by)
    if before and before.id != by.id:
        tell([before], f"已请{lecturer.name}代您主讲：{course}", f"/courses/{course.id}")
    _tell_secretaries(course, f"{by.name}请{lecturer.name}代讲", by)
    return course


def swap(course: Course, other: Course, *, by: User) -> Course:
    """两课对调主讲人，请两位分别确认。"""
    if course.lecturer is None or other.lecturer is None or course.lecturer_id == other.lecturer_id:
        raise Refused("只能与另一位主讲人的课对调，请刷新页面后重新选择。")
    other.lifecycle.take(other, "swap", by=by, before=other.lecturer.name, after=course.lecturer.name)
    course.lifecycle.take(course, "swap", by=by, before=course.lecturer.name, after=other.lecturer.name)
    mine, theirs = course.lecturer, other.lecturer
    _give_to(course, theirs, ChangeKind.swapped, by)
    _give_to(other, mine, ChangeKind.swapped, by)
    for one in (course, other):
        _tell_lecturer(one, "您的课已对调，请确认主讲", by)
    return course


def pause_turn(person: User, until: date | None, why: str, *, by: User) -> RotaPause:
    """暂停一个人的轮值，写明理由；可以写到哪天为止。"""
    if not why.strip():
        raise Refused("请写明暂停轮值的理由。")
    paused = planning.pause(person.id) or RotaPause(user_id=person.id)
    paused.until, paused.why = until, why
    db.session.add(paused)
    until_text = until.isoformat() if until else ""
    journal.record(by, "courses.pause_turn", person, "暂停轮值", why=why, until=until_text)
    db.session.flush()
    return paused


def resume_turn(person: User, *, by: User) -> None:
    """恢复一个人的轮值。"""
    paused = planning.pause(person.id)
    if paused is None:
        raise Refused(f"{person.name}没有暂停轮值，不需要恢复。")
    db.session.delete(paused)
    journal.record(by, "courses.resume_turn", person, "恢复轮值")
    db.session.flush()


def _replaced(course: Course, lecturer: User) -> User | None:
    if course.lecturer_id == lecturer.id:
        raise Refused(f"主讲人已经是{lecturer.name}，不需要更换。")
    return course.lecturer


def _give_to(course: Course, lecturer: User | None, kind: ChangeKind, by: User, why: str = "") -> None:
    before, course.lecturer = course.lecturer, lecturer
    course.secrecy_signed_at = course.secrecy_signed_by_id = None
    _note_change(course, kind, before, lecturer, by, why)
    let_course_be_found(course)


def _note_change(
    course: Course, kind: ChangeKind, before: User | None, after: User | None, by: User, why: str = ""
) -> None:
    add(
        LecturerChange(
            course=course,
            kind=kind,
            before_id=before.id if before else None,
            after_id=after.id if after else None,
            by_id=by.id,
            at=clock.now(),
            why=why,
        )
    )


def _tell_released(course: Course, before: User | None, by: User) -> None:
    """Whoever had the lesson learns that it is another's now."""
    if before and before.id != by.id and before.active:
        tell(
            [before],
            f"这一讲改由{course.lecturer.name if course.lecturer else '别人'}主讲：{course}",
            f"/courses/{course.id}",
        )


# --- The way of a lesson --------------------------------------------------------------------------------------------


def write_outline(course: Course, seen: int | None, text: str, *, by: User) -> Course:
    """填写讲课提纲。"""
    claim(course, seen)
    course.lifecycle.take(course, "write_outline", by=by)
    course.outline = text
    db.session.flush()
    return course


def sign_secrecy(course: Course, *, by: User) -> Course:
    """主讲人签署保密自查，对已经提交的全部课件负责；再提交新版本后须重新签署。"""
    course.lifecycle.take(course, "sign_secrecy", by=by, versions=[str(one.latest) for one in course.materials])
    course.secrecy_signed_at, course.secrecy_signed_by_id = clock.now(), by.id
    db.session.flush()
    return course


def deliver(course: Course, day: date, *, by: User | None) -> Course:
    """登记课程已经讲授，计入轮值。"""
    course.lifecycle.take(course, "deliver", by=by, day=day.isoformat())
    course.delivered_on = day
    let_course_be_found(course)
    for material in course.materials:
        let_slides_be_found(material)
    return course


def publish(course: Course, *, by: User | None) -> Course:
    """把讲过的课程收入课程库。"""
    course.lifecycle.take(course, "publish", by=by)
    db.session.flush()
    return course


def cancel(course: Course, why: str, *, by: User) -> Course:
    """取消课程。"""
    course.lifecycle.take(course, "cancel", by=by, why=why)
    _tell_lecturer(course, "课程已取消", by, why)
    db.session.flush()
    return course


# --- Slides ---------------------------------------------------------------------------------------------------------


def submit_material(
    course: Course,
    content: BinaryIO | bytes | Kept,
    name: str,
    title: str,
    note: str,
    secrecy_checked: bool,
    *,
    material: Material | None = None,
    visibility: Visibility | None = None,
    by: User,
) -> MaterialVersion:
    """提交课件：新的课件，或已有课件的新一版；以前的版本都保留。"""
    if obstacle := takes_no_slides(course):
        raise Refused(obstacle)
    if not secrecy_checked:
        raise Refused("请先完成保密自查，确认课件不含涉密信息，再勾选后提交。")
    if material is not None and material.course_id != course.id:
        raise Refused("所选课件不属于这门课程，请重新选择。")
    late = refuse_late(course, material, by=by)
    on_behalf = course.lecturer_id is not None and course.lecturer_id != by.id
    facts: dict[str, Any] = {"late": late}
    if on_behalf and course.lecturer:
        facts["on_behalf_of"] = course.lecturer.name
    file = content.enter(by) if isinstance(content, Kept) else _examined(content, name, by)
    if material is None:
        shown = visibility or Visibility.before
        material = add(Material(course=course, title=title or file.name.rpartition(".")[0], visibility=shown))
        number = next_number(f"courses.material.{material.id}")
        journal.record(by, "courses.submit_material", material, "提交课件", version=number, sha256=file.sha256, **facts)
    else:
        number = next_number(f"courses.material.{material.id}")
        material.lifecycle.take(material, "submit_material", by=by, version=number, sha256=file.sha256, **facts)
    if visibility and visibility is not material.visibility:
        material.visibility = visibility
        let_slides_be_found(material)
    version: MaterialVersion = add(
        MaterialVersion(
            material=material,
            number=number,
            file=file,
            note=note,
            uploaded_by=by,
            uploaded_at=clock.now(),
            secrecy_checked=secrecy_checked,
            on_behalf=on_behalf,
            late=late,
        )
    )
    if on_behalf and course.lecturer:
        tell([course.lecturer], f"{by.name}代您提交了课件，请核对并签署保密自查：{course}", f"/courses/{course.id}")
    _tell_secretaries(
        course, f"课件《{material.title}》第 {number} 版待审", by, url=f"/materials/versions/{version.id}"
    )
    return version


def refuse_late(course: Course, material: Material | None, *, by: User) -> bool:
    """Whether slides handed in now are late; Refused where they are and this person may not hand them in any more."""
    due = planning.slides_due_of(course)
    if due is None or clock.today() <= due:
        return False
    if obstacle := planning.closed_to(course, material, due, by):
        raise Refused(obstacle)
    return True


def set_visibility(material: Material, visibility: Visibility, *, by: User) -> Material:
    """改变课件何时公开：审核通过后就能看，或者会后才能看。"""
    if visibility is material.visibility:
        raise Refused(f"这份课件已经是“{visibility.label}”。")
    journal.record(
        by, "courses.set_visibility", material, "改变公开时间", before=material.visibility.value, after=visibility.value
    )
    material.visibility = visibility
    let_slides_be_found(material)
    return material


def approve_material(material: Material, *, seen: int | None = None, by: User) -> Material:
    """保密审查后通过课件的最新一版；此后可以查看课程的人都能看到它。

    `seen` is the number of the version the reviewer had before the eyes; the same holds for the next two deeds.
    """
    _refuse_unseen(material, seen)
    material.lifecycle.take(material, "approve_material", by=by, version=material.latest.number, secrecy_reviewed=True)
    material.remark = ""
    material.latest.approved_by, material.latest.approved_at = by, clock.now()
    let_slides_be_found(material)
    _tell_lecturer(material.course, f"课件《{material.title}》已通过审核", by)
    return material


def request_changes(material: Material, why: str, *, seen: int | None = None, by: User) -> Material:
    """退改课件并说明要改什么。"""
    _refuse_unseen(material, seen)
    material.lifecycle.take(material, "request_changes", by=by, why=why, version=material.latest.number)
    material.remark = why
    _tell_lecturer(material.course, f"课件《{material.title}》需要修改", by, why)
    db.session.flush()
    return material


def finalise(material: Material, *, seen: int | None = None, by: User | None) -> Material:
    """把通过审核的课件定稿，即会上所讲的那一版；定稿后不再接收新版本。"""
    _refuse_unseen(material, seen)
    material.lifecycle.take(material, "finalise", by=by, version=material.latest.number)
    db.session.flush()
    return material


def keep_as_shown(material: Material) -> Material:
    """讲授以后，把会上所讲的那一版（最近一次通过审核的）定稿；没有赶上审核的新版本只作留存。"""
    shown = material.approved.number if material.approved else 0
    material.lifecycle.take(material, "keep_as_shown", by=None, version=shown)
    db.session.flush()
    return material


# --- Pages of slides ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class KeptPage:
    """A page whose pictures lie in the store already; no row names them yet."""

    number: int
    picture: tuple[str, int]
    thumbnail: tuple[str, int]
    width: int
    height: int
    text: str


def add_page(session: Session, version_id: int, page: KeptPage) -> None:
    """登记刚生成的一页；其余的还在生成。"""
    name = f"{version_id}-{page.number}.webp"
    session.add(
        MaterialPage(
            version_id=version_id, number=page.number, file=_picture(page.picture, name),
            thumbnail=_picture(page.thumbnail, name), width=page.width, height=page.height, text=page.text,
        )
    )  # fmt: skip


def finish_conversion(version: MaterialVersion, pages: int, fonts: Sequence[str] = ()) -> MaterialVersion:
    """登记预览页面已经全部生成，以及哪些字体用了代替的。"""
    version.conversion, version.fonts = ConversionState.ready, list(fonts)
    version.pages_done = version.pages_total = pages
    journal.record(None, "courses.convert", version.material, "生成预览", version=version.number, pages=pages)
    let_slides_be_found(version.material)
    _owe_comparisons(version)
    return version


def _owe_comparisons(version: MaterialVersion) -> None:
    """Let the new version be compared with those before it."""
    before = [one for one in version.material.versions if one.number < version.number and one.can_be_seen]
    for older in before[-MOST_COMPARED:]:
        if queries.comparison(version, older) is None:
            db.session.add(MaterialComparison(newer=version, older=older))
    db.session.flush()


def finish_comparison(comparison: MaterialComparison, rows: Sequence[comparing.Row]) -> MaterialComparison:
    """登记两版课件逐页对照的结果。"""
    comparison.rows, comparison.made_at = [row.as_facts() for row in rows], clock.now()
    db.session.flush()
    return comparison


def fail_conversion(version: MaterialVersion, sentence: str) -> MaterialVersion:
    """登记预览生成失败的原因，并告知提交人；原文件不受影响。"""
    _drop_pages(version)
    version.conversion, version.failure = ConversionState.failed, sentence
    journal.record(
        None, "courses.fail_conversion", version.material, "预览生成失败", why=sentence, version=version.number
    )
    tell([version.uploaded_by], f"{version}无法生成预览", f"/materials/versions/{version.id}", body=sentence)
    db.session.flush()
    return version


def retry_conversion(version: MaterialVersion, *, by: User) -> MaterialVersion:
    """重新生成预览。"""
    if obstacle := has_not_failed(version):
        raise Refused(obstacle)
    journal.record(by, "courses.retry_conversion", version.material, "重新生成预览", version=version.number)
    _drop_pages(version)
    version.conversion, version.failure = ConversionState.waiting, ""
    version.pages_done = version.pages_total = 0
    db.session.flush()
    jobs.try_again(version)
    return version


# --- Small parts ----------------------------------------------------------------------------------------------------


def _drop_pages(version: MaterialVersion) -> None:
    """Half a preview would look like a whole one."""
    pairs = sa.or_(MaterialComparison.newer_id == version.id, MaterialComparison.older_id == version.id)
    db.session.execute(sa.delete(MaterialComparison).where(pairs))
    db.session.execute(sa.delete(MaterialPage).where(MaterialPage.version_id == version.id))


def _refuse_if_taken(column: InstrumentedAttribute[str], text: str, sentence: str) -> None:
    if db.session.scalar(sa.select(column).where(column == text)) is not None:
        raise Refused(sentence.format(text))


def _refuse_unseen(material: Material, seen: int | None) -> None:
    if seen is not None and seen != material.latest.number:
        raise Refused(f"在您审看期间，课件有了第 {material.latest.number} 版。请看过新的一版再办理。")


def _examined(content: BinaryIO | bytes, name: str, by: User) -> store.StoredFile:
    source = BytesIO(content) if isinstance(content, bytes) else content
    with TemporaryDirectory(prefix="portal-slides-") as folder:
        draft = Path(folder) / "upload"
        with draft.open("wb") as target:
            shutil.copyfileobj(source, target, store.BLOCK)
        kind = examine.examine(draft, name, SLIDE_KINDS)
        with draft.open("rb") as examined:
            return store.put(cast(BinaryIO, examined), name, kind.media_type, by)


def _picture(kept: tuple[str, int], name: str) -> store.StoredFile:
    sha, size = kept
    return store.StoredFile(
        sha256=sha, name=store.clean_name(name), media_type="image/webp", size=size, uploaded_at=clock.now()
    )


def _tell_lecturer(course: Course, what: str, by: User, body: str = "") -> None:
    if course.lecturer and course.lecturer_id != by.id:
        tell([course.lecturer], f"{what}：{course}", f"/courses/{course.id}", body=body)


def _tell_secretaries(course: Course, what: str, by: User, body: str = "", *, url: str = "") -> None:
    others = in_charge(Role.secretary, but=by)
    tell(others, f"{what}：{course}", url or f"/courses/{course.id}", body=body)


def let_course_be_found(course: Course) -> None:
    """Let a lesson be found by its topic, field, lecturer and aims."""
    db.session.flush()
    names = [course.field.name, course.lecturer.titled if course.lecturer else "", course.aims]
    search.index(
        Course.__tablename__,
        course.id,
        title=str(course),
        text="\n".join(name for name in names if name),
        url=f"/courses/{course.id}",
        label="讲业务",
        day=course.delivered_on,
        scope=queries.FOR_READERS,
    )


def let_slides_be_found(material: Material) -> None:
    """Let slides be found: the version everybody may read, and a newer one by those who review it."""
    db.session.flush()
    for version in material.versions:
        if version.can_be_seen and version in (material.approved, material.latest):
            search.index(
                MaterialVersion.__tablename__,
                version.id,
                title=f"{material.title}（{material.course}）",
                text=queries.texts_of(version),
                url=f"/materials/versions/{version.id}",
                label="课件",
                day=clock.local(version.uploaded_at).date(),
                scope=queries.FOR_READERS
                if version.was_approved and material.is_for_readers
                else queries.FOR_REVIEWERS,
            )
        else:
            search.forget(MaterialVersion.__tablename__, version.id)
