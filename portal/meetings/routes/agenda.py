"""Doors of an agenda and its items."""

from typing import Any

from flask import Response, abort, request, url_for
from flask.typing import ResponseReturnValue

from portal import pages, store
from portal.access import me, needs
from portal.chain import line_of
from portal.courses.models import Course
from portal.enterprises.models import Problem
from portal.errors import Refused, Stale
from portal.forms import posted_ids
from portal.meetings import forms, operations, queries, review, rules
from portal.meetings.models import OUTCOMES, AgendaItem, ItemFile, ItemKind, Meeting
from portal.meetings.routes.doors import back_to, bp, typed_reason, whole


def agenda_of(meeting: Meeting, form: forms.AgendaLine | None = None) -> dict[str, Any]:
    """What the agenda's fragment names: who may build is asked once, however many rows there are."""
    may_build = rules.build_agenda(me(), meeting) and meeting.is_upcoming
    builds = may_build and _is_open_to_build(meeting)
    if builds and form is None:
        form = _line(meeting)
    return {
        "meeting": meeting,
        "may_build": may_build,
        "last_step": meeting.last_step if builds and meeting.is_preparing else None,
        "slots": queries.timetable(meeting),
        "parts": queries.minutes_by_kind(meeting),
        "builds": builds,
        "marks": meeting.is_in_session and _may_mark(meeting),
        "form": form,
    }


def _is_open_to_build(meeting: Meeting) -> bool:
    """A fixed agenda shows its tools only to who says that it is to be changed."""
    return not meeting.is_frozen or request.method == "POST" or "change" in request.args or "next" in request.args


def _line(meeting: Meeting, kind: ItemKind | None = None, after: int | None = None) -> forms.AgendaLine:
    """An empty line for the next item: behind an item where that is asked for, of the kind that stands there."""
    asked = request.args.get("after", type=int)
    before = next((item for item in meeting.items if item.id in {after, asked}), None)
    same = before.kind if before and before.kind is not ItemKind.review else ItemKind.problem
    kind = kind or same
    data = {"kind": kind, "minutes": 10, "after": before.id if before else ""}
    return forms.AgendaLine(queries.people_by_rank(), formdata=None, data=data)


def _may_mark(meeting: Meeting) -> bool:
    return any(rules.mark_item(me(), item) for item in meeting.items[:1])


def _agenda_done(
    meeting: Meeting, sentence: str, *, focus: bool = False, kind: ItemKind | None = None, after: int | None = None
) -> Response:
    """The answer to everything that changes the agenda; a line typed in its midst is followed by another there."""
    change = 1 if meeting.is_frozen and meeting.is_upcoming else None
    address = url_for("meetings.show", meeting=meeting.id, next=1 if focus else None, change=change, after=after)
    if not pages.is_fragment_request():
        return pages.done(f"{address}#title" if focus else f"{address}#agenda", sentence)
    builds = rules.build_agenda(me(), meeting) and meeting.is_upcoming
    context = agenda_of(meeting, _line(meeting, kind, after) if builds else None)
    return pages.done(address, sentence, fragment="meetings/_agenda.html", focus=focus, **context)


@bp.post("/meetings/<thing:meeting>/items")
@needs(rules.see, rules.build_agenda, move="add_item")
def add_item(meeting: Meeting) -> ResponseReturnValue:
    """添加议题，接着可以添加下一项。"""
    form = forms.AgendaLine(queries.people_by_rank())
    if form.ready():
        kind, after = form.kind.data, form.follows
        made = form.attempt(
            operations.add_item, meeting, kind, form.title.data, form.minutes.data, reporter=form.reporter,
            after=after, by=me(),
        )  # fmt: skip
        if made:
            return _agenda_done(meeting, "", focus=True, kind=kind, after=made.id if after else None)
    return pages.show("meetings/add_item.html", fragment="meetings/_agenda.html", **agenda_of(meeting, form))


@bp.post("/meetings/<thing:meeting>/items/order")
@needs(rules.see, rules.build_agenda, move="order_items")
def order_items(meeting: Meeting) -> ResponseReturnValue:
    """按拖动后的次序排列议程。"""
    operations.order_items(meeting, posted_ids("order"), by=me())
    return _agenda_done(meeting, "")


