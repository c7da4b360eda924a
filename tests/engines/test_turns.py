from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brickyard.contract import Unavailable
from brickyard.engines.sql.turns import Turns


def turns(**waiting: str) -> Turns[str]:
    made = Turns[str](running_max=2, waiting_max=3)
    for project, items in waiting.items():
        for item in items:
            made.add(project, item)
    return made


def take_all(made: Turns[str]) -> str:
    return "".join(iter(made.take, None))


def test_projects_take_turns_and_none_has_more_than_it_may():
    made = turns(a="123", b="4", c="567")
    assert take_all(made) == "145" + "26"
    made.finished("c")
    made.finished("a")
    assert take_all(made) == "37"
    assert take_all(made) == ""


def test_no_more_of_a_project_wait_than_may():
    made = turns(a="123", b="4")
    with pytest.raises(Unavailable, match="Too many queries at once: 3"):
        made.add("a", "5")
    made.add("b", "6")
    assert made.take() == "1"
    made.add("a", "5")


def test_what_was_dropped_does_not_run():
    made = turns(a="123", b="4")
    made.drop("a", "1")
    made.drop("a", "9")
    made.drop("b", "4")
    made.drop("none", "1")
    assert take_all(made) == "23"
    made.drop("a", "2")
    assert turns(a="12", b="3").drop_all() == ["1", "2", "3"]


@given(st.lists(st.tuples(st.sampled_from(["add", "take", "finish", "drop"]), st.sampled_from("abc"))))
def test_whatever_happens_all_that_wait_are_run_each_project_in_its_order(steps: list[tuple[str, str]]):
    made = Turns[tuple[str, int]](running_max=2, waiting_max=1_000)
    running: Counter[str] = Counter()
    waiting: dict[str, list[tuple[str, int]]] = {"a": [], "b": [], "c": []}

    def take() -> bool:
        item = made.take()
        if item is not None:
            assert waiting[item[0]].pop(0) == item
            running[item[0]] += 1
            assert running[item[0]] <= 2
        return item is not None

    for number, (step, project) in enumerate(steps):
        if step == "add":
            waiting[project].append((project, number))
            made.add(project, (project, number))
        elif step == "take":
            able = any(queue and running[each] < 2 for each, queue in waiting.items())
            assert take() is able
        elif step == "finish" and running[project]:
            running[project] -= 1
            made.finished(project)
        elif step == "drop" and waiting[project]:
            made.drop(project, waiting[project].pop())
    while any(waiting.values()):
        for project in running.elements():
            made.finished(project)
        running.clear()
        assert take()
