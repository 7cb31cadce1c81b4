"""What somebody writes on the 审签单, and signs."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from portal.db import clock, journal
from portal.documents import registry
from portal.documents.paper import fonts, opinions
from portal.errors import Refused
from portal.minutes.models.minutes import Minutes
from portal.minutes.models.signoff import Opinion
from portal.minutes.signing import queries as signing_queries
from portal.minutes.text import queries as text_queries
from portal.minutes.text.operations import check_words, text_digest
from portal.people.keys import signing, writing
from portal.people.models.accounts import User


class Verdict(NamedTuple):
    """What a signature on the 审签单 means, and what is written where nobody says more."""

    word: str
    words: str


PASSED = Verdict("审核通过", "同意。")
COUNTERSIGNED = Verdict("同意会签", "同意。")
SIGNED = Verdict("同意签发", "同意印发。")


class Acting(NamedTuple):
    """An act that is signed, on one paper or two, and begun; `made()` is done while nobody waits."""

    move: str
    signings: Sequence[writing.Signing | writing.Filling]
    said: opinions.Said  # the opinion, as it stands on the sheet
    outside: bool = False  # by a platform elsewhere

    def made(self) -> "Acted":
        """Sign, or check what was signed elsewhere."""
        return Acted(self.move, [one.made() for one in self.signings], self.said, self.outside)


class Acted(NamedTuple):
    """What an act came to: the sheet first, then the paper of the minutes where it is signed too."""

    move: str
    signed: Sequence[writing.Signed]
    said: opinions.Said
    outside: bool

    @property
    def facts(self) -> dict[str, Any]:
        """What the journal says of it besides."""
        return {"outside": True} if self.outside else {}


def begin(minutes: Minutes, move: str, text: str, pin: str, by: User) -> Acting:
    """Open the key of whoever acts, once for all papers of the act."""
    papers, said = to_be_signed(minutes, move, text)
    about = [(one, said if one is minutes.sheet.document else None) for one in papers]
    return Acting(move, signing.begin_signings(about, pin=pin, by=by), said)


def to_be_signed(minutes: Minutes, move: str, text: str) -> tuple[list[registry.Document], opinions.Said]:
    """The papers one act signs, the 审签单 first, and what is said on it. Nothing else is asked once this is known."""
    if obstacle := minutes.lifecycle.obstacle(minutes, move):
        raise Refused(obstacle)
    if move == "pass_":
        check_words(minutes)
        return [sheet_of(minutes)], said_of_text(minutes, text)
    return [sheet_of(minutes), document_of(minutes)], _said_of_paper(minutes, text)


def said_of_text(minutes: Minutes, text: str) -> opinions.Said:
    """What the reviewer writes on the 审签单 about the text, as it now stands."""
    about = f"审核稿正文 SHA-256：{text_digest(text_queries.words(minutes))}"
    return _said(PASSED, text or PASSED.words, about, opinions.REVIEW_BOX)


def _said(verdict: Verdict, text: str, about: str, box: opinions.OpinionBox) -> opinions.Said:
    """What is written on the 审签单, once it is sure that it can be."""
    if trouble := opinions.misfit(text, box):
        raise Refused(trouble)
    if missing := sorted(fonts.missing_characters(text)):
        raise Refused(f"意见里的这些字现有的字体印不出来：{'、'.join(missing)}。请换字。")
    return opinions.Said(verdict.word, text, about, box)


def sheet_of(minutes: Minutes) -> registry.Document:
    """The paper of the 审签单, once it is laid out."""
    if minutes.sheet.document is None:
        raise Refused("审签单正在排版，请稍后刷新再办理。")
    return minutes.sheet.document


def _said_of_paper(minutes: Minutes, text: str) -> opinions.Said:
    """What whoever's turn it is writes on the 审签单 about the paper of the minutes, as it then stands."""
    verdict = SIGNED if signing_queries.is_last_turn(minutes) else COUNTERSIGNED
    about = f"所签纪要{minutes.number_text} SHA-256：{document_of(minutes).file.sha256}"
    # The sheet was laid out before there was a number: it is written here, and signed.
    numbered = verdict._replace(word=verdict.word + minutes.number_text)
    return _said(numbered, text or verdict.words, about, opinions.SIGN_BOX)


def document_of(minutes: Minutes) -> registry.Document:
    """The paper of the minutes, once it is laid out."""
    if minutes.document is None:
        raise Refused("纪要正在排版，请稍后刷新再签发。")
    return minutes.document


def opine(
    minutes: Minutes, role: str, passed: bool, text: str, by: User, *, on: registry.Signature | None = None
) -> None:
    """Note on the 审签单 who said what, about which text, and in whose place."""
    standing = journal.stands_in(by)
    minutes.sheet.opinions.append(
        Opinion(
            user=by, role=role, passed=passed, text=text, revision=minutes.latest, at=clock.now(),
            for_name=standing.name if standing else "", signature_id=on.id if on else None,
        )
    )  # fmt: skip
