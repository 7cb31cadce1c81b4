"""Deeds of the archive: preparing, numbering, accepting, checking, and verifying what people bring."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from secrets import token_hex
from tempfile import NamedTemporaryFile
from typing import Any, BinaryIO

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm.attributes import set_committed_value

from portal import clock, errands, journal, paper, register, seal, search, store, verify
from portal.actions import operations as actions_room
from portal.actions.models import ActionItem
from portal.archive import compiling, inspecting, packages, queries
from portal.archive.inspecting import Findings, copied
from portal.archive.models import (
    CHECK_EVERY,
    GROUPS,
    Appraisal,
    AppraisalChoice,
    ArchivalRecord,
    ArchivalState,
    Check,
    Examination,
    ForeignAuthority,
    Occasion,
    Package,
    Retention,
)
from portal.courses import operations as courses_room
from portal.courses.models import Course, Material
from portal.database import add, at_least, claim, db, next_number
from portal.enterprises import operations as enterprises_room
from portal.enterprises.models import Enterprise, Problem
from portal.errors import Refused, TooMany
from portal.inbox import operations as inbox
from portal.meetings import operations as meetings_room
from portal.meetings.models import Meeting, MeetingNotice, SignInScan
from portal.meetings.queries import meeting_of_course
from portal.minutes import operations as minutes_room
from portal.minutes import queries as minutes_queries
from portal.minutes.models import Minutes, MinutesState, SignOffSheet
from portal.office import office
from portal.pages import Column
from portal.people.models import Role, User
from portal.people.queries import authority, holders, is_issued
from portal.records import operations as records_room
from portal.records import queries as records_queries
from portal.records.models import Record
from portal.register import Document
from portal.store import StoredFile

LEFTOVERS = timedelta(days=1)
LATELY, MOST_BROUGHT, MOST_WAITING = timedelta(minutes=10), 20, 30  # of those who have not signed in
MOST_QUESTIONS = 120  # about certificates, from one address in a minute

# ── preparing ──────────────────────────────────────────────────────────────────────────────────────────────────────


def prepare_minutes(minutes: Minutes) -> ArchivalRecord:
    """预归档：会议纪要。"""
    return _prepare_paper(_paper(minutes.document), minutes.meeting, minutes)


def prepare_sheet(sheet: SignOffSheet) -> ArchivalRecord:
    """预归档：审签单。"""
    return _prepare_paper(_paper(sheet.document), sheet.minutes.meeting, sheet.minutes)


def prepare_record(record: Record) -> ArchivalRecord:
    """预归档：会议记录。"""
    return _prepare_paper(_paper(record.document), record.meeting, None)


def prepare_notice(notice: MeetingNotice) -> ArchivalRecord:
    """预归档：会议通知，按发出时的样子。"""
    return _prepare_paper(_paper(notice.document), notice.meeting, None, clock.local(notice.drawn_at).date())


def prepare_scan(scan: SignInScan) -> ArchivalRecord:
    """预归档：现场签到表的扫描件。"""
    pages = paper.page_count(store.read(scan.file)) if scan.file.media_type == inspecting.PDF else 1
    return _prepare(
        scan.meeting, kind=queries.SCAN, title=f"{scan.meeting.title}签到表（扫描件）", file=scan.file, pages=pages,
        responsible=office.organisation,
    )  # fmt: skip


@dataclass(frozen=True)
class LaidOut:
    """A paper that was laid out for a dossier, and the code that is printed on it."""

    pdf: bytes
    code: str


def file_compiled(kind: register.PaperKind, meeting: Meeting, laid_out: LaidOut) -> ArchivalRecord:
    """预归档：议程、签到表、交办事项清单和过程记录，由系统整理成文件。"""
    title = compiling.title_of(kind, meeting)
    document = register.enter(kind, title, "", laid_out.pdf, [], by=None, code=laid_out.code)
    # What a meeting left is of its day, whenever it was laid out; what was done goes on until it is.
    return _prepare_paper(document, meeting, None, None if kind is register.PaperKind.trail else meeting.day)


def prepare_material(material: Material) -> ArchivalRecord | None:
    """预归档：讲业务课件的定稿。"""
    meeting, version = meeting_of_course(material.course), material.approved
    if meeting is None or version is None:
        return None
    lecturer = material.course.lecturer
    return _prepare(
        meeting, kind=queries.SLIDES, title=material.title, file=version.file, pages=version.pages_total or None,
        responsible=lecturer.name if lecturer else office.organisation,
    )  # fmt: skip


def _paper(document: Document | None) -> Document:
    if document is None:
        raise Refused("文件还没有生成。")
    return document


def _prepare_paper(
    document: Document, meeting: Meeting, minutes: Minutes | None, day: date | None = None
) -> ArchivalRecord:
    content = store.read(document.file)
    return _prepare(
        meeting, kind=document.kind.label, title=document.title, file=document.file, responsible=office.organisation,
        pages=paper.page_count(content), document=document, minutes=minutes, text=_words(content),
        day=day or clock.local(document.rendered_at).date(),
    )  # fmt: skip


def _words(content: bytes) -> str:
    """What a paper says, without the breaks of its lines, so that a word is found across them."""
    return "".join(line.strip() for line in paper.words(content).splitlines())


def _prepare(
    meeting: Meeting,
    *,
    kind: str,
    title: str,
    file: StoredFile,
    responsible: str,
    pages: int | None,
    day: date | None = None,
    **links: Any,
) -> ArchivalRecord:
    day = day or meeting.day
    record: ArchivalRecord = add(
        ArchivalRecord(
            meeting=meeting, kind=kind, title=title, file=file, responsible=responsible, pages=pages, day=day,
            year=day.year, retention=usual_retention(), prepared_at=clock.now(), check_due_at=clock.now(),
            **links,
        )
    )  # fmt: skip
    journal.record(None, "archive.prepare", record, "预归档")
    let_be_found(record)
    return record


def usual_retention() -> Retention:
    """The retention the office has set for what is not appraised otherwise."""
    return next((one for one in Retention if one.label == office.retention), Retention.thirty)


def let_be_found(record: ArchivalRecord) -> None:
    """Enter a piece in the search index, for those who may read it."""
    search.index(
        ArchivalRecord.__tablename__,
        record.id,
        title=record.title,
        text="\n".join([record.kind, record.archival_number or record.state.label, record.responsible, record.text]),
        url=f"/archive/{record.id}",
        label="档案",
        day=record.day,
        scope=queries.scope_of(record),
    )


# ── accepting ──────────────────────────────────────────────────────────────────────────────────────────────────────


def accept(record: ArchivalRecord, retention: Retention, seen: int | None = None, *, by: User) -> Check:
    """接收归档：检测合格才定保管期限、编档号；不合格的不接收，检测结果照样留存。

    What was found is returned rather than refused: a refusal would take the evidence of the failure back.
    """
    claim(record, seen)
    if obstacle := record.lifecycle.obstacle(record, "accept"):
        raise Refused(obstacle)
    # The signatures were judged when the piece was prepared; that the bytes are still the same is all that can change.
    found = _keep(record, _looked_at(record, deep=record.last_check is None), Occasion.acceptance, by=by)
    if not found.passed:
        return found
    record.retention = retention
    record.piece = next_number(f"archive/{record.year}/{retention.value}")
    record.archival_number = (
        f"{office.fonds}-WS·{record.year}-{retention.value}-{office.archive_unit}-{record.piece:04d}"
    )
    record.accepted_at, record.accepted_by = clock.now(), by
    record.kept_until = end_of(record.year, retention)
    record.lifecycle.take(record, "accept", by=by, number=record.archival_number)
    db.session.flush()
    let_be_found(record)
    if record.minutes is not None:
        _conclude(record.minutes, by=by)
    return found


def accept_all(meeting: Meeting, retention: Retention, *, by: User) -> Sequence[Check]:
    """整档接收：这次会议所有待接收的文件，按顺序编号；检测不合格的留下。"""
    waiting = [one for one in queries.dossier_of(meeting) if not one.is_accepted]
    if not waiting:
        raise Refused("这次会议没有待接收的文件。")
    return [accept(one, retention, by=by) for one in waiting]


def _conclude(minutes: Minutes, *, by: User) -> None:
    pieces = [one for one in queries.dossier_of(minutes.meeting) if one.minutes_id == minutes.id]
    complete = {one.document_id for one in pieces if one.state is ArchivalState.accepted}
    wanted = {minutes.document_id, minutes.sheet.document_id if minutes.sheet else None}
    if minutes.state is MinutesState.issued and wanted <= complete:
        minutes_room.archive(minutes, by=by)


# ── appraisal ──────────────────────────────────────────────────────────────────────────────────────────────────────


def end_of(year: int, retention: Retention) -> date | None:
    """Until when a piece is kept: the years of its retention after the year it belongs to; None for ever."""
    return date(year + retention.years, 12, 31) if retention.years else None


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
    appraisal.lifecycle.take(appraisal, "approve", by=by, choice=appraisal.choice.value)
    if appraisal.choice is AppraisalChoice.remove:
        record.lifecycle.take(record, "remove", by=by, why=appraisal.reason, number=record.archival_number)
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
    appraisal.lifecycle.take(appraisal, "refuse", by=by, why=why)
    appraisal.opinion = why
    db.session.flush()
    return appraisal


def _decide(appraisal: Appraisal, by: User) -> None:
    if by.id == appraisal.proposed_by_id:
        raise Refused("鉴定意见由另一人批准，提出的人不能自己批准。")
    appraisal.decided_by, appraisal.decided_at = by, clock.now()


def erase(record: ArchivalRecord) -> None:
    """清除：已批准销毁的文件从存储中删除；别处还在使用的内容保留，并注明原因。"""
    place, needed = store.place(), set()
    for sha256 in queries.hashes_of(record):
        if needing := queries.who_needs(sha256, record):
            needed |= set(needing)
        else:
            place.erase(sha256)
    record.erased_at, record.still_needed = clock.now(), "、".join(sorted(needed))
    journal.record(None, "archive.erase", record, "清除文件", still_needed=record.still_needed)


# ── lengthening the proof ──────────────────────────────────────────────────────────────────────────────────────────


def lengthen(document: Document, proof: seal.Proof) -> None:
    """续加存档时间戳：每年一次，在时间标记的证书到期之前；原先的状态仍在登记簿中。"""
    register.prove(document, proof.pdf, proof.until, "续加存档时间戳" if document.proven_until else "存档时间戳")
    for piece in queries.pieces_of_document(document):
        piece.file, piece.check_due_at = document.file, clock.now()
    journal.record(None, "archive.lengthen", document, "续加存档时间戳", until=proof.until.date().isoformat())


def renew_certificates() -> list[str]:
    """续期：签发证书和时间标记证书到期之前换新；根证书密钥不在机器上而换不成的，告知系统管理员。"""
    wanting = authority().renew()
    if wanting:
        inbox.tell(
            holders(Role.administrator), f"请放回根证书密钥：{'、'.join(wanting)}即将到期，需要续期", "/verify/how",
            burst="archive-certificates",
        )  # fmt: skip
    return wanting


# ── checking ───────────────────────────────────────────────────────────────────────────────────────────────────────


def ask_check(record: ArchivalRecord, *, by: User) -> ArchivalRecord:
    """检测：请系统立即检测一次，结果留存。"""
    record.check_due_at, record.next_try_at, record.check_asked = clock.now(), None, True
    journal.record(by, "archive.ask_check", record, "四性检测")
    return record


def check(record: ArchivalRecord, *, by: User | None = None) -> Check:
    """四性检测：真实性、完整性、可用性、安全性，结果留存。"""
    return _keep(record, _looked_at(record, deep=True), Occasion.demand, by=by)


def keep_findings(record: ArchivalRecord, findings: Findings) -> Check:
    """留存系统检测的结果：归档时、定期的和档案员要求的。"""
    occasion = Occasion.demand if record.check_asked else Occasion.schedule if record.last_check else Occasion.filing
    return _keep(record, findings, occasion, by=None)


def _looked_at(record: ArchivalRecord, *, deep: bool) -> Findings:
    return inspecting.inspect(record, queries.known_about(record, queries.registered), deep=deep)


def _keep(record: ArchivalRecord, findings: Findings, occasion: Occasion, *, by: User | None) -> Check:
    authentic, complete, usable, safe = (findings.of(group) for group in GROUPS)
    found = Check(
        record=record, at=clock.now(), passed=findings.passed, authentic=authentic, complete=complete, usable=usable,
        safe=safe, occasion=occasion, details=inspecting.told(findings),
    )  # fmt: skip
    record.check_due_at, record.check_asked = clock.now() + CHECK_EVERY, False
    add(found)
    set_committed_value(record, "last_check", found)
    if not found.passed:
        journal.record(by, "archive.check", record, "四性检测不合格", found=found.trouble)
    return found


# ── verifying ──────────────────────────────────────────────────────────────────────────────────────────────────────


def bring(
    content: BinaryIO,
    name: str,
    *,
    by: User | None,
    address: str = "",
    once: str = "",
    sought: Document | None = None,
) -> Examination:
    """核验：收下一份 PDF，随后核对登记簿和签名。不登录也可以核验，但同一地址短时间内的次数有限。

    `once` is the form's one-time id: the same form posted again leads to the same answer. `sought` is the paper whose
    code was read.
    """
    code = hashlib.sha256((once or token_hex(16)).encode()).hexdigest()[:32]
    if again := queries.examination(code):
        return again
    if by is None:
        _ask_for_patience(address)
    folder = _waiting_room()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = folder / token_hex(16)
    with place.open("xb") as target:
        sha256, size = copied(content, target)
    examination: Examination = add(
        Examination(
            asked_by_id=by.id if by else None, asked_at=clock.now(), address=address[:64], code=code,
            name=store.clean_name(name), size=size, sha256=sha256, place=place.name,
            document=queries.document_with(sha256), sought=sought,
        )
    )  # fmt: skip
    journal.record(by, "archive.bring", examination, "核验文件", sha256=sha256)
    return examination


def _ask_for_patience(address: str) -> None:
    brought, waiting = queries.brought_lately(address, clock.now() - LATELY)
    if brought >= MOST_BROUGHT:
        raise TooMany("核验的次数太多，请十分钟后再试，或登录后核验。")
    if waiting >= MOST_WAITING:
        raise TooMany("现在核验的人较多，请稍后再试，或登录后核验。")


class _Patience:
    """How often each address asked in the minute that runs; each process counts for itself."""

    def __init__(self) -> None:
        self.minute, self.asked = 0, Counter[str]()

    def is_over(self, address: str) -> bool:
        """Count one more question; whether it was one too many."""
        minute = int(clock.now().timestamp()) // 60
        if minute != self.minute:
            self.minute, self.asked = minute, Counter()
        self.asked[address] += 1
        return self.asked[address] > MOST_QUESTIONS


_patience = _Patience()


def answer_about(question: bytes, address: str) -> bytes:
    """答复别的软件关于证书状态的查询；同一地址问得太多，请它稍后再问。"""
    if _patience.is_over(address):
        return seal.ask_later()
    return authority().answer_to(question, clock.now(), is_issued)


def judge(
    examination: Examination, registered: verify.Register, foreign: Sequence[verify.Foreign] = ()
) -> verify.Verdict:
    """The verdict on a file that was brought; slow, and changes nothing."""
    try:
        content = (_waiting_room() / examination.place).read_bytes()
    except FileNotFoundError:
        return verify.Verdict(verify.Word.INVALID, False, ["无法核验：上传的文件已经清理，请重新上传。"])
    return verify.examine(content, trust=authority(), registered=registered, foreign=foreign)


def answer(examination: Examination, verdict: verify.Verdict) -> Examination:
    """答复核验结果；上传的文件随即删除。"""
    examination.answer = {
        "word": verdict.word.value,
        "alone": verdict.alone.value if verdict.alone else "",
        "ours": verdict.ours,
        "reasons": verdict.reasons,
        "signatures": [
            {"name": one.name, "at": clock.zh_datetime(one.at) if one.at else "", "ok": one.ok, "said": one.sentence}
            for one in verdict.signatures
        ],
    }
    examination.answered_at = clock.now()
    if verdict.registered is not None:
        examination.document = queries.document_with(verdict.registered.sha256)
    db.session.flush()
    (_waiting_room() / examination.place).unlink(missing_ok=True)
    return examination


def tidy() -> None:
    """Remove uploads that were never answered."""
    limit = (clock.now() - LEFTOVERS).timestamp()
    for path in _waiting_room().glob("*"):
        if path.stat().st_mtime < limit:
            path.unlink(missing_ok=True)


def _waiting_room() -> Path:
    return Path(current_app.config["PORTAL"].data) / "cache" / "verify"


# ── search ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def rebuild_search() -> int:
    """重建搜索索引，不改动任何业务内容。"""
    search.forget_everything()
    sources: tuple[tuple[Any, Callable[[Any], None]], ...] = (
        (sa.select(Enterprise), enterprises_room.let_enterprise_be_found),
        (sa.select(Problem), enterprises_room.let_be_found),
        (sa.select(ActionItem), actions_room.let_be_found),
        (sa.select(Course), courses_room.let_course_be_found),
        (sa.select(Material), courses_room.let_slides_be_found),
        (sa.select(Meeting), meetings_room.let_be_found),
        (records_queries.entries(), records_room.let_be_found),
        (minutes_queries.issued(), minutes_room.let_be_found),
        (queries.pieces(), let_be_found),
    )
    for things, enter in sources:
        for thing in db.session.scalars(things).all():
            enter(thing)
    return db.session.scalar(sa.select(sa.func.count(search.SearchEntry.id))) or 0


# ── handing over ───────────────────────────────────────────────────────────────────────────────────────────────────


CATALOGUE = (
    Column("件号", lambda one: one.piece, 8),
    Column("档号", lambda one: one.archival_number, 30),
    Column("题名", lambda one: one.title, 48),
    Column("责任者", lambda one: one.responsible, 28),
    Column("日期", lambda one: one.day, 14),
    Column("保管期限", lambda one: one.retention.label, 10),
    Column("页数", lambda one: one.pages, 8),
    Column("类别", lambda one: one.kind, 12),
    Column("状态", lambda one: one.state.label, 10),
)


def ask_export(numbers: Sequence[int], *, by: User) -> errands.Errand:
    """导出：把已归档的文件连同目录、著录、校验值和核验数据打成一个封装包。"""
    if not numbers:
        raise Refused("没有可以导出的档案，接收归档之后才能导出。")
    return errands.ask("archive.export", by=by, label=f"导出档案 {len(numbers)} 件", facts={"pieces": list(numbers)})


def bring_package(content: BinaryIO, name: str, *, by: User) -> Package:
    """移交接收：收下一个封装包，随后检测。"""
    file = store.put(content, store.clean_name(name), "application/zip", by)
    package: Package = add(Package(file=file, brought_by=by, brought_at=clock.now()))
    journal.record(by, "archive.bring_package", package, "收到封装包", sha256=file.sha256)
    return package


def inspect_package(package: Package) -> packages.Inspected | str:
    """What is found about a package, or why it cannot be opened; slow, and changes nothing."""
    trust = authority()
    db.session.rollback()
    try:
        with _at_hand(package.file) as path, packages.opened(path) as folder:
            return packages.inspect(folder, trust)
    except Refused as refusal:
        return str(refusal)


@contextmanager
def _at_hand(file: StoredFile) -> Iterator[Path]:
    """The content as a file of this machine, wherever it is kept."""
    with store.open(file) as source, NamedTemporaryFile(suffix=".zip") as copy:
        copied(source, copy)
        yield Path(copy.name)


def keep_inspection(package: Package, inspected: packages.Inspected | str) -> None:
    """留存封装包的检测结果。"""
    package.inspected_at = clock.now()
    if isinstance(inspected, str):
        package.found = {"troubles": [inspected], "aspects": []}
        return
    data = inspected.data
    troubles = inspected.troubles
    if data and not troubles and (twice := _known_here(data)):
        troubles = [f"本门户已有{'、'.join(twice[:5])}{'等' if len(twice) > 5 else ''}，不能重复接收。"]
    package.found = {
        "troubles": troubles,
        "aspects": [[one.group, one.number, one.name, one.found] for one in inspected.aspects if not one.sound],
        "looks": len(inspected.aspects), "fingerprint": inspected.fingerprint,
        "ours": inspected.fingerprint == authority().fingerprint,
        "trusted": queries.foreign_authority(inspected.fingerprint) is not None,
        "organisation": data["origin"]["organisation"] if data else "", "made_at": data["made_at"] if data else "",
        "dossiers": [[one["title"], one["day"]] for one in data["dossiers"]] if data else [],
        "pieces": len(data["pieces"]) if data else 0,
    }  # fmt: skip


def _known_here(data: dict[str, Any]) -> list[str]:
    documents = [one["document"] for one in data["pieces"] if one["document"]]
    return queries.here_already(
        [one["number"] for one in data["pieces"]],
        [one["code"] for one in documents],
        [state["sha256"] for one in documents for state in one["states"]],
    )


def ask_take_over(package: Package, seen: int | None = None, *, by: User) -> errands.Errand:
    """接收：把封装包里的档案、登记和核验数据收进本门户，档号和校验值不变。"""
    claim(package, seen)
    if package.not_ready:
        raise Refused(package.not_ready)
    facts = {"package": package.id}
    return errands.ask("archive.take_over", by=by, label=f"接收{package}", facts=facts)


@dataclass(frozen=True)
class Unpacked:
    """What a package holds, its files already in the store."""

    data: dict[str, Any]
    certificates: tuple[bytes, bytes, list[bytes]]


def unpack(package: Package, counting: packages.Counting) -> Unpacked:
    """Keep every file of a package that was inspected; what is not entered afterwards is nobody's and harms nobody."""
    place = store.place()
    with _at_hand(package.file) as path, packages.opened(path) as folder:
        data = json.loads((folder / packages.DATA).read_bytes())
        for number, told in enumerate(data["pieces"], 1):
            with (folder / told["file"]["path"]).open("rb") as source:
                sha256, _ = place.keep(source)
            if sha256 != told["file"]["sha256"]:
                raise Refused(f"《{told['title']}》的内容与登记的校验值不一致，接收没有完成。")
            counting(number, len(data["pieces"]))
        return Unpacked(data, packages.foreign_of(folder))


