"""The nouns of the feature, loaded together: each names others of them."""

from portal.courses.models import (
    courses,  # noqa: F401
    materials,  # noqa: F401
    policies,  # noqa: F401
    programmes,  # noqa: F401
    rota,  # noqa: F401
    slides,  # noqa: F401
)
