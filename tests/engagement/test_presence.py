"""Presence at the service: told to whoever listens and kept by nobody, of threads that are there, at a pace; visitors see and are seen."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.contracts.envelope import stream_of
from services.contracts.events import PresenceShown
from services.contracts.events.presence import LASTS
from services.contracts.ids import ConversationId, MemberId, ProfileId
from services.contracts.vocabulary import PresenceActivity
from services.engagement.presence import MEMBER_RATE
from services.engagement.visitors.waiting import Waiting
from services.kit.bus import Bus
from services.kit.clock import FixedClock
from tests.engagement.conftest import Service
from tests.engagement.partner import Partner, event
from tests.engagement.waiting import conversations, journal_settled, until
from tests.engagement.widget import Browser, Site

HEARD_SECONDS = 20


class Ear:
    """What is said on the bus about presence."""

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.heard: list[PresenceShown] = []
        self.ready = asyncio.Event()

    async def listen(self) -> None:
        """Keep all that passes."""
        async for received in self.bus.listen(PresenceShown, ready=self.ready.set):
            assert isinstance(received.event, PresenceShown)
            self.heard.append(received.event)

    async def next(self) -> PresenceShown:
        """The next word."""

        async def there() -> bool:
            return bool(self.heard)

        await until(there, within_seconds=HEARD_SECONDS)
        return self.heard.pop(0)


@pytest.fixture
async def ear(nats_url: str) -> AsyncIterator[Ear]:
    bus = Bus(nats_url, name="ear")
    await bus.open()
    ear = Ear(bus)
    listening = asyncio.create_task(ear.listen())
    await asyncio.wait_for(ear.ready.wait(), timeout=HEARD_SECONDS)
    yield ear
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await bus.close()


async def show(service: Service, thread: str, activity: str, *, member: UUID | None = None, **named: Any) -> Any:
    """Say what a member does."""
    headers = service.headers(member=member)
    return await service.http.put(f"/v1/conversations/{thread}/presence", json={"activity": activity, **named}, headers=headers)


async def a_thread(service: Service) -> str:
    """A conversation that somebody has begun."""
    partner = await Partner.connected(service)
    await partner.deliver(event(1))
    await journal_settled(service, count=1)
    return str((await conversations(service))[0]["id"])


async def test_what_a_member_does_is_told_once_and_kept_by_nobody(service: Service, ear: Ear) -> None:
    thread, member = await a_thread(service), uuid4()
    before = (await ear.bus.jetstream.stream_info(stream_of("engagement"))).state.last_seq
    answer = await show(service, thread, "typing", member=member, tab="one")
    assert (answer.status_code, answer.json()) == (200, {"again_after_seconds": 5.0, "lasts_seconds": 12.0})
    heard = await ear.next()
    assert (str(heard.conversation_id), heard.member_id, heard.tab, heard.activity) == (thread, member, "one", PresenceActivity.TYPING)
    assert (await show(service, thread, "away", member=member, tab="one")).status_code == 200
    assert (await ear.next()).activity is PresenceActivity.AWAY
    stream = await ear.bus.jetstream.stream_info(stream_of("engagement"))
    kept = [await ear.bus.jetstream.get_msg(stream_of("engagement"), number) for number in range(before + 1, stream.state.last_seq + 1)]
    assert [message.subject for message in kept if "presence" in (message.subject or "")] == []


async def test_a_thread_that_is_not_there_and_words_that_are_none_are_refused(service: Service, ear: Ear) -> None:
    thread = await a_thread(service)
    missing = await show(service, str(uuid4()), "viewing")
    assert (missing.status_code, missing.json()["code"]) == (404, "conversation_not_found")
    foreign = await service.http.put(
        f"/v1/conversations/{thread}/presence", json={"activity": "viewing"}, headers=service.headers(uuid4(), member=uuid4())
    )
    assert foreign.status_code == 404
    for body in ({}, {"activity": "sleeping"}, {"activity": "viewing", "tab": "x" * 65}, {"activity": "viewing", "more": 1}):
        answer = await service.http.put(f"/v1/conversations/{thread}/presence", json=body, headers=service.headers())
        assert answer.status_code == 422, body
    assert ear.heard == []


async def test_a_member_cannot_flood_the_others(service: Service) -> None:
    thread, member = await a_thread(service), uuid4()
    answers = [await show(service, thread, "viewing", member=member) for _ in range(int(MEMBER_RATE.burst) + 30)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert refused[0].headers["retry-after"] == "1"
    assert (await show(service, thread, "viewing", member=uuid4())).status_code == 200


async def talking(service: Service) -> tuple[Browser, str]:
    """A visitor of web chat whose conversation is there."""
    browser = (await Site.connected(service)).browser()
    await browser.open()
    await browser.write("Do you ship to Graz?")
    await journal_settled(service, count=1)
    await browser.fetch()
    return browser, str((await conversations(service))[0]["id"])


async def test_a_visitor_who_types_is_told_to_members(service: Service, ear: Ear) -> None:
    stranger = (await Site.connected(service)).browser()
    assert (await stranger.post("typing", {"typing": True})).status_code == 401
    await stranger.open()
    assert (await stranger.post("typing", {"typing": True})).json()["told"] is False
    browser, thread = await talking(service)
    for typing, activity in ((True, PresenceActivity.TYPING), (False, PresenceActivity.AWAY)):
        answer = await browser.post("typing", {"typing": typing})
        assert (answer.status_code, answer.json()["told"]) == (200, True)
        heard = await ear.next()
        assert (str(heard.conversation_id), heard.member_id, heard.activity) == (thread, None, activity)
    refused = [await browser.post("typing", {"typing": True}) for _ in range(10)][-1]
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert (await browser.post("typing", {"typing": "yes"})).status_code in {400, 422, 429}


async def test_a_member_who_types_a_reply_is_shown_in_the_widget_and_one_who_writes_a_note_is_not(service: Service) -> None:
    browser, thread = await talking(service)

    async def told(*, known: int, wait: int) -> bool:
        page = (await browser.request("GET", f"messages?after={browser.cursor}&recorded=9&wait={wait}&typing={known}")).json()
        typing: bool = page["typing"]
        return typing

    member = uuid4()
    await show(service, thread, "noting", member=member)
    assert await told(known=0, wait=0) is False
    waiting = asyncio.create_task(told(known=0, wait=8))
    await show(service, thread, "typing", member=member)
    assert await waiting is True
    waiting = asyncio.create_task(told(known=1, wait=8))
    await show(service, thread, "viewing", member=member)
    assert await waiting is False


def test_a_member_who_crashes_while_typing_is_no_longer_shown_to_the_visitor() -> None:
    clock = FixedClock(datetime(2026, 3, 1, tzinfo=UTC))
    waiting, person = Waiting(clock=clock), ProfileId(uuid4())
    with waiting.seat(uuid4(), person) as news:
        assert news is not None
        for _ in range(2):
            waiting.hear(_typing(person, at=clock.now()))
            assert news.is_set() == (waiting.typing_seconds(person) == LASTS.total_seconds())
    clock.advance(LASTS - timedelta(seconds=1))
    assert waiting.typing_seconds(person) == 1.0
    clock.advance(timedelta(seconds=1))
    assert waiting.typing_seconds(person) == 0.0


def _typing(person: ProfileId, *, at: datetime) -> PresenceShown:
    return PresenceShown(
        conversation_id=ConversationId(uuid4()),
        profile_id=person,
        activity=PresenceActivity.TYPING,
        at=at,
        member_id=MemberId(UUID(int=1)),
    )
