"""The completer: asks platforms what their deliveries did not say, and tells what was held back for it. Started by `main`.

By the clock port. Any number of processes may run one; a row is asked for by one at a time, under a lease. Where the platform is away
or holds us off, the interaction stays as it is and is asked for again, each time after a longer while; no channel waits for another,
and recording waits for none.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import cast
from uuid import UUID

import asyncpg
import structlog

from services.contracts.envelope import Event
from services.contracts.ids import ChannelId, WorkspaceId
from services.engagement.completing.writing import Wanted, read, write
from services.engagement.pacing import pace_of
from services.engagement.protocol import Completed, CredentialsExpiredError, Net, RateLimitedError, SendError
from services.engagement.reading import Reader, text_of
from services.engagement.registry import ChannelRegistry, ConnectedChannel
from services.engagement.statements import channels, due, gates, refreshing
from services.engagement.statements import completing as statements
from services.kit import outbox
from services.kit.clock import Clock
from services.kit.db import UNREACHABLE, Connection, Database, DatabaseUnavailableError
from services.kit.foundation import Foundation
from services.kit.ids import new_id
from services.kit.rounds import Rounds
from services.kit.telemetry import Metrics

LOOK_SECONDS = 0.5
AT_ONCE = 4
BATCH = 50
HELD_BATCH = 200
# Less than a process has to end, so that an answer under way is waited for.
ASK_SECONDS = 7.0
LEASE = timedelta(minutes=1)
# Again after about 5, 20, 80... seconds; given up after some nine hours.
ATTEMPTS = 8
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=6)
# A channel that is not connected at this moment may be so soon.
ABSENT_WAIT = timedelta(minutes=10)
# The bucket of what is asked for, beside those of what is sent.
BUCKET = UUID(int=1)
REASON_CHARS = 300
# Credentials that are refused so soon after they were renewed are not renewed again at once.
RENEWED_LATELY = timedelta(minutes=5)
TROUBLE = "the platform no longer accepts the credentials"
_OUTAGE = (DatabaseUnavailableError, asyncpg.PostgresError, *UNREACHABLE)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Batch:
    """What one channel is asked for at once."""

    channel: ConnectedChannel
    lease: UUID
    wanted: Sequence[Wanted]


@dataclass(frozen=True, slots=True)
class _Trouble:
    """Why a batch was not answered to its end."""

    reason: str
    wait: timedelta | None = None


class Completer:
    """Completes interactions. `database` is of the role `app`, `worker` sees where something is due; `published` wakes the relay."""

    def __init__(  # noqa: PLR0913 - collaborators, by name
        self,
        registry: ChannelRegistry,
        database: Database,
        *,
        worker: Database,
        net: Net,
        reader: Callable[[WorkspaceId], Reader],
        published: Callable[[], None],
        clock: Clock,
        metrics: Metrics,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._registry = registry
        self._database = database
        self._net = net
        self._reader = reader
        self._published = published
        self._clock = clock
        self._look_seconds = look_seconds
        self._running = 0
        self._rounds = Rounds(
            "completions", worker, lambda connection, after: due.workspaces_with_due_completions(connection, after=after, now=clock.now())
        )
        self._rows = metrics.counter("completions", "Interactions asked for, by platform and outcome", labels=("platform", "outcome"))

    @classmethod
    def of(cls, foundation: Foundation, registry: ChannelRegistry, *, net: Net, reader: Callable[[WorkspaceId], Reader]) -> "Completer":
        """On the service's foundation."""
        return cls(
            registry,
            foundation.app,
            worker=foundation.worker,
            net=net,
            reader=reader,
            published=foundation.published,
            clock=foundation.clock,
            metrics=foundation.metrics,
        )

    async def run(self) -> None:
        """Look until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                await self.look(group)
                await asyncio.sleep(self._look_seconds)

    async def look(self, group: asyncio.TaskGroup) -> None:
        """Tell what was held back long enough, and begin in `group` what is due."""
        await self._rounds.go(lambda workspace: self._attend_to(workspace, group))

    async def _attend_to(self, workspace: WorkspaceId, group: asyncio.TaskGroup) -> None:
        now = self._clock.now()
        async with self._database.transaction(workspace) as connection:
            told = [
                replace(read(each), incomplete=True)
                for each in await statements.tell_held(connection, workspace, now=now, limit=HELD_BATCH)
            ]
            await outbox.append(connection, workspace, told, now=now)
            batches = await self._claim(connection, workspace, now=now) if self._running < AT_ONCE else []
        if told:
            self._published()
        for batch in batches:
            self._running += 1
            group.create_task(self._work(batch), name=f"complete {batch.channel.id}")

    async def _claim(self, connection: Connection, workspace: WorkspaceId, *, now: datetime) -> list[_Batch]:
        lease = new_id()
        rows = await statements.claim_due(connection, workspace, now=now, lease=lease, lease_until=now + LEASE, limit=BATCH)
        batches: list[_Batch] = []
        for id_, of_channel in groupby(rows, key=lambda row: row["channel_id"]):
            claimed = list(of_channel)
            channel = self._registry.find(ChannelId(id_))
            if channel is None or channel.completes is None or not channel.active:
                await _leave(connection, workspace, claimed, until=now + ABSENT_WAIT, reason="the channel is not connected", lease=lease)
            elif claimed[0]["shut_until"] is not None and claimed[0]["shut_until"] > now:
                await _leave(connection, workspace, claimed, until=claimed[0]["shut_until"], reason="the channel is held", lease=lease)
            elif allowed := await _allowed(connection, channel, claimed, lease=lease, now=now):
                batches.append(_Batch(channel, lease, [Wanted.of(row) for row in allowed]))
        return batches

    async def _work(self, batch: _Batch) -> None:
        """Ask, and write what came of it; where that cannot be written the lease ends by itself, and it is asked again."""
        try:
            answers, trouble = await self._ask(batch)
            await self._write(batch, answers, trouble)
        except _OUTAGE as error:
            log.info("completion_not_written", channel_id=str(batch.channel.id), error=type(error).__name__)
        except Exception as error:
            log.exception("completing_broke", channel_id=str(batch.channel.id), error=type(error).__name__)
        finally:
            self._running -= 1

    async def _ask(self, batch: _Batch) -> tuple[dict[str, Completed], _Trouble | SendError]:
        """What the platform told until it ended, or until something went wrong."""
        channel, answers = batch.channel, dict[str, Completed]()
        asked = channel.completes.complete([each.received.event for each in batch.wanted], channel=channel.access, net=self._net)  # type: ignore[union-attr] # only channels with it are claimed
        try:
            async with (
                asyncio.timeout(ASK_SECONDS),
                aclosing(cast("AsyncGenerator[Completed, None]", asked)) as told,
            ):  # it must be closable
                async for each in told:
                    answers[each.id] = each
        except SendError as error:
            return answers, error
        except TimeoutError:
            return answers, _Trouble("no answer")
        except Exception as error:
            log.exception("completing_failed", channel_id=str(channel.id), error=type(error).__name__)
            return answers, _Trouble(type(error).__name__)
        return answers, _Trouble("the platform did not tell")

    async def _write(self, batch: _Batch, answers: dict[str, Completed], trouble: _Trouble | SendError) -> None:
        channel, now = batch.channel, self._clock.now()
        workspace, reader = channel.workspace_id, self._reader(channel.workspace_id)
        left = [each for each in batch.wanted if each.received.event.id not in answers]
        async with self._database.transaction(workspace) as connection:
            events: list[Event] = await write(connection, channel, batch.wanted, answers, lease=batch.lease, reader=reader, now=now)
            if left:
                await statements.put_off(connection, workspace, [_again(each, trouble, now=now) for each in left], lease=batch.lease)
                await _note(connection, channel, trouble, now=now)
            await outbox.append(connection, workspace, events, now=now)
        self._published()
        self._count(batch, answers, left)

    def _count(self, batch: _Batch, answers: dict[str, Completed], left: Sequence[Wanted]) -> None:
        told = sum(answer.event is not None for answer in answers.values())
        for outcome, count in (("completed", told), ("refused", len(answers) - told), ("put_off", len(left))):
            self._rows.labels(batch.channel.platform, outcome).inc(count)


async def _leave(
    connection: Connection, workspace: WorkspaceId, rows: Sequence[asyncpg.Record], *, until: datetime, reason: str, lease: UUID
) -> None:
    """Nobody was asked: that is no attempt."""
    await statements.put_off(connection, workspace, [(row["interaction_id"], until, 0, reason) for row in rows], lease=lease)


async def _allowed(
    connection: Connection, channel: ConnectedChannel, rows: Sequence[asyncpg.Record], *, lease: UUID, now: datetime
) -> Sequence[asyncpg.Record]:
    """Those for which the channel's bucket has a token."""
    pace = pace_of(channel.connector.declaration.completions)
    wanted = [(channel.id, BUCKET, len(rows), pace.burst, pace.interval_seconds)]
    (bucket,) = await gates.take_tokens(connection, channel.workspace_id, wanted, now=now)
    allowed, over = rows[: bucket["granted"]], rows[bucket["granted"] :]
    if over:
        until = max(bucket["next_at"], now)
        await _leave(connection, channel.workspace_id, over, until=until, reason="as fast as the platform allows", lease=lease)
    return allowed


