"""50 signings at once, of different minutes and of the same, on each database through the real server; 200 papers."""

import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.cookiejar import CookieJar
from pathlib import Path
from threading import Barrier
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, build_opener

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent), str(HERE.parent / "minutes")]
AT_ONCE, SAME, ALONE, PAPERS = 50, 50, 6, 200
LONGEST_CLICK = 2.0  # seconds from 签发 to the answer, alone and warm
MOST_GROWTH = 40  # MB over the papers
PIN, PASSWORD = "24681357", "Signing-drill-2468"


def main() -> int:
    """Play on each database in a process of its own; 0 only if every promise held."""
    server = os.environ.get("TEST_DATABASE_URL", "")
    broken = 0
    for name, url in (("SQLite", ""), ("PostgreSQL", server)):
        if name == "PostgreSQL" and not url:
            print("PostgreSQL: left out, TEST_DATABASE_URL is not set")
            continue
        print(name, flush=True)
        command = [sys.executable, __file__, "play"]
        broken += subprocess.run(command, env={**os.environ, "TEST_DATABASE_URL": url}, check=False).returncode != 0
    print("memory of the press", flush=True)
    broken += subprocess.run([sys.executable, __file__, "memory"], check=False).returncode != 0
    print("passed" if not broken else f"failed in {broken} parts")
    return 1 if broken else 0


# ── many at once ───────────────────────────────────────────────────────────────────────────────────────────────────


class Kept(HTTPRedirectHandler):
    """Where an answer leads is looked at, not followed."""

    def redirect_request(self, *_args, **_more):
        return None


class Client:
    """The signatory at a browser: signs in once, then posts as fast as the network allows."""

    def __init__(self, address: str) -> None:
        self.address, self.opener = address, build_opener(HTTPCookieProcessor(CookieJar()), Kept)

    def ask(self, path: str, data: dict[str, str] | None = None) -> tuple[int, str, str]:
        body = urlencode(data).encode() if data is not None else None
        try:
            with self.opener.open(f"{self.address}{path}", body, timeout=180) as answer:
                return answer.status, answer.read().decode(), ""
        except HTTPError as error:
            return error.code, error.read().decode(), error.headers.get("Location", "")

    def sign_in(self, user: str) -> None:
        token = _field(self.ask("/login")[1], "csrf_token")
        status, _, _ = self.ask("/login", {"csrf_token": token, "username": user, "password": PASSWORD})
        if status != 303:
            raise SystemExit(f"could not sign in: {status}")

    def form(self, number: int) -> dict[str, str]:
        """The page of a paper that waits, as it is opened before the button is pressed."""
        page = self.ask(f"/minutes/{number}/signature")[1]
        return {name: _field(page, name) for name in ("csrf_token", "version", "once")} | {"pin": PIN}

    def press(self, number: int, form: dict[str, str]) -> tuple[int, float]:
        begun = time.perf_counter()
        status, _, _ = self.ask(f"/minutes/{number}/signature", form)
        return status, time.perf_counter() - begun


def _field(page: str, name: str) -> str:
    ways = (rf'name="{name}"[^>]*value="([^"]*)"', rf'value="([^"]*)"[^>]*name="{name}"')
    found = next((match for way in ways if (match := re.search(way, page))), None)
    return found[1] if found else ""


def play() -> None:
    """Hold the meetings, lay the papers out, press everywhere at once, and count what came of it."""

    from states import Database

    from portal import create_app
    from portal.config import Config

    folder = Path(tempfile.mkdtemp(prefix="portal-signing-"))
    database = Database(folder)
    environ = {"PORTAL_DATA": str(folder / "data"), "DATABASE_URL": database.url, "PORTAL_JOBS": "now"}
    app = create_app(Config.from_environ(environ).ensure())
    database.prepare(app)
    try:
        with app.app_context():
            numbers = _prepare()
        served = _serve(environ)
        try:
            ok = _press(served[0], numbers)
        finally:
            served[1].terminate()
            served[1].wait(60)
        with app.app_context():
            ok = _count(numbers) and ok
    finally:
        database.drop(app)
    sys.exit(0 if ok else 1)


