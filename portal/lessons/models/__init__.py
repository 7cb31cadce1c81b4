"""The nouns of the feature, loaded together: each names others of them."""

from portal.lessons.models import classroom, feedback, schedule  # noqa: F401
