"""The blueprint of enterprises, and how its addresses find their objects."""

from flask import Blueprint

from portal.enterprises.problems import queries as problems_queries
from portal.enterprises.register import queries as register_queries
from portal.web import navigation, timeline
from portal.web.guards import loads

bp = Blueprint("enterprises", __name__)
timeline.KINDS["problem"] = timeline.Kind(
    "企业问题", problems_queries.titles, "/problems/{id}",
    {"enterprises.report": "", "enterprises.match": "", "enterprises.resolve": "", "enterprises.confirm": "",
     "enterprises.reopen": ""},
)  # fmt: skip
navigation.offer("企业", "enterprises.index", "/enterprises", "/problems")
loads("enterprise")(register_queries.enterprise)
loads("problem")(problems_queries.problem)
loads("problem_file")(problems_queries.problem_file)
