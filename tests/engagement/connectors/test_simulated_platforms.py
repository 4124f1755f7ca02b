"""Every connector of the first ring against its simulated platform, over real sockets: both sides call a thing by one name.

What is heard has the id that the ledger has, proven as the platform does it; what is sent arrives once; a fault is the declared error.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from aiohttp import web

from rapport.simulation import SimulatedPlatforms
from services.contracts.interaction import NeutralEvent
from services.contracts.vocabulary import Direction, Kind
from services.engagement.connectors import connectors
from services.engagement.network import PlatformNet
from services.engagement.protocol import (
    Answered,
    ChannelAccess,
    ChannelFacts,
    Delivery,
    Found,
    InDoubtError,
    Listens,
    LooksUp,
    Net,
    NetAnswer,
    NotSentError,
    OutboundReply,
    RateLimitedError,
    RawItem,
    RejectedError,
    Request,
    Secrets,
    SendError,
    WebSocket,
)
from services.kit.net import Net as Guarded
from tests.flows.waiting import until

PLACE = "accounts/1/locations/2"
TOKEN = "the-token-of-a-test"
SECRET = "the-secret-of-a-test"


@dataclass(frozen=True)
class Played:
    """How a channel of a platform is set up. `says`: which of a person's lines (see `say`) it knows. `pushed`: by webhook."""

    account: str
    says: tuple[int, ...] = (0, 1)
    pushed: bool = False
    sends: bool = True
    base: str = "api_base"
    path: str = ""
    token: str = "token"
    config: Mapping[str, str] = field(default_factory=dict)
    looks_up: bool = True


PLAYED = {
    "facebook": Played("1001", pushed=True, path="/facebook"),
    "instagram": Played("2001", pushed=True, path="/instagram", config={"username": "acme"}),
    "whatsapp": Played("3001", says=(0,), pushed=True, path="/whatsapp", looks_up=False),
    "webchat": Played("site", says=(0,), pushed=True, sends=False),
    "mastodon": Played("4001", base="instance", token="access_token", config={"acct": "acme"}),
    "bluesky": Played("did:plc:acme", base="service", path="/bluesky", token="app_password", config={"identifier": "acme.example"}),
    "youtube": Played("UCacme", says=(0,), path="/youtube", token="access_token"),
    "google_business": Played(PLACE, says=(0,), path="/google_business", token="access_token"),
    "feeds": Played("forum", says=(0,), sends=False, base="url", path="/feeds/the-token-of-a-test.xml"),
}
SENDING = [(name, number) for name, played in PLAYED.items() if played.sends for number in played.says]
FAULTS: list[tuple[str, type[SendError], int]] = [
    ("rate_limited", RateLimitedError, 0),
    ("forbidden", RejectedError, 0),
    ("server_error", InDoubtError, 0),
    ("server_error_after", InDoubtError, 1),
    ("reset_after_write", InDoubtError, 1),
    ("truncated", InDoubtError, 1),
]


@dataclass
class Hook:
    """Our side of webhooks: keeps what came."""

    url: str = ""
    came: list[Request] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        """Remember it."""
        headers = {name.lower(): [value] for name, value in request.headers.items()}
        self.came.append(Request(path=request.path, url=str(request.url), headers=headers, body=await request.read()))
        return web.Response()


