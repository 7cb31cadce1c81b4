"""Questions about minutes, their revisions and opinions."""

from portal.minutes.queries.asking import asking, comment, comments_on, consultations_on, is_asked, to_ask, to_close
from portal.minutes.queries.issuing import (
    correction_of,
    corrections_of,
    is_named_reader,
    named_readers,
    numbered,
    readers_of,
    readings_of,
)
from portal.minutes.queries.printing import sheets_to_render, to_render
from portal.minutes.queries.reading import (
    ROW,
    awaiting,
    issued,
    links,
    minutes,
    minutes_with,
    of_meeting,
    readable_by,
    saying,
    scope_of,
    scope_of_readers,
    scopes_of,
    titles,
)
from portal.minutes.queries.signing import in_turn, is_last_turn, signing_of
from portal.minutes.queries.texts import revision, said_at, to_draft, words

__all__ = [
    "ROW",
    "asking",
    "awaiting",
    "comment",
    "comments_on",
    "consultations_on",
    "correction_of",
    "corrections_of",
    "in_turn",
    "is_asked",
    "is_last_turn",
    "is_named_reader",
    "issued",
    "links",
    "minutes",
    "minutes_with",
    "named_readers",
    "numbered",
    "of_meeting",
    "readable_by",
    "readers_of",
    "readings_of",
    "revision",
    "said_at",
    "saying",
    "scope_of",
    "scope_of_readers",
    "scopes_of",
    "sheets_to_render",
    "signing_of",
    "titles",
    "to_ask",
    "to_close",
    "to_draft",
    "to_render",
    "words",
]