def _prepare() -> list[int]:
    """Meetings enough, passed by eight reviewers' hands at once so that their numbers race, and laid out."""
    import sqlalchemy as sa
    from cast import Cast, add_series, by_itself
    from flask import current_app
    from minutes_stage import drafted, hold

    from portal.db.engine import db
    from portal.minutes.models.minutes import Minutes
    from portal.minutes.reading import queries
    from portal.minutes.signoff import operations
    from portal.people.keys import operations as keys
    from portal.people.models.accounts import User
    from portal.people.sessions import operations as sessions

    people = Cast()
    people.enter()
    db.session.commit()
    series = add_series(people)
    for signer in (people.reviewer, people.signatory):
        keys.make_key(signer, PIN, by=signer)
    sessions.set_password(people.signatory, PASSWORD, by=people.signatory)
    people.signatory.must_change_password = False
    begun = time.monotonic()
    numbers = []
    for _ in range(AT_ONCE + ALONE + 1):
        minutes = drafted(hold(series, people))
        operations.submit(minutes, by=people.recorder)
        db.session.commit()
        numbers.append(minutes.id)
    by_itself("minutes.render_sheet")
    app, reviewer = current_app._get_current_object(), people.reviewer.id
    db.session.remove()

    def passed(number: int) -> None:
        with app.test_request_context(method="POST"):
            acting = operations.begin_passing(queries.minutes(number), "", PIN, by=db.session.get(User, reviewer))
            db.session.rollback()  # as the page does: nobody waits while the sheet is signed
            acted = acting.made()
            operations.pass_(queries.minutes(number), acted, by=db.session.get(User, reviewer))
            db.session.commit()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(passed, numbers))
    by_itself("minutes.render")
    waiting = db.session.scalar(sa.select(sa.func.count()).where(Minutes.document_id.is_not(None)))
    print(f"  {f'{waiting} papers held, passed and laid out':44} {time.monotonic() - begun:7.1f} s", flush=True)
    return numbers


def _serve(environ: dict[str, str]) -> tuple[str, subprocess.Popen]:
    from living import _free_port, _wait_for

    port = _free_port()
    log = (Path(environ["PORTAL_DATA"]) / "server.log").open("w")
    command = [sys.executable, "-m", "gunicorn", "-c", "python:portal.ops.server", "wsgi:app"]
    more = {"PORTAL_PORT": str(port), "PORTAL_HOST": "127.0.0.1", "PORTAL_JOBS": "worker"}
    environ = {**os.environ, **environ, **more}
    child = subprocess.Popen(command, env=environ, cwd=HERE.parents[1], stdout=log, stderr=log)
    _wait_for(f"http://127.0.0.1:{port}")
    return f"http://127.0.0.1:{port}", child


