"""What the doors of the room share: the blueprint, and how what is named in addresses is found."""

from flask import Blueprint

from portal import navigation
from portal.access import finds
from portal.archive import queries

bp = Blueprint("archive", __name__)
navigation.offer("档案", "archive.index", "/archive")
finds("piece")(queries.record)
finds("package")(queries.package)
finds("appraisal")(queries.appraisal)
