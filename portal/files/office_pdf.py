"""Office files as PDF: through LibreOffice in a sandbox, one at a time on this machine."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from portal.files import sandbox
from portal.files.examine_limits import MB
from portal.files.kinds import OFFICE_KINDS, Kind
from portal.files.office_fonts import font_folders, fontconfig
from portal.files.sandbox import ROOM, Limits

MINUTE = 60  # seconds
OFFICE_LIMITS = Limits(memory=4096 * MB, cpu=240, seconds=180, output=1024 * MB)

LAST_RESORT = "请下载原文件查看，或另存为 PDF 后重新上传。"


class PreviewFailed(RuntimeError):
    """The pictures could not be made; the text is the sentence a person reads."""


@contextmanager
def room_in(workdir: Path) -> Iterator[Path]:
    """A folder of its own for one program, gone afterwards."""
    with tempfile.TemporaryDirectory(dir=workdir, prefix="room-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def lend(file: Path, place: Path) -> None:
    """The file at another place of the same disk, without copying it where that can be."""
    try:
        os.link(file, place)
    except OSError:
        shutil.copyfile(file, place)


def too_slow_sentence(limits: Limits) -> str:
    """What a reader is told of a conversion that took too long."""
    time = f"{limits.seconds / 60:.0f} 分钟" if limits.seconds >= MINUTE else f"{limits.seconds:.0f} 秒"
    return f"转换超过 {time}仍未完成，已停止。{LAST_RESORT}"


def log_end(program: sandbox.Confined) -> None:
    """Note how a program ended that did not end well."""
    structlog.get_logger("portal").warning(
        "preview_converter", status=program.process.returncode, slow=program.too_slow, said=program.complaints()
    )


def office() -> str | None:
    """LibreOffice's command, where it is installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")


@contextmanager
def as_pdf(source: Path, kind: Kind, workdir: Path) -> Iterator[Path]:
    """The file as PDF, for as long as the block lasts; what is no Office file stays what it is.

    LibreOffice exits with 0 when it failed, so what counts is the file it made.
    """
    if kind not in OFFICE_KINDS:
        yield source
        return
    command = office()
    if command is None:
        raise PreviewFailed(f"服务器上没有安装 LibreOffice，暂时不能预览。请联系系统管理员；{LAST_RESORT}")
    with room_in(workdir) as room:
        lend(source, room / f"source.{kind.value}")
        (room / "fonts.conf").write_text(fontconfig(), encoding="utf-8")
        fonts = {"FONTCONFIG_FILE": f"{ROOM}/fonts.conf"}
        words = [command, *_OPTIONS, f"{ROOM}/source.{kind.value}"]
        with sandbox.running(words, room, OFFICE_LIMITS, readable=font_folders(), environ=fonts) as converter:
            (converter.process.stdout or converter.process.stderr).read()  # type: ignore[union-attr]
            if converter.process.wait() or converter.too_slow:
                log_end(converter)
            if converter.too_slow:
                raise PreviewFailed(too_slow_sentence(OFFICE_LIMITS))
        made = room / "source.pdf"
        if not made.is_file() or made.stat().st_size == 0:
            raise PreviewFailed(f"LibreOffice 没能打开这个文件，无法生成预览。{LAST_RESORT}")
        yield made


_OPTIONS = (
    "--headless", "--norestore", "--nolockcheck", "--nodefault", "--nologo",
    f"-env:UserInstallation=file://{ROOM}/profile", "--convert-to", "pdf", "--outdir", ROOM,
)  # fmt: skip


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Wait for the machine's one place; the kernel frees it when its holder dies."""
    path = Path(tempfile.gettempdir()) / f"portal-preview-{os.getuid()}.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
