"""Sets the clock of a Python program that a test starts; it is found through PYTHONPATH, by tests only."""

import os
import sys
import time

import time_machine

if ahead := os.environ.get("TESTS_CLOCK_AHEAD"):
    sys.modules["pytest"] = None  # type: ignore[assignment]  # time-machine would import it, which takes its time
    import time

    import time_machine

    time_machine.travel(time.time() + float(ahead), tick=True).start()
    del sys.modules["pytest"]
