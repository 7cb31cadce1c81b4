"""The nouns of the feature, loaded together: each names others of them."""

from portal.courses.models import courses, materials, policies, programmes, rota, slides  # noqa: F401
