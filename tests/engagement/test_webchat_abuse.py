"""What strangers may try at the visitors' door: each is refused with a problem that their page may read, and nothing is written."""

import asyncio
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.contracts.ids import ChannelId, WorkspaceId
from services.engagement.settings import EngagementSettings
from services.engagement.visitors.allowances import NAMES_KEPT, Addresses, Rate, network_of
from services.engagement.visitors.tokens import Pass, Passes, Place
from services.engagement.visitors.waiting import MOST, MOST_OF_VISITOR, Waiting
from services.engagement.webchat.door import SESSIONS
from services.kit.clock import SystemClock
from services.kit.errors import RateLimitedError
from tests.engagement.conftest import Service
from tests.engagement.widget import ORIGIN, Browser, Site

OTHER_SECRET = "wcs_another-secret-altogether-000000000000000000"


@pytest.fixture
def service(own_service: Service) -> Service:
    """Alone: how much an address may do is counted for the whole process."""
    return own_service


async def nothing_written(service: Service) -> bool:
    """No row in the journal."""
    items: list[Any] = (await service.get("/v1/journal")).json()["items"]
    return items == []


def refused(answer: httpx.Response, *, status: int, code: str) -> None:
    """A problem of this kind, which the site's page may read."""
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["vary"] == "origin"


@pytest.mark.parametrize("origin", ["", "null", "https://evil.example", "https://shop.example.evil.example", "http://shop.example", "*"])
async def test_pages_of_other_sites_are_refused(service: Service, origin: str) -> None:
    browser = (await Site.connected(service)).browser()
    await browser.open()
    for name, body in (("session", {}), ("messages", {"id": "message-1", "text": "x"}), ("receipts", {"ids": ["x"], "state": "read"})):
        answer = await browser.post(name, body, origin=origin)
        assert (answer.status_code, answer.json()["code"]) == (403, "origin_refused")
        assert "access-control-allow-origin" not in answer.headers
    asked = await browser.request("OPTIONS", "messages", origin=origin)
    assert "access-control-allow-origin" not in asked.headers
    if origin:
        assert (await browser.request("GET", "messages", origin=origin)).status_code == 403
    assert await nothing_written(service)


async def test_browsers_of_named_sites_may_ask_and_no_header_is_a_wildcard(service: Service) -> None:
    browser = (await Site.connected(service)).browser()
    asked = await browser.request("OPTIONS", "messages", access_control_request_method="POST")
    assert asked.status_code == 204
    told = {name: value for name, value in asked.headers.items() if name.startswith("access-control")}
    assert told == {
        "access-control-allow-origin": ORIGIN,
        "access-control-allow-methods": "GET, POST, OPTIONS",
        "access-control-allow-headers": "authorization, content-type",
        "access-control-max-age": "600",
        "access-control-expose-headers": "retry-after",
    }
    opened = await browser.post("session", {}, origin="https://other.example")
    assert opened.headers["access-control-allow-origin"] == "https://other.example"


