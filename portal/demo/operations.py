"""Loading the example world, through the operations the pages use."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from flask import current_app

from portal.db import clock, disk
from portal.db.engine import db
from portal.demo import world as beginnings
from portal.demo.diary import on
from portal.demo.earlier import Earlier
from portal.demo.keeping import Keeping
from portal.demo.press import Press
from portal.demo.supervision import Supervision
from portal.demo.world import Keys, World
from portal.demo.year import CHECK_PIECES, COMPLETE_DOSSIERS, LAY_OUT, Year, how_many, sittings_of
from portal.errors import Refused
from portal.jobs import periodic
from portal.ops.start import ACCOUNTS
from portal.people.models.accounts import User

Say = Callable[[str], None]
# What takes long and changes nothing that comes later in the year.
LEFT_TO_THE_WORKER = ("courses.convert", "archive.recheck", "minutes.read_back", "library.read_sources")
# What is still to be done for the newest meetings when the portal comes up; a whole year does it as it goes.
LEFT_FOR_THE_NEWEST = (COMPLETE_DOSSIERS, CHECK_PIECES)
IN_FULL = 10  # meetings: those of the newest quarter
ACCEPTED = 1  # of their dossiers: each piece that is taken over has its signatures judged
MOVED_IN = 20  # working days before the first meeting that is held in the portal, all earlier ones are brought in


class Steps:
    """Tells how far the loading is."""

    def __init__(self, say: Say, count: int) -> None:
        self.say, self.count, self.taken = say, count, 0

    def begin(self, what: str) -> None:
        """Tell of the next step; those before it are done."""
        self.say(f"{self.taken}/{self.count}　{what}")
        self.taken += 1


def load(
    say: Say, *, password: str | None = None, meetings: int | None = IN_FULL, earlier: bool = True
) -> World:  # fmt: skip
    """载入示例数据：最近 `meetings` 次会议（不写则全年）完整载入，更早的补录，或者不要（`earlier`）。"""
    if db.session.scalar(sa.select(User.id).limit(1)):
        raise Refused("数据库中已有数据，不载入示例。请换一个空的数据文件夹。")
    config = current_app.config["PORTAL"]
    keys = Keys(password)
    _write(config.data / ACCOUNTS, json.dumps(keys.listed(), ensure_ascii=False, indent=1))
    is_plain = earlier and meetings is not None
    left = (*LEFT_TO_THE_WORKER, *LEFT_FOR_THE_NEWEST) if is_plain else LEFT_TO_THE_WORKER
    # What is prompted must happen at its own moment, so nothing is left to a worker.
    current_app.config["PORTAL"] = replace(config, jobs="now")
    try:
        with (
            disk.synced_at_the_end(),
            _connections_of_its_own(),
            Press(current_app._get_current_object(), *left) as press,  # type: ignore[attr-defined] # noqa: SLF001
            periodic.leaving(*LAY_OUT, COMPLETE_DOSSIERS, CHECK_PIECES, to=press.ask),
            periodic.leaving(*left),
        ):
            return _live(say, keys, press, meetings or how_many(), is_plain=is_plain)
    finally:
        current_app.config["PORTAL"] = config


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


def _live(say: Say, keys: Keys, press: Press, count: int, *, is_plain: bool) -> World:
    now, today = clock.now(), clock.today()
    steps = Steps(say, count + (3 if is_plain else 2))
    steps.begin("人员、部门、小组、企业和例会")
    with clock.at(on(today - timedelta(days=400), 1, 9)):
        world = beginnings.build(keys)
        db.session.commit()
    held = sittings_of(world, today)
    full, earlier = held[-count:], held[:-count] if is_plain else []
    lived = Year(world, press, steps.begin, accepted=ACCEPTED if is_plain else None)
    lived.plan(full, begins=(earlier or full)[0].day)
    if earlier:
        came = on(full[0].day, -MOVED_IN, 9)
        Earlier(lived).plan(earlier, clock.local(came).date(), full[0].day)
    Supervision(world, lived.diary).plan()
    Keeping(world, lived.diary).plan()
    lived.diary.live(now)
    steps.begin("整理")
    press.wait(*LAY_OUT)
    say(f"示例数据载入完毕，日期已推移到{clock.zh_date(today)}。")
    return world


def _write(path: Path, content: str) -> None:
    """Passwords: readable by the owner only, from the first byte."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(content)
