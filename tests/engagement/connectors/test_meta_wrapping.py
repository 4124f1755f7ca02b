"""What Meta's platforms deliver means the same in whatever wrapping: lists, text, queues, functions, relays, half an envelope.

Every case of Facebook, Instagram and WhatsApp that gives events is wrapped in each way; no payload of its own.
"""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from services.contracts.interaction import NeutralEvent
from services.engagement.connectors import connectors
from services.engagement.protocol import Delivery, Request, Secrets
from tests.engagement.connectors.case_files import Case, cases

META = ("facebook", "instagram", "whatsapp")
Value = dict[str, Any]


def _body(case: Case) -> Value | None:
    """The body of a case that has events, where it is one JSON object."""
    try:
        told = json.loads(case.request().body.removeprefix(b"\xef\xbb\xbf"))
    except ValueError:
        return None
    expected = case.data["receive"]["expect"].get("items", ())
    return told if isinstance(told, dict) and any("events" in item for item in expected) else None


TOLD = [case for case in cases() if case.platform in META and case.receives and _body(case)]
WRAPPED: dict[str, Callable[[Value], object]] = {
    "list": lambda value: [value],
    "text": json.dumps,
    "sample": lambda value: {"sample": value},
    "function": lambda value: {"httpMethod": "POST", "headers": {}, "body": json.dumps(value), "isBase64Encoded": False},
    "queue": lambda value: {"Records": [{"messageId": "1", "body": json.dumps(value)}]},
    "relay": lambda value: {"query_params": [], "body_params": value},
}


def events(case: Case, *, body: bytes) -> list[NeutralEvent]:
    connector = connectors()[case.platform]
    items = connector.split(Request(body=body), secrets=Secrets(current="x"))
    facts = case.delivery(items[0]).channel
    parsed = [connector.parse(Delivery(channel=facts, key=item.key, body=item.body, received_at=case.at)) for item in items]
    return [event for each in parsed for event in each.events]


@pytest.mark.parametrize("case", TOLD, ids=lambda case: case.title)
def test_wrapping_changes_nothing(case: Case) -> None:
    value = _body(case)
    assert value is not None
    plain = events(case, body=msgspec.json.encode(value))
    ways = WRAPPED if value.keys() & {"entry", "field"} else {name: WRAPPED[name] for name in ("list", "text")}
    for name, wrap in ways.items():
        assert events(case, body=msgspec.json.encode(wrap(value))) == plain, name


@pytest.mark.parametrize("case", [case for case in TOLD if "entry" in (_body(case) or {})], ids=lambda case: case.title)
def test_half_an_envelope_is_enough(case: Case) -> None:
    value = _body(case) or {}
    plain = events(case, body=msgspec.json.encode(value))
    parts = [{"entry": value["entry"]}, *([value["entry"][0]] if len(value["entry"]) == 1 else [])]
    for part in parts:
        assert events(case, body=msgspec.json.encode(part)) == plain
