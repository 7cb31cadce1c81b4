"""The nouns of the feature, loaded together: each names others of them."""

from portal.archive.models import (
    appraisals,  # noqa: F401
    examinations,  # noqa: F401
    packages,  # noqa: F401
    pieces,  # noqa: F401
)
