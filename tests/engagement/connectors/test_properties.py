"""What holds for every connector and any input: parse is pure and never raises, times are aware, limits hold before the network."""

import copy
import json
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.contracts.interaction import Author, NeutralEvent
from services.engagement.connectors import connectors
from services.engagement.protocol import (
    Answered,
    ChannelAccess,
    ChannelFacts,
    Choice,
    Choices,
    Delivery,
    MalformedDeliveryError,
    OutboundReply,
    Parsed,
    Request,
    Secrets,
    SignatureRefusedError,
    UnsendableError,
)
from tests.engagement.connectors.case_files import Case, ScriptedNet, cases

AT = datetime(2026, 5, 4, 10, 0, 5, tzinfo=UTC)
RECEIVED = [case for case in cases() if case.receives]
PLATFORMS = sorted(connectors())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
# Making an input costs many times what a connector takes to read it: each is made once, for all of them.
FUZZ = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))


def parse(platform: str, *, body: bytes) -> Parsed:
    facts = ChannelFacts(platform=platform, account="7000000001")
    return connectors()[platform].parse(Delivery(channel=facts, key="k", body=body, received_at=AT))


@contextmanager
def telling(platform: str) -> Iterator[None]:
    """What fails inside says whose connector it is."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"connector: {platform}")
        raise


def assert_sound(parsed: Parsed) -> None:
    """Exactly one of three; aware times in UTC; text that a database and UTF-8 can hold."""
    assert [bool(parsed.events), parsed.ignored is not None, parsed.unknown is not None].count(True) == 1
    for event in parsed.events:
        assert event.occurred_at.utcoffset() == AT.utcoffset()
        assert event.id
        assert event.author.external_id
        for text in texts_in(event):
            assert "\x00" not in text
            text.encode()


def texts_in(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if is_dataclass(value) and not isinstance(value, type):
        return [text for field in fields(value) for text in texts_in(getattr(value, field.name))]
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in texts_in(part)]
    return [text for part in value for text in texts_in(part)] if isinstance(value, list | tuple) else []


@pytest.mark.parametrize("case", RECEIVED, ids=lambda case: case.title)
def test_parse_is_pure_and_deterministic(case: Case) -> None:
    connector = connectors()[case.platform]
    try:
        items = connector.split(case.request(), secrets=case.secrets())
    except MalformedDeliveryError:
        return
    for item in items:
        delivery = case.delivery(item)
        before = pickle.dumps(delivery)
        first, second = connector.parse(delivery), connector.parse(copy.deepcopy(delivery))
        assert first == second
        assert pickle.dumps(delivery) == before
        assert_sound(first)
        later = connector.parse(replace(delivery, received_at=datetime(2027, 1, 1, tzinfo=UTC)))
        assert [event.id for event in later.events] == [event.id for event in first.events]


@FUZZ
@given(body=st.binary(max_size=200))
def test_bytes_of_any_kind_never_raise(body: bytes) -> None:
    for platform in PLATFORMS:
        with telling(platform):
            assert_sound(parse(platform, body=body))


@FUZZ
@given(value=JSON)
def test_json_of_any_shape_never_raises(value: Any) -> None:
    bodies = [json.dumps(each).encode() for each in (value, {"update_id": 1, "message": value, "kind": value, "id": "x"})]
    for platform in PLATFORMS:
        with telling(platform):
            for body in bodies:
                assert_sound(parse(platform, body=body))


@FUZZ
@given(data=st.data())
def test_cases_with_a_part_replaced_by_anything_never_raise(data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(RECEIVED))
    try:
        body = msgspec.json.decode(case.request().body)
    except msgspec.DecodeError:
        return
    mutated = mutate(body, data=data)
    assert_sound(parse(case.platform, body=json.dumps(mutated).encode()))
    try:
        for item in connectors()[case.platform].split(Request(body=json.dumps(mutated).encode()), secrets=Secrets(current="x")):
            assert 0 < len(item.key) <= 300
            assert_sound(parse(case.platform, body=item.body))
    except MalformedDeliveryError:
        return


def mutate(value: Any, *, data: st.DataObject) -> Any:
    """Walk down at random and put something else there."""
    if isinstance(value, dict) and value and data.draw(st.integers(0, 4)):
        name = data.draw(st.sampled_from(sorted(value)))
        return {**value, name: mutate(value[name], data=data)}
    if isinstance(value, list) and value and data.draw(st.integers(0, 4)):
        place = data.draw(st.integers(0, len(value) - 1))
        return [*value[:place], mutate(value[place], data=data), *value[place + 1 :]]
    return data.draw(JSON)


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize(
    "body",
    [b"", b"[" * 100_000, b'{"a":' * 5_000, b"\xff\xfe", b'{"update_id":1e999}', b'"\\ud800"', b"null", b"0", b"[[]]", b'{"result":[1]}'],
    ids=["empty", "deep list", "deep object", "not utf-8", "infinite", "half a surrogate", "null", "number", "list", "odd result"],
)
def test_hostile_bodies_are_refused_or_kept_but_never_raise(platform: str, body: bytes) -> None:
    assert_sound(parse(platform, body=body))
    try:
        connectors()[platform].split(Request(body=body), secrets=Secrets(current="x"))
    except MalformedDeliveryError:
        return


@FUZZ
@given(headers=st.dictionaries(st.text(max_size=30), st.lists(st.text(max_size=60), max_size=2), max_size=4), body=st.binary(max_size=60))
def test_unproven_requests_are_refused_whatever_they_bring(headers: dict[str, list[str]], body: bytes) -> None:
    request = Request(headers=headers, body=body)
    for platform in PLATFORMS:
        for secrets in (Secrets(current=""), Secrets(current="c2VjcmV0LW9mLXRlc3Rz", previous="not base64 \u00e9")):
            with telling(platform), pytest.raises(SignatureRefusedError):
                connectors()[platform].verify(request, secrets=secrets, now=AT)


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_text_over_the_limit_is_refused_before_the_network(platform: str) -> None:
    connector, net = connectors()[platform], ScriptedNet()
    person = Author(network=platform, external_id="501")
    channel = ChannelAccess(
        platform=platform, credentials={"token": "t"}, config={"reply_url": "https://partner.example"}, signing_secret="whsec_c2VjcmV0"
    )
    for kind, limit in connector.declaration.text_limits.items():
        answered = Answered(external_id="-1:2", kind=kind, occurred_at=AT, author=person)
        reply = OutboundReply(id="r", kind=kind, attempted_at=AT, text="x" * (limit.limit + 1), recipient=person, answering=answered)
        for refused in (reply, replace(reply, text=" "), replace(reply, text="😀" * (limit.limit + 1))):
            with pytest.raises(UnsendableError):
                await connector.send(refused, channel=channel, net=net)
    assert net.requests == []


@pytest.mark.parametrize("platform", [each for each in PLATFORMS if not connectors()[each].declaration.choices])
async def test_choices_are_refused_before_the_network_where_there_are_none(platform: str) -> None:
    connector, net = connectors()[platform], ScriptedNet()
    person, choices = Author(network=platform, external_id="501"), Choices(options=(Choice(title="Yes", id="y"),))
    for kind in connector.declaration.text_limits:
        answered = Answered(external_id="-1:2", kind=kind, occurred_at=AT, author=person)
        reply = OutboundReply(id="r", kind=kind, attempted_at=AT, text="Come?", recipient=person, answering=answered, choices=choices)
        with pytest.raises(UnsendableError, match="shows no choices"):
            await connector.send(reply, channel=ChannelAccess(platform=platform, credentials={"token": "t"}), net=net)
    assert net.requests == []


def test_secrets_never_show_in_what_is_logged() -> None:
    secrets = Secrets(current="canary-current", previous="canary-previous", config={"verify_token": "canary-config"})
    channel = ChannelAccess(platform="x", credentials={"token": "canary-token"}, signing_secret="canary-signing")
    assert "canary" not in f"{secrets} {secrets!r} {channel} {channel!r}"


def test_event_ids_of_all_cases_are_unique_within_a_delivery() -> None:
    for case in RECEIVED:
        if "items" in case.data["receive"]["expect"]:
            ids = [event["id"] for item in case.data["receive"]["expect"]["items"] for event in item.get("events", [])]
            assert len(ids) == len(set(ids))


def test_neutral_events_travel_as_json_unchanged() -> None:
    case = next(case for case in RECEIVED if case.title == "telegram/text_private")
    connector = connectors()["telegram"]
    (item,) = connector.split(case.request(), secrets=case.secrets())
    (event,) = connector.parse(case.delivery(item)).events
    assert msgspec.json.decode(msgspec.json.encode(event), type=NeutralEvent) == event
