import hashlib
import io
import os
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

import pytest
from fixed_clock import make_old
from flask import Flask
from obstore.store import LocalStore, MemoryStore

from portal.config import Config
from portal.db import disk
from portal.db.engine import db
from portal.files import places, store

CONTENT = b"0123456789" * 1000
SHA = hashlib.sha256(CONTENT).hexdigest()


class S3(BaseHTTPRequestHandler):
    """As much of S3 as is needed to keep small objects and read parts of them."""

    protocol_version = "HTTP/1.1"
    objects: ClassVar[dict[str, bytes]] = {}

    def do_PUT(self):
        self.objects[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(200, b"")

    def do_GET(self):
        content = self.objects.get(urlsplit(self.path).path)
        if "list-type" in self.path:
            keys = "".join(f"<Contents><Key>{key.split('/', 2)[2]}</Key>{AGE}</Contents>" for key in self.objects)
            self.answer(200, f"<ListBucketResult><IsTruncated>false</IsTruncated>{keys}</ListBucketResult>".encode())
        elif content is None:
            self.answer(404, b"")
        elif asked := self.headers.get("Range"):
            first, last = asked.removeprefix("bytes=").split("-")
            part = content[int(first) : int(last) + 1]
            self.answer(206, part, **{"Content-Range": f"bytes {first}-{int(first) + len(part) - 1}/{len(content)}"})
        else:
            self.answer(200, content)

    do_HEAD = do_GET  # noqa: N815, the name HTTP gives it

    def answer(self, status, body, **headers):
        self.send_response(status)
        headers |= {"ETag": '"x"', "Last-Modified": "Mon, 23 Nov 2026 09:00:00 GMT", "Content-Length": str(len(body))}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_arguments):
        pass


AGE = "<LastModified>2026-11-23T09:00:00.000Z</LastModified><Size>1</Size>"


@pytest.fixture
def s3(tmp_path):
    S3.objects.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), S3)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    options = {
        "endpoint": f"http://127.0.0.1:{server.server_port}",
        "access_key_id": "a",
        "secret_access_key": "b",
        "region": "cn-1",
    }
    yield places.place(Config(tmp_path, object_store="s3://minutes/", store_options=options))
    server.shutdown()


@pytest.fixture(params=["folder", "memory", "objects in a folder", "s3"])
def place(request, tmp_path):
    if request.param == "s3":
        return request.getfixturevalue("s3")
    if request.param == "folder":
        return places.Folder(tmp_path / "files")
    if request.param == "memory":
        return places.Bucket(MemoryStore())
    return places.Bucket(LocalStore(tmp_path))


def test_content_lies_under_its_hash(place):
    assert place.keep(io.BytesIO(CONTENT)) == (SHA, len(CONTENT))
    assert place.exists(SHA)
    assert list(place.shas()) == [SHA]
    with place.open(SHA) as stream:
        stream.seek(-3, os.SEEK_END)
        assert (stream.read(), stream.tell()) == (b"789", len(CONTENT))
        stream.seek(5)
        assert stream.read(2) == b"56"


def test_what_is_not_there_is_said_so(place):
    assert not place.exists(SHA)
    with pytest.raises(FileNotFoundError):
        place.open(SHA)


def test_an_empty_content_has_a_hash_too(place):
    sha, size = place.keep(io.BytesIO(b""))
    assert (place.open(sha).read(), size) == (b"", 0)


def test_the_folder_syncs_before_and_after_the_rename(tmp_path, monkeypatch):
    acts = []
    real_fsync, real_rename = os.fsync, Path.rename
    monkeypatch.setattr(os, "fsync", lambda fd: (acts.append(f"sync {kind_of(fd)}"), real_fsync(fd))[1])
    monkeypatch.setattr(Path, "rename", lambda path, to: (acts.append("rename"), real_rename(path, to))[1])
    folder = places.Folder(tmp_path / "files")
    folder.keep(io.BytesIO(CONTENT))
    assert acts[-3:] == ["sync folder", "rename", "sync folder"]
    assert "sync file" in acts[: acts.index("rename")]
    acts.clear()
    folder.keep(io.BytesIO(CONTENT))
    assert acts == ["sync file", "rename", "sync folder"]


def kind_of(descriptor):
    return "folder" if Path(f"/proc/self/fd/{descriptor}").is_dir() else "file"


@pytest.mark.parametrize("act", ["fsync", "fchmod"])
def test_a_failing_disk_leaves_nothing_behind(tmp_path, monkeypatch, act):
    folder = places.Folder(tmp_path / "files")
    folder.keep(io.BytesIO(b"first"))

    def fail(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, act, fail)
    with pytest.raises(OSError, match="No space"):
        folder.keep(io.BytesIO(CONTENT))
    assert not folder.exists(SHA)
    assert list((tmp_path / "files" / "incoming").iterdir()) == []


