"""Bluesky beside the lexicons and real payloads, where these lie next to the project; skipped elsewhere."""

import contextlib
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from services.engagement.admin_connectors import parse_file
from services.engagement.connectors.bluesky.connector import BlueskyConnector
from services.engagement.protocol import ChannelFacts, Delivery, Request, Secrets, SendError, TextUnit, text_length
from tests.engagement.connectors.calls import call
from tests.engagement.connectors.case_files import Case, cases

SHARED = Path(__file__).parents[4] / "shared" / "platforms" / "bluesky"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the lexicons and samples are not here")
OUT = [case for case in cases() if case.platform == "bluesky" and not case.receives]
KINDS: dict[str, Any] = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict, "blob": dict, "unknown": dict}
FORMATS = {
    "at-uri": "at://did:plc:aaaaaaaaaaaaaaaaaaaaaaaa/app.bsky.feed.post/3lqlumen2222a",
    "datetime": "2026-05-04T10:00:00.000Z",
    "did": "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa",
    "handle": "ines.ferrer.example",
}


@cache
def lexicons() -> dict[str, dict[str, Any]]:
    loaded = (json.loads(path.read_text(encoding="utf-8")) for path in sorted((SHARED / "spec" / "lexicons").rglob("*.json")))
    return {each["id"]: each["defs"] for each in loaded}


def definition(ref: str, *, home: str) -> tuple[dict[str, Any], str]:
    """What a reference means, and the lexicon that it stands in."""
    name, _, part = ref.partition("#")
    return lexicons()[name or home][part or "main"], name or home


def assert_fits(value: Any, schema: dict[str, Any], *, home: str) -> None:
    """The value is what the schema allows: types, required and known fields, lengths, one of a union's types."""
    kind = schema["type"]
    if kind == "ref":
        target, there = definition(schema["ref"], home=home)
        assert_fits(value, target, home=there)
        return
    if kind == "union":
        names = {ref if not ref.startswith("#") else home + ref for ref in schema["refs"]}
        assert value["$type"] in names
        target, there = definition(value["$type"], home=home)
        assert_fits(value, target, home=there)
        return
    if kind == "record":
        kind, schema = "object", schema["record"]
    assert isinstance(value, KINDS[kind])
    assert_size_fits(value, schema)
    if kind == "array":
        for each in value:
            assert_fits(each, schema["items"], home=home)
    if kind == "object":
        assert_object_fits(value, schema, home=home)


def assert_size_fits(value: Any, schema: dict[str, Any]) -> None:
    if isinstance(value, list):
        assert len(value) <= schema.get("maxLength", len(value))
    if isinstance(value, str):
        assert len(value.encode()) <= schema.get("maxLength", 1_000_000)
        assert text_length(value, unit=TextUnit.GRAPHEMES) <= schema.get("maxGraphemes", 1_000_000)
        assert len(value) >= schema.get("minLength", 0)


def assert_object_fits(value: dict[str, Any], schema: dict[str, Any], *, home: str) -> None:
    known = schema.get("properties", {})
    assert set(schema.get("required", [])) <= value.keys()
    assert value.keys() <= known.keys() | {"$type"}
    for name, part in value.items():
        if name != "$type" and not (part is None and name in schema.get("nullable", [])):
            assert_fits(part, known[name], home=home)


def assert_call_fits(request: dict[str, Any]) -> None:
    """The method exists; a query's parameters and a procedure's input are as its lexicon says, the record as that of its own."""
    url = urlsplit(request["url"])
    name = url.path.removeprefix("/xrpc/")
    method = lexicons()[name]["main"]
    assert request["method"] == {"query": "GET", "procedure": "POST"}[method["type"]]
    assert ("atproto-proxy" in request["headers"]) is name.startswith(("chat.", "app."))
    if method["type"] == "query":
        allowed = method.get("parameters", {})
        asked = parse_qs(url.query)
        assert asked.keys() <= allowed.get("properties", {}).keys()
        assert set(allowed.get("required", [])) <= asked.keys()
        assert all(int(limit) <= allowed["properties"]["limit"]["maximum"] for limit in asked.get("limit", []))
    elif method.get("input", {}).get("encoding") == "application/json":
        assert_fits(request["json"], method["input"]["schema"], home=name)
        if "collection" in request["json"] and "record" in request["json"]:
            assert request["json"]["record"]["$type"] == request["json"]["collection"]
            assert_fits(request["json"]["record"], lexicons()[request["json"]["collection"]]["main"], home=request["json"]["collection"])


@pytest.mark.parametrize("case", OUT, ids=lambda case: case.name)
async def test_what_we_ask_and_write_fits_the_lexicons(case: Case) -> None:
    connector, net = BlueskyConnector(), case.net()
    with contextlib.suppress(SendError):
        if case.sends:
            await connector.send(case.reply(), channel=case.channel(), net=net)
        else:
            await call(connector, case=case, channel=case.channel(), net=net, read=lambda _: {})
    # Signing in asks directories and authorization servers as well, which have no lexicons.
    for request in net.requests:
        if "/xrpc/" in request["url"]:
            assert_call_fits(request)


POST: dict[str, Any] = {"$type": "app.bsky.feed.post", "text": "Hello", "createdAt": "2026-05-04T10:00:00.000Z"}
CREATION: dict[str, Any] = {"repo": "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", "collection": "app.bsky.feed.post", "record": POST}


