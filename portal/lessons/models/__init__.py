"""The nouns of the feature, loaded together: each names others of them."""

from portal.lessons.models import (
    classroom,  # noqa: F401
    feedback,  # noqa: F401
    schedule,  # noqa: F401
)
