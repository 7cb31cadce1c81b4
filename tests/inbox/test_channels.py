"""What people are told goes on by mail and to a robot: in time, together, signed, again when it failed."""

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from cast import by_itself
from channel_servers import MailServer, Robot, serving

from portal.db import clock
from portal.db.engine import db
from portal.db.journal import JournalEntry
from portal.errors import Refused
from portal.inbox import messages, operations, queries
from portal.inbox import robot as inbox_robot
from portal.inbox.models import MOST_TRIES, Channel, ChannelSettings, Delivery, DeliveryState, Notice, Pace
from portal.inbox.robot import DEFAULT_TEMPLATE

WEDNESDAY = date(2026, 11, 25)
TEN = clock.moment(WEDNESDAY, 10)
SOON = timedelta(minutes=3)
FACTS = {
    "webhook_url": "", "webhook_secret": "", "webhook_template": "", "mail_pace": Pace.at_once,
    "webhook_pace": Pace.at_once, "says_all": False, "burst_minutes": 3, "digest_at": time(8, 30),
    "quiet_from": time(21), "quiet_until": time(7, 30),
}  # fmt: skip


@pytest.fixture(autouse=True)
def ten_oclock(app):
    with clock.at(TEN):
        yield


@pytest.fixture
def mail(app, people):
    """A mail server the portal is set to, and people with addresses."""
    before = app.config["PORTAL"]
    for one in (people.officer, people.colleague, people.administrator):
        one.email = f"{one.username}@example.gov.cn"
    db.session.commit()
    with serving(MailServer()) as server:
        app.config["PORTAL"] = replace(before, smtp_url=server.url)
        yield server
    app.config["PORTAL"] = before


@pytest.fixture
def robot(people):
    """A robot the administrator has set."""
    with serving(Robot()) as server:
        set_up(people, webhook_url=server.url, webhook_secret="示例密钥")
        yield server


def set_up(people, **facts):
    settings = operations.change_channels(queries.channel_settings().version, by=people.administrator, **FACTS | facts)
    db.session.commit()
    return settings


def tell(user, title="请签收", url="/actions/7", **more):
    operations.notify([user], title, url, **more)
    db.session.commit()


def pass_on(at=TEN):
    with clock.at(at):
        by_itself("inbox.pass_on", "inbox.send")


def deliveries():
    db.session.expire_all()
    return db.session.query(Delivery).order_by(Delivery.id).all()


# ── mail ──


def test_a_message_goes_out_by_mail_when_its_burst_is_over(people, mail):
    tell(people.officer, body="理由：住院治疗")
    pass_on()
    assert mail.mails == []
    pass_on(TEN + SOON)
    (one,) = mail.mails
    assert (one["To"], one["From"]) == ("officer@example.gov.cn", "portal@example.gov.cn")
    assert one["Subject"] == "[首席服务官周例会] 请签收"
    text = one.get_content()
    assert "请打开：http://127.0.0.1:8000/actions/7" in text
    assert "住院治疗" not in text  # what is said stays in the portal unless the office wants it otherwise
    assert [one.state for one in deliveries()] == [DeliveryState.sent]


def test_several_messages_within_a_burst_are_one_mail_that_lists_them(people, mail):
    tell(people.officer, "会议通知：第1次会议", "/meetings/1")
    pass_on()
    with clock.at(TEN + timedelta(minutes=1)):
        tell(people.officer, "请签收", "/actions/7")
        tell(people.officer, "请反馈进展", "/actions/8")
    pass_on(TEN + timedelta(minutes=1))
    pass_on(TEN + SOON)
    (one,) = mail.mails
    assert one["Subject"] == "[首席服务官周例会] 请反馈进展等 3 条消息"
    lines = ("1．请反馈进展", "2．请签收", "3．会议通知：第1次会议")
    assert [line in one.get_content() for line in lines] == [True] * 3
    assert "/inbox?state=unread" in one.get_content()


def test_changes_of_one_thing_leave_only_the_last_word(people, mail):
    for change in ("改到第二会议室", "改到第三会议室"):
        tell(people.officer, f"会议有变更：{change}", "/meetings/1", burst="meeting-1")
        pass_on()
    pass_on(TEN + SOON)
    assert [one["Subject"] for one in mail.mails] == ["[首席服务官周例会] 会议有变更：改到第三会议室"]


def test_what_was_read_in_the_portal_meanwhile_is_not_sent(people, mail):
    tell(people.officer)
    pass_on()
    operations.read_all(people.officer)
    pass_on(TEN + SOON)
    assert (mail.mails, [one.state for one in deliveries()]) == ([], [DeliveryState.needless])


