"""Verification and search through the browser, and the commands."""

import html
import re
import shutil
import subprocess
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
import sqlalchemy as sa
from cast import by_itself
from fixed_clock import make_old
from furnished import World

from portal.archive.models.examinations import Examination
from portal.archive.models.pieces import Retention
from portal.archive.pieces import filing
from portal.archive.pieces import operations as pieces
from portal.archive.search import operations as search
from portal.archive.search import queries as search_queries
from portal.archive.verifying import operations as verifying
from portal.archive.verifying import queries as verifying_queries
from portal.db import clock
from portal.db.engine import db
from portal.db.search_index import SearchEntry
from portal.documents.paper import stamps
from portal.documents.pki import keys, signing
from portal.documents.verify import LARGEST
from portal.files import store
from portal.jobs import worker
from portal.people.keys import queries as persons_queries


def bring(browser, content, name="纪要.pdf", **more):
    return browser.post("/verify", data={"file": (BytesIO(content), name)}, **more)


def run_in(folder, *words):
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)


def answer_page():
    return f"/verify/answers/{db.session.scalars(sa.select(Examination.code)).one()}"


def waiting_room():
    return set(verifying.waiting_room().glob("*"))


# ── verification ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("htmx", [False, True])
def test_a_paper_of_ours_is_said_to_be_valid_with_its_hash_and_its_original(as_, people, piece, htmx):
    content = store.read(piece.file)
    answer = bring(as_(people.officer, htmx=htmx), content)
    where = answer.headers.get("HX-Redirect") if htmx else answer.location
    assert where == answer_page()
    page = as_(people.officer).get(where).text
    assert "逐字节一致" in page
    assert "出自本门户" in page
    assert sha256(content).hexdigest() in page
    assert f"/papers/{piece.document_id}/file" in page
    assert "/verify/how" in page


def test_who_may_not_read_the_paper_learns_only_whether_it_is_valid(as_, people, piece):
    page = bring(as_(people.stranger), store.read(piece.file), follow_redirects=True).text
    assert "逐字节一致" in page
    assert f"/papers/{piece.document_id}" not in page


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "这份 PDF 没有电子签名，登记簿里也没有它。"),
        (b"<html>", "这不是 PDF 文件，请上传门户下载的 PDF 原件。"),
        (b"%PDF-1.7\n" + b"\xff" * 2000, "文件已损坏或不是完整的 PDF 文件，无法读取其中的签名。"),
        (b"%PDF-1.7\n" + b"[" * 100_000, "文件已损坏或不是完整的 PDF 文件，无法读取其中的签名。"),
    ],
)
def test_anything_else_is_said_not_to_be(as_, people, blank, content, sentence):
    page = bring(as_(people.auditor), content or blank, follow_redirects=True).text
    assert f"无效：{sentence}" in page
    assert "不能确认出自本门户" in page


def test_what_was_brought_is_not_kept(as_, people, blank):
    before = waiting_room()
    bring(as_(people.officer), blank)
    assert waiting_room() == before
    assert db.session.scalars(verifying_queries.to_examine()).all() == []


@pytest.mark.parametrize(
    ("content", "sentence"), [(b"", "这个文件是空的，请重新选择。"), (None, "请选择要上传的文件。")]
)
def test_nothing_to_verify_comes_back_with_its_sentence(as_, people, content, sentence):
    browser = as_(people.officer)
    answer = browser.post("/verify", data={}) if content is None else bring(browser, content)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert db.session.get(Examination, 1) is None


def test_a_file_over_the_limit_is_refused_before_it_is_kept(as_, people, monkeypatch):
    monkeypatch.setattr("portal.archive.verifying.forms.LARGEST", 1024 * 1024)
    before = waiting_room()
    answer = bring(as_(people.officer), b"%PDF-" + b"0" * 1024 * 1024)
    assert answer.status_code == 422
    assert "文件太大：核验最大支持 1 MB 的文件。" in answer.text
    assert waiting_room() == before


@pytest.mark.parametrize("name", ["../../x.pdf", "a\u202eb.pdf", "CON.pptx", "长" * 86 + ".pdf", "<script>.pdf"])
def test_a_hostile_name_is_only_text(as_, people, name):
    answer = bring(as_(people.officer), b"no pdf", name, follow_redirects=True)
    assert answer.status_code == 200
    assert "<script>." not in answer.text
    assert "\u202e" not in answer.text


