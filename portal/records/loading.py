"""What is loaded beside a row of the record: a person."""

from typing import Any

from sqlalchemy.orm import joinedload, lazyload

from portal.people.models.accounts import User


def with_person(path: Any) -> Any:
    """Load a person beside a row, in the same statement and without the roles."""
    return joinedload(path).options(joinedload(User.department), lazyload(User.grants))
