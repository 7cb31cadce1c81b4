"""Routes of the library."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Flask, abort, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.courses import rules as courses_rules
from portal.courses.models.courses import Course
from portal.courses.models.materials import Material, MaterialVersion
from portal.courses.models.policies import Briefing, Policy, SourceDocument, SummaryState
from portal.courses.policies import forms, operations, queries
from portal.courses.programme.queries import fields
from portal.courses.rules import see_slides
from portal.enterprises.models.enterprises import Enterprise
from portal.errors import Refused, Unreadable
from portal.files import store
from portal.files.uploads import take_in
from portal.people.departments.queries import departments
from portal.web import filters, responses
from portal.web.filters import Filter
from portal.web.forms import Why, posted_ids
from portal.web.guards import loads, me, requires
from portal.web.listing import Listing
from portal.web.spreadsheet import Column

bp = Blueprint("library", __name__)
loads("policy")(queries.policy)
loads("source_document")(queries.source)
loads("briefing")(queries.briefing)


# ── the library ────────────────────────────────────────────────────────────────────────────────────────────────────

COLUMNS = (
    Column("课题", lambda one: one.course.topic, 40),
    Column("政策领域", lambda one: one.course.field.name, 14),
    Column("责任单位", lambda one: one.course.department.name if one.course.department else "", 24),
    Column("主讲人", lambda one: one.course.lecturer.titled if one.course.lecturer else "", 20),
    Column("讲授日期", lambda one: one.course.delivered_on, 14),
    Column("有效期至", lambda one: one.valid_until, 14),
    Column("是否有效", lambda one: "已失效" if one.is_expired else "有效", 10),
    Column("一页纸摘要", lambda one: one.approved_summary, 80),
)


@bp.route("/library")
@requires(courses_rules.read_policies)
def index() -> ResponseReturnValue:
    """政策资料库。"""
    of_state = Filter("state", "摘要", filters.equals(Policy.state), "choice", filters.choices_of(SummaryState))
    keeps = courses_rules.review_policy(current_user, None)  # type: ignore[arg-type] # a secretary is one whatever the policy
    query = queries.policies()
    listing = Listing(
        query if keeps else query.where(queries.in_library()),
        {
            "day": (Course.delivered_on, Policy.id),
            "topic": (Course.topic, Policy.id),
            "valid": (Policy.valid_until, Policy.id),
        },
        "day",
        descending=True,
        filters=[
            Filter("text", "课题或摘要", filters.contains(Course.topic, Course.aims, Policy.approved_summary)),
            Filter(
                "field", "政策领域", filters.equals(Course.field_id), "choice",
                [(str(one.id), one.name) for one in fields()],
            ),
            Filter(
                "unit", "责任单位", filters.equals(Course.department_id), "choice",
                [(str(one.id), one.short) for one in departments()],
            ),
            Filter("valid", "有效期", _of_validity, "choice", [("yes", "有效"), ("no", "已失效")]),
            *([of_state] if keeps else []),
        ],
        options=queries.LIST,
    )  # fmt: skip
    if listing.wants_export:
        return listing.excel("政策资料库", COLUMNS)
    return responses.show("courses/policies/index.html", listing=listing, keeps=keeps)


def _of_validity(query: Any, word: str) -> Any:
    return query.where(queries.is_valid(valid=word == "yes"))


@bp.route("/library/<model:policy>")
@requires(courses_rules.see_policy)
def show(policy: Policy) -> ResponseReturnValue:
    """一项政策：一页纸摘要、课件、原文，以及用在哪些企业。"""
    may_brief = courses_rules.brief(current_user, policy) and policy.course.is_published
    return responses.show(
        "courses/policies/show.html",
        policy=policy,
        slides=_slides(policy),
        prepares=courses_rules.prepare_policy(current_user, policy),
        briefings=queries.briefings_of(policy),
        enterprises=queries.enterprises_to_tell(me()) if may_brief else [],
        may_brief=may_brief,
    )


def _slides(policy: Policy) -> list[tuple[Material, MaterialVersion]]:
    """The version of each material that was shown, where this person may see it."""
    found = [(one, one.approved) for one in policy.course.materials]
    return [(one, version) for one, version in found if version is not None and see_slides(current_user, version)]


@bp.route("/library/<model:policy>/edit", methods=["GET", "POST"])
@requires(courses_rules.see_policy, courses_rules.prepare_policy, transition="submit")
def submit(policy: Policy) -> ResponseReturnValue:
    """填写一页纸摘要和有效期。"""
    form = forms.SummaryForm(thing=policy)
    if form.ready():
        summary = form.summary.data or ""
        done = form.attempt(operations.submit, policy, form.seen, summary, form.valid_until.data, by=me())
        if done is not None:
            return _done(policy, "摘要已提交，等待审核。")
    return responses.show("courses/policies/edit.html", form=form, policy=policy, parts=forms.PARTS)


@bp.post("/library/<model:policy>/approval")
@requires(courses_rules.see_policy, courses_rules.review_policy, transition="approve")
def approve(policy: Policy) -> ResponseReturnValue:
    """通过摘要。"""
    operations.approve(policy, by=me())
    return _done(policy, "摘要已通过。")


@bp.post("/library/<model:policy>/changes")
@requires(courses_rules.see_policy, courses_rules.review_policy, transition="request_changes")
def request_changes(policy: Policy) -> ResponseReturnValue:
    """退改摘要。"""
    form = Why()
    if not form.ready():
        raise Unreadable(next(error for errors in form.errors.values() for error in errors))
    operations.request_changes(policy, form.why.data or "", by=me())
    return _done(policy, "已退改，并告知主讲人。")


def _done(policy: Policy, sentence: str) -> ResponseReturnValue:
    return responses.done(url_for("library.show", policy=policy.id), sentence)


# ── source documents ───────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/library/<model:policy>/sources/new", methods=["GET", "POST"])
@requires(courses_rules.see_policy, courses_rules.prepare_policy)
def add_source(policy: Policy) -> ResponseReturnValue:
    """添加政策原文。"""
    form = forms.SourceForm()
    if form.ready() and form.attempt(_add_source, policy, form) is not None:
        return _done(policy, "政策原文已添加。")
    return responses.show("courses/policies/source.html", form=form, policy=policy)


def _add_source(policy: Policy, form: forms.SourceForm) -> SourceDocument:
    files = take_in(form.files.data, by=me())
    return operations.add_source(
        policy,
        form.title.data or "",
        form.authority.data or "",
        form.reference.data or "",
        form.issued_on.data,
        files[0] if files else None,
        by=me(),
    )


@bp.post("/sources/<model:source_document>/removal")
@requires(courses_rules.see_source, courses_rules.prepare_source)
def remove_source(source_document: SourceDocument) -> ResponseReturnValue:
    """移出政策原文。"""
    return _done(operations.remove_source(source_document, by=me()), "已移出。")


@bp.route("/sources/<model:source_document>")
@requires(courses_rules.see_source)
def download(source_document: SourceDocument) -> ResponseReturnValue:
    """下载政策原文。"""
    if source_document.file is None:
        abort(404)
    return store.send(source_document.file)


# ── briefings ──────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.post("/library/<model:policy>/briefings")
@requires(courses_rules.see_policy, courses_rules.brief)
def brief(policy: Policy) -> ResponseReturnValue:
    """登记向一家企业宣讲了这项政策。"""
    enterprise = queries.enterprise(next(iter(posted_ids("enterprise_id")), 0))
    if enterprise is None:
        raise Refused("请选择一家企业。")
    operations.brief(policy, enterprise, by=me())
    return _done(policy, f"已登记：向{enterprise.name}宣讲。")


@bp.post("/enterprises/<model:enterprise>/briefings")
@requires(courses_rules.see_enterprise, courses_rules.brief_enterprise)
def brief_enterprise(enterprise: Enterprise) -> ResponseReturnValue:
    """登记向这家企业宣讲了一项政策。"""
    policy = queries.policy(next(iter(posted_ids("policy_id")), 0))
    if policy is None or not courses_rules.see_policy(current_user, policy):
        raise Refused("请选择一项政策。")
    operations.brief(policy, enterprise, by=me())
    return responses.done(url_for("enterprises.show", enterprise=enterprise.id), f"已登记：{policy.course.topic}。")


@bp.post("/briefings/<model:briefing>/removal")
@requires(courses_rules.take_back)
def take_back(briefing: Briefing) -> ResponseReturnValue:
    """撤销登记错的宣讲。"""
    address = responses.back() or url_for("library.show", policy=briefing.policy_id)
    operations.take_back(briefing, by=me())
    return responses.done(address, "已撤销登记。")


def _offered(enterprise: Enterprise) -> Sequence[Policy]:
    return queries.policies_to_tell() if courses_rules.brief_enterprise(current_user, enterprise) else []


def init_app(app: Flask) -> None:
    """Let the pages of lessons and enterprises show what is in the library and where it was used."""
    app.jinja_env.globals.update(
        policy_of=queries.policy_of, briefings_of_enterprise=queries.briefings_of_enterprise, policies_to_tell=_offered
    )
