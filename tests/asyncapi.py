"""The events as an AsyncAPI 3.0 document, made from the contracts. Called by `tests.snapshots`.

One channel per event (a NATS subject), one message each, and the CloudEvents envelope around the event's own schema.
"""

import dataclasses
from collections.abc import Iterator
from datetime import datetime
from typing import Any, get_args, get_type_hints

import msgspec

from services.contracts.envelope import SPEC_VERSION, Event, Passing, stream_of
from services.contracts.events import EVENTS

REFERENCE = "#/components/schemas/{name}"
UUID_TEXT = {"type": "string", "format": "uuid"}


def document() -> dict[str, Any]:
    """The whole document; plain JSON values."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Rapport events",
            "version": "1.0.0",
            "description": "What the services tell one another over NATS JetStream. Delivered at least once, in no promised order: "
            "handlers are idempotent and look at versions. Fields are only ever added.",
        },
        "defaultContentType": "application/json",
        "channels": {name: _channel(event) for name, event in sorted(EVENTS.items())},
        "operations": {f"publish.{name}": _operation(name) for name in sorted(EVENTS)},
        "components": {
            "messages": {name: _message(event) for name, event in sorted(EVENTS.items())},
            "schemas": {"Envelope": _envelope(), **_schemas()},
        },
    }


def _channel(event: type[Event]) -> dict[str, Any]:
    service = event.type.split(".", 1)[0]
    kept = "In no stream: for whoever listens at this moment" if issubclass(event, Passing) else f"In the stream {stream_of(service)}"
    return {
        "address": event.address("{workspace}"),
        "description": f"{kept}; spoken by {service} only.",
        "parameters": {"workspace": {"description": "The tenant's id."}},
        "messages": {event.__name__: {"$ref": f"#/components/messages/{event.type}"}},
    }


def _operation(name: str) -> dict[str, Any]:
    return {"action": "send", "channel": {"$ref": f"#/channels/{name}"}}


def _message(event: type[Event]) -> dict[str, Any]:
    own = {
        "type": "object",
        "properties": {
            "type": {"const": event.type},
            "version": {"const": event.schema_version},
            "source": {"const": f"/services/{event.type.split('.', 1)[0]}"},
            "data": {"$ref": REFERENCE.format(name=event.__name__)},
        },
    }
    return {
        "name": event.type,
        "title": event.__name__,
        "summary": " ".join((event.__doc__ or "").split()),
        "headers": {"type": "object", "properties": {"Nats-Msg-Id": {"type": "string", "description": "The event's id."}}},
        "payload": {"allOf": [{"$ref": REFERENCE.format(name="Envelope")}, own]},
    }


def _envelope() -> dict[str, Any]:
    """CloudEvents 1.0, JSON format; `version`, `workspace` and `sequence` are extensions."""
    text = {"type": "string"}
    return {
        "type": "object",
        "description": "CloudEvents 1.0 in structured JSON.",
        "properties": {
            "specversion": {"const": SPEC_VERSION},
            "id": {**text, "description": "`<service>-<sequence>`; the same whenever it is delivered again."},
            "source": text,
            "type": text,
            "version": {"type": "integer", "description": "Of the schema of `data`; grows with breaking changes only."},
            "workspace": {**UUID_TEXT, "description": "The tenant."},
            "time": {**text, "format": "date-time"},
            "subject": {**text, "description": "The aggregate: what this event is about."},
            "sequence": {"type": "integer", "description": "Position in the speaking service's outbox."},
            "traceparent": {**text, "description": "W3C trace context of the request that caused it."},
            "data": {"type": "object"},
        },
        "required": ["specversion", "id", "source", "type", "version", "workspace", "time", "subject", "sequence", "data"],
    }


def _schemas() -> dict[str, Any]:
    events = [EVENTS[name] for name in sorted(EVENTS)]
    _, schemas = msgspec.json.schema_components(events, ref_template=REFERENCE)
    for shape in _shapes(events):
        for name, hint in get_type_hints(shape).items():
            written = schemas[shape.__name__]["properties"].get(name)
            if written is not None and _is_time(hint):
                _mark_time(written)
    for schema in schemas.values():
        if "description" in schema:
            schema["description"] = " ".join(schema["description"].split())
    plain: dict[str, Any] = msgspec.to_builtins(schemas)
    return dict(sorted(plain.items()))


def _shapes(roots: list[type[Any]]) -> Iterator[type[Any]]:
    """Every dataclass that the roots lead to."""
    seen: set[type[Any]] = set()
    waiting = list(roots)
    while waiting:
        shape = waiting.pop()
        if shape in seen:
            continue
        seen.add(shape)
        yield shape
        for hint in get_type_hints(shape).values():
            waiting += [each for each in (hint, *get_args(hint)) if isinstance(each, type) and dataclasses.is_dataclass(each)]


def _is_time(hint: object) -> bool:
    return hint is datetime or datetime in get_args(hint)


def _mark_time(written: dict[str, Any]) -> None:
    """Say what msgspec leaves out where a datetime carries no constraint."""
    for option in written.get("anyOf", [written]):
        if option.get("type") == "string":
            option["format"] = "date-time"
