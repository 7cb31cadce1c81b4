"""The settings of the machine: read, checked, told in one line."""

import stat
from pathlib import Path

import pytest

from portal.config import REPOSITORY, Config, ConfigError


def test_nothing_set_means_a_portal_on_this_machine_only() -> None:
    config = Config.from_environ({})
    assert (config.host, config.port) == ("127.0.0.1", 8000)
    assert config.data == REPOSITORY / "var"
    assert config.database_url == f"sqlite:///{REPOSITORY / 'var' / 'portal.sqlite3'}"
    assert config.sqlite_file == REPOSITORY / "var" / "portal.sqlite3"
    assert config.local_store == REPOSITORY / "var" / "files"
    assert (config.demo, config.jobs, config.trusted_hosts) == (False, "worker", None)


def test_the_database_and_the_files_follow_the_data_folder() -> None:
    config = Config.from_environ({"PORTAL_DATA": "/srv/例会 门户"})
    assert config.sqlite_file == Path("/srv/例会 门户/portal.sqlite3")
    assert config.local_store == Path("/srv/例会 门户/files")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_way_to_write_postgresql_means_the_driver_we_have(scheme: str) -> None:
    config = Config.from_environ({"DATABASE_URL": f"{scheme}://portal:pw@db/portal"})
    assert config.database_url == "postgresql+psycopg://portal:pw@db/portal"
    assert config.sqlite_file is None


def test_an_object_store_is_no_folder() -> None:
    environ = {"PORTAL_STORE": "s3://portal", "PORTAL_STORE_OPTIONS": "region=cn-1, endpoint=http://store:9000"}
    config = Config.from_environ(environ)
    assert config.local_store is None
    assert config.store_options == {"region": "cn-1", "endpoint": "http://store:9000"}


def test_a_list_of_hosts_may_hold_blanks_and_an_empty_variable_is_none() -> None:
    assert Config.from_environ({"PORTAL_TRUSTED_HOSTS": " a.cn, b.cn ,"}).trusted_hosts == ("a.cn", "b.cn")
    assert Config.from_environ({"PORTAL_TRUSTED_HOSTS": " "}).trusted_hosts is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTAL_PORT", "http"),
        ("PORTAL_PORT", "0"),
        ("PORTAL_PORT", "65536"),
        ("PORTAL_PORT", "８０８０"),
        ("PORTAL_MAX_UPLOAD_MB", "-1"),
        ("PORTAL_SECURE_COOKIE", "true"),
        ("PORTAL_JOBS", "later"),
        ("PORTAL_DEMO", "1"),
        ("PORTAL_STORE", "ftp://somewhere"),
        ("PORTAL_STORE_OPTIONS", "region"),
        ("PORTAL_LOG", "xml"),
        ("PORTAL_HOST", "a\nb"),
        ("DATABASE_URL", "mysql://root:geheim@db/portal"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_in_one_chinese_line(name: str, value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Config.from_environ({name: value})
    line = str(caught.value)
    assert line.startswith(name)
    assert line.endswith("。")
    assert "\n" not in line
    assert "geheim" not in line


def test_passwords_in_addresses_do_not_reach_a_log() -> None:
    environ = {
        "DATABASE_URL": "postgresql://portal:geheim@db/portal",
        "PORTAL_SMTP": "smtp://portal:geheim@mail",
        "PORTAL_REDIS": "redis://:geheim@cache",
        "PORTAL_STORE_OPTIONS": "secret_access_key=geheim",
    }
    assert "geheim" not in repr(Config.from_environ(environ))


def test_the_data_folder_and_the_key_are_made_once_and_for_their_owner_only(tmp_path: Path) -> None:
    config = Config(data=tmp_path / "var").ensure()
    assert stat.S_IMODE(config.data.stat().st_mode) == 0o700
    assert stat.S_IMODE(config.secret_key_file.stat().st_mode) == 0o600
    assert [path.name for path in config.data.iterdir()] == ["secret-key"]
    key = config.secret_key
    assert len(key) >= 64
    assert config.ensure().secret_key == key


def test_a_key_that_was_cut_short_is_not_used(tmp_path: Path) -> None:
    config = Config(data=tmp_path).ensure()
    config.secret_key_file.write_text("short", encoding="ascii")
    with pytest.raises(ConfigError, match="内容不完整"):
        _ = config.secret_key


def test_a_data_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    tmp_path.joinpath("file").write_text("", encoding="ascii")
    with pytest.raises(ConfigError, match="PORTAL_DATA"):
        Config(data=tmp_path / "file" / "var").ensure()
