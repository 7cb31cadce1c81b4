"""Chromium for the tests that look at pages as a person would."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from living import Living, living_portal
from playwright.sync_api import Browser, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the whole run."""
    if not CHROMIUM.exists():
        if "chromium" in os.environ.get("PORTAL_REQUIRE", ""):
            pytest.fail("Chromium is required and is not here")
        pytest.skip("Chromium is not here")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Living]:
    """One living portal for the whole run: loading the example is slow; who only looks comes before who acts."""
    with living_portal(tmp_path_factory.mktemp("living"), "--meetings", "2") as living:
        yield living
