"""No request is answered with a fault of ours, however odd its path, query, cursor, number or body."""

import base64
import json
from typing import Any
from uuid import UUID, uuid4

from services.kit.pagination import encode_cursor
from tests.engagement.conftest import Service
from tests.engagement.partner import Partner, event
from tests.engagement.waiting import journal_settled, only_thread

LISTS = (
    "/v1/conversations",
    "/v1/journal",
    "/v1/engagement/dead-letters",
    f"/v1/contacts/{uuid4()}/timeline",
    f"/v1/conversations/{uuid4()}/messages",
)
TIMES = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999-14:00", "2026-01-01T00:00:00", "2026-01-01T00:00:00+00:00")
CURSORS = (
    "",
    "%00",
    "a",
    "=",
    "%ff",
    "-_",
    *(base64.urlsafe_b64encode(raw).decode() for raw in (b"[]", b"[[[[", b"[1e999]", b'["\\u0000"]', b"\xff", b"null")),
    *(encode_cursor(moment, UUID(int=0)) for moment in TIMES),
    encode_cursor(UUID(int=2**128 - 1)),
    encode_cursor(2**62),
)
QUERIES = (
    "limit=0",
    "limit=-1",
    f"limit={2**70}",
    "limit=1e3",
    "limit=%00",
    "limit=1&limit=2",
    "status=%00",
    "status=open%27--",
    "state=x",
    "channel_id=0",
    "channel_id=%7Burn%7D",
    "%ff=%ff",
    "&" * 500,
    "a=1&" * 500,
)
PATHS = (
    "/v1/replies/%00",
    "/v1/replies/0",
    "/v1/replies/%2e%2e/x",
    "/v1/replies/" + "a" * 9000,
    f"/v1/replies/urn:uuid:{uuid4()}",
    f"/v1/replies/{{{uuid4()}}}",
    f"/v1/replies/{UUID(int=0)}",
    f"/v1/conversations/{UUID(int=2**128 - 1)}",
    "/internal/events?after=-1",
    f"/internal/events?after={2**63}",
    f"/internal/events?after={2**62}",
    "/internal/events?after=",
    "/internal/events?after=1.5",
    "/internal/events?after=%00",
    "/webhooks/%00%ff",
    "/v1//journal",
    "/%",
)


async def test_no_way_of_asking_is_a_fault_of_ours(service: Service) -> None:
    partner = await Partner.connected(service)
    await partner.deliver(event(1))
    await journal_settled(service, count=1)
    asked = [
        *PATHS,
        *(f"{path}?after={cursor}" for path in LISTS for cursor in CURSORS),
        *(f"{path}?{query}" for path in LISTS for query in QUERIES),
    ]
    for path in asked:
        answer = await service.get(path)
        assert answer.status_code < 500, (path, answer.text)
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json", path


async def test_no_body_is_a_fault_of_ours(service: Service) -> None:
    partner = await Partner.connected(service)
    await partner.deliver(event(1))
    await journal_settled(service, count=1)
    (message,) = await only_thread(service)
    thread, odd = message["conversation_id"], "\x00\ud800"
    calls: list[tuple[str, str, Any]] = [
        ("POST", f"/v1/conversations/{thread}/replies", {"text": odd}),
        ("POST", f"/v1/conversations/{thread}/replies", {"text": "x" * 50_001}),
        ("POST", f"/v1/conversations/{thread}/replies", {"text": "x", "version": 2**31}),
        ("POST", f"/v1/conversations/{thread}/replies", {"text": "x", "version": 1e300}),
        ("POST", f"/v1/conversations/{thread}/replies", {"text": "x", "in_reply_to": str(UUID(int=0))}),
        ("PATCH", f"/v1/conversations/{thread}", {"status": "closed", "version": 2**31}),
        ("PATCH", f"/v1/conversations/{thread}", {"status": odd, "version": 1}),
        ("POST", f"/v1/interactions/{message['id']}/decline", {"reason": odd}),
        ("POST", f"/v1/interactions/{uuid4()}/decline", {"reason": "x" * 501}),
        ("PATCH", f"/v1/channels/{partner.channel_id}", {"name": odd}),
        ("PATCH", f"/v1/channels/{partner.channel_id}", {"credentials": {"signing_secret": odd}}),
        ("PATCH", f"/v1/channels/{partner.channel_id}", {"config": {"account": odd, odd: odd}}),
        ("PATCH", f"/v1/channels/{partner.channel_id}", {"config": {"unheard": "of"}}),
        ("POST", "/v1/channels", {"platform": odd, "name": odd}),
        ("POST", "/v1/channels", {"platform": "inlet", "name": odd, "config": {"reply_url": odd}}),
        ("POST", "/internal/conversations/page", {"after": odd, "limit": 1}),
        ("POST", "/internal/timeline/by-contact-ids", {"ids": [str(UUID(int=0))] * 200, "after": encode_cursor(TIMES[0], UUID(int=0))}),
        ("POST", "/internal/replies/by-ids", {"ids": ["x"]}),
        ("POST", f"/v1/engagement/dead-letters/{uuid4()}/redrive", None),
    ]
    for method, path, body in calls:
        headers = {**service.headers(), "content-type": "application/json"}
        answer = await service.http.request(method, path, content=json.dumps(body), headers=headers)
        assert answer.status_code < 500, (path, body, answer.text)
    assert (await service.get("/v1/channels")).status_code == 200


async def test_words_that_say_nothing_are_refused_and_nothing_is_written(service: Service) -> None:
    partner = await Partner.connected(service)
    await partner.deliver(event(1))
    await journal_settled(service, count=1)
    (message,) = await only_thread(service)
    thread = f"/v1/conversations/{message['conversation_id']}"
    calls: list[tuple[str, dict[str, Any]]] = [
        (f"{thread}/notes", {"text": " \n"}),
        (f"{thread}/promises", {"text": "  ", "due_at": "2099-01-01T00:00:00Z"}),
        (f"/v1/interactions/{message['id']}/decline", {"reason": " "}),
        ("/v1/canned-replies", {"shortcut": "x", "language": "en", "text": "\u3000"}),
        ("/v1/channels", {"platform": "inlet", "name": "   "}),
        (f"/v1/replies/{uuid4()}/reject", {"reason": " "}),
        ("/v1/translations", {"text": " ", "to": "en"}),
    ]
    for path, body in calls:
        answer = await service.post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (422, "malformed"), (path, answer.text)
    (only,) = await only_thread(service)
    assert only["ledger"] == "owed"


async def test_a_webhook_with_an_odd_query_is_refused(service: Service) -> None:
    partner = await Partner.connected(service)
    for query in ("a=1&" * 300, "&" * 300, "%ff=%00", "a" * 4000):
        answer = await service.http.post(f"{partner.path}?{query}", content=b"{}")
        assert 400 <= answer.status_code < 500, query
