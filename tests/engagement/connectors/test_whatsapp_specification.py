"""WhatsApp beside the vendor's specification, a signed delivery and real payloads, where these lie next to the project; else skipped."""

import contextlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from services.contracts.interaction import Author
from services.engagement.admin_connectors import parse_file
from services.engagement.connectors import connectors
from services.engagement.protocol import (
    ChannelAccess,
    ChannelFacts,
    Checks,
    Delivery,
    Likes,
    NetAnswer,
    Request,
    Secrets,
    SendError,
    SignatureRefusedError,
    Subscribes,
)
from tests.engagement.connectors.case_files import ScriptedNet, cases

SHARED = Path(__file__).parents[4] / "shared" / "platforms" / "whatsapp"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the vendor's specification and samples are not here")
NOW = datetime(2026, 5, 4, tzinfo=UTC)
SENT = [case for case in cases() if case.platform == "whatsapp" and "send" in case.data]
PATH = "/{Version}/{Phone-Number-ID}/messages"
# Younger than the specification: our reference, which only its statuses name, and whoever has no number.
YOUNGER = ("biz_opaque_callback_data", "recipient")


@cache
def specification() -> dict[str, Any]:
    text = (SHARED / "spec" / "business-messaging-api_v23.0.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, yaml.CSafeLoader)
    # Younger than the specification: a button that copies a code.
    loaded["components"]["schemas"]["TemplateComponent"]["properties"]["sub_type"]["enum"].append("copy_code")
    return loaded


def resolved(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema with its reference followed, and its parts (allOf) made one: the specification means their sum."""
    if "$ref" in schema:
        found: Any = specification()
        for name in schema["$ref"].split("/")[1:]:
            found = found[name]
        return resolved(found)
    whole: dict[str, Any] = {name: value for name, value in schema.items() if name != "allOf"}
    for part in map(resolved, schema.get("allOf", [])):
        properties = {**whole.get("properties", {}), **part.get("properties", {})}
        required = [*whole.get("required", []), *part.get("required", [])]
        whole = {**whole, **part, "properties": properties, "required": required}
    return whole


def violations(value: Any, schema: Mapping[str, Any], *, place: str = "body") -> Iterator[str]:
    """Where a value breaks a schema."""
    schema = resolved(schema)
    if "oneOf" in schema:
        kind = value.get("type") if isinstance(value, dict) else None
        named = schema.get("discriminator", {}).get("mapping", {}).get(kind)
        choices = [{"$ref": named}] if named else schema["oneOf"]
        found = [list(violations(value, choice, place=place)) for choice in choices]
        if all(found):
            yield from min(found, key=len)
        return
    fitting = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int}
    if not isinstance(value, fitting.get(schema.get("type", ""), object)):
        yield f"{place} is no {schema['type']}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place} is none of {schema['enum']}"
    if isinstance(value, dict):
        yield from (f"{place}.{name} is missing" for name in schema.get("required", []) if name not in value)
        if schema.get("additionalProperties") is False:
            yield from (f"{place}.{name} is not known" for name in value.keys() - schema["properties"].keys())
        for name, inner in schema.get("properties", {}).items():
            if name in value:
                yield from violations(value[name], inner, place=f"{place}.{name}")
    for number, item in enumerate(value if isinstance(value, list) else []):
        yield from violations(item, schema.get("items", {}), place=f"{place}[{number}]")


def body_schema(path: str) -> dict[str, Any]:
    found: dict[str, Any] = specification()["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    return found


def assert_fits(body: dict[str, Any]) -> None:
    if body.get("status") == "read":
        # Among the specification's examples, not among its messages.
        assert body == {
            "messaging_product": "whatsapp",
            "status": "read",
            "message_id": body["message_id"],
            "typing_indicator": {"type": "text"},
        }
        return
    known = {name: value for name, value in body.items() if name not in YOUNGER}
    if body.get("interactive", {}).get("type") == "cta_url":
        # The vendor has a page of its own for it, and no place in the specification.
        told = known.pop("interactive")
        assert (told["action"]["name"], sorted(told["action"]["parameters"])) == ("cta_url", ["display_text", "url"])
        known |= {"type": "text", "text": {"body": told["body"]["text"]}}
    if "recipient" in body:
        known["to"] = body["recipient"]
    assert list(violations(known, body_schema(PATH))) == []


def test_the_checker_finds_what_the_specification_forbids() -> None:
    body = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": "34600100200", "type": "text", "text": {"body": "Hello"}}
    assert list(violations(body, body_schema(PATH))) == []
    assert list(violations({**body, "to": 7, "colour": "red"}, body_schema(PATH))) == ["body.colour is not known", "body.to is no string"]
    assert list(violations({**body, "text": {"words": "Hello"}}, body_schema(PATH))) == ["body.text.words is not known"]
    del body["recipient_type"]
    assert list(violations(body, body_schema(PATH))) == ["body.recipient_type is missing"]


@pytest.mark.parametrize("case", SENT, ids=lambda case: case.name)
async def test_replies_fit_the_specification(case: Any) -> None:
    net = case.net()
    with contextlib.suppress(SendError):
        await connectors()["whatsapp"].send(case.reply(), channel=case.channel(), net=net)
    for request in net.requests:
        if request["json"] is not None:
            assert_fits(request["json"])


async def test_other_calls_fit_the_specification() -> None:
    connector = connectors()["whatsapp"]
    net = ScriptedNet(answers=[NetAnswer(status=200, headers={}, body=b'{"id":"1","success":true}')])
    config = {"business_account": "9"}
    channel = ChannelAccess(platform="whatsapp", account="1", config=config, credentials={"token": "t", "verify_token": "v"})
    assert isinstance(connector, Checks)
    assert isinstance(connector, Likes)
    assert isinstance(connector, Subscribes)
    await connector.check(channel=channel, net=net)
    await connector.like("wamid.1", author=Author(network="whatsapp", external_id="34600100200"), liked=True, channel=channel, net=net)
    await connector.subscribe(channel=channel, webhook_url="https://rapport.example/webhooks/x", secret="s", net=net)
    await connector.unsubscribe(channel=channel, net=net)
    checked, liked, subscribed, unsubscribed = net.requests
    paths = specification()["paths"]
    assert checked["url"].partition("?")[0].endswith("/v23.0/1")
    assert "get" in paths["/{Version}/{Phone-Number-ID}"]
    assert_fits(liked["json"])
    assert list(violations(subscribed["json"], body_schema("/{Version}/{WABA-ID}/subscribed_apps"))) == []
    assert (unsubscribed["method"], "delete" in paths["/{Version}/{WABA-ID}/subscribed_apps"]) == ("DELETE", True)


def test_every_delivery_of_the_specification_is_understood() -> None:
    shown = specification()["paths"]["/whatsapp/webhooks"]["post"]["requestBody"]["content"]["application/json"]["examples"]
    outcomes = Counter(outcome for example in shown.values() for outcome in outcomes_of(msgspec.json.encode(example["value"])))
    assert outcomes == {"direct": 11, "reaction": 1, "note": 1, "follow": 2, "unfollow": 2, "ignored": 1}


def outcomes_of(body: bytes) -> list[str]:
    connector = connectors()["whatsapp"]
    found = []
    for item in connector.split(Request(body=body), secrets=Secrets(current="")):
        facts = ChannelFacts(platform="whatsapp", account=item.account or "")
        parsed = connector.parse(Delivery(channel=facts, key=item.key, body=item.body, received_at=NOW))
        found += [event.kind.value for event in parsed.events] or ["ignored" if parsed.ignored else "unknown"]
    return found


def test_a_delivery_that_meta_signed_is_proven() -> None:
    vector = json.loads((SHARED / "vectors" / "meta-signed-delivery-sha256.json").read_text(encoding="utf-8"))
    request = Request(headers={"x-hub-signature-256": [vector["valid"]]}, body=vector["raw_body"].encode())
    connectors()["whatsapp"].verify(request, secrets=Secrets(current=vector["app_secret"]), now=NOW)
    with pytest.raises(SignatureRefusedError):
        connectors()["whatsapp"].verify(request, secrets=Secrets(current="another"), now=NOW)


def test_every_sample_is_understood() -> None:
    outcomes = Counter[str]()
    for path in sorted((SHARED / "samples").glob("*.json")):
        outcomes.update(str(line["kind"]) for line in parse_file("whatsapp", path=path, received_at=NOW))
    assert outcomes == {
        "direct": 32,
        "receipt": 9,
        "ignored": 22,
        "note": 3,
        "reaction": 1,
        "unreaction": 2,
        "edit": 1,
        "deletion": 1,
    }
