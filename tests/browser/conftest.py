"""Chromium for the tests that look at pages as a person would."""

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from living import Living, living_portal
from needs import need, need_browser_files
from playwright.sync_api import Browser, Page, expect, sync_playwright
from werkzeug.serving import make_server

from portal.db.engine import db
from portal.people.models.accounts import User

CHROMIUM = Path("/usr/bin/chromium")
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


# Playwright leaves its event loop marked as running in this thread, where others sign and need none.
LOOP: list[asyncio.AbstractEventLoop | None] = [None]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    asyncio._set_running_loop(LOOP[0])


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    LOOP[0] = asyncio._get_running_loop()
    asyncio._set_running_loop(None)


expect.set_options(timeout=15_000)  # what is waited for may take longer on a busy machine


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the whole run."""
    need("chromium", CHROMIUM.exists(), "Chromium is not here")
    with sync_playwright() as playwright:
        real = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}  # it cannot bear libfaketime
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(QUIET), env=real)
        yield browser
        asyncio._set_running_loop(LOOP[0])
        browser.close()
    LOOP[0] = None
    asyncio._set_running_loop(None)


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Living]:
    """One living portal a process; the example is loaded once for all of them, which is slow."""
    run = tmp_path_factory.getbasetemp()
    once = (run if worker_id == "master" else run.parent) / "example"
    with living_portal(tmp_path_factory.mktemp("living"), "--meetings", "2", once=once) as living:
        yield living


@pytest.fixture
def opened(app: Flask, as_: Callable[..., FlaskClient], chromium: Browser) -> Iterator[Callable[..., Page]]:
    """`opened(user, "/path")`: a page of the test's own portal as this person sees it; further words are Chromium's."""
    need_browser_files()
    server, contexts = make_server("127.0.0.1", 0, app, threaded=True), []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.port}"

    def open_page(user: User, path: str, **options: object) -> Page:
        here = db.session.get_one(User, sa.inspect(user).identity)  # whom an earlier page left detached, too
        cookie = as_(here).get_cookie("portal")
        assert cookie is not None
        app.config["WTF_CSRF_ENABLED"] = True  # a real browser has the token
        db.session.remove()
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 1000}, "locale": "zh-CN", **options})  # type: ignore[arg-type]
        contexts.append(context)
        context.add_cookies([{"name": "portal", "value": cookie.value, "url": address}])
        page = context.new_page()
        page.goto(address + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    server.shutdown()
    app.config["WTF_CSRF_ENABLED"] = False
