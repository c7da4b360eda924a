import statistics

from hypothesis import given
from hypothesis import strategies as st

from brickyard.platform.usage.durations import Durations

MS = st.floats(min_value=0.001, max_value=1e7)


def durations(times: list[float]) -> Durations:
    counted = Durations()
    for each in times:
        counted.add(each)
    return counted


@given(st.lists(MS, min_size=1, max_size=200))
def test_percentiles_are_within_five_percent(times: list[float]):
    p50, p99 = durations(times).percentiles(0.5, 0.99)
    ordered = sorted(times)
    for found, share in ((p50, 0.5), (p99, 0.99)):
        truth = ordered[max(0, -int(-share * len(ordered) // 1) - 1)]
        assert truth * 0.95 <= found <= truth * 1.05 or abs(found - truth) < 0.0001


@given(st.lists(MS), st.lists(MS))
def test_counts_add_up(some: list[float], more: list[float]):
    together = Durations.unpacked(durations(some).packed())
    together.update(durations(more))
    assert together == durations(some + more)
    assert together.total() == len(some) + len(more)


def test_of_no_calls_there_is_no_duration():
    assert Durations().percentiles(0.5, 0.99) == [0.0, 0.0]


def test_a_call_that_took_no_time_counts():
    assert durations([0.0, -1.0]).total() == 2
    assert statistics.fmean(durations([0.0]).percentiles(0.5)) > 0
