"""Doors of the courses room."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal import clock, forms, journal, navigation, pages, store, tus, uploads
from portal.access import door_open, finds, needs, require
from portal.courses import comparing, operations, planning, queries, rules, several
from portal.courses.forms import (
    ApprovalForm,
    CourseForm,
    DeliveryForm,
    FieldForm,
    LecturerForm,
    MaterialForm,
    NewCourseForm,
    OutlineForm,
    PauseForm,
    ProgrammeForm,
    SecrecyForm,
    SeveralForm,
    VisibilityForm,
    chosen,
    name_of_turn,
    upload_purpose,
)
from portal.courses.models import (
    Course,
    CourseProgramme,
    CourseState,
    Material,
    MaterialPage,
    MaterialVersion,
    has_not_failed,
    takes_no_slides,
)
from portal.errors import Refused, Unreadable
from portal.people.models import User
from portal.people.queries import departments

bp = Blueprint("courses", __name__)
ALSO = ("/materials", "/programmes", "/rota", "/library", "/study-hours")  # pages of the same subject
navigation.offer("讲业务", "courses.index", "/courses", *ALSO)


@finds("programme")
def _programme(number: int) -> CourseProgramme | None:
    return queries.programme(number)


@finds("course")
def _course(number: int) -> Course | None:
    return queries.course(number)


@finds("material")
def _material(number: int) -> Material | None:
    return queries.material(number)


@finds("material_version")
def _version(number: int) -> MaterialVersion | None:
    return queries.version(number)


@finds("material_page")
def _page(number: int) -> MaterialPage | None:
    return queries.page(number)


# --- Programmes -----------------------------------------------------------------------------------------------------

COLUMNS = [
    pages.Column("讲次", lambda course: course.number, 8),
    pages.Column("课题", lambda course: course.topic, 40),
    pages.Column("政策领域", lambda course: course.field.name),
    pages.Column("主讲人", lambda course: course.lecturer.titled if course.lecturer else "", 20),
    pages.Column("时长（分钟）", lambda course: course.minutes, 12),
    pages.Column("状态", lambda course: course.state.label, 10),
    pages.Column("课件", lambda course: course.slides.label, 10),
    pages.Column("讲授日期", lambda course: course.delivered_on, 14),
]


@bp.get("/courses")
@needs(rules.read)
def index() -> ResponseReturnValue:
    """现行的讲业务课程计划。"""
    programmes = queries.programmes()
    return _programme_page(programmes[0] if programmes else None, programmes)


@bp.get("/programmes/<thing:programme>")
@needs(rules.read)
def show_programme(programme: CourseProgramme) -> ResponseReturnValue:
    """一期讲业务课程计划。"""
    return _programme_page(programme, queries.programmes())


def _programme_page(programme: CourseProgramme | None, programmes: Sequence[CourseProgramme]) -> Response:
    waiting = queries.queue() if rules.review(current_user, None) else []
    if programme is None:
        return pages.show("courses/index.html", programme=None, programmes=programmes, queue=waiting, days={})
    listing = _listing(programme)
    if listing.wants_export:
        return listing.excel(programme.title, COLUMNS)
    return pages.show(
        "courses/index.html",
        programme=programme,
        programmes=programmes,
        listing=listing,
        queue=waiting,
        days=planning.days_of([*listing.rows, *(one.course for one in waiting)]),
    )


def _listing(programme: CourseProgramme) -> pages.Listing:
    return pages.Listing(
        queries.courses_of(programme),
        sorts={"number": Course.number, "topic": Course.topic, "state": (Course.state, Course.number)},
        sort="number",
        filters=[
            pages.Filter(
                "field",
                "政策领域",
                pages.equals(Course.field_id),
                kind="choice",
                choices=[(str(one.id), one.name) for one in queries.fields()],
            ),
            pages.Filter(
                "state", "状态", pages.equals(Course.state), kind="choice", choices=pages.choices_of(CourseState)
            ),
        ],
        options=queries.ROW,
    )


@bp.get("/programmes/<thing:programme>/plan")
@needs(rules.read)
def show_plan(programme: CourseProgramme) -> ResponseReturnValue:
    """规划：领域和月份覆盖到哪里，还缺什么，轮到谁讲，哪些要留意。"""
    plan = planning.plan_of(programme)
    plans = rules.plan(current_user, None)
    bare = plans and any(one.is_planned and one.lecturer_id is None for one in plan.lessons)
    return pages.show(
        "courses/plan.html",
        programme=programme,
        plan=plan,
        coverage=planning.coverage(plan),
        doubts=planning.doubts(plan) if plans else [],
        proposals=planning.proposals(plan.lessons, plan.days, planning.rota()) if bare else {},
        plans=plans,
    )


@bp.route("/programmes/new", methods=["GET", "POST"])
@needs(rules.plan)
def add_programme() -> ResponseReturnValue:
    """新建课程计划。"""
    form = ProgrammeForm(data={"year": clock.today().year, "title": f"{clock.today().year} 年讲业务课程计划"})
    if form.ready():
        programme = form.attempt(
            operations.add_programme,
            form.title.data,
            form.year.data,
            form.about.data,
            first_month=form.first_month.data or 1,
            last_month=form.last_month.data or 12,
            by=current_user,
        )
        if programme is not None:
            return pages.done(_programme_url(programme), "课程计划已建立，请添加课程，可以一次添加多讲。")
    return pages.show("courses/programme_form.html", form=form, programme=None)


@bp.route("/programmes/<thing:programme>/edit", methods=["GET", "POST"])
@needs(rules.read, rules.plan)
def edit_programme(programme: CourseProgramme) -> ResponseReturnValue:
    """修改课程计划。"""
    form = ProgrammeForm(thing=programme)
    if form.ready():
        edited = form.attempt(
            operations.edit_programme,
            programme,
            form.seen,
            title=form.title.data,
            year=form.year.data,
            about=form.about.data,
            first_month=form.first_month.data or 1,
            last_month=form.last_month.data or 12,
            by=current_user,
        )
        if edited is not None:
            return pages.done(_programme_url(edited), "已保存。")
    return pages.show("courses/programme_form.html", form=form, programme=programme)


@bp.route("/courses/fields", methods=["GET", "POST"])
@needs(rules.plan)
def add_field() -> ResponseReturnValue:
    """政策领域。"""
    fields = queries.fields()
    form = FieldForm(data={"rank": max((one.rank for one in fields), default=0) + 1})
    if form.ready():
        field = form.attempt(operations.add_field, form.name.data, form.rank.data, by=current_user)
        if field is not None:
            return pages.done(url_for("courses.add_field"), "已添加。")
    return pages.show("courses/fields.html", form=form, fields=queries.fields())


@bp.route("/programmes/<thing:programme>/courses/several", methods=["GET", "POST"])
@needs(rules.read, rules.plan)
def add_courses(programme: CourseProgramme) -> ResponseReturnValue:
    """批量添加课程。"""
    form = SeveralForm()
    known = several.Known(programme, queries.fields(), departments(), [one.person for one in planning.rota()])
    if form.ready() and (rows := _read_several(form, known)):
        made = form.attempt(
            operations.add_courses,
            programme,
            [(row.topic, row.field, row.facts) for row in rows],
            by_rota=form.by_rota.data,
            by=current_user,
        )
        if made is not None:
            return pages.done(_plan_url(programme), f"已添加 {len(made)} 讲。")
    return pages.show("courses/several.html", form=form, programme=programme, known=known, columns=several.COLUMNS)


def _read_several(form: SeveralForm, known: several.Known) -> list[several.Row]:
    try:
        return several.read(form.rows.data or "", known)
    except Unreadable as refusal:
        form.refusals += str(refusal).splitlines()
        form.status = refusal.status
        return []


@bp.post("/programmes/<thing:programme>/lecturers")
@needs(rules.read, rules.plan)
def appoint_by_rota(programme: CourseProgramme) -> ResponseReturnValue:
    """按轮值指定主讲人。"""
    made = operations.appoint_by_rota(programme, by=current_user)
    return pages.done(_plan_url(programme), f"已按轮值为 {len(made)} 讲指定主讲人，请邀请其确认。")


# --- The rota -------------------------------------------------------------------------------------------------------


@bp.get("/rota")
@needs(rules.read)
def rota() -> ResponseReturnValue:
    """主讲人轮值：轮到谁，为什么，怎样换过人。"""
    return pages.show("courses/rota.html", turns=planning.rota(), changes=planning.changes())


@bp.route("/rota/<thing:person>/pause", methods=["GET", "POST"])
@needs(rules.plan)
def pause_turn(person: User) -> ResponseReturnValue:
    """暂停一个人的轮值。"""
    form = PauseForm(thing=planning.pause(person.id))
    if form.ready():
        done = form.attempt(operations.pause_turn, person, form.until.data, form.why.data, by=current_user)
        if done is not None:
            return pages.done(url_for("courses.rota"), f"已暂停{person.name}的轮值。")
    return pages.show("courses/pause.html", form=form, person=person)


@bp.post("/rota/<thing:person>/return")
@needs(rules.plan)
def resume_turn(person: User) -> ResponseReturnValue:
    """恢复一个人的轮值。"""
    operations.resume_turn(person, by=current_user)
    return pages.done(url_for("courses.rota"), f"已恢复{person.name}的轮值。")


def _plan_url(programme: CourseProgramme) -> str:
    return url_for("courses.show_plan", programme=programme.id)


def _programme_url(programme: CourseProgramme) -> str:
    return url_for("courses.show_programme", programme=programme.id)


# --- Courses --------------------------------------------------------------------------------------------------------


@bp.route("/programmes/<thing:programme>/courses/new", methods=["GET", "POST"])
@needs(rules.read, rules.plan)
def add_course(programme: CourseProgramme) -> ResponseReturnValue:
    """添加课程。"""
    form, fields, offices, turns = NewCourseForm(), queries.fields(), departments(), planning.rota()
    form.offer(fields, offices, programme)
    form.lecturer_id.offer([turn.person for turn in turns], _named_by(turns))
    if form.ready():
        course = form.attempt(
            operations.add_course,
            programme,
            form.topic.data,
            chosen(fields, form.field_id.data),
            department=chosen(offices, form.department_id.data),
            lecturer=chosen([turn.person for turn in turns], form.lecturer_id.data),
            aims=form.aims.data,
            minutes=form.minutes.data,
            month=form.month,
            by=current_user,
        )
        if course is not None:
            return pages.done(url_for("courses.show", course=course.id), "课程已列入计划。")
    return pages.show(
        "courses/course_form.html", form=form, programme=programme, course=None, suggested=planning.suggested(turns)
    )


@bp.get("/courses/<thing:course>")
@needs(rules.see)
def show(course: Course) -> ResponseReturnValue:
    """一门课程：讲什么、何时何地、还差什么，以及课件。"""
    return _course_page(course, _material_form(course))


def _material_form(course: Course) -> MaterialForm | None:
    if not door_open("courses.submit_material", course):
        return None
    form = MaterialForm()
    form.offer(course)
    return form


def _closed(course: Course, due: date | None) -> str | None:
    """Why the lecturer can hand in nothing any more; a return opens the door again for what is to be mended."""
    if due is None or not rules.gives(current_user, course) or course.is_cancelled:
        return None
    mended = next((one for one in course.materials if one.is_to_be_mended), None)
    return planning.closed_to(course, mended, due, current_user)


def _course_page(course: Course, form: MaterialForm | None) -> Response:
    sitting = planning.sittings_of([course]).get(course.id)
    day = course.delivered_on or (sitting.day if sitting else None)
    due = queries.slides_due(day) if day else None
    closed = _closed(course, due)
    visible = [(material, _visible(material)) for material in course.materials]
    return pages.show(
        "courses/course.html",
        course=course,
        form=form if closed is None or form is None or form.is_submitted() else None,
        slides=[(material, versions) for material, versions in visible if versions],
        due=due if not course.was_given else None,
        closed=closed,
        sitting=sitting,
        prepares=rules.prepare(current_user, course),
        timeline=_timeline(queries.history(course)) if rules.sees_drafts(current_user, course) else [],
    )


def _timeline(entries: Sequence[journal.JournalEntry]) -> list[dict[str, Any]]:
    return [{"at": one.at, "what": _what(one), "who": one.actor, "note": one.why} for one in reversed(entries)]


def _what(entry: journal.JournalEntry) -> str:
    version = entry.facts.get("version")
    return f"{entry.label}（{entry.thing}第 {version} 版）" if version else entry.label


@bp.route("/courses/<thing:course>/edit", methods=["GET", "POST"])
@needs(rules.see, rules.plan)
def edit_course(course: Course) -> ResponseReturnValue:
    """修改课程。"""
    form, fields, offices = CourseForm(thing=course), queries.fields(), departments()
    form.offer(fields, offices, course.programme, course)
    if form.ready():
        edited = form.attempt(
            operations.edit_course,
            course,
            form.seen,
            topic=form.topic.data,
            field=chosen(fields, form.field_id.data),
            department=chosen(offices, form.department_id.data),
            aims=form.aims.data,
            minutes=form.minutes.data,
            month=form.month,
            by=current_user,
        )
        if edited is not None:
            return _done(edited, "已保存。")
    return pages.show("courses/course_form.html", form=form, programme=course.programme, course=course)


@bp.route("/courses/<thing:course>/lecturer", methods=["GET", "POST"])
@needs(rules.see, rules.plan, move="appoint")
def appoint(course: Course) -> ResponseReturnValue:
    """指定主讲人：按轮值请下一位，或另选一位，或与另一讲对调。"""
    form, turns = LecturerForm(thing=course), planning.rota()
    people = [turn.person for turn in turns]
    form.lecturer_id.offer(people, _named_by(turns))
    if form.ready():
        appointed = form.attempt(operations.appoint, course, chosen(people, form.lecturer_id.data), by=current_user)
        if appointed is not None:
            return _done(appointed, "主讲人已指定，请邀请其确认。")
    return pages.show(
        "courses/lecturer.html",
        form=form,
        course=course,
        suggested=_next_for(course, turns),
        own=_of_its_department(course, turns),
        others=planning.swappable_with(course) if course.lecturer_id else [],
        changes=planning.changes_of(course),
    )


def _next_for(course: Course, turns: Sequence[planning.Turn]) -> list[planning.Turn]:
    declined = planning.decliners([course.id]).get(course.id, set())
    return planning.suggested(turns, declined | {course.lecturer_id or 0})


def _of_its_department(course: Course, turns: Sequence[planning.Turn]) -> list[planning.Turn]:
    """The people of the department that owns the policy, in the order of the rota."""
    if course.department_id is None:
        return []
    return [
        one for one in turns if one.person.department_id == course.department_id and one.person.id != course.lecturer_id
    ][: planning.SUGGESTIONS]


def _named_by(turns: Sequence[planning.Turn]) -> Any:
    names = {turn.person.id: name_of_turn(turn) for turn in turns}
    return lambda person: names[person.id]


@bp.post("/courses/<thing:course>/request")
@needs(rules.see, rules.plan, move="ask")
def ask(course: Course) -> ResponseReturnValue:
    """请一位首席服务官主讲。"""
    operations.ask(course, _posted_lecturer(), by=current_user)
    return pages.done(pages.back() or url_for("courses.show", course=course.id), "已邀请，等待确认。")


@bp.post("/courses/<thing:course>/substitution")
@needs(rules.see, rules.find_substitute, move="substitute")
def substitute(course: Course) -> ResponseReturnValue:
    """请一位首席服务官代讲。"""
    operations.substitute(course, _posted_lecturer(), by=current_user)
    return _done(course, "已请其代讲，等待确认。")


def _posted_lecturer() -> User:
    """The officer whose number a button carries."""
    numbers = forms.posted_ids("lecturer_id")
    found = next((one.person for one in planning.rota() if one.person.id in numbers[:1]), None)
    if found is None:
        raise Refused("请从轮值名单中选择一位首席服务官。")
    return found


@bp.route("/courses/<thing:course>/substitute")
@needs(rules.see, rules.find_substitute, move="substitute")
def choose_substitute(course: Course) -> ResponseReturnValue:
    """选择代讲人。"""
    turns = [one for one in planning.rota() if one.person.id != course.lecturer_id]
    return pages.show("courses/substitute.html", course=course, suggested=_next_for(course, turns), turns=turns)


@bp.post("/courses/<thing:course>/swap")
@needs(rules.see, rules.plan, move="swap")
def swap(course: Course) -> ResponseReturnValue:
    """与另一讲对调主讲人。"""
    other = next((one for one in planning.swappable_with(course) if one.id in forms.posted_ids("other_id")[:1]), None)
    if other is None:
        raise Refused("只能与本计划中另一位主讲人待讲的课对调，请刷新页面后重新选择。")
    operations.swap(course, other, by=current_user)
    return _done(course, f"已与第 {other.number} 讲对调，等待两位主讲人确认。")


@bp.post("/courses/<thing:course>/invitation")
@needs(rules.see, rules.plan, move="invite")
def invite(course: Course) -> ResponseReturnValue:
    """邀请主讲人。"""
    operations.invite(course, by=current_user)
    return _done(course, "已邀请主讲人，等待确认。")


@bp.post("/courses/<thing:course>/confirmation")
@needs(rules.see, rules.answer, move="confirm")
def confirm(course: Course) -> ResponseReturnValue:
    """确认主讲。"""
    operations.confirm(course, by=current_user)
    return _done(course, "已确认主讲，请按时提交课件。")


@bp.post("/courses/<thing:course>/refusal")
@needs(rules.see, rules.answer, move="decline")
def decline(course: Course) -> ResponseReturnValue:
    """谢绝主讲。"""
    operations.decline(course, _checked(forms.Why()).why.data, by=current_user)
    return pages.done(url_for("courses.index"), "已告知会议秘书，由其按轮值另请他人。")


@bp.route("/courses/<thing:course>/outline", methods=["GET", "POST"])
@needs(rules.see, rules.prepare, move="write_outline")
def write_outline(course: Course) -> ResponseReturnValue:
    """填写讲课提纲。"""
    form = OutlineForm(thing=course)
    if form.ready():
        written = form.attempt(operations.write_outline, course, form.seen, form.outline.data, by=current_user)
        if written is not None:
            return _done(written, "提纲已保存。")
    return pages.show("courses/outline.html", form=form, course=course)


@bp.route("/courses/<thing:course>/secrecy", methods=["GET", "POST"])
@needs(rules.see, rules.answer, move="sign_secrecy")
def sign_secrecy(course: Course) -> ResponseReturnValue:
    """签署保密自查。"""
    form = SecrecyForm()
    if form.ready() and form.attempt(operations.sign_secrecy, course, by=current_user) is not None:
        return _done(course, "保密自查已签署。")
    return pages.show("courses/secrecy.html", form=form, course=course)


@bp.post("/courses/<thing:course>/delivery")
@needs(rules.see, rules.plan, move="deliver")
def deliver(course: Course) -> ResponseReturnValue:
    """登记已讲授。"""
    operations.deliver(course, _checked(DeliveryForm()).day.data, by=current_user)
    return _done(course, "已登记讲授，计入轮值。")


@bp.post("/courses/<thing:course>/publication")
@needs(rules.see, rules.plan, move="publish")
def publish(course: Course) -> ResponseReturnValue:
    """课程入库。"""
    operations.publish(course, by=current_user)
    return _done(course, "课程已入库。")


@bp.post("/courses/<thing:course>/cancellation")
@needs(rules.see, rules.plan, move="cancel")
def cancel(course: Course) -> ResponseReturnValue:
    """取消课程。"""
    operations.cancel(course, _checked(forms.Why()).why.data, by=current_user)
    return _done(course, "课程已取消。")


def _done(course: Course, sentence: str) -> ResponseReturnValue:
    return pages.done(url_for("courses.show", course=course.id), sentence)


def _checked(form: Any) -> Any:
    """The form of a button; it has no page of its own, so its first complaint is the answer."""
    if not form.ready():
        raise Unreadable(next(error for errors in form.errors.values() for error in errors))
    return form


# --- Slides ---------------------------------------------------------------------------------------------------------


@bp.post("/courses/<thing:course>/materials")
@needs(rules.see, rules.submit_material, when=(takes_no_slides,))
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
            return pages.done(
                url_for("courses.show", course=version.material.course_id, _anchor="slides"),
                "课件已提交，等待审核；预览正在生成。",
            )
    return _course_page(course, form)


@bp.post("/courses/<thing:course>/materials/incoming")
@needs(rules.see, rules.submit_material, when=(takes_no_slides,))
def begin_upload(course: Course) -> ResponseReturnValue:
    """开始分段上传课件；断线后从断开的地方继续。"""
    obstacle = takes_no_slides(course) or _closed(course, planning.slides_due_of(course))
    require(obstacle is None, obstacle or "")
    return tus.begin(upload_purpose(course), operations.SLIDE_KINDS)


@bp.get("/materials/<thing:material>")
@needs(rules.see_material)
def show_material(material: Material) -> ResponseReturnValue:
    """课件的最新一版。"""
    return pages.done(url_for("courses.show_version", material_version=_visible(material)[0].id))


def _visible(material: Material) -> list[MaterialVersion]:
    """The versions this person may see, the newest first."""
    return [one for one in reversed(material.versions) if rules.see_slides(current_user, one)]


@bp.post("/materials/<thing:material>/approval")
@needs(rules.see_material, rules.review, move="approve_material")
def approve_material(material: Material) -> ResponseReturnValue:
    """通过课件。"""
    form = _checked(ApprovalForm())
    operations.approve_material(material, seen=form.seen, by=current_user)
    return _done(material.course, "课件已通过审核。")


@bp.post("/materials/<thing:material>/changes")
@needs(rules.see_material, rules.review, move="request_changes")
def request_changes(material: Material) -> ResponseReturnValue:
    """退改课件。"""
    form = _checked(forms.Why())
    operations.request_changes(material, form.why.data, seen=form.seen, by=current_user)
    return _done(material.course, "已退改，并告知主讲人。")


@bp.post("/materials/<thing:material>/visibility")
@needs(rules.see_material, rules.set_visibility)
def set_visibility(material: Material) -> ResponseReturnValue:
    """改变课件何时公开。"""
    operations.set_visibility(material, _checked(VisibilityForm()).visibility.data, by=current_user)
    return _done(material.course, f"已改为：{material.visibility.label}。")


@bp.post("/materials/<thing:material>/finalisation")
@needs(rules.see_material, rules.review, move="finalise")
def finalise(material: Material) -> ResponseReturnValue:
    """课件定稿。"""
    operations.finalise(material, seen=_checked(forms.Empty()).seen, by=current_user)
    return _done(material.course, "课件已定稿。")


@bp.get("/materials/versions/<thing:material_version>")
@needs(rules.see_slides)
def show_version(material_version: MaterialVersion) -> ResponseReturnValue:
    """逐页看课件。"""
    leaves = queries.pages_of(material_version)
    leaf = leaves[_wanted_page(len(leaves)) - 1] if leaves else None
    return pages.show(
        "courses/version.html",
        fragment="courses/_slide.html",
        version=material_version,
        versions=_visible(material_version.material),
        leaves=leaves,
        leaf=leaf,
        text=queries.text_of(leaf) if leaf else "",
    )


@bp.get("/materials/versions/<thing:material_version>/comparison")
@needs(rules.see_slides)
def compare(material_version: MaterialVersion) -> ResponseReturnValue:
    """与以前的一版逐页对照。"""
    earlier = [one for one in _visible(material_version.material) if one.number < material_version.number]
    wanted = request.args.get("with", "")
    older = next((one for one in earlier if str(one.number) == wanted), earlier[0] if earlier else None)
    if older is None:
        return pages.done(url_for("courses.show_version", material_version=material_version.id))
    context = _compared(material_version, older)
    return pages.show("courses/compare.html", fragment="courses/_comparison.html", earlier=earlier, **context)


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


@bp.get("/materials/versions/<thing:material_version>/original")
@needs(rules.see_slides)
def download_original(material_version: MaterialVersion) -> ResponseReturnValue:
    """下载原文件。"""
    return store.send(material_version.file)


@bp.get("/materials/versions/<thing:material_version>/conversion")
@needs(rules.see_slides)
def conversion(material_version: MaterialVersion) -> ResponseReturnValue:
    """预览生成到哪里了；没有变化时只答 304。"""
    one = material_version
    if not pages.is_fragment_request():
        return pages.done(url_for("courses.show_version", material_version=one.id))
    answer = pages.show("courses/_conversion.html", version=one)
    answer.set_etag(f"{one.id}-{one.conversion.value}-{one.pages_done}-{one.pages_total}-{one.attempts}", weak=True)
    return answer.make_conditional(request)


@bp.post("/materials/versions/<thing:material_version>/conversion")
@needs(rules.see_slides, rules.retry_conversion, when=(has_not_failed,))
def retry_conversion(material_version: MaterialVersion) -> ResponseReturnValue:
    """重新生成预览。"""
    operations.retry_conversion(material_version, by=current_user)
    return pages.done(url_for("courses.show_version", material_version=material_version.id), "正在重新生成预览。")


@bp.get("/materials/pages/<thing:material_page>")
@needs(rules.see_page)
def picture(material_page: MaterialPage) -> ResponseReturnValue:
    """一页课件的图片。"""
    return store.send(material_page.file, download=False)


@bp.get("/materials/pages/<thing:material_page>/thumbnail")
@needs(rules.see_page)
def thumbnail(material_page: MaterialPage) -> ResponseReturnValue:
    """一页课件的小图。"""
    return store.send(material_page.thumbnail, download=False)