def take_over(package: Package, unpacked: Unpacked, *, by: User | None) -> int:
    """接收完成：登记每件档案，导出一方的证书从此用于核验。"""
    if package.taken_over_at is not None:
        raise Refused("这个封装包已经接收过了。")
    if twice := _known_here(unpacked.data):
        raise Refused(f"本门户已有{twice[0]}，不能重复接收。")
    origin = unpacked.data["origin"]
    _trust(origin, *unpacked.certificates)
    meetings = _meetings_of(unpacked.data)
    for told in unpacked.data["pieces"]:
        _enter(told, meetings[told["dossier"]], str(origin["organisation"]))
    package.taken_over_at = clock.now()
    journal.record(by, "archive.take_over", package, "接收封装包", pieces=len(unpacked.data["pieces"]))
    return len(unpacked.data["pieces"])


def _trust(origin: dict[str, Any], root: bytes, chain: bytes, lists: list[bytes]) -> None:
    fingerprint = str(origin["root"])
    if fingerprint == authority().fingerprint:
        return
    known = queries.foreign_authority(fingerprint)
    if known is None:
        known = ForeignAuthority(
            fingerprint=fingerprint, name=origin["organisation"], root=root.decode(), trusted_at=clock.now()
        )
        db.session.add(known)
    known.chain, known.lists = chain.decode(), [one.hex() for one in lists]
    db.session.flush()


