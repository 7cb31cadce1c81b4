"""The end of retention: one proposes, another decides, and what is removed is erased."""

from collections.abc import Sequence
from datetime import date

from portal.archive.appraisal import queries
from portal.archive.models.appraisals import Appraisal, AppraisalChoice
from portal.archive.models.pieces import ArchivalRecord
from portal.db import clock, journal, search
from portal.db.concurrency import claim
from portal.db.engine import add, db
from portal.errors import Refused
from portal.files import places
from portal.people.models.accounts import User


def propose(numbers: Sequence[int], choice: AppraisalChoice, reason: str, *, by: User) -> list[Appraisal]:
    """提出鉴定意见：保管期满的档案，延长、转为永久，或者销毁；由另一人批准。"""
    chosen, others = queries.to_propose_about(numbers)
    if others:
        raise Refused(f"{others[0][0]}：{others[0][1]}")
    if not chosen:
        raise Refused("请选择保管期满的档案。")
    made = []
    for record in chosen:
        claim(record, None)  # of two who propose at once the second is told
        appraisal: Appraisal = add(
            Appraisal(record=record, choice=choice, reason=reason, proposed_by=by, proposed_at=clock.now())
        )
        journal.record(by, "archive.propose", appraisal, "提出鉴定意见", why=reason, choice=choice.value)
        made.append(appraisal)
    return made


def approve(appraisal: Appraisal, *, by: User) -> Appraisal:
    """批准鉴定意见：延长的改定保管到期日，销毁的列入销毁清册，文件随后清除，著录保留。"""
    _decide(appraisal, by)
    record = appraisal.record
    appraisal.lifecycle.fire(appraisal, "approve", by=by, choice=appraisal.choice.value)
    if appraisal.choice is AppraisalChoice.remove:
        record.lifecycle.fire(record, "remove", by=by, why=appraisal.reason, number=record.archival_number)
        record.removed_at, record.text = clock.now(), ""
        if record.document is not None:
            record.document.removed_at = clock.now()
        search.forget(ArchivalRecord.__tablename__, record.id)
    else:
        years = {AppraisalChoice.ten: 10, AppraisalChoice.thirty: 30}.get(appraisal.choice)
        record.kept_until = date(clock.today().year + years, 12, 31) if years else None
    db.session.flush()
    return appraisal


def approve_all(appraisals: Sequence[Appraisal], *, by: User) -> list[Appraisal]:
    """批量批准鉴定意见：逐件批准，每件各留一条记录。"""
    return [approve(one, by=by) for one in appraisals]


def refuse(appraisal: Appraisal, why: str, *, by: User) -> Appraisal:
    """不批准：写明理由，档案照旧保管，可以重新提出意见。"""
    _decide(appraisal, by)
    appraisal.lifecycle.fire(appraisal, "refuse", by=by, why=why)
    appraisal.opinion = why
    db.session.flush()
    return appraisal


def _decide(appraisal: Appraisal, by: User) -> None:
    if by.id == appraisal.proposed_by_id:
        raise Refused("鉴定意见由另一人批准，提出的人不能自己批准。")
    appraisal.decided_by, appraisal.decided_at = by, clock.now()


def erase(record: ArchivalRecord) -> None:
    """清除：已批准销毁的文件从存储中删除；别处还在使用的内容保留，并注明原因。"""
    place, needed = places.place(), set()
    for sha256 in queries.hashes_of(record):
        if needing := queries.who_needs(sha256, record):
            needed |= set(needing)
        else:
            place.erase(sha256)
    record.erased_at, record.still_needed = clock.now(), "、".join(sorted(needed))
    journal.record(None, "archive.erase", record, "清除文件", still_needed=record.still_needed)
