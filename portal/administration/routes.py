"""Routes to settings, working days and the journal."""

from datetime import date
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.administration import forms, holidays, operations, queries, rules
from portal.db import calendar as db_calendar
from portal.db import clock, journal
from portal.db.journal import JournalEntry
from portal.db.office import SETTINGS
from portal.errors import Unreadable
from portal.files import store, tables
from portal.files.kinds import Kind
from portal.files.uploads import take_in
from portal.web import filters, navigation, responses, spreadsheet
from portal.web import listing as web_listing
from portal.web.forms import Empty
from portal.web.guards import loads, me, requires

bp = Blueprint("administration", __name__)
loads("holiday_notice")(queries.brought_notice)
navigation.offer("设置", "administration.settings", "/settings", "/calendar")
navigation.offer("操作日志", "administration.journal_list", "/journal")


@bp.route("/settings", methods=["GET", "POST"])
@requires(rules.administer)
def settings() -> ResponseReturnValue:
    """门户设置。"""
    form = forms.settings()
    if form.ready():
        values = {key: form[key].data for key in SETTINGS}
        if form.attempt(operations.change_settings, values, form.seen, by=current_user) is not None:
            return responses.done(url_for("administration.settings"), "设置已保存。")
    return responses.show("administration/settings.html", form=form)


# ── Working days ───────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/calendar")
@requires(rules.see_calendar)
def calendar() -> ResponseReturnValue:
    """工作日历。"""
    return _show_calendar(_asked_year(), forms.MarkDay())


@bp.post("/calendar/days")
@requires(rules.keep_calendar)
def mark_day() -> ResponseReturnValue:
    """设置一天上班或休息。"""
    form = forms.MarkDay()
    day = form.day.data
    if form.ready() and isinstance(day, date):
        operations.mark_day(day, working=form.kind.data == "work", name=form.name.data, by=current_user)
        return responses.done(url_for("administration.calendar", year=day.year), f"{clock.zh_date(day)}已设置。")
    return _show_calendar(_asked_year(), form)


@bp.post("/calendar/days/end")
@requires(rules.keep_calendar)
def unmark_day() -> ResponseReturnValue:
    """恢复一天为公布的安排。"""
    form = forms.UnmarkDay()
    day = form.day.data
    if not form.ready() or not isinstance(day, date):
        raise Unreadable("没有这一天，请从页面上的按钮进入。")
    operations.unmark_day(day, by=current_user)
    return responses.done(url_for("administration.calendar", year=day.year), "已恢复为公布的日历。")


@bp.route("/calendar/import", methods=["GET", "POST"])
@requires(rules.keep_calendar)
def import_days() -> ResponseReturnValue:
    """导入放假通知：先上传，再核对，最后导入。"""
    form = forms.ImportDays(data={"year": clock.today().year + 1})
    if form.ready():
        file = form.attempt(_take_in_notice, form.file.data, form.year.data or 0)
        if file is not None:
            return responses.done(url_for("administration.read_days", holiday_notice=file.id, year=form.year.data))
    return responses.show("administration/import_days.html", form=form)


def _take_in_notice(upload: Any, year: int) -> store.StoredFile:
    """Keep the table, after a look at what it really is and whether its head can be read."""
    name = store.clean_name(upload.filename or "")
    if name.lower().endswith(".csv"):
        content = upload.stream.read(tables.LARGEST + 1)
        holidays.read(tables.read(content, name), year)
        return store.put(content, name, "text/csv", me())
    (file,) = take_in([upload], by=me(), kinds=(Kind.XLSX,))
    holidays.read(tables.read(store.read(file), name), year)
    return file


@bp.route("/calendar/import/<model:holiday_notice>", methods=["GET", "POST"])
@requires(rules.read_notice)
def read_days(holiday_notice: store.StoredFile) -> ResponseReturnValue:
    """核对放假通知，确认后导入。"""
    reading = holidays.read(tables.read(store.read(holiday_notice), holiday_notice.name), _asked_year())
    form = Empty()
    if form.ready():
        made = form.attempt(operations.bring_in_days, reading.good, reading.year, holiday_notice, by=me())
        if made is not None:
            return responses.done(url_for("administration.calendar", year=reading.year), f"已导入 {made} 天的安排。")
    return responses.show(
        "administration/read_days.html", form=form, file=holiday_notice, reading=reading, year=_asked_year(),
        known=db_calendar.named(reading.year),
    )  # fmt: skip


def _asked_year() -> int:
    text = request.args.get("year", "")
    return int(text) if text.isascii() and text.isdigit() and 2000 <= int(text[:5]) <= 2199 else clock.today().year


def _show_calendar(year: int, form: forms.MarkDay) -> ResponseReturnValue:
    return responses.show(
        "administration/calendar.html",
        year=year,
        periods=queries.periods(year),
        known=db_calendar.known(year),
        form=form,
    )


# ── The journal ────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/journal")
@requires(rules.audit)
def journal_list() -> ResponseReturnValue:
    """日志。"""
    listing = web_listing.Listing(
        queries.entries(),
        sorts={"seq": (JournalEntry.seq,)},
        sort="seq",
        descending=True,
        filters=[
            filters.Filter(
                "q", "操作、对象、人员或理由",
                filters.contains(JournalEntry.label, JournalEntry.thing, JournalEntry.actor, JournalEntry.why),
            ),
            filters.Filter("deed", "操作代码", filters.contains(JournalEntry.deed)),
            filters.Filter("thing", "对象（类型.编号）", queries.about),
            filters.Filter("outcome", "结果", queries.outcome, "choice", [("done", "已办理"), ("refused", "被拒绝")]),
            filters.Filter("since", "起始日期", filters.since(JournalEntry.at), "date"),
            filters.Filter("until", "截止日期", filters.until(JournalEntry.at), "date"),
        ],
        per_page=50,
    )  # fmt: skip
    if listing.wants_export:
        return listing.excel("操作日志", _COLUMNS)
    return responses.show("administration/journal.html", listing=listing)


_COLUMNS = (
    spreadsheet.Column("序号", lambda one: one.seq, 8),
    spreadsheet.Column("时间", lambda one: one.at, 18),
    spreadsheet.Column("人员", lambda one: one.actor, 12),
    spreadsheet.Column("操作", lambda one: one.label, 20),
    spreadsheet.Column("对象", lambda one: one.thing, 40),
    spreadsheet.Column("结果", lambda one: "被拒绝" if one.refused else "已办理", 8),
    spreadsheet.Column("理由", lambda one: one.why, 40),
    spreadsheet.Column("操作代码", lambda one: one.deed, 24),
    spreadsheet.Column("对象编号", lambda one: f"{one.thing_type}.{one.thing_id}" if one.thing_id else "", 20),
    spreadsheet.Column("地址", lambda one: one.address),
    spreadsheet.Column("请求编号", lambda one: one.request_number, 12),
    spreadsheet.Column("校验值", lambda one: one.hash, 66),
)


@bp.route("/journal/check")
@requires(rules.audit)
def check_journal() -> ResponseReturnValue:
    """核对日志链条。"""
    seq, head = journal.head()
    return responses.show("administration/journal_check.html", breaks=queries.breaks(), seq=seq, head=head)
