"""Real servers for the channels: one that speaks SMTP, one that takes JSON; both remember what they got."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer


class MailServer(ThreadingTCPServer):
    """Takes mail, or refuses as it is told to: `refusals` maps a command to the line it is answered with."""

    allow_reuse_address = daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Mail)
        self.mails, self.refusals = [], {}

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.server_address[1]}/?from=portal@example.gov.cn"


class _Mail(StreamRequestHandler):
    def handle(self):
        self.say("220 ready")
        while line := self.rfile.readline():
            word = line.split(b":")[0].split()[0].decode().upper()
            if word == "QUIT":
                self.say("221 bye")
                break
            if refusal := self.server.refusals.get(word):
                self.say(refusal)
            elif word == "EHLO":
                self.say("250-here\r\n250 8BITMIME")
            elif word == "DATA":
                self.take()
            else:
                self.say("250 ok")

    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def take(self):
        self.say("354 go on")
        lines = iter(self.rfile.readline, b".\r\n")
        self.server.mails.append(message_from_bytes(b"".join(lines), policy=policy.default))
        self.say("250 taken")


class Robot(ThreadingHTTPServer):
    """Takes JSON; `answer` is (status, headers, body)."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Robot)
        self.got, self.answer = [], (200, {}, b'{"errcode": 0, "errmsg": "ok"}')

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/robot"

    @property
    def said(self):
        return [json.loads(body) for _, _, body in self.got]


class _Robot(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body))
        status, headers, content = self.server.answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self):
        self.do_POST()

    def log_message(self, *_):
        pass


@contextmanager
def serving(server) -> Iterator:
    """The server at work in a thread of its own."""
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
