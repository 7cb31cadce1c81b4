"""督办通报 of one meeting, as the paper and the Word file that go round: how much was agreed, how much is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portal.actions.models.action_items import ActionItem
from portal.db import clock
from portal.db.office import office
from portal.documents.paper import renderer
from portal.documents.word import TITLE, Word
from portal.meetings.models.meetings import Meeting
from portal.records.bulletin.queries import share_of

HEADS = ("序号", "事项", "牵头单位", "承办人", "时限", "状态", "最新进展")
WIDTHS = (1.3, 3.8, 2.4, 1.6, 2.5, 1.7, 2.3)  # centimetres
SHORT = (0, 3, 4, 5)
LONGEST = 80


@dataclass(frozen=True, kw_only=True)
class BulletinPaper:
    """督办通报: a sentence and a table."""

    title: str
    sentence: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    short: Sequence[int]  # columns of a few characters each, which stand in the middle
    issuer: str
    issued_on: date


def name_of(meeting: Meeting) -> str:
    """The file's name without its ending."""
    return f"{meeting.title}督办通报"


def paper_of(meeting: Meeting, actions: Sequence[ActionItem]) -> BulletinPaper:
    """Everything the bulletin says."""
    return BulletinPaper(
        title=name_of(meeting),
        sentence=f"截至{clock.zh_date(clock.today())}，{meeting.title}{share_of(actions).sentence.replace(' ', '')}",
        heads=HEADS,
        rows=[(str(number), *_cells(one)) for number, one in enumerate(actions, 1)],
        short=SHORT,
        issuer=office.organisation,
        issued_on=clock.today(),
    )


def _cells(one: ActionItem) -> tuple[str, ...]:
    said = one.reports[-1].text if one.reports else ""
    word = f"{one.word}，逾期" if one.is_overdue else one.word
    said = said if len(said) <= LONGEST else said[:LONGEST] + "……"
    return one.title, one.lead_short, one.lead_person.name, f"{one.due:%Y-%m-%d}", word, said


def pdf_of(bulletin: BulletinPaper) -> bytes:
    """The bulletin on A4."""
    return renderer.render("bulletin.html", made_at=clock.now(), paper=bulletin)


def docx_of(bulletin: BulletinPaper) -> bytes:
    """The bulletin as a Word file, with the fonts of official papers."""
    word = Word()
    word.line(bulletin.title, TITLE, 22, place="centre")
    word.line("")
    word.line(bulletin.sentence)
    if bulletin.rows:
        word.line("", size=8)
        word.table(bulletin.heads, bulletin.rows, WIDTHS, bulletin.short)
    word.line("")
    for text in (bulletin.issuer, clock.zh_date(bulletin.issued_on)):
        word.line(text, place="right")
    return word.saved()
