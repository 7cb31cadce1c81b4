"""The nouns of the feature, loaded together: each names others of them."""

from portal.meetings.models import (
    agenda,  # noqa: F401
    attendance,  # noqa: F401
    meetings,  # noqa: F401
    notices,  # noqa: F401
    review,  # noqa: F401
    series,  # noqa: F401
)
