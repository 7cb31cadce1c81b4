"""The nouns of the feature, loaded together: each names others of them."""

from portal.actions.models import (
    action_items,  # noqa: F401
    look_backs,  # noqa: F401
    progress,  # noqa: F401
    requests,  # noqa: F401
    slips,  # noqa: F401
)
