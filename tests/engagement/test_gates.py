"""What holds a whole channel back: the platform's word, the breaker, the declared rate. Shared by all senders; others do not notice."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tried
from hypothesis import strategies as st

from services.contracts.ids import WorkspaceId
from services.engagement.main import compose
from services.engagement.pacing import pace_of
from services.engagement.protocol import RateLimit
from services.engagement.settings import EngagementSettings
from services.engagement.statements import gates
from services.kit.db import Database
from tests.engagement.conftest import Service
from tests.engagement.shop import Answer, Desk
from tests.serving import http_client, served

START = datetime(2026, 5, 4, 10, tzinfo=UTC)
HOLD_SECONDS = 2


@pytest.fixture
async def desk(service: Service) -> AsyncIterator[Desk]:
    async with Desk.opened(service, people=7) as opened:
        yield opened


def refusing(desk: Desk, *, times: int, status: int = 500) -> None:
    """Let the shop answer its next calls with this status, and take what comes after."""

    async def take(_: dict[str, Any]) -> Answer:
        return (status, b"no") if len(desk.shop.posted) <= times else (200, b"")

    desk.shop.take = take


@pytest.mark.parametrize("form", ["seconds", "date"])
async def test_a_reply_posted_during_a_hold_waits_for_its_end_as_well(desk: Desk, form: str) -> None:
    first, second, *_ = await desk.threads()
    until_then = format_datetime(datetime.now(UTC) + timedelta(seconds=HOLD_SECONDS + 1), usegmt=True)
    desk.shop.headers = [(b"retry-after", str(HOLD_SECONDS).encode() if form == "seconds" else until_then.encode())]
    refusing(desk, times=1, status=429)
    early = await desk.reply(thread=first)
    held = await desk.status("held")
    assert held["hold_reason"] == "the partner answered 429: no"
    late = await desk.reply(thread=second)
    await desk.state(early, "sent")
    await desk.state(late, "sent")
    refused, *others = desk.shop.posted
    assert len(others) == 2
    assert min(others) - refused >= HOLD_SECONDS - 0.1
    assert (await desk.health())["status"] == "working"


async def test_e5_five_failures_in_a_row_open_the_breaker_and_one_reply_at_a_time_tries(desk: Desk) -> None:
    refusing(desk, times=6)
    *first, last, waiting = await desk.threads()
    doubted = [await desk.reply(thread=thread) for thread in first]
    for reply in doubted:
        await desk.state(reply, "unknown")
    opened = await desk.status("interrupted")
    assert (opened["breaker"], opened["failures"]) == ("open", 5)
    probe, patient = await desk.reply(thread=last), await desk.reply(thread=waiting)
    await desk.state(probe, "unknown")
    await desk.state(patient, "sent")
    health = await desk.health()
    assert (health["status"], health["breaker"], health["failures"], health["replies_in_doubt"]) == ("working", "closed", 0, 6)
    assert len(desk.shop.posted) == 7
    told = await _told(desk.service)
    assert [each for each in told if each.startswith("engagement.channel.")][-2:] == [
        "engagement.channel.interrupted",
        "engagement.channel.recovered",
    ]


async def test_an_open_breaker_leaves_other_channels_alone(desk: Desk, service: Service) -> None:
    refusing(desk, times=1000)
    for thread in (await desk.threads())[:5]:
        await desk.reply(thread=thread)
    await desk.status("interrupted")
    async with Desk.opened(service, people=1) as other:
        await other.state(await other.reply(), "sent")
        assert (await other.health())["status"] == "working"


async def test_one_good_answer_starts_the_count_anew(desk: Desk) -> None:
    async def take(_: dict[str, Any]) -> Answer:
        return (200, b"") if len(desk.shop.posted) == 5 else (500, b"")

    desk.shop.take = take
    for thread in await desk.threads():
        await desk.state(await desk.reply(thread=thread), "unknown", "sent")
    assert (await desk.health())["failures"] == 2
    assert len(desk.shop.posted) == 7


async def test_every_process_sees_the_breaker_of_another(desk: Desk, settings: EngagementSettings) -> None:
    service = desk.service
    async with (
        compose(settings, ports={"identity": service.issuer}) as app,
        served(app) as url,
        http_client(url) as http,
    ):
        other = Desk(Service(url, service.issuer, http, service.workspace), desk.shop, desk.partner)
        refusing(desk, times=5)
        *first, last, _ = await desk.threads()
        for number, thread in enumerate(first):
            await (desk if number % 2 else other).reply(thread=thread)
        await desk.status("interrupted")
        assert (await other.health())["breaker"] == "open"
        await desk.state(await other.reply(thread=last), "sent")
        assert len(desk.shop.posted) == 6


async def test_refused_credentials_are_shown_until_they_are_taken_again(desk: Desk) -> None:
    refusing(desk, times=1, status=403)
    first, second, *_ = await desk.threads()
    await desk.state(await desk.reply(thread=first), "failed")
    assert (await desk.status("refused"))["trouble"] == "the platform no longer accepts the credentials"
    await desk.state(await desk.reply(thread=second), "sent")
    health = await desk.status("working")
    assert (health["trouble"], health["credentials_refused_at"]) == ("", None)


async def test_health_tells_what_was_heard_and_sent_and_what_waits(desk: Desk) -> None:
    before = await desk.health()
    assert (before["status"], before["last_sent_at"], before["replies_queued"], before["journal_waiting"]) == ("working", None, 0, 0)
    assert before["last_event_at"] is not None
    first, second, *_ = await desk.threads()
    await desk.state(await desk.reply(thread=first), "sent")
    await desk.reply(thread=second, delay_seconds=30)
    after = await desk.health()
    assert after["last_sent_at"] is not None
    assert after["replies_queued"] == 1


async def test_the_health_of_a_channel_of_others_does_not_exist(desk: Desk, service: Service) -> None:
    for channel, workspace in ((desk.partner.channel_id, uuid4()), (uuid4(), service.workspace)):
        answer = await service.http.get(f"/v1/channels/{channel}/health", headers=service.headers(workspace))
        assert (answer.status_code, answer.json()["code"]) == (404, "channel_not_found")


async def _told(service: Service) -> list[str]:
    answer = await service.get("/internal/events?after=0&limit=100")
    return [each["type"].removeprefix("rapport.").removesuffix(".v1") for each in answer.json()["events"]]


@pytest.fixture
async def database(settings: EngagementSettings) -> AsyncIterator[Database]:
    opened = Database(settings.role_url("engagement", role="app"), name="test", size=8)
    await opened.open()
    yield opened
    await opened.close()


async def granted(database: Database, workspace: WorkspaceId, channel: UUID, limit: RateLimit, *, wanted: int, now: datetime) -> int:
    """How many of those wanted the channel's bucket lets through."""
    pace = pace_of(limit)
    async with database.transaction(workspace) as connection:
        (row,) = await gates.take_tokens(connection, workspace, [(channel, channel, wanted, pace.burst, pace.interval_seconds)], now=now)
    assert row["granted"] == wanted or row["next_at"] > now
    return int(row["granted"])


