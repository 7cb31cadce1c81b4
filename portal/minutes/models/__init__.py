"""The nouns of the feature, loaded together: each names others of them."""

from portal.minutes.models import comment, consultation, minutes, reader, revision, signing, signoff  # noqa: F401