def test_uploading_again_heals_damaged_content(app: Flask):
    file = store.put(CONTENT, "a.pdf", "application/pdf", None)
    path = store.path_of(file.sha256)
    path.chmod(0o600)
    path.write_bytes(b"damaged")
    assert not store.check(file.sha256)
    store.put(CONTENT, "b.pdf", "application/pdf", None)
    assert store.check(file.sha256)


def test_leftovers_of_broken_uploads_are_removed(tmp_path):
    folder = places.Folder(tmp_path)
    folder.keep(io.BytesIO(CONTENT))
    for name, age in (("old", timedelta(days=2)), ("new", timedelta(minutes=1))):
        path = tmp_path / "incoming" / name
        path.write_bytes(b"half")
        make_old(path, age)
    assert folder.tidy() == 1
    assert [path.name for path in (tmp_path / "incoming").iterdir()] == ["new"]


def test_a_file_is_a_row_and_its_content(app, people):
    file = store.put(io.BytesIO(CONTENT), "第12次例会.pptx", "application/x", None)
    db.session.commit()
    assert (file.sha256, file.size, file.name) == (SHA, len(CONTENT), "第12次例会.pptx")
    assert store.read(file) == CONTENT
    assert store.check(SHA)
    assert not store.check("0" * 64)


def test_the_settings_choose_the_place(tmp_path):
    assert isinstance(places.place(Config(tmp_path)), places.Folder)
    assert isinstance(places.place(Config(tmp_path, object_store="s3://minutes/")), places.Bucket)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\甲\\桌面\\课件.pptx", "课件.pptx"),
        ("a\0b.pdf", "ab.pdf"),
        ("gpj\u202efdp.exe", "gpjfdp.exe"),
        ("\ufeff　会议\u200b纪要 .pdf\n", "会议纪要 .pdf"),
        ("CON.pptx", "CON.pptx"),
        ("𠮷䶮.pdf", "𠮷䶮.pdf"),
        ("\ud800a.pdf", "a.pdf"),
        ("", store.NAMELESS),
        ("..", store.NAMELESS),
        ("字" * 86 + ".pptx", "字" * 86 + ".pptx"),
        ("字" * 300 + ".pptx", "字" * 195 + ".pptx"),
        ("字" * 300, "字" * 200),
        ("<script>.png", "<script>.png"),
    ],
)
def test_names_are_only_text(given, kept):
    assert store.clean_name(given) == kept


def sent(app, file, headers=None, **options):
    with app.test_request_context(headers=headers):
        answer = store.send(file, **options)
        return answer, b"" if answer.status_code == 304 else b"".join(answer.iter_encoded())


def test_a_file_is_handed_over_as_an_attachment(app):
    file = store.put(CONTENT, "第12次 例会“纪要”.pptx", "application/x-pptx", None)
    answer, body = sent(app, file)
    assert body == CONTENT
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"file.pptx\"; filename*=UTF-8''"
        "%E7%AC%AC12%E6%AC%A1%20%E4%BE%8B%E4%BC%9A%E2%80%9C%E7%BA%AA%E8%A6%81%E2%80%9D.pptx"
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.content_length == len(CONTENT)
    assert answer.get_etag() == (SHA, False)


def test_only_what_the_portal_makes_is_shown_inside_a_page(app):
    shown = ("image/webp", "application/pdf")
    for media_type in (*shown, "image/svg+xml", "text/html"):
        file = store.put(CONTENT, "a", media_type, None)
        way = sent(app, file, download=False)[0].headers["Content-Disposition"].split(";")[0]
        assert way == ("inline" if media_type in shown else "attachment")


@pytest.mark.parametrize(
    ("asked", "status", "body"),
    [
        ("bytes=0-3", 206, b"0123"),
        ("bytes=9995-", 206, b"56789"),
        ("bytes=-2", 206, b"89"),
        ("bytes=10000-", 416, None),
    ],
)
def test_parts_can_be_asked_for(app, asked, status, body):
    file = store.put(CONTENT, "a.pdf", "application/pdf", None)
    from werkzeug.exceptions import RequestedRangeNotSatisfiable

    if status == 416:
        with pytest.raises(RequestedRangeNotSatisfiable):
            sent(app, file, {"Range": asked})
        return
    answer, got = sent(app, file, {"Range": asked})
    assert (answer.status_code, got) == (status, body)


def test_a_browser_that_has_it_is_told_so(app):
    file = store.put(CONTENT, "a.webp", "image/webp", None)
    assert sent(app, file, {"If-None-Match": f'"{SHA}"'})[0].status_code == 304


def test_what_fills_an_empty_portal_is_synced_once_at_the_end(tmp_path, monkeypatch):
    acts = []
    monkeypatch.setattr(os, "fsync", lambda _fd: acts.append("one"))
    monkeypatch.setattr(os, "sync", lambda: acts.append("all"))
    place = places.Folder(tmp_path)
    with disk.synced_at_the_end():
        place.keep(io.BytesIO(b"many"))
    assert acts == ["all"]
    place.keep(io.BytesIO(b"one"))
    assert acts.count("one") >= 2
