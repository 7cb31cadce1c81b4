"""Takes a request in whole before the portal begins on it, so that a slow client holds a thread and nothing else.

Without it an upload that stalls half-way would keep the database's write lock from everybody; behind a proxy
that buffers requests it costs next to nothing.
"""

import shutil
from contextlib import suppress
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, BinaryIO, cast

from werkzeug.exceptions import ClientDisconnected
from werkzeug.wsgi import get_input_stream

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


IN_MEMORY = 256 * 1024
BLOCK = 64 * 1024


class Intake:
    """WSGI middleware: the body is on this machine, complete, when the application is called."""

    def __init__(self, application: "WSGIApplication", largest: int) -> None:
        self.application = application
        self.largest = largest

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        """Leave a body that is too large unread: the application refuses it by its length."""
        if "HTTP_TRANSFER_ENCODING" in environ:  # no browser sends a form or a file without its length
            return _refuse("411 Length Required", "提交的内容没有注明长度，无法接收。", start_response)
        declared = environ.get("CONTENT_LENGTH") or "0"
        if not declared.isdigit() or not 0 < int(declared) <= self.largest:
            return self.application(environ, start_response)
        body = cast(BinaryIO, SpooledTemporaryFile(max_size=IN_MEMORY))  # noqa: SIM115 - ends with the request
        with suppress(ClientDisconnected, OSError):
            shutil.copyfileobj(get_input_stream(environ), body, BLOCK)
        if environ["REQUEST_METHOD"] == "PATCH":  # a piece of a file: what arrived before the line broke counts
            environ["CONTENT_LENGTH"] = str(body.tell())
        elif body.tell() != int(declared):
            return _refuse("400 Bad Request", "提交的内容没有传完，请重新提交。", start_response)
        body.seek(0)
        environ["wsgi.input"] = body
        return self.application(environ, start_response)


def _refuse(status: str, sentence: str, start_response: "StartResponse") -> "Iterable[bytes]":
    start_response(status, [("Content-Type", "text/plain; charset=utf-8"), ("X-Content-Type-Options", "nosniff")])
    return [sentence.encode()]
