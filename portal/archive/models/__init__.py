"""The nouns of the feature, loaded together: each names others of them."""

from portal.archive.models import appraisals, examinations, packages, pieces  # noqa: F401
