"""A small app that shows every pattern of the roof with invented content, without any room."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from types import SimpleNamespace as Thing
from typing import Any

from flask import Flask, Response, flash, jsonify, redirect, render_template, request
from flask_wtf import CSRFProtect, FlaskForm
from jinja2 import ChoiceLoader, DictLoader, FileSystemLoader
from werkzeug.serving import make_server
from wtforms import BooleanField, DateField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from portal.config import REPOSITORY
from portal.db.clock import zh_date, zh_datetime
from portal.web import filters as web_filters
from portal.web.transaction import CSP
from portal.web.wording import held

MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
PERSON = Thing(id=1, name="示例林卫东", department=Thing(name="示例局"), is_authenticated=True)

AGENDA = """{% import "macros/ui.html" as ui %}
<ol class="agenda" role="list" id="rows" data-reorder="/order">
{% for id in rows %}<li class="row k{{ id }}" data-id="{{ id }}">{{ ui.grip("议题" ~ id) }}
<div class="clock"><time>09:00</time>
<span>10 分钟</span></div><div class="main"><h3>议题{{ id }}</h3><p class="by">{{ ui.person(person) }}</p></div>
<div class="side">{{ ui.tag("研判", "blue") }}</div></li>{% endfor %}</ol>"""

POLLED = """{% import "macros/ui.html" as ui %}
<div id="polled" {{ ui.poll("/polled", 1) }}>
<label for="typed">轮询中的输入</label><input id="typed"><b>{{ beat }}</b></div>"""

PATTERNS = """{% extends "base.html" %}{% import "macros/ui.html" as ui %}{% import "macros/forms.html" as f %}
{% import "macros/lists.html" as lists %}{% import "macros/buttons.html" as buttons %}
{% block title %}式样{% endblock %}{% block scripts %}{{ ui.scripts("reorder") }}{% endblock %}
{% block crumbs %}{{ ui.crumbs([("会议", "/"), ("第 12 次", "")]) }}{% endblock %}
{% block main %}
{% call ui.hero("2026 年第 12 次会议", date=monday, tags=ui.state_tag(thing), meta=[("地点", "会议室")],
   steps=[("筹备", "done"), ("开会", "now"), ("归档", "")]) %}
{{ buttons.post("adjourn", thing, "散会", "primary", question="确定散会吗？") }}
{% call buttons.confirm("cancel", thing, "取消会议", kind="danger") %}<div class="field"><label for="why">理由</label>
<textarea id="why" name="why"></textarea></div>{% endcall %}{{ buttons.post("open", thing, "开会") }}{% endcall %}
<div class="cols"><div class="stack">
{% call ui.card("agenda", "议程", acts=ui.btn("添加", "/", "", "plus"), flush=True) %}
{{ ui.budget([("通报", 10, "k1"), ("讲业务", 30, "k4")], 30) }}{% include "agenda.html" %}{% endcall %}
{% call ui.card("ledger", "台账", acts=lists.export(listing), flush=True) %}{{ lists.filters(listing) }}
<table class="ledger"><thead><tr>{{ lists.th_sort(listing, "due", "时限") }}
<th scope="col">事项</th><th scope="col">状态</th></tr></thead>
<tbody><tr><td data-label="时限"><span class="late">逾期 3 天</span></td><td class="full"><a href="/">示例事项</a></td>
<td>{{ ui.tag("办理中", "blue", True) }}</td></tr></tbody></table>{{ lists.pager(listing) }}{% endcall %}
{% call ui.card("form", "表单") %}{% call f.form(form, "/form", cols=2, guard=True) %}
{{ f.fields(form, "title", "day", "kind", "note", "checked") }}
{{ f.submit("保存", back="/") }}{% endcall %}{% endcall %}
</div><aside class="stack" aria-label="近况">
{% call ui.card("figures", "数字") %}{{ ui.stat([(46, "应到"), (2, "逾期", "/", "red")]) }}{{ ui.meter(3, 4, "办结") }}
{{ ui.progress("正在转换", 1, 30) }}{% endcall %}
{% call ui.card("chain", "来龙去脉") %}{{ ui.timeline([{"at": monday, "what": "上报", "who": person}]) }}{% endcall %}
{% call ui.card("live", "实时") %}{% include "polled.html" %}{% endcall %}
{% call ui.card("record", "记录") %}
<form class="form" method="post" action="/save"><input type="hidden" name="version" value="{{ version }}">
<input type="hidden" name="once" value="x"><div class="field"><label for="text">记录</label>
<textarea id="text" name="text" data-autosave="/save">{{ saved }}</textarea></div>
<span class="saved" role="status" data-saved="text"></span></form>{% endcall %}
{% call ui.card("nothing", "空") %}{{ ui.empty("这里还没有内容。") }}{% endcall %}
</aside></div>{% endblock %}"""


class Sample(FlaskForm):
    """One field of each kind."""

    title = StringField("名称", [InputRequired("请填写这一项。")])
    day = DateField("日期", [InputRequired("请填写这一项。")])
    kind = SelectField("类别", choices=["甲", "乙"])
    note = TextAreaField("备注", description="可以不填。")
    checked = BooleanField("已完成保密自查")


class Posts:
    """What the pages posted, in order, and how the next post is to be answered."""

    def __init__(self) -> None:
        self.rows, self.saved, self.version = [1, 2, 3], "会议议定：", 1
        self.refuse_order = False
        self.seen: list[tuple[str, dict[str, list[str]]]] = []
        self.fresh_polls = self.unchanged_polls = 0

    def of(self, path: str) -> list[dict[str, list[str]]]:
        """What was posted to one address."""
        return [form for where, form in self.seen if where == path]


def build(posts: Posts) -> Flask:
    """The app; its templates are the portal's own macros and page."""
    app = Flask(__name__, static_folder=str(REPOSITORY / "static"))
    app.config.update(SECRET_KEY="patterns", WTF_CSRF_TIME_LIMIT=None)
    app.jinja_loader = ChoiceLoader(
        [
            FileSystemLoader(REPOSITORY / "templates"),
            DictLoader({"all.html": PATTERNS, "agenda.html": AGENDA, "polled.html": POLLED}),
        ]
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(zh_date=zh_date, zh_datetime=zh_datetime, held=held)
    app.jinja_env.globals.update(
        current_user=PERSON, person=PERSON, monday=MONDAY, config_demo=True, counts=Thing(inbox=3), beat="平稳",
        office=Thing(name="首席服务官周例会", organisation="示例办公室", contact="8086"),
        nav=lambda: [("会议", "/", True)],
        thing=Thing(state=Thing(label="进行中", colour="blue")), request_id=lambda: secrets.token_hex(8),
        can=lambda *_: True, url_of=lambda endpoint, _thing: f"/{endpoint}", listing=listing(),
    )  # fmt: skip
    CSRFProtect(app)
    app.after_request(_harden)
    _doors(app, posts)
    return app


def listing() -> Thing:
    """A list in the middle of its pages."""
    filters = [
        web_filters.Filter("q", "关键词", lambda query, _: query),
        web_filters.Filter("state", "状态", lambda query, _: query, kind="choice", choices=[("a", "办理中")]),
        web_filters.Filter("since", "时限起", lambda query, _: query, kind="date", value=date(2026, 11, 1).isoformat()),
    ]
    return Thing(
        page=2, pages=7, total=203, sort="due", descending=False, filters=filters, empty=False, filtered=True,
        export_url="/?export=xlsx", url=lambda **changes: f"/?page={changes['page']}",
        sort_url=lambda key: f"/?sort={key}",
    )  # fmt: skip


def _harden(answer: Response) -> Response:
    answer.headers["Content-Security-Policy"] = CSP
    return answer


def _doors(app: Flask, posts: Posts) -> None:
    def remember() -> None:
        posts.seen.append((request.path, request.form.to_dict(flat=False)))

    @app.route("/")
    def show() -> Any:
        return render_template("all.html", form=Sample(), rows=posts.rows, saved=posts.saved, version=posts.version)

    @app.post("/form")
    def form() -> Any:
        remember()
        sample = Sample()
        sample.validate()
        return render_template(
            "all.html", form=sample, rows=posts.rows, saved=posts.saved
        ), 422 if sample.errors else 200

    @app.post("/order")
    def order() -> Any:
        remember()
        if posts.refuse_order:
            refusal = render_template("errors/_message.html", sentence="现在不能调整顺序。", status=409)
            return refusal, 409, {"HX-Retarget": "#messages"}
        posts.rows = [int(one) for one in request.form.getlist("order")]
        return render_template("agenda.html", rows=posts.rows)

    @app.post("/save")
    def save() -> Any:
        remember()
        posts.saved = request.form["text"]
        return jsonify(version=2, saved="09:24")

    @app.get("/polled")
    def polled() -> Any:
        if request.headers.get("If-None-Match") == '"1"':
            posts.unchanged_polls += 1
            return Response(status=304)
        posts.fresh_polls += 1
        return Response(render_template("polled.html"), headers={"ETag": '"1"', "Cache-Control": "no-store"})

    @app.post("/<any(open, adjourn, cancel):deed>")
    def deed(deed: str) -> Any:
        remember()
        flash("已办理。")
        return redirect("/", 303)


@contextmanager
def served(posts: Posts) -> Iterator[str]:
    """The app on a free port of this machine."""
    server = make_server("127.0.0.1", 0, build(posts), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
