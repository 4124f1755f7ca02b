"""Public keys that change: asked for when a delivery needs them, kept while in force, and not asked for by everybody's inventions."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import uuid4

import pytest

from services.contracts.ids import ChannelId, WorkspaceId
from services.engagement.connectors import connectors
from services.engagement.intake import Intake
from services.engagement.protocol import (
    ChannelAccess,
    ChannelFacts,
    FetchedKeys,
    FetchesKeys,
    Net,
    NotSentError,
    RawItem,
    Request,
    Secrets,
    SignatureRefusedError,
)
from services.engagement.proving import AGAIN_AFTER, PublicKeys
from services.engagement.registry import ChannelRegistry, ConnectedChannel
from services.engagement.webhooks import WebhookRoute
from services.kit.clock import FixedClock
from services.kit.errors import UnauthenticatedError
from services.kit.http import BareRequest
from services.kit.telemetry import Metrics
from tests.engagement.connectors.case_files import ScriptedNet

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@dataclass
class Signer:
    """A platform whose deliveries name their key in a header; it tells `keys` to whoever asks, or is in `trouble`."""

    keys: dict[str, bytes] = field(default_factory=lambda: {"one": b"1"})
    lasts: timedelta = timedelta(hours=1)
    trouble: bool = False
    asked: int = 0

    @property
    def declaration(self) -> Any:
        """Any."""
        return connectors()["google_business"].declaration

    def handshake(self, request: Request, *, secrets: Secrets, now: datetime) -> None:
        """There is none."""

    def verify(self, request: Request, *, secrets: Secrets, now: datetime) -> None:
        """Keep protocol.Connector."""
        del now
        if request.header("key") not in secrets.keys:
            raise SignatureRefusedError("unknown key", refetch_keys=True)

    def split(self, request: Request, *, secrets: Secrets) -> list[RawItem]:
        """Keep protocol.Connector: nothing is delivered."""
        del request, secrets
        return []

    async def fetch_keys(self, *, channel: ChannelAccess, net: Net) -> FetchedKeys:
        """Keep protocol.FetchesKeys."""
        del channel, net
        self.asked += 1
        await asyncio.sleep(0)
        if self.trouble:
            raise NotSentError("away")
        return FetchedKeys(keys=self.keys, expires_at=NOON + self.lasts)


@dataclass
class Door:
    """A webhook route with one channel of the signer's."""

    signer: Signer
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOON))

    def __post_init__(self) -> None:
        self.channel = channel_of(self.signer)
        self.keys = PublicKeys(ScriptedNet(), clock=self.clock)
        self.route = WebhookRoute(
            cast("ChannelRegistry", self),
            cast("Intake", None),
            keys=self.keys,
            wake=lambda _: None,
            clock=self.clock,
            public_url="https://rapport.example",
            body_limit_bytes=1000,
            metrics=Metrics("test"),
        )

    async def find_by_token(self, token: str) -> ConnectedChannel:
        """Keep what the route asks of the registry."""
        del token
        return self.channel

    async def deliver(self, key: str) -> bool:
        """Whether a delivery that names this key is taken."""
        try:
            await self.route(knock(key))
        except UnauthenticatedError:
            return False
        return True


def knock(key: str) -> BareRequest:
    """A request as the port hands it over."""
    scope = {"headers": [(b"key", key.encode())], "path": "/webhooks/token", "query_string": b"", "method": "POST"}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    return BareRequest(scope, receive, "token")


def channel_of(connector: Any) -> ConnectedChannel:
    return ConnectedChannel(
        workspace_id=WorkspaceId(uuid4()),
        id=ChannelId(uuid4()),
        platform="google_business",
        version=1,
        path_token="token",
        active=True,
        connector=connector,
        acknowledges=None,
        listens=None,
        facts=ChannelFacts(platform="google_business"),
        secrets=Secrets(current=""),
        access=ChannelAccess(platform="google_business"),
        fetches_keys=connector if isinstance(connector, FetchesKeys) else None,
    )


async def test_keys_are_fetched_once_and_kept_while_they_are_in_force() -> None:
    door = Door(Signer())
    assert [await door.deliver("one") for _ in range(3)] == [True, True, True]
    assert door.signer.asked == 1
    door.clock.advance(timedelta(hours=2))
    door.signer.lasts = timedelta(hours=3)
    assert await door.deliver("one")
    assert door.signer.asked == 2


async def test_a_new_key_is_found_and_an_invented_one_is_not_asked_for_again_and_again() -> None:
    door = Door(Signer())
    assert await door.deliver("one")
    door.signer.keys = {"two": b"2"}
    assert not await door.deliver("two")
    door.clock.advance(AGAIN_AFTER)
    assert await door.deliver("two")
    assert [await door.deliver("invented") for _ in range(5)] == [False] * 5
    assert door.signer.asked == 2


async def test_those_who_come_together_ask_together() -> None:
    door = Door(Signer())
    assert await asyncio.gather(*(door.deliver("one") for _ in range(10))) == [True] * 10
    assert door.signer.asked == 1


async def test_where_keys_cannot_be_had_nothing_is_believed() -> None:
    door = Door(Signer(trouble=True))
    assert not await door.deliver("one")
    door.clock.advance(AGAIN_AFTER)
    door.signer.trouble = False
    assert await door.deliver("one")


@pytest.mark.parametrize("platform", ["telegram", "google_business"])
def test_who_fetches_keys_is_known_by_its_ability(platform: str) -> None:
    assert (channel_of(connectors()[platform]).fetches_keys is not None) == (platform == "google_business")
