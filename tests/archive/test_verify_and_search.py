"""Verification and search through the browser, and the commands."""

from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest

from portal import clock, jobs, store
from portal.archive import operations, queries
from portal.archive.models import Examination, Retention
from portal.database import db
from portal.search import SearchEntry


def bring(browser, content, name="纪要.pdf", **more):
    return browser.post("/verify", data={"file": (BytesIO(content), name)}, **more)


def waiting_room():
    return list(operations._waiting_room().glob("*"))


# ── verification ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("htmx", [False, True])
def test_a_paper_of_ours_is_said_to_be_valid_with_its_hash_and_its_original(as_, people, piece, htmx):
    content = store.read(piece.file)
    answer = bring(as_(people.officer, htmx=htmx), content)
    assert (answer.headers.get("HX-Redirect") if htmx else answer.location) == "/verify/1"
    page = as_(people.officer).get("/verify/1").text
    assert "逐字节一致" in page
    assert "出自本门户" in page
    assert sha256(content).hexdigest() in page
    assert f"/papers/{piece.document_id}/file" in page
    assert "pdfsig" in page


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
    bring(as_(people.officer), blank)
    assert waiting_room() == []
    assert db.session.scalars(queries.to_examine()).all() == []


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
    monkeypatch.setattr("portal.archive.forms.LARGEST", 1024 * 1024)
    answer = bring(as_(people.officer), b"%PDF-" + b"0" * 1024 * 1024)
    assert answer.status_code == 422
    assert "文件太大：核验最大支持 1 MB 的文件。" in answer.text
    assert waiting_room() == []


@pytest.mark.parametrize("name", ["../../x.pdf", "a\u202eb.pdf", "CON.pptx", "长" * 86 + ".pdf", "<script>.pdf"])
def test_a_hostile_name_is_only_text(as_, people, name):
    answer = bring(as_(people.officer), b"no pdf", name, follow_redirects=True)
    assert answer.status_code == 200
    assert "<script>." not in answer.text
    assert "\u202e" not in answer.text


def test_the_answer_is_for_who_asked(as_, people, blank):
    bring(as_(people.officer), blank)
    assert as_(people.officer).get("/verify/1").status_code == 200
    assert as_(people.secretary).get("/verify/1").status_code == 404


def test_until_it_is_answered_the_page_says_what_the_register_knows(as_, people, piece):
    operations.bring(BytesIO(store.read(piece.file)), "纪要.pdf", by=people.officer)
    db.session.commit()
    whole = as_(people.officer).get("/verify/1").text
    assert f"登记簿中有这份文件：会议记录《{piece.title}》" in whole
    part = as_(people.officer, htmx=True).get("/verify/1").text
    assert part.strip().startswith("<div")
    assert 'hx-get="/verify/1"' in part
    jobs.run("archive.verify")
    assert "hx-get" not in as_(people.officer, htmx=True).get("/verify/1").text


def test_an_upload_that_was_cleaned_away_is_asked_for_again(as_, people, blank):
    operations.bring(BytesIO(blank), "纪要.pdf", by=people.officer)
    db.session.commit()
    with clock.at(clock.now() + 2 * operations.LEFTOVERS):
        operations.tidy()
    jobs.run("archive.verify")
    assert "上传的文件已经清理，请重新上传。" in as_(people.officer).get("/verify/1").text


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
        operations._prepare(
            first.meeting, kind="课件", title=f"融资课件{number}", file=first.file, responsible="某", pages=1
        )
    db.session.commit()
    browser = as_(people.officer)
    assert browser.get("/search?q=融资").text.count('class="what"') == 20
    assert browser.get("/search?q=融资&page=2").text.count('class="what"') == 4
    assert browser.get("/search?q=融资&kind=档案&page=2").text.count('class="what"') == 4
    assert "没有这一页。" in browser.get("/search?q=融资&page=99999").text
    assert "“会议”中没有找到“融资”。" in browser.get("/search?q=融资&kind=会议").text


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


def test_export_hands_over_what_was_accepted_with_catalogue_and_sums(app, people, file_record, tmp_path: Path):
    first, _ = file_record(1, "=土地/问题:记录"), file_record(2)
    operations.accept(first, Retention.permanent, by=people.archivist)
    said = run(app, "archive", "export", str(tmp_path / "out"))
    assert "已导出 1 件" in said.output
    name = f"{first.archival_number}-=土地_问题_记录.pdf"
    out = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert set(out) == {name, "目录.csv", "SHA256SUMS"}
    assert out["SHA256SUMS"].decode() == f"{sha256(out[name]).hexdigest()}  {name}\n"
    assert out["目录.csv"].startswith(b"\xef\xbb\xbf")
    assert "'=土地/问题:记录" in out["目录.csv"].decode("utf-8-sig").splitlines()[1]


def test_export_refuses_a_folder_with_something_in_it(app, people, tmp_path: Path):
    (tmp_path / "x").touch()
    said = run(app, "archive", "export", str(tmp_path))
    assert said.exit_code == 1
    assert "不是空的，请换一个空文件夹。" in said.output


def test_export_stops_at_a_damaged_file(app, people, piece, tmp_path: Path):
    operations.accept(piece, Retention.permanent, by=people.archivist)
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
