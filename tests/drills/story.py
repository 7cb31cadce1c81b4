"""The browser story against a fresh, full demo world, with scripts and without; prints the time of every step."""

import shutil
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent), str(HERE.parent / "browser")]

from living import living_portal  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402
from story import Story  # noqa: E402

from tests.browser.conftest import CHROMIUM, QUIET  # noqa: E402

LONGEST_LOAD = 120  # seconds


def main() -> int:
    """Tell the story twice; 0 only if every step held and the world was loaded in time."""
    folder = Path(tempfile.mkdtemp(prefix="portal-story-"))
    begun = time.monotonic()
    try:
        with living_portal(folder / "data") as portal, sync_playwright() as playwright:
            loaded = time.monotonic() - begun
            print(f"{'world loaded and served':34} {loaded:7.1f} s   (bar {LONGEST_LOAD} s)")
            browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(QUIET))
            for scripts in (True, False):
                print("with scripts" if scripts else "without scripts")
                story = Story(browser, portal, folder, scripts=scripts)
                try:
                    story.tell()
                finally:
                    for step, seconds in story.times.items():
                        print(f"  {step:32} {seconds:7.1f} s")
            browser.close()
    except AssertionError as error:
        print(f"failed: {error}")
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print("passed" if loaded <= LONGEST_LOAD else "failed: loading took too long")
    return 0 if loaded <= LONGEST_LOAD else 1


if __name__ == "__main__":
    sys.exit(main())
