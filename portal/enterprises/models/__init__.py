"""The nouns of the feature, loaded together: each names others of them."""

from portal.enterprises.models import (
    enterprises,  # noqa: F401
    problems,  # noqa: F401
)
