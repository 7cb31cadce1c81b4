"""Uploads: what somebody sends is looked at first, then kept."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from flask import request
from flask_login import current_user
from werkzeug.datastructures import FileStorage
from wtforms import Field, widgets
from wtforms.validators import ValidationError

from portal.db import clock
from portal.db.engine import add
from portal.errors import Unreadable
from portal.files import places, resumable, store
from portal.files.examine import examine
from portal.files.kinds import Kind
from portal.web import once
from portal.web.fields import Upload

if TYPE_CHECKING:
    from portal.files.resumable import Incoming
    from portal.people.models.accounts import User


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


class BigUpload(Upload):
    """A file chosen in the form, or one that came before, in pieces or with a form that was refused (`tus`).

    Its data is a FileStorage or an Incoming; both have a `filename`, and `keep` takes either.
    """

    waiting: Sequence[resumable.Incoming] = ()
    held = ""  # the token of what this form brought along, although it was refused

    def __init__(self, label: str, *, kinds: Collection[Kind], **more: Any) -> None:
        self.kinds = frozenset(kinds)
        super().__init__(label, accept=",".join(f".{kind.value}" for kind in Kind if kind in self.kinds), **more)

    def offer(self, purpose: str) -> None:
        """Say what the file is for; what this person has sent for it before can be taken."""
        self.purpose = purpose
        self.waiting = resumable.unfinished(current_user, purpose)

    @property
    def at_hand(self) -> resumable.Incoming | None:
        """What has all come and waits for its form."""
        return next((one for one in self.waiting if one.is_whole), None)

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        named = request.form.get(f"{self.name}_arrived")
        if self.data is None and named:
            self.data = next((one for one in self.waiting if one.token == named and one.is_whole), None)
        super().post_validate(form, validation_stopped)

    def hold(self) -> None:
        """Keep what came with a refused form for its next turn."""
        if self.data is not None and not isinstance(self.data, resumable.Incoming):
            self.data.stream.seek(0)
            self.held = resumable.hold(self.data.stream, self.data.filename, self.purpose, self.kinds)


@dataclass(frozen=True)
class Kept:
    """A file that was examined and lies in the store; no row names it yet."""

    sha256: str
    size: int
    name: str
    kind: Kind

    def enter(self, by: "User") -> store.StoredFile:
        """The row that names it."""
        file: store.StoredFile = add(
            store.StoredFile(
                sha256=self.sha256, name=self.name, media_type=self.kind.media_type, size=self.size,
                uploaded_by_id=by.id, uploaded_at=clock.now(),
            )
        )  # fmt: skip
        return file


def keep(upload: "FileStorage | Incoming", kinds: Collection[Kind]) -> Kept:
    """Examine a big file and keep it while the request holds no transaction; what was read before is read anew."""
    if isinstance(upload, resumable.Incoming):
        return _keep_incoming(upload)
    name = store.clean_name(upload.filename or "")
    with once.released(), NamedTemporaryFile() as draft:
        upload.save(cast(BinaryIO, draft))
        draft.flush()
        kind = examine(Path(draft.name), name, kinds)
        draft.seek(0)
        return Kept(*places.place().keep(cast(BinaryIO, draft)), name, kind)


def _keep_incoming(incoming: resumable.Incoming) -> Kept:
    number, path, name, kind = incoming.id, incoming.path, incoming.name, incoming.kind
    with once.released():
        if not kind and (refusal := resumable.look_at(number)):
            raise Unreadable(refusal)
        with path.open("rb") as content:
            sha, size = places.place().keep(content)
    kind = kind or resumable.find(number).kind
    resumable.take(number)
    return Kept(sha, size, name, Kind(kind))


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
