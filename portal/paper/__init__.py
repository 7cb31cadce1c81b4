"""The printing press: what is put on paper, and how it becomes an archivable PDF.

Layout follows GB/T 9704-2012 (《党政机关公文格式》), clauses 5 (paper), 6 (grid), 7 (parts), 10.3 (纪要格式); clause
numbers are from knowledge of the standard. Output is PDF/A-3a and PDF/UA-1, byte for byte the same for the same input.
"""

from portal.paper.codes import qr, qr_picture
from portal.paper.content import (
    Asked,
    Attendee,
    FilingPaper,
    FilingTable,
    MinutesPaper,
    NoticeItem,
    NoticePaper,
    Opinion,
    RecordItem,
    RecordPaper,
    SheetLine,
    SheetPaper,
    SheetRow,
    SignatureBox,
    SignOffPaper,
)
from portal.paper.fonts import FONTS, font_files, missing_characters, unprintable_note
from portal.paper.opinions import REVIEW_BOX, SIGN_BOX, OpinionBox, Said, misfit, opinion
from portal.paper.press import render, warm_up
from portal.paper.reading import page_count, picture, pictures, words
from portal.paper.stamps import seal, stamp
from portal.paper.text import TITLE_CELLS, Paragraph, Table, lines, numeral, spread_name, title_lines
from portal.paper.weasy import WEASYPRINT, PaperError

__all__ = [
    "FONTS",
    "REVIEW_BOX",
    "SIGN_BOX",
    "TITLE_CELLS",
    "WEASYPRINT",
    "Asked",
    "Attendee",
    "FilingPaper",
    "FilingTable",
    "MinutesPaper",
    "NoticeItem",
    "NoticePaper",
    "Opinion",
    "OpinionBox",
    "PaperError",
    "Paragraph",
    "RecordItem",
    "RecordPaper",
    "Said",
    "SheetLine",
    "SheetPaper",
    "SheetRow",
    "SignOffPaper",
    "SignatureBox",
    "Table",
    "font_files",
    "lines",
    "misfit",
    "missing_characters",
    "numeral",
    "opinion",
    "page_count",
    "picture",
    "pictures",
    "qr",
    "qr_picture",
    "render",
    "seal",
    "spread_name",
    "stamp",
    "title_lines",
    "unprintable_note",
    "warm_up",
    "words",
]
