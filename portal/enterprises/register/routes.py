"""Routes of enterprises and projects."""

from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import joinedload, lazyload, selectinload

from portal.enterprises import rules
from portal.enterprises.blueprint import bp
from portal.enterprises.models.enterprises import ClientKind, Enterprise
from portal.enterprises.problems import queries as problems_queries
from portal.enterprises.register import forms, operations, queries
from portal.people.accounts import queries as people
from portal.people.models.accounts import User
from portal.people.models.roles import Role
from portal.web import filters, responses
from portal.web.filters import Filter
from portal.web.guards import me, requires
from portal.web.listing import Listing
from portal.web.spreadsheet import Column


@bp.route("/enterprises")
@requires(rules.see_enterprises)
def index() -> ResponseReturnValue:
    """企业和项目。"""
    query = queries.listed_enterprises(current_user)
    unsettled, problems = query.selected_columns.unsettled, query.selected_columns.problems
    plain = lazyload(User.grants)
    listing = Listing(
        query,
        {"name": Enterprise.name, "unsettled": (unsettled, Enterprise.id), "problems": (problems, Enterprise.id)},
        "name",
        filters=[
            Filter("text", "名称或情况", filters.contains(Enterprise.name, Enterprise.about)),
            Filter("kind", "类别", filters.equals(Enterprise.kind), "choice", filters.choices_of(ClientKind)),
            Filter("whose", "包联", _of_mine, "choice", [("mine", "我包联的"), ("nobody", "还没有人包联")]),
        ],
        options=(
            joinedload(Enterprise.leader).options(plain),
            selectinload(Enterprise.officers).options(plain),
        ),
    )
    if listing.wants_export:
        return listing.excel("企业和项目", ENTERPRISE_COLUMNS)
    return responses.show("enterprises/register/index.html", listing=listing)


ENTERPRISE_COLUMNS = (
    Column("类别", lambda row: row.Enterprise.kind.label, 8),
    Column("名称", lambda row: row.Enterprise.name, 32),
    Column("基本情况", lambda row: row.Enterprise.about, 50),
    Column("包联领导", lambda row: row.Enterprise.leader and row.Enterprise.leader.name, 12),
    Column("首席服务官", lambda row: "、".join(one.name for one in row.Enterprise.officers), 24),
    Column("未解决问题", lambda row: row.unsettled, 12),
    Column("全部问题", lambda row: row.problems, 12),
)


def _of_mine(query: Any, whose: str) -> Any:
    return query.where(queries.looked_after_by(me()) if whose == "mine" else queries.looked_after_by_nobody())


@bp.route("/enterprises/<model:enterprise>")
@requires(rules.see_enterprises)
def show(enterprise: Enterprise) -> ResponseReturnValue:
    """一家企业或一个项目。"""
    problems = problems_queries.problems_of(enterprise, current_user)
    return responses.show("enterprises/register/show.html", enterprise=enterprise, problems=problems)


@bp.route("/enterprises/new", methods=["GET", "POST"])
@requires(rules.see_enterprises, rules.keep_enterprises)
def add_enterprise() -> ResponseReturnValue:
    """登记企业或项目。"""
    form = _offer_people(forms.EditEnterprise())
    if form.ready():
        made = form.attempt(operations.add_enterprise, **_typed(form), by=me())
        if made is not None:
            return responses.done(url_for("enterprises.show", enterprise=made), "已登记。")
    return responses.show("enterprises/register/edit.html", form=form, enterprise=None)


@bp.route("/enterprises/<model:enterprise>/edit", methods=["GET", "POST"])
@requires(rules.see_enterprises, rules.keep_enterprises)
def edit_enterprise(enterprise: Enterprise) -> ResponseReturnValue:
    """修改企业或项目。"""
    form = _offer_people(forms.EditEnterprise(thing=enterprise))
    address = url_for("enterprises.show", enterprise=enterprise)
    if form.ready():
        done = form.attempt(operations.edit_enterprise, enterprise, form.seen, **_typed(form), by=me())
        if done is not None:
            return responses.done(address, "已保存。")
    return responses.show("enterprises/register/edit.html", form=form, enterprise=enterprise)


def _offer_people(form: forms.EditEnterprise) -> forms.EditEnterprise:
    active = people.active_people()
    form.officer_ids.offer([one for one in active if Role.officer in one.roles], lambda one: one.titled)
    form.leader_id.offer([one for one in active if Role.leader in one.roles], lambda one: one.titled)
    return form


def _typed(form: forms.EditEnterprise) -> dict[str, Any]:
    chosen = {one.id: one for one in people.active_people()}
    return {
        "kind": form.kind.data,
        "name": form.name.data,
        "about": form.about.data,
        "officers": [chosen[number] for number in form.officer_ids.data or ()],
        "leader": chosen.get(form.leader_id.data),
    }
