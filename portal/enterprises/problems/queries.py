"""Questions about problems of enterprises, and who reads them."""

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa
from flask import g, has_request_context
from sqlalchemy.orm import joinedload, lazyload, selectinload

from portal.db import search
from portal.db.engine import db
from portal.enterprises.models.enterprises import Enterprise
from portal.enterprises.models.problems import SETTLED, Problem, ProblemFile, ProblemState
from portal.people.models.accounts import User
from portal.people.models.roles import Role

# Who else reads a problem: the room meetings adds the question which problems are on a meeting this person reads. Each
# question takes the user and answers with a select of problem ids, so that it serves one problem and a list alike:
#     enterprises.queries.also_readers.append(lambda user: sa.select(AgendaItem.problem_id).where(…))
also_readers: list[Callable[[User], "sa.Select[Any]"]] = []


READ_ALL = (Role.secretary, Role.supervisor, Role.leader)
WITHOUT_ROLES = lazyload(User.grants)


def readable_by(user: User) -> "sa.ColumnElement[bool]":
    """The condition under which a person may read a problem: see `rules.see`."""
    if user.has(*READ_ALL):
        return sa.true()
    return sa.or_(
        Problem.reporter_id == user.id,
        Problem.group_id.in_(user.group_ids),
        *(Problem.id.in_(question(user)) for question in also_readers),
    )


def is_also_reader(user: User, problem: Problem) -> bool:
    """Whether a later feature lets this person read the problem; asked once a request, for all buttons of the page."""
    if not also_readers:
        return False
    answers = g.setdefault("also_readers", {}) if has_request_context() else {}
    key = (user.id, problem.id)
    if key not in answers:
        conditions = sa.or_(*(sa.literal(problem.id).in_(question(user)) for question in also_readers))
        answers[key] = bool(db.session.scalar(sa.select(conditions)))
    return bool(answers[key])


EVERY_ENTERPRISE = "enterprises"  # the scope of search of all enterprises
LOOK_AROUND = (Role.officer, *READ_ALL)
_SCOPES = "problem."


def scope_of(number: int) -> str:
    """The scope of search a problem is found in: one of its own, since its readers are nobody else's."""
    return f"{_SCOPES}{number}"


def scopes_of(user: User) -> "set[str | sa.Select[str]]":
    """The scopes of search in which a person may find enterprises and their problems."""
    if not user.has(*LOOK_AROUND):
        return set()
    return {EVERY_ENTERPRISE, search.scopes(_SCOPES, sa.select(Problem.id).where(readable_by(user)))}


def problem(number: int) -> Problem | None:
    """One problem with everything its page shows."""
    return db.session.scalar(
        sa.select(Problem)
        .where(Problem.id == number)
        .options(
            joinedload(Problem.enterprise),
            joinedload(Problem.reporter).options(WITHOUT_ROLES),
            joinedload(Problem.group),
            selectinload(Problem.files),
        )
    )


def titles(user: User, numbers: set[int]) -> "sa.Select[Any, Any, Any]":
    """Of some problems those a person may read: id, title and place, for the chain."""
    return sa.select(Problem.id, Problem.title, Problem.id).where(Problem.id.in_(numbers), readable_by(user))


def problem_file(number: int) -> ProblemFile | None:
    """A file of a problem, with the problem."""
    return db.session.scalar(
        sa.select(ProblemFile)
        .where(ProblemFile.file_id == number)
        .options(joinedload(ProblemFile.problem), joinedload(ProblemFile.file))
        .limit(1)
    )


def listed_problems(user: User) -> "sa.Select[Problem]":
    """The problems a person may read."""
    return sa.select(Problem).join(Problem.enterprise).join(Problem.reporter).where(readable_by(user))


def problems_of(enterprise: Enterprise, user: User, limit: int = 50) -> Sequence[Problem]:
    """An enterprise's problems as far as this person reads them, the unsettled and newest first."""
    settled = sa.case((Problem.state.in_(SETTLED), 1), else_=0)
    return db.session.scalars(
        sa.select(Problem)
        .where(Problem.enterprise_id == enterprise.id, readable_by(user))
        .order_by(settled, Problem.id.desc())
        .options(joinedload(Problem.reporter).options(WITHOUT_ROLES), joinedload(Problem.group))
        .limit(limit)
    ).all()


def problems_for_agenda(limit: int = 50) -> Sequence[Problem]:
    """Problems that could be put on an agenda, the oldest first."""
    return db.session.scalars(
        sa.select(Problem)
        .where(Problem.state.in_(Problem.lifecycle.transitions["put_on_agenda"].sources))
        .where(Problem.state != ProblemState.on_agenda)
        .order_by(Problem.reported_at, Problem.id)
        .options(joinedload(Problem.enterprise), joinedload(Problem.reporter).options(WITHOUT_ROLES))
        .limit(limit)
    ).all()


def unmatched_problems() -> Sequence[Problem]:
    """Problems that no theme group has yet and no meeting or task deals with, the oldest first."""
    return db.session.scalars(
        sa.select(Problem)
        .where(Problem.state.in_((ProblemState.reported, ProblemState.reopened)), Problem.group_id.is_(None))
        .order_by(Problem.reported_at, Problem.id)
        .options(joinedload(Problem.enterprise), joinedload(Problem.reporter).options(WITHOUT_ROLES))
    ).all()


def problems_of_groups(user: User) -> Sequence[Problem]:
    """Unsettled problems that were matched to this person's theme groups, the oldest first."""
    return db.session.scalars(
        sa.select(Problem)
        .where(Problem.group_id.in_(user.group_ids), Problem.state.not_in(SETTLED))
        .order_by(Problem.reported_at, Problem.id)
        .options(joinedload(Problem.enterprise), joinedload(Problem.group))
    ).all()


def problems_to_confirm(user: User) -> Sequence[Problem]:
    """Resolved problems for which the person who reported them is to ask the enterprise, the oldest first."""
    return db.session.scalars(
        sa.select(Problem)
        .where(Problem.reporter_id == user.id, Problem.state == ProblemState.resolved)
        .order_by(Problem.reported_at, Problem.id)
        .options(joinedload(Problem.enterprise))
    ).all()
