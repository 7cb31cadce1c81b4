"""How gunicorn serves the portal: `gunicorn -c python:portal.server wsgi:app`, the same for everybody who starts it."""

import fcntl
import gc
import os
import threading
from typing import TYPE_CHECKING, Any

from portal.config import Config, ConfigError
from portal.ops.serving import READY, SOCKET, TOLD

if TYPE_CHECKING:
    from gunicorn.arbiter import Arbiter


gc.disable()  # until wsgi.py has loaded everything, which it makes a sixth slower
try:
    _config = Config.from_environ(os.environ).ensure()
except ConfigError as error:
    raise SystemExit(f"配置有误：{error}") from error

if SOCKET in os.environ:  # `python3 -m portal` listens already, see portal.serving
    bind = f"fd://{os.environ[SOCKET]}"
else:
    bind = f"[{_config.host}]:{_config.port}" if ":" in _config.host else f"{_config.host}:{_config.port}"
workers = 2
worker_class = "gthread"
# A thread that waits for a slow client costs next to nothing; with 64 of them 40 stalled clients stop nobody.
threads = 32
preload_app = True  # one import, memory shared with the workers (wsgi.py freezes it)
keepalive = 5
graceful_timeout = 5
loglevel = "warning"
control_socket_disable = True


def on_starting(_arbiter: "Arbiter") -> None:
    """Hold the data folder for as long as anybody serves from it, and bring the data up to date."""
    global _held  # noqa: PLW0603 - the lock lives as long as the process, and its workers inherit it
    _held = os.open(_config.running_file, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(_held, fcntl.LOCK_SH)
    from portal.errors import Refused
    from portal.ops import start
    from wsgi import app

    with app.app_context():
        try:
            start.prepare(_config)
        except Refused as refusal:
            raise SystemExit(str(refusal)) from refusal


def when_ready(_arbiter: "Arbiter") -> None:
    """Tell who started us that from now on the portal itself answers."""
    if told := os.environ.pop(TOLD, None):
        os.write(int(told), f"{READY}\n".encode())
        os.close(int(told))


def post_fork(_arbiter: "Arbiter", _worker: Any) -> None:
    """A connection to the database belongs to one process."""
    from portal.db.engine import db
    from wsgi import app

    with app.app_context():
        db.engine.dispose(close=False)


def post_worker_init(_worker: Any) -> None:
    """Rehearse beside the first requests what would be slow when it is done for the first time."""
    from portal.jobs import periodic

    for rehearse in periodic.rehearsals:
        threading.Thread(target=rehearse, name="rehearsal", daemon=True).start()


_held: int | None = None
