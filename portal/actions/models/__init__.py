"""The nouns of the feature, loaded together: each names others of them."""

from portal.actions.models import action_items, look_backs, progress, requests, slips  # noqa: F401