@pytest.mark.parametrize("htmx", [False, True])
def test_whoever_is_in_the_network_verifies_without_signing_in_and_reads_nothing(client, piece, htmx):
    client.environ_base |= {"HTTP_HX_REQUEST": "true"} if htmx else {}
    answer = bring(client, store.read(piece.file))
    page = client.get(answer.headers.get("HX-Redirect") or answer.location).text
    assert "逐字节一致" in page
    assert "/papers/" not in page
    assert db.session.get(Examination, 1).asked_by_id is None


def test_the_same_form_posted_twice_is_one_file(client, blank):
    first, second = (
        client.post("/verify", data={"file": (BytesIO(blank), "x.pdf"), "once": "a" * 22}).location for _ in range(2)
    )
    assert first == second
    assert db.session.get(Examination, 2) is None


def test_an_answer_is_found_by_its_code_alone(client, blank):
    bring(client, blank)
    for code in ("1", "0" * 32, "x" * 5000, "%00", "..%2f"):
        answer = client.get(f"/verify/answers/{code}")
        assert answer.status_code == 404
    assert client.get(answer_page()).status_code == 200


def test_too_many_files_from_one_address_are_refused_until_later(client, as_, people, blank, monkeypatch):
    monkeypatch.setattr("portal.archive.verifying.operations.MOST_BROUGHT", 2)
    assert [bring(client, blank).status_code for _ in range(3)] == [303, 303, 429]
    answer = bring(client, blank)
    assert "核验的次数太多，请十分钟后再试，或登录后核验。" in answer.text
    assert bring(client, blank, headers={"X-Forwarded-For": "10.0.0.9"}).status_code == 429
    assert bring(as_(people.officer), blank).status_code == 303
    with clock.at(clock.now() + 2 * verifying.LATELY):
        assert bring(client, blank).status_code == 303


def test_what_is_larger_than_any_paper_is_refused_unread(client):
    answer = client.post("/verify", data={"file": (BytesIO(bytes(LARGEST + 99_999)), "x.pdf")})
    assert answer.status_code == 413
    assert "一次最多 50 MB" in answer.text


def test_the_code_on_the_paper_leads_to_what_was_registered(client, as_, people, piece):
    document = piece.document
    page = client.get(f"/v/{document.code.lower()}").text
    assert document.states[-1].sha256 in page
    assert piece.title not in page
    assert "/papers/" not in page
    by_itself("papers.draw")
    page = as_(people.officer).get(f"/v/{document.code}").text
    assert piece.title in page
    assert f"/papers/{document.id}/pages/1.webp" in page
    assert piece.title not in as_(people.stranger).get(f"/v/{document.code}").text
    for code in ("ABCDEFGHJKLM", "1", "%00", "../login"):
        assert client.get(f"/v/{code}").status_code == 404


def test_the_file_is_compared_with_the_paper_whose_code_was_read(client, piece, blank):
    address = f"/v/{piece.document.code}"
    for content, said in ((store.read(piece.file), "就是纸面二维码对应的那一份"), (blank, "不是纸面二维码对应的")):
        answer = client.post(address, data={"file": (BytesIO(content), "x.pdf")})
        assert said in client.get(answer.location).text
    assert client.post(address, data={}).status_code == 422


def test_the_certificates_are_there_for_other_programs(client):
    page = client.get("/verify/how").text
    for name in re.findall(r'/verify/certificates/([^"]+)"', page):
        answer = client.get(f"/verify/certificates/{name}")
        assert answer.status_code == 200
        assert answer.data
    assert client.get("/verify/certificates/root.key").status_code == 404


@pytest.mark.skipif(not shutil.which("openssl") or not shutil.which("pdfsig"), reason="openssl or pdfsig is missing")
def test_what_the_page_says_about_other_programs_is_so(client, people, tmp_path: Path):
    own = persons_queries.authority()
    key = own.issue_person("签发示例", "qianfa", "135790")
    pdf = signing.prepare_fields(stamps.stamp("示例", "签发人", clock.now()), [signing.Field("signatory")])
    signer = keys.open_key(key.p12, "135790")
    (tmp_path / "纪要.pdf").write_bytes(
        signing.sign(pdf, signer, authority=own, field="signatory", name="签发示例", reason="同意")
    )
    (tmp_path / "chain.pem").write_bytes(client.get("/verify/certificates/chain.pem").data)
    said = run_in(tmp_path, "pdfsig", "-nocert", "纪要.pdf").stdout
    assert "Signature is Valid." in said
    assert "Total document signed" in said
    ranges = [*re.search(r"\[(\d+) - (\d+)\], \[(\d+) - (\d+)\]", said).groups()]
    page = client.get("/verify/how").text
    commands = html.unescape(re.findall(r"<pre tabindex=\"0\"><code>(.*?)</code></pre>", page, re.DOTALL)[-1])
    for letter, number in zip("ABC", ranges[1:], strict=True):
        commands = re.sub(rf"\b{letter}\b", number, commands)
    done = run_in(tmp_path, "bash", "-c", commands)
    assert "erification successful" in done.stderr, done.stderr


