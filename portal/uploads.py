"""Uploads: what somebody sends is looked at first, then kept."""

from collections.abc import Collection, Iterable
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from werkzeug.datastructures import FileStorage
from wtforms import Field, widgets
from wtforms.validators import ValidationError

from portal import store
from portal.errors import Unreadable
from portal.examine import Kind, examine

if TYPE_CHECKING:
    from portal.people.models import User

MOST_FILES = 10
EVERY_KIND = frozenset(Kind)


class Files(Field):
    """Some files to upload, or none; its data is a list of werkzeug's FileStorage."""

    widget = widgets.FileInput(multiple=True)

    def __init__(self, label: str, *, kinds: Collection[Kind] = EVERY_KIND, **more: Any) -> None:
        accept = ",".join(f".{kind.value}" for kind in Kind if kind in kinds)
        more.setdefault("render_kw", {})["accept"] = accept
        super().__init__(label, [], **more)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = [one for one in valuelist if getattr(one, "filename", "")]

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if len(self.data or ()) > MOST_FILES:
            raise ValidationError(f"一次最多上传 {MOST_FILES} 个文件。")

    def _value(self) -> bool:
        return False


def take_in(
    uploads: Iterable[FileStorage] | None, *, by: "User | None", kinds: Collection[Kind] = EVERY_KIND
) -> list[store.StoredFile]:
    """Examine and keep what was sent; the first file that may not come in refuses them all, by its name."""
    return [_take_in(upload, by, kinds) for upload in uploads or ()]


def _take_in(upload: FileStorage, by: "User | None", kinds: Collection[Kind]) -> store.StoredFile:
    name = store.clean_name(upload.filename or "")
    with NamedTemporaryFile() as draft:
        upload.save(cast(BinaryIO, draft))
        draft.flush()
        try:
            kind = examine(Path(draft.name), name, kinds)
        except Unreadable as refusal:
            raise Unreadable(f"《{name}》：{refusal}") from None
        draft.seek(0)
        return store.put(cast(BinaryIO, draft), name, kind.media_type, by)
