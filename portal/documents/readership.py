"""Who may read the registered papers of each kind, and who wants to know: each feature says it for its own."""

from collections.abc import Callable
from typing import Any

from portal.documents.registry import Document, PaperKind

readers: dict[PaperKind, Callable[[Any, Document], bool]] = {}
opened: dict[PaperKind, Callable[[Document], None]] = {}
