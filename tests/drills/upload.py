"""200 MB in pieces, its line cut, its worker killed, its client begun anew: identical, and the workers stay small."""

import base64
import hashlib
import http.client
import os
import random
import re
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlencode, urlsplit

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent)]

from living import Living, living_portal  # noqa: E402

MB = 1024 * 1024
SIZE = 200 * MB
PIECE = 8 * MB
MOST_GROWTH = 60 * MB
PATIENCE = 600  # seconds, for all of it
SPOKEN = {"Tus-Resumable": "1.0.0"}


class Client:
    """A browser with one person signed in, and nothing it remembers but its cookie."""

    def __init__(self, portal: Living, account: dict[str, str]) -> None:
        self.place = urlsplit(portal.address).netloc
        self.cookie = ""
        page = self.ask("GET", "/login")[2].decode()
        typed = {"username": account["username"], "password": account["password"], "csrf_token": token(page)}
        status = self.post("/login", typed)[0]
        assert status in {302, 303}, f"not signed in: {status}"
        self.csrf = token(self.ask("GET", "/")[2].decode())

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str], bytes]:
        """One request on a connection of its own."""
        line = http.client.HTTPConnection(self.place, timeout=120)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            line.request(method, path, body, {"Cookie": self.cookie} | named)
            answer = line.getresponse()
            if cookie := answer.getheader("Set-Cookie"):
                self.cookie = cookie.partition(";")[0]
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            line.close()

    def post(self, path: str, typed: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        """Post a plain form."""
        kind = "application/x-www-form-urlencoded"
        return self.ask("POST", path, urlencode(typed).encode(), Content_Type=kind)

    def begin(self, course: str, size: int) -> tuple[str, str]:
        """Begin the upload, or find it again: its address and its token."""
        told = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in (
            ("filename", "演练课件.pdf"), ("stamp", "2026-11-23T00:00:00.000Z"),
        ))  # fmt: skip
        status, headers, body = self.ask(
            "POST", f"{course}/materials/incoming", X_CSRFToken=self.csrf, Tus_Resumable="1.0.0",
            Upload_Length=str(size), Upload_Metadata=told,
        )  # fmt: skip
        assert status == 201, (status, body.decode())
        return urlsplit(headers["Location"]).path, headers["Upload-Token"]

    def offset(self, place: str) -> int:
        """How far it has come."""
        return int(self.ask("HEAD", place, Tus_Resumable="1.0.0")[1]["Upload-Offset"])

    def send(self, place: str, file: Path, offset: int, *, cut_after: int | None = None) -> None:
        """Send the next piece; with `cut_after` only so many bytes of it, and hang up."""
        with file.open("rb") as content:
            content.seek(offset)
            piece = content.read(PIECE)
        host, _, port = self.place.partition(":")
        with socket.create_connection((host, int(port)), timeout=120) as line:
            line.sendall(
                f"PATCH {place} HTTP/1.1\r\nHost: {self.place}\r\nCookie: {self.cookie}\r\nTus-Resumable: 1.0.0\r\n"
                f"X-CSRFToken: {self.csrf}\r\nUpload-Offset: {offset}\r\nContent-Length: {len(piece)}\r\n"
                "Content-Type: application/offset+octet-stream\r\nConnection: close\r\n\r\n".encode()
            )
            line.sendall(piece[: cut_after or len(piece)])
            if cut_after is None:
                answer = line.recv(4096).decode(errors="replace")
                if " 204 " not in answer.partition("\r\n")[0]:
                    raise ConnectionError(answer.partition("\r\n")[0] or "no answer")


def token(page: str) -> str:
    """The CSRF token of a page."""
    found = re.search(r'data-csrf="([^"]+)"', page)
    assert found, page[:500]
    return found[1]


class Watch(threading.Thread):
    """How much memory the web workers take, looked at again and again: each worker's PSS in bytes."""

    def __init__(self, portal: Living) -> None:
        super().__init__(daemon=True)
        self.folder, self.most, self.over = str(portal.data), 0, threading.Event()

    def workers(self) -> list[int]:
        """The processes that answer requests: the children of gunicorn's first one."""
        return [one for one in processes(self.folder) if parent(one) in processes(self.folder)]

    def now(self) -> int:
        """The largest worker."""
        return max((pss(one) for one in self.workers()), default=0)

    def run(self) -> None:
        """Look until told to stop."""
        while not self.over.wait(0.1):
            self.most = max(self.most, self.now())