def test_until_it_is_answered_the_page_says_what_the_register_knows(as_, people, piece):
    verifying.bring(BytesIO(store.read(piece.file)), "纪要.pdf", by=people.officer)
    db.session.commit()
    where = answer_page()
    assert "登记簿中有这份文件" in as_(people.officer).get(where).text
    part = as_(people.officer, htmx=True).get(where).text
    assert part.strip().startswith("<div")
    assert f'hx-get="{where}"' in part
    worker.run("archive.verify")
    assert "hx-get" not in as_(people.officer, htmx=True).get(where).text


def test_an_upload_that_was_cleaned_away_is_asked_for_again(as_, people, blank):
    verifying.bring(BytesIO(blank), "纪要.pdf", by=people.officer)
    db.session.commit()
    for path in verifying.waiting_room().iterdir():
        make_old(path, 2 * verifying.LEFTOVERS)
    verifying.tidy()
    worker.run("archive.verify")
    assert "上传的文件已经清理，请重新上传。" in as_(people.officer).get(answer_page()).text


def test_a_withdrawn_paper_says_so(as_, people, piece):
    piece.document.withdrawn = True
    db.session.commit()
    page = bring(as_(people.officer), store.read(piece.file), follow_redirects=True).text
    assert "请注意：这份文件在印发前已被撤回，不是正式文件。" in page


# ── search ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("who", "found"),
    [("archivist", 1), ("secretary", 1), ("officer", 1), ("stranger", 0), ("supervisor", 0)],
)
def test_two_characters_find_a_piece_for_who_may_read_it(as_, people, file_record, who, found):
    made = file_record(1, "融资问题会议记录")
    page = as_(getattr(people, who)).get("/search?q=融资").text
    assert page.count(f'href="/archive/{made.id}"') == found
    assert ("<mark>融资</mark>问题会议记录" in page) == bool(found)
    assert ("没有找到“融资”。" in page) != bool(found)


@pytest.mark.parametrize("who", ["administrator", "auditor"])
def test_who_keeps_the_machine_searches_no_content(as_, people, who):
    answer = as_(getattr(people, who)).get("/search?q=融资")
    assert answer.status_code == 403
    assert "系统管理员和审计员不能检索会议内容。" in answer.text


def test_hits_are_narrowed_by_kind_and_paged(as_, people, file_record):
    first = file_record(1)
    for number in range(24):
        filing.prepare(
            first.meeting, kind="课件", title=f"融资课件{number}", file=first.file, responsible="某", pages=1
        )
    db.session.commit()
    browser = as_(people.officer)
    assert browser.get("/search?q=融资").text.count('class="what"') == 20
    assert browser.get("/search?q=融资&page=2").text.count('class="what"') == 4
    assert browser.get("/search?q=融资&kind=档案&page=2").text.count('class="what"') == 4
    assert "没有这一页。" in browser.get("/search?q=融资&page=99999").text
    assert "“会议”中没有找到“融资”。" in browser.get("/search?q=融资&kind=会议").text


def test_hits_are_narrowed_by_year_and_what_a_paper_says_is_found(as_, people, file_record):
    made = file_record(1, "记录")
    made.text = "由服务示例牵头，研究融资担保"
    search.reindex(made)
    db.session.commit()
    browser, year = as_(people.officer), made.meeting.year
    assert f'href="/archive/{made.id}"' in browser.get(f"/search?q=担保&year={year}").text
    assert f"“{year}年”中没有找到“没有的词”。" in browser.get(f"/search?q=没有的词&year={year}").text
    assert browser.get("/search?q=担保&year=99999999999999999999").status_code == 200
    assert f'href="/archive/{made.id}"' in as_(people.archivist).get("/archive?text=担保").text


@pytest.mark.parametrize(
    "words", ["", "　", "%", '"', "NEAR(", "*", "a OR b", "\u202e", "%ED%A0%80", "%00", "<script>", "字" * 5000]
)
def test_strange_words_are_searched_for_as_they_are(as_, people, piece, words):
    for page in ("1", "0", "-1", "x", "9223372036854775808"):
        answer = as_(people.officer).get(f"/search?q={words}&kind=x&page={page}")
        assert answer.status_code == 200
        assert "<script>" not in answer.text.replace('<script defer src="', "")


