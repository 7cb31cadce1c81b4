"""Every kind of page, reached by its own links, as its people see it on a desk, on a phone and on paper."""

import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from cast import Cast
from eyes import spill, violations
from flask import Flask
from flask.testing import FlaskClient
from furnished import World, furnished
from living import Living
from playwright.sync_api import Browser, BrowserContext, Page
from walk import Seen, Walk
from werkzeug.serving import make_server

from portal import create_app
from portal.config import REPOSITORY, Config
from portal.db.engine import db
from portal.people.models.accounts import User

pytestmark = pytest.mark.browser

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
KILOBYTE = 1024
QUICK = (1, 2)  # pages of a kind that a person opens, and people who do
ENGLISH = re.compile(r"\b[A-Za-z]{2,}\b")
PLAIN_WORDS = {
    "PDF",
    "PPTX",
    "DOCX",
    "Excel",
    "Word",
    "SHA",
    "KB",
    "MB",
    "Chrome",
    "Linux",
    "poppler",
    "JPG",
    "PNG",
    "ZIP",
    "JSON",
    "CMS",
    "GD",
    "DER",
    "PEM",
    "XML",
    "WPS",
    "DA",
    "GB",  # formats and standards
    "Ctrl",
    "Alt",
    "Shift",
    "Tab",
    "Esc",  # as it stands on the keys
    "Adobe",
    "Acrobat",
    "Reader",
    "Outlook",
    "Internet",
    "pdfsig",
    "openssl",  # other programs
    "ECDSA",
    "RSA",
    "OCSP",
    "Timestamp",
    "Portal",
    "Signature",  # what an administrator of another system looks for
    "Calibri",
    "Noto",
    "Sans",
    "CJK",
    "SC",
    "FandolSong",  # fonts
}
# a command in quotes, an archival number, the name of a file, a place to fill in, the beginning of an address
AS_IT_IS = re.compile(
    r"“[^”]*”|\d{4}-WS·[\w-]+|\S*\.(?:pdf|pptx|docx|xlsx|csv|zip|jpg|png|pem|crl)(?![A-Za-z])|(?:&\w+=)?\{\w+\}|https?:"
)
HALF_WIDTH = re.compile(r"[一-鿿]\s*[,:;()?!]\s*[一-鿿]|[一-鿿][,;?!](?:\s|$)")
ON_PAPER = (
    "/meetings/<model:meeting>", "/meetings/<model:meeting>/notice", "/actions", "/minutes/<model:minutes>",
    "/meetings/<model:sitting>/record", "/archive",
)  # fmt: skip
A4 = {"width": 717, "height": 1000}  # 190 mm: the page without its margins
LEFT_OVER = """[...document.querySelectorAll('nav, button, .btn, summary, [role=search], input[type=search]')]
    .filter(one => one.checkVisibility() && one.getBoundingClientRect().width > 1)
    .map(one => one.outerHTML.slice(0, 90))"""
CUT_OFF = """[...document.querySelectorAll('main *')]
    .filter(one => one.checkVisibility() && one.clientWidth > 1)
    .filter(one => one.getBoundingClientRect().right > innerWidth + 1
        || (one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== 'visible'))
    .map(one => one.outerHTML.slice(0, 90))"""


@pytest.fixture(scope="module")
def browsers(chromium: Browser, portal: Living) -> Iterator[dict[str, BrowserContext]]:
    """A browser for each account, signed in."""
    contexts = {}
    for role, account in portal.accounts.items():
        contexts[role] = chromium.new_context(base_url=portal.address, locale="zh-CN")
        page = contexts[role].new_page()
        page.goto("/login")
        page.fill("[name=username]", account["username"])
        page.fill("[name=password]", account["password"])
        page.press("[name=password]", "Enter")
        page.wait_for_url("/")
    yield contexts
    for context in contexts.values():
        context.close()


@pytest.fixture(scope="module")
def walk(request: pytest.FixtureRequest, portal: Living, browsers: dict[str, BrowserContext]) -> Walk:
    """What everybody found."""
    urls = create_app(Config.from_environ(portal.environ)).url_map
    walk = Walk(urls, portal.address, *(() if request.config.getoption("--all") else QUICK))
    for role, context in browsers.items():
        walk.go(role, context.request)
    return walk


def pages(walk: Walk) -> list[Seen]:
    return [one for one in walk.seen if one.page]


def test_no_link_leads_nowhere(walk: Walk) -> None:
    lost = {(one.role, one.found_on, one.address, one.status) for one in walk.seen if one.status >= 400}
    assert lost == set()


def test_every_page_has_one_heading_and_a_title(walk: Walk) -> None:
    assert {one.address for one in pages(walk) if one.page.tags["h1"] != 1 or one.page.title.startswith(" ")} == set()


def test_every_page_speaks_chinese(walk: Walk, portal: Living) -> None:
    allowed = PLAIN_WORDS | {account["username"] for account in portal.accounts.values()}
    foreign = defaultdict(set)
    for one in pages(walk):
        for text in one.page.texts:
            for word in set(ENGLISH.findall(AS_IT_IS.sub("", text))) - allowed:
                foreign[word].add((one.kind, text.strip()[:60]))
    assert dict(foreign) == {}


