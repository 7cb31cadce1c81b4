"""Routes of an agenda and its items."""

from typing import Any

from flask import abort
from flask.typing import ResponseReturnValue

from portal.courses.models.courses import Course
from portal.enterprises.models.problems import Problem
from portal.errors import Refused, Stale
from portal.files import store
from portal.meetings import rules
from portal.meetings.agenda import forms, operations, queries, undoing
from portal.meetings.agenda.fragment import after_item, agenda_done, agenda_of
from portal.meetings.blueprint import back_to, bp, whole
from portal.meetings.models.agenda import AgendaItem, ItemFile
from portal.meetings.models.meetings import Meeting
from portal.meetings.models.series import ItemKind
from portal.meetings.proposals import operations as proposals
from portal.meetings.review import queries as review_queries
from portal.meetings.series import forms as series_forms
from portal.meetings.series import queries as series_queries
from portal.web import responses
from portal.web.forms import posted_ids
from portal.web.guards import me, requires
from portal.web.timeline import events_of


@bp.post("/meetings/<model:meeting>/items")
@requires(rules.see, rules.build_agenda, transition="add_item")
def add_item(meeting: Meeting) -> ResponseReturnValue:
    """添加议题，接着可以添加下一项。"""
    form = forms.AgendaLine(series_queries.people_by_rank())
    if form.ready():
        kind, after = form.kind.data, form.follows
        made = form.attempt(
            operations.add_item, meeting, kind, form.title.data, form.minutes.data, reporter=form.reporter,
            after=after, by=me(),
        )  # fmt: skip
        if made:
            return agenda_done(meeting, "", focus=True, kind=kind, after=made.id if after else None)
    return responses.show("meetings/agenda/add_item.html", fragment="meetings/_agenda.html", **agenda_of(meeting, form))


@bp.post("/meetings/<model:meeting>/items/order")
@requires(rules.see, rules.build_agenda, transition="order_items")
def order_items(meeting: Meeting) -> ResponseReturnValue:
    """按拖动后的次序排列议程。"""
    operations.order_items(meeting, posted_ids("order"), by=me())
    return agenda_done(meeting, "")


@bp.post("/meetings/<model:meeting>/items/undo")
@requires(rules.see, rules.build_agenda, transition="undo")
def undo(meeting: Meeting) -> ResponseReturnValue:
    """撤销最近一次编排。"""
    return agenda_done(meeting, f"已撤销：{undoing.undo(meeting, by=me())}。")


@bp.route("/meetings/<model:meeting>/candidates")
@requires(rules.see, rules.build_agenda, transition="order_items")
def candidates(meeting: Meeting) -> ResponseReturnValue:
    """可以列入议程的课程和企业问题。"""
    return responses.show(
        "meetings/agenda/candidates.html",
        meeting=meeting,
        courses=queries.unscheduled_courses(),
        problems=queries.open_problems(),
    )


@bp.post("/meetings/<model:meeting>/placement")
@requires(rules.see, rules.build_agenda, transition="add_item")
def place_item(meeting: Meeting) -> ResponseReturnValue:
    """把待排议题列入这次会议。"""
    item = _posted(queries.item)
    if item.is_proposed:
        proposals.accept_item(item, by=me())
    operations.place_item(item, meeting, by=me())
    return back_to(meeting, f"已列入议程：{item.title}。")


@bp.post("/meetings/<model:meeting>/placements")
@requires(rules.see, rules.build_agenda, transition="add_item")
def place_all(meeting: Meeting) -> ResponseReturnValue:
    """把已采纳的待排议题全部列入这次会议。"""
    placed = operations.place_all(meeting, by=me())
    return back_to(meeting, f"已列入 {len(placed)} 项待排议题。")


@bp.post("/meetings/<model:meeting>/course")
@requires(rules.see, rules.build_agenda, transition="add_item")
def attach_course(meeting: Meeting) -> ResponseReturnValue:
    """把课程列入这次会议。"""
    course: Course = _one_of(queries.unscheduled_courses())
    operations.add_item(
        meeting, ItemKind.course, f"首席服务官讲业务：{course.topic}", course.minutes, course=course, by=me()
    )
    return back_to(meeting, f"已列入议程：{course.topic}。")