# ── commands ───────────────────────────────────────────────────────────────────────────────────────────────────────


def run(app, *words):
    db.session.commit()
    return app.test_cli_runner().invoke(args=list(words))


def test_verify_prints_a_line_a_file_and_fails_unless_all_are_valid(app, piece, tmp_path: Path):
    good, bad = tmp_path / "good.pdf", tmp_path / "bad.pdf"
    good.write_bytes(store.read(piece.file))
    bad.write_bytes(good.read_bytes() + b"more")
    said = run(app, "verify", str(good))
    assert said.exit_code == 0
    assert said.output.startswith(f"{good}：有效：")
    said = run(app, "verify", str(good), str(bad))
    assert said.exit_code == 1
    assert [line.split("：")[1] for line in said.output.splitlines()] == ["有效", "无效"]


def test_export_hands_over_what_was_accepted_and_inspect_reads_it_back(app, people, file_record, tmp_path: Path):
    first, _ = file_record(1, "=土地/问题:记录"), file_record(2)
    pieces.accept(first, Retention.permanent, by=people.archivist)
    out = tmp_path / "out"
    said = run(app, "archive", "export", str(out))
    assert "已导出 1 件" in said.output
    name = f"files/{first.year}/m{first.meeting_id}/{first.archival_number}-=土地_问题_记录.pdf"
    assert (out / name).read_bytes() == store.read(first.file)
    assert f"{first.file.sha256}  {name}" in (out / "manifest-sha256.txt").read_text()
    assert run_in(out, "sha256sum", "--check", "--quiet", "manifest-sha256.txt").returncode == 0
    said = run(app, "archive", "inspect", str(out))
    assert (said.exit_code, said.output.startswith("合格：1 件")) == (0, True)
    (out / name).write_bytes(b"%PDF-")
    said = run(app, "archive", "inspect", str(out))
    assert said.exit_code == 1
    assert f"“{name}”的内容与清单中的校验值不一致。" in said.output
    assert "不是空的，请换一个空文件夹。" in run(app, "archive", "export", str(out)).output
    assert run(app, "archive", "export", str(tmp_path / "out.zip")).exit_code == 0
    assert run(app, "archive", "inspect", str(tmp_path / "out.zip")).exit_code == 0


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is missing")
def test_the_command_in_a_package_proves_its_list(app, people, file_record, tmp_path: Path):
    pieces.accept(file_record(1), Retention.permanent, by=people.archivist)
    out = tmp_path / "out"
    run(app, "archive", "export", str(out))
    readme = (out / "说明文件.txt").read_text()
    command = readme[readme.index("openssl ts") : readme.index("chain.pem\n\n") + 9]
    assert "Verification: OK" in run_in(out, "bash", "-c", command).stdout


def test_export_refuses_a_folder_with_something_in_it(app, people, tmp_path: Path):
    (tmp_path / "x").touch()
    said = run(app, "archive", "export", str(tmp_path))
    assert said.exit_code == 1
    assert "不是空的，请换一个空文件夹。" in said.output


def test_export_stops_at_a_damaged_file(app, people, piece, tmp_path: Path):
    pieces.accept(piece, Retention.permanent, by=people.archivist)
    path = store.path_of(piece.file.sha256)
    path.chmod(0o600)
    path.write_bytes(b"damaged")
    said = run(app, "archive", "export", str(tmp_path / "out"))
    assert said.exit_code == 1
    assert "与登记的校验值不一致，导出没有完成。" in said.output


def test_search_is_rebuilt_as_it_was(app, people, piece):
    def entries():
        db.session.expire_all()
        rows = db.session.query(SearchEntry).order_by(SearchEntry.thing_type, SearchEntry.thing_id)
        return [(one.thing_type, one.thing_id, one.title, one.text, one.scope) for one in rows]

    before = entries()
    assert {kind for kind, *_ in before} >= {"meeting", "archival_record"}
    db.session.rollback()
    said = run(app, "search", "rebuild")
    assert f"共 {len(before)} 条" in said.output
    assert entries() == before


def test_made_anew_the_index_lacks_nothing_of_any_kind(people):
    World(people)
    before = known_by_search()
    search.rebuild_search()
    assert before - known_by_search() == set()
    not_there = {"项目", "课件", "政策原文"}
    assert {label for _, label, *_ in known_by_search()} == set(search_queries.LABELS) - not_there


def known_by_search():
    columns = (SearchEntry.thing_type, SearchEntry.label, SearchEntry.thing_id, SearchEntry.title, SearchEntry.scope)
    return {tuple(row) for row in db.session.execute(sa.select(*columns))}
