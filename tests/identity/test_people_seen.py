"""Interactions in, contacts and events out: with a real broker and a real database (W1)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec

from services.contracts.envelope import Header
from services.contracts.events import Event, InteractionReceived, ProfileAssigned
from services.contracts.ids import ChannelId, ConversationId, InteractionId, ProfileId, WorkspaceId, profile_id
from services.contracts.interaction import Author, NeutralEvent, Venue
from services.contracts.vocabulary import Kind
from services.identity.settings import IdentitySettings
from services.identity.subscribers import PeopleSeen
from services.kit.bus import Bus, Received
from services.kit.clock import FixedClock
from services.kit.db import Database
from services.kit.ids import new_id
from tests.identity.people import DEPLOYMENT_KEY, NOON, author, groups, known_people, new_workspace
from tests.identity.service import Service, running, with_broker

WITHIN_SECONDS = 15


async def test_the_handler_run_twice_changes_nothing(database: Database) -> None:
    workspace = new_workspace()
    woken: list[None] = []
    people = PeopleSeen(database, deployment_key=DEPLOYMENT_KEY, clock=FixedClock(NOON), wake=lambda: woken.append(None))
    kim, lu = author("Kim", "kim@example.com"), author("Lu", "kim@example.com")
    batch = [_received(workspace, kim, mentions=(author("Ana"),)), _received(workspace, lu), _received(workspace, kim)]

    await people.learn(workspace, batch)
    first = await known_people(database, workspace), await _outbox(database, workspace)
    await people.learn(workspace, batch)
    await people.learn(workspace, batch[1:])

    assert (await known_people(database, workspace), await _outbox(database, workspace)) == first
    assert first[0].groups == groups("kim lu", "ana")
    assert first[1] == 3
    assert len(woken) == 1


async def test_handlers_side_by_side_give_each_profile_one_contact(database: Database) -> None:
    workspace = new_workspace()
    people = PeopleSeen(database, deployment_key=DEPLOYMENT_KEY, clock=FixedClock(NOON), wake=_nothing)
    crowd = [author(f"P{n}", *([f"{n % 7}@example.com"] if n % 3 == 0 else [])) for n in range(45)]
    batches = [[_received(workspace, each) for each in (crowd[k:] + crowd[:k])] for k in (0, 11, 22, 33)]

    async with asyncio.timeout(30):
        await asyncio.gather(*(people.learn(workspace, batch) for batch in batches))

    known = await known_people(database, workspace)
    assert len(known.contacts) == 45
    assert len(known.groups) == 30 + 7
    assert await _outbox(database, workspace) == sum(known.versions.values())


async def test_an_interaction_on_the_bus_becomes_a_contact_and_an_event(
    settings: IdentitySettings, nats_url: str, database: Database
) -> None:
    settings = with_broker(settings, nats_url)
    async with _engagement(nats_url) as bus, running(settings) as service, asyncio.timeout(WITHIN_SECONDS):
        workspace = (await service.admin.create_workspace(slug="acme", name="Acme")).id
        listening = asyncio.Event()
        heard = asyncio.create_task(_first(bus, ProfileAssigned, ready=listening.set))
        await listening.wait()
        await _say(bus, _received(workspace, author("Kim")))
        event = await heard

        assert isinstance(event, ProfileAssigned)
        assert event.profile_id == profile_id(
            settings.deployment_key(), workspace=workspace, network="telegram", scope="", external_id="kim"
        )
        assert (await known_people(database, workspace)).groups == groups("kim")


async def test_a_session_revoked_in_another_process_ends_here_too(settings: IdentitySettings, nats_url: str) -> None:
    settings = with_broker(settings, nats_url)
    async with running(settings) as here, running(settings) as there, asyncio.timeout(WITHIN_SECONDS):
        token = await here.begin("acme")
        assert (await there.ask("GET", "/v1/me", token=token)).status == 200

        await here.ask("POST", "/v1/auth/sign-out", token=token)

        await _until_refused(there, token)


def _received(workspace: WorkspaceId, person: Author, *, mentions: tuple[Author, ...] = ()) -> Received:
    event = NeutralEvent(
        id=str(new_id()),
        occurred_at=NOON,
        kind=Kind.DIRECT,
        author=person,
        venue=Venue(network=person.network, external_id="bot"),
        mentions=mentions,
    )
    interaction = InteractionReceived(
        interaction_id=InteractionId(new_id()),
        profile_id=ProfileId(new_id()),
        channel_id=ChannelId(new_id()),
        conversation_id=ConversationId(new_id()),
        event=event,
        received_at=NOON,
    )
    header = Header(
        id=f"engagement-{new_id()}",
        type=interaction.type,
        version=1,
        workspace=workspace,
        time=NOON,
        subject=interaction.aggregate(),
        sequence=1,
    )
    return Received(header, interaction)


@asynccontextmanager
async def _engagement(nats_url: str) -> AsyncIterator[Bus]:
    bus = Bus(nats_url, name="test-engagement")
    await bus.open()
    try:
        yield bus
    finally:
        await bus.close()


async def _say(bus: Bus, received: Received) -> None:
    await bus.ensure_stream("engagement")
    await bus.publish(received.header, msgspec.json.encode(received.event))


async def _first(bus: Bus, kind: type[Event], *, ready: Callable[[], None]) -> Event:
    async for received in bus.listen(kind, ready=ready):
        return received.event
    raise AssertionError


async def _until_refused(service: Service, token: str) -> None:
    """Ask until the token is refused; the caller's time-out is the deadline."""
    status = 200
    while status == 200:
        status = (await service.ask("GET", "/v1/me", token=token)).status
        await asyncio.sleep(0.02)
    assert status == 401


async def _outbox(database: Database, workspace: WorkspaceId) -> int:
    async with database.transaction(workspace) as connection:
        return int(await connection.fetchval("SELECT count(*) FROM outbox"))


def _nothing() -> None:
    pass
