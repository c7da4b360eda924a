"""What many gateways let through together, however what they do and what they hear interleave."""

from collections import Counter
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from brickyard.contract import TooManyRequests
from brickyard.platform.limits import Allowance, Limits
from brickyard.platform.limits.counted import FOLLOWED, LAG_MAX_S, Name
from brickyard.platform.limits.hearing import Hearing, Row
from brickyard.platform.limits.telling import Telling

BEGUN_S = 1000.0
GATEWAYS = st.integers(2, 5)
PER_S = st.integers(1, 20)
LAG_MS, PART = int(LAG_MAX_S * 1000), Fraction(FOLLOWED).limit_denominator(100)
STEPS = st.lists(
    st.tuples(st.integers(0, 300), st.sampled_from("cccct"), st.integers(0, 4), st.integers(1, 30)),
    max_size=120,
)
"""Milliseconds that pass; then some call at a gateway, or the gateway has its tick."""


class Station:
    """A gateway, as far as one account's limit goes."""

    def __init__(self, name: str, allowance: Allowance) -> None:
        limits = Limits()
        gauge = limits.gauge("", allowance)
        assert gauge is not None
        self.name, self.limits, self.gauge = name, limits, gauge
        self.telling, self.hearing = Telling(limits), Hearing(limits)
        self.row = Row(name, 1, self.telling.round(BEGUN_S, 1).text())
        self.ticked_ms = 0

    def call(self, now_s: float) -> bool:
        try:
            self.gauge.enter(now_s)
        except TooManyRequests:
            return False
        self.gauge.leave()
        return True


class Cloud:
    """Gateways that have heard of one another, and all they let through."""

    def __init__(self, count: int, per_s: int) -> None:
        allowance = Allowance(account="a", account_per_s=per_s)
        self.stations = [Station(str(number), allowance) for number in range(count)]
        self.now_ms = 0
        self.let_through: list[tuple[int, int]] = []
        for each in self.stations:
            self.tick(each)

    @property
    def now_s(self) -> float:
        return BEGUN_S + self.now_ms / 1000

    def tick(self, station: Station) -> None:
        row = station.row
        station.row = Row(row.gateway, row.number + 1, station.telling.round(self.now_s, 1).text())
        station.hearing.hear([each.row for each in self.stations if each is not station], self.now_s)
        station.ticked_ms = self.now_ms

    def go_on(self, milliseconds: int) -> None:
        """Let time pass; nobody is silent or deaf for longer than half of what is allowed."""
        until_ms = self.now_ms + milliseconds
        while True:
            due = min(self.stations, key=lambda each: each.ticked_ms)
            if due.ticked_ms + LAG_MS // 2 > until_ms:
                break
            self.now_ms = due.ticked_ms + LAG_MS // 2
            self.tick(due)
        self.now_ms = until_ms

    def call(self, number: int) -> bool:
        through = self.stations[number % len(self.stations)].call(self.now_s)
        if through:
            self.let_through.append((self.now_ms, number % len(self.stations)))
        return through

    def most_above(self, per_s: Fraction) -> Fraction:
        """Give by how much the worst window of time exceeds what comes in that time."""
        worst = lowest = Fraction(0)
        for count, (at_ms, _) in enumerate(self.let_through):
            lowest = min(lowest, count - Fraction(at_ms * per_s, 1000))
            worst = max(worst, count + 1 - Fraction(at_ms * per_s, 1000) - lowest)
        return worst


@settings(deadline=None)
@given(GATEWAYS, PER_S, STEPS)
def test_no_window_has_more_than_the_rate_and_what_each_gateway_has_before_it_hears(
    count: int, per_s: int, steps: list[tuple[int, str, int, int]]
):
    cloud = Cloud(count, per_s)
    for milliseconds, kind, number, times in steps:
        cloud.go_on(milliseconds)
        if kind == "t":
            cloud.tick(cloud.stations[number % count])
        else:
            for _ in range(times):
                cloud.call(number)
    assert cloud.most_above(per_s / PART) <= count * (per_s + per_s * Fraction(LAG_MS, 1000)) / PART + 1


@settings(deadline=None)
@given(GATEWAYS, PER_S, st.integers(50, 500), st.floats(0, 1))
def test_a_flood_at_all_of_them_gets_the_rate_in_the_long_run_and_each_of_them_some(
    count: int, per_s: int, every_ms: int, behind: float
):
    """Also if one of them takes the limit to be emptier than the others do, by up to all that it holds."""
    cloud, seconds = Cloud(count, per_s), 40
    cloud.stations[0].limits.debit(Name("account", "a", per_s), int(per_s * behind), cloud.now_s, 1)
    for _ in range(seconds * 1000 // every_ms):
        cloud.go_on(every_ms)
        for number in range(count):
            while cloud.call(number):
                pass
    burst = count * per_s * (1 + LAG_MAX_S)
    assert per_s * seconds * 0.7 <= len(cloud.let_through) <= (per_s * seconds + burst) / PART + 1
    late = Counter(number for at_ms, number in cloud.let_through if at_ms > seconds * 500)
    assert len(late) == count


@settings(deadline=None)
@given(GATEWAYS, PER_S, STEPS, st.integers(0, 4))
def test_whoever_waits_as_long_as_told_gets_one_when_the_others_are_quiet(
    count: int, per_s: int, steps: list[tuple[int, str, int, int]], number: int
):
    """And no debt is longer than two bursts for each other gateway."""
    cloud = Cloud(count, per_s)
    for milliseconds, _, other, times in steps:
        cloud.go_on(milliseconds)
        for _ in range(times):
            cloud.call(other)
    cloud.go_on(LAG_MS)
    station = cloud.stations[number % count]
    waited_s = 0.0
    while True:
        try:
            station.gauge.enter(cloud.now_s)
            break
        except TooManyRequests as refused:
            wait_ms = int((refused.retry_after_s or 0) * 1000) + 1
            cloud.go_on(wait_ms)
            waited_s += wait_ms / 1000
    assert waited_s <= (count - 1) * (1 + LAG_MAX_S) + 1 / per_s + 0.01
