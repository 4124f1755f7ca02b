"""Recorded examples of every event: `python -m tests.contracts.examples` records those that are missing, and never changes one."""

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from services.contracts.envelope import Event, Header
from services.contracts.events import EVENTS
from services.contracts.ids import WorkspaceId
from services.kit.bus import encode

FOLDER = Path(__file__).parent / "events"
WORKSPACE = WorkspaceId(UUID("0197a000-0000-7000-8000-000000000001"))
AT = "2026-05-04T10:00:00.123456Z"


def path_of(event: type[Event]) -> Path:
    """Where the example of an event's present version lies."""
    return FOLDER / f"{event.type}.v{event.schema_version}.json"


def record(event: type[Event]) -> None:
    """Write an example with every field filled, as it travels."""
    _, schemas = msgspec.json.schema_components([event])
    data = msgspec.json.encode(_filled(schemas[event.__name__], schemas, name=""))
    header = Header(
        id=f"{event.type.split('.')[0]}-42",
        type=event.type,
        version=event.schema_version,
        workspace=WORKSPACE,
        time=datetime.fromisoformat(AT),
        subject=str(_id("subject")),
        sequence=42,
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )
    decoded = msgspec.json.encode(msgspec.json.decode(data, type=event))
    path_of(event).write_bytes(msgspec.json.format(encode(header, decoded), indent=2) + b"\n")


def _filled(schema: dict[str, Any], schemas: dict[str, Any], *, name: str) -> Any:
    if "$ref" in schema:
        return _filled(schemas[schema["$ref"].rpartition("/")[2]], schemas, name=name)
    if "anyOf" in schema:
        return _filled(next(each for each in schema["anyOf"] if each.get("type") != "null"), schemas, name=name)
    if schema.get("type") == "array":
        return [_filled(schema["items"], schemas, name=name)]
    if "properties" in schema:
        return {key: _filled(part, schemas, name=key) for key, part in schema["properties"].items()}
    if isinstance(schema.get("additionalProperties"), dict):
        return {"key": _filled(schema["additionalProperties"], schemas, name=name)}
    return _value(schema, name=name)


def _value(schema: dict[str, Any], *, name: str) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("format") == "uuid":
        return str(_id(name))
    if schema["type"] == "string":
        return AT if name in {"at", "occurred_at", "since", "until"} or name.endswith("_at") else f"a {name.replace('_', ' ')}"
    return {"integer": 3, "number": 0.75, "boolean": True}[schema["type"]]


def _id(name: str) -> UUID:
    """An id that is the same at every recording, and different for every field."""
    return UUID(int=(0x0197A000_0000_7000_8000 << 48) | int.from_bytes(name.encode()[:6].ljust(6, b"\0"), "big"))


if __name__ == "__main__":
    for missing in EVENTS.values():
        if not path_of(missing).exists():
            record(missing)
