"""Routes of departments and groups."""

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.people import rules
from portal.people.blueprint import bp
from portal.people.departments import forms, operations, queries
from portal.people.models.departments import Department
from portal.people.models.groups import Group
from portal.web import responses
from portal.web.forms import posted_ids
from portal.web.guards import requires


@bp.route("/departments")
@requires(rules.administer)
def departments() -> ResponseReturnValue:
    """部门。"""
    return _show_departments()


def _show_departments() -> ResponseReturnValue:
    return responses.show(
        "people/departments/departments.html",
        fragment="people/departments/_departments.html",
        departments=queries.departments(),
        heads=queries.head_counts(),
    )


@bp.post("/departments/order")
@requires(rules.administer)
def order_departments() -> ResponseReturnValue:
    """调整部门排序。"""
    operations.order_departments(posted_ids("order"), by=current_user)
    return _departments_ordered()


@bp.post("/departments/<model:department>/up")
@requires(rules.administer)
def move_department_up(department: Department) -> ResponseReturnValue:
    """部门上移。"""
    operations.move_department(department, -1, by=current_user)
    return _departments_ordered()


@bp.post("/departments/<model:department>/down")
@requires(rules.administer)
def move_department_down(department: Department) -> ResponseReturnValue:
    """部门下移。"""
    operations.move_department(department, 1, by=current_user)
    return _departments_ordered()


def _departments_ordered() -> ResponseReturnValue:
    return responses.done(
        url_for("people.departments"),
        "排序已保存。",
        fragment="people/departments/_departments.html",
        departments=queries.departments(),
        heads=queries.head_counts(),
    )


@bp.route("/departments/new", methods=["GET", "POST"])
@requires(rules.administer)
def add_department() -> ResponseReturnValue:
    """添加部门。"""
    form = forms.EditDepartment()
    if form.ready():
        added = form.attempt(operations.add_department, form.name.data, form.short.data, by=current_user)
        if added is not None:
            return responses.done(url_for("people.departments"), f"已添加{added.name}。")
    return responses.show("people/departments/edit_department.html", form=form, department=None)


@bp.route("/departments/<model:department>", methods=["GET", "POST"])
@requires(rules.administer)
def edit_department(department: Department) -> ResponseReturnValue:
    """修改部门。"""
    form = forms.EditDepartment(thing=department)
    if form.ready():
        facts = {"name": form.name.data, "short": form.short.data}
        if form.attempt(operations.edit_department, department, form.seen, by=current_user, **facts) is not None:
            return responses.done(url_for("people.departments"), "已保存。")
    return responses.show("people/departments/edit_department.html", form=form, department=department)


@bp.route("/groups")
@requires(rules.see)
def groups() -> ResponseReturnValue:
    """工作专班、小组和专题组。"""
    return responses.show("people/departments/groups.html", groups=queries.groups_with_leads())


@bp.route("/groups/<model:group>")
@requires(rules.see)
def group(group: Group) -> ResponseReturnValue:
    """小组。"""
    return responses.show("people/departments/group.html", group=group, members=queries.members_of(group))


@bp.route("/groups/new", methods=["GET", "POST"])
@requires(rules.administer)
def add_group() -> ResponseReturnValue:
    """添加小组。"""
    form = forms.EditGroup()
    if form.ready():
        added = form.attempt(operations.add_group, by=current_user, **form.facts)
        if added is not None:
            return responses.done(url_for("people.group", group=added), f"已添加{added.name}。")
    return responses.show("people/departments/edit_group.html", form=form, group=None)


@bp.route("/groups/<model:group>/edit", methods=["GET", "POST"])
@requires(rules.administer)
def edit_group(group: Group) -> ResponseReturnValue:
    """修改小组。"""
    form = forms.EditGroup(thing=group)
    if form.ready():
        edited = form.attempt(operations.edit_group, group, form.seen, by=current_user, **form.facts)
        if edited is not None:
            return responses.done(url_for("people.group", group=group), "已保存。")
    return responses.show("people/departments/edit_group.html", form=form, group=group)