@given(
    count=st.integers(1, 40),
    seconds=st.sampled_from([1.0, 0.5, 60.0]),
    seed=st.integers(0, 2**32),
)
@tried(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_span_of_the_declared_length_lets_more_through_than_declared(
    database: Database, count: int, seconds: float, seed: int
) -> None:
    limit, workspace, channel = RateLimit(per="channel", count=count, seconds=seconds), WorkspaceId(uuid4()), uuid4()
    chance, now, passed = random.Random(seed), START, list[tuple[datetime, int]]()
    for _ in range(40):
        now += timedelta(seconds=chance.choice([0.0, chance.random() * seconds, chance.random() * seconds / count]))
        passed.append((now, await granted(database, workspace, channel, limit, wanted=chance.randint(1, count), now=now)))
    for begin, _ in passed:
        inside = [number for at, number in passed if begin <= at < begin + timedelta(seconds=seconds)]
        assert sum(inside) <= count
    later = now + timedelta(seconds=2 * seconds)
    assert await granted(database, workspace, channel, limit, wanted=count, now=later) == pace_of(limit).burst


async def test_senders_at_the_same_time_share_one_bucket(database: Database) -> None:
    limit, workspace, channel = RateLimit(per="channel", count=30, seconds=1), WorkspaceId(uuid4()), uuid4()
    counts = await asyncio.gather(*(granted(database, workspace, channel, limit, wanted=2, now=START) for _ in range(8)))
    assert sum(counts) == pace_of(limit).burst == 6


async def test_a_full_bucket_is_forgotten_and_full_again(database: Database) -> None:
    limit, workspace, channel = RateLimit(per="channel", count=1, seconds=1), WorkspaceId(uuid4()), uuid4()
    assert await granted(database, workspace, channel, limit, wanted=1, now=START) == 1
    for moment, rows in ((START, 1), (START + timedelta(seconds=5), 0)):
        async with database.transaction(workspace) as connection:
            await gates.forget_full_buckets(connection, workspace, before=moment)
            assert await connection.fetchval("SELECT count(*) FROM send_bucket") == rows
    assert await granted(database, workspace, channel, limit, wanted=1, now=START + timedelta(seconds=5)) == 1


async def test_e19_what_nobody_waits_for_is_cancelled_before_it_leaves(desk: Desk) -> None:
    first, *_ = await desk.threads()
    regretted = await desk.reply("I should not say this.", thread=first, delay_seconds=30)
    after = await desk.reply("This is better.", thread=first)
    cancelled = await desk.service.post(f"/v1/replies/{regretted}/cancel", {})
    assert (cancelled.json()["state"], cancelled.json()["reason"]) == ("failed", "cancelled")
    await desk.state(after, "sent")
    assert desk.shop.texts == ["This is better."]


async def test_e19_a_delayed_reply_leaves_in_its_turn_and_not_before(desk: Desk) -> None:
    first, second, *_ = await desk.threads()
    began = asyncio.get_running_loop().time()
    early = await desk.reply("first", thread=first, delay_seconds=1)
    late = await desk.reply("second", thread=first)
    await desk.state(await desk.reply("elsewhere", thread=second), "sent")
    await desk.state(early, "sent")
    await desk.state(late, "sent")
    assert desk.shop.texts == ["elsewhere", "first", "second"]
    assert desk.shop.posted[1] - began >= 1


@pytest.mark.parametrize("delay", [-1, 31, 1.5, "soon"])
async def test_a_delay_that_is_none_is_refused_and_nothing_is_written(desk: Desk, delay: object) -> None:
    first, *_ = await desk.threads()
    refused = await desk.service.post(f"/v1/conversations/{first}/replies", {"text": "Hi", "delay_seconds": delay})
    assert refused.status_code == 422
    assert (await desk.health())["replies_queued"] == 0
    assert desk.shop.posted == []


async def test_the_breaker_waits_longer_each_time_and_never_more_than_its_limit(database: Database) -> None:
    workspace, channel = WorkspaceId(uuid4()), uuid4()
    terms: dict[str, Any] = {"reason": "x", "threshold": 2, "first_wait_seconds": 2.0, "longest_wait_seconds": 10.0, "share": 0.5}
    waits, now = [], START
    for number in range(6):
        probe = uuid4()
        async with database.transaction(workspace) as connection:
            if number > 1:
                now += timedelta(seconds=60)
                assert await gates.begin_probes(connection, workspace, [(channel, probe)], now=now, until=now + timedelta(seconds=30)) == {
                    probe
                }
                assert await gates.begin_probes(connection, workspace, [(channel, uuid4())], now=now, until=now) == set()
            row = await gates.count_failure(connection, workspace, channel, reply=probe, now=now, **terms)
            late = await gates.count_failure(connection, workspace, channel, reply=uuid4(), now=now, **terms) if number > 1 else row
        assert row is not None
        assert late is not None
        assert late["probe_at"] == row["probe_at"]
        waits.append(None if row["probe_at"] is None else (row["probe_at"] - now).total_seconds())
    assert waits == [None, 1.0, 2.0, 4.0, 5.0, 5.0]
