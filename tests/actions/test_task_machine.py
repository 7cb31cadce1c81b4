"""A small play of the task machine; the long one is a drill."""

from task_machine import TABLE, play


def test_no_promise_is_broken_whatever_three_people_do(people):
    figures = play(people, worlds=15, steps=25)
    assert figures["checked"] > 100
    assert sum(figures[deed] > 0 for deed in TABLE) >= 8