def _press(address: str, numbers: list[int]) -> bool:
    client = Client(address)
    client.sign_in("signatory")
    first, *others = numbers
    said = [client.press(number, client.form(number)) for number in others[:ALONE]]
    cold, *warm = (seconds for _, seconds in said)  # two processes serve: the second click may be a first one too
    alone, times = sorted(warm)[len(warm) // 2], " ".join(f"{one:.2f}" for one in warm)
    print(f"  {'one click alone, the median':44} {alone:7.2f} s   (bar {LONGEST_CLICK} s; {times}; cold {cold:.2f})")
    ok = {status for status, _ in said} == {303} and alone < LONGEST_CLICK
    rest = others[ALONE:]
    forms = {number: client.form(number) for number in [*rest, first]}
    begun = time.monotonic()
    said = _together([(number, forms[number]) for number in rest], client)
    print(f"  {f'{len(rest)} different ones at once':44} {time.monotonic() - begun:7.1f} s   answers {_tally(said)}")
    ok = ok and {status for status, _ in said} == {303}
    begun = time.monotonic()
    said = _together([(first, forms[first] | {"once": f"press-{n}"}) for n in range(SAME)], client)
    print(f"  {f'{SAME} times the same one at once':44} {time.monotonic() - begun:7.1f} s   answers {_tally(said)}")
    return ok and [status for status, _ in said].count(303) == 1 and not any(status >= 500 for status, _ in said)


def _together(presses: list[tuple[int, dict[str, str]]], client: Client) -> list[tuple[int, float]]:
    barrier = Barrier(len(presses))

    def press(one: tuple[int, dict[str, str]]) -> tuple[int, float]:
        barrier.wait()
        return client.press(*one)

    with ThreadPoolExecutor(len(presses)) as pool:
        return list(pool.map(press, presses))


def _tally(said: list[tuple[int, float]]) -> str:
    statuses = [status for status, _ in said]
    slowest = max(seconds for _, seconds in said)
    return f"{ {one: statuses.count(one) for one in sorted(set(statuses))} }, slowest {slowest:.1f} s"


def _count(numbers: list[int]) -> bool:
    """What the register, the journal and the files say after it."""
    from portal.db import journal
    from portal.db.engine import db
    from portal.documents import verify
    from portal.files import store
    from portal.minutes import data
    from portal.minutes.reading import queries
    from portal.minutes.text import queries as text_queries
    from portal.people.keys.queries import authority

    gaps = doubles = differing = invalid = 0
    papers = [queries.minutes(number) for number in numbers]
    given = sorted(one.number for one in papers)
    gaps = len(set(range(1, len(numbers) + 1)) - set(given))
    repeats = len(given) - len(set(given))
    for minutes in papers:
        labels = [state.label for state in minutes.document.states]
        doubles += labels != ["生成", "签发人 签发示例 签名", "存档时间戳"] or minutes.state.value != "signed"
        sheet = minutes.sheet.document
        doubles += [one.name for one in sheet.signatures if one.at] != ["审核示例", "签发示例"]
        invalid += not verify.examine(store.read(sheet.file), trust=authority(), registered=None).valid
        pdf = store.read(minutes.document.file)
        differing += not data.read_back(pdf).text == text_queries.words(minutes) == minutes.latest.printed
        invalid += not verify.examine(pdf, trust=authority(), registered=None).valid
    broken = len(list(journal.breaks()))
    figures = {
        "gaps in the numbers": gaps, "numbers given twice": repeats, "signed twice or not at all": doubles,
        "papers whose text is not the registered one": differing, "papers that do not verify": invalid,
        "breaks in the journal": broken,
    }  # fmt: skip
    for what, number in figures.items():
        print(f"  {what:44} {number:7}   (bar 0)")
    db.session.rollback()
    return not any(figures.values())


# ── memory ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def memory() -> None:
    """Lay out, sign and prove PAPERS papers in one process, as a worker does, and watch what it holds."""
    from test_word import PAGE

    from portal.db import clock
    from portal.documents.paper import pdf_pages, renderer
    from portal.documents.paper import text as paper_text
    from portal.documents.pki import authority as pki_authority
    from portal.documents.pki import keys as pki_keys
    from portal.documents.pki import proof, signing

    cabinet = pki_authority.Authority.at(Path(tempfile.mkdtemp(prefix="portal-signing-")))
    key = pki_keys.open_key(cabinet.issue_person("签发示例", "signatory", PIN).p12, PIN)
    text = "\n".join(f"{paper_text.numeral(n)}、事项\n会议指出，要主动服务、靠前服务。" * 3 for n in range(1, 9))
    times, before = [], 0
    for number in range(PAPERS):
        begun = time.perf_counter()
        page = replace(PAGE, body=f"{text}\n第{number}份", number_text=f"〔2026〕{number + 1}号")
        pdf = renderer.render("minutes.html", made_at=clock.now(), paper=page)
        pdf = signing.prepare_fields(pdf, [signing.Field("signatory")])
        pdf = signing.sign(pdf, key, authority=cabinet, field="signatory", name="签发示例", reason="签发人")
        proof.prove(pdf, cabinet)
        times.append(time.perf_counter() - begun)
        if number == PAPERS // 10:
            before = _resident()
        if (number + 1) % (PAPERS // 5) == 0:
            what = f"after {number + 1} papers of {pdf_pages.page_count(pdf)} pages"
            print(f"  {what:44} {_resident():7.0f} MB", flush=True)
    grown = _resident() - before
    print(f"  {'grown since the first tenth':44} {grown:7.0f} MB  (bar {MOST_GROWTH} MB)")
    print(f"  {'one paper, laid out, signed and proved':44} {sorted(times)[len(times) // 2]:7.2f} s")
    print(f"  {'most ever held':44} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:7.0f} MB")
    sys.exit(0 if grown < MOST_GROWTH else 1)


def _resident() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    if sys.argv[1:] in (["play"], ["memory"]):
        {"play": play, "memory": memory}[sys.argv[1]]()
    else:
        sys.exit(main())