@bp.post("/meetings/<thing:meeting>/items/undo")
@needs(rules.see, rules.build_agenda, move="undo")
def undo(meeting: Meeting) -> ResponseReturnValue:
    """撤销最近一次编排。"""
    return _agenda_done(meeting, f"已撤销：{operations.undo(meeting, by=me())}。")


@bp.route("/meetings/<thing:meeting>/candidates")
@needs(rules.see, rules.build_agenda, move="order_items")
def candidates(meeting: Meeting) -> ResponseReturnValue:
    """可以列入议程的课程和企业问题。"""
    return pages.show(
        "meetings/candidates.html",
        meeting=meeting,
        courses=queries.unscheduled_courses(),
        problems=queries.open_problems(),
    )


@bp.post("/meetings/<thing:meeting>/placement")
@needs(rules.see, rules.build_agenda, move="add_item")
def place_item(meeting: Meeting) -> ResponseReturnValue:
    """把待排议题列入这次会议。"""
    item = _posted(queries.item)
    if item.is_proposed:
        operations.accept_item(item, by=me())
    operations.place_item(item, meeting, by=me())
    return back_to(meeting, f"已列入议程：{item.title}。")


@bp.post("/meetings/<thing:meeting>/placements")
@needs(rules.see, rules.build_agenda, move="add_item")
def place_all(meeting: Meeting) -> ResponseReturnValue:
    """把已采纳的待排议题全部列入这次会议。"""
    placed = operations.place_all(meeting, by=me())
    return back_to(meeting, f"已列入 {len(placed)} 项待排议题。")


@bp.post("/meetings/<thing:meeting>/course")
@needs(rules.see, rules.build_agenda, move="add_item")
def attach_course(meeting: Meeting) -> ResponseReturnValue:
    """把课程列入这次会议。"""
    course: Course = _one_of(queries.unscheduled_courses())
    operations.add_item(
        meeting, ItemKind.course, f"首席服务官讲业务：{course.topic}", course.minutes, course=course, by=me()
    )
    return back_to(meeting, f"已列入议程：{course.topic}。")


@bp.post("/meetings/<thing:meeting>/problem")
@needs(rules.see, rules.build_agenda, move="add_item")
def attach_problem(meeting: Meeting) -> ResponseReturnValue:
    """把企业问题列入这次会议。"""
    problem: Problem = _one_of(queries.open_problems())
    title = f"{problem.enterprise.name}：{problem.title}"[: forms.LONGEST_TITLE]
    operations.add_item(meeting, ItemKind.problem, title, 15, ask=problem.wish, problem=problem, by=me())
    return back_to(meeting, f"已列入议程：{problem.title}。")


def _posted(question: Any) -> Any:
    """The thing whose id a button carries."""
    found = question(next(iter(posted_ids("number")), 0))
    if found is None:
        abort(404)
    return found


def _one_of(rows: Any) -> Any:
    """The row whose id a button carries, if it is still offered."""
    found = forms.picked(rows, next(iter(posted_ids("number")), 0))
    if found is None:
        raise Refused("它已经列入别的会议，或不再需要上会。请刷新页面后重新选择。")
    return found


@bp.route("/items/<thing:item>")
@needs(rules.see_item)
def show_item(item: AgendaItem) -> ResponseReturnValue:
    """议题。"""
    return pages.show(
        "meetings/item.html",
        item=item,
        chain=queries.chain(item),
        line=line_of(item, me()),
        overview=review.overview_of_item(item),
        members=rules.read_tasks(me(), item.series),
    )


@bp.route("/items/<thing:item>/chain")
@needs(rules.see_item)
def show_chain(item: AgendaItem) -> ResponseReturnValue:
    """这个议题历次上会的经过：结果、议定事项、交办事项。"""
    return pages.show(
        "meetings/chain.html",
        item=item,
        chain=queries.chain(item),
        members=rules.read_tasks(me(), item.series),
        keeps=rules.keep_meetings(me(), item.series),
    )