@bp.post("/meetings/<model:meeting>/problem")
@requires(rules.see, rules.build_agenda, transition="add_item")
def attach_problem(meeting: Meeting) -> ResponseReturnValue:
    """把企业问题列入这次会议。"""
    problem: Problem = _one_of(queries.open_problems())
    title = f"{problem.enterprise.name}：{problem.title}"[: series_forms.LONGEST_TITLE]
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
    found = series_forms.picked(rows, next(iter(posted_ids("number")), 0))
    if found is None:
        raise Refused("它已经列入别的会议，或不再需要上会。请刷新页面后重新选择。")
    return found


@bp.route("/items/<model:item>")
@requires(rules.see_item)
def show_item(item: AgendaItem) -> ResponseReturnValue:
    """议题。"""
    return responses.show(
        "meetings/agenda/item.html",
        item=item,
        chain=queries.chain(item),
        line=events_of(item, me()),
        overview=review_queries.overview_of_item(item),
        members=rules.read_tasks(me(), item.series),
    )


@bp.route("/items/<model:item>/chain")
@requires(rules.see_item)
def show_chain(item: AgendaItem) -> ResponseReturnValue:
    """这个议题历次上会的经过：结果、议定事项、交办事项。"""
    return responses.show(
        "meetings/agenda/chain.html",
        item=item,
        chain=queries.chain(item),
        members=rules.read_tasks(me(), item.series),
        keeps=rules.keep_meetings(me(), item.series),
    )


@bp.route("/items/<model:item>/edit", methods=["GET", "POST"])
@requires(rules.see_item, rules.build_with_item, transition="edit_item")
def edit_item(item: AgendaItem) -> ResponseReturnValue:
    """修改议题。"""
    form = forms.ItemForm(series_queries.people_by_rank(), thing=item)
    if form.ready():
        facts = {name: form[name].data for name in ("kind", "title", "minutes", "ask")}
        try:
            if form.attempt(operations.edit_item, item, form.seen, reporter=form.reporter, by=me(), **facts):
                return after_item(item, "议题已保存。")
        except Stale as stale:
            if not responses.is_fragment_request():
                raise
            _offer_both(form, item, stale)
    answer = responses.show(
        "meetings/agenda/edit_item.html", fragment="meetings/agenda/_edit_item.html", form=form, item=item
    )
    if form.status and responses.is_fragment_request():  # the form stays in its row; the agenda around it too
        answer.headers["HX-Retarget"], answer.headers["HX-Reswap"] = f"#{responses.dom_id(item)}", "outerHTML"
    return answer


def _offer_both(form: forms.ItemForm, item: AgendaItem, stale: Stale) -> None:
    """Somebody else saved first: the row says what is saved now, keeps what was typed, and can be saved over it."""
    who = item.reporter.name if item.reporter else "未定"
    form.refusals.append(
        f"别人刚刚保存过这一项：《{item.title}》，{item.kind.label}，{item.minutes} 分钟，汇报人{who}。"
        "再次保存，以您填写的为准；取消，保留别人保存的。"
    )
    form.version.data, form.status = str(stale.current), 409


@bp.post("/items/<model:item>/up")
@requires(rules.see_item, rules.build_with_item)
def move_up(item: AgendaItem) -> ResponseReturnValue:
    """把议题上移一位。"""
    return agenda_done(whole(operations.move_item(item, "up", by=me())), "")


@bp.post("/items/<model:item>/down")
@requires(rules.see_item, rules.build_with_item)
def move_down(item: AgendaItem) -> ResponseReturnValue:
    """把议题下移一位。"""
    return agenda_done(whole(operations.move_item(item, "down", by=me())), "")


@bp.post("/items/<model:item>/removal")
@requires(rules.see_item, rules.build_with_item, transition="take_off_item")
def take_off_item(item: AgendaItem) -> ResponseReturnValue:
    """把议题移出议程。"""
    meeting = item.meeting
    operations.take_off_item(item, by=me())
    return agenda_done(whole(meeting), f"已移出议程：{item.title}。") if meeting else after_item(item, "")


@bp.route("/item-files/<model:item_file>")
@requires(rules.see_item_file)
def download(item_file: ItemFile) -> ResponseReturnValue:
    """下载议题的附件。"""
    return store.send(item_file.file)