@dataclass
class Channel:
    """One channel with its simulated account."""

    name: str
    platforms: SimulatedPlatforms
    net: Net
    hook: Hook

    @property
    def access(self) -> ChannelAccess:
        """As connectors get it."""
        played = PLAYED[self.name]
        config = {played.base: f"{self.platforms.url}{played.path}", **played.config}
        credentials = {played.token: TOKEN}
        return ChannelAccess(
            platform=self.name,
            account=played.account,
            config=config,
            credentials=credentials,
            signing_secret=SECRET if played.pushed else "",
        )

    async def hear(self, text: str, *, number: int = 0) -> NeutralEvent:
        """Let a person say it, and give the event that it becomes."""
        played = PLAYED[self.name]
        if played.pushed:
            await self.platforms.say(self.name, played.account, text=text, number=number)
            return self._events(self._items(self.hook.came[-1]))[-1]
        stream = cast("Listens", connectors()[self.name]).listen(channel=self.access, cursor=None, net=self.net)
        async with aclosing(cast("Any", stream)) as heard:
            if self.name != "feeds":
                await anext(heard)
            await self.platforms.say(self.name, played.account, text=text, number=number)
            async for each in heard:
                found = [event for event in self._events(each.items) if event.text and text in event.text]
                if found:
                    return found[0]
        raise AssertionError(text)

    def _items(self, request: Request) -> list[RawItem]:
        connector, secrets = connectors()[self.name], Secrets(current=SECRET)
        connector.verify(request, secrets=secrets, now=datetime.now(UTC))
        return connector.split(request, secrets=secrets)

    def _events(self, items: Any) -> list[NeutralEvent]:
        facts = ChannelFacts(platform=self.name, account=PLAYED[self.name].account, config=self.access.config)
        deliveries = [Delivery(channel=facts, key=item.key, body=item.body, received_at=datetime.now(UTC)) for item in items]
        parsed = [connectors()[self.name].parse(delivery) for delivery in deliveries]
        assert not [each.unknown for each in parsed if each.unknown]
        return [event for each in parsed for event in each.events]

    def echoes(self) -> list[NeutralEvent]:
        """What was delivered of what we said, and of its way."""
        events = [event for request in self.hook.came for event in self._events(self._items(request))]
        return [event for event in events if event.direction is Direction.OUTBOUND or event.kind is Kind.RECEIPT]


class Impatient:
    """The network with little patience, so that a stalling platform costs a second."""

    def __init__(self, net: Net) -> None:
        self._net = net

    async def request(self, method: str, url: str, **parts: Any) -> NetAnswer:
        """Keep protocol.Net."""
        return await self._net.request(method, url, **{**parts, "timeout_seconds": 1.0})

    def websocket(self, url: str, **parts: Any) -> AbstractAsyncContextManager[WebSocket]:
        """Keep protocol.Net."""
        return self._net.websocket(url, **parts)