@bp.post("/items/<thing:item>/dropping")
@needs(rules.see_item, rules.carry_over, move="drop_item")
def drop_item(item: AgendaItem) -> ResponseReturnValue:
    """取消结转：不再转到下次会议。"""
    operations.drop_item(item, typed_reason(), by=me())
    return _back_from(item, f"不再结转：{item.title}。")


@bp.post("/items/<thing:item>/dropping/end")
@needs(rules.see_item, rules.carry_over, move="keep_item")
def keep_item(item: AgendaItem) -> ResponseReturnValue:
    """恢复结转。"""
    operations.keep_item(item, by=me())
    return _back_from(item, f"恢复结转：{item.title}。")


def _back_from(item: AgendaItem, sentence: str) -> Response:
    return pages.done(pages.back() or url_for("meetings.show_item", item=item.id), sentence)


@bp.route("/items/<thing:item>/edit", methods=["GET", "POST"])
@needs(rules.see_item, rules.build_with_item, move="edit_item")
def edit_item(item: AgendaItem) -> ResponseReturnValue:
    """修改议题。"""
    form = forms.ItemForm(queries.people_by_rank(), thing=item)
    if form.ready():
        facts = {name: form[name].data for name in ("kind", "title", "minutes", "ask")}
        try:
            if form.attempt(operations.edit_item, item, form.seen, reporter=form.reporter, by=me(), **facts):
                return _after_item(item, "议题已保存。")
        except Stale as stale:
            if not pages.is_fragment_request():
                raise
            _offer_both(form, item, stale)
    answer = pages.show("meetings/edit_item.html", fragment="meetings/_edit_item.html", form=form, item=item)
    if form.status and pages.is_fragment_request():  # the form stays in its row; the agenda around it too
        answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = f"#{pages.dom_id(item)}", "outerHTML"
    return answer


def _offer_both(form: forms.ItemForm, item: AgendaItem, stale: Stale) -> None:
    """Somebody else saved first: the row says what is saved now, keeps what was typed, and can be saved over it."""
    who = item.reporter.name if item.reporter else "未定"
    form.refusals.append(
        f"别人刚刚保存过这一项：《{item.title}》，{item.kind.label}，{item.minutes} 分钟，汇报人{who}。"
        "再次保存，以您填写的为准；取消，保留别人保存的。"
    )
    form.version.data, form.status = str(stale.current), 409


def _after_item(item: AgendaItem, sentence: str) -> Response:
    """Back to the agenda the item stands on, or to the item's own page."""
    if item.meeting is not None:
        return _agenda_done(whole(item.meeting), sentence)
    return pages.done(url_for("meetings.show_item", item=item.id), sentence)


@bp.post("/items/<thing:item>/up")
@needs(rules.see_item, rules.build_with_item)
def move_up(item: AgendaItem) -> ResponseReturnValue:
    """把议题上移一位。"""
    return _agenda_done(whole(operations.move_item(item, "up", by=me())), "")


@bp.post("/items/<thing:item>/down")
@needs(rules.see_item, rules.build_with_item)
def move_down(item: AgendaItem) -> ResponseReturnValue:
    """把议题下移一位。"""
    return _agenda_done(whole(operations.move_item(item, "down", by=me())), "")


@bp.post("/items/<thing:item>/removal")
@needs(rules.see_item, rules.build_with_item, move="take_off_item")
def take_off_item(item: AgendaItem) -> ResponseReturnValue:
    """把议题移出议程。"""
    meeting = item.meeting
    operations.take_off_item(item, by=me())
    return _agenda_done(whole(meeting), f"已移出议程：{item.title}。") if meeting else _after_item(item, "")


@bp.post("/items/<thing:item>/outcome")
@needs(rules.see_item, rules.mark_item, move="mark_dealt_with")
def mark_item(item: AgendaItem) -> ResponseReturnValue:
    """登记议题结果。"""
    outcome = next((state for state in OUTCOMES if state.value == request.form.get("state")), None)
    if outcome is None:
        raise Refused("请选择已议、缓议或未及审议。")
    operations.mark_item(item, outcome, by=me())
    return _after_item(item, "")


@bp.route("/item-files/<thing:item_file>")
@needs(rules.see_item_file)
def download(item_file: ItemFile) -> ResponseReturnValue:
    """下载议题的附件。"""
    return store.send(item_file.file)