def test_who_has_no_address_and_who_wants_no_mail_gets_none(people, mail):
    operations.prefer(mail=Pace.off, webhook=Pace.off, by=people.colleague)
    tell(people.colleague)
    tell(people.secretary)
    pass_on()
    assert deliveries() == []
    assert db.session.query(Notice).filter(Notice.passed_on_at.is_(None)).count() == 0


def test_without_any_channel_nothing_waits(people):
    tell(people.officer)
    pass_on()
    assert deliveries() == []


def test_a_title_of_many_lines_is_one_line_in_the_head(people, mail):
    tell(people.officer, "请签收\r\nBcc: evil@example.com")
    pass_on()
    pass_on(TEN + SOON)
    assert mail.mails[0]["Subject"] == "[首席服务官周例会] 请签收 Bcc: evil@example.com"
    assert mail.mails[0]["Bcc"] is None


# ── when ──


@pytest.mark.parametrize(
    ("pace", "now", "due"),
    [
        (Pace.at_once, clock.moment(WEDNESDAY, 10), clock.moment(WEDNESDAY, 10, 3)),
        (Pace.at_once, clock.moment(WEDNESDAY, 20, 56), clock.moment(WEDNESDAY, 20, 59)),
        (Pace.at_once, clock.moment(WEDNESDAY, 20, 57), clock.moment(date(2026, 11, 26), 7, 30)),
        (Pace.at_once, clock.moment(WEDNESDAY, 23, 59), clock.moment(date(2026, 11, 26), 7, 30)),
        (Pace.at_once, clock.moment(WEDNESDAY, 3), clock.moment(WEDNESDAY, 7, 30)),
        (Pace.at_once, clock.moment(WEDNESDAY, 7, 28), clock.moment(WEDNESDAY, 7, 31)),
        (Pace.daily, clock.moment(WEDNESDAY, 8), clock.moment(WEDNESDAY, 8, 30)),
        (Pace.daily, clock.moment(WEDNESDAY, 8, 30), clock.moment(date(2026, 11, 26), 8, 30)),
        (Pace.daily, clock.moment(date(2026, 11, 27), 9), clock.moment(date(2026, 11, 30), 8, 30)),
        (Pace.daily, clock.moment(date(2026, 11, 28), 7), clock.moment(date(2026, 11, 30), 8, 30)),
    ],
)
def test_nobody_is_disturbed_in_the_quiet_hours_and_digests_come_on_working_days(people, pace, now, due):
    assert operations.due_at(pace, queries.channel_settings(), now) == due


def test_equal_hours_mean_no_quiet_hours(people):
    settings = set_up(people, quiet_from=time(0), quiet_until=time(0))
    assert operations.due_at(Pace.at_once, settings, clock.moment(WEDNESDAY, 3)) == clock.moment(WEDNESDAY, 3, 3)


def test_a_digest_holds_the_whole_day(people, mail):
    operations.prefer(mail=Pace.daily, webhook=Pace.off, by=people.officer)
    for hour in (10, 14, 20):
        with clock.at(clock.moment(WEDNESDAY, hour)):
            tell(people.officer, f"{hour} 点的消息")
            by_itself("inbox.pass_on", "inbox.send")
    pass_on(clock.moment(date(2026, 11, 26), 8, 30))
    assert [one["Subject"] for one in mail.mails] == ["[首席服务官周例会] 20 点的消息等 3 条消息"]


# ── the robot ──


