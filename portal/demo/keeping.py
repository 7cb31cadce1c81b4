"""What the archivist's desk shows in the example: papers of a former office whose time is over, and a package."""

from collections.abc import Sequence
from datetime import date, time
from io import BytesIO

from portal.archive.appraisal import operations as appraisal
from portal.archive.appraisal import queries as appraisal_queries
from portal.archive.models.appraisals import AppraisalChoice
from portal.archive.models.pieces import ArchivalRecord, Retention
from portal.archive.packages import operations as packages
from portal.archive.pieces import filing
from portal.archive.pieces import operations as pieces
from portal.archive.pieces import queries as pieces_queries
from portal.db import clock
from portal.db.engine import db
from portal.demo.diary import Diary, on
from portal.demo.world import World
from portal.documents.paper import fonts as paper_fonts
from portal.files import store
from portal.files.kinds import Kind
from portal.meetings.attendance import operations as attendance
from portal.meetings.takeover import operations as takeover

SERIES = ("示例区企业服务例会（历史档案）", "历史", "示例区企业服务例会纪要")
SIGNED_IN = (date(2012, 3, 13), date(2013, 4, 9), date(2013, 10, 22), date(2014, 9, 16))
FONT, SHEET = "FandolKai-Regular", (827, 1169)  # A4 at 100 dots an inch
IN_A_PACKAGE = 5


class Keeping:
    """Sheets kept for ten years long ago: one removed, one refused to be, one waits for a second person."""

    def __init__(self, world: World, diary: Diary) -> None:
        self.world, self.diary = world, diary
        self.sheets: list[ArchivalRecord] = []

    def plan(self) -> None:
        """Write it into the diary."""
        today, note = clock.today(), self.diary.note
        note(on(today, -6, 9), self._take_in_old_sheets)
        note(on(today, -6, 10), self._accept_old_sheets)
        note(on(today, -5, 10), lambda: self._propose(self.sheets[:2]))
        note(on(today, -4, 9), self._decide)
        note(on(today, -2, 10), lambda: self._propose(self.sheets[2:3]))
        note(on(today, -1, 11), self._export)

    def _take_in_old_sheets(self) -> None:
        names = [f"{one.name}　　{one.department.name}" for one in self.world.officers[:9] if one.department]
        for number, day in enumerate(SIGNED_IN, 1):
            held = takeover.take_over(SERIES, day, time(9), 90, place="示例区三楼会议室", numbered=(day.year, number))
            scan = _scanned(f"{held.title}签到表", names[number:])
            sheet = store.put(scan, f"签到表{day.year}.jpg", Kind.JPG.media_type, self.world.archivist)
            attendance.add_scan(held, [sheet], by=self.world.secretary)
            self.sheets.append(filing.prepare_scan(held.scans[0]))

    def _accept_old_sheets(self) -> None:
        for sheet in self.sheets:
            pieces.accept(sheet, Retention.ten, by=self.world.archivist)

    def _propose(self, sheets: Sequence[ArchivalRecord]) -> None:
        why = "会议记录和纪要已经永久保存，签到表没有继续保存的价值。"
        appraisal.propose([one.id for one in sheets], AppraisalChoice.remove, why, by=self.world.archivist)

    def _decide(self) -> None:
        first, second = db.session.scalars(appraisal_queries.open_appraisals())
        appraisal.approve(first, by=self.world.leader)
        appraisal.refuse(second, "这次会议的记录还没有找齐，请先补齐。", by=self.world.leader)

    def _export(self) -> None:
        newest = [one.id for one in pieces_queries.accepted()][-IN_A_PACKAGE:]
        packages.ask_export(newest, by=self.world.archivist)


def _scanned(title: str, lines: Sequence[str]) -> bytes:
    """A picture of a sheet of names, as a scanner makes it."""
    from PIL import Image, ImageDraw, ImageFont

    fonts = {path.stem: path for path in paper_fonts.font_files()}
    font = fonts.get(FONT) or next(iter(fonts.values()))
    sheet = Image.new("L", SHEET, 250)
    pen = ImageDraw.Draw(sheet)
    pen.text((70, 90), title, 30, ImageFont.truetype(font, 24))
    for place, line in enumerate(lines):
        pen.text((90, 180 + 56 * place), line, 60, ImageFont.truetype(font, 22))
        pen.line((70, 222 + 56 * place, 757, 222 + 56 * place), 170)
    target = BytesIO()
    sheet.save(target, "JPEG", quality=80)
    return target.getvalue()
