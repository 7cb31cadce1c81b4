"""The nouns of the feature, loaded together: each names others of them."""

from portal.people.models import accounts, departments, deputies, groups, keys, roles, sessions  # noqa: F401
