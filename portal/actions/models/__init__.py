"""Action items, their support lines, progress, extensions, slips."""

from portal.actions.models.extensions import Application, ApplicationKind, Asked, Extension, already_answered
from portal.actions.models.look_backs import LookBack, already_checked
from portal.actions.models.progress import (
    ProgressReport,
    ReportFile,
    ReportKind,
    Stage,
    Support,
    SupportState,
    cannot_finish,
    cannot_return,
)
from portal.actions.models.slips import QUIET, Slip, SlipColour, SlipState, already_issued, cannot_issue, colour_owed
from portal.actions.models.tasks import AT_WORK, CHASED, ENDED, PRESSED, ActionItem, ActionState, overdue_offers

__all__ = [
    "AT_WORK",
    "CHASED",
    "ENDED",
    "PRESSED",
    "QUIET",
    "ActionItem",
    "ActionState",
    "Application",
    "ApplicationKind",
    "Asked",
    "Extension",
    "LookBack",
    "ProgressReport",
    "ReportFile",
    "ReportKind",
    "Slip",
    "SlipColour",
    "SlipState",
    "Stage",
    "Support",
    "SupportState",
    "already_answered",
    "already_checked",
    "already_issued",
    "cannot_finish",
    "cannot_issue",
    "cannot_return",
    "colour_owed",
    "overdue_offers",
]