def _meetings_of(data: dict[str, Any]) -> dict[str, Meeting]:
    """A meeting for each dossier, known here by its archive alone; found again where it came before."""
    return {
        one["key"]: meetings_room.take_over(
            (f"{one['series']}（{data['origin']['organisation']}移交）", one["short"], one["heading"]),
            date.fromisoformat(one["day"]), time.fromisoformat(one["starts_at"]), one["minutes"],
            place=one["place"], numbered=(one["year"], one["number"]),
        )
        for one in data["dossiers"]
    }  # fmt: skip


def _enter(told: dict[str, Any], meeting: Meeting, origin: str) -> ArchivalRecord:
    file = _entered(told["file"])
    document = None
    if told["document"]:
        document = packages.document_of(told["document"])
        document.file = file
        add(document)
        for state in told["document"]["states"]:
            at = datetime.fromisoformat(state["at"])
            row = register.DocumentState(
                document=document, sha256=state["sha256"], file_id=file.id, at=at, label=state["label"]
            )
            add(row)
    retention = packages.member(Retention, told["retention"])
    record: ArchivalRecord = add(
        ArchivalRecord(
            meeting=meeting, document=document, file=file, kind=told["kind"], title=told["title"],
            responsible=told["responsible"], day=date.fromisoformat(told["day"]), year=told["year"],
            retention=retention, state=ArchivalState.accepted, piece=told["piece"], archival_number=told["number"],
            pages=told["pages"], text=told["text"], origin=origin,
            kept_until=end_of(told["year"], retention), prepared_at=clock.now(), check_due_at=clock.now(),
            accepted_at=datetime.fromisoformat(told["accepted_at"]) if told["accepted_at"] else clock.now(),
        )
    )  # fmt: skip
    at_least(f"archive/{record.year}/{retention.value}", told["piece"])
    journal.record(None, "archive.take_over", record, "接收移交的档案", origin=origin, sha256=file.sha256)
    let_be_found(record)
    return record


def _entered(told: dict[str, Any]) -> StoredFile:
    file: StoredFile = add(
        StoredFile(
            sha256=told["sha256"], name=store.clean_name(told["name"]), media_type=told["media_type"],
            size=told["size"], uploaded_at=clock.now(),
        )
    )  # fmt: skip
    return file
