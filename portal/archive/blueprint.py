"""What the routes of the archive share: the blueprint, its word in the navigation, and the loaders."""

from flask import Blueprint

from portal.archive.appraisal import queries as appraisal_queries
from portal.archive.packages import queries as packages_queries
from portal.archive.pieces import queries as pieces_queries
from portal.web import navigation
from portal.web.guards import loads

bp = Blueprint("archive", __name__)
navigation.offer("档案", "archive.index", "/archive")
loads("piece")(pieces_queries.record)
loads("package")(packages_queries.package)
loads("appraisal")(appraisal_queries.appraisal)
