"""Traces from webhook to reply, across HTTP and the bus, by W3C traceparent.

Called by edges. Without an OTLP endpoint spans are only ids, so that log lines of one request can be found together;
the OpenTelemetry SDK is then never imported (it costs memory). Spans never carry message text or error texts.
"""

import random
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import ContextVar, Token

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.trace import INVALID_SPAN, INVALID_SPAN_CONTEXT, NonRecordingSpan, Span, SpanContext, SpanKind, TraceFlags

_FORM = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_TRACES_PATH = "/v1/traces"
_EXPORT_TIMEOUT_SECONDS = 5
# What flushes and ends the process's exporter; empty where spans are only ids. Asked in every request, so kept here.
_exporting: list[Callable[[], None]] = []
_here: ContextVar["_Ids | None"] = ContextVar("rapport_span", default=None)


def configure_tracing(service: str, otlp_endpoint: str | None) -> Callable[[], None]:
    """Export spans in batches to an OTLP/HTTP endpoint, if there is one. Answers what flushes and ends it (it blocks).

    One exporter per process: in a shared process the first service's name stands for all.
    """
    if otlp_endpoint is None or _exports():
        return _nothing
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - costs memory, only where traces are wanted
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - the same
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - the same
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - the same

    exporter = OTLPSpanExporter(endpoint=_traces_address(otlp_endpoint), timeout=_EXPORT_TIMEOUT_SECONDS)
    provider = TracerProvider(resource=Resource.create({"service.name": service, "service.namespace": "rapport"}), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    _exporting.append(provider.shutdown)
    return provider.shutdown


def traceparent() -> str | None:
    """The header that continues the present span elsewhere (W3C Trace Context); None outside any span."""
    here = present_context()
    if not here.is_valid:
        return None
    return f"00-{here.trace_id:032x}-{here.span_id:016x}-{here.trace_flags:02x}"


def present_context() -> SpanContext:
    """The ids of the present span; invalid ones outside any span."""
    if _exports():
        return trace.get_current_span().get_span_context()
    here = _here.get()
    return INVALID_SPAN_CONTEXT if here is None else here.context()


def span_from(parent: str | None, name: str, *, kind: SpanKind = SpanKind.INTERNAL) -> AbstractContextManager[Span]:
    """A span that continues `parent` (a traceparent; ignored where malformed), else the present span, else a new trace."""
    if not _exports():
        return _Ids(parent)
    origin = _parse(parent)
    context = trace.set_span_in_context(NonRecordingSpan(origin)) if origin else None
    return _Present(trace.get_tracer("rapport").start_span(name, context=context, kind=kind))


class _Present(AbstractContextManager[Span]):
    """Makes a span the present one for a block, and ends it. A class, because a generator costs three times as much."""

    __slots__ = ("_span", "_token")

    def __init__(self, span: Span) -> None:
        self._span = span
        self._token: Token[contexts.Context]

    def __enter__(self) -> Span:
        self._token = contexts.attach(trace.set_span_in_context(self._span))
        return self._span

    def __exit__(self, *_: object) -> None:
        contexts.detach(self._token)
        self._span.end()


class _Ids(AbstractContextManager[Span]):
    """A span that nobody exports: ids alone, made when somebody asks for them, which in most requests nobody does."""

    __slots__ = ("_made", "_outer", "_parent", "_token")

    def __init__(self, parent: str | None) -> None:
        self._parent = parent
        self._outer: _Ids | None = None
        self._made: SpanContext | None = None
        self._token: Token[_Ids | None]

    def __enter__(self) -> Span:
        self._outer = _here.get()
        self._token = _here.set(self)
        return INVALID_SPAN

    def __exit__(self, *_: object) -> None:
        _here.reset(self._token)

    def context(self) -> SpanContext:
        """The span's ids, the same whenever asked."""
        if self._made is None:
            origin = _parse(self._parent) or (self._outer.context() if self._outer else INVALID_SPAN_CONTEXT)
            self._made = SpanContext(
                trace_id=origin.trace_id or random.getrandbits(128) or 1,
                span_id=random.getrandbits(64) or 1,
                is_remote=False,
                trace_flags=origin.trace_flags,
            )
        return self._made


def _exports() -> bool:
    return bool(_exporting)


def _parse(header: str | None) -> SpanContext | None:
    found = _FORM.fullmatch(header) if header else None
    if found is None:
        return None
    version, trace_id, span_id, flags, rest = found.groups()
    if version == "ff" or (version == "00" and rest):
        return None
    origin = SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16)))
    return origin if origin.is_valid else None


def _traces_address(endpoint: str) -> str:
    return endpoint if endpoint.endswith(_TRACES_PATH) else endpoint.rstrip("/") + _TRACES_PATH


def _nothing() -> None:
    """Nothing was configured, so nothing ends."""
