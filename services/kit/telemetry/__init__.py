"""What can be seen from outside: log lines, traces, figures. Configured in `compose`; used everywhere."""

from services.kit.telemetry.logs import bind, configure_logging, error_places, error_types, merge_bound, unbind
from services.kit.telemetry.metrics import Metrics
from services.kit.telemetry.tracing import configure_tracing, span_from, traceparent

__all__ = [
    "Metrics",
    "bind",
    "configure_logging",
    "configure_tracing",
    "error_places",
    "error_types",
    "merge_bound",
    "span_from",
    "traceparent",
    "unbind",
]
