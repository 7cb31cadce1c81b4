"""The nouns of the feature, loaded together: each names others of them."""

from portal.people.models import (
    accounts,  # noqa: F401
    departments,  # noqa: F401
    deputies,  # noqa: F401
    groups,  # noqa: F401
    keys,  # noqa: F401
    roles,  # noqa: F401
    sessions,  # noqa: F401
)
