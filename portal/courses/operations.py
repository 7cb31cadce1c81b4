"""Deeds about programmes, courses and slides."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, cast

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from portal import clock, examine, jobs, journal, search, store
from portal.courses import queries
from portal.courses.models import (
    ConversionState,
    Course,
    CourseProgramme,
    Material,
    MaterialPage,
    MaterialVersion,
    PolicyField,
    Visibility,
    has_not_failed,
    takes_no_slides,
)
from portal.database import add, claim, db, next_number
from portal.errors import Refused
from portal.examine import Kind
from portal.inbox.operations import tell
from portal.people.models import Department, Role, User
from portal.people.queries import holders
from portal.uploads import Kept

SLIDE_KINDS = frozenset({Kind.PPTX, Kind.PDF, Kind.DOCX, Kind.PNG, Kind.JPG})


# --- Programmes and courses -----------------------------------------------------------------------------------------


def add_field(name: str, rank: int, *, by: User) -> PolicyField:
    """新增政策领域。"""
    _refuse_if_taken(PolicyField.name, name, "已经有名为“{}”的政策领域。")
    field: PolicyField = add(PolicyField(name=name, rank=rank))
    journal.record(by, "courses.add_field", field, "新增政策领域")
    return field


def add_programme(title: str, year: int, about: str, *, by: User) -> CourseProgramme:
    """新建课程计划。"""
    _refuse_if_taken(CourseProgramme.title, title, "已经有名为“{}”的课程计划。")
    programme: CourseProgramme = add(CourseProgramme(title=title, year=year, about=about))
    journal.record(by, "courses.add_programme", programme, "新建课程计划", year=year)
    return programme


def edit_programme(
    programme: CourseProgramme, seen: int | None, *, title: str, year: int, about: str, by: User
) -> CourseProgramme:
    """修改课程计划。"""
    claim(programme, seen)
    if title != programme.title:
        _refuse_if_taken(CourseProgramme.title, title, "已经有名为“{}”的课程计划。")
    programme.title, programme.year, programme.about = title, year, about
    journal.record(by, "courses.edit_programme", programme, "修改课程计划", year=year)
    db.session.flush()
    return programme


def add_course(
    programme: CourseProgramme,
    topic: str,
    field: PolicyField,
    *,
    department: Department | None = None,
    lecturer: User | None = None,
    aims: str = "",
    minutes: int = 30,
    by: User,
) -> Course:
    """新增课程。"""
    course: Course = add(
        Course(
            programme=programme,
            number=next_number(f"courses.programme.{programme.id}"),
            topic=topic,
            field=field,
            department=department,
            lecturer=lecturer,
            aims=aims,
            minutes=minutes,
        )
    )
    journal.record(by, "courses.add_course", course, "新增课程", number=course.number)
    let_course_be_found(course)
    return course


def edit_course(
    course: Course,
    seen: int | None,
    *,
    topic: str,
    field: PolicyField,
    department: Department | None,
    aims: str,
    minutes: int,
    by: User,
) -> Course:
    """修改课程。"""
    claim(course, seen)
    course.topic, course.field, course.department = topic, field, department
    course.aims, course.minutes = aims, minutes
    journal.record(by, "courses.edit_course", course, "修改课程")
    let_course_be_found(course)
    return course


def appoint(course: Course, lecturer: User, *, by: User) -> Course:
    """指定主讲人；已经邀请过别人的，回到“已计划”，等待重新邀请。"""
    if course.lecturer_id == lecturer.id:
        raise Refused(f"主讲人已经是{lecturer.name}，不需要更换。")
    before = course.lecturer.name if course.lecturer else ""
    course.lifecycle.take(course, "appoint", by=by, before=before, after=lecturer.name)
    course.lecturer = lecturer
    let_course_be_found(course)
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
    """主讲人说明理由后谢绝；课程回到“已计划”，由秘书按轮值另请他人。"""
    course.lifecycle.take(course, "decline", by=by, why=why, lecturer=by.name)
    course.lecturer = None
    _tell_secretaries(course, f"{by.name}不能主讲，请另行安排", by, why)
    let_course_be_found(course)
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
    file = content.enter(by) if isinstance(content, Kept) else _examined(content, name, by)
    if material is None:
        shown = visibility or Visibility.before
        material = add(Material(course=course, title=title or file.name.rpartition(".")[0], visibility=shown))
        number = next_number(f"courses.material.{material.id}")
        journal.record(by, "courses.submit_material", material, "提交课件", version=number, sha256=file.sha256)
    else:
        number = next_number(f"courses.material.{material.id}")
        material.lifecycle.take(material, "submit_material", by=by, version=number, sha256=file.sha256)
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
        )
    )
    _tell_secretaries(
        course, f"课件《{material.title}》第 {number} 版待审", by, url=f"/materials/versions/{version.id}"
    )
    return version


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


def finish_conversion(version: MaterialVersion, pages: Sequence[KeptPage]) -> MaterialVersion:
    """登记生成好的预览页面。"""
    for page in pages:
        name = f"{version.material.title}-{page.number}.webp"
        db.session.add(
            MaterialPage(
                version=version,
                number=page.number,
                file=_picture(page.picture, name),
                thumbnail=_picture(page.thumbnail, name),
                width=page.width,
                height=page.height,
                text=page.text,
            )
        )
    version.conversion = ConversionState.ready
    version.pages_done = version.pages_total = len(pages)
    journal.record(None, "courses.convert", version.material, "生成预览", version=version.number, pages=len(pages))
    let_slides_be_found(version.material)
    return version


def fail_conversion(version: MaterialVersion, sentence: str) -> MaterialVersion:
    """登记预览生成失败的原因，并告知提交人；原文件不受影响。"""
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
    version.conversion, version.failure = ConversionState.waiting, ""
    version.pages_done = version.pages_total = 0
    db.session.flush()
    jobs.try_again(version)
    return version


# --- Small parts ----------------------------------------------------------------------------------------------------


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
    others = [one for one in holders(Role.secretary) if one.id != by.id]
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
