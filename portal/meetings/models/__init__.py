"""The nouns of the feature, loaded together: each names others of them."""

from portal.meetings.models import agenda, attendance, meetings, notices, review, series  # noqa: F401
