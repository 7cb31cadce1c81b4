"""What is loaded beside minutes: a person, the meeting and its series."""

from typing import Any

from sqlalchemy.orm import joinedload, lazyload

from portal.meetings.models.meetings import Meeting
from portal.minutes.models.minutes import Minutes
from portal.people.models.accounts import User

ROW = (joinedload(Minutes.meeting).joinedload(Meeting.series),)


def with_person(path: Any) -> Any:
    """Load a person beside a row, in the same statement and without the roles."""
    return joinedload(path).options(joinedload(User.department), lazyload(User.grants))