def test_what_the_lexicons_ask_for_is_there() -> None:
    assert_call_fits({"method": "POST", "url": "https://pds.example/xrpc/com.atproto.repo.createRecord", "headers": {}, "json": CREATION})


@pytest.mark.parametrize(
    ("method", "name", "body"),
    [
        ("POST", "com.atproto.repo.createRecord", {**CREATION, "colour": "red"}),
        ("POST", "com.atproto.repo.createRecord", {"collection": "app.bsky.feed.post", "record": POST}),
        ("POST", "com.atproto.repo.createRecord", {**CREATION, "record": {**POST, "text": "x" * 301}}),
        ("POST", "com.atproto.repo.createRecord", {**CREATION, "record": {**POST, "text": 7}}),
        ("POST", "com.atproto.repo.createRecord", {**CREATION, "record": {**POST, "$type": "app.bsky.feed.like"}}),
        ("GET", "com.atproto.repo.createRecord", CREATION),
        ("GET", "com.atproto.repo.getRecord?repo=a&collection=b&rkey=c&colour=red", None),
        ("GET", "com.atproto.repo.sayThanks", None),
    ],
)
def test_what_the_lexicons_forbid_is_found(method: str, name: str, body: object) -> None:
    with pytest.raises((AssertionError, KeyError)):
        assert_call_fits({"method": method, "url": f"https://pds.example/xrpc/{name}", "headers": {}, "json": body})


def made_of(schema: dict[str, Any], *, home: str, full: bool, depth: int = 0) -> Any:
    """A value as small, or as full, as the schema allows. None where it would not end."""
    if depth > 7:
        return None
    make = {"ref": referred, "union": referred, "record": recorded, "object": composed, "array": listed}.get(schema["type"])
    return make(schema, home=home, full=full, depth=depth + 1) if make else plain_of(schema)


def referred(schema: dict[str, Any], *, home: str, full: bool, depth: int) -> Any:
    refs = schema.get("refs") or [schema["ref"]]
    known = next((ref for ref in refs if (ref.partition("#")[0] or home) in lexicons()), None)
    if known is None:
        return {}
    target, there = definition(known, home=home)
    made = made_of(target, home=there, full=full, depth=depth)
    named = "refs" in schema and isinstance(made, dict)
    return {"$type": known if not known.startswith("#") else home + known, **made} if named else made


def recorded(schema: dict[str, Any], *, home: str, full: bool, depth: int) -> Any:
    return {"$type": home, **(made_of(schema["record"], home=home, full=full, depth=depth) or {})}


def composed(schema: dict[str, Any], *, home: str, full: bool, depth: int) -> Any:
    known = schema.get("properties", {})
    wanted = known if full else {name: known[name] for name in schema.get("required", [])}
    parts = {name: made_of(part, home=home, full=full, depth=depth) for name, part in wanted.items()}
    return {name: part for name, part in parts.items() if part is not None}


def listed(schema: dict[str, Any], *, home: str, full: bool, depth: int) -> Any:
    made = made_of(schema["items"], home=home, full=full, depth=depth)
    return [] if made is None else [made]


def plain_of(schema: dict[str, Any]) -> Any:
    words = schema.get("knownValues") or schema.get("enum") or [FORMATS.get(schema.get("format", ""), "words")]
    plain = {
        "string": words[0],
        "integer": 3,
        "boolean": True,
        "unknown": {"$type": "app.bsky.feed.post", "text": "Hi", "createdAt": FORMATS["datetime"]},
    }
    return plain.get(schema["type"])


def answers() -> Iterator[tuple[str, Any]]:
    """What every method of the lexicons may answer, small and full, and every entry of the chat's log."""
    for name, defs in lexicons().items():
        for part, schema in defs.items():
            output = schema.get("output", {}).get("schema")
            log = name == "chat.bsky.convo.defs" and part.startswith("log")
            for full in (False, True):
                if output:
                    yield name, made_of(output, home=name, full=full)
                if log:
                    yield f"{name}#{part}", {"$type": f"{name}#{part}", **made_of(schema, home=name, full=full)}


def test_no_answer_of_a_known_method_raises_and_few_are_unknown() -> None:
    connector, unknown = BlueskyConnector(), set[str]()
    for name, body in answers():
        for item in connector.split(Request(body=json.dumps(body).encode()), secrets=Secrets(current="")):
            facts = ChannelFacts(platform="bluesky")
            parsed = connector.parse(Delivery(channel=facts, key=item.key, body=item.body, received_at=datetime(2026, 5, 4, tzinfo=UTC)))
            if parsed.unknown:
                unknown.add(name)
    # None of these is what a poll or stream gives: counts, invitations, passwords, the house's own moderation.
    assert sorted(name for name in unknown if not name.startswith(("com.atproto.server.", "chat.bsky.moderation."))) == []


def test_every_sample_is_understood() -> None:
    outcomes = Counter[str]()
    for path in sorted((SHARED / "samples").glob("*.json")):
        kinds = {str(line["kind"]) for line in parse_file("bluesky", path=path, received_at=datetime.now(UTC))}
        outcomes["unknown" if "unknown" in kinds else "quiet" if kinds == {"ignored"} else "said"] += 1
    assert outcomes["unknown"] == 0
    assert outcomes["said"] >= 24
    assert outcomes["said"] + outcomes["quiet"] >= 29
