"""Log lines: JSON on standard output, with the ids of the request at hand, without anything personal.

`configure_logging` is called once per process by whoever composes it; everybody else asks structlog for a logger.
Error texts never enter a line (drivers put row values into them): an error is its types and its places.
"""

import logging
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar, Token
from pathlib import PurePath
from types import MappingProxyType, TracebackType
from typing import Any, BinaryIO

import orjson
import structlog

from services.kit.telemetry.redaction import clean_text, redact
from services.kit.telemetry.tracing import present_context

_PLACES = 8
_FOREIGN_LINE_CHARS = 300
_BOUND: ContextVar[Mapping[str, str]] = ContextVar("rapport_log_fields", default=MappingProxyType({}))
_SERVER_LOGGERS = ("uvicorn", "uvicorn.error", "uvicorn.access")


def configure_logging(level: str, service: str, *, output: BinaryIO | None = None) -> None:
    """Send all log lines of the process, the server's and libraries' too, through one redacting JSON chain.

    They go to standard output unless told otherwise. `service` names the lines of the present context; in a shared process each
    service calls this in its own.
    """
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            merge_bound,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _add_trace,
            _tell_error,
            redact,
            structlog.processors.JSONRenderer(serializer=_dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.BytesLoggerFactory(output or sys.stdout.buffer),
        cache_logger_on_first_use=True,
    )
    bind(service=service)
    _adopt_foreign(number)


def bind(**fields: str) -> Token[Mapping[str, str]]:
    """Put fields into every log line of the present context, until `unbind` with the token or the context's end.

    One variable for all fields, since every request begins with this: structlog's own, one for each, cost four times as much.
    """
    return _BOUND.set({**_BOUND.get(), **fields})


def unbind(token: Token[Mapping[str, str]]) -> None:
    """Take back that `bind`, and all that came after it."""
    _BOUND.reset(token)


def merge_bound(_: object, __: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Processor of structlog for `bind`; what a line says itself counts more."""
    return {**_BOUND.get(), **fields}


def error_types(error: BaseException) -> str:
    """The class names of an error and of what caused it, outermost first."""
    names: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(names) < _PLACES:
        names.append(type(cause).__qualname__)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return " < ".join(names)


def error_places(place: TracebackType | None) -> list[str]:
    """The innermost lines an error passed through, as "folder/file.py:line function"."""
    frames = traceback.extract_tb(place)[-_PLACES:]
    return [f"{'/'.join(PurePath(each.filename).parts[-3:])}:{each.lineno} {each.name}" for each in frames]


def _dumps(fields: object, **_: object) -> bytes:
    return orjson.dumps(fields, default=lambda value: f"<{type(value).__name__}>", option=orjson.OPT_NON_STR_KEYS)


def _add_trace(_: object, __: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    here = present_context()
    if here.is_valid:
        fields["trace_id"] = f"{here.trace_id:032x}"
    return fields


def _tell_error(_: object, __: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Put an error's types and places where its text and traceback would be."""
    given = fields.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        fields["error_type"] = error_types(error)
        fields["error_places"] = error_places(error.__traceback__)
    return fields


def _adopt_foreign(level: int) -> None:
    root = logging.getLogger()
    root.handlers[:] = [_Bridge()]
    root.setLevel(max(level, logging.INFO))
    for name in _SERVER_LOGGERS:
        server = logging.getLogger(name)
        server.handlers.clear()
        server.propagate = True
    # A line for each request is not ours, and uvicorn spends no time on it only where nobody could hear it.
    access = logging.getLogger("uvicorn.access")
    access.propagate = False
    access.disabled = True


class _Bridge(logging.Handler):
    """Hands the records of the standard library's loggers to structlog: first line of text only, cleaned."""

    def emit(self, record: logging.LogRecord) -> None:
        line = clean_text(record.getMessage().partition("\n")[0])[:_FOREIGN_LINE_CHARS]
        log = structlog.get_logger()
        log.log(record.levelno, line, logger=record.name, exc_info=record.exc_info)
