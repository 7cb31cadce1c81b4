"""Routes of accounts: the own one, and those of everybody."""

from flask import flash, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.documents.paper import fonts
from portal.people import rules
from portal.people.accounts import forms, operations, queries
from portal.people.blueprint import bp, is_active
from portal.people.departments import queries as departments_queries
from portal.people.deputies import queries as deputies_queries
from portal.people.keys import queries as keys_queries
from portal.people.models.accounts import User
from portal.people.models.departments import Department
from portal.people.models.roles import Role
from portal.people.roles import forms as roles_forms
from portal.people.roles import queries as roles_queries
from portal.people.sessions import operations as sessions
from portal.people.sessions import queries as sessions_queries
from portal.web import filters, responses, spreadsheet
from portal.web import listing as web_listing
from portal.web.guards import requires


@bp.route("/account")
@requires()
def account() -> ResponseReturnValue:
    """我的账号。"""
    return responses.show(
        "people/accounts/account.html",
        sessions=sessions_queries.sessions_of(current_user),
        here=sessions_queries.hash_of(current_user.session_token),
        key=keys_queries.signing_key(current_user),
        groups=departments_queries.groups_of(current_user),
        deputies=deputies_queries.deputies_of(current_user),
    )


@bp.route("/people")
@requires(rules.look_up)
def index() -> ResponseReturnValue:
    """人员名册。"""
    departments = departments_queries.departments()
    listing = web_listing.Listing(
        queries.people(),
        sorts={
            "rank": (Department.rank, User.rank, User.id), "name": (User.pinyin, User.id),
            "username": (User.username,), "department": (Department.rank, User.rank, User.id),
        },
        sort="rank",
        filters=[
            filters.Filter("q", "姓名、拼音、账号或职务", queries.named_like),
            filters.Filter(
                "department", "部门", filters.equals(User.department_id), "choice",
                [(str(one.id), one.short) for one in departments],
            ),
            filters.Filter("role", "角色", queries.holding, "choice", filters.choices_of(Role)),
            filters.Filter("state", "状态", queries.only, "choice", [("active", "在用"), ("disabled", "停用")]),
        ],
    )  # fmt: skip
    if listing.wants_export:
        return listing.excel("人员名册", _COLUMNS)
    return responses.show("people/accounts/index.html", listing=listing)


_COLUMNS = (
    spreadsheet.Column("部门", lambda user: user.department.name if user.department else "", 24),
    spreadsheet.Column("姓名", lambda user: user.name, 12),
    spreadsheet.Column("职务", lambda user: user.post, 24),
    spreadsheet.Column("账号", lambda user: user.username),
    spreadsheet.Column("角色", lambda user: "、".join(role.label for role in Role if role in user.roles), 24),
    spreadsheet.Column("电话", lambda user: user.phone),
    spreadsheet.Column("邮箱", lambda user: user.email, 24),
    spreadsheet.Column("状态", lambda user: "在用" if user.active else "停用", 8),
)


@bp.route("/people/<model:person>")
@requires(rules.see)
def show(person: User) -> ResponseReturnValue:
    """人员。"""
    return responses.show(
        "people/accounts/show.html",
        person=person,
        groups=departments_queries.groups_of(person),
        requests=roles_queries.open_role_requests(person),
        deputies=deputies_queries.deputies_of(person),
        form=roles_forms.GrantRole(),
    )


@bp.route("/people/new", methods=["GET", "POST"])
@requires(rules.administer)
def add_user() -> ResponseReturnValue:
    """添加人员。"""
    form = forms.AddPerson()
    if form.ready():
        facts = {"username": form.username.data, "roles": form.chosen_roles, **form.facts}
        added = form.attempt(operations.add_user, by=current_user, **facts)
        if added is not None:
            person, password = added
            if note := fonts.unprintable_note(person.name):
                flash(note, "bad")
            return responses.show("people/accounts/fresh_password.html", person=person, password=password, added=True)
    return responses.show("people/accounts/add_user.html", form=form)


@bp.route("/people/<model:person>/edit", methods=["GET", "POST"])
@requires(rules.administer)
def edit_user(person: User) -> ResponseReturnValue:
    """修改人员。"""
    form = forms.EditPerson(thing=person)
    if form.ready():
        edited = form.attempt(operations.edit_user, person, form.seen, by=current_user, **form.facts)
        if edited is not None:
            return responses.done(
                url_for("people.show", person=person), f"已保存。{fonts.unprintable_note(person.name)}"
            )
    return responses.show("people/accounts/edit_user.html", form=form, person=person)


def _is_disabled(person: User) -> str | None:
    return "这个账号没有停用。" if person.active else None


@bp.post("/people/<model:person>/disable")
@requires(rules.administer, when=(is_active,))
def disable(person: User) -> ResponseReturnValue:
    """停用账号。"""
    operations.disable(person, by=current_user)
    return responses.done(url_for("people.show", person=person), f"{person.name}的账号已停用，登录已退出。")


@bp.post("/people/<model:person>/enable")
@requires(rules.administer, when=(_is_disabled,))
def enable(person: User) -> ResponseReturnValue:
    """启用账号。"""
    operations.enable(person, by=current_user)
    return responses.done(url_for("people.show", person=person), f"{person.name}的账号已启用。")


@bp.post("/people/<model:person>/password")
@requires(rules.administer, when=(is_active,))
def reset_password(person: User) -> ResponseReturnValue:
    """重置密码。"""
    password = sessions.reset_password(person, by=current_user)
    return responses.show("people/accounts/fresh_password.html", person=person, password=password, added=False)
