"""Deeds of the minutes: drafting, asking what others think, reviewing, numbering, signing, issuing."""

from portal.minutes.operations.asking import answer, close, comment, consult, end_consultation, reopen, resolve
from portal.minutes.operations.entering import Contents, amend, enter_back, enter_several, read_back, revoke
from portal.minutes.operations.issuing import address, archive, correct, issue, let_be_found, note_reading, void
from portal.minutes.operations.opinions import COUNTERSIGNED, PASSED, SIGNED, Acted, Acting, Verdict
from portal.minutes.operations.printing import LaidOut, data_of, enter_paper, paper_of, print_minutes, redo
from portal.minutes.operations.review import appoint, begin_passing, pass_, recall, return_, submit
from portal.minutes.operations.sheet import SheetLaidOut, enter_sheet, print_sheet, sheet_page
from portal.minutes.operations.signers import FURTHER, REVIEWER, SIGNATORY, Place, places_of, set_signing, sheet_places
from portal.minutes.operations.signing import begin_outside, begin_signing, prepare_outside, sign, sign_outside
from portal.minutes.operations.texts import draft, edit, redraft, restore, text_digest

__all__ = [
    "COUNTERSIGNED",
    "FURTHER",
    "PASSED",
    "REVIEWER",
    "SIGNATORY",
    "SIGNED",
    "Acted",
    "Acting",
    "Contents",
    "LaidOut",
    "Place",
    "SheetLaidOut",
    "Verdict",
    "address",
    "amend",
    "answer",
    "appoint",
    "archive",
    "begin_outside",
    "begin_passing",
    "begin_signing",
    "close",
    "comment",
    "consult",
    "correct",
    "data_of",
    "draft",
    "edit",
    "end_consultation",
    "enter_back",
    "enter_paper",
    "enter_several",
    "enter_sheet",
    "issue",
    "let_be_found",
    "note_reading",
    "paper_of",
    "pass_",
    "places_of",
    "prepare_outside",
    "print_minutes",
    "print_sheet",
    "read_back",
    "recall",
    "redo",
    "redraft",
    "reopen",
    "resolve",
    "restore",
    "return_",
    "revoke",
    "set_signing",
    "sheet_page",
    "sheet_places",
    "sign",
    "sign_outside",
    "submit",
    "text_digest",
    "void",
]