def test_the_robot_gets_json_that_is_signed(people, robot):
    tell(people.officer, '请签收"}', "/actions/7", body="理由：住院治疗")
    pass_on()
    pass_on(TEN + SOON)
    ((path, headers, body),) = robot.got
    assert json.loads(body) == {
        "msgtype": "text", "text": {"content": '服务示例：请签收"}\nhttp://127.0.0.1:8000/actions/7'},
    }  # fmt: skip
    stamp = headers["X-Portal-Timestamp"]
    expected = hmac.new("示例密钥".encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert (path, headers["X-Portal-Signature"]) == ("/robot", f"sha256={expected}")


def test_the_template_is_the_offices_own(people, robot):
    template = '{"to": "{username}", "parts": ["{title}", "{text}", "{nothing"], "count": 1, "{name}": "{{url}}"}'
    set_up(people, webhook_url=robot.url, webhook_template=template, says_all=True)
    tell(people.officer, "请{name}签收", body="尽快")
    pass_on()
    pass_on(TEN + SOON)
    assert robot.said == [
        {
            "to": "officer", "parts": ["请{name}签收", "尽快", "{nothing"], "count": 1,
            "{name}": "{http://127.0.0.1:8000/actions/7}",
        }
    ]  # fmt: skip


def test_an_address_can_be_signed_the_way_robots_ask(people):
    address = inbox_robot.address_for("https://robot.example/send?t={timestamp}&sign={sign}", "SEC", "1700000000000")
    # by openssl dgst -sha256 -hmac SEC -binary | base64
    assert address == "https://robot.example/send?t=1700000000000&sign=r%2B2we0q01lkZqz38LA5IPNbHN81U1leRf3Au4PSQb6Q%3D"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((200, {}, b'{"errcode": 310000, "errmsg": "sign not match"}'), "对方不收：310000 sign not match"),
        ((500, {}, b"<html>"), "对方回答 HTTP 500。"),
        ((302, {"Location": "http://127.0.0.1:1/elsewhere"}, b""), "对方回答 HTTP 302。"),
    ],
)
def test_what_the_robot_does_not_take_is_tried_again_later_each_time(people, robot, answer, why):
    robot.answer = answer
    tell(people.officer)
    pass_on()
    pass_on(TEN + SOON)
    (one,) = deliveries()
    assert (one.attempts, one.last_error, one.state) == (1, why, DeliveryState.waiting)
    assert one.next_try_at == TEN + SOON + timedelta(minutes=1)
    pass_on(TEN + SOON + timedelta(minutes=1))
    (one,) = deliveries()
    assert (one.attempts, one.next_try_at) == (2, TEN + SOON + timedelta(minutes=3))
    assert len(robot.got) == 2  # and whither it was sent on, nobody went
    robot.answer = (200, {}, b"ok")
    pass_on(TEN + SOON + timedelta(minutes=3))
    (one,) = deliveries()
    assert (one.state, one.attempts, one.last_error) == (DeliveryState.sent, 0, None)


def test_after_a_day_of_failures_the_portal_waits_for_the_administrator(people, robot, as_):
    robot.answer = (500, {}, b"")
    tell(people.officer)
    pass_on()
    moment = TEN + SOON
    for _ in range(MOST_TRIES + 3):
        pass_on(moment)
        moment += timedelta(hours=7)
    (one,) = deliveries()
    assert (one.attempts, len(robot.got), one.is_given_up) == (MOST_TRIES, MOST_TRIES, True)
    robot.answer = (200, {}, b"{}")
    with clock.at(moment):
        as_(people.administrator).post(f"/channels/deliveries/{one.id}/retry")
    assert [one.state for one in deliveries()] == [DeliveryState.sent]


