import time

from portal.minutes.text.comparing import Row, compared


def test_what_stayed_stands_beside_itself():
    assert compared("一、用地\n二、用水", "一、用地\n二、用水") == [
        Row((("一、用地", False),), (("一、用地", False),)),
        Row((("二、用水", False),), (("二、用水", False),)),
    ]


def test_a_changed_paragraph_shows_the_words_that_changed():
    (row,) = compared("于12月5日前完成。", "于12月8日前完成。")
    assert row.before == (("于12月", False), ("5", True), ("日前完成。", False))
    assert row.after == (("于12月", False), ("8", True), ("日前完成。", False))


def test_what_was_added_or_removed_stands_alone():
    assert compared("一\n三", "一\n二\n三")[1] == Row(after=(("二", True),))
    assert compared("一\n二\n三", "一\n三")[1] == Row(before=(("二", True),))
    assert compared("会议议定", "散会") == [Row(before=(("会议议定", True),)), Row(after=(("散会", True),))]


def test_an_empty_line_is_no_paragraph():
    assert not any(row.differs for row in compared("一\n二", "一\n\n二\n"))


def test_long_texts_are_compared_in_good_time():
    began = time.monotonic()
    compared("的" * 100_000, "了" * 100_000)
    compared("的\n" * 50_000, "的\n了\n" * 25_000)
    compared("\n".join("的了" * 400 for _ in range(120)), "\n".join("了的是" * 266 for _ in range(120)))
    assert time.monotonic() - began < 10
