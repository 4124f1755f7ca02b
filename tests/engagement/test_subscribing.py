"""Platforms are told where to deliver: at connecting, at every change, again when asked, and when it is over; what fails is said."""

import hmac
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import httpx
import pytest

from rapport.simulation.client import SimulatedPlatforms
from services.contracts.ids import WorkspaceId
from services.engagement.settings import EngagementSettings
from services.engagement.subscribing import LONGEST_WAIT, TROUBLE, why_unreachable
from tests.brokers import emptied
from tests.databases import Databases
from tests.engagement.clocks import MovedClock
from tests.engagement.clocks import running as running_by
from tests.engagement.conftest import Service
from tests.engagement.hub import Hub
from tests.engagement.platforms import joined
from tests.engagement.platforms.guild_server import GuildServer
from tests.engagement.waiting import journal_settled, until
from tests.serving import served

PUBLIC = "https://talk.example"
CLOSED = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture(scope="module")
async def reachable(
    databases: Databases, shared_nats_url: str, secret_key: str, tmp_path_factory: pytest.TempPathFactory, clock: MovedClock
) -> AsyncIterator[Service]:
    """A service whose address platforms can deliver to, as far as it knows."""
    name = await databases.take()
    settings = EngagementSettings(
        database_url=databases.url(name),
        nats_url=shared_nats_url,
        secret_key=secret_key,
        allow_private_addresses=True,
        media_folder=tmp_path_factory.mktemp("media"),
        public_url=PUBLIC,
    )
    async with running_by(settings, clock=clock) as started:
        yield started
    await databases.give_back(name)
    await emptied(shared_nats_url)


@pytest.fixture
def service(reachable: Service) -> Service:
    """The same, with a workspace of the test's own."""
    return replace(reachable, workspace=WorkspaceId(uuid4()))


async def new_bot(platforms: SimulatedPlatforms) -> str:
    token = f"{uuid4().int % 10**9 + 1}:{uuid4().hex[:12]}"
    await platforms.add_bot(token, username="acme_bot")
    return token


async def webhook_of(platforms: SimulatedPlatforms, token: str) -> str:
    """Where the simulated platform delivers."""
    async with httpx.AsyncClient() as http:
        told = (await http.post(f"{platforms.url}/bot{token}/getWebhookInfo")).json()
    return str(told["result"]["url"])


async def connect(service: Service, platforms: SimulatedPlatforms, token: str, **config: str) -> dict[str, Any]:
    made: dict[str, Any] = await service.connect("telegram", credentials={"token": token}, config={"api_base": platforms.url, **config})
    channel: dict[str, Any] = made["channel"]
    return channel


