"""A provider that fails is left alone for a while, and then tried by one call before the others."""

from contextlib import ExitStack

import pytest

from brickyard.providers.failure import Failure
from brickyard.providers.health import IN_A_ROW, REST_MAX_S, REST_S, SHARE_MAX, UNDER_WAY_MAX, Health, Share


class Time:
    """A clock that is moved by hand."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def health(time: Time) -> Health:
    return Health(now=time)


def fail(health: Health, *, retry_after_s: float | None = None) -> None:
    health.enter()
    health.failed(Failure("down", "broken", retry_after_s=retry_after_s))


def answer(health: Health) -> None:
    health.enter()
    health.answered(0.1)


def is_asked(health: Health) -> bool:
    try:
        health.enter()
    except Failure:
        return False
    health.leave()
    return True


def test_a_failure_now_and_then_changes_nothing(health: Health):
    for _ in range(20):
        fail(health)
        answer(health)
        answer(health)
    assert is_asked(health)


def test_some_in_a_row_are_enough(health: Health):
    for _ in range(IN_A_ROW):
        assert is_asked(health)
        fail(health)
    assert not is_asked(health)
    assert health.shown().state == "resting"
    assert health.shown().last_failure == "down: broken"


def test_half_of_the_calls_are_enough(health: Health):
    for _ in range(3):
        answer(health)
        fail(health)
    assert not is_asked(health)


def test_after_its_rest_one_call_is_tried(health: Health, time: Time):
    for _ in range(IN_A_ROW):
        fail(health)
    time.now_s += REST_S
    health.enter()
    assert not is_asked(health)  # one is under way, and nobody else is put at risk
    health.answered(0.1)
    assert is_asked(health)
    assert health.shown().state == "up"


def test_a_project_has_its_share_of_what_is_under_way():
    share = Share()
    with ExitStack() as taken:
        for _ in range(SHARE_MAX):
            taken.enter_context(share.place())
        with pytest.raises(Failure, match="busy"), share.place():
            pass
    with share.place():  # they have all been given back
        pass


def test_each_rest_is_twice_as_long(health: Health, time: Time):
    for _ in range(IN_A_ROW):
        fail(health)
    rest_s = REST_S
    for _ in range(6):
        time.now_s += rest_s - 1
        assert not is_asked(health)
        time.now_s += 1
        fail(health)
        rest_s = min(REST_MAX_S, 2 * rest_s)
    assert rest_s == REST_MAX_S


def test_the_end_of_an_older_call_is_not_the_trials(health: Health, time: Time):
    older = health.enter()
    for _ in range(IN_A_ROW):
        fail(health)
    time.now_s += REST_S
    assert health.enter()
    health.leave(was_trial=older)
    assert not is_asked(health)  # the trial is still under way


def test_failures_of_calls_that_were_under_way_do_not_make_the_rest_longer(health: Health, time: Time):
    for _ in range(10):
        health.enter()
    for _ in range(10):
        health.failed(Failure("down", "broken"), was_trial=False)
    time.now_s += REST_S
    assert is_asked(health)


def test_a_trial_that_is_given_up_decides_nothing(health: Health, time: Time):
    for _ in range(IN_A_ROW):
        fail(health)
    time.now_s += REST_S
    health.enter()
    health.leave()
    assert is_asked(health)


def test_it_may_say_itself_when_to_come_back(health: Health, time: Time):
    fail(health, retry_after_s=7)
    assert not is_asked(health)
    time.now_s += 7
    assert is_asked(health)


def test_no_more_than_so_many_calls_are_under_way(health: Health):
    for _ in range(UNDER_WAY_MAX):
        health.enter()
    assert not is_asked(health)
    health.leave()
    assert is_asked(health)