def processes(folder: str) -> list[int]:
    """The gunicorn processes of this drill's portal, known by the data folder in their environment."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            command, environ = (path / "cmdline").read_bytes(), (path / "environ").read_bytes()
        except OSError:
            continue
        if b"gunicorn" in command and f"PORTAL_DATA={folder}".encode() in environ.split(b"\0"):
            found.append(int(path.name))
    return found


def parent(process: int) -> int:
    """The process that started it."""
    try:
        return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def pss(process: int) -> int:
    """Its proportional share of memory in bytes."""
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def slides(path: Path) -> str:
    """A PDF of one page with 200 MB of noise in it; returns its SHA-256."""
    noise = random.Random(4)  # noqa: S311 - noise
    digest, written = hashlib.sha256(), 0
    head = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 960 540]>>\nendobj\n"  # noqa: E501
    places = [head.index(b"%d 0 obj" % number) for number in (1, 2, 3)] + [len(head)]
    stream = SIZE - len(head) - 400
    with path.open("wb") as target:

        def write(content: bytes) -> None:
            nonlocal written
            digest.update(content)
            written += len(content)
            target.write(content)

        write(head + b"4 0 obj\n<</Length %d>>\nstream\n" % stream)
        for _ in range(stream // MB):
            write(noise.randbytes(MB))
        write(noise.randbytes(stream % MB) + b"\nendstream\nendobj\n")
        start = written
        write(b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places))
        write(b"trailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % start)
    return digest.hexdigest()


def a_course(portal: Living, who: Client) -> str:
    """The address of a lesson slides can be handed in for."""
    page = who.ask("GET", "/courses?state=confirmed")[2].decode() + who.ask("GET", "/courses")[2].decode()
    for address in dict.fromkeys(re.findall(r'href="(/courses/\d+)"', page)):
        if 'data-tus="' in who.ask("GET", address)[2].decode():
            return address
    raise AssertionError("the example world has no lesson to hand slides in for")


def upload(portal: Living, file: Path, client: Client, anew: Client, watch: Watch) -> tuple[str, float]:
    """Send the file with three interruptions and hand it in: the lesson's address and the seconds it took.

    `anew` is the same person at another browser, which knows nothing of what was sent.
    """
    course, size = a_course(portal, client), file.stat().st_size
    place, known = client.begin(course, size)
    begun, told = time.monotonic(), []

    def until(share: float) -> None:
        while (at := client.offset(place)) < share * size:
            assert time.monotonic() - begun < PATIENCE, "the upload takes too long"
            client.send(place, file, at)

    until(0.2)
    client.send(place, file, at := client.offset(place), cut_after=3 * MB)
    time.sleep(0.5)
    told.append(f"line cut after {3} MB of a piece: {(client.offset(place) - at) / MB:.1f} MB of it had arrived")
    until(0.5)
    victims, at = watch.workers(), client.offset(place)
    sender = threading.Thread(target=lambda: _ignoring(client.send, place, file, at))
    sender.start()
    for worker in victims:
        os.kill(worker, signal.SIGKILL)
    sender.join()
    for _ in range(100):
        if _ignoring(client.offset, place) is not None:
            break
        time.sleep(0.1)
    told.append(f"workers {victims} killed with -9; the upload stands at {client.offset(place) / MB:.1f} MB")
    until(0.8)
    client = anew
    again, known = client.begin(course, size)
    told.append(f"client begun anew: led to {'the same upload' if again == place else 'ANOTHER upload'}"
                f" at {client.offset(place) / MB:.1f} MB")  # fmt: skip
    until(1)
    page = client.ask("GET", course)[2].decode()
    typed = {"csrf_token": token(page), "file_arrived": known, "title": "演练课件", "secrecy_checked": "y",
             "visibility": "before", "material_id": "", "note": ""}  # fmt: skip
    status, _, body = client.post(f"{course}/materials", typed)
    assert status == 303, (status, re.findall(r'class="error"[^>]*>(.*?)</p>', body.decode()))
    for line in told:
        print(f"  {line}")
    return course, time.monotonic() - begun


def _ignoring(deed, *arguments):
    """A line that breaks is what is tried here."""
    try:
        return deed(*arguments)
    except (OSError, http.client.HTTPException, KeyError):
        return None


def kept(portal: Living) -> str:
    """The SHA-256 of what the portal keeps, read from the store and counted anew."""
    largest = max((portal.data / "files").glob("??/??/*"), key=lambda path: path.stat().st_size)
    with largest.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def main() -> int:
    """Send it; 0 only if it is identical and no worker grew by 60 MB."""
    folder = Path(tempfile.mkdtemp(prefix="portal-upload-"))
    try:
        sha = slides(folder / "slides.pdf")
        with living_portal(folder / "data", "--meetings", "2") as portal:
            # What a worker loads with its first pages is no growth, and a password's hash takes 64 MB for an instant
            # whoever signs in: both browsers are signed in before anybody looks.
            client, anew = (Client(portal, portal.accounts["secretary"]) for _ in range(2))
            watch = Watch(portal)
            before = watch.now()
            watch.start()
            _, seconds = upload(portal, folder / "slides.pdf", client, anew, watch)
            watch.over.set()
            watch.join()
            same, grown = kept(portal) == sha, watch.most - before
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"sent and handed in       {seconds:8.1f} s    {SIZE / MB:.0f} MB, interrupted three times")
    print(f"identical (SHA-256)      {'yes' if same else 'NO':>8}")
    print(f"a worker's memory, PSS   {grown / MB:8.1f} MB   grown by at most (bar {MOST_GROWTH / MB:.0f} MB;"
          f" {before / MB:.0f} MB before)")  # fmt: skip
    good = same and grown < MOST_GROWTH
    print("passed" if good else "failed")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
