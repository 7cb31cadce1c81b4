"""Routes of slides."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.courses import rules
from portal.courses.blueprint import bp, checked, chosen, course_done
from portal.courses.course.page import course_page, visible_versions, why_closed
from portal.courses.materials import comparing, operations, queries
from portal.courses.materials import conversion as materials_conversion
from portal.courses.materials.forms import ApprovalForm, MaterialForm, SecrecyForm, VisibilityForm, upload_purpose
from portal.courses.models.courses import Course, takes_no_slides
from portal.courses.models.materials import Material, MaterialPage, MaterialVersion, has_not_failed
from portal.files import store, tus, uploads
from portal.web import forms as web_forms
from portal.web import responses
from portal.web.guards import require, requires


@bp.route("/courses/<model:course>/secrecy", methods=["GET", "POST"])
@requires(rules.see, rules.answer, transition="sign_secrecy")
def sign_secrecy(course: Course) -> ResponseReturnValue:
    """签署保密自查。"""
    form = SecrecyForm()
    if form.ready() and form.attempt(operations.sign_secrecy, course, by=current_user) is not None:
        return course_done(course, "保密自查已签署。")
    return responses.show("courses/materials/secrecy.html", form=form, course=course)


@bp.post("/courses/<model:course>/materials")
@requires(rules.see, rules.submit_material, when=(takes_no_slides,))
def submit_material(course: Course) -> ResponseReturnValue:
    """提交课件。"""
    form = MaterialForm()
    form.offer(course)
    if not form.ready():
        form.file.hold()
    elif kept := form.attempt(uploads.keep, form.file.data, operations.SLIDE_KINDS):
        version = form.attempt(
            operations.submit_material,
            course,
            kept,
            kept.name,
            form.title.data,
            form.note.data,
            form.secrecy_checked.data,
            material=chosen(course.materials, form.material_id.data),
            visibility=form.visibility.data,
            by=current_user,
        )
        if version is not None:
            return responses.done(
                url_for("courses.show", course=version.material.course_id, _anchor="slides"),
                "课件已提交，等待审核；预览正在生成。",
            )
    return course_page(course, form)


@bp.post("/courses/<model:course>/materials/incoming")
@requires(rules.see, rules.submit_material, when=(takes_no_slides,))
def begin_upload(course: Course) -> ResponseReturnValue:
    """开始分段上传课件；断线后从断开的地方继续。"""
    obstacle = takes_no_slides(course) or why_closed(course, queries.slides_due_of(course))
    require(obstacle is None, obstacle or "")
    return tus.begin(upload_purpose(course), operations.SLIDE_KINDS)


@bp.get("/materials/<model:material>")
@requires(rules.see_material)
def show_material(material: Material) -> ResponseReturnValue:
    """课件的最新一版。"""
    return responses.done(url_for("courses.show_version", material_version=visible_versions(material)[0].id))


@bp.post("/materials/<model:material>/approval")
@requires(rules.see_material, rules.review, transition="approve_material")
def approve_material(material: Material) -> ResponseReturnValue:
    """通过课件。"""
    form = checked(ApprovalForm())
    operations.approve_material(material, seen=form.seen, by=current_user)
    return course_done(material.course, "课件已通过审核。")


@bp.post("/materials/<model:material>/changes")
@requires(rules.see_material, rules.review, transition="request_changes")
def request_changes(material: Material) -> ResponseReturnValue:
    """退改课件。"""
    form = checked(web_forms.Why())
    operations.request_changes(material, form.why.data, seen=form.seen, by=current_user)
    return course_done(material.course, "已退改，并告知主讲人。")


@bp.post("/materials/<model:material>/visibility")
@requires(rules.see_material, rules.set_visibility)
def set_visibility(material: Material) -> ResponseReturnValue:
    """改变课件何时公开。"""
    operations.set_visibility(material, checked(VisibilityForm()).visibility.data, by=current_user)
    return course_done(material.course, f"已改为：{material.visibility.label}。")


@bp.post("/materials/<model:material>/finalisation")
@requires(rules.see_material, rules.review, transition="finalise")
def finalise(material: Material) -> ResponseReturnValue:
    """课件定稿。"""
    operations.finalise(material, seen=checked(web_forms.Empty()).seen, by=current_user)
    return course_done(material.course, "课件已定稿。")


@bp.get("/materials/versions/<model:material_version>")
@requires(rules.see_slides)
def show_version(material_version: MaterialVersion) -> ResponseReturnValue:
    """逐页看课件。"""
    leaves = queries.pages_of(material_version)
    leaf = leaves[_wanted_page(len(leaves)) - 1] if leaves else None
    return responses.show(
        "courses/materials/version.html",
        fragment="courses/materials/_slide.html",
        version=material_version,
        versions=visible_versions(material_version.material),
        leaves=leaves,
        leaf=leaf,
        text=queries.text_of(leaf) if leaf else "",
    )


@bp.get("/materials/versions/<model:material_version>/comparison")
@requires(rules.see_slides)
def compare(material_version: MaterialVersion) -> ResponseReturnValue:
    """与以前的一版逐页对照。"""
    earlier = [one for one in visible_versions(material_version.material) if one.number < material_version.number]
    wanted = request.args.get("with", "")
    older = next((one for one in earlier if str(one.number) == wanted), earlier[0] if earlier else None)
    if older is None:
        return responses.done(url_for("courses.show_version", material_version=material_version.id))
    context = _compared(material_version, older)
    return responses.show(
        "courses/materials/compare.html", fragment="courses/materials/_comparison.html", earlier=earlier, **context
    )


def _compared(newer: MaterialVersion, older: MaterialVersion) -> dict[str, Any]:
    """One pair of pages, and the way to the others."""
    pair = queries.comparison(newer, older)
    rows = [comparing.Row(**facts) for facts in pair.rows] if pair and pair.made_at else []
    changed = [at for at, row in enumerate(rows) if row.differs]
    wanted = request.args.get("row", "")
    at = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 5 else -1
    at = at if 0 <= at < len(rows) else next(iter(changed), 0)
    row = rows[at] if rows else None
    leaves = {one.id: {leaf.number: leaf for leaf in queries.pages_of(one)} for one in (older, newer)}
    before, after = (queries.texts_by_number(one) for one in (older, newer))
    return {
        "newer": newer, "older": older, "rows": rows, "row": row, "at": at, "changed": changed, "pair": pair,
        "old_leaf": leaves[older.id].get(row.old or 0) if row else None,
        "new_leaf": leaves[newer.id].get(row.new or 0) if row else None,
        "words": comparing.words(before.get(row.old or 0, ""), after.get(row.new or 0, "")) if row else None,
    }  # fmt: skip


def _wanted_page(last: int) -> int:
    wanted = request.args.get("page", "1")
    number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 8 else 1
    return min(max(number, 1), last)


@bp.get("/materials/versions/<model:material_version>/original")
@requires(rules.see_slides)
def download_original(material_version: MaterialVersion) -> ResponseReturnValue:
    """下载原文件。"""
    return store.send(material_version.file)


@bp.get("/materials/versions/<model:material_version>/conversion")
@requires(rules.see_slides)
def conversion(material_version: MaterialVersion) -> ResponseReturnValue:
    """预览生成到哪里了；没有变化时只答 304。"""
    one = material_version
    if not responses.is_fragment_request():
        return responses.done(url_for("courses.show_version", material_version=one.id))
    answer = responses.show("courses/materials/_conversion.html", version=one)
    answer.set_etag(f"{one.id}-{one.conversion.value}-{one.pages_done}-{one.pages_total}-{one.attempts}", weak=True)
    return answer.make_conditional(request)


@bp.post("/materials/versions/<model:material_version>/conversion")
@requires(rules.see_slides, rules.retry_conversion, when=(has_not_failed,))
def retry_conversion(material_version: MaterialVersion) -> ResponseReturnValue:
    """重新生成预览。"""
    materials_conversion.retry_conversion(material_version, by=current_user)
    return responses.done(url_for("courses.show_version", material_version=material_version.id), "正在重新生成预览。")


@bp.get("/materials/pages/<model:material_page>")
@requires(rules.see_page)
def picture(material_page: MaterialPage) -> ResponseReturnValue:
    """一页课件的图片。"""
    return store.send(material_page.file, download=False)


@bp.get("/materials/pages/<model:material_page>/thumbnail")
@requires(rules.see_page)
def thumbnail(material_page: MaterialPage) -> ResponseReturnValue:
    """一页课件的小图。"""
    return store.send(material_page.thumbnail, download=False)
