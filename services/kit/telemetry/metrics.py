"""Counters and histograms of one service, in a registry of its own so that several services share a process.

Made in `compose`, given to the edge and to whoever counts. Labels are few and closed: never a raw path, id or text.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

CONTENT_TYPE = CONTENT_TYPE_LATEST
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """The figures of `service`; names begin with "rapport_"."""

    def __init__(self, service: str) -> None:
        self.service = service
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = _Requests()
        self._registry.register(self._requests)

    def counter(self, name: str, description: str, *, labels: Sequence[str] = ()) -> Counter:
        """A new counter; each name once per service."""
        return Counter(f"rapport_{name}", description, labels, registry=self._registry)

    def tally(self, name: str, description: str, *, labels: Sequence[str]) -> "Tally":
        """As `counter`, for what every request counts; each name once per service."""
        tally = Tally(f"rapport_{name}", description, labels=labels)
        self._registry.register(tally)
        return tally

    def gauge(self, name: str, description: str, *, labels: Sequence[str] = ()) -> Gauge:
        """A new gauge; each name once per service."""
        return Gauge(f"rapport_{name}", description, labels, registry=self._registry)

    def histogram(self, name: str, description: str, *, labels: Sequence[str] = (), buckets: Sequence[float] = SECONDS) -> Histogram:
        """A new histogram, by default of seconds; each name once per service."""
        return Histogram(f"rapport_{name}", description, labels, registry=self._registry, buckets=buckets)

    def observe_request(self, *, route: str, method: str, status: int, seconds: float) -> None:
        """Count one answered request under its route's template and the class of its status ("2xx")."""
        self._requests.observe((route, method if method in _METHODS else "OTHER", status // 100), seconds)

    def render(self) -> bytes:
        """The text that Prometheus scrapes."""
        return generate_latest(self._registry)


class Tally(Collector):
    """A counter of the event loop alone: the library's, made for threads, takes a lock each time."""

    def __init__(self, name: str, description: str, *, labels: Sequence[str]) -> None:
        self._family = (name, description)
        self._labels = labels
        self._counts: dict[tuple[str, ...], int] = {}

    def count(self, *values: str) -> None:
        """One more with these values of the labels, in their order."""
        self._counts[values] = self._counts.get(values, 0) + 1

    def collect(self) -> Iterator[Metric]:
        """The figures as Prometheus wants them."""
        family = CounterMetricFamily(*self._family, labels=self._labels)
        for values, count in self._counts.items():
            family.add_metric(values, count)
        yield family


class _Requests(Collector):
    """One histogram of all requests, counted by the event loop alone: the library's, made for threads, locks three times a request."""

    def __init__(self) -> None:
        self._kinds: dict[tuple[str, str, int], tuple[list[int], list[float]]] = {}

    def observe(self, kind: tuple[str, str, int], seconds: float) -> None:
        counts, total = self._kinds.get(kind) or self._kinds.setdefault(kind, ([0] * (len(SECONDS) + 1), [0.0]))
        counts[bisect_left(SECONDS, seconds)] += 1
        total[0] += seconds

    def collect(self) -> Iterator[Metric]:
        """The figures as Prometheus wants them: each bucket holds what the smaller ones hold."""
        family = HistogramMetricFamily("rapport_http_request_seconds", "Time from request to answer.", labels=("route", "method", "status"))
        bounds = [*map(str, SECONDS), "+Inf"]
        for (route, method, status), (counts, total) in self._kinds.items():
            family.add_metric((route, method, f"{status}xx"), list(zip(bounds, accumulate(counts), strict=True)), total[0])
        yield family
