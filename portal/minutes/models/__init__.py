"""The nouns of the feature, loaded together: each names others of them."""

from portal.minutes.models import (
    comment,  # noqa: F401
    consultation,  # noqa: F401
    minutes,  # noqa: F401
    reader,  # noqa: F401
    revision,  # noqa: F401
    signing,  # noqa: F401
    signoff,  # noqa: F401
)
