"""Counters and histograms of one service, in a registry of its own so that several services share a process.

Made in `compose`, given to the edge and to whoever counts. Labels are few and closed: never a raw path, id or text.
"""

from collections.abc import Sequence

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import generate_latest

CONTENT_TYPE = CONTENT_TYPE_LATEST
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """The figures of `service`; names begin with "rapport_"."""

    def __init__(self, service: str) -> None:
        self.service = service
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = self.histogram("http_request_seconds", "Time from request to answer.", labels=("route", "method", "status"))
        self._kinds: dict[tuple[str, str, int], Histogram] = {}

    def counter(self, name: str, description: str, *, labels: Sequence[str] = ()) -> Counter:
        """A new counter; each name once per service."""
        return Counter(f"rapport_{name}", description, labels, registry=self._registry)

    def gauge(self, name: str, description: str, *, labels: Sequence[str] = ()) -> Gauge:
        """A new gauge; each name once per service."""
        return Gauge(f"rapport_{name}", description, labels, registry=self._registry)

    def histogram(self, name: str, description: str, *, labels: Sequence[str] = (), buckets: Sequence[float] = SECONDS) -> Histogram:
        """A new histogram, by default of seconds; each name once per service."""
        return Histogram(f"rapport_{name}", description, labels, registry=self._registry, buckets=buckets)

    def observe_request(self, *, route: str, method: str, status: int, seconds: float) -> None:
        """Count one answered request under its route's template and the class of its status ("2xx")."""
        known = method if method in _METHODS else "OTHER"
        kind = (route, known, status // 100)
        found = self._kinds.get(kind)
        if found is None:
            found = self._kinds[kind] = self._requests.labels(route, known, f"{kind[2]}xx")
        found.observe(seconds)

    def render(self) -> bytes:
        """The text that Prometheus scrapes."""
        return generate_latest(self._registry)
