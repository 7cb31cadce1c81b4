"""Hostile files one by one: each gets its own Chinese answer, in under a second and under 200 MB."""

import os
import resource
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent / "ground")]

from test_examine import BAD  # noqa: E402

from portal.errors import Unreadable  # noqa: E402
from portal.files.examine import examine  # noqa: E402
from portal.files.kinds import Kind  # noqa: E402

MOST_SECONDS, MOST_MEMORY, FEWEST = 1.0, 200, 25


def ask(path: Path, name: str) -> tuple[str, float, float]:
    """Examine a file in a process of its own: the answer, seconds, and the memory it took at most, with its children's, in MB."""  # noqa: E501
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        started = time.perf_counter()
        try:
            answer = f"收下：{examine(path, name, tuple(Kind)).label}"
        except Unreadable as refusal:
            answer = str(refusal)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the table shows it
            answer = f"!! {type(error).__name__}: {error}"
        seconds = time.perf_counter() - started
        peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        os.write(writer, f"{seconds}\n{peak / 1024}\n{answer}".encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as told:
        seconds, peak, answer = told.read().decode().split("\n", 2)
    os.waitpid(child, 0)
    return answer, float(seconds), float(peak)


def main() -> int:
    """Ask about every file; 0 only if each is refused with its own sentence, fast and lean."""
    wrong = []
    print(f"{'s':>6} {'MB':>6}  file                    answer")
    with tempfile.TemporaryDirectory(prefix="portal-hostile-") as folder:
        path = Path(folder) / "upload"
        for name, (make, words) in BAD.items():
            path.write_bytes(make())
            answer, seconds, peak = ask(path, name)
            good = words in answer and seconds < MOST_SECONDS and peak < MOST_MEMORY
            wrong += [] if good else [name]
            wide = sum(2 if ord(letter) > 0x2E80 else 1 for letter in name)
            print(f"{seconds:6.3f} {peak:6.0f}  {name}{' ' * max(1, 24 - wide)}{answer}{'' if good else '   <<<'}")
    print(f"\n{len(BAD)} files (bar at least {FEWEST}), {len(wrong)} wrong: {'、'.join(wrong) or 'none'}")
    good = not wrong and len(BAD) >= FEWEST
    print("passed" if good else "failed")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
