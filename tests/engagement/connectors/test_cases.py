"""Every case of every connector: request in -> neutral events out; bad request -> refusal; reply -> exchange -> receipt or error.

A new platform is a new folder with cases; this file does not change.
"""

import asyncio
import json
import re
from email.message import EmailMessage
from typing import Any

import msgspec
import pytest

from services.contracts.interaction import NeutralEvent
from services.contracts.vocabulary import Direction, Kind
from services.engagement.admin_connectors import describe_event
from services.engagement.connectors import connectors
from services.engagement.protocol import (
    Completes,
    Connector,
    Lack,
    Letter,
    Listens,
    MalformedDeliveryError,
    RawItem,
    SendError,
    SignatureRefusedError,
)
from tests.engagement.connectors.calls import call
from tests.engagement.connectors.case_files import Case, ScriptedMailbox, cases

RECEIVED = [case for case in cases() if case.receives]
SENT = [case for case in cases() if case.sends]
CALLED = [case for case in cases() if "call" in case.data]
COVERED_BY_EVERY_CONNECTOR = {
    "text",
    "media",
    "edit",
    "delete",
    "duplicate",
    "batch",
    "bad signature",
    "unknown",
    "send ok",
    "rate limited",
    "rejected",
}


@pytest.mark.parametrize("case", RECEIVED, ids=lambda case: case.title)
def test_request_gives_the_expected_events_or_refusal(case: Case) -> None:
    assert received(connectors()[case.platform], case=case) == case.data["receive"]["expect"]


@pytest.mark.parametrize("case", [case for case in RECEIVED if "again" in case.data["receive"]], ids=lambda case: case.title)
def test_redelivery_has_the_same_keys_and_ids(case: Case) -> None:
    connector = connectors()[case.platform]
    first, second = (connector.split(case.request(name), secrets=case.secrets()) for name in ("request", "again"))
    assert [item.key for item in first] == [item.key for item in second]
    assert [ids(connector, case=case, item=item) for item in first] == [ids(connector, case=case, item=item) for item in second]


@pytest.mark.parametrize("platform", sorted(name for name, each in connectors().items() if isinstance(each, Completes)))
def test_what_an_event_lacks_is_judged_alike_twice_and_of_our_own_words_never(platform: str) -> None:
    connector = connectors()[platform]
    assert isinstance(connector, Completes)
    events = [event for case in RECEIVED if case.platform == platform for event in parsed(connector, case=case)]
    judged = [connector.lacks(event) for event in events]
    assert judged == [connector.lacks(event) for event in events]
    assert {lack for event, lack in zip(events, judged, strict=True) if event.direction is Direction.OUTBOUND} <= {None}
    assert {Lack.NAME, Lack.WORDS} <= set(judged)


def parsed(connector: Connector, *, case: Case) -> list[NeutralEvent]:
    """All events of a case's request; none of one that is refused."""
    try:
        items = connector.split(case.request(), secrets=case.secrets())
    except MalformedDeliveryError:
        return []
    return [event for item in items for event in connector.parse(case.delivery(item)).events]


@pytest.mark.parametrize("case", SENT, ids=lambda case: case.title)
async def test_reply_gives_the_expected_exchange(case: Case) -> None:
    connector, net, expected = connectors()[case.platform], case.net(), case.data["send"]["expect"]
    channel, outcome = case.channel(), dict[str, Any]()
    try:
        sent = await connector.send(case.reply(), channel=channel, net=net)
        outcome["sent"] = {"external_id": sent.external_id, "echo_reference": sent.echo_reference}
    except SendError as error:
        outcome = refused(error, expected=expected)
    assert outcome == {name: value for name, value in expected.items() if name not in {"request", "requests", "letter", "mail"}}
    if isinstance(channel.mailbox, ScriptedMailbox):
        assert [describe_letter(each) for each in channel.mailbox.letters.values()] == [
            *([expected["letter"]] if "letter" in expected else [])
        ]
    await asyncio.gather(*net.servers)
    assert [describe_mail(mail) for mail in net.mails] == [*([expected["mail"]] if "mail" in expected else [])]
    assert_exchange(net.requests, expected=expected)


@pytest.mark.parametrize("case", CALLED, ids=lambda case: case.title)
async def test_call_gives_the_expected_exchange(case: Case) -> None:
    connector, net, expected = connectors()[case.platform], case.net(), case.data["call"]["expect"]
    outcome = dict[str, Any]()
    try:
        answered = await call(
            connector, case=case, channel=case.channel(), net=net, read=lambda item: read(connector, case=case, item=item)
        )
        outcome = {"heard" if isinstance(answered, list) else "result": answered}
    except SendError as error:
        outcome = refused(error, expected=expected)
    wanted = {name: value for name, value in expected.items() if name not in {"request", "requests"}}
    assert alike(outcome, wanted), outcome
    assert_exchange(net.requests, expected=expected)


