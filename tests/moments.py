"""Every time that an OpenAPI description takes, as requests with that time at the calendar's end. Holds no tests."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

EDGES = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00")
_NOBODY = str(UUID(int=7))


@dataclass(frozen=True, slots=True)
class Case:
    """A request, and the name of what is wrong with it."""

    method: str
    path: str
    body: object
    name: str


def cases_of(description: Mapping[str, Any]) -> list[Case]:
    """A request for each time in each query and body, and each end."""
    return [
        case
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
        for edge in EDGES
        for case in _of_operation(description, method.upper(), re.sub(r"\{\w+\}", _NOBODY, path), operation, edge)
    ]


def _of_operation(whole: Mapping[str, Any], method: str, path: str, operation: Mapping[str, Any], edge: str) -> Iterator[Case]:
    told = [
        whole["components"]["parameters"][each["$ref"].rpartition("/")[2]] if "$ref" in each else each
        for each in operation.get("parameters", ())
    ]
    asked = [each for each in told if each["in"] == "query"]
    for parameter in asked:
        if _is_time(whole, parameter["schema"]):
            needed = {each["name"]: _filled(whole, each["schema"]) for each in asked if each.get("required")}
            yield Case(method, f"{path}?{urlencode({**needed, parameter['name']: edge}, doseq=True)}", None, parameter["name"])
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if body is not None:
        for given, name in _with_edge(whole, body, edge):
            yield Case(method, path, given, name)


def _with_edge(whole: Mapping[str, Any], schema: Mapping[str, Any], edge: str) -> Iterator[tuple[object, str]]:
    """Values of a schema with one time at the end, and the time's name."""
    for choice in _choices(whole, schema):
        if choice.get("type") == "array":
            yield from (([given], name) for given, name in _with_edge(whole, choice["items"], edge))
        parts = choice.get("properties", {})
        needed = {name: _filled(whole, parts[name]) for name in choice.get("required", ())}
        for part, of in parts.items():
            if _is_time(whole, of):
                yield {**needed, part: edge}, part
            else:
                yield from (({**needed, part: given}, name) for given, name in _with_edge(whole, of, edge))


def _choices(whole: Mapping[str, Any], schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if "$ref" in schema:
        return _choices(whole, whole["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    options = schema.get("anyOf") or schema.get("oneOf") or ()
    return [choice for option in options for choice in _choices(whole, option)] or [schema]


def _is_time(whole: Mapping[str, Any], schema: Mapping[str, Any]) -> bool:
    return any(choice.get("format") == "date-time" for choice in _choices(whole, schema))


def _filled(whole: Mapping[str, Any], schema: Mapping[str, Any]) -> object:
    """A value of the right form."""
    choice = _choices(whole, schema)[0]
    if "enum" in choice or "const" in choice:
        return choice.get("const", choice.get("enum", [None])[0])
    if choice.get("format") in {"uuid", "date-time"}:
        return _NOBODY if choice["format"] == "uuid" else "2026-05-04T10:00:00Z"
    if choice.get("type") == "object":
        return {name: _filled(whole, choice["properties"][name]) for name in choice.get("required", ())}
    return {"integer": choice.get("minimum", 1), "boolean": True, "array": []}.get(choice.get("type", ""), "x")
