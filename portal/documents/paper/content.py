"""What is printed: the facts of every paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from portal.documents.paper.opinions import OpinionBox

Day = date  # so that a field may be called `date`


@dataclass(frozen=True)
class Attendee:
    """One name of a list of attendance: 单位、姓名, and what stands behind it, as 「（代李某某）」."""

    department: str
    name: str
    suffix: str = ""


@dataclass(frozen=True)
class SignatureBox:
    """An empty place for a visible signature; `anchor` is what `seal.Field.anchor` names."""

    anchor: str
    label: str
    seal: bool = False


@dataclass(frozen=True, kw_only=True)
class MinutesPaper:
    """会议纪要: everything the signed paper says."""

    heading: str  # 纪要标志 in red; a line break divides it over two lines
    number_text: str  # 〔2026〕12号
    date: Day
    title: str
    body: str
    issuer: str  # 印发机关
    issued_on: Day
    intro: str = ""
    present: Sequence[Attendee] = ()
    on_leave: Sequence[Attendee] = ()
    in_attendance: Sequence[Attendee] = ()
    attachments: Sequence[str] = ()
    distribution: Sequence[str] = ()  # 印发范围
    mark: Literal["内部", "公开"] | None = None
    journal_head: str = ""  # head of the journal's chain when this was printed
    qr: str = ""  # data: URI of an image that leads to the verification page
    correction_of: str = ""  # 「更正〔2026〕11号」: the number this one replaces
    signature_boxes: Sequence[SignatureBox] = ()  # empty by default: the signature of a 纪要 is invisible


@dataclass(frozen=True)
class RecordItem:
    """One item of a 会议记录: what was said (speaker, text), decided and handed out."""

    title: str
    kind: str = ""
    outcome: str = ""
    report: Sequence[str] = ()  # what was reported in writing, a paragraph each
    table: Sequence[Sequence[str]] = ()  # goes with the report, its head first
    said: Sequence[tuple[str, str]] = ()
    decisions: Sequence[str] = ()
    tasks: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class RecordPaper:
    """会议记录: the working paper that recorder and chair sign."""

    title: str
    date: Day
    time_text: str  # stands behind the date: 「（星期一）09:00至11:20」
    place: str
    chair: str
    recorder: str
    items: Sequence[RecordItem]
    present: Sequence[Attendee] = ()
    on_leave: Sequence[Attendee] = ()
    in_attendance: Sequence[Attendee] = ()
    mark: Literal["内部", "公开"] | None = None
    journal_head: str = ""
    qr: str = ""
    signature_boxes: Sequence[SignatureBox] = (
        SignatureBox("sign-recorder", "记录人"),
        SignatureBox("sign-chair", "主持人"),
    )


@dataclass(frozen=True)
class Opinion:
    """One opinion as the 审签单 prints it where it was given before there was a place to sign: who said what, when."""

    role: str
    name: str
    department: str
    verdict: str
    text: str
    at: datetime
    on: int = 0  # the number of the revision it is about


@dataclass(frozen=True)
class SheetRow:
    """Who is to write on the 审签单: as what, in which box; or what that person has said already."""

    role: str
    name: str
    department: str = ""
    box: OpinionBox | None = None
    anchor: str = ""  # what `seal.Field.anchor` names
    said: Opinion | None = None


@dataclass(frozen=True)
class Asked:
    """One 意见征求 as the 审签单 prints it: when, until when, how it stood, and what was to be corrected by whom."""

    at: datetime
    until: datetime
    outcome: str
    corrections: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, kw_only=True)
class SignOffPaper:
    """审签单: the sheet that travels with the minutes and is filed with them."""

    title: str
    number_text: str
    meeting: str
    drafted_by: str
    drafted_on: Day
    revision: int  # which text is opined on, and its hash
    text_sha256: str
    rows: Sequence[SheetRow]
    earlier: Sequence[Opinion] = ()  # of rounds that ended with a return
    consultations: Sequence[Asked] = ()
    distribution: Sequence[str] = ()
    mark: Literal["内部", "公开"] | None = None
    paper_sha256: str = ""
    journal_head: str = ""
    qr: str = ""


@dataclass(frozen=True)
class FilingTable:
    """One table of a paper laid out for the archive: its columns with their width in millimetres, 0 for the rest."""

    heading: str
    columns: Sequence[tuple[str, int]]
    rows: Sequence[Sequence[str]]
    none: str = "无。"


@dataclass(frozen=True, kw_only=True)
class FilingPaper:
    """What a meeting left besides its signed papers, laid out for the archive: agenda, sign-in, tasks, the trail."""

    kind: str
    title: str
    facts: Sequence[tuple[str, str]]
    tables: Sequence[FilingTable]
    notes: Sequence[str] = ()
    mark: Literal["内部", "公开"] | None = None
    journal_head: str = ""
    qr: str = ""


@dataclass(frozen=True)
class NoticeItem:
    """One item of the agenda as the notice prints it."""

    title: str
    presenter: str = ""
    minutes: int | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class NoticePaper:
    """会议通知: when, where, who and what."""

    heading: str
    title: str
    addressees: Sequence[str]
    intro: str
    time_text: str
    place: str
    chair: str
    items: Sequence[NoticeItem]
    issuer: str
    issued_on: Day
    participants: str = ""
    requirements: Sequence[str] = ()
    contact: str = ""
    mark: Literal["内部", "公开"] | None = None
    changed: str = ""  # what changed since the first notice
    cancelled: bool = False  # then the intro says all there is to say


@dataclass(frozen=True)
class SheetLine:
    """One line of the sign-in sheet; `signed` says when somebody checked in without a pen."""

    unit: str
    name: str
    post: str = ""
    signed: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class SheetPaper:
    """签到表: who is expected, in the order of rank, and some empty lines."""

    title: str
    time_text: str
    place: str
    chair: str
    members: Sequence[SheetLine]
    visitors: Sequence[SheetLine] = ()
    empty: int = 0
    mark: Literal["内部", "公开"] | None = None
