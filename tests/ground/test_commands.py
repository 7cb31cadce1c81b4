"""What a person types: every word, every way to go wrong, each in one line."""

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from portal import __main__ as commands
from portal.config import REPOSITORY, Config
from portal.ops import debian, machine, steps
from portal.ops.serving import Taken, serve


@pytest.fixture
def became(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], Mapping[str, str]]]:
    """Catch what would be run, with everything set up already."""
    calls: list[tuple[list[str], Mapping[str, str]]] = []
    monkeypatch.setattr(machine, "make_ready", lambda *_arguments, **_options: None)
    monkeypatch.setattr(os, "execve", lambda _python, words, environ: calls.append((words[1:], environ)))
    monkeypatch.setattr(os, "chdir", lambda _folder: None)
    for name in [name for name in os.environ if name.startswith("PORTAL_")]:
        monkeypatch.delenv(name)
    return calls


def test_words_after_test_reach_pytest(became: list[tuple[list[str], Mapping[str, str]]]) -> None:
    commands.main(["test", "-k", "paper"])
    [(words, _)] = became
    assert (words[:2], words[-2:]) == (["-m", "pytest"], ["-k", "paper"])


def test_any_other_word_reaches_the_flask_command_line(
    became: list[tuple[list[str], Mapping[str, str]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_DATA", str(tmp_path))
    commands.main(["verify", "纪要.pdf"])
    words, environ = became[0]
    assert words == ["-m", "flask", "verify", "纪要.pdf"]
    assert environ["FLASK_APP"] == str(REPOSITORY / "wsgi.py")
    assert environ["PORTAL_DATA"] == str(tmp_path)
    assert "PORTAL_DEMO" not in environ


def test_demo_before_a_word_means_the_example_data(
    became: list[tuple[list[str], Mapping[str, str]]],
) -> None:
    commands.main(["demo", "backup"])
    words, environ = became[0]
    assert words == ["-m", "flask", "backup"]
    assert (environ["PORTAL_DATA"], environ["PORTAL_DEMO"]) == (str(commands.DEMO_DATA), "yes")


def test_a_drill_is_listed_with_its_own_first_line(
    became: list[tuple[list[str], Mapping[str, str]]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tmp_path.joinpath("crash.py").write_text('"""Kill it.\n\nMore."""\n', encoding="utf-8")
    tmp_path.joinpath("_shared.py").write_text("", encoding="utf-8")
    monkeypatch.setattr(commands, "DRILLS", tmp_path)
    assert commands.main(["drill"]) == 0
    assert capsys.readouterr().out.split() == ["crash", "Kill", "it."]
    commands.main(["drill", "crash", "--fast"])
    assert [words for words, _ in became] == [[str(tmp_path / "crash.py"), "--fast"]]
    with pytest.raises(steps.Missing, match="没有名为"):
        commands.main(["drill", "../../etc/passwd"])


def test_a_port_that_is_taken_is_told_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Taken, match=f"127.0.0.1:{port}"):
            serve(Config(data=tmp_path, port=port), {}, show_accounts=lambda: None)


def test_a_wrong_setting_ends_the_command_with_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "portal", "rules"],
        check=False,
        cwd=REPOSITORY,
        env={**os.environ, "PORTAL_PORT": "acht"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "配置有误：PORTAL_PORT 应为 1 至 65535 的整数，现为“acht”。\n"


def test_the_commands_need_nothing_but_the_standard_library() -> None:
    code = "import sys, portal.__main__; print('flask' in sys.modules or 'sqlalchemy' in sys.modules)"
    bare = [sys.executable, "-S", "-c", code]
    done = subprocess.run(bare, check=True, cwd=REPOSITORY, capture_output=True, text=True)
    assert done.stdout == "False\n"


def test_a_file_of_a_list_is_accepted_only_as_exactly_that_file(tmp_path: Path) -> None:
    listing = tmp_path / "list.txt"
    right = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    listing.write_text(f"# comment\n{right}  a.js  a/a.js\n{right}  b.js  b/b.js\n", encoding="ascii")
    tmp_path.joinpath("a.js").write_text("hello", encoding="ascii")
    tmp_path.joinpath("b.js").write_text("hullo", encoding="ascii")
    assert [file.name for file in steps.differing(tmp_path, listing)] == ["b.js"]


def test_a_step_that_fails_once_is_tried_again_and_then_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flaky = f"test -e {tmp_path}/seen || {{ touch {tmp_path}/seen; echo no network; exit 1; }}"
    steps.run(["sh", "-c", flaky], tries=2)
    assert capsys.readouterr().err == "未成功，可能是网络原因，正在重试……\n"
    with pytest.raises(steps.Missing, match="error: no route"):
        steps.run(["sh", "-c", "echo error: no route; echo bye; exit 3"])


def test_without_the_right_to_install_the_loss_and_the_cure_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORTAL_APT", "no")
    part = debian.Part("LibreOffice", "课件只能下载", ("libreoffice-impress",), lambda: False)
    debian.install_parts([part])
    expected = "提示：缺少LibreOffice，课件只能下载。请系统管理员执行：apt-get install libreoffice-impress\n"
    assert capsys.readouterr().err == expected
