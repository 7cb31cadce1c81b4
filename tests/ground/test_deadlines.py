import re
import unicodedata
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.db import calendar, clock, deadline_words, deadlines

WEDNESDAY = date(2026, 11, 25)


def d(month, day, year=2026):
    return date(year, month, day)


PHRASES = [
    # near days
    ("今天下班前", d(11, 25)), ("明天", d(11, 26)), ("明日下午5点前", d(11, 26)), ("后天下班前", d(11, 27)),
    ("大后天", d(11, 30)),  # a Saturday
    # weekdays and weeks
    ("本周五", d(11, 27)), ("这周五前", d(11, 27)), ("周五17：00前", d(11, 27)), ("下周三前", d(12, 2)),
    ("下星期一", d(11, 30)), ("下下周二之前", d(12, 8)), ("周一上午", d(11, 30)), ("礼拜四", d(11, 26)),
    ("周六前", d(11, 30)), ("下周日前", d(12, 7)), ("本周内", d(11, 27)), ("下周内", d(12, 4)), ("本周末", d(11, 27)),
    ("周末前", d(11, 27)), ("下周", d(12, 4)),
    # days with their month
    ("11月30日前", d(11, 30)), ("12月5日前", d(12, 7)), ("１２月５日前", d(12, 7)), ("十二月十五号", d(12, 15)),
    ("12月15前", d(12, 15)), ("2026-12-01", d(12, 1)), ("2026年12月5日", d(12, 7)), ("2026/12/1前", d(12, 1)),
    ("二〇二六年十二月一日前", d(12, 1)), ("20261201", d(12, 1)), ("12.1", d(12, 1)), ("12.1前", d(12, 1)),
    ("12/15前", d(12, 15)), ("1月5日前", d(1, 5, 2027)), ("明年1月15日", d(1, 15, 2027)), ("今年12月1日", d(12, 1)),
    ("下月5日", d(12, 7)), ("下个月十号前", d(12, 10)), ("本月30日", d(11, 30)), ("28号前", d(11, 30)),
    ("5日前", d(12, 7)), ("12月5日18时前", d(12, 7)),
    # ends and parts
    ("月底前", d(11, 30)), ("本月底", d(11, 30)), ("本月内", d(11, 30)), ("下月底前", d(12, 31)),
    ("12月底前", d(12, 31)),
    ("12月上旬", d(12, 10)), ("下月中旬前", d(12, 18)), ("12月中旬", d(12, 18)), ("明年3月底前", d(3, 31, 2027)),
    ("季度末", d(12, 31)), ("本季度内", d(12, 31)), ("四季度末", d(12, 31)), ("明年一季度末前", d(3, 31, 2027)),
    ("下季度末", d(3, 31, 2027)), ("年底前", d(12, 31)), ("年内", d(12, 31)),
    ("今年底", d(12, 31)), ("今年年底前", d(12, 31)), ("2027年底前", d(12, 31, 2027)), ("明年上半年", d(6, 30, 2027)),
    # spans
    ("三个工作日内", d(11, 30)), ("5个工作日内", d(12, 2)), ("十个工作日之内", d(12, 9)), ("十日内", d(12, 7)),
    ("3天内", d(11, 30)),
    ("两周内", d(12, 9)), ("一个月内", d(12, 25)), ("半个月内", d(12, 10)), ("48小时内", d(11, 27)),
    ("一周后", d(12, 2)), ("半年内", d(5, 25, 2027)), ("二十五天内", d(12, 21)),
    # holidays
    ("元旦前", d(12, 31)), ("元旦后", d(1, 4, 2027)), ("元旦节之前", d(12, 31)),
]  # fmt: skip


def test_a_phrase_means_a_working_day(app):
    assert len(PHRASES) >= 60
    readings = [deadlines.read(text, WEDNESDAY) for text, _ in PHRASES]
    assert [(one.text, one.day, one.start, one.end) for one in readings if one] == [
        (text, day, 0, len(text)) for text, day in PHRASES
    ]
    assert all(calendar.is_working(one.day) for one in readings)


def test_holidays_and_other_todays(app):
    table = [
        ("国庆节后", d(9, 20), d(10, 8)),
        ("国庆前", d(9, 20), d(9, 30)),
        ("中秋节前", d(9, 20), d(9, 24)),
        ("春节前", d(1, 20), d(2, 14)),  # a Saturday worked in exchange
        ("春节后", d(1, 20), d(2, 24)),
        ("五一前", d(4, 20), d(4, 30)),
        ("五一假期后", d(4, 20), d(5, 6)),
        ("清明前", d(3, 20), d(4, 3)),
        ("端午节前", d(6, 10), d(6, 18)),
        ("10月1日前", d(9, 20), d(10, 8)),
        ("三个工作日内", d(9, 29), d(10, 9)),
        ("本周六前", d(10, 8), d(10, 10)),  # worked in exchange
        ("月底前", d(1, 5), d(1, 30)),  # the 31st is a Saturday: the end of a month stays in the month
        ("月底前", d(1, 31), d(2, 2)),  # but no day is already over
        ("31日前", d(2, 3), d(3, 31)),
    ]
    assert [(text, today, deadlines.read(text, today).day) for text, today, _ in table] == table


