"""A token bucket, against one that is filled by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brickyard.platform.limits import Bucket
from brickyard.platform.limits.counted import AGE_S, LAG_MAX_S

AGE_MS = int(AGE_S * 1000)
STEPS_MS = st.lists(st.integers(min_value=0, max_value=400), max_size=200)


class ByHand:
    """The same, counted in thousandths of a token so that no float can be off."""

    def __init__(self, per_s: int, burst: int) -> None:
        self.per_s, self.full = per_s, burst * 1000
        self.tokens, self.at_ms = self.full, 0

    def fill(self, now_ms: int) -> None:
        self.tokens = min(self.full, self.tokens + (now_ms - self.at_ms) * self.per_s)
        self.at_ms = now_ms

    def take(self) -> bool:
        if self.tokens < 1000:
            return False
        self.tokens -= 1000
        return True


@given(st.integers(1, 50), st.integers(1, 50), STEPS_MS)
def test_it_lets_through_what_a_bucket_filled_by_hand_does(per_s: int, burst: int, steps_ms: list[int]):
    bucket, model = Bucket(per_s, burst), ByHand(per_s, burst)
    now_ms = 0
    for step in steps_ms:
        now_ms += step
        model.fill(now_ms)
        assert bucket.state(now_ms / 1000)[0] == model.tokens // 1000
        assert (bucket.take(now_ms / 1000) == 0) is model.take()


@given(st.integers(1, 1000), st.integers(1, 20))
def test_one_that_waits_as_long_as_told_gets_one(per_s: int, burst: int):
    bucket, now_s = Bucket(per_s, burst), 10.0
    while not (wait_s := bucket.take(now_s)):
        pass
    assert bucket.take(now_s + wait_s * 0.9) > 0
    assert bucket.take(now_s + wait_s) == 0


def test_what_is_put_back_can_be_taken_again():
    bucket = Bucket(1, 1)
    assert bucket.take(0) == 0
    bucket.put_back()
    assert bucket.taken == 0
    assert bucket.take(0) == 0
    assert bucket.take(0) == pytest.approx(1)


@given(st.integers(1, 50), st.integers(1, 50), STEPS_MS, st.integers(1, 100))
def test_a_debit_is_as_if_nine_tenths_had_been_taken_a_moment_ago(
    per_s: int, burst: int, steps_ms: list[int], taken: int
):
    bucket, model = Bucket(per_s, burst), ByHand(per_s, burst)
    now_ms, others = 1000, 1_000_000
    model.fill(now_ms)
    for step in steps_ms:
        model.fill(now_ms + step)
        model.tokens -= min(taken * 1000, model.full + per_s * 1000) * 9 // 10
        now_ms += step + AGE_MS
        bucket.debit(taken, now_ms / 1000, others)
        model.fill(now_ms)
        assert bucket.state(now_ms / 1000)[0] == max(0, model.tokens // 1000)


def test_a_debt_is_at_most_what_each_other_gateway_lets_through_unheard():
    bucket = Bucket(10, 10)
    bucket.debit(1_000_000, 0.0, 3)
    assert bucket.state(0.0)[1] == 2
    for _ in range(9):
        bucket.debit(1_000_000, 0.0, 3)
    assert bucket.state(0.0)[0] == 0
    assert bucket.take(0.0) == pytest.approx(3 * (1 + LAG_MAX_S) + 0.1)
    assert bucket.state(0.0)[1] == 3 * (1 + LAG_MAX_S) + 1
