"""Routes of deputies."""

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.db import clock
from portal.people import rules
from portal.people.accounts import queries as accounts_queries
from portal.people.blueprint import bp
from portal.people.deputies import forms, operations, queries
from portal.people.models.accounts import User
from portal.people.models.deputies import Deputy, is_over
from portal.web import responses
from portal.web.guards import me, requires


@bp.route("/people/deputies")
@requires(rules.see_deputies)
def deputies() -> ResponseReturnValue:
    """代办。"""
    return responses.show("people/deputies/deputies.html", deputies=queries.deputies())


@bp.route("/people/<model:person>/deputies", methods=["GET", "POST"])
@requires(rules.name_deputy)
def name_deputy(person: User) -> ResponseReturnValue:
    """委托代办。"""
    own = person.id == current_user.id
    form = forms.NameDeputy(person, operations.parts_of(person), own=own)
    if form.ready():
        deputy = accounts_queries.person(form.deputy_id.data)
        named = form.attempt(
            operations.name_deputy, person, deputy, starts=form.starts.data, ends=form.ends.data, parts=form.chosen,
            reason=form.reason.data, by=me(),
        )  # fmt: skip
        if named is not None:
            until = f"{clock.zh_date(named.starts)}至{clock.zh_date(named.ends)}"
            return responses.done(_home_of(person), f"{until}由{named.deputy.name}代办，对方已收到消息。")
    elif request.method == "GET":
        form.starts.data = clock.today()
    return responses.show("people/deputies/name_deputy.html", form=form, person=person, home=_home_of(person))


@bp.post("/people/deputies/<model:deputy>/end")
@requires(rules.end_deputy, when=(is_over,))
def end_deputy(deputy: Deputy) -> ResponseReturnValue:
    """结束代办。"""
    operations.end_deputy(deputy, by=me())
    return responses.done(responses.back() or url_for("people.account"), "代办已结束。")


def _home_of(person: User) -> str:
    """Where a person's deputies are seen: the own account, or the person's page."""
    own = person.id == current_user.id
    return url_for("people.account") if own else url_for("people.show", person=person)
