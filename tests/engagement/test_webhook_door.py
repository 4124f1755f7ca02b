"""The webhook route and the REST of engagement refuse what they should, with problem+json and nothing written; tenants never meet."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.engagement.conftest import Service
from tests.engagement.partner import Partner, event
from tests.engagement.waiting import conversations, journal_settled, only_thread

BODIES = {
    "not json": b"{",
    "nested": b"[" * 100_000,
    "too large": b'{"a":"' + b"x" * 2_000_000 + b'"}',
    "utf-16": '{"id":"1"}'.encode("utf-16"),
    "empty": b"",
    "a number": b"1e400",
    "huge digits": b"9" * 100_000,
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
async def test_an_unsigned_or_broken_delivery_is_refused(service: Service, body: bytes) -> None:
    partner = await Partner.connected(service)
    try:
        answer = await service.http.post(partner.path, content=body, headers={"content-type": "application/json"})
    except (httpx.ReadError, httpx.WriteError):
        # What is announced as too large is refused unread: the connection may end before the client looks at the answer.
        assert len(body) > 2**20
    else:
        assert 400 <= answer.status_code < 500
        assert answer.headers["content-type"] == "application/problem+json"
    assert (await service.get("/v1/journal")).json()["items"] == []


@pytest.mark.parametrize("body", ["{", "[" * 100_000, "[]" * 3, '"text"', "9" * 100_000])
async def test_a_signed_delivery_that_is_no_event_is_refused(service: Service, body: str) -> None:
    partner = await Partner.connected(service)
    answer = await partner.send(body)
    assert (answer.status_code, answer.json()["code"]) == (400, "delivery_malformed")
    assert (await service.get("/v1/journal")).json()["items"] == []


async def test_an_unknown_address_is_not_found(service: Service) -> None:
    for path in ("/webhooks/nothing", "/webhooks/", "/webhooks/%00", "/webhooks/" + "a" * 5000):
        answer = await service.http.post(path, content=b"{}")
        assert 400 <= answer.status_code < 500
        assert answer.headers["content-type"] == "application/problem+json"


async def test_twenty_at_once_are_one_message_and_one_event(service: Service) -> None:
    partner = await Partner.connected(service)
    answers = await asyncio.gather(*(partner.deliver(event(1)) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert await journal_settled(service, count=1) == {"done": 1}
    events = (await service.get("/internal/events")).json()["events"]
    assert [each["type"] for each in events].count("engagement.interaction.received") == 1


async def test_secrets_rotate_without_a_lost_delivery(service: Service) -> None:
    partner = await Partner.connected(service)
    new = "whsec_" + "bmV3LXNlY3JldC1mb3ItdGhlLXRlc3QtMTIzNDU2"
    path = f"/v1/channels/{partner.channel_id}"
    changed = await service.http.patch(path, json={"credentials": {"signing_secret": new}}, headers=service.headers())
    assert changed.status_code == 200, changed.text
    assert (await partner.deliver(event(1))).status_code == 200
    partner.secret = new
    assert (await partner.deliver(event(2))).status_code == 200
    partner.secret = "whsec_" + "d3Jvbmctc2VjcmV0LWZvci10aGUtdGVzdC0xMjM0"
    assert (await partner.deliver(event(3))).status_code == 401


async def test_another_workspace_sees_what_does_not_exist(service: Service) -> None:
    partner = await Partner.connected(service)
    await partner.deliver(event(1))
    await journal_settled(service, count=1)
    (thread,) = await conversations(service)
    (message,) = await only_thread(service)
    reply = await service.post(f"/v1/conversations/{thread['id']}/replies", {"text": "hi"})
    journal = (await service.get("/v1/journal")).json()["items"][0]["id"]
    ids = {
        "conversation": thread["id"],
        "interaction": message["id"],
        "reply": reply.json()["reply"]["id"],
        "channel": partner.channel_id,
        "journal": journal,
        "letter": str(uuid4()),
    }
    stranger = service.headers(uuid4())
    for method, path, body in _routes():
        theirs = await service.http.request(method, path.format(**ids), json=body, headers=stranger)
        nobodys = await service.http.request(method, path.format(**dict.fromkeys(ids, str(uuid4()))), json=body, headers=stranger)
        assert (theirs.status_code, _without_ids(theirs)) == (nobodys.status_code, _without_ids(nobodys)), path
        assert theirs.status_code in {200, 404}, (path, theirs.text)
    for path, named in _batches(ids):
        theirs = await service.http.post(path, json={"ids": [named]}, headers=stranger)
        nobodys = await service.http.post(path, json={"ids": [str(uuid4())]}, headers=stranger)
        assert (theirs.status_code, theirs.content) == (nobodys.status_code, nobodys.content) == (200, theirs.content), path


def _routes() -> list[tuple[str, str, Any]]:
    return [
        ("GET", "/v1/conversations/{conversation}", None),
        ("GET", "/v1/conversations/{conversation}/messages", None),
        ("PATCH", "/v1/conversations/{conversation}", {"status": "closed", "version": 1}),
        ("POST", "/v1/conversations/{conversation}/replies", {"text": "hello"}),
        ("GET", "/v1/conversations?channel_id={channel}", None),
        ("GET", "/v1/replies/{reply}", None),
        ("POST", "/v1/replies/{reply}/cancel", None),
        ("POST", "/v1/replies/{reply}/settle", {"sent": True}),
        ("GET", "/v1/channels/{channel}", None),
        ("PATCH", "/v1/channels/{channel}", {"name": "mine now"}),
        ("GET", "/v1/channels/{channel}/reconciliation", None),
        ("POST", "/v1/channels/{channel}/backfill", {"since": "2026-05-04T12:00:00Z"}),
        ("POST", "/v1/interactions/{interaction}/decline", {"reason": "x"}),
        ("POST", "/v1/journal/{journal}/replay", None),
        ("POST", "/v1/engagement/dead-letters/{letter}/redrive", None),
    ]


def _batches(ids: dict[str, str]) -> list[tuple[str, str]]:
    return [
        ("/internal/interactions/by-ids", ids["interaction"]),
        ("/internal/conversations/by-ids", ids["conversation"]),
        ("/internal/replies/by-ids", ids["reply"]),
        ("/internal/channels/by-ids", ids["channel"]),
        ("/internal/reconciliations/by-channel-ids", ids["channel"]),
        ("/internal/messages/by-conversation-ids", ids["conversation"]),
        ("/internal/timeline/by-contact-ids", ids["conversation"]),
        ("/internal/conversations/by-profile-ids", ids["conversation"]),
    ]


def _without_ids(answer: httpx.Response) -> Any:
    return answer.json() if answer.content else None


async def test_scopes_are_asked_for(service: Service) -> None:
    await Partner.connected(service)
    for path in ("/v1/channels", "/v1/conversations", "/v1/ledger"):
        assert (await service.http.get(path)).status_code == 401
    agent = service.headers(role="agent")
    refused = await service.http.post("/v1/channels", json={"platform": "inlet", "name": "x"}, headers=agent)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert (await service.http.get("/v1/journal", headers=agent)).status_code == 403


async def test_a_channel_never_shows_its_credentials(service: Service) -> None:
    made = await service.connect("telegram", credentials={"token": "12345:very-secret-bot-token"})
    shown = (await service.get("/v1/channels")).text + (await service.get(f"/v1/channels/{made['channel']['id']}")).text
    assert "very-secret-bot-token" not in shown
    assert str(made["signing_secret"]) not in shown


async def test_a_misspelt_setting_is_refused_with_the_known_ones(service: Service) -> None:
    answer = await service.post("/v1/channels", {"platform": "inlet", "name": "x", "config": {"reply_address": "http://x"}})
    assert (answer.status_code, answer.json()["code"]) == (422, "credentials_missing")
    assert "reply_url" in answer.json()["known_config"]
