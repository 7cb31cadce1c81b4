"""Doors of the people room."""

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Flask, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user
from sqlalchemy.orm import Session

from portal import clock, navigation, pages, paper
from portal.access import finds, me, needs, public
from portal.errors import Unreadable
from portal.forms import posted_ids
from portal.people import forms, operations, queries, rules
from portal.people.models import Department, Deputy, Group, LoginSession, Role, RoleRequest, User, is_over
from portal.request_end import afterwards

bp = Blueprint("people", __name__)
navigation.offer("人员", "people.index", "/people", "/departments", "/groups")
pages.counted("role_requests")(queries.open_role_request_count)
finds("person")(queries.person)
finds("department")(queries.department)
finds("group")(queries.group)
finds("role_request")(queries.role_request)
finds("deputy")(queries.deputy)

# ── Signing in and out ─────────────────────────────────────────────────────────────────────────────────────


@bp.route("/login", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """登录。"""
    target = pages.safe_next(request.args.get("next")) or "/"
    if request.method == "GET" and current_user.is_authenticated:
        return redirect(target)
    form = forms.SignIn()
    if form.ready():
        opened = form.attempt(operations.sign_in, form.username.data, form.password.data, **_whence())
        if opened is not None:
            if current_user.is_authenticated:
                operations.close_session(current_user.session_token, by=me())
            _keep_signed_in(*opened)
            return pages.done(target)
    return pages.show("people/login.html", form=form)


@bp.post("/logout")
@needs()
def sign_out() -> ResponseReturnValue:
    """退出。"""
    operations.close_session(current_user.session_token, by=me())
    logout_user()
    session.clear()
    return pages.done(url_for("people.sign_in"), "您已退出。")


def _whence() -> dict[str, str]:
    return {"address": request.remote_addr or "", "agent": request.user_agent.string}


def _keep_signed_in(user: User, token: str) -> None:
    session.clear()
    user.session_token = token
    login_user(user)


def user_of_session(token: str) -> User | None:
    """Flask-Login's loader: the person behind the cookie; notes at most once a minute that the session lives."""
    found = queries.login_session(token)
    if found is None:
        return None
    if clock.now() - found.seen_at > queries.SEEN_EVERY:
        afterwards(_seen(found.token_hash))
    found.user.session_token = token
    return found.user


def _seen(token_hash: str) -> Any:
    moment = clock.now()

    def write(session: Session) -> None:
        session.execute(sa.update(LoginSession).where(LoginSession.token_hash == token_hash).values(seen_at=moment))

    return write


# ── One's own account ──────────────────────────────────────────────────────────────────────────────────────


@bp.route("/account")
@needs()
def account() -> ResponseReturnValue:
    """我的账号。"""
    return pages.show(
        "people/account.html",
        sessions=queries.sessions_of(current_user),
        here=queries.hash_of(current_user.session_token),
        key=queries.signing_key(current_user),
        groups=queries.groups_of(current_user),
        deputies=queries.deputies_of(current_user),
    )


@bp.post("/account/sessions/others/end")
@needs()
def close_other_sessions() -> ResponseReturnValue:
    """退出其他设备。"""
    operations.close_other_sessions(current_user, keep=current_user.session_token, by=current_user)
    return pages.done(url_for("people.account"), "其他设备上的登录已全部退出。")


@bp.route("/account/password", methods=["GET", "POST"])
@needs()
def change_password() -> ResponseReturnValue:
    """修改密码。"""
    form = forms.ChangePassword()
    if form.ready() and _proven(form):
        token = form.attempt(operations.change_password, current_user, form.password.data, **_whence())
        if token is not None:
            _keep_signed_in(me(), token)
            return pages.done("/", "密码已修改，其他设备上的登录已退出。")
    return pages.show("people/password.html", form=form)


@bp.route("/account/signature", methods=["GET", "POST"])
@needs()
def make_key() -> ResponseReturnValue:
    """设置签名。"""
    form = forms.MakeKey()
    if (
        form.ready()
        and _proven(form)
        and form.attempt(operations.make_key, current_user, form.pin.data, by=current_user) is not None
    ):
        return pages.done(url_for("people.account"), "签名已设置，请记住签名口令。")
    return pages.show("people/signature.html", form=form, key=queries.signing_key(current_user))


@bp.route("/account/signature/pin", methods=["GET", "POST"])
@needs()
def change_pin() -> ResponseReturnValue:
    """修改签名口令。"""
    form = forms.ChangePin()
    if form.ready():
        changed = form.attempt(operations.change_pin, current_user, form.old.data, form.pin.data, by=current_user)
        if changed is not None:
            return pages.done(url_for("people.account"), "签名口令已修改。")
    return pages.show("people/pin.html", form=form)


def _proven(form: Any) -> bool:
    address = request.remote_addr or ""
    return form.attempt(operations.prove, current_user, form.current.data, address=address) is not None


# ── People ─────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/people")
@needs(rules.look_up)
def index() -> ResponseReturnValue:
    """人员名册。"""
    departments = queries.departments()
    listing = pages.Listing(
        queries.people(),
        sorts={
            "rank": (Department.rank, User.rank, User.id), "name": (User.pinyin, User.id),
            "username": (User.username,), "department": (Department.rank, User.rank, User.id),
        },
        sort="rank",
        filters=[
            pages.Filter("q", "姓名、拼音、账号或职务", queries.named_like),
            pages.Filter(
                "department", "部门", pages.equals(User.department_id), "choice",
                [(str(one.id), one.short) for one in departments],
            ),
            pages.Filter("role", "角色", queries.holding, "choice", pages.choices_of(Role)),
            pages.Filter("state", "状态", queries.only, "choice", [("active", "在用"), ("disabled", "停用")]),
        ],
    )  # fmt: skip
    if listing.wants_export:
        return listing.excel("人员名册", _COLUMNS)
    return pages.show("people/index.html", listing=listing)


_COLUMNS = (
    pages.Column("部门", lambda user: user.department.name if user.department else "", 24),
    pages.Column("姓名", lambda user: user.name, 12),
    pages.Column("职务", lambda user: user.post, 24),
    pages.Column("账号", lambda user: user.username),
    pages.Column("角色", lambda user: "、".join(role.label for role in Role if role in user.roles), 24),
    pages.Column("电话", lambda user: user.phone),
    pages.Column("邮箱", lambda user: user.email, 24),
    pages.Column("状态", lambda user: "在用" if user.active else "停用", 8),
)


@bp.route("/people/<thing:person>")
@needs(rules.see)
def show(person: User) -> ResponseReturnValue:
    """人员。"""
    return pages.show(
        "people/show.html",
        person=person,
        groups=queries.groups_of(person),
        requests=queries.open_role_requests(person),
        deputies=queries.deputies_of(person),
        form=forms.GrantRole(),
    )


@bp.route("/people/new", methods=["GET", "POST"])
@needs(rules.administer)
def add_user() -> ResponseReturnValue:
    """添加人员。"""
    form = forms.AddPerson()
    if form.ready():
        facts = {"username": form.username.data, "roles": form.chosen_roles, **form.facts}
        added = form.attempt(operations.add_user, by=current_user, **facts)
        if added is not None:
            person, password = added
            if note := paper.unprintable_note(person.name):
                flash(note, "bad")
            return pages.show("people/fresh_password.html", person=person, password=password, added=True)
    return pages.show("people/add_user.html", form=form)


@bp.route("/people/<thing:person>/edit", methods=["GET", "POST"])
@needs(rules.administer)
def edit_user(person: User) -> ResponseReturnValue:
    """修改人员。"""
    form = forms.EditPerson(thing=person)
    if form.ready():
        edited = form.attempt(operations.edit_user, person, form.seen, by=current_user, **form.facts)
        if edited is not None:
            return pages.done(url_for("people.show", person=person), f"已保存。{paper.unprintable_note(person.name)}")
    return pages.show("people/edit_user.html", form=form, person=person)


def _is_active(person: User) -> str | None:
    return None if person.active else "这个账号已经停用。"


def _is_disabled(person: User) -> str | None:
    return "这个账号没有停用。" if person.active else None


@bp.post("/people/<thing:person>/disable")
@needs(rules.administer, when=(_is_active,))
def disable(person: User) -> ResponseReturnValue:
    """停用账号。"""
    operations.disable(person, by=current_user)
    return pages.done(url_for("people.show", person=person), f"{person.name}的账号已停用，登录已退出。")


@bp.post("/people/<thing:person>/enable")
@needs(rules.administer, when=(_is_disabled,))
def enable(person: User) -> ResponseReturnValue:
    """启用账号。"""
    operations.enable(person, by=current_user)
    return pages.done(url_for("people.show", person=person), f"{person.name}的账号已启用。")


@bp.post("/people/<thing:person>/password")
@needs(rules.administer, when=(_is_active,))
def reset_password(person: User) -> ResponseReturnValue:
    """重置密码。"""
    password = operations.reset_password(person, by=current_user)
    return pages.show("people/fresh_password.html", person=person, password=password, added=False)


# ── Deputies ───────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/people/deputies")
@needs(rules.see_deputies)
def deputies() -> ResponseReturnValue:
    """代办。"""
    return pages.show("people/deputies.html", deputies=queries.deputies())


@bp.route("/people/<thing:person>/deputies", methods=["GET", "POST"])
@needs(rules.name_deputy)
def name_deputy(person: User) -> ResponseReturnValue:
    """委托代办。"""
    own = person.id == current_user.id
    form = forms.NameDeputy(person, operations.parts_of(person), own=own)
    if form.ready():
        deputy = queries.person(form.deputy_id.data)
        named = form.attempt(
            operations.name_deputy, person, deputy, starts=form.starts.data, ends=form.ends.data, parts=form.chosen,
            reason=form.reason.data, by=me(),
        )  # fmt: skip
        if named is not None:
            until = f"{clock.zh_date(named.starts)}至{clock.zh_date(named.ends)}"
            return pages.done(_home_of(person), f"{until}由{named.deputy.name}代办，对方已收到消息。")
    elif request.method == "GET":
        form.starts.data = clock.today()
    return pages.show("people/name_deputy.html", form=form, person=person, home=_home_of(person))


@bp.post("/people/deputies/<thing:deputy>/end")
@needs(rules.end_deputy, when=(is_over,))
def end_deputy(deputy: Deputy) -> ResponseReturnValue:
    """结束代办。"""
    operations.end_deputy(deputy, by=me())
    return pages.done(pages.back() or url_for("people.account"), "代办已结束。")


def _home_of(person: User) -> str:
    """Where a person's deputies are seen: the own account, or the person's page."""
    own = person.id == current_user.id
    return url_for("people.account") if own else url_for("people.show", person=person)


# ── Roles ──────────────────────────────────────────────────────────────────────────────────────────────────


@bp.post("/people/<thing:person>/roles")
@needs(rules.administer, when=(_is_active,))
def grant(person: User) -> ResponseReturnValue:
    """授予角色。"""
    form = forms.GrantRole()
    if form.ready() and form.attempt(operations.ask_role, person, form.role.data, by=current_user) is not None:
        role = form.role.data
        said = (
            f"已授予“{role.label}”角色。"
            if role in person.roles
            else f"“{role.label}”角色须由另一位系统管理员确认，已提交。"
        )
        return pages.done(url_for("people.show", person=person), said)
    return pages.show(
        "people/show.html",
        person=person,
        groups=queries.groups_of(person),
        requests=queries.open_role_requests(person),
        deputies=queries.deputies_of(person),
        form=form,
    )


@bp.post("/people/<thing:person>/roles/end")
@needs(rules.administer)
def withdraw(person: User) -> ResponseReturnValue:
    """收回角色。"""
    form = forms.GrantRole()
    if not form.ready():
        raise Unreadable("没有这个角色，请从页面上的按钮进入。")
    operations.withdraw(person, form.role.data, by=current_user)
    return pages.done(url_for("people.show", person=person), f"已收回“{form.role.data.label}”角色。")


@bp.route("/people/roles")
@needs(rules.administer)
def role_requests() -> ResponseReturnValue:
    """待确认的角色申请。"""
    return pages.show("people/role_requests.html", requests=queries.open_role_requests())


@bp.post("/people/roles/<thing:role_request>/grant")
@needs(rules.confirm)
def grant_asked(role_request: RoleRequest) -> ResponseReturnValue:
    """确认授予角色。"""
    operations.grant_asked(role_request, by=current_user)
    return pages.done(url_for("people.role_requests"), f"已授予{role_request}。")


@bp.post("/people/roles/<thing:role_request>/refuse")
@needs(rules.administer)
def refuse_asked(role_request: RoleRequest) -> ResponseReturnValue:
    """不授予申请的角色。"""
    operations.refuse_asked(role_request, by=current_user)
    return pages.done(url_for("people.role_requests"), f"没有授予{role_request}。")


# ── Departments and groups ─────────────────────────────────────────────────────────────────────────────────


@bp.route("/departments")
@needs(rules.administer)
def departments() -> ResponseReturnValue:
    """部门。"""
    return _show_departments()


def _show_departments() -> ResponseReturnValue:
    return pages.show(
        "people/departments.html",
        fragment="people/_departments.html",
        departments=queries.departments(),
        heads=queries.head_counts(),
    )


@bp.post("/departments/order")
@needs(rules.administer)
def order_departments() -> ResponseReturnValue:
    """调整部门排序。"""
    operations.order_departments(posted_ids("order"), by=current_user)
    return _departments_ordered()


@bp.post("/departments/<thing:department>/up")
@needs(rules.administer)
def move_department_up(department: Department) -> ResponseReturnValue:
    """部门上移。"""
    operations.move_department(department, -1, by=current_user)
    return _departments_ordered()


@bp.post("/departments/<thing:department>/down")
@needs(rules.administer)
def move_department_down(department: Department) -> ResponseReturnValue:
    """部门下移。"""
    operations.move_department(department, 1, by=current_user)
    return _departments_ordered()


def _departments_ordered() -> ResponseReturnValue:
    return pages.done(
        url_for("people.departments"),
        "排序已保存。",
        fragment="people/_departments.html",
        departments=queries.departments(),
        heads=queries.head_counts(),
    )


@bp.route("/departments/new", methods=["GET", "POST"])
@needs(rules.administer)
def add_department() -> ResponseReturnValue:
    """添加部门。"""
    form = forms.EditDepartment()
    if form.ready():
        added = form.attempt(operations.add_department, form.name.data, form.short.data, by=current_user)
        if added is not None:
            return pages.done(url_for("people.departments"), f"已添加{added.name}。")
    return pages.show("people/edit_department.html", form=form, department=None)


@bp.route("/departments/<thing:department>", methods=["GET", "POST"])
@needs(rules.administer)
def edit_department(department: Department) -> ResponseReturnValue:
    """修改部门。"""
    form = forms.EditDepartment(thing=department)
    if form.ready():
        facts = {"name": form.name.data, "short": form.short.data}
        if form.attempt(operations.edit_department, department, form.seen, by=current_user, **facts) is not None:
            return pages.done(url_for("people.departments"), "已保存。")
    return pages.show("people/edit_department.html", form=form, department=department)


@bp.route("/groups")
@needs(rules.see)
def groups() -> ResponseReturnValue:
    """工作专班、小组和专题组。"""
    return pages.show("people/groups.html", groups=queries.groups_with_leads())


@bp.route("/groups/<thing:group>")
@needs(rules.see)
def group(group: Group) -> ResponseReturnValue:
    """小组。"""
    return pages.show("people/group.html", group=group, members=queries.members_of(group))


@bp.route("/groups/new", methods=["GET", "POST"])
@needs(rules.administer)
def add_group() -> ResponseReturnValue:
    """添加小组。"""
    form = forms.EditGroup()
    if form.ready():
        added = form.attempt(operations.add_group, by=current_user, **form.facts)
        if added is not None:
            return pages.done(url_for("people.group", group=added), f"已添加{added.name}。")
    return pages.show("people/edit_group.html", form=form, group=None)


@bp.route("/groups/<thing:group>/edit", methods=["GET", "POST"])
@needs(rules.administer)
def edit_group(group: Group) -> ResponseReturnValue:
    """修改小组。"""
    form = forms.EditGroup(thing=group)
    if form.ready():
        edited = form.attempt(operations.edit_group, group, form.seen, by=current_user, **form.facts)
        if edited is not None:
            return pages.done(url_for("people.group", group=group), "已保存。")
    return pages.show("people/edit_group.html", form=form, group=group)


def init_app(app: Flask) -> None:
    """Tell Flask-Login how a session is found, and what stands for somebody who has not signed in."""
    app.login_manager.user_loader(user_of_session)  # type: ignore[attr-defined]
