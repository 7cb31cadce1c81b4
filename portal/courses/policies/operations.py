"""Deeds of the library: summaries, source documents, briefings."""

from datetime import date

from portal.courses.models.courses import Course
from portal.courses.models.policies import Briefing, Policy, Reading, SourceDocument
from portal.courses.policies import queries
from portal.courses.rules import FOR_READERS
from portal.db import clock, journal, search
from portal.db.concurrency import claim, insert_unless_there
from portal.db.engine import add, db
from portal.enterprises.models.enterprises import Enterprise
from portal.errors import Refused
from portal.files.store import StoredFile
from portal.inbox.operations import notify
from portal.people.models.accounts import User
from portal.people.models.roles import Role
from portal.people.roles.queries import in_charge


def enter(course: Course) -> Policy:
    """讲过的课自动建立政策资料，请主讲人写一页纸摘要。"""
    policy: Policy = add(Policy(course=course))
    journal.record(None, "library.enter", policy, "建立政策资料")
    if course.lecturer:
        notify([course.lecturer], f"请为讲过的课写一页纸摘要：{course}", f"/library/{policy.id}/edit")
    return policy


def submit(policy: Policy, seen: int | None, summary: str, valid_until: date | None, *, by: User) -> Policy:
    """填写并提交一页纸摘要和有效期；审核通过之前，别人看到的仍是上一次通过的。"""
    claim(policy, seen)
    policy.lifecycle.fire(policy, "submit", by=by, valid_until=valid_until.isoformat() if valid_until else "")
    policy.summary, policy.valid_until = summary, valid_until
    others = in_charge(Role.secretary, but=by)
    notify(others, f"政策摘要待审：{policy.course}", f"/library/{policy.id}", burst=f"policy-{policy.id}")
    reindex(policy)
    return policy


def approve(policy: Policy, *, by: User) -> Policy:
    """通过摘要；入库的课程从此以这份摘要供人宣讲。"""
    policy.lifecycle.fire(policy, "approve", by=by)
    policy.approved_summary, policy.remark = policy.summary, ""
    policy.approved_by_id, policy.approved_at = by.id, clock.now()
    _tell_lecturer(policy, "政策摘要已通过", by)
    reindex(policy)
    return policy


def request_changes(policy: Policy, why: str, *, by: User) -> Policy:
    """退改摘要并说明要改什么。"""
    policy.lifecycle.fire(policy, "request_changes", by=by, why=why)
    policy.remark = why
    _tell_lecturer(policy, "政策摘要需要修改", by, why)
    db.session.flush()
    return policy


def add_source(
    policy: Policy,
    title: str,
    authority: str,
    reference: str,
    issued_on: date | None,
    file: StoredFile | None,
    *,
    by: User,
) -> SourceDocument:
    """添加政策原文。"""
    source = SourceDocument(
        policy=policy, title=title, authority=authority, reference=reference, issued_on=issued_on, file=file,
        added_by_id=by.id,
    )  # fmt: skip
    add(source)
    journal.record(by, "library.add_source", policy, "添加政策原文", source=source.named)
    reindex(policy)
    return source


def note_text(source: SourceDocument, text: str | None) -> SourceDocument:
    """记下政策原文的正文，供搜索；没能读出来的只能按标题搜到。"""
    source.text = text or ""
    source.reading = Reading.failed if text is None else Reading.done if text else Reading.empty
    let_source_be_found(source)
    return source


def remove_source(source: SourceDocument, *, by: User) -> Policy:
    """移出政策原文；文件本身仍然保存，日志留有记录。"""
    policy = source.policy
    journal.record(by, "library.remove_source", policy, "移出政策原文", source=source.named)
    search.forget(SourceDocument.__tablename__, source.id)
    policy.sources.remove(source)
    db.session.delete(source)
    reindex(policy)
    return policy


def brief(policy: Policy, enterprise: Enterprise, *, by: User) -> None:
    """登记向企业宣讲了这项政策；同一天只记一次。"""
    if not policy.course.is_published:
        raise Refused("课程还没有入库，入库后才能用于企业宣讲。")
    today = clock.today()
    if not insert_unless_there(Briefing, policy_id=policy.id, enterprise_id=enterprise.id, by_id=by.id, day=today):
        raise Refused(f"今天已经登记过向{enterprise.name}宣讲这项政策。")
    journal.record(by, "library.brief", policy, "用于企业宣讲", enterprise=enterprise.name)


def take_back(briefing: Briefing, *, by: User) -> None:
    """撤销登记错的宣讲。"""
    journal.record(by, "library.take_back", briefing.policy, "撤销宣讲登记", enterprise=briefing.enterprise.name)
    db.session.delete(briefing)
    db.session.flush()


def _tell_lecturer(policy: Policy, what: str, by: User, body: str = "") -> None:
    lecturer = policy.course.lecturer
    if lecturer and lecturer.id != by.id:
        notify([lecturer], f"{what}：{policy.course}", f"/library/{policy.id}", body=body)


def reindex(policy: Policy) -> None:
    """Index a policy of the library for search by its summary, its field and its source documents."""
    db.session.flush()
    if not policy.course.is_published:
        search.forget(Policy.__tablename__, policy.id)
        for one in policy.sources:
            search.forget(SourceDocument.__tablename__, one.id)
        return
    course = policy.course
    words = [course.field.name, policy.approved_summary, *(one.named for one in policy.sources)]
    search.index(
        Policy.__tablename__,
        policy.id,
        title=str(policy) + ("（已失效）" if policy.is_expired else ""),
        text="\n".join(word for word in words if word),
        url=f"/library/{policy.id}",
        label="政策资料",
        day=course.delivered_on,
        scope=FOR_READERS,
    )
    for one in policy.sources:
        let_source_be_found(one)


def let_source_be_found(source: SourceDocument) -> None:
    """Index a source document of the library for search by what its file says; by its name its policy is found."""
    db.session.flush()
    policy, text = source.policy, queries.text_of(source)
    if not policy.course.is_published or not text:
        search.forget(SourceDocument.__tablename__, source.id)
        return
    search.index(
        SourceDocument.__tablename__,
        source.id,
        title=source.named + ("（已失效）" if policy.is_expired else ""),
        text=text,
        url=f"/library/{policy.id}#source-{source.id}",
        label="政策原文",
        day=source.issued_on or policy.course.delivered_on,
        scope=FOR_READERS,
    )
