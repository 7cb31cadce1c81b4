"""Operations on enterprises and projects."""

from collections.abc import Iterable

import sqlalchemy as sa

from portal.db import journal, search
from portal.db.concurrency import claim
from portal.db.engine import add, db
from portal.enterprises.models.enterprises import ClientKind, Enterprise
from portal.enterprises.problems import queries as problems_queries
from portal.errors import Refused
from portal.people.models.accounts import User


def add_enterprise(
    kind: ClientKind, name: str, about: str, officers: Iterable[User], leader: User | None, *, by: User
) -> Enterprise:
    """登记企业或项目。"""
    _refuse_taken_name(name)
    enterprise: Enterprise = add(
        Enterprise(kind=kind, name=name, about=about, officers=list(officers), leader=leader),
    )
    let_enterprise_be_found(enterprise)
    journal.record(by, "enterprises.add_enterprise", enterprise, f"登记{kind.label}", officers=enterprise.officer_ids)
    return enterprise


def edit_enterprise(
    enterprise: Enterprise,
    seen: int | None,
    *,
    kind: ClientKind,
    name: str,
    about: str,
    officers: Iterable[User],
    leader: User | None,
    by: User,
) -> Enterprise:
    """修改企业或项目及其包联人员。"""
    claim(enterprise, seen)
    if name != enterprise.name:
        _refuse_taken_name(name)
    before = enterprise.officer_ids
    enterprise.kind, enterprise.name, enterprise.about = kind, name, about
    enterprise.officers, enterprise.leader = list(officers), leader
    db.session.flush()
    let_enterprise_be_found(enterprise)
    journal.record(
        by, "enterprises.edit_enterprise", enterprise, f"修改{kind.label}", before=before, after=enterprise.officer_ids
    )
    return enterprise


def _refuse_taken_name(name: str) -> None:
    if db.session.scalar(sa.select(Enterprise.id).where(Enterprise.name == name)):
        raise Refused(f"“{name}”已经登记过，请在列表中查找。")


def let_enterprise_be_found(enterprise: Enterprise) -> None:
    """Index an enterprise for search by its name and what is said of it."""
    search.index(
        enterprise.__tablename__,
        enterprise.id,
        title=enterprise.name,
        text=enterprise.about,
        url=f"/enterprises/{enterprise.id}",
        label=enterprise.kind.label,
        day=None,
        scope=problems_queries.EVERY_ENTERPRISE,
    )