async def test_tokens_that_nobody_gave_are_refused(service: Service, settings: EngagementSettings) -> None:
    site, beside = await Site.connected(service), await Site.connected(service)
    browser, neighbour = site.browser(), beside.browser()
    await browser.open()
    await neighbour.open()
    head, claims, signature = browser.token.split(".")
    forged = Passes(b"k" * 32)
    own = Passes(settings.key_for("webchat-visitors"))
    place = Place(WorkspaceId(service.workspace), ChannelId(uuid4()))
    granted = Pass(visitor=uuid4(), signed_in=False, expires_at=datetime.now(UTC) + timedelta(days=1))
    over = Pass(visitor=uuid4(), signed_in=False, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    stranger = Place(WorkspaceId(uuid4()), place.channel)
    tokens = [
        neighbour.token,
        site.identity(),
        f"{head}.{claims}.{signature[::-1]}",
        f"{head}.{claims}.",
        f"{claims}.{claims}.{signature}",
        forged.make(granted, place=place),
        own.make(granted, place=place),
        own.make(granted, place=stranger),
        own.make(over, place=Place(place.workspace, ChannelId(UUID(site.channel_id)))),
        service.issuer.token(service.workspace),
        "x" * 5000,
        "a.b.c",
    ]
    for token in tokens:
        intruder = Browser(site, token=token)
        for method, name, body in (
            ("POST", "session", {}),
            ("POST", "messages", {"id": "message-1", "text": "x"}),
            ("GET", "messages", None),
            ("POST", "receipts", {"ids": ["x"], "state": "read"}),
        ):
            refused(await intruder.request(method, name, body), status=401, code="visitor_refused")
    for method, name in (("POST", "messages"), ("GET", "messages"), ("POST", "receipts")):
        refused(await site.browser().request(method, name, {}), status=401, code="visitor_refused")
    refused(await site.browser().post("messages", {}, authorization="Basic eDp5"), status=401, code="visitor_refused")
    assert await nothing_written(service)


async def test_identities_that_do_not_hold_are_refused_with_their_reason(service: Service) -> None:
    site = await Site.connected(service)
    now = int(time.time())
    cases = {
        site.identity(secret=OTHER_SECRET): "signature",
        site.identity(algorithm="HS512"): "unreadable",
        site.identity(exp=now - 120): "expired",
        site.identity(exp=now + 3 * 86_400): "too_long",
        site.identity(exp=None): "claims",
        site.identity(exp=10**300): "claims",
        site.identity(exp="soon"): "claims",
        site.identity(nbf=now + 600): "early",
        site.identity(sub=None): "claims",
        site.identity(sub=7): "claims",
        site.identity(email=["a@b.example"]): "claims",
        site.identity(name="x" * 301): "claims",
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4IiwiZXhwIjo5OTk5OTk5OTk5fQ.": "unreadable",
        "not a token": "unreadable",
    }
    for identity, reason in cases.items():
        browser = site.browser()
        answer = await browser.post("session", {"identity": identity, "browser": browser.secret})
        refused(answer, status=401, code="identity_refused")
        assert answer.json()["reason"] == reason, identity
    refused(await site.browser().post("session", {"identity": site.identity()}), status=401, code="identity_refused")


async def test_a_rotated_secret_holds_and_a_short_one_never_does(service: Service) -> None:
    site = await Site.connected(service)
    old = site.identity()
    for secret in (OTHER_SECRET, "a-short-secret-16"):
        path, body = f"/v1/channels/{site.channel_id}", {"credentials": {"signing_secret": secret}}
        changed = await service.http.patch(path, json=body, headers=service.headers())
        assert changed.status_code == 200, changed.text
        if secret == OTHER_SECRET:
            await site.browser().open(identity=old)
            await site.browser().open(identity=site.identity(secret=OTHER_SECRET))
    browser = site.browser()
    short = site.identity(secret="a-short-secret-16")
    refused(await browser.post("session", {"identity": short, "browser": browser.secret}), status=401, code="identity_refused")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"id": "message-1"},
        {"id": "message-1", "text": ""},
        {"id": "message-1", "text": " \n\t"},
        {"id": "message-1", "text": "x" * 4001},
        {"id": "short", "text": "x"},
        {"id": "not an id!", "text": "x"},
        {"id": "m" * 65, "text": "x"},
        {"id": "message-1", "text": 7},
        {"id": "message-1", "text": "x", "author": "admin"},
        {"id": "message-1", "text": "x", "page": {"url": "x" * 2001}},
        [],
        None,
    ],
    ids=str,
)
async def test_messages_of_another_shape_are_refused(service: Service, body: object) -> None:
    browser = (await Site.connected(service)).browser()
    await browser.open()
    answer = await browser.post("messages", body)
    assert answer.status_code in {400, 415, 422}
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert await nothing_written(service)


async def test_bodies_and_queries_that_no_widget_sends_are_4xx(service: Service) -> None:
    browser = (await Site.connected(service)).browser()
    await browser.open()
    headers = {"origin": ORIGIN, "authorization": f"Bearer {browser.token}", "content-type": "application/json"}
    for content in (b"{", b"[" * 30_000, b'{"id": "message-1", "text": "\\ud800"}', b'{"id":"message-1","text":"a\\u0000b"}', b"\xff"):
        answer = await service.http.post(f"{browser.site.path}/messages", content=content, headers=headers)
        assert 400 <= answer.status_code < 500, content
    large = await browser.post("messages", {"id": "message-1", "text": "x", "page": {"title": "x" * 40_000}})
    refused(large, status=413, code="too_large")
    for query in ("after=nonsense", "after=WzFd&wait=-1", "wait=nan", "recorded=1e9", "after=WyJ4Il0", "wait=" + "9" * 40):
        answer = await browser.request("GET", f"messages?{query}")
        refused(answer, status=400, code="bad_request")
    beyond = await browser.request("GET", "messages?after=WzkyMjMzNzIwMzY4NTQ3NzU4MDdd")
    assert (beyond.status_code, beyond.json()["entries"]) == (200, [])
    for method, name in (("GET", "session"), ("POST", "nothing"), ("GET", ""), ("GET", "../x"), ("POST", "messages/1")):
        assert (await browser.request(method, name)).status_code == 404
    assert await nothing_written(service)


