"""The nouns of the feature, loaded together: each names others of them."""

from portal.enterprises.models import enterprises, problems  # noqa: F401
