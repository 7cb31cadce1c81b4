"""Settings of the machine, read once from the environment and checked before anything starts."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self, cast
from urllib.parse import unquote, urlsplit

REPOSITORY = Path(__file__).resolve().parent.parent
SECRET_KEY_BYTES = 48
SHORTEST_SECRET_KEY = 32


class ConfigError(ValueError):
    """A setting cannot be used; the message is one Chinese line that names the variable."""


@dataclass(frozen=True)
class Config:
    """Everything the portal takes from its machine; what belongs to the office lives in the database."""

    data: Path
    host: str = "127.0.0.1"
    port: int = 8000
    database_url: str = field(default="", repr=False)
    trusted_hosts: tuple[str, ...] | None = None
    proxies: int = 0
    secure_cookie: bool = False
    object_store: str = ""
    store_options: Mapping[str, str] = field(default_factory=dict, repr=False)
    redis_url: str | None = field(default=None, repr=False)
    jobs: Literal["worker", "now"] = "worker"
    smtp_url: str | None = field(default=None, repr=False)
    tsa: str = ""
    trusted_roots: Path | None = None
    token: Mapping[str, str] = field(default_factory=dict, repr=False)
    fonts: Path = REPOSITORY / ".fonts"
    max_upload_mb: int = 300
    log_format: Literal["json", "text"] = "text"
    session_idle_minutes: int = 30
    demo: bool = False
    whole_year: bool = False  # of the example world every meeting in full

    def __post_init__(self) -> None:
        """Settle what depends on the data folder and on how database addresses are commonly written."""
        object.__setattr__(self, "data", Path(self.data).expanduser().absolute())
        object.__setattr__(self, "database_url", _database_url(self.database_url, self.data))
        object.__setattr__(self, "object_store", self.object_store or (self.data / "files").as_uri())

    @property
    def address(self) -> str:
        """The portal as the machine's settings tell it, without a slash at the end."""
        host = self.trusted_hosts[0] if self.trusted_hosts else f"{self.host}:{self.port}"
        return f"{'https' if self.secure_cookie else 'http'}://{host}"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Read every setting, or raise ConfigError naming the first variable that cannot be used."""
        read = _Reader(environ)
        demo = read.choice("PORTAL_DEMO", ("no", "yes", "year"))
        return cls(
            data=Path(read.text("PORTAL_DATA", str(REPOSITORY / "var"))),
            host=read.text("PORTAL_HOST", "127.0.0.1"),
            port=read.number("PORTAL_PORT", 8000, lowest=1, highest=65535),
            database_url=read.address("DATABASE_URL", ("sqlite", "postgresql", "postgres")),
            trusted_hosts=read.listing("PORTAL_TRUSTED_HOSTS"),
            proxies=read.number("PORTAL_PROXIES", 0, lowest=0, highest=5),
            secure_cookie=read.yes("PORTAL_SECURE_COOKIE"),
            object_store=read.address("PORTAL_STORE", ("file", "s3")),
            store_options=read.pairs("PORTAL_STORE_OPTIONS"),
            redis_url=read.address("PORTAL_REDIS", ("redis", "rediss", "unix")) or None,
            jobs=cast(Literal["worker", "now"], read.choice("PORTAL_JOBS", ("worker", "now"))),
            smtp_url=read.address("PORTAL_SMTP", ("smtp", "smtps")) or None,
            tsa=read.address("PORTAL_TSA", ("http", "https")),
            trusted_roots=read.file("PORTAL_TRUSTED_ROOTS", needed_with="PORTAL_TSA"),
            token=read.token("PORTAL_PKCS11"),
            fonts=Path(read.text("PORTAL_FONTS", str(REPOSITORY / ".fonts"))),
            max_upload_mb=read.number("PORTAL_MAX_UPLOAD_MB", 300, lowest=1, highest=4096),
            log_format=cast(Literal["json", "text"], read.choice("PORTAL_LOG", ("text", "json"))),
            session_idle_minutes=read.number("PORTAL_SESSION_MINUTES", 30, lowest=1, highest=24 * 60),
            demo=demo != "no",
            whole_year=demo == "year",
        )

    @property
    def secret_key_file(self) -> Path:
        """Where the key that signs cookies is kept."""
        return self.data / "secret-key"

    @property
    def secret_key(self) -> str:
        """The key that signs cookies, read from the data folder."""
        key = self.secret_key_file.read_text(encoding="ascii").strip()
        if len(key) < SHORTEST_SECRET_KEY:
            raise ConfigError(f"{self.secret_key_file} 内容不完整，请从备份恢复，或删除该文件后重新启动。")
        return key

    @property
    def running_file(self) -> Path:
        """Locked, shared, by whoever serves from the data folder."""
        return self.data / "running.lock"

    @property
    def sqlite_file(self) -> Path | None:
        """The database file, or None where another database is used."""
        prefix = "sqlite:///"
        return Path(self.database_url.removeprefix(prefix)) if self.database_url.startswith(prefix) else None

    @property
    def local_store(self) -> Path | None:
        """The folder the files are kept in, or None where an object store is used."""
        address = urlsplit(self.object_store)
        return Path(unquote(address.path)) if address.scheme == "file" else None

    def ensure(self) -> Self:
        """Make the data folder and the secret key, readable by their owner only, where they are missing."""
        try:
            self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_once(self.secret_key_file, secrets.token_urlsafe(SECRET_KEY_BYTES))
        except OSError as error:
            raise ConfigError(f"PORTAL_DATA 指向的文件夹不可写：{self.data}（{error.strerror}）。") from error
        return self


class _Reader:
    """Reads variables by kind; an empty variable counts as one that is not set."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ

    def text(self, name: str, default: str = "") -> str:
        """Text without surrounding blanks and without control characters."""
        value = self.environ.get(name, "").strip()
        if any(ord(character) < 32 for character in value):
            raise ConfigError(f"{name} 含有控制字符。")
        return value or default

    def number(self, name: str, default: int, *, lowest: int, highest: int) -> int:
        """A whole number within its limits."""
        value = self.text(name, str(default))
        if not (value.isascii() and value.isdigit() and lowest <= int(value) <= highest):
            raise ConfigError(f"{name} 应为 {lowest} 至 {highest} 的整数，现为“{value}”。")
        return int(value)

    def yes(self, name: str) -> bool:
        """The words yes and no; nothing else, so that a typing error is never a silent no."""
        return self.choice(name, ("no", "yes")) == "yes"

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """One of a few words, the first by default."""
        value = self.text(name, choices[0])
        if value not in choices:
            raise ConfigError(f"{name} 只能是 {'、'.join(choices)} 之一，现为“{value}”。")
        return value

    def listing(self, name: str) -> tuple[str, ...] | None:
        """A list parted by commas, or None where there is none."""
        return tuple(part.strip() for part in self.text(name).split(",") if part.strip()) or None

    def pairs(self, name: str) -> dict[str, str]:
        """Pairs such as ``region=cn-1,endpoint=…`` parted by commas."""
        parts = self.listing(name) or ()
        if any("=" not in part for part in parts):
            raise ConfigError(f"{name} 应写作 region=main,endpoint=https:… 的形式。")
        return {key.strip(): value.strip() for key, value in (part.split("=", 1) for part in parts)}

    def token(self, name: str) -> dict[str, str]:
        """A PKCS#11 token: its driver, its label and its PIN."""
        pairs = self.pairs(name)
        if pairs and set(pairs) != {"module", "token", "pin"}:
            raise ConfigError(f"{name} 应写作 module=驱动文件,token=设备名称,pin=口令 的形式。")
        return pairs

    def file(self, name: str, *, needed_with: str) -> Path | None:
        """An existing file, which must be named wherever the other variable is set."""
        value = self.text(name)
        if not value and self.text(needed_with):
            raise ConfigError(f"设置了 {needed_with}，就要用 {name} 指明信任它的根证书文件（PEM）。")
        if value and not Path(value).is_file():
            raise ConfigError(f"{name} 指向的文件不存在：{value}。")
        return Path(value) if value else None

    def address(self, name: str, schemes: tuple[str, ...]) -> str:
        """An address of one of the known kinds; the value is never repeated: it may hold a password."""
        value = self.text(name)
        if value and value.partition(":")[0].partition("+")[0] not in schemes:
            raise ConfigError(f"{name} 应以 {'、'.join(f'{scheme}:' for scheme in schemes)} 开头。")
        return value


def _database_url(url: str, data: Path) -> str:
    """The address SQLAlchemy needs: our SQLite file by default, psycopg 3 for PostgreSQL."""
    if not url:
        return f"sqlite:///{data / 'portal.sqlite3'}"
    scheme, separator, rest = url.partition("://")
    return f"postgresql+psycopg://{rest}" if separator and scheme in {"postgres", "postgresql"} else url


def _write_once(path: Path, content: str) -> None:
    """Write a small secret file whole or not at all; of two processes at once the first one wins."""
    if path.exists():
        return
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
