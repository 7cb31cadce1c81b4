"""The verifier: says of any PDF whether it is ours and whether its signatures hold, in plain words.

The register comes first (SHA-256, expected signers), then pyHanko: neither alone is enough. pyHanko accepts a
rollback, bytes after `%%EOF` and a changed title; most PDF viewers accept any appended update.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from portal.seal import DISCLAIMER, Authority

LARGEST = 50 * 1024 * 1024

__all__ = ["DISCLAIMER", "LARGEST", "Registered", "SignatureFact", "Verdict", "Word", "examine"]


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
    """What the register holds about a document, found by the SHA-256 of one of its states."""

    sha256: str  # of the latest state
    kind: str  # 会议纪要 会议记录 审签单
    title: str
    number: str = ""
    signers: Sequence[ExpectedSigner] = ()  # of the latest state, in signing order
    states: Sequence[str] = ()  # SHA-256 of earlier states, oldest first
    void: str = ""  # why it no longer holds, as 「已被〔2026〕13号更正」


@dataclass(frozen=True)
class SignatureFact:
    """One signature as the reader is told of it."""

    name: str
    at: datetime | None
    serial: str
    ok: bool
    sentence: str
    field: str = ""


@dataclass(frozen=True)
class Verdict:
    """The answer: one of three words, whether the paper is ours, and why."""

    word: Word
    ours: bool
    reasons: list[str]
    signatures: list[SignatureFact] = field(default_factory=list)
    registered: Registered | None = None
    sha256: str = ""
