import time
from datetime import date

import pytest

from portal.db import search
from portal.db.engine import db


def enter(thing_id, title, text, *, label="会议纪要", day=date(2026, 11, 23), scope="all"):
    search.index(
        "minutes", thing_id, title=title, text=text, url=f"/minutes/{thing_id}", label=label, day=day, scope=scope
    )


def found(words, scopes=("all",), **options):
    return [hit.entry.thing_id for hit in search.find(words, scopes, **options).rows]


@pytest.fixture
def library(app):
    enter(1, "第12次例会纪要", "会议听取了关于科技型企业融资的汇报。由市金融局牵头，6月底前办结。")
    enter(2, "金融政策讲业务", "主讲人讲解了普惠金融与 ＰＰＴ 课件 Excel 台账。", label="课程", day=date(2026, 11, 24))
    enter(3, "𠮷林项目", "㐂庆与䶮字、emoji 😀 都要找得到；单位：示例企业甲", day=None)
    enter(4, "别组的会议", "金融 只有本组能看", scope="series:2")
    db.session.commit()


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ("金融", [2, 1]),  # the title counts more than the day
        ("融资", [1]),
        ("资融", []),
        ("市金融局", [1]),
        ("局牵", [1]),
        ("头，6月", [1]),  # punctuation says nothing
        ("６月底", [1]),  # full width
        ("ppt", [2]),
        ("EXCEL台账", [2]),
        ("金融 课件", [2]),
        ("课件 融资", []),
        ("𠮷", [3]),
        ("𠮷林", [3]),
        ("㐂庆", [3]),
        ("䶮", [3]),
        ("😀", [3]),
        ("%", []),
        ('"', []),
        ("NEAR(", []),
        ("金融*", [2, 1]),
        ("title:金融", []),
        ('" OR 1', []),
        ("'; drop table search_index; --", []),
        ("", []),
        ("　 ", []),
        ("\x00金融", [2, 1]),
        ("金" * 5000, []),
        ("a" * 5000, []),
    ],
)
def test_what_is_found(library, words, ids):
    assert found(words) == ids


def test_only_the_scopes_asked_for_are_searched(library):
    assert found("金融", ["series:2"]) == [4]
    assert set(found("金融", ["series:2", "all"])) == {1, 2, 4}
    assert found("金融", []) == []


def test_a_label_narrows_the_search(library):
    assert found("金融", label="课程") == [2]


def test_what_changes_is_found_as_it_is_now(library):
    enter(1, "第12次例会纪要", "改成了土地问题")
    assert found("融资") == []
    assert found("土地") == [1]


def test_what_is_forgotten_is_not_found(library):
    search.forget("minutes", 1)
    search.forget("minutes", 1)
    assert found("融资") == []
    enter(1, "又来了", "融资")
    assert found("融资") == [1]


def test_hits_are_marked_in_the_words_of_the_text(library):
    hit = search.find("ppt 课件", ["all"]).rows[0]
    assert [text for text, marked in hit.snippet if marked] == ["ＰＰＴ", "课件"]
    assert "".join(text for text, _ in hit.snippet) == hit.entry.text
    assert search.find("金融", ["all"]).rows[0].title == [("金融", True), ("政策讲业务", False)]


def test_the_snippet_is_cut_around_the_first_hit(app):
    enter(1, "长文", "甲" * 5_000 + "融资担保" + "乙" * 5_000)
    snippet = search.find("融资", ["all"]).rows[0].snippet
    assert snippet[0] == ("…", False)
    assert snippet[-1] == ("…", False)
    assert ("融资", True) in snippet
    assert sum(len(text) for text, _ in snippet) <= search.SNIPPET + 2


def test_pages_and_the_whole_count(app):
    for number in range(1, 46):
        enter(number, f"第{number}次例会", "例会")
    page = search.find("例会", ["all"], page=3, per_page=20)
    assert (page.total, [hit.entry.thing_id for hit in page.rows]) == (45, [5, 4, 3, 2, 1])


def test_a_long_text_without_blanks_is_kept_and_found(app):
    enter(1, "长", "一二三四五六七八九十" * 10_000 + "x" * 20_000 + "末尾")
    assert found("九十一二") == [1]
    assert found("末尾") == [1]


def test_a_long_search_is_quick(app):
    for number in range(1, 301):
        enter(number, f"第{number}次例会纪要", f"会议研究了企业融资、用地和用工问题之{number}。" * 40)
    db.session.commit()
    started = time.perf_counter()
    assert search.find("用地和用工", ["all"]).total == 300
    assert time.perf_counter() - started < 0.5