def test_what_names_no_day_to_come_is_not_guessed(app):
    silent = [
        "", "尽快办理", "上周三", "上个月底", "去年12月底", "昨天", "前天", "每周五", "每月5日", "每年3月底", "三天前",
        "增长12.1%", "投资3.5亿元", "第12.1条", "一周一次", "2月30日前", "13月1日前",
        "11月20日前", "本月5日前", "本周一", "春节后", "九百九十九年内", "每周内容", "1.2.3", "下半场", "二十一世纪",
    ]  # fmt: skip
    assert {text: deadlines.read(text, WEDNESDAY) for text in silent} == dict.fromkeys(silent)


@pytest.mark.parametrize(
    ("text", "day", "words"),
    [
        ("由市工信局牵头，下周三前报送方案", d(12, 2), "下周三前"),
        ("梳理12月8日会议的议题，12月1日前报送", d(12, 1), "12月1日前"),
        ("12月1日前摸底，12月15日前整改到位", d(12, 15), "12月15日前"),
        ("补办手续 @市工信局 三个工作日内！", d(11, 30), "三个工作日内"),
        ("月底前完成", d(11, 30), "月底前"),
        ("补办用地手续，12.15", d(12, 15), "12.15"),
    ],
)
def test_the_deadline_is_found_in_a_sentence_and_its_words_are_told(app, text, day, words):
    reading = deadlines.read(text, WEDNESDAY)
    assert (reading.day, reading.text) == (day, words)
    assert text[reading.start : reading.end] == words


def test_a_day_written_in_full_may_be_over(app):
    assert deadlines.read("2026年1月5日前", WEDNESDAY).day == d(1, 5)


def test_the_reason_is_told_in_plain_words(app):
    def why(text, today=WEDNESDAY):
        return deadlines.read(text, today).why

    assert why("12月5日前") == "顺延到 12月7日（星期一），因为 12月5日 是休息日"
    assert why("10月1日前", d(9, 20)) == "顺延到 10月8日（星期四），因为 10月1日 是国庆节"
    assert why("下周三前") == "12月2日（星期三）"
    assert why("三个工作日内") == "11月30日（星期一），自明日起第 3 个工作日"
    assert why("1月5日前") == "2027年1月5日（星期二）；2027 年的节假日还没有录入，只按周末推算"


def test_numbers_are_read_in_chinese():
    numbers = {
        "十": 10,
        "十五": 15,
        "二十": 20,
        "三十一": 31,
        "两": 2,
        "一百": 100,
        "一百零五": 105,
        "一百二十": 120,
        "9": 9,
    }
    assert {text: deadline_words.number(text) for text in numbers} == numbers


FREELY = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FULL = re.compile(r"\d{4}|[〇零一二三四五六七八九]{4}年?")
DAYS = st.dates(date(2024, 1, 1), date(2029, 12, 31))
PIECES = st.sampled_from(
    [*(text for text, _ in PHRASES),
     *"年月日号周星期前后内底末下上本每十一二两三四五六七八九百零〇0123456789.-/：:，。@！ ",
     *("工作日", "季度", "国庆", "春节", "元旦", "中秋", "办理", "\u3000", "𠮷", "\x00", "㈠")]
)  # fmt: skip


@FREELY
@given(text=st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=60), today=DAYS)
def test_any_text_is_read_without_harm(app, text, today):
    reading = deadlines.read(text, today)
    if reading is None:
        return
    assert text[reading.start : reading.end] == reading.text != ""
    assert calendar.is_working(reading.day)
    assert reading.day >= today or FULL.match(unicodedata.normalize("NFKC", reading.text))
    # what it was read from, and the day written out, mean the same day
    assert deadlines.read(reading.text, today).day == reading.day
    assert deadlines.read(clock.zh_date(reading.day), today).day == reading.day
    assert deadlines.read(text, today) == reading


@FREELY
@given(day=DAYS, count=st.integers(-400, 400))
def test_working_days_are_counted_there_and_back(app, day, count):
    there = calendar.add_working(day, count)
    if count == 0:
        assert there == day
        return
    assert calendar.is_working(there)
    assert (there > day) is (count > 0)
    # on the way back a day of rest at the start is passed over without being counted
    passed_over = count < 0 and not calendar.is_working(day)
    assert calendar.working_between(day, there) == count + passed_over
    if calendar.is_working(day):
        assert calendar.add_working(there, -count) == day


def test_a_form_takes_a_deadline_in_words(app):
    from portal.web.fields import Deadline
    from portal.web.forms import Form

    class Given(Form):
        due = Deadline("时限")

    def fill(text):
        with app.test_request_context("/", method="POST", data={"due": text}):
            form = Given()
            form.validate()
            return form.due.data, form.due._value(), form.due.errors

    with clock.at(clock.moment(WEDNESDAY, 10)):
        assert fill("12月5日前") == (d(12, 7), "2026年12月7日", [])
        assert fill("2026-12-5") == (d(12, 5), "2026年12月5日", [])  # written out like this it is meant so
        assert fill("尽快") == (None, "尽快", ["请写明日期，例如 12月5日前、下周三前、月底前、三个工作日内。"])
