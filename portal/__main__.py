"""The two commands, `python3 -m portal demo` and `python3 -m portal test`, and the way to all others.

Standard library only: this runs before anything is installed, and installs it.
"""

import ast
import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from portal.config import REPOSITORY, Config, ConfigError
from portal.ops import debian, libraries, machine, steps
from portal.ops.serving import Taken, serve

if sys.version_info < (3, 11):  # noqa: UP036 - an older Python still reads this far, and deserves an answer
    sys.exit("需要 Python 3.11 或更新的版本，现为 {}.{}。".format(*sys.version_info[:2]))


DEMO_DATA = REPOSITORY / "var" / "demo"
YEAR_DATA = REPOSITORY / "var" / "demo-year"
DRILLS = REPOSITORY / "tests" / "drills"
MOST_TEST_WORKERS = 4  # each with its own Chromium, LibreOffice and database
# What a machine without network needs of this folder; never the data.
BUNDLED = (
    "portal", "static", "templates", "migrations", "tests", ".fonts", "wsgi.py", "pyproject.toml",
    "requirements.lock", "requirements-test.lock", "package.json", "package-lock.json", "README.md",
)  # fmt: skip
USAGE = """\
用法：python3 -m portal [命令]

  （无）              运行门户（正式数据）
  demo                运行门户（示例数据，与正式数据分开存放）
  demo --year         同上，一年的会议全部完整载入（约需几分钟）
  test [--all] [……]   运行快速测试，加 --all 运行全部测试，其余参数交给 pytest
  drill [名称]        列出或运行演练
  bundle 文件夹       制作无网络环境的安装包
  backup [文件]       备份
  restore 文件        恢复
  verify 文件……       核验 PDF
  archive export 文件夹  导出归档文件

其他命令见 python3 -m portal --help；在任何命令前加 demo 即用于示例数据。"""


def main(words: list[str]) -> int:
    """Do what the first word says; whatever is no word of ours goes to the Flask command line."""
    environ = dict(os.environ)
    if words[:1] == ["demo"]:
        year = words[1:2] == ["--year"]
        data, demo = (YEAR_DATA, "year") if year else (DEMO_DATA, "yes")
        environ = {"PORTAL_DATA": str(data), **environ, "PORTAL_DEMO": demo}
        words = words[2 if year else 1 :]
    config = Config.from_environ(environ)
    command, rest = (words[0], words[1:]) if words else ("", [])
    if command == "help":
        steps.say(USAGE)
        return 0
    return COMMANDS.get(command, run_flask)(config, environ, rest if command in COMMANDS else words)


def run_portal(config: Config, environ: Mapping[str, str], _words: list[str]) -> int:
    """Bring the data up to date and serve until told to stop."""
    machine.make_ready(config.fonts)
    return serve(config, _for_children(environ), show_accounts=lambda: _show_accounts(config))


def run_tests(config: Config, environ: Mapping[str, str], words: list[str]) -> int:
    """Run the quick tests, with `--all` all of them; further words are for pytest."""
    machine.make_ready(config.fonts, tests=True)
    os.chdir(REPOSITORY)
    return _become(pytest(words), environ)


def pytest(words: list[str]) -> list[str]:
    """The command that runs the tests, without its Python."""
    # one file at a time to each processor, in the order of conftest.py; a file's tests share what they set up
    workers = str(min(os.cpu_count() or 1, MOST_TEST_WORKERS))
    return ["-m", "pytest", "-n", workers, "--dist", "loadfile", "--no-loadscope-reorder", *words]


def run_drill(config: Config, environ: Mapping[str, str], words: list[str]) -> int:
    """List the drills, or run the one that is named."""
    drills = {path.stem: path for path in sorted(DRILLS.glob("[a-z]*.py"))}
    if not words:
        for name, path in drills.items():
            print(f"{name:<16}{_first_line(path)}")
        return 0
    if words[0] not in drills:
        raise steps.Missing(f"没有名为“{words[0]}”的演练；可选：{'、'.join(drills) or '无'}。")
    machine.make_ready(config.fonts, tests=True)
    return _become([str(drills[words[0]]), *words[1:]], environ)


def run_bundle(config: Config, _environ: Mapping[str, str], words: list[str]) -> int:
    """Write a folder that is set up by the same commands on a machine like this one without any network."""
    if len(words) != 1:
        raise steps.Missing("请给出一个文件夹：python3 -m portal bundle 文件夹")
    target = Path(words[0]).absolute()
    if target.exists():
        raise steps.Missing(f"{target} 已存在，请换一个名称。")
    machine.make_ready(config.fonts)
    libraries.download_wheels(target / libraries.WHEELS.name)
    for name in BUNDLED:
        source = config.fonts if name == ".fonts" else REPOSITORY / name
        _copy(source, target / name)
    names = debian.bundle_packages()
    (target / "debian-packages.txt").write_text("".join(f"{name}\n" for name in names), encoding="ascii")
    steps.say(f"已写入 {target}。整个文件夹复制到同样系统的机器后，在其中执行 python3 -m portal。")
    steps.say(f"那台机器还需要这些 Debian 软件包（见 debian-packages.txt）：{' '.join(names)}")
    return 0


def run_flask(config: Config, environ: Mapping[str, str], words: list[str]) -> int:
    """Hand every other word to the Flask command line; without real data it looks at the example world."""
    machine.make_ready(config.fonts)
    if "PORTAL_DATA" not in environ and not config.data.joinpath("secret-key").exists() and DEMO_DATA.exists():
        steps.say("提示：尚无正式数据，以下针对示例数据 var/demo。")
        environ = {**environ, "PORTAL_DATA": str(DEMO_DATA), "PORTAL_DEMO": "yes"}
    return _become(["-m", "flask", *words], environ)


COMMANDS: dict[str, Callable[[Config, Mapping[str, str], list[str]], int]] = {
    "": run_portal,
    "test": run_tests,
    "drill": run_drill,
    "bundle": run_bundle,
}


def _become(words: list[str], environ: Mapping[str, str]) -> int:
    """Go on as the Python of .venv, so that its exit status and its signals are ours."""
    sys.stdout.flush()
    os.execve(steps.PYTHON, [str(steps.PYTHON), *words], _for_children(environ))


def _for_children(environ: Mapping[str, str]) -> dict[str, str]:
    path = os.pathsep.join(part for part in (str(REPOSITORY), environ.get("PYTHONPATH")) if part)
    return {**environ, "PYTHONPATH": path, "FLASK_APP": str(REPOSITORY / "wsgi.py")}


def _first_line(path: Path) -> str:
    """What a drill says of itself."""
    return (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n")[0]


def _show_accounts(config: Config) -> None:
    """Print who can sign in to the example world."""
    listing = config.data / "demo-accounts.json"
    if not config.demo or not listing.exists():
        return
    print(f"示例账号（另存于 {listing}）：")
    for account in json.loads(listing.read_text(encoding="utf-8")):
        pin = f"  签名口令 {account['pin']}" if account.get("pin") else ""
        print(f"  {account['role']:<14} {account['username']:<14} {account['password']:<16} {account['name']}{pin}")
    sys.stdout.flush()


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    elif source.exists():
        shutil.copy(source, target)


def _start() -> int:
    try:
        return main(sys.argv[1:])
    except ConfigError as error:
        steps.say(f"配置有误：{error}")
    except (steps.Missing, Taken) as error:
        steps.say(str(error))
    except OSError as error:
        steps.say(f"无法读写 {error.filename or '文件'}：{error.strerror}。")
    except KeyboardInterrupt:
        steps.say("")
    return 1


if __name__ == "__main__":
    sys.exit(_start())
