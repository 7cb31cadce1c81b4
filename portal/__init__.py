"""首席服务官周例会门户: everything is wired on this one page, in order."""

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from portal.config import Config


# The platform knows no feature. Its packages in the order in which they may import each other.
PLATFORM = ("db", "jobs", "web", "files", "documents", "ops")
# What of it an application needs: the tables it keeps, its routes, its commands.
PLATFORM_PARTS = (
    "ops.health", "db.engine", "db.calendar", "files.store", "jobs.worker", "db.office", "web.once", "web.templating",
    "web.guards", "web.error_handlers", "web.navigation", "documents.registry", "documents.reading",
    "web.background_page", "files.tus", "ops.backup", "ops.start",
)  # fmt: skip
# The features in the order of who may call whom, each with its subjects; one without subjects is flat.
FEATURES: dict[str, tuple[str, ...]] = {
    "people": ("accounts", "departments", "roles", "deputies", "sessions", "keys"),
    "inbox": (),
    "administration": (),
    "enterprises": ("register", "problems"),
    "actions": ("assignment", "progress", "requests", "supervision", "ledger", "importing"),
    "courses": ("programme", "rota", "course", "materials", "policies"),
    "meetings": (
        "series", "agenda", "proposals", "preparing", "notices", "attendance", "review", "sitting", "takeover",
    ),
    "lessons": ("schedule", "classroom", "study_hours", "feedback"),
    "records": ("lines", "decisions", "desk", "signing", "bulletin", "search"),
    "minutes": ("reading", "back_entry", "text", "consultation", "signoff", "signing", "issue"),
    "archive": ("pieces", "verifying", "search", "checking", "appraisal", "packages"),
    "week": (),
    "home": (),
    "guide": (),
    "demo": (),
}  # fmt: skip
ENTRANCES = ("blueprint", "routes", "jobs", "commands")
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
    for name in PLATFORM_PARTS:
        _initialise(app, import_module(f"portal.{name}"))
    models = [module for feature in FEATURES for module in _models(feature)]
    entrances = [module for feature in FEATURES for module in _entrances(feature)]
    for module in entrances:  # not before all routes of a blueprint are there
        if (blueprint := getattr(module, "bp", None)) and blueprint.name not in app.blueprints:
            app.register_blueprint(blueprint)
        _initialise(app, module)
    _arrange(app, models)
    return app


def _models(feature: str) -> list[ModuleType]:
    """The tables of a feature: one module, or a folder with one a noun."""
    name = f"portal.{feature}.models"
    if not find_spec(name):
        return []
    package = import_module(name)
    parts = [import_module(f"{name}.{part.name}") for part in iter_modules(getattr(package, "__path__", ()))]
    return [package, *parts]


def _entrances(feature: str) -> Iterator[ModuleType]:
    """What of a feature and of its subjects is reached from outside: routes, periodic jobs, commands."""
    for place in (feature, *(f"{feature}.{subject}" for subject in FEATURES[feature])):
        for entrance in ENTRANCES:
            if find_spec(f"portal.{place}.{entrance}"):
                yield import_module(f"portal.{place}.{entrance}")


def _initialise(app: "Flask", module: ModuleType) -> None:
    """Let a module that asks for it add to the application, where this module defines the function itself."""
    initialise = vars(module).get("init_app")
    if initialise is not None and initialise.__module__ == module.__name__:
        initialise(app)


def _libraries(app: "Flask") -> None:
    from flask_login import LoginManager
    from flask_wtf.csrf import CSRFProtect
    from htmx_flask import Htmx

    login = LoginManager(app)
    login.session_protection = None  # sessions live in the database and end there
    CSRFProtect(app)
    Htmx(app)


def _arrange(app: "Flask", _models: list[ModuleType]) -> None:
    """Order the navigation, and put the two ends around every request."""
    from portal.web import navigation, transaction

    navigation.ENTRIES.sort(key=lambda word: NAVIGATION.index(word.prefix))
    transaction.init_app(app)
