"""Sets the clock of a Python program that a test starts; it is found through PYTHONPATH, by tests only."""

import os
import select
import sys
import time

preloaded = os.environ.get("LD_PRELOAD", "")
if "faketime" in preloaded:  # by it a drill makes it another day
    # it takes the moment until which Python sleeps for one of the other day
    time.sleep = lambda seconds: select.select([], [], [], seconds) and None  # type: ignore[assignment]

if ahead := os.environ.get("TESTS_CLOCK_AHEAD"):
    sys.modules["pytest"] = None  # type: ignore[assignment]  # time-machine would import it, which takes its time
    import time_machine

    time_machine.travel(time.monotonic() + float(ahead), tick=True).start()
    del sys.modules["pytest"]
    if preloaded:  # it is at work here by now; in a sandbox, which may follow, it fails
        os.environ["TESTS_PRELOADED"] = os.environ.pop("LD_PRELOAD")
