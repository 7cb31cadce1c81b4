"""Routes of the ledger: the list, its export, several tasks at once, the departments."""

from collections.abc import Callable, Mapping

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal.actions import blueprint, rules
from portal.actions.assignment import forms as assignment_forms
from portal.actions.assignment import operations as assignment
from portal.actions.assignment import queries as assignment_queries
from portal.actions.blueprint import bp
from portal.actions.ledger import departments as ledger_departments
from portal.actions.ledger import queries, saved_filters
from portal.actions.ledger.listing import LEDGER_COLUMNS, narrowed_ledger
from portal.actions.models.action_items import ActionItem
from portal.actions.supervision import forms as supervision_forms
from portal.actions.supervision import operations as supervision
from portal.jobs import background
from portal.people.accounts import queries as people
from portal.people.models.accounts import User
from portal.people.models.departments import Department
from portal.web import background_page, responses
from portal.web import listing as web_listing
from portal.web.forms import Form, ticked_ids
from portal.web.guards import can, me, requires
from portal.web.listing import Listing


@bp.route("/actions")
@requires(rules.see_ledger)
def index() -> ResponseReturnValue:
    """交办台账。"""
    whole = web_listing.wants_export() or web_listing.wants_print()
    counts = {} if whole else saved_filters.view_counts(me())
    listing, grouped = narrowed_ledger(counts)
    if listing.wants_export:
        if listing.total > MOST_AT_ONCE_EXPORTED:
            return responses.show("actions/ledger/export.html", listing=listing)
        return listing.excel("交办台账", LEDGER_COLUMNS)
    if listing.wants_print:
        return responses.show("actions/ledger/print.html", listing=listing, grouped=grouped)
    return responses.show("actions/ledger/index.html", listing=listing, views=_views(listing, counts), grouped=grouped)


MOST_AT_ONCE_EXPORTED = 1_000  # more rows than a page may take the time for


@bp.post("/actions/export")
@requires(rules.see_ledger)
def export() -> ResponseReturnValue:
    """在后台导出台账。"""
    errand = background.ask("actions.export", by=me(), facts={"query": request.form.get("query", "")[:2000]})
    return responses.done(background_page.address_of(errand), "正在导出，可以离开本页。")


def _views(listing: Listing, counts: Mapping[str, int]) -> list[tuple[str, str, str, int, bool]]:
    """The saved filters with their addresses and counts; empty ones are left out, the present one is not."""
    always = {"", "mine", "late"} | (set(saved_filters.DESK) if can("actions.urge_all") else set())
    now = next(one.value for one in listing.filters if one.name == "view")
    return [
        (
            view.label,
            url_for("actions.index", view=name or None),
            view.mark if counts[name] else "",
            counts[name],
            name == now,
        )
        for name, view in saved_filters.VIEWS.items()
        if counts[name] or name in always | {now}
    ]


MOST_AT_ONCE = 200


@bp.route("/actions/urging", methods=["GET", "POST"])
@requires(rules.urge_all)
def urge_all() -> ResponseReturnValue:
    """批量催办。"""
    form = supervision_forms.Urge()
    able, others = _ticked(rules.supervise, "urge")
    if able and form.ready() and form.attempt(supervision.urge_all, able, form.text.data, by=me()) is not None:
        return _told_how_many("催办", able, others)
    return _ask_for_all(form, "批量催办", "催办", able, others)


@bp.route("/actions/hand-over", methods=["GET", "POST"])
@requires(rules.hand_over_all)
def hand_over_all() -> ResponseReturnValue:
    """批量更换承办人。"""
    form = assignment_forms.HandOverAll()
    persons = {one.id: one for one in people.active_people()}
    blueprint.offer_people(form.person_id, list(persons.values()))
    able, others = _ticked(rules.hand_over, "hand_over")
    if able and form.ready():
        taker = persons[form.person_id.data]
        others += [(one, f"{taker.name}已经是承办人。") for one in able if one.lead_person_id == taker.id]
        able = [one for one in able if one.lead_person_id != taker.id]
        if form.attempt(assignment.hand_over_all, able, taker, form.why.data, by=me()) is not None:
            return _told_how_many(f"改由{taker.name}承办", able, others)
    return _ask_for_all(form, "批量更换承办人", "更换承办人", able, others)


Ticked = tuple[list[ActionItem], list[tuple[ActionItem, str]]]


def _ticked(rule: Callable[[User, ActionItem], bool], deed: str) -> Ticked:
    """The tasks that were ticked: those the deed is possible with, and the others with the reason."""
    numbers = ticked_ids("id")[:MOST_AT_ONCE]
    able: list[ActionItem] = []
    others: list[tuple[ActionItem, str]] = []
    for one in queries.chosen_actions(me(), numbers) if numbers else ():
        reason = one.lifecycle.obstacle(one, deed) if rule(me(), one) else rule.__doc__
        if reason is None:
            able.append(one)
        else:
            others.append((one, reason))
    return able, others


def _told_how_many(word: str, able: list[ActionItem], others: list[tuple[ActionItem, str]]) -> ResponseReturnValue:
    sentence = f"已{word} {len(able)} 项。"
    if others:
        sentence += f"另有 {len(others)} 项未办理：" + "；".join(
            f"{one.number}，{reason.rstrip('。')}" for one, reason in others
        ) + "。"  # fmt: skip
    return responses.done(responses.safe_next(request.form.get("next")) or url_for("actions.index"), sentence)


def _ask_for_all(
    form: Form, title: str, word: str, able: list[ActionItem], others: list[tuple[ActionItem, str]]
) -> ResponseReturnValue:
    back = responses.safe_next(request.form.get("next")) or responses.back() or url_for("actions.index")
    status = 422 if request.method == "POST" and not able else None
    return responses.show(
        "actions/ledger/several.html",
        status=status,
        form=form,
        title=title,
        word=word,
        able=able,
        others=others,
        back=back,
    )


@bp.route("/actions/departments")
@requires(rules.see_ledger)
def departments() -> ResponseReturnValue:
    """各单位办理情况。"""
    return responses.show("actions/ledger/departments.html", lines=ledger_departments.standing_of_departments(me()))


@bp.route("/actions/departments/<model:department>")
@requires(rules.see_ledger)
def show_department(department: Department) -> ResponseReturnValue:
    """一个单位的交办事项。"""
    listing = Listing(
        queries.in_department(queries.ledger(me()), str(department.id)),
        {"due": (ActionItem.ended, ActionItem.due, ActionItem.id)},
        "due",
        options=(*assignment_queries.ROW, *assignment_queries.EXPORTED),
    )
    line = ledger_departments.standing_of_departments(me(), department)[0]
    return responses.show("actions/ledger/department.html", department=department, listing=listing, line=line)
