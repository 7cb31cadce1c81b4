"""What a careful eye sees on a page: what axe finds, and whether it scrolls sideways."""

import time
from collections.abc import Callable
from pathlib import Path

import axe_playwright_python
from playwright.sync_api import Page

AXE = next(Path(axe_playwright_python.__file__).parent.rglob("axe.min.js"))
RULES = """{
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'],
}"""


def violations(page: Page) -> list[str]:
    """What axe finds on the page as it stands."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    found = page.evaluate(f"axe.run(document, {RULES})")["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found]


def until(page: Page, holds: Callable[[], object], otherwise: str, *, seconds: float = 20) -> None:
    """Wait until something holds that no expectation of Playwright can be put on."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, otherwise
        page.wait_for_timeout(50)  # the page goes on meanwhile


def composed(page: Page) -> None:
    """Wait until the page holds a composition for ended; Safari reports its Enter after its end."""
    until(page, lambda: not page.evaluate("portal.isComposing()"), "the composition has not ended")


def spill(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    width: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return width
