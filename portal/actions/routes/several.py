"""Doors of deeds on several tasks at once."""

from collections.abc import Callable

from flask import request, url_for
from flask.typing import ResponseReturnValue

from portal import pages
from portal.access import me, needs
from portal.actions import forms, operations, queries, rules
from portal.actions.models import ActionItem
from portal.actions.routes.doors import bp
from portal.forms import Form, ticked_ids
from portal.people import queries as people
from portal.people.models import User

MOST_AT_ONCE = 200


@bp.route("/actions/urging", methods=["GET", "POST"])
@needs(rules.urge_all)
def urge_all() -> ResponseReturnValue:
    """批量催办。"""
    form = forms.Urge()
    able, others = _ticked(rules.supervise, "urge")
    if able and form.ready() and form.attempt(operations.urge_all, able, form.text.data, by=me()) is not None:
        return _told_how_many("催办", able, others)
    return _ask_for_all(form, "批量催办", "催办", able, others)


@bp.route("/actions/hand-over", methods=["GET", "POST"])
@needs(rules.hand_over_all)
def hand_over_all() -> ResponseReturnValue:
    """批量更换承办人。"""
    form = forms.HandOverAll()
    persons = {one.id: one for one in people.active_people()}
    forms.offer_people(form.person_id, list(persons.values()))
    able, others = _ticked(rules.hand_over, "hand_over")
    if able and form.ready():
        taker = persons[form.person_id.data]
        others += [(one, f"{taker.name}已经是承办人。") for one in able if one.lead_person_id == taker.id]
        able = [one for one in able if one.lead_person_id != taker.id]
        if form.attempt(operations.hand_over_all, able, taker, form.why.data, by=me()) is not None:
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
    return pages.done(pages.safe_next(request.form.get("next")) or url_for("actions.index"), sentence)


def _ask_for_all(
    form: Form, title: str, word: str, able: list[ActionItem], others: list[tuple[ActionItem, str]]
) -> ResponseReturnValue:
    back = pages.safe_next(request.form.get("next")) or pages.back() or url_for("actions.index")
    status = 422 if request.method == "POST" and not able else None
    return pages.show(
        "actions/several.html", status=status, form=form, title=title, word=word, able=able, others=others, back=back
    )
