import os
import re
import shutil
from datetime import timedelta

import pytest
from cast import by_itself
from fixed_clock import make_old

from portal.db import clock
from portal.db.engine import db
from portal.documents import page_pictures, readership, reading, registry
from portal.documents.registry import PaperKind, Signer
from portal.jobs import periodic

PDF_PAGES = 2


@pytest.fixture
def document(people):
    import io

    from PIL import Image

    sheets = [Image.new("RGB", (595, 842), "white") for _ in range(PDF_PAGES)]
    out = io.BytesIO()
    sheets[0].save(out, "PDF", save_all=True, append_images=sheets[1:])
    signers = [Signer(people.recorder, "记录人", "recorder")]
    made = registry.enter(PaperKind.record, "第1次会议记录", "", out.getvalue(), signers, by=None)
    db.session.commit()
    return made


@pytest.fixture
def reader(people, monkeypatch):
    allowed = people.officer.id
    monkeypatch.setitem(readership.readers, PaperKind.record, lambda user, _document: user.id == allowed)
    return people.officer


def test_every_page_is_shown_as_a_picture_and_kept(app, document, reader, as_):
    browser = as_(reader)
    for url, *_size in in_request(app, document):
        answer = browser.get(url)
        assert (answer.status_code, answer.mimetype) == (200, "image/webp")
        assert answer.data[:4] == b"RIFF"
        assert browser.get(url, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    folder = app.config["PORTAL"].data / "cache" / "pages" / document.file.sha256
    assert sorted(one.name for one in folder.iterdir()) == ["1.webp", "2.webp"]


def test_what_was_laid_out_lately_is_drawn_before_anybody_asks(app, document):
    folder = app.config["PORTAL"].data / "cache" / "pages" / document.file.sha256
    shutil.rmtree(folder, ignore_errors=True)
    with clock.at(clock.now() + timedelta(days=1)):
        by_itself("papers.draw")
        assert not folder.exists()
    by_itself("papers.draw")
    assert sorted(one.name for one in folder.iterdir()) == ["1.webp", "2.webp"]


def test_who_wants_to_read_what_is_not_drawn_yet_sees_how_far_it_is(app, document, reader, as_):
    folder = app.config["PORTAL"].data / "cache" / "pages" / document.file.sha256
    shutil.rmtree(folder, ignore_errors=True)
    address = f"/papers/{document.id}/pages"
    with clock.at(clock.now() + timedelta(days=1)):  # it is an older one
        browser = as_(reader)
        waiting, there = browser.get(address).text, browser.get(address).text
    for words in ("正在准备各页", "0 / 2"):
        assert (words, words in waiting, words in there) == (words, True, False)
    assert (f"{address}/1.webp" in waiting, f"{address}/1.webp" in there) == (False, True)
    assert sorted(one.name for one in folder.iterdir()) == ["1.webp", "2.webp"]


@pytest.fixture
def nobody_draws(monkeypatch):
    """The worker is dead: what is prompted stays where it is."""
    with periodic.leaving("papers.draw"):
        yield


def asked_again(page):
    """The address a page that waits asks for itself again; None once it has stopped."""
    found = re.search(r'hx-get="(/papers/[^"]+)"', page)
    return found and found[1]


def test_who_waits_for_a_worker_that_is_dead_is_told_so_and_asks_no_more(document, reader, as_, app, nobody_draws):
    shutil.rmtree(app.config["PORTAL"].data / "cache" / "pages" / document.file.sha256, ignore_errors=True)
    browser, now = as_(reader), clock.now()
    address = f"/papers/{document.id}/pages"
    with clock.at(now):
        again = asked_again(browser.get(address).text)
    with clock.at(now + timedelta(seconds=50)):
        assert asked_again(browser.get(again).text) == again
    with clock.at(now + timedelta(seconds=70)):
        told = browser.get(again).text
        anew = browser.get(address).text
    assert f"/papers/{document.id}/file" in told
    assert ("后台任务可能没有运行" in told, asked_again(told)) == (True, None)
    assert ("正在准备各页" in anew, asked_again(anew) is None) == (True, False)


def test_a_page_that_was_drawn_lately_is_a_reason_to_wait_on(document, reader, as_, app, nobody_draws):
    folder = app.config["PORTAL"].data / "cache" / "pages" / document.file.sha256
    shutil.rmtree(folder, ignore_errors=True)
    browser, now = as_(reader), clock.now()
    with clock.at(now):
        again = asked_again(browser.get(f"/papers/{document.id}/pages").text)
    assert browser.get(f"/papers/{document.id}/pages/1.webp").status_code == 200
    os.utime(folder, (now.timestamp() + 60,) * 2)
    with clock.at(now + timedelta(seconds=70)):
        assert asked_again(browser.get(again).text) == again


BROKEN = b"""%PDF-1.4
1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj
2 0 obj <</Type /Pages /Count 2 /Kids [3 0 R 4 0 R]>> endobj
3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842]>> endobj
trailer <</Root 1 0 R>>
"""


def test_a_paper_that_cannot_be_drawn_says_so_keeps_no_other_waiting_and_is_tried_again(document, reader, as_, app):
    broken = registry.enter(PaperKind.record, "第2次会议记录", "", BROKEN, [], by=None)
    db.session.commit()
    pages = app.config["PORTAL"].data / "cache" / "pages"
    for sha in (broken.file.sha256, document.file.sha256):
        shutil.rmtree(pages / sha, ignore_errors=True)
        (pages.with_name("pages-wanted") / sha).touch()
    by_itself("papers.draw")
    assert (pages / document.file.sha256 / "2.webp").is_file()
    with periodic.leaving("papers.draw"):
        browser, address = as_(reader), f"/papers/{broken.id}/pages"
        waiting = browser.get(address).text
    again = asked_again(waiting)
    assert "1 / 2" in waiting
    by_itself("papers.draw")
    told = browser.get(again).text
    assert ("页面无法显示" in told, asked_again(told)) == (True, None)
    assert browser.get(f"{address}/2.webp").status_code == 404


def in_request(app, document):
    with app.test_request_context():
        return reading.pages_of(document)


@pytest.mark.parametrize("number", [0, 3, 2**40])
def test_a_page_that_is_not_there_is_a_404(document, reader, as_, number):
    assert as_(reader).get(f"/papers/{document.id}/pages/{number}.webp").status_code == 404


def test_the_file_is_handed_over_as_it_was_registered(document, reader, as_):
    from hashlib import sha256

    answer = as_(reader).get(f"/papers/{document.id}/file")
    assert sha256(answer.data).hexdigest() == document.file.sha256
    assert answer.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("address", ["/papers/{}/file", "/papers/{}/pages/1.webp"])
def test_whom_no_rule_lets_in_sees_nothing(document, reader, people, as_, address):
    assert as_(people.stranger).get(address.format(document.id)).status_code == 404


def test_a_kind_without_a_rule_is_closed_to_everybody(document, people, as_, monkeypatch):
    monkeypatch.delitem(readership.readers, PaperKind.record, raising=False)
    assert as_(people.secretary).get(f"/papers/{document.id}/file").status_code == 404


def test_a_missing_file_has_no_pages(app, document, reader, as_):
    from portal.files import store

    store.path_of(document.file.sha256).unlink()
    page_pictures._page_count.cache_clear()
    assert in_request(app, document) == []
    assert as_(reader).get(f"/papers/{document.id}/pages/1.webp").status_code == 404


def test_pictures_nobody_looked_at_for_a_month_are_forgotten(app, document, reader, as_):
    as_(reader).get(f"/papers/{document.id}/pages/1.webp")
    folder = app.config["PORTAL"].data / "cache" / "pages" / document.file.sha256
    page_pictures.tidy()
    assert folder.is_dir()
    make_old(folder, timedelta(days=page_pictures.KEPT_DAYS + 1))
    page_pictures.tidy()
    assert not folder.exists()