async def health_of(service: Service, channel: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (await service.get(f"/v1/channels/{channel['id']}/health")).json()
    return found


async def told(service: Service, channel: dict[str, Any], state: str) -> dict[str, Any]:
    """How the channel fares, once its subscription stands so."""

    async def there() -> dict[str, Any] | None:
        health = await health_of(service, channel)
        return health if health["subscription"] == state else None

    found: dict[str, Any] = await until(there)
    return found


def parsed(callback: str) -> dict[str, str]:
    """What we put into an address ourselves."""
    return dict(parse_qsl(urlsplit(callback).query))


async def test_the_platform_is_told_and_delivers_with_the_secret(service: Service, platforms: SimulatedPlatforms) -> None:
    token = await new_bot(platforms)
    channel = await connect(service, platforms, token)
    health = await told(service, channel, "done")
    assert (health["status"], health["trouble"], health["subscription_reason"]) == ("working", "", "")
    assert health["subscribed_at"] is not None
    assert await webhook_of(platforms, token) == f"{PUBLIC}{channel['webhook_path']}"


async def test_a_new_secret_is_told_and_the_end_too(service: Service, platforms: SimulatedPlatforms) -> None:
    token = await new_bot(platforms)
    channel = await connect(service, platforms, token)
    first = (await told(service, channel, "done"))["subscribed_at"]
    path, headers = f"/v1/channels/{channel['id']}", service.headers()
    changed = await service.http.patch(path, json={"credentials": {"signing_secret": "another-secret"}}, headers=headers)
    assert changed.status_code == 200

    async def again() -> bool:
        return bool((await health_of(service, channel))["subscribed_at"] > first)

    await until(again)
    assert (await service.http.delete(path, headers=headers)).status_code == 200

    async def over() -> bool:
        return not await webhook_of(platforms, token)

    await until(over)
    assert (await health_of(service, channel))["subscription"] == "none"


async def test_the_end_of_an_old_channel_leaves_the_new_one_of_the_account(service: Service, platforms: SimulatedPlatforms) -> None:
    token = await new_bot(platforms)
    old = await connect(service, platforms, token)
    await told(service, old, "done")
    new = await connect(service, platforms, token)
    await told(service, new, "done")
    await service.http.delete(f"/v1/channels/{old['id']}", headers=service.headers())
    third = await connect(service, platforms, await new_bot(platforms))
    await told(service, third, "done")
    assert await webhook_of(platforms, token) == f"{PUBLIC}{new['webhook_path']}"


async def test_a_refusal_is_the_channels_trouble_until_it_is_told(service: Service, platforms: SimulatedPlatforms) -> None:
    token = f"{uuid4().int % 10**9 + 1}:unknown"
    channel = await connect(service, platforms, token)
    health = await told(service, channel, "failed")
    assert (health["status"], health["trouble"]) == ("refused", f"{TROUBLE}Unauthorized")
    assert health["subscription_reason"] == "Unauthorized"

    await platforms.add_bot(token, username="acme_bot")
    asked = await service.post(f"/v1/channels/{channel['id']}/subscription", {})
    assert (asked.status_code, asked.json()["subscription"]) == (202, "waiting")
    health = await told(service, channel, "done")
    assert (health["status"], health["trouble"]) == ("working", "")


async def test_a_platform_that_is_away_is_asked_again_and_then_a_trouble(
    service: Service, platforms: SimulatedPlatforms, clock: MovedClock
) -> None:
    token = await new_bot(platforms)
    channel = await connect(service, platforms, token, api_base=CLOSED)
    health = await told(service, channel, "failed")
    assert (health["status"], health["trouble"]) == ("working", "")

    async def is_trouble() -> bool:
        clock.off += 2 * LONGEST_WAIT
        return bool((await health_of(service, channel))["trouble"].startswith(TROUBLE))

    await until(is_trouble)


async def test_what_holds_for_a_time_is_told_again_before_it_is_over(service: Service, clock: MovedClock) -> None:
    guild = GuildServer(tokens=["by-hand"])
    with joined():
        async with served(guild) as url:
            made: dict[str, Any] = await service.connect("guild", credentials={"token": "by-hand"}, config={"server": url, "account": "g"})
            first = (await told(service, made["channel"], "done"))["subscribed_at"]
            assert len(guild.webhooks) == 1
            clock.off += timedelta(days=25)

            async def again() -> bool:
                return bool((await health_of(service, made["channel"]))["subscribed_at"] > first)

            await until(again)
            assert len(guild.webhooks) == 2


async def test_a_hub_grants_a_time_is_asked_again_before_it_is_over_pushes_and_is_told_of_the_end(
    service: Service, clock: MovedClock
) -> None:
    hub = Hub()
    async with served(hub) as hub.base:
        made: dict[str, Any] = await service.connect("feeds", credentials={}, config={"url": f"{hub.base}/feed"})
        channel = made["channel"]
        await told(service, channel, "done")
        (wish,) = hub.asked
        assert (wish["hub.mode"], wish["hub.topic"]) == ("subscribe", f"{hub.base}/feed")
        callback = wish["hub.callback"].removeprefix(PUBLIC)
        assert callback.startswith(f"{channel['webhook_path']}?")
        question = {"hub.mode": "subscribe", "hub.topic": wish["hub.topic"], "hub.challenge": "c-1", "hub.lease_seconds": "3600"}
        answered = await service.http.get(callback, params={**parsed(callback), **question})
        assert (answered.status_code, answered.text) == (200, "c-1")
        assert answered.headers["x-content-type-options"] == "nosniff"

        # Four fifths of what was granted, and far less than the hours after which an unconfirmed one is asked for again.
        async def again() -> bool:
            return len(hub.asked) > 1

        assert await journal_settled(service, count=1) == {"ignored": 1}
        clock.off += timedelta(minutes=50)
        await until(again)

        body = hub.feed(1, 2)
        signed = "sha256=" + hmac.digest(wish["hub.secret"].encode(), body.encode(), "sha256").hex()
        for _ in range(2):
            pushed = await service.http.post(callback, content=body, headers={"x-hub-signature": signed})
            assert pushed.status_code == 200
        forged = await service.http.post(callback, content=hub.feed(3), headers={"x-hub-signature": signed})
        assert forged.status_code == 200
        assert await journal_settled(service, count=3) == {"ignored": 1, "done": 2}

        gone = {**question, "hub.mode": "unsubscribe", "hub.challenge": "c-2"}
        assert (await service.http.get(callback, params={**parsed(callback), **gone})).status_code == 401
        assert (await service.http.delete(f"/v1/channels/{channel['id']}", headers=service.headers())).status_code == 200

        async def ended() -> bool:
            return hub.asked[-1]["hub.mode"] == "unsubscribe"

        await until(ended)
        assert hub.asked[-1]["hub.callback"] == wish["hub.callback"]
        answered = await service.http.get(callback, params={**parsed(callback), **gone})
        assert (answered.status_code, answered.text) == (200, "c-2")
        assert (await service.http.get(callback, params={**parsed(callback), **question})).status_code == 404


async def test_whom_nobody_has_to_tell_cannot_be_told(service: Service) -> None:
    made: dict[str, Any] = await service.connect("inlet", credentials={}, config={})
    assert (await health_of(service, made["channel"]))["subscription"] == "none"
    refused = await service.post(f"/v1/channels/{made['channel']['id']}/subscription", {})
    assert (refused.status_code, refused.json()["code"]) == (422, "not_subscribable")
    assert (await service.post(f"/v1/channels/{uuid4()}/subscription", {})).status_code == 404


async def test_from_an_address_inside_nobody_is_told(own_service: Service, platforms: SimulatedPlatforms) -> None:
    token = await new_bot(platforms)
    channel = await connect(own_service, platforms, token)
    health = await told(own_service, channel, "failed")
    assert "PUBLIC_URL" in health["subscription_reason"]
    assert (health["status"], health["trouble"]) == ("working", "")
    assert not await webhook_of(platforms, token)


@pytest.mark.parametrize(
    ("address", "reached"),
    [
        ("https://talk.example", True),
        ("https://talk.example:8443/rapport", True),
        ("https://93.184.216.34", True),
        ("http://talk.example", False),
        ("https://localhost:8080", False),
        ("https://127.0.0.1", False),
        ("https://10.1.2.3", False),
        ("https://[::1]", False),
        ("https://", False),
    ],
)
def test_only_a_public_https_address_is_reached(address: str, reached: bool) -> None:
    assert (why_unreachable(address) is None) is reached
