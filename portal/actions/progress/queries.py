"""Questions about stages, supporting units and what was reported."""

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from portal.actions.assignment.queries import TASK_OF
from portal.actions.models.action_items import ActionItem
from portal.actions.models.progress import ProgressReport, ReportFile, Stage, Support
from portal.db.engine import db


def stage(number: int) -> Stage | None:
    """One stage with its task and the other stages."""
    return db.session.scalar(
        sa.select(Stage)
        .where(Stage.id == number)
        .options(joinedload(Stage.action).options(*TASK_OF, selectinload(ActionItem.stages)))
    )


def support_line(number: int) -> Support | None:
    """One supporting unit with its task."""
    return db.session.scalar(
        sa.select(Support)
        .where(Support.id == number)
        .options(
            joinedload(Support.department),
            joinedload(Support.group),
            joinedload(Support.action).selectinload(ActionItem.support),
        )
    )


def report_file(number: int) -> ReportFile | None:
    """A file of a progress report, with the report's task."""
    return db.session.scalar(
        sa.select(ReportFile)
        .where(ReportFile.file_id == number)
        .options(
            joinedload(ReportFile.file),
            joinedload(ReportFile.report).joinedload(ProgressReport.action).selectinload(ActionItem.support),
        )
        .limit(1)
    )
