"""Settings of the office: names, cut-offs and rules that people of the office change on a page."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import Flask, g
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import journal
from portal.db.engine import Base, db


class OfficeSetting(Base):
    """One setting that differs from its default."""

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]]

    def __str__(self) -> str:
        return f"设置“{SETTINGS[self.key].label}”"


@dataclass(frozen=True)
class Setting:
    """What can be set: its word, what it is for, its default; the default's type is its type."""

    label: str
    default: str | int
    hint: str = ""
    longest: int = 100


SETTINGS: dict[str, Setting] = {
    "name": Setting("门户名称", "首席服务官周例会", "显示在每一页的左上角。"),
    "organisation": Setting("单位名称", "示例市首席服务官工作专班办公室", "印在会议通知和会议纪要的版记中。"),
    "contact": Setting("联系方式", "专班办公室 8086", "显示在每一页的页脚。"),
    "address": Setting("门户网址", "", "印在文件上的核验二维码指向这里，例如 https://portal.example.gov.cn。"),
    "distribution": Setting(
        "默认分送单位", "市委组织部，各首席服务官，市直有关部门。", "印在会议纪要版记的“分送”一栏。", 500
    ),
    "mark": Setting("默认公开属性", "内部", "公开或内部。本系统为非涉密系统，不设密级。"),
    "minutes_phrases": Setting(
        "纪要常用语",
        "会议听取了；会议指出，；会议强调，；会议要求，；会议决定，；会议原则同意；会后由专班办公室汇总各方意见，",
        "修改会议纪要时可以插入，各条之间用分号隔开。",
        1_000,
    ),
    "fonds": Setting("全宗号", "0086", "档号的第一段。"),
    "retention": Setting("默认保管期限", "30年", "永久、30年或10年。"),
    "archive_unit": Setting("机构（问题）代码", "BGS", "档号中的机构代码。"),
    "accept_days": Setting("签收时限（工作日）", 1, "交办后几个工作日内签收。"),
    "due_soon_days": Setting("临期提醒（天）", 3, "到期前几天显示为“临期”。"),
    "slides_days": Setting("课件提交时限（工作日）", 2, "讲业务前几个工作日提交课件，当天有效。"),
    "late_slides": Setting("课件逾期后主讲人提交", "不再接收", "会议秘书始终可以代为提交；逾期的都会注明。"),
    "slides_reminder_days": Setting("课件到期前提醒（工作日）", 2, "到期前几个工作日提醒没有交的人，到期当天再提醒。"),
    "anonymous_feedback": Setting("听课反馈", "匿名", "匿名时不留下是谁填写的，但每人仍只能填写一次。"),
    "lecturer_hours": Setting("主讲学时倍数", 2, "听课 45 分钟计 1 学时，主讲人按此倍数计。"),
    "feedback_weekday": Setting("每周反馈日", "星期四", "这一天请办理中的事项反馈进展；过后没有反馈的为“未反馈”。"),
    "stage_pattern": Setting("阶段模板", "对接 1、提方案 2、办理 5、答复 1", "各阶段的名称和工作日数，供套用。"),
    "slips": Setting("督办单", "停用", "启用后，逾期的事项逐级提出蓝、黄、红色督办单，由办公室批准后发出。"),
    "slip_days": Setting("督办单答复时限（工作日）", 3, "几个工作日内报告；到期没有报告的，提出下一级。"),
    "look_back_percent": Setting("回头看比例（%）", 10, "每月从上月销号的事项中抽取多少复查；0 为不抽取。"),
}


class Office:
    """The settings as attributes: `office.name`. Read from the database once a request."""

    def __getattr__(self, key: str) -> Any:
        if key not in SETTINGS:
            raise AttributeError(key)
        return _values().get(key, SETTINGS[key].default)


office = Office()


def _values() -> dict[str, Any]:
    if "office_values" not in g:
        rows = db.session.execute(sa.select(OfficeSetting.key, OfficeSetting.value))
        g.office_values = {key: value["is"] for key, value in rows}
    values: dict[str, Any] = g.office_values
    return values


def change(key: str, value: str | int, *, by: Any) -> None:
    """Change one setting; nothing happens when it is already so."""
    before = getattr(office, key)
    if before == value:
        return
    row = db.session.get(OfficeSetting, key) or OfficeSetting(key=key, value={})
    row.value = {"is": value}
    db.session.add(row)
    g.pop("office_values", None)
    journal.record(by, "office.change", row, "修改设置", before=before, after=value)


def init_app(app: Flask) -> None:
    """Let every template read the settings."""
    app.jinja_env.globals["office"] = office
