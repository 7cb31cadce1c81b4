"""A request begins when it is complete."""

import io
from collections.abc import Iterable
from typing import Any

import pytest
from werkzeug.test import Client, EnvironBuilder, run_wsgi_app
from werkzeug.wrappers import Request, Response

from portal.ops.buffering import IN_MEMORY, Intake


class Slow(io.RawIOBase):
    """A connection that hands over a few bytes at a time and tells how far it was read."""

    def __init__(self, content: bytes, end: type[Exception] | None = None) -> None:
        self.content, self.end, self.position = content, end, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        block = self.content[self.position : self.position + min(len(buffer), 7)]
        self.position += len(block)
        if not block and self.end:
            raise self.end
        buffer[: len(block)] = block
        return len(block)


def _echo(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    return Response(Request(environ).get_data())(environ, start_response)


def _posted(source: Slow, **more: str) -> dict[str, Any]:
    environ = EnvironBuilder(method="POST").get_environ()
    return {**environ, "wsgi.input": source, "CONTENT_LENGTH": "100", **more}


@pytest.mark.parametrize("size", [1, IN_MEMORY, IN_MEMORY + 1])
def test_a_body_arrives_unchanged(size: int) -> None:
    assert Client(Intake(_echo, 10**7)).post("/", data=b"x" * size).data == b"x" * size


def test_a_form_with_a_file_arrives_unchanged() -> None:
    def names(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        return Response(f"{request.form['题目']} {request.files['课件'].filename}")(environ, start_response)

    answer = Client(Intake(names, 10**6)).post("/", data={"题目": "讲业务", "课件": (io.BytesIO(b"%PDF"), "甲.pdf")})
    assert answer.text == "讲业务 甲.pdf"


def test_the_application_is_called_only_when_all_of_it_is_here() -> None:
    source = Slow(b"a" * 100)
    seen: list[int] = []

    def look(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        seen.append(source.position)
        return _echo(environ, start_response)

    environ = _posted(source)
    body, status, _headers = run_wsgi_app(Intake(look, 1000), environ)
    assert (b"".join(body), status, seen) == (b"a" * 100, "200 OK", [100])


@pytest.mark.parametrize("end", [None, ConnectionResetError])
@pytest.mark.parametrize("terminated", [True, False])
def test_a_body_that_stops_short_never_reaches_the_application(end: type[Exception] | None, terminated: bool) -> None:
    environ = {**_posted(Slow(b"a" * 50, end)), "wsgi.input_terminated": terminated}
    body, status, _headers = run_wsgi_app(Intake(_echo, 1000), environ)
    assert (status, b"".join(body).decode()) == ("400 Bad Request", "提交的内容没有传完，请重新提交。")


def test_a_body_that_is_too_large_is_left_to_the_application_unread() -> None:
    source = Slow(b"a" * 100)
    untouched = Response("refused by its length", 413)
    body, status, _headers = run_wsgi_app(Intake(untouched, 99), _posted(source))
    assert (b"".join(body), status) == (b"refused by its length", "413 REQUEST ENTITY TOO LARGE")
    assert source.position == 0


def test_a_body_of_unknown_length_is_refused_unread() -> None:
    source = Slow(b"a" * 100)
    _body, status, _headers = run_wsgi_app(Intake(_echo, 1000), _posted(source, HTTP_TRANSFER_ENCODING="chunked"))
    assert (status, source.position) == ("411 Length Required", 0)
