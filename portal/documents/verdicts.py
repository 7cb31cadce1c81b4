"""What verification knows and answers: registered papers, expected signers, other portals, the verdict."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from cryptography import x509

from portal.documents.pki.authority import Authority


class Word(StrEnum):
    """The three words on screen."""

    VALID = "有效"
    APPENDED = "签后有追加"
    INVALID = "无效"


@dataclass(frozen=True)
class ExpectedSigner:
    """Whose signature must stand in which field."""

    field: str
    name: str
    serial: str = ""  # of the certificate; empty: any certificate of this name


@dataclass(frozen=True, kw_only=True)
class Registered:
    """What the register holds about a document; found by the SHA-256 of any of its states."""

    sha256: str  # of the latest state
    kind: str  # 会议纪要 会议记录 审签单
    title: str
    number: str = ""
    signers: Sequence[ExpectedSigner] = ()  # of the finished document, in signing order
    states: Sequence[str] = ()  # SHA-256 of earlier states, oldest first
    note: str = ""  # what a reader must know beside its validity, as 「已由〔2026〕13号更正」
    brought: bool = False  # issued elsewhere and registered as it came: whatever signatures it bears are not ours

    @property
    def called(self) -> str:
        """The document as a sentence names it: 会议纪要〔2026〕12号《…》."""
        return f"{self.kind}{self.number}《{self.title}》"


Register = Callable[[str], Registered | None]


@dataclass(frozen=True)
class Foreign:
    """Another portal's authority, as it came with a package that was taken over: its certificates, and its lists."""

    own: Sequence[x509.Certificate]  # the root first
    lists: Sequence[bytes] = ()  # revocation lists in DER; those in the file itself come to them
    answers: Sequence[bytes] = ()  # answers about single certificates (OCSP, DER) in the file itself
    outside_roots: Sequence[x509.Certificate] = ()
    later_lists: bool = True  # the lists were made when the package was

    @property
    def root(self) -> x509.Certificate:
        """The certificate everything is traced back to."""
        return self.own[0]

    def certificates(self, at: datetime) -> list[x509.Certificate]:
        """The certificates a chain may run through at a moment."""
        return [one for one in self.own[1:] if one.not_valid_before_utc <= at <= one.not_valid_after_utc]

    def crls(self, at: datetime) -> Sequence[bytes]:
        """The revocation lists; the one of that moment is found by whoever asks."""
        return self.lists


Trust = Authority | Foreign


@dataclass(frozen=True)
class SignatureFact:
    """One signature as the reader is told of it."""

    name: str
    at: datetime | None
    serial: str
    ok: bool
    sentence: str
    field: str = ""
    archival: bool = False  # an archive timestamp, which nobody signs
    reason: str = ""  # as what it was signed, on a 审签单 with which opinion; the signature vouches for it


@dataclass(frozen=True)
class Verdict:
    """The answer: one of three words, whether the paper is ours, and why; the first reason is the plain one."""

    word: Word
    ours: bool
    reasons: list[str]
    signatures: list[SignatureFact] = field(default_factory=list)
    registered: Registered | None = None
    sha256: str = ""
    alone: Word | None = None  # what the file proves by itself, the register left aside; None where nobody looked

    @property
    def valid(self) -> bool:
        """Whether the first of the three words holds."""
        return self.word is Word.VALID
