"""四性检测: asking for a check, checking, and keeping what was found."""

from sqlalchemy.orm.attributes import set_committed_value

from portal.archive.checking import findings as checking_findings
from portal.archive.checking import inspection, queries
from portal.archive.checking.findings import Findings
from portal.archive.models.pieces import CHECK_EVERY, GROUPS, ArchivalRecord, Check, Occasion
from portal.archive.verifying import queries as verifying_queries
from portal.db import clock, journal
from portal.db.engine import add
from portal.people.models.accounts import User


def ask_check(record: ArchivalRecord, *, by: User) -> ArchivalRecord:
    """检测：请系统立即检测一次，结果留存。"""
    record.check_due_at, record.next_try_at, record.check_asked = clock.now(), None, True
    journal.record(by, "archive.ask_check", record, "四性检测")
    return record


def check(record: ArchivalRecord, *, by: User | None = None) -> Check:
    """四性检测：真实性、完整性、可用性、安全性，结果留存。"""
    return keep(record, looked_at(record, deep=True), Occasion.demand, by=by)


def keep_findings(record: ArchivalRecord, findings: Findings) -> Check:
    """留存系统检测的结果：归档时、定期的和档案员要求的。"""
    occasion = Occasion.demand if record.check_asked else Occasion.schedule if record.last_check else Occasion.filing
    return keep(record, findings, occasion, by=None)


def looked_at(record: ArchivalRecord, *, deep: bool) -> Findings:
    """What is found about a piece; a deep look judges its signatures too."""
    return inspection.inspect(record, queries.known_about(record, verifying_queries.registered), deep=deep)


def keep(record: ArchivalRecord, findings: Findings, occasion: Occasion, *, by: User | None) -> Check:
    """留存一次检测的结果；不合格的记入日志。"""
    authentic, complete, usable, safe = (findings.of(group) for group in GROUPS)
    found = Check(
        record=record, at=clock.now(), passed=findings.passed, authentic=authentic, complete=complete, usable=usable,
        safe=safe, occasion=occasion, details=checking_findings.told(findings),
    )  # fmt: skip
    record.check_due_at, record.check_asked = clock.now() + CHECK_EVERY, False
    add(found)
    set_committed_value(record, "last_check", found)
    if not found.passed:
        journal.record(by, "archive.check", record, "四性检测不合格", found=found.trouble)
    return found
