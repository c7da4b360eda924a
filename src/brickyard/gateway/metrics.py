"""Counts and durations of every endpoint, kept so that counting costs next to nothing."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

BOUNDS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Timings:
    """How often one endpoint was called, with which outcome, and how long it took."""

    __slots__ = ("buckets", "statuses", "streams", "total_s")

    def __init__(self) -> None:
        self.statuses: dict[int, int] = {}
        self.buckets = [0] * (len(BOUNDS_S) + 1)
        self.total_s = 0.0
        self.streams = 0
        """Streams open now."""

    def add(self, status: int, seconds: float) -> None:
        """Count one call."""
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self.buckets[bisect_left(BOUNDS_S, seconds)] += 1
        self.total_s += seconds


class CallMetrics(Collector):
    """The timings of all endpoints, as Prometheus wants them."""

    def __init__(self, timings: dict[tuple[str, str], Timings]) -> None:
        """Show `timings`, by service and endpoint."""
        self._timings = timings

    def collect(self) -> Iterator[Metric]:
        """Give the families of metrics."""
        calls = CounterMetricFamily(
            "brickyard_calls", "Calls answered.", labels=["service", "endpoint", "status"]
        )
        seconds = HistogramMetricFamily(
            "brickyard_call_seconds", "How long calls took.", labels=["service", "endpoint"]
        )
        streams = GaugeMetricFamily("brickyard_streams", "Streams open now.", labels=["service", "endpoint"])
        for labels, timings in self._timings.items():
            if timings.streams:
                streams.add_metric(labels, timings.streams)
            if timings.statuses:
                for status, count in timings.statuses.items():
                    calls.add_metric([*labels, str(status)], count)
                seconds.add_metric(list(labels), list(_cumulative(timings.buckets)), timings.total_s)
        yield from (calls, seconds, streams)


class OtherMetrics(Collector):
    """How many requests there were that are no calls."""

    def __init__(self, counts: Mapping[tuple[str, int], int]) -> None:
        """Show `counts`, by kind and status."""
        self._counts = counts

    def collect(self) -> Iterator[Metric]:
        """Give the family of metrics."""
        requests = CounterMetricFamily(
            "brickyard_other_requests",
            "Pages read, events taken in, and what was refused before it was known which call was meant.",
            labels=["kind", "status"],
        )
        for (kind, status), count in self._counts.items():
            requests.add_metric([kind, str(status)], count)
        yield requests


class MetricsPage:
    """The text of `/metrics`."""

    def __init__(
        self, timings: dict[tuple[str, str], Timings], others: Mapping[tuple[str, int], int]
    ) -> None:
        """Show `timings`, by service and endpoint, and the counts of `others`, by kind and status."""
        self._registry = CollectorRegistry()
        self._registry.register(CallMetrics(timings))
        self._registry.register(OtherMetrics(others))

    def text(self) -> bytes:
        """Give the metrics in Prometheus' text format."""
        return generate_latest(self._registry)


def _cumulative(buckets: Iterable[int]) -> Iterator[tuple[str, float]]:
    bounds = [*(str(bound) for bound in BOUNDS_S), "+Inf"]
    total = 0
    for bound, count in zip(bounds, buckets, strict=True):
        total += count
        yield bound, total
