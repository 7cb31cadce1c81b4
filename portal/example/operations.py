"""Loading the example world, through the operations the pages use."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from flask import current_app

from portal import clock, disk, jobs
from portal.database import db
from portal.errors import Refused
from portal.example import world as beginnings
from portal.example.diary import on
from portal.example.keeping import Keeping
from portal.example.press import Press
from portal.example.supervision import Supervision
from portal.example.world import World
from portal.example.year import CHECK_PIECES, LAY_OUT_MINUTES, LAY_OUT_RECORDS, Say, Year, sittings_of
from portal.people.models import User
from portal.start import ACCOUNTS

# What takes long and changes nothing that comes later in the year.
LEFT_TO_THE_WORKER = ("courses.convert", "archive.recheck")


def load(say: Say, *, password: str | None = None, meetings: int | None = None) -> World:
    """载入示例数据；`meetings` holds only the newest few meetings of the year, for a quick look."""
    if db.session.scalar(sa.select(User.id).limit(1)):
        raise Refused("数据库中已有数据，不载入示例。请换一个空的数据文件夹。")
    config = current_app.config["PORTAL"]
    # What is prompted must happen at its own moment, so nothing is left to a worker.
    current_app.config["PORTAL"] = replace(config, jobs="now")
    try:
        with disk.synced_at_the_end(), _connections_of_its_own():
            world = _live(say, password, meetings)
    finally:
        current_app.config["PORTAL"] = config
    _write(config.data / ACCOUNTS, json.dumps(beginnings.accounts(world), ensure_ascii=False, indent=1))
    return world


@contextmanager
def _connections_of_its_own() -> Iterator[None]:
    """How a connection syncs is settled when it is made."""
    db.session.commit()
    db.engine.dispose()
    try:
        yield
    finally:
        db.session.commit()
        db.engine.dispose()


def _live(say: Say, password: str | None, meetings: int | None) -> World:
    now = clock.now()
    today = clock.today()
    with clock.at(on(today - timedelta(days=400), 1, 9)):
        say("人员、部门、小组、企业和例会")
        world = beginnings.build(password)
        db.session.commit()
    held = sittings_of(world, today)
    held = held[-meetings:] if meetings else held
    with (
        Press(current_app.config["PORTAL"], *LEFT_TO_THE_WORKER) as press,
        jobs.leaving(*LEFT_TO_THE_WORKER),
        jobs.leaving(LAY_OUT_RECORDS, LAY_OUT_MINUTES, CHECK_PIECES, to=press.ask),
    ):
        year = Year(world, press, say)
        year.plan(held)
        Supervision(world, year.diary).plan()
        Keeping(world, year.diary).plan()
        say(f"{len(held)} 次例会，逐次召开")
        year.diary.live(now)
        press.wait(LAY_OUT_RECORDS, LAY_OUT_MINUTES)
    say(f"示例数据载入完毕，日期已推移到{clock.zh_date(today)}。")
    return world


def _write(path: Path, content: str) -> None:
    """Passwords: readable by the owner only, from the first byte."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(content)
