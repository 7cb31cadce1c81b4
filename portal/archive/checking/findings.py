"""What is known of a piece before it is looked at, and what a 四性检测 found."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any

from portal.archive.models.pieces import GROUPS, SOUND, ArchivalRecord, Aspect
from portal.documents import verdicts
from portal.documents.pki.authority import Authority


@dataclass(frozen=True)
class Known:
    """What the database knows about a piece, gathered before it is looked at."""

    register: verdicts.Register
    trust: Authority
    foreign: Sequence[verdicts.Foreign] = ()
    withdrawn: bool = False
    state_known: bool = True  # whether the register holds these very bytes as the paper's latest state
    awaited: Sequence[str] = ()  # whose signatures are still missing
    proven_until: datetime | None = None
    twins: int = 0  # other pieces with the same number or the same content in the same dossier
    gap: bool = False  # whether an earlier number of the same sequence is missing
    noted: bool = True  # whether the journal tells how it came here
    chained: bool = True  # whether those entries of the journal are unchanged


@dataclass(frozen=True)
class Findings:
    """Everything a 四性检测 looked at."""

    aspects: Sequence[Aspect] = field(default_factory=tuple)

    @property
    def passed(self) -> bool:
        """Whether nothing was found wrong."""
        return all(one.sound for one in self.aspects)

    def of(self, group: str) -> str:
        """What was found about one of the four properties: 通过, or the sentences."""
        wrong = dict.fromkeys(one.found for one in self.aspects if one.group == group and not one.sound)
        return "".join(wrong) or SOUND


@dataclass(frozen=True)
class Look:
    """One look at a piece: what is known of it, and its content at hand."""

    piece: ArchivalRecord
    known: Known
    copy: IO[bytes]
    sha256: str
    size: int
    deep: bool

    @property
    def content(self) -> bytes:
        self.copy.seek(0)
        return self.copy.read()

    @property
    def is_signed(self) -> bool:
        return self.piece.document is not None and bool(self.piece.document.signatures)

    def named(self, sentence: str) -> str:
        """A finding names the piece it is about."""
        return f"《{self.piece.title}》{sentence}"

    def unless(self, right: object, sentence: str) -> str:
        """通过 unless something is not right."""
        return SOUND if right else self.named(sentence)


def aspect(group: int, number: str, name: str, found: str) -> Aspect:
    """What was found under a number of the standard."""
    return Aspect(GROUPS[group - 1], number, name, found)


def told(findings: Findings) -> dict[str, Any]:
    """The findings as they are kept."""
    return {"aspects": [[one.group, one.number, one.name, one.found] for one in findings.aspects]}
