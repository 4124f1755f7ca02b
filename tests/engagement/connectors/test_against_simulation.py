"""The connectors against the simulated platforms over real sockets: what goes out arrives, what fails fails as declared."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from rapport.simulation import SimulatedPlatforms
from services.contracts.interaction import Author
from services.contracts.vocabulary import Kind
from services.engagement.connectors import connectors
from services.engagement.network import PlatformNet
from services.engagement.protocol import (
    Answered,
    ChannelAccess,
    Checks,
    Found,
    InDoubtError,
    LooksUp,
    Net,
    NetAnswer,
    OutboundReply,
    RateLimitedError,
    RejectedError,
    SendError,
)
from services.kit.net import Net as Guarded

TOKEN = "7000000001:test"
SECRET = "whsec_bHVtZW4taW5sZXQtc2VjcmV0LW51bWJlci0x"
INES = {"id": 501, "first_name": "Ines"}
NOWHERE = "http://127.0.0.1:9/"


@pytest.fixture
async def net() -> AsyncIterator[Net]:
    """The real way out, allowed to reach loopback."""
    client = Guarded(allow_private=True)
    yield Impatient(PlatformNet(client))
    await client.close()


class Impatient:
    """The same network with little patience, so that a stalling platform costs a second."""

    def __init__(self, net: Net) -> None:
        self._net = net

    async def request(self, method: str, url: str, **parts: Any) -> NetAnswer:
        """Keep protocol.Net."""
        return await self._net.request(method, url, **{**parts, "timeout_seconds": 1.0})


async def telegram(platforms: SimulatedPlatforms) -> ChannelAccess:
    """A bot to which Ines has written (her message found no listener, which is all the same here)."""
    await platforms.add_bot(TOKEN, username="lumen_bot", webhook_url=NOWHERE)
    message = {"message_id": 1, "chat": {**INES, "type": "private"}, "from": INES, "date": 1, "text": "Hi"}
    await platforms.telegram_updates(TOKEN, updates=[{"message": message}], attempts=1)
    return ChannelAccess(platform="telegram", account="7000000001", credentials={"token": TOKEN}, config={"api_base": platforms.url})


def reply(platform: str, *, text: str = "Hello!", kind: Kind = Kind.DIRECT) -> OutboundReply:
    person = Author(network=platform, external_id="501")
    answering = Answered(external_id="501:1", kind=kind, occurred_at=datetime(2026, 5, 4, tzinfo=UTC), author=person)
    return OutboundReply(id="reply-1", kind=kind, attempted_at=datetime.now(UTC), text=text, recipient=person, answering=answering)


async def test_telegram_reply_arrives_with_the_id_it_was_given(platforms: SimulatedPlatforms, net: Net) -> None:
    channel, connector = await telegram(platforms), connectors()["telegram"]
    sent = await connector.send(reply("telegram"), channel=channel, net=net)
    (taken,) = platforms.accepted_replies("telegram")
    assert (taken["chat"], taken["text"], taken["external_id"]) == ("501", "Hello!", sent.external_id)


async def test_telegram_check_names_the_bot(platforms: SimulatedPlatforms, net: Net) -> None:
    channel, connector = await telegram(platforms), connectors()["telegram"]
    assert isinstance(connector, Checks)
    account = await connector.check(channel=channel, net=net)
    assert (account.account, account.config) == ("7000000001", {"username": "lumen_bot"})


@pytest.mark.parametrize(
    ("kind", "error", "taken"),
    [
        ("rate_limited", RateLimitedError, 0),
        ("forbidden", RejectedError, 0),
        ("server_error", InDoubtError, 0),
        ("server_error_after", InDoubtError, 1),
        ("reset_after_write", InDoubtError, 1),
        ("stall", InDoubtError, 1),
    ],
)
@pytest.mark.parametrize("platform", ["telegram", "inlet"])
async def test_fault_becomes_the_declared_error(
    platforms: SimulatedPlatforms, net: Net, platform: str, kind: str, error: type[SendError], taken: int
) -> None:
    channel = await (telegram(platforms) if platform == "telegram" else inlet(platforms))
    await platforms.misbehave(platform, kind=kind)
    with pytest.raises(error) as raised:
        await connectors()[platform].send(reply(platform), channel=channel, net=net)
    assert raised.type is error
    assert len(platforms.accepted_replies(platform)) == taken


async def test_half_an_answer_of_telegram_leaves_doubt(platforms: SimulatedPlatforms, net: Net) -> None:
    channel = await telegram(platforms)
    await platforms.misbehave("telegram", kind="truncated")
    with pytest.raises(InDoubtError):
        await connectors()["telegram"].send(reply("telegram"), channel=channel, net=net)
    assert len(platforms.accepted_replies("telegram")) == 1


async def inlet(platforms: SimulatedPlatforms) -> ChannelAccess:
    reply_url = await platforms.add_partner("crm", webhook_url=NOWHERE, secret=SECRET)
    return ChannelAccess(platform="inlet", account="crm", config={"reply_url": reply_url, "lookup": "true"}, signing_secret=SECRET)


async def test_inlet_reply_is_proven_taken_once_and_found_again(platforms: SimulatedPlatforms, net: Net) -> None:
    channel, connector = await inlet(platforms), connectors()["inlet"]
    assert isinstance(connector, LooksUp)
    assert await connector.lookup(reply("inlet"), channel=channel, net=net) == Found(there=False)
    first, second = [await connector.send(reply("inlet"), channel=channel, net=net) for _ in range(2)]
    (taken,) = platforms.accepted_replies("inlet")
    assert taken["reply_id"] == "reply-1"
    assert first == second
    assert await connector.lookup(reply("inlet"), channel=channel, net=net) == Found(there=True, external_id=first.external_id)
