"""Operations on slides: handing in, review, visibility, filing, and the lecturer's secrecy check."""

import shutil
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, cast

from portal.courses import rules as courses_rules
from portal.courses.course.notifying import notify_lecturer, notify_secretaries
from portal.courses.materials import queries
from portal.courses.models.courses import Course, takes_no_slides
from portal.courses.models.materials import Material, MaterialVersion, Visibility
from portal.db import clock, journal, search
from portal.db.engine import add, db
from portal.db.numbers import next_number
from portal.errors import Refused
from portal.files import examine, places, store
from portal.files.kinds import Kind
from portal.files.uploads import Kept
from portal.inbox.operations import notify
from portal.people.models.accounts import User

SLIDE_KINDS = frozenset({Kind.PPTX, Kind.PDF, Kind.DOCX, Kind.PNG, Kind.JPG})


def sign_secrecy(course: Course, *, by: User) -> Course:
    """主讲人签署保密自查，对已经提交的全部课件负责；再提交新版本后须重新签署。"""
    course.lifecycle.fire(course, "sign_secrecy", by=by, versions=[str(one.latest) for one in course.materials])
    course.secrecy_signed_at, course.secrecy_signed_by_id = clock.now(), by.id
    db.session.flush()
    return course


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
        material.lifecycle.fire(material, "submit_material", by=by, version=number, sha256=file.sha256, **facts)
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
        notify([course.lecturer], f"{by.name}代您提交了课件，请核对并签署保密自查：{course}", f"/courses/{course.id}")
    notify_secretaries(
        course, f"课件《{material.title}》第 {number} 版待审", by, url=f"/materials/versions/{version.id}"
    )
    return version


def refuse_late(course: Course, material: Material | None, *, by: User) -> bool:
    """Whether slides handed in now are late; Refused where they are and this person may not hand them in any more."""
    due = queries.slides_due_of(course)
    if due is None or clock.today() <= due:
        return False
    if obstacle := queries.closed_to(course, material, due, by):
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
    material.lifecycle.fire(material, "approve_material", by=by, version=material.latest.number, secrecy_reviewed=True)
    material.remark = ""
    material.latest.approved_by, material.latest.approved_at = by, clock.now()
    let_slides_be_found(material)
    notify_lecturer(material.course, f"课件《{material.title}》已通过审核", by)
    return material


def request_changes(material: Material, why: str, *, seen: int | None = None, by: User) -> Material:
    """退改课件并说明要改什么。"""
    _refuse_unseen(material, seen)
    material.lifecycle.fire(material, "request_changes", by=by, why=why, version=material.latest.number)
    material.remark = why
    notify_lecturer(material.course, f"课件《{material.title}》需要修改", by, why)
    db.session.flush()
    return material


def finalise(material: Material, *, seen: int | None = None, by: User | None) -> Material:
    """把通过审核的课件定稿，即会上所讲的那一版；定稿后不再接收新版本。"""
    _refuse_unseen(material, seen)
    material.lifecycle.fire(material, "finalise", by=by, version=material.latest.number)
    db.session.flush()
    return material


def keep_as_shown(material: Material) -> Material:
    """讲授以后，把会上所讲的那一版（最近一次通过审核的）定稿；没有赶上审核的新版本只作留存。"""
    shown = material.approved.number if material.approved else 0
    material.lifecycle.fire(material, "keep_as_shown", by=None, version=shown)
    db.session.flush()
    return material


def _refuse_unseen(material: Material, seen: int | None) -> None:
    if seen is not None and seen != material.latest.number:
        raise Refused(f"在您审看期间，课件有了第 {material.latest.number} 版。请看过新的一版再办理。")


def _examined(content: BinaryIO | bytes, name: str, by: User) -> store.StoredFile:
    source = BytesIO(content) if isinstance(content, bytes) else content
    with TemporaryDirectory(prefix="portal-slides-") as folder:
        draft = Path(folder) / "upload"
        with draft.open("wb") as target:
            shutil.copyfileobj(source, target, places.BLOCK)
        kind = examine.examine(draft, name, SLIDE_KINDS)
        with draft.open("rb") as examined:
            return store.put(cast(BinaryIO, examined), name, kind.media_type, by)


def let_slides_be_found(material: Material) -> None:
    """Index slides for search: the version everybody may read, and a newer one by those who review it."""
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
                scope=courses_rules.FOR_READERS
                if version.was_approved and material.is_for_readers
                else courses_rules.FOR_REVIEWERS,
            )
        else:
            search.forget(MaterialVersion.__tablename__, version.id)
