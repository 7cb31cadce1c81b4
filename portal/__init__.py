"""首席服务官周例会门户: everything is wired on this one page, in order."""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from portal.config import Config

# The rooms, from the ground floor up: a room knows only those before it.
ROOMS = (
    "people", "inbox", "administration", "enterprises", "actions", "courses", "library", "meetings", "lessons",
    "podium", "records", "minutes", "archive", "week", "home", "guide", "example",
)  # fmt: skip
GROUND = (
    "health", "database", "store", "jobs", "search", "workdays", "paper", "office", "pages",
    "access", "refusals", "navigation", "papers", "errands", "tus", "backup", "start", "journal",
)  # fmt: skip
DOORS = ("routes", "chores", "commands")
# The words of the main navigation in the order of a week's work, by the address they lead to.
NAVIGATION = (
    "/", "/week", "/meetings", "/courses", "/actions", "/enterprises", "/minutes", "/archive", "/people",
    "/settings", "/journal",
)  # fmt: skip


def create_app(config: "Config | None" = None) -> "Flask":
    """Build the portal for one configuration; without one it is read from the environment."""
    import os

    from flask import Flask

    from portal.config import REPOSITORY, Config

    config = (config or Config.from_environ(os.environ)).ensure()
    app = Flask(__name__, static_folder=str(REPOSITORY / "static"), template_folder=str(REPOSITORY / "templates"))
    app.config.update(
        PORTAL=config,
        SECRET_KEY=config.secret_key,
        SQLALCHEMY_DATABASE_URI=config.database_url,
        MIGRATIONS=REPOSITORY / "migrations",
        MAX_CONTENT_LENGTH=(config.max_upload_mb + 1) * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=8 * 1024 * 1024,
        MAX_FORM_PARTS=5_000,
        TRUSTED_HOSTS=list(config.trusted_hosts) if config.trusted_hosts else None,
        SESSION_COOKIE_NAME="portal",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.secure_cookie,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_I18N_ENABLED=False,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
    )
    _libraries(app)
    for name in GROUND:
        ground = import_module(f"portal.{name}")
        if hasattr(ground, "init_app"):
            ground.init_app(app)
    for room in ROOMS:
        if find_spec(f"portal.{room}.models"):
            import_module(f"portal.{room}.models")
    for room in ROOMS:
        for door in DOORS:
            if find_spec(f"portal.{room}.{door}"):
                _open(app, import_module(f"portal.{room}.{door}"))
    from portal import navigation, request_end

    navigation.ENTRIES.sort(key=lambda word: NAVIGATION.index(word.prefix))
    request_end.init_app(app)
    return app


def _libraries(app: "Flask") -> None:
    from flask_login import LoginManager
    from flask_wtf.csrf import CSRFProtect
    from htmx_flask import Htmx

    login = LoginManager(app)
    login.session_protection = None  # sessions live in the database and end there
    CSRFProtect(app)
    Htmx(app)


def _open(app: "Flask", room: object) -> None:
    if hasattr(room, "bp"):
        app.register_blueprint(room.bp)
    if hasattr(room, "init_app"):
        room.init_app(app)
