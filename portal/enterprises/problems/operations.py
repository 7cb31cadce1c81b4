"""Operations on problems of enterprises."""

from collections.abc import Iterable

from portal.db import clock, journal, search
from portal.db.concurrency import claim
from portal.db.engine import add, db
from portal.enterprises.models.enterprises import Enterprise
from portal.enterprises.models.problems import Problem, Satisfaction
from portal.enterprises.problems import queries
from portal.errors import Refused
from portal.files.store import StoredFile
from portal.inbox.operations import notify
from portal.people.models.accounts import User
from portal.people.models.groups import Group, GroupKind
from portal.people.models.roles import Role
from portal.people.roles.queries import in_charge


def report(
    enterprise: Enterprise, title: str, text: str, wish: str = "", files: Iterable[StoredFile] = (), *, by: User
) -> Problem:
    """上报企业问题，并告诉会议秘书。"""
    problem: Problem = add(
        Problem(
            enterprise=enterprise, title=title, text=text, wish=wish, reporter=by, reported_at=clock.now(),
            files=list(files),
        )
    )  # fmt: skip
    reindex(problem)
    journal.record(by, "enterprises.report", problem, "上报企业问题", enterprise=enterprise.id)
    notify(
        in_charge(Role.secretary, but=by),
        f"{by.name}上报了{enterprise.name}的问题：{title}",
        _url(problem),
        body="请匹配专题组，或列入会议议程。",
    )
    return problem


def edit_problem(
    problem: Problem,
    seen: int | None,
    *,
    title: str,
    text: str,
    wish: str,
    files: Iterable[StoredFile] = (),
    by: User,
) -> Problem:
    """修改还没有开始办理的问题，可以补充附件。"""
    claim(problem, seen)
    problem.lifecycle.fire(problem, "edit_problem", by=by)
    problem.title, problem.text, problem.wish = title, text, wish
    problem.files.extend(files)
    db.session.flush()
    reindex(problem)
    return problem


def match(problem: Problem, group: Group, *, by: User) -> Problem:
    """为问题匹配专题组，并告诉组员。"""
    if group.kind is not GroupKind.theme:
        raise Refused(f"“{group.name}”不是专题组，请选择一个专题组。")
    problem.group, problem.group_id = group, group.id
    problem.lifecycle.fire(problem, "match", by=by, group=group.id, words=group.name)
    db.session.flush()
    members = [member.user for member in group.members if member.user.active and member.user_id != by.id]
    notify(
        members,
        f"{group.name}有新的企业问题：{problem.title}",
        _url(problem),
        body=f"{problem.enterprise.name}，由{problem.reporter.name}上报。",
    )
    return problem


def put_on_agenda(problem: Problem, *, by: User) -> Problem:
    """问题列入会议议程。"""
    problem.lifecycle.fire(problem, "put_on_agenda", by=by)
    db.session.flush()
    return problem


def take_off_agenda(problem: Problem, *, by: User) -> Problem:
    """问题移出会议议程，回到专题组，或回到待匹配。"""
    problem.lifecycle.fire(problem, "give_back" if problem.group_id else "take_off_agenda", by=by)
    db.session.flush()
    return problem


def assign(problem: Problem, *, by: User) -> Problem:
    """问题已转为交办事项。"""
    problem.lifecycle.fire(problem, "assign", by=by)
    db.session.flush()
    return problem


def resolve(problem: Problem, resolution: str, *, by: User) -> Problem:
    """写明问题是怎样解决的，请上报人征求企业意见。"""
    if not resolution.strip():
        raise Refused("请先写明问题是怎样解决的。")
    problem.resolution = resolution.strip()
    problem.lifecycle.fire(problem, "resolve", by=by, why=resolution)
    db.session.flush()
    reindex(problem)
    if problem.reporter_id != by.id:
        notify(
            [problem.reporter],
            f"问题已解决，请征求企业意见：{problem.title}",
            _url(problem),
            body=f"请向{problem.enterprise.name}核实后，登记企业是否满意。",
        )
    return problem


def confirm(problem: Problem, satisfaction: Satisfaction, *, by: User) -> Problem:
    """登记企业的确认和满意程度。"""
    problem.lifecycle.fire(problem, "confirm", by=by, satisfaction=satisfaction.value, words=satisfaction.label)
    problem.satisfaction = satisfaction
    db.session.flush()
    return problem


def reopen(problem: Problem, why: str, *, by: User) -> Problem:
    """企业认为没有解决，重新办理。"""
    problem.lifecycle.fire(problem, "reopen", by=by, why=why)
    problem.satisfaction = None
    db.session.flush()
    told = {one.id: one for one in in_charge(Role.secretary)}
    if problem.group:
        told |= {member.user_id: member.user for member in problem.group.members if member.user.active}
    told.pop(by.id, None)
    notify(told.values(), f"企业认为问题没有解决：{problem.title}", _url(problem), body=why)
    return problem


def reindex(problem: Problem) -> None:
    """Index a problem for search by its words and its enterprise, by those who read it."""
    words = (problem.enterprise.name, problem.text, problem.wish, problem.resolution)
    search.index(
        problem.__tablename__,
        problem.id,
        title=problem.title,
        text="\n".join(word for word in words if word),
        url=_url(problem),
        label="企业问题",
        day=clock.local(problem.reported_at).date(),
        scope=queries.scope_of(problem.id),
    )


def _url(problem: Problem) -> str:
    return f"/problems/{problem.id}"