def test_punctuation_between_chinese_words_is_full_width(walk: Walk) -> None:
    texts = {(one.kind, text.strip()) for one in pages(walk) for text in one.page.texts}
    assert {(kind, text) for kind, text in texts if HALF_WIDTH.search(text)} == set()


def test_no_page_is_heavy(walk: Walk) -> None:
    """45 kB hold a list of thirty rows; a longer roll may weigh what its further rows do."""
    heavy = {}
    for one in pages(walk):
        rows = max(one.page.tags["tr"], one.page.tags["li"])
        if one.size > 45 * KILOBYTE + max(rows - 30, 0) * KILOBYTE:
            heavy[one.address] = one.size
    assert heavy == {}


def test_styles_and_scripts_stay_light(walk: Walk) -> None:
    heavy = {}
    for kind, one in walk.examples().items():
        files = [urlsplit(file).path.removeprefix("/") for file in one.page.files]
        size = sum((REPOSITORY / file).stat().st_size for file in files)
        if size > 150 * KILOBYTE and "static/upload.js" not in files:
            heavy[kind] = size
    assert heavy == {}


class Eye:
    """A page that notes what goes wrong on it."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self.page = context.pages[0]
        self.base = base
        self.noted: list[str] = []
        self.page.on("console", lambda one: self.noted.append(one.text) if one.type == "error" else None)
        self.page.on("pageerror", lambda error: self.noted.append(str(error)))
        self.page.on("request", lambda one: self._note_request(one.url))

    def look(self, address: str) -> list[str]:
        """What is wrong with the page on a desk and on a phone."""
        self.noted.clear()
        self.page.set_viewport_size(DESK)
        self.page.goto(address)
        wrong = [f"desk: {one}" for one in faults(self.page)]
        self.page.set_viewport_size(PHONE)
        wrong += [f"phone: {one}" for one in faults(self.page)]
        return wrong + self.noted

    def _note_request(self, url: str) -> None:
        if not url.startswith((self.base, "data:", "blob:")):
            self.noted.append(f"asks {url}")


def faults(page: Page) -> list[str]:
    wide = spill(page)
    return violations(page) + ([f"{wide} pixels too wide"] if wide > 0 else [])


@pytest.mark.long
def test_every_kind_of_page_looks_right_on_a_desk_and_on_a_phone(
    walk: Walk, browsers: dict[str, BrowserContext], portal: Living
) -> None:
    eyes = {role: Eye(context, portal.address) for role, context in browsers.items()}
    wrong = {kind: eyes[one.role].look(one.address) for kind, one in walk.examples().items()}
    assert {kind: faults for kind, faults in wrong.items() if faults} == {}


def addresses(world: World, rule: str) -> list[str]:
    """Everywhere a URL rule leads in the furnished portal."""
    word = next(iter(re.findall(r"<model:(\w+)>", rule)), "")
    numbers = [str(number) for _, number in world.of(word)]
    return [rule.replace(f"<model:{word}>", number) for number in numbers] if "<" in rule else [rule]


@pytest.fixture
def rare(walk: Walk, app: Flask, people: Cast, as_: Callable[..., FlaskClient]) -> dict[str, tuple[str, str]]:
    """Pages the example has nobody before: the address of one, and the cookie of somebody who may open it."""
    world = furnished(people)
    left = {rule.rule for rule in app.url_map.iter_rules() if "GET" in rule.methods} - {one.kind for one in walk.seen}
    found = {}
    for user in (one for one in vars(people).values() if isinstance(one, User)):
        visitor = as_(user)
        for rule in sorted(left - found.keys()):
            for address in addresses(world, rule):
                answer = visitor.get(address)
                if answer.status_code == 200 and answer.mimetype == "text/html":
                    found[rule] = address, visitor.get_cookie("portal").value
    return found


@pytest.mark.long
def test_what_the_example_has_nobody_before_looks_right_too(
    rare: dict[str, tuple[str, str]], app: Flask, chromium: Browser
) -> None:
    assert rare
    db.session.remove()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.port}"
    context = chromium.new_context(base_url=base, locale="zh-CN")
    context.new_page()
    eye, wrong = Eye(context, base), {}
    for kind, (address, cookie) in rare.items():
        context.add_cookies([{"name": "portal", "value": cookie, "url": base}])
        wrong[kind] = eye.look(address)
    context.close()
    server.shutdown()
    assert {kind: faults for kind, faults in wrong.items() if faults} == {}


@pytest.mark.long
@pytest.mark.parametrize("kind", ON_PAPER)
def test_what_is_printed_holds_only_what_is_read(walk: Walk, browsers: dict[str, BrowserContext], kind: str) -> None:
    one = walk.examples()[kind]
    page = browsers[one.role].pages[0]
    page.set_viewport_size(A4)
    page.emulate_media(media="print")
    page.goto(one.address)
    assert (page.evaluate(LEFT_OVER), page.evaluate(CUT_OFF)) == ([], [])