async def test_an_address_that_is_no_web_chat_is_not_there(service: Service) -> None:
    inlet: Any = await service.connect("inlet")
    path = inlet["channel"]["webhook_path"].replace("/webhooks/", "/webchat/")
    for address in (path, "/webchat/nothing", "/webchat/"):
        for method, name in (("GET", "widget.js"), ("POST", "session"), ("OPTIONS", "session")):
            answer = await service.http.request(method, f"{address}/{name}", headers={"origin": ORIGIN})
            assert (answer.status_code, answer.json()["code"]) == (404, "channel_not_found")


async def test_a_visitor_who_floods_is_slowed_and_others_are_not(service: Service) -> None:
    site = await Site.connected(service)
    flooder, other = site.browser(), site.browser()
    await flooder.open()
    await other.open()
    answers = await asyncio.gather(*(flooder.write(f"again {number}") for number in range(30)))
    slowed = [answer for answer in answers if answer.status_code == 429]
    assert 12 <= len(answers) - len(slowed) <= 20
    refused(slowed[0], status=429, code="rate_limited")
    assert int(slowed[0].headers["retry-after"]) >= 1
    assert (await other.write("Me too")).status_code == 200
    assert len((await flooder.fetch())["entries"]) == len(answers) - len(slowed)


async def test_an_address_that_opens_sessions_without_end_is_slowed_and_others_are_not(service: Service) -> None:
    site = await Site.connected(service)
    answers = [
        await site.browser().post("session", {}, x_forwarded_for=f"198.51.100.{number}, 203.0.113.9")
        for number in range(int(SESSIONS.burst) + 5)
    ]
    assert answers[-1].status_code == 429
    assert (await site.browser().post("session", {}, x_forwarded_for="203.0.113.10")).status_code == 200


async def test_visitors_see_and_acknowledge_only_what_is_theirs(service: Service) -> None:
    site = await Site.connected(service)
    one, other = site.browser(), site.browser()
    for browser in (one, other):
        await browser.open()
        await browser.write("Hello")
    (mine,) = (await one.fetch())["entries"]
    told = await other.post("receipts", {"ids": [mine["id"], str(uuid4())], "state": "read"})
    assert told.json() == {"taken": 0}


def test_so_many_wait_and_no_more_and_each_is_woken_by_either_name() -> None:
    waiting, visitor, profile = Waiting(clock=SystemClock()), uuid4(), uuid4()
    with ExitStack() as stack:
        seats = [stack.enter_context(waiting.seat(visitor, profile)) for _ in range(MOST_OF_VISITOR + 1)]
        assert seats[-1] is None
        for key in (visitor, profile):
            waiting.wake(key)
            assert all(seat.is_set() for seat in seats if seat)
            for seat in seats[:-1]:
                assert seat is not None
                seat.clear()
        others = [stack.enter_context(waiting.seat(uuid4(), uuid4())) for _ in range(MOST)]
        assert [seat is None for seat in others].count(True) == MOST_OF_VISITOR
    with waiting.seat(visitor, profile) as seat:
        assert seat is not None


def test_addresses_are_counted_by_customer_and_forgotten() -> None:
    assert network_of("2001:db8:1:2:3::9") == network_of("2001:db8:1:2::1") != network_of("2001:db8:1:3::1")
    assert network_of("::ffff:203.0.113.9") == network_of(" 203.0.113.9 ") == "203.0.113.9"
    assert network_of("what") == network_of("") == "unknown"
    now = 0.0
    buckets = Addresses(Rate(burst=2, per_second=1), time=lambda: now)
    buckets.take("203.0.113.9")
    buckets.take("203.0.113.9")
    with pytest.raises(RateLimitedError) as slowed:
        buckets.take("203.0.113.9")
    assert slowed.value.retry_after_seconds == pytest.approx(1)
    now = 1.0
    buckets.take("203.0.113.9")
    for number in range(NAMES_KEPT + 1):
        buckets.take(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    buckets.take("203.0.113.9")
