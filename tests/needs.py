"""Parts of a machine that some tests need: without one a test is left out, or fails where `PORTAL_REQUIRE` names it."""

import os

import pytest

from portal.ops import browser_files, steps


def need(part: str, is_here: object, said: str) -> None:
    """End the test when a part is missing; `part` is its word in `PORTAL_REQUIRE`."""
    if not is_here:
        required = part in os.environ.get("PORTAL_REQUIRE", "").split(",")
        (pytest.fail if required else pytest.skip)(said)


def need_browser_files() -> None:
    """End the test when the scripts of others are not fetched."""
    wanted = steps.wanted(browser_files.VENDOR_LIST)
    need(
        "chromium",
        all((browser_files.VENDOR / file.name).exists() for file in wanted),
        "the browser files are not fetched",
    )
