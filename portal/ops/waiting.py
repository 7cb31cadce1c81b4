"""The page at the portal's address from the first moment on, until the portal itself answers. Standard library only."""

import re
import threading
from dataclasses import dataclass
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import socket
from typing import Any

from portal.config import REPOSITORY

REFRESH = 1  # seconds
PATIENCE = 5  # seconds a client may take to ask
STEP = re.compile(r"\s*(\d+)/(\d+)　(.+)")  # how whoever loads tells how far it is: 3/14　what was done
STATIC = {
    f"/static/{name}": media_type
    for name, media_type in (
        ("portal.css", "text/css; charset=utf-8"),
        ("favicon.svg", "image/svg+xml"),
        ("icons.svg", "image/svg+xml"),
    )
}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass
class Progress:
    """How far the start is."""

    done: int = 0
    of: int = 0
    newest: str = ""
    failed: bool = False
    is_followed: bool = False  # whether a page was asked for that would like to know how it goes on

    def take(self, line: str) -> None:
        """Learn from a line of whoever loads; one that tells no step changes nothing."""
        if found := STEP.fullmatch(line):
            self.done, self.of, self.newest = int(found[1]), int(found[2]), found[3]


class Waiting:
    """Answers at a socket that listens until `stop`; the socket stays open for whoever answers next."""

    def __init__(self, listener: socket, progress: Progress) -> None:
        class Page(_Page):
            how_far = progress

        self.server = _Server(listener.getsockname()[:2], Page, bind_and_activate=False)
        self.server.socket.close()
        self.server.socket = listener
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), name="waiting", daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """Take no more requests; who asks from now on waits for the portal in the queue of the socket."""
        self.server.shutdown()
        self.thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is nobody's concern."""


class _Page(BaseHTTPRequestHandler):
    timeout = PATIENCE
    server_version, sys_version = "portal", ""
    how_far: Progress

    def do_GET(self) -> None:
        """Any address: the page, with the status that tells a program to come again."""
        if media_type := STATIC.get(self.path.partition("?")[0]):
            self._answer(200, media_type, Path(REPOSITORY, self.path.partition("?")[0][1:]).read_bytes())
        elif self.path in {"/healthz", "/readyz"}:
            self._answer(503, "application/json", b'{"status": "starting"}')
        else:
            ends = self.how_far.failed
            again = {} if ends else {"Refresh": f"{REFRESH}; url=/" if self.command == "POST" else f"{REFRESH}"}
            self._answer(503, "text/html; charset=utf-8", page(self.how_far).encode(), again)
            self.how_far.is_followed = not ends

    do_HEAD = do_POST = do_GET  # noqa: N815 - the library's names

    def _answer(self, status: int, media_type: str, body: bytes, more: dict[str, str] | None = None) -> None:
        self.send_response(status)
        wait = {"Retry-After": f"{REFRESH}"} if status == 503 else {}
        about = {"Content-Type": media_type, "Content-Length": f"{len(body)}"}
        for name, value in {**HEADERS, **about, **wait, **(more or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        """Nothing of this belongs into the log."""


def page(progress: Progress) -> str:
    """The page as it stands at a moment."""
    head, icon = _said(progress)
    return f"""<!doctype html>
<html lang="zh-CN">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>{head} · 首席服务官周例会</title>
  <link rel="stylesheet" href="/static/portal.css">
  <link rel="icon" type="image/svg+xml" href="/static/favicon.svg">
</head>
<body>
<header class="top"><div class="wrap in">
  <span class="brand">{_icon("brand")}<span>首席服务官周例会</span></span>
</div></header>
<main id="main" class="wrap stack">
<section class="card trouble" aria-labelledby="page-title">
  {_icon(icon)}
  <h1 id="page-title">{head}</h1>
  {_told(progress)}
</section>
</main>
<footer class="foot wrap spread"><strong>严禁处理、传输涉密信息（非涉密系统）</strong></footer>
</body>
</html>
"""


def _said(progress: Progress) -> tuple[str, str]:
    if progress.failed:
        return "门户没有启动", "warn"
    return ("正在载入示例数据" if progress.of else "正在启动"), "clock"


def _told(progress: Progress) -> str:
    if progress.failed:
        return "<p>启动失败，原因显示在启动门户的终端窗口中。请处理后重新启动。</p>"
    soon = '<p class="hint">本页自动刷新，完成后进入登录页。</p>'
    if not progress.of:
        return f"<p>门户即将可用，请稍候。</p>\n  {soon}"
    # The bar is a picture of the sentence under it, which is what is read out.
    return (
        f'<progress max="{progress.of}" value="{progress.done}" aria-hidden="true"></progress>\n'
        f"  <p>已完成 {progress.done} 步，共 {progress.of} 步：{escape(progress.newest)}</p>\n  {soon}"
    )


def _icon(name: str) -> str:
    return f'<svg class="ico" aria-hidden="true"><use href="/static/icons.svg#{name}"/></svg>'
