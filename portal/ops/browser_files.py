"""The scripts of others that the pages use, copied to static/vendor. Standard library only."""

import shutil
import tempfile
from pathlib import Path

from portal.config import REPOSITORY
from portal.ops.steps import Missing, differing, run, say, wanted

VENDOR = REPOSITORY / "static" / "vendor"
VENDOR_LIST = REPOSITORY / "portal" / "vendor.txt"


def fetch_browser_files() -> None:
    """Copy the scripts of others to static/vendor, each only if it is exactly the one we know."""
    if not differing(VENDOR, VENDOR_LIST):
        return
    npm = shutil.which("npm")
    if npm is None:
        say("提示：缺少 npm，未取得浏览器脚本；页面仍可使用，拖动排序等功能暂不可用。")
        return
    say("正在取得浏览器脚本……")
    with tempfile.TemporaryDirectory() as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(REPOSITORY / name, folder)
        run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=Path(folder), tries=2)
        VENDOR.mkdir(parents=True, exist_ok=True)
        for file in wanted(VENDOR_LIST):
            shutil.copyfile(Path(folder, "node_modules", file.source), VENDOR / file.name)
    if unlike := differing(VENDOR, VENDOR_LIST):
        for file in unlike:
            (VENDOR / file.name).unlink(missing_ok=True)
        raise Missing(f"浏览器脚本与校验值不符，已删除：{'、'.join(file.name for file in unlike)}。")
