"""The kinds of file the portal takes: what people call them, and their media types."""

import enum
from collections.abc import Collection


class Kind(enum.Enum):
    """The kinds of file the portal takes."""

    PDF = "pdf"
    PPTX = "pptx"
    DOCX = "docx"
    XLSX = "xlsx"
    PNG = "png"
    JPG = "jpg"

    @property
    def label(self) -> str:
        """What people call it."""
        return _LABELS[self]

    @property
    def media_type(self) -> str:
        """Its registered media type."""
        return _MEDIA_TYPES[self]


_LABELS = {
    Kind.PDF: "PDF 文件",
    Kind.PPTX: "演示文稿（.pptx）",
    Kind.DOCX: "文字文档（.docx）",
    Kind.XLSX: "电子表格（.xlsx）",
    Kind.PNG: "PNG 图片",
    Kind.JPG: "JPG 图片",
}
_OFFICE = "application/vnd.openxmlformats-officedocument."
_MEDIA_TYPES = {
    Kind.PDF: "application/pdf",
    Kind.PPTX: f"{_OFFICE}presentationml.presentation",
    Kind.DOCX: f"{_OFFICE}wordprocessingml.document",
    Kind.XLSX: f"{_OFFICE}spreadsheetml.sheet",
    Kind.PNG: "image/png",
    Kind.JPG: "image/jpeg",
}
MAIN_PARTS = {
    f"{_OFFICE}presentationml.presentation.main+xml": Kind.PPTX,
    f"{_OFFICE}wordprocessingml.document.main+xml": Kind.DOCX,
    f"{_OFFICE}spreadsheetml.sheet.main+xml": Kind.XLSX,
}
_OF_MEDIA_TYPE = {media_type: kind for kind, media_type in _MEDIA_TYPES.items()}
OFFICE_KINDS = frozenset({Kind.PPTX, Kind.DOCX, Kind.XLSX})


def kind_of(media_type: str) -> Kind:
    """The kind of a file that was examined when it came in."""
    return _OF_MEDIA_TYPE[media_type]


def list_of(kinds: Collection[Kind]) -> str:
    """Kinds of file in words."""
    return "、".join(kind.label for kind in Kind if kind in kinds)
