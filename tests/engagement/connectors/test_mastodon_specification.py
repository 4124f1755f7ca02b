"""Mastodon beside the OpenAPI description of its API and real payloads, where these lie next to the project; else skipped."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from services.engagement.admin_connectors import parse_file
from services.engagement.connectors import connectors
from services.engagement.connectors.mastodon.notifications import IGNORED, READERS
from services.engagement.protocol import ChannelFacts, Delivery, Request, Secrets
from tests.engagement.connectors.case_files import cases

SHARED = Path(__file__).parents[4] / "shared" / "platforms" / "mastodon"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the specification and samples are not here")
AT = datetime(2026, 5, 4, 10, 0, 5, tzinfo=UTC)
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int}
# The description knows the list of Mastodon 4.3 and later; one address in a string is what every server takes.
YOUNGER = {"redirect_uris"}


@cache
def specification() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SHARED / "spec" / "mastodon-openapi.json").read_text(encoding="utf-8"))
    return loaded


def resolved(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema with its reference followed, and its parts (allOf) made one."""
    if "$ref" in schema:
        found: Any = specification()
        for name in schema["$ref"].split("/")[1:]:
            found = found[name]
        return resolved(found)
    whole: dict[str, Any] = {name: value for name, value in schema.items() if name != "allOf"}
    for part in map(resolved, schema.get("allOf", [])):
        properties = {**whole.get("properties", {}), **part.get("properties", {})}
        whole = {**whole, **part, "properties": properties, "required": [*whole.get("required", []), *part.get("required", [])]}
    return whole


def violations(value: Any, schema: Mapping[str, Any], *, place: str = "body") -> Iterator[str]:
    """Where a value breaks a schema. One of several is enough: a status with words and files is both kinds that the description has."""
    schema = resolved(schema)
    if "oneOf" in schema:
        yield from min((list(violations(value, choice, place=place)) for choice in schema["oneOf"]), key=len)
        return
    if not isinstance(value, TYPES.get(schema.get("type", ""), object)):
        yield f"{place} is no {schema['type']}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place} is none of {schema['enum']}"
    if isinstance(value, list):
        for each in value:
            yield from violations(each, schema.get("items", {}), place=f"{place}[]")
    if isinstance(value, dict):
        known = schema.get("properties", {})
        yield from (f"{place}.{name} is missing" for name in schema.get("required", []) if name not in value)
        yield from (f"{place}.{name} is not known" for name in value if name not in known)
        for name in value.keys() & known.keys() - YOUNGER:
            yield from violations(value[name], known[name], place=f"{place}.{name}")


def operation_of(method: str, path: str) -> dict[str, Any]:
    """What the description says of a call; names beat places, as `verify_credentials` beats an account's id."""
    for template, methods in sorted(specification()["paths"].items(), key=lambda pair: pair[0].count("{")):
        if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path) and method.lower() in methods:
            found: dict[str, Any] = methods[method.lower()]
            return found
    raise AssertionError(f"there is no {method} {path}")


def requests() -> list[Any]:
    """What the cases expect to be asked of the API, once each."""
    asked: dict[str, Any] = {}
    for case in cases():
        if case.platform != "mastodon" or case.receives:
            continue
        expected = case.asked["expect"]
        for each in expected.get("requests") or ([expected["request"]] if expected.get("request") else []):
            if each["url"].startswith("https://social.lumen.example/"):
                asked.setdefault(json.dumps([each["method"], each["url"], each.get("json")]), each)
    return list(asked.values())


@pytest.mark.parametrize("request_", requests(), ids=lambda each: f"{each['method']} {urlsplit(each['url']).path}")
def test_requests_fit_the_description(request_: Mapping[str, Any]) -> None:
    parts = urlsplit(request_["url"])
    operation = operation_of(request_["method"], parts.path)
    parameters = {each["name"] for each in map(resolved, operation.get("parameters", [])) if each["in"] == "query"}
    assert {name.removesuffix("[]") for name in parse_qs(parts.query)} <= parameters
    content = resolved(operation.get("requestBody", {})).get("content", {})
    if "json" in request_:
        assert list(violations(request_["json"], content["application/json"]["schema"])) == []
    if "contains" in request_:
        (named,) = re.findall(r' name="(\w+)"', " ".join(request_["contains"]))
        assert content["multipart/form-data"]["schema"]["required"] == [named]


def test_every_type_of_notification_is_known() -> None:
    schemas = specification()["components"]["schemas"]
    types = {*schemas["NotificationTypeEnum"]["enum"], *schemas["NotificationGroupTypeEnum"]["enum"]}
    assert not types - READERS.keys() - IGNORED.keys()


def test_every_example_of_the_description_is_understood() -> None:
    connector, unknown, read = connectors()["mastodon"], list[str](), 0
    for name, example in examples():
        for item in connector.split(Request(body=msgspec.json.encode(example)), secrets=Secrets(current="")):
            parsed = connector.parse(Delivery(channel=ChannelFacts(platform="mastodon"), key=item.key, body=item.body, received_at=AT))
            read += 1
            unknown += [name] if parsed.unknown else []
    assert unknown == []
    assert read >= 250


def examples() -> Iterator[tuple[str, Any]]:
    """What the description shows as answers: whole entities, and such with parts left out."""
    for path, methods in specification()["paths"].items():
        for method, operation in methods.items():
            for status, answer in operation.get("responses", {}).items():
                for media in resolved(answer).get("content", {}).values():
                    for example in map(resolved, media.get("examples", {}).values()):
                        yield f"{method} {path} {status}", example["value"]


@pytest.mark.parametrize(("folder", "events"), [("samples", 17), ("api-responses", 5), ("docs-elided", 2), ("errors", 3)])
def test_every_sample_is_understood(folder: str, events: int) -> None:
    outcomes = Counter[str]()
    for path in sorted((SHARED / folder).iterdir()):
        for line in parse_file("mastodon", path=path, received_at=AT):
            outcomes[str(line["kind"]) if line["kind"] in {"ignored", "unknown", "handshake"} else "event"] += 1
    assert outcomes["unknown"] == 0
    assert outcomes["event"] == events
