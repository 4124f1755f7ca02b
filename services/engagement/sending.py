"""The sender: claims due replies, hands them to the platform, writes what came of it. One reply at a time per conversation.

`sending` is committed before the socket opens; a result is written only by the attempt that holds the lease; a reply in doubt is never
sent again by itself. Woken after commits, swept behind that.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

import asyncpg
import structlog

from services.contracts.ids import WorkspaceId
from services.contracts.vocabulary import ReplyState
from services.engagement import outcomes
from services.engagement.protocol import (
    CredentialsExpiredError,
    InDoubtError,
    LooksUp,
    Net,
    NotSentError,
    RateLimitedError,
    RejectedError,
    Sent,
)
from services.engagement.registry import ChannelRegistry, ConnectedChannel
from services.engagement.replies import outbound_reply
from services.engagement.statements import channels, journal
from services.engagement.statements import reading as rows_of
from services.engagement.statements import replies as statements
from services.kit import outbox
from services.kit.clock import Clock
from services.kit.db import Database, DatabaseUnavailableError
from services.kit.ids import new_id
from services.kit.telemetry import Metrics

CLAIMS = 16
POLL_SECONDS = 0.25
WORKSPACES_A_SWEEP = 50
# A lease outlives the call to the platform and the patience with which its result is written.
LEASE_TIMEOUTS = 3
DOUBT_HOLDS = timedelta(seconds=60)
LOOKUP_EVERY = timedelta(seconds=5)
GIVE_UP_AFTER = timedelta(hours=24)
LONGEST_WAIT_SECONDS = 3600.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Result:
    """What an attempt led to. `wait_seconds` is set where it is to be tried again."""

    state: ReplyState
    reason: str = ""
    external_id: str | None = None
    wait_seconds: float | None = None
    holds_channel: bool = False
    trouble: str = ""


class Sender:
    """Sends what is queued. `database` is of the role `app`; any number of senders may run."""

    def __init__(  # noqa: PLR0913 - collaborators, by name
        self,
        registry: ChannelRegistry,
        database: Database,
        *,
        net: Net,
        published: Callable[[], None],
        unparked: Callable[[ConnectedChannel], None],
        clock: Clock,
        timeout_seconds: float,
        metrics: Metrics,
    ) -> None:
        self._registry = registry
        self._database = database
        self._net = net
        self._published = published
        self._unparked = unparked
        self._clock = clock
        self._timeout_seconds = timeout_seconds
        self._woken: set[WorkspaceId] = set()
        self._arrived = asyncio.Event()
        self._sweep_from = 0
        self._looked_up: dict[UUID, datetime] = {}
        self._attempts = metrics.counter("reply_attempts", "Attempts to send, by platform and result", labels=("platform", "state"))

    def wake(self, workspace: WorkspaceId) -> None:
        """Say that a workspace has something to send."""
        self._woken.add(workspace)
        self._arrived.set()

    async def run(self) -> None:
        """Send until cancelled. Attempts under way at cancellation end as doubt, when their lease does."""
        async with asyncio.TaskGroup() as group:
            while True:
                for workspace in await self._due_workspaces():
                    try:
                        await self._send_due(workspace, group)
                        await self._settle_doubts(workspace)
                    except asyncpg.UniqueViolationError:
                        self.wake(workspace)
                    except (DatabaseUnavailableError, asyncpg.PostgresError) as error:
                        log.info("sender_interrupted", error=type(error).__name__)
                        await asyncio.sleep(POLL_SECONDS)

    async def _due_workspaces(self) -> Sequence[WorkspaceId]:
        """Those that were woken, and at each poll some of the others: a crash or another process may have left work there."""
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._arrived.wait()
        except TimeoutError:
            workspaces = sorted(self._registry.by_workspace())
            if self._sweep_from >= len(workspaces):
                self._sweep_from = 0
            part = workspaces[self._sweep_from : self._sweep_from + WORKSPACES_A_SWEEP]
            self._sweep_from += WORKSPACES_A_SWEEP
            return part
        self._arrived.clear()
        woken, self._woken = self._woken, set()
        return sorted(woken)

    async def _send_due(self, workspace: WorkspaceId, group: asyncio.TaskGroup) -> None:
        now = self._clock.now()
        lease = new_id()
        async with self._database.transaction(workspace) as connection:
            doubted = await statements.doubt_expired(connection, workspace, now=now)
            events = [outcomes.reply_event(reply, answers=(), now=now) for reply in doubted]
            await outbox.append(connection, workspace, events, now=now)
            claimed = await statements.claim_due(
                connection,
                workspace,
                now=now,
                lease=lease,
                lease_until=now + timedelta(seconds=LEASE_TIMEOUTS * self._timeout_seconds),
                doubt_until=now - DOUBT_HOLDS,
                limit=CLAIMS,
            )
            targets = {row["id"]: row for row in await _targets(connection, workspace, claimed)}
        if doubted:
            self._published()
        for reply in claimed:
            group.create_task(self._attempt(workspace, reply, targets.get(reply["answers_id"]), lease=lease))

    async def _attempt(self, workspace: WorkspaceId, reply: asyncpg.Record, target: asyncpg.Record | None, *, lease: UUID) -> None:
        channel = self._registry.find(reply["channel_id"])
        if channel is None or target is None or not channel.active:
            result = _Result(state=ReplyState.FAILED, reason="its channel is no longer connected")
        else:
            result = await self._hand_over(channel, reply, target)
        self._attempts.labels(channel.platform if channel else "none", result.state.value).inc()
        await self._write(workspace, channel, reply, result, lease=lease)

    async def _hand_over(self, channel: ConnectedChannel, reply: asyncpg.Record, target: asyncpg.Record) -> _Result:
        outbound = outbound_reply(reply["id"], text=reply["text"], target=target, at=self._clock.now())
        try:
            async with asyncio.timeout(self._timeout_seconds):
                sent = await channel.connector.send(outbound, channel=channel.access, net=self._net)
        except TimeoutError:
            return _Result(state=ReplyState.UNKNOWN, reason="the platform did not answer in time")
        except InDoubtError as error:
            return _Result(state=ReplyState.UNKNOWN, reason=error.reason)
        except NotSentError as error:
            return self._after_refusal(reply, error)
        except Exception as error:
            log.exception("connector_failed", platform=channel.platform, error=type(error).__name__)
            return _Result(state=ReplyState.UNKNOWN, reason=f"the connector failed: {type(error).__name__}")
        return _accepted(sent)

    def _after_refusal(self, reply: asyncpg.Record, error: NotSentError) -> _Result:
        """Certainly not sent: later again, unless the platform will never take it or a day has passed."""
        if isinstance(error, CredentialsExpiredError):
            return _Result(state=ReplyState.FAILED, reason=error.reason, trouble="the platform no longer accepts the credentials")
        if isinstance(error, RejectedError):
            return _Result(state=ReplyState.FAILED, reason=error.reason)
        if self._clock.now() - reply["queued_at"] > GIVE_UP_AFTER:
            return _Result(state=ReplyState.FAILED, reason=f"given up after a day: {error.reason}")
        if isinstance(error, RateLimitedError):
            return _Result(state=ReplyState.QUEUED, reason=error.reason, wait_seconds=error.retry_after_seconds, holds_channel=True)
        longest = min(2.0 ** reply["attempt"], LONGEST_WAIT_SECONDS)
        return _Result(state=ReplyState.QUEUED, reason=error.reason, wait_seconds=random.uniform(longest / 2, longest))  # noqa: S311 - jitter

    async def _write(
        self,
        workspace: WorkspaceId,
        channel: ConnectedChannel | None,
        reply: asyncpg.Record,
        result: _Result,
        *,
        lease: UUID,
    ) -> None:
        """Write a result; a database that is away is waited out as long as the lease may last, then the reply is in doubt."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (LEASE_TIMEOUTS - 1) * self._timeout_seconds
        wait_seconds = 0.1
        while loop.time() < deadline:
            try:
                await self._write_once(workspace, channel, reply, result, lease=lease)
            except (DatabaseUnavailableError, asyncpg.PostgresError) as error:
                log.warning("result_not_written", reply_id=str(reply["id"]), error=type(error).__name__)
                await asyncio.sleep(wait_seconds)
                wait_seconds = min(2 * wait_seconds, 3.0)
            else:
                self._published()
                self.wake(workspace)
                return

    async def _write_once(
        self,
        workspace: WorkspaceId,
        channel: ConnectedChannel | None,
        reply: asyncpg.Record,
        result: _Result,
        *,
        lease: UUID,
    ) -> None:
        now = self._clock.now()
        due_at = None if result.wait_seconds is None else now + timedelta(seconds=result.wait_seconds)
        async with self._database.transaction(workspace) as connection:
            finished = await statements.finish_attempt(
                connection,
                workspace,
                reply["id"],
                lease=lease,
                state=result.state,
                reason=result.reason,
                external_id=result.external_id,
                due_at=due_at,
                now=now,
            )
            if finished is None:
                return
            if result.holds_channel and due_at is not None:
                await statements.hold_channel(connection, workspace, reply["channel_id"], until=due_at)
            if result.trouble:
                await channels.mark_trouble(connection, workspace, reply["channel_id"], trouble=result.trouble, now=now)
            if result.state is not ReplyState.QUEUED:
                events = await outcomes.conclude(connection, workspace, finished, now=now)
                await outbox.append(connection, workspace, events, now=now)
            references = [str(reply["id"]), *([result.external_id] if result.external_id else [])]
            unparked = await journal.unpark_items(connection, workspace, reply["channel_id"], references)
        if unparked and channel is not None:
            self._unparked(channel)

    async def _settle_doubts(self, workspace: WorkspaceId) -> None:
        """Ask platforms that can tell whether a reply in doubt arrived: there is sent, certainly absent may go again."""
        now = self._clock.now()
        async with self._database.transaction(workspace) as connection:
            doubtful = await statements.doubtful_replies(connection, workspace, limit=CLAIMS)
            targets = {row["id"]: row for row in await _targets(connection, workspace, doubtful)}
        for reply in doubtful:
            channel = self._registry.find(reply["channel_id"])
            target = targets.get(reply["answers_id"])
            if channel is None or target is None or not isinstance(channel.connector, LooksUp):
                continue
            if now - self._looked_up.get(reply["id"], reply["doubted_at"] - LOOKUP_EVERY) < LOOKUP_EVERY:
                continue
            self._looked_up[reply["id"]] = now
            await self._look_up(workspace, channel, reply, target)

    async def _look_up(self, workspace: WorkspaceId, channel: ConnectedChannel, reply: asyncpg.Record, target: asyncpg.Record) -> None:
        connector = cast("LooksUp", channel.connector)
        outbound = outbound_reply(reply["id"], text=reply["text"], target=target, at=self._clock.now())
        try:
            async with asyncio.timeout(self._timeout_seconds):
                found = await connector.lookup(outbound, channel=channel.access, net=self._net)
        except (TimeoutError, InDoubtError, NotSentError) as error:
            log.info("lookup_failed", reply_id=str(reply["id"]), error=type(error).__name__)
            return
        if found.there is None:
            return
        now = self._clock.now()
        async with self._database.transaction(workspace) as connection:
            settled = await statements.settle_reply(
                connection,
                workspace,
                reply["id"],
                states=(ReplyState.UNKNOWN,),
                state=ReplyState.SENT if found.there else ReplyState.QUEUED,
                reason="found on the platform" if found.there else "not found on the platform, so sent again",
                external_id=found.external_id,
                now=now,
            )
            if settled is not None:
                await outbox.append(connection, workspace, await outcomes.conclude(connection, workspace, settled, now=now), now=now)
        self._looked_up.pop(reply["id"], None)
        self._published()
        self.wake(workspace)


def _accepted(sent: Sent) -> _Result:
    return _Result(state=ReplyState.SENT, external_id=sent.external_id or sent.echo_reference)


async def _targets(connection: asyncpg.Connection, workspace: WorkspaceId, replies: Sequence[asyncpg.Record]) -> Sequence[asyncpg.Record]:
    ids = [reply["answers_id"] for reply in replies if reply["answers_id"] is not None]
    return await rows_of.whole_interactions(connection, workspace, ids) if ids else []