def _again(wanted: Wanted, trouble: _Trouble | SendError, *, now: datetime) -> tuple[object, ...]:
    """In the order of statements.completing.put_off."""
    interaction, reason = wanted.received.interaction_id, (text_of(trouble.reason) or "")[:REASON_CHARS]
    if wanted.attempts + 1 >= ATTEMPTS:
        return interaction, None, 1, f"given up after {ATTEMPTS} attempts: {reason}"
    wait = min(FIRST_WAIT * 4 ** min(wanted.attempts, 10), LONGEST_WAIT) * random.uniform(0.5, 1.0)  # noqa: S311 - jitter
    told = timedelta(seconds=trouble.retry_after_seconds) if isinstance(trouble, RateLimitedError) else timedelta()
    return interaction, now + max(wait, told), 1, reason


async def _note(connection: Connection, channel: ConnectedChannel, trouble: _Trouble | SendError, *, now: datetime) -> None:
    """What it says of the whole channel. Too much asked is no reason to send nothing: only what is asked for waits."""
    workspace = channel.workspace_id
    if isinstance(trouble, RateLimitedError):
        until = now + timedelta(seconds=trouble.retry_after_seconds)
        await gates.drain_bucket(connection, workspace, channel.id, subject=BUCKET, until=until)
    if isinstance(trouble, CredentialsExpiredError):
        await channels.mark_trouble(connection, workspace, channel.id, trouble=TROUBLE)
        await gates.mark_refused(connection, workspace, channel.id, now=now)
        await refreshing.demand(connection, workspace, channel.id, now=now, tried_before=now - RENEWED_LATELY)
