"""The task machine played long: 200 worlds of 30 steps, on SQLite and, with TEST_DATABASE_URL, on PostgreSQL too."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent)]
WORLDS, STEPS = 200, 30


def main() -> int:
    """Play on each database in a process of its own; 0 only if no promise was broken."""
    server = os.environ.get("TEST_DATABASE_URL", "")
    broken = 0
    for name, url in (("SQLite", ""), ("PostgreSQL", server)):
        if name == "PostgreSQL" and not url:
            print("PostgreSQL: left out, TEST_DATABASE_URL is not set")
            continue
        print(f"{name}: {WORLDS} worlds of {STEPS} steps", flush=True)
        command = [sys.executable, __file__, "play"]
        broken += subprocess.run(command, env={**os.environ, "TEST_DATABASE_URL": url}, check=False).returncode != 0
    print("passed" if not broken else f"failed on {broken} of the databases")
    return 1 if broken else 0


def play() -> None:
    """Play on the database this process was started for, and print what was counted."""
    from cast import Cast
    from states import Database
    from task_machine import play as play_worlds

    from portal import create_app
    from portal.config import Config
    from portal.db import journal
    from portal.db.engine import db

    folder = Path(tempfile.mkdtemp(prefix="portal-tasks-"))
    database = Database(folder)
    app = create_app(
        Config.from_environ(
            {
                "PORTAL_DATA": str(folder / "data"),
                "DATABASE_URL": database.url,
                "PORTAL_JOBS": "now",
                "PORTAL_LOG": "json",
            }
        )
    )
    database.prepare(app)
    try:
        with app.app_context():
            people = Cast()
            people.enter()
            db.session.commit()
            begun = time.monotonic()
            figures = play_worlds(people, worlds=WORLDS, steps=STEPS)
            for what, number in sorted(figures.items()):
                print(f"  {what:32} {number:7}")
            breaks = list(journal.breaks())
            print(f"  {'breaks in the journal':32} {len(breaks):7}")
            print(f"  {'seconds':32} {time.monotonic() - begun:7.0f}", flush=True)
            db.session.rollback()
            db.session.remove()
            if breaks:
                sys.exit(1)
    finally:
        database.drop(app)


if __name__ == "__main__":
    if sys.argv[1:] == ["play"]:
        play()
    else:
        sys.exit(main())