@pytest.fixture
async def channel(request: pytest.FixtureRequest, platforms: SimulatedPlatforms) -> AsyncIterator[Channel]:
    """The channel of the platform that the test asks for."""
    client, hook, name = Guarded(allow_private=True), Hook(), request.param
    app = web.Application()
    app.add_routes([web.post("/hook", hook.take)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    await platforms.add_account(name, id_=PLAYED[name].account, token=TOKEN, webhook_url=hook.url, secret=SECRET)
    yield Channel(name, platforms, cast("Net", Impatient(PlatformNet(client))), hook)
    await runner.cleanup()
    await client.close()


def reply_to(event: NeutralEvent) -> OutboundReply:
    """What a member answers."""
    answered = Answered(
        external_id=event.id,
        kind=event.kind,
        occurred_at=event.occurred_at,
        author=event.author,
        venue=event.venue,
        thread=event.thread,
        root=event.root,
        extra=event.extra,
    )
    key = "0198a0aa-0000-7000-8000-000000000001"
    return OutboundReply(
        id=key,
        kind=event.kind,
        attempted_at=datetime.now(UTC),
        text="We look.",
        recipient=event.author,
        venue=event.venue,
        answering=answered,
    )


@pytest.mark.parametrize(
    ("channel", "number"), [(name, number) for name, played in PLAYED.items() for number in played.says], indirect=["channel"]
)
async def test_what_a_person_says_has_the_id_that_the_ledger_has(channel: Channel, number: int) -> None:
    event = await channel.hear("Hello, is it red?", number=number)
    (entry,) = channel.platforms.acked_events(channel.name)
    assert (event.id, event.direction) == (entry["external_id"], Direction.INBOUND)


@pytest.mark.parametrize(("channel", "number"), SENDING, indirect=["channel"])
async def test_a_reply_arrives_once_and_is_found_again(channel: Channel, number: int) -> None:
    reply, connector = reply_to(await channel.hear("Hello?", number=number)), connectors()[channel.name]
    sent = await connector.send(reply, channel=channel.access, net=channel.net)
    (taken,) = channel.platforms.accepted_replies(channel.name)
    assert sent.external_id == taken["external_id"]
    assert taken["text"].endswith("We look.")
    if PLAYED[channel.name].looks_up:
        found = await cast("LooksUp", connector).lookup(reply, channel=channel.access, net=channel.net)
        assert found == Found(there=True, external_id=sent.external_id)


@pytest.mark.parametrize(("channel", "number"), [(name, number) for name, number in SENDING if PLAYED[name].pushed], indirect=["channel"])
async def test_an_echo_names_the_reply(channel: Channel, number: int) -> None:
    reply = reply_to(await channel.hear("Hello?", number=number))
    sent = await connectors()[channel.name].send(reply, channel=channel.access, net=channel.net)

    async def come_back() -> list[NeutralEvent]:
        return channel.echoes()

    echoes = await until(come_back, seconds=20)
    assert {event.echo_of or (event.receipt and event.receipt.reference) for event in echoes} <= {reply.id, sent.external_id}


@pytest.mark.parametrize(("kind", "error", "times"), FAULTS)
@pytest.mark.parametrize("channel", sorted({name for name, _ in SENDING}), indirect=True)
async def test_a_fault_becomes_the_declared_error(channel: Channel, kind: str, error: type[SendError], times: int) -> None:
    if (channel.name, kind) == ("google_business", "reset_after_write"):
        pytest.skip("the client repeats a PUT by itself, which changes nothing")
    reply = reply_to(await channel.hear("Hello?"))
    await channel.platforms.misbehave(channel.name, kind=kind)
    with pytest.raises(error):
        await connectors()[channel.name].send(reply, channel=channel.access, net=channel.net)
    assert len(channel.platforms.accepted_replies(channel.name)) == times


@pytest.mark.parametrize("kind", ["reset_before", "reset_after_write"])
@pytest.mark.parametrize("channel", ["mastodon"], indirect=True)
async def test_what_a_stream_breaks_off_is_found_by_asking(channel: Channel, kind: str) -> None:
    stream = cast("Listens", connectors()[channel.name]).listen(channel=channel.access, cursor=None, net=channel.net)
    keys: list[str] = []
    async with aclosing(cast("Any", stream)) as heard:
        async for each in heard:
            keys += [item.key for item in each.items]
            if len(set(keys)) == 3:
                break
            await channel.platforms.misbehave("mastodon:stream", kind=kind)
            await channel.platforms.say("mastodon", PLAYED["mastodon"].account, text="Hello?")
    said = [f"notification:{entry['external_id']}" for entry in channel.platforms.acked_events("mastodon")]
    assert sorted(keys)[:3] == sorted(said)[:3]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("kind", ["server_error", "truncated"])
@pytest.mark.parametrize("channel", ["bluesky", "google_business", "mastodon", "youtube"], indirect=True)
async def test_pages_that_fail_are_no_news(channel: Channel, kind: str) -> None:
    await channel.platforms.misbehave(f"{channel.name}:pages", kind=kind, times=1)
    with pytest.raises(NotSentError):
        await channel.hear("Hello?")
    assert (await replace(channel).hear("Hello again?")).text


@pytest.mark.parametrize("channel", ["instagram"], indirect=True)
async def test_the_reply_to_an_answer_is_looked_for_where_the_platform_puts_it(channel: Channel) -> None:
    """Instagram hangs it beneath the topmost comment."""
    await channel.hear("The first", number=1)
    reply = reply_to(await channel.hear("And beneath it", number=1))
    sent = await connectors()["instagram"].send(reply, channel=channel.access, net=channel.net)
    found = await cast("LooksUp", connectors()["instagram"]).lookup(reply, channel=channel.access, net=channel.net)
    assert found == Found(there=True, external_id=sent.external_id)