@pytest.mark.parametrize("platform", sorted(connectors()))
def test_connector_has_a_case_of_everything(platform: str) -> None:
    covered = {word for case in cases() if case.platform == platform for word in case.data["covers"]}
    assert not COVERED_BY_EVERY_CONNECTOR - covered - impossible_for(connectors()[platform])
    if connectors()[platform].declaration.windows:
        assert "window closed" in covered


def impossible_for(connector: Connector) -> set[str]:
    """What a connector has no case of: it hears one by one what nobody delivers, or its platform has no such thing."""
    kinds = connector.declaration.receives
    impossible = {word for word, kind in (("edit", Kind.EDIT), ("delete", Kind.DELETION)) if kind not in kinds}
    if not connector.declaration.sends:
        impossible |= {"send ok", "rate limited", "rejected"}
    return impossible | ({"batch"} if isinstance(connector, Listens) else set())


def received(connector: Connector, *, case: Case) -> dict[str, Any]:
    """What the route and the worker make of a request, in the words of a case."""
    request, secrets = case.request(), case.secrets()
    if case.data["receive"].get("heard"):
        return {"items": [read(connector, case=case, item=item) for item in connector.split(request, secrets=secrets)]}
    try:
        answer = connector.handshake(request, secrets=secrets, now=case.at)
        if answer:
            told = {"status": answer.status, "body": answer.body.decode(), "content_type": answer.content_type}
            return {"handshake": told, **({"kept": read(connector, case=case, item=answer.keep)} if answer.keep else {})}
        connector.verify(request, secrets=secrets, now=case.at)
        items = connector.split(request, secrets=secrets)
    except SignatureRefusedError as refused:
        return {"refused": refused.status}
    except MalformedDeliveryError:
        return {"malformed": True}
    return {"items": [read(connector, case=case, item=item) for item in items]}


def read(connector: Connector, *, case: Case, item: RawItem) -> dict[str, Any]:
    parsed = connector.parse(case.delivery(item))
    if parsed.events:
        return {"key": item.key, "events": [describe_event(event) for event in parsed.events]}
    lease = {} if parsed.lease is None else {"lease_seconds": parsed.lease.total_seconds()}
    return {"key": item.key, **({"ignored": parsed.ignored} if parsed.ignored else {"unknown": parsed.unknown}), **lease}


def ids(connector: Connector, *, case: Case, item: RawItem) -> list[str]:
    return [event.id for event in connector.parse(case.delivery(item)).events]


def describe_mail(mail: EmailMessage) -> dict[str, Any]:
    """A mail that went out, in the words of a case."""
    named = ("From", "To", "Subject", "Message-ID", "In-Reply-To", "References", "Reply-To")
    return {**{name: str(mail[name]) for name in named if mail[name]}, "text": mail.get_body().get_content().strip()}


def describe_letter(letter: Letter) -> dict[str, Any]:
    """What went into a mailbox, in the words of a case."""
    described: dict[str, Any] = json.loads(msgspec.json.encode(letter))
    return {name: value for name, value in described.items() if value}


def refused(error: SendError, *, expected: dict[str, Any]) -> dict[str, Any]:
    """An error, and of it what the case speaks of."""
    outcome: dict[str, Any] = {"error": type(error).__name__}
    for name in ("reason", "retry_after_seconds", "allowed"):
        if name in expected:
            value = getattr(error, name)
            outcome[name] = list(value) if isinstance(value, tuple) else value
    return outcome


def alike(got: Any, wanted: Any) -> bool:
    """Equal, where `*` in the text of an expectation stands for anything: what is made by chance."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        return got.keys() == wanted.keys() and all(alike(got[name], value) for name, value in wanted.items())
    if isinstance(wanted, list) and isinstance(got, list | tuple):
        return len(got) == len(wanted) and all(alike(*pair) for pair in zip(got, wanted, strict=True))
    if isinstance(wanted, str) and "*" in wanted and isinstance(got, str):
        return got == wanted or re.fullmatch(".*".join(map(re.escape, wanted.split("*"))), got, re.DOTALL) is not None
    return bool(got == wanted)


def assert_exchange(requests: list[dict[str, Any]], *, expected: dict[str, Any]) -> None:
    """The `request` and no other, the `requests` in turn and no other; none at all where it is refused in the house (null, or [])."""
    if "request" in expected:
        wanted = [] if expected["request"] is None else [expected["request"]]
    elif "requests" in expected:
        wanted = expected["requests"]
    else:
        return
    assert [(request["method"], request["url"]) for request in requests] == [(each["method"], each["url"]) for each in wanted]
    for request, each in zip(requests, wanted, strict=True):
        assert_request(request, expected=each)


def assert_request(request: dict[str, Any], *, expected: dict[str, Any]) -> None:
    """`json` and `form` as they were given, `body` as JSON in the bytes, `contains` what is in the bytes; headers that are named."""
    if "json" in expected:
        assert request["json"] == expected["json"]
    if "form" in expected:
        assert request["data"] == expected["form"]
    if "body" in expected:
        assert json.loads(request["data"]) == expected["body"]
    for part in expected.get("contains", []):
        assert part.encode() in request["data"]
    for name, value in expected.get("headers", {}).items():
        assert request["headers"].get(name) == value