@pytest.mark.parametrize("scheme", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:text/plain,x"])
def test_nothing_but_the_web_is_ever_asked(people, scheme):
    with pytest.raises(messages.NotDelivered, match="无法连接对方的服务器"):
        inbox_robot.post(ChannelSettings(webhook_url=scheme, webhook_secret=""), b"{}")


def test_a_server_that_is_not_there_is_a_failure_like_any(people, robot):
    set_up(people, webhook_url="http://127.0.0.1:9/robot")
    tell(people.officer)
    pass_on()
    pass_on(TEN + SOON)
    assert deliveries()[0].last_error.startswith("无法连接对方的服务器：")


@pytest.mark.parametrize(
    ("command", "line", "why"),
    [
        ("RCPT", "550 no such user", "邮件服务器不收这个地址：550 no such user"),
        ("DATA", "451 try later", "邮件服务器拒收：451 try later"),
        ("MAIL", "421 busy", "邮件服务器拒收：421 busy"),
    ],
)
def test_what_the_mail_server_says_is_kept(people, mail, command, line, why):
    mail.refusals = {command: line}
    tell(people.officer)
    pass_on()
    pass_on(TEN + SOON)
    assert deliveries()[0].last_error.startswith(why)


# ── the pages ──


def test_a_person_says_how_to_be_told(people, mail, as_):
    officer = as_(people.officer)
    page = officer.get("/inbox/preferences").text
    assert ("发到 officer@example.gov.cn。" in page, "21:00 至 07:30 不打扰" in page) == (True, True)
    assert officer.post("/inbox/preferences", data={"mail": "daily", "webhook": "off"}).status_code == 303
    assert queries.preference(people.officer).mail is Pace.daily
    answer = officer.post("/inbox/preferences", data={"mail": "每秒", "webhook": "off"})
    assert (answer.status_code, "请从列表中选择一项。" in answer.text) == (422, True)


def typed(**more):
    facts = {
        "webhook_url": "https://robot.example/send", "webhook_secret": "", "webhook_template": DEFAULT_TEMPLATE,
        "mail_pace": "at_once", "webhook_pace": "off", "burst_minutes": "3", "digest_at": "08:30",
        "quiet_from": "21:00", "quiet_until": "07:30",
    }  # fmt: skip
    return facts | more


def test_the_administrator_sets_the_channels_and_the_secret_is_shown_to_nobody(people, as_):
    administrator = as_(people.administrator)
    assert administrator.post("/channels", data=typed(webhook_secret="示例密钥")).status_code == 303
    assert "示例密钥" not in administrator.get("/channels").text
    version = str(queries.channel_settings().version)
    assert administrator.post("/channels", data=typed(burst_minutes="5", version=version)).status_code == 303
    db.session.expire_all()
    settings = queries.channel_settings()
    assert (settings.webhook_secret, settings.burst_minutes) == ("示例密钥", 5)
    assert administrator.post("/channels", data=typed(version=version)).status_code == 409
    last = str(settings.version)
    administrator.post("/channels", data=typed(forget_secret="y", version=last))
    db.session.expire_all()
    assert queries.channel_settings().webhook_secret == ""
    entries = db.session.query(JournalEntry).filter_by(deed="inbox.change_channels").order_by(JournalEntry.seq).all()
    assert [("webhook_secret" in one.facts["changed"], "示例密钥" in str(one.facts)) for one in entries] == [
        (True, False), (False, False), (True, False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("webhook_url", "file:///etc/passwd", "请填写以 http: 或 https: 开头的完整地址。"),
        ("webhook_url", "javascript:alert(1)", "请填写以 http: 或 https: 开头的完整地址。"),
        ("webhook_url", "http://", "请填写以 http: 或 https: 开头的完整地址。"),
        ("webhook_url", "http://host:99999/", "请填写以 http: 或 https: 开头的完整地址。"),
        ("webhook_url", "https://user:pass@host/", "地址中不能有空格、用户名和密码。"),
        ("webhook_template", "{not json", "不是正确的 JSON"),
        ("webhook_template", "[1]", "最外层应是一个 JSON 对象"),
        ("webhook_template", '{"a": "{nobody}"}', "没有 {nobody} 这个词"),
        ("burst_minutes", "0", "请填写 1 到 60 之间的整数。"),
        ("quiet_from", "25:00", "请填写 24 小时制的时间"),
    ],
)
def test_what_cannot_be_a_channel_is_refused_beside_its_field(people, as_, name, value, sentence):
    answer = as_(people.administrator).post("/channels", data=typed(**{name: value}))
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert db.session.query(ChannelSettings).count() == 0


def test_a_trial_goes_to_the_administrator_at_once(people, mail, as_):
    administrator = as_(people.administrator)
    assert administrator.post("/channels/trial", data={"channel": "mail"}).status_code == 303
    assert [(one["To"], one["Subject"]) for one in mail.mails] == [
        ("administrator@example.gov.cn", "[首席服务官周例会] 这是一条测试消息")
    ]
    assert "已发出" in administrator.get("/channels").text
    assert administrator.post("/channels/trial", data={"channel": "webhook"}).status_code == 409
    assert administrator.post("/channels/trial", data={"channel": "pigeon"}).status_code == 409


def test_the_administrator_sees_who_was_not_reached_and_why_but_not_what_was_said(people, robot, as_):
    robot.answer = (500, {}, b"")
    tell(people.officer, "研判用地问题", body="机密内容")
    pass_on()
    pass_on(TEN + SOON)
    administrator = as_(people.administrator)
    page = administrator.get("/channels").text
    assert ("服务示例" in page, "对方回答 HTTP 500。" in page) == (True, True)
    assert ("研判用地问题" in page, "机密内容" in page) == (False, False)
    (one,) = deliveries()
    assert administrator.post(f"/channels/deliveries/{one.id}/end").status_code == 303
    assert [one.state for one in deliveries()] == [DeliveryState.needless]
    assert administrator.post(f"/channels/deliveries/{one.id}/retry").status_code == 409
    assert administrator.post("/channels/deliveries/retry").status_code == 409


@pytest.mark.parametrize("who", ["secretary", "officer", "auditor"])
def test_nobody_else_sets_channels(people, as_, who):
    browser = as_(getattr(people, who))
    assert browser.get("/channels").status_code == 403
    assert browser.post("/channels/trial", data={"channel": "mail"}).status_code == 403


def test_the_page_asks_the_same_for_3_and_for_90_failures(people, as_, statements):
    set_up(people)
    administrator, counts = as_(people.administrator), []
    for amount in (3, 90):
        for _ in range(amount):
            db.session.add(
                Delivery(
                    user=people.officer, channel=Channel.mail, notices=[], made_at=TEN, due_at=TEN, attempts=1,
                    last_error="连接不上。",
                )
            )  # fmt: skip
        db.session.commit()
        statements.clear()
        administrator.get("/channels")
        counts.append(len([one for one in statements if not one.startswith(("BEGIN", "PRAGMA"))]))
    assert counts[0] == counts[1] <= 10


def test_a_trial_without_an_address_is_refused(people, mail):
    people.administrator.email = ""
    with pytest.raises(Refused, match="没有登记邮箱"):
        operations.try_channel(Channel.mail, by=people.administrator)
