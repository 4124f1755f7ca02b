"""The sender: claims due replies, hands them to the platform, writes what came of it. One reply at a time per conversation.

`sending` is committed before the socket opens; a result is written only by the attempt that holds the lease; a reply in doubt is never
sent again by itself. Woken after commits, swept behind that.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

import asyncpg
import structlog

from services.contracts.ids import WorkspaceId
from services.contracts.vocabulary import ReplyState
from services.engagement import outcomes
from services.engagement.outbound import outbound_of
from services.engagement.protocol import (
    CredentialsExpiredError,
    InDoubtError,
    LooksUp,
    Net,
    NotSentError,
    OutboundReply,
    RateLimitedError,
    RejectedError,
    Sent,
)
from services.engagement.reading import text_of
from services.engagement.registry import ChannelRegistry, ConnectedChannel, Rounds
from services.engagement.statements import channels, history, journal
from services.engagement.statements import reading as rows_of
from services.engagement.statements import replies as statements
from services.kit import outbox
from services.kit.clock import Clock
from services.kit.db import Connection, Database, DatabaseUnavailableError
from services.kit.ids import new_id
from services.kit.telemetry import Metrics

CLAIMS = 16
POLL_SECONDS = 0.25
# A sweep is a transaction per workspace; what this process knows of is not left to it.
SWEEP_SECONDS = 1.0
WORKSPACES_A_SWEEP = 50
# A lease outlives the call to the platform and the patience with which its result is written.
LEASE_TIMEOUTS = 3
DOUBT_HOLDS = timedelta(seconds=60)
# A platform is asked at once, each five seconds, and later each time after a tenth of what has passed; after a day no more.
LOOKUP_EVERY = timedelta(seconds=5)
LOOKUP_SHARE = 10
LOOKUPS = 50
LOOKUPS_KEPT = 10_000
EXTERNAL_ID_LIMIT_CHARS = 500
REASON_LIMIT_CHARS = 500
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

    def __post_init__(self) -> None:
        object.__setattr__(self, "reason", (text_of(self.reason) or "")[:REASON_LIMIT_CHARS])


@dataclass(frozen=True, slots=True)
class _Claim:
    """What a sweep of one workspace claimed: under which lease, and when by the loop's clock."""

    workspace: WorkspaceId
    lease: UUID
    begun: float


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
        self._sweeps = Rounds(registry, size=WORKSPACES_A_SWEEP)
        self._next_sweep = 0.0
        self._asking: set[UUID] = set()
        self._asked_at: dict[UUID, datetime] = {}
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
                    except asyncpg.UniqueViolationError:
                        self.wake(workspace)
                    except (DatabaseUnavailableError, asyncpg.PostgresError) as error:
                        log.info("sender_interrupted", error=type(error).__name__)
                        await asyncio.sleep(POLL_SECONDS)

    async def _due_workspaces(self) -> Sequence[WorkspaceId]:
        """Those that were woken, and at each poll some of the others: retries fall due there, or a crash left work behind."""
        with suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self._arrived.wait()
        self._arrived.clear()
        due, self._woken = self._woken, set()
        now = asyncio.get_running_loop().time()
        if now >= self._next_sweep:
            self._next_sweep = now + SWEEP_SECONDS
            due.update(workspace for workspace, _ in self._sweeps.next())
        return sorted(due)

    async def _send_due(self, workspace: WorkspaceId, group: asyncio.TaskGroup) -> None:
        claim = _Claim(workspace, lease=new_id(), begun=asyncio.get_running_loop().time())
        now = self._clock.now()
        async with self._database.transaction(workspace) as connection:
            doubted = await statements.doubt_expired(connection, workspace, now=now)
            events = [outcomes.reply_event(reply, answers=(), now=now) for reply in doubted]
            await outbox.append(connection, workspace, events, now=now)
            claimed = await statements.claim_due(
                connection,
                workspace,
                now=now,
                lease=claim.lease,
                lease_until=now + timedelta(seconds=LEASE_TIMEOUTS * self._timeout_seconds),
                doubt_until=now - DOUBT_HOLDS,
                limit=CLAIMS,
            )
            doubtful = await statements.doubtful_replies(connection, workspace, since=now - GIVE_UP_AFTER, limit=LOOKUPS)
            asked = [reply for reply in doubtful if self._is_to_be_asked(reply, now=now)]
            targets = {row["id"]: row for row in await _targets(connection, workspace, [*claimed, *asked])}
        if doubted:
            self._published()
        for reply in claimed:
            group.create_task(self._attempt(claim, reply, targets.get(reply["answers_id"])))
        for reply in asked:
            self._asking.add(reply["id"])
            group.create_task(self._ask(workspace, reply, targets.get(reply["answers_id"])))

    async def _attempt(self, claim: _Claim, reply: asyncpg.Record, target: asyncpg.Record | None) -> None:
        """One attempt to its end. What nobody foresaw ends it without a result: its lease ends, and it is in doubt."""
        try:
            channel, result = await self._try(claim, reply, target)
            self._attempts.labels(channel.platform if channel else "none", result.state.value).inc()
            await self._write(claim, channel, reply, result)
        except Exception as error:
            log.exception("attempt_failed", reply_id=str(reply["id"]), error=type(error).__name__)

    async def _try(self, claim: _Claim, reply: asyncpg.Record, target: asyncpg.Record | None) -> tuple[ConnectedChannel | None, _Result]:
        try:
            channel = await self._registry.seek(reply["channel_id"])
        except (DatabaseUnavailableError, asyncpg.PostgresError):
            return None, _Result(state=ReplyState.QUEUED, reason="its channel could not be read", wait_seconds=1.0)
        outbound = outbound_of(reply, target=target, at=self._clock.now())
        if channel is None or outbound is None or not channel.active:
            return channel, _Result(state=ReplyState.FAILED, reason="its channel is no longer connected")
        if asyncio.get_running_loop().time() > claim.begun + self._timeout_seconds:
            # The lease must outlive the call; a machine that stood still begins again.
            return channel, _Result(state=ReplyState.QUEUED, reason="begun too late", wait_seconds=0.0)
        return channel, await self._hand_over(channel, reply, outbound)

    async def _hand_over(self, channel: ConnectedChannel, reply: asyncpg.Record, outbound: OutboundReply) -> _Result:
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

    async def _write(self, claim: _Claim, channel: ConnectedChannel | None, reply: asyncpg.Record, result: _Result) -> None:
        """Write a result; a database that is away is waited out as long as the lease may last, then the reply is in doubt."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (LEASE_TIMEOUTS - 1) * self._timeout_seconds
        wait_seconds = 0.1
        while loop.time() < deadline:
            try:
                unparked = await self._write_once(claim, reply, result)
            except (DatabaseUnavailableError, asyncpg.PostgresError) as error:
                log.warning("result_not_written", reply_id=str(reply["id"]), error=type(error).__name__)
                await asyncio.sleep(wait_seconds)
                wait_seconds = min(2 * wait_seconds, 3.0)
            else:
                self._published()
                self.wake(claim.workspace)
                if unparked and channel is not None:
                    self._unparked(channel)
                return

    async def _write_once(self, claim: _Claim, reply: asyncpg.Record, result: _Result) -> int:
        """Gives how many journal rows had waited for the result."""
        now = self._clock.now()
        workspace = claim.workspace
        due_at = None if result.wait_seconds is None else now + timedelta(seconds=result.wait_seconds)
        async with self._database.transaction(workspace) as connection:
            await history.lock_conversations(connection, workspace, {reply["conversation_id"]})
            finished = await statements.finish_attempt(
                connection,
                workspace,
                reply["id"],
                lease=claim.lease,
                state=result.state,
                reason=result.reason,
                external_id=result.external_id,
                due_at=due_at,
                now=now,
            )
            if finished is None:
                if result.external_id:
                    await statements.name_reply(
                        connection, workspace, reply["id"], attempt=reply["attempt"], external_id=result.external_id
                    )
            else:
                await self._write_consequences(connection, workspace, finished, result, due_at=due_at)
            references = [str(reply["id"]), *([result.external_id] if result.external_id else [])]
            return await journal.unpark_items(connection, workspace, reply["channel_id"], references)

    async def _write_consequences(
        self,
        connection: Connection,
        workspace: WorkspaceId,
        reply: asyncpg.Record,
        result: _Result,
        *,
        due_at: datetime | None,
    ) -> None:
        now = self._clock.now()
        if result.holds_channel and due_at is not None:
            await statements.hold_channel(connection, workspace, reply["channel_id"], until=due_at)
        if result.trouble:
            await channels.mark_trouble(connection, workspace, reply["channel_id"], trouble=result.trouble)
        if result.state is not ReplyState.QUEUED:
            await outbox.append(connection, workspace, await outcomes.conclude(connection, workspace, reply, now=now), now=now)

    def _is_to_be_asked(self, reply: asyncpg.Record, *, now: datetime) -> bool:
        """Whether the platform can tell what became of a reply in doubt, and it is time to ask."""
        channel = self._registry.find(reply["channel_id"])
        if channel is None or not isinstance(channel.connector, LooksUp) or reply["id"] in self._asking:
            return False
        asked_at = self._asked_at.get(reply["id"])
        return asked_at is None or now - asked_at >= max(LOOKUP_EVERY, (now - reply["doubted_at"]) / LOOKUP_SHARE)

    async def _ask(self, workspace: WorkspaceId, reply: asyncpg.Record, target: asyncpg.Record | None) -> None:
        """Ask the platform about one reply in doubt: there is sent, certainly absent may go again."""
        if len(self._asked_at) >= LOOKUPS_KEPT:
            self._asked_at.clear()
        self._asked_at[reply["id"]] = self._clock.now()
        channel = self._registry.find(reply["channel_id"])
        try:
            outbound = outbound_of(reply, target=target, at=self._clock.now())
            if channel is not None and outbound is not None:
                await self._look_up(workspace, channel, reply, outbound)
        except Exception as error:  # noqa: BLE001 - the edge to a connector, and to the database: the reply stays in doubt
            log.info("lookup_failed", reply_id=str(reply["id"]), error=type(error).__name__)
        finally:
            self._asking.discard(reply["id"])

    async def _look_up(self, workspace: WorkspaceId, channel: ConnectedChannel, reply: asyncpg.Record, outbound: OutboundReply) -> None:
        connector = cast("LooksUp", channel.connector)
        async with asyncio.timeout(self._timeout_seconds):
            found = await connector.lookup(outbound, channel=channel.access, net=self._net)
        now = self._clock.now()
        # What is still on its way is absent too: only when it has had the time of another call is it certainly not there.
        if found.there is None or (not found.there and now - reply["doubted_at"] < timedelta(seconds=self._timeout_seconds)):
            return
        external_id = _external_id(found.external_id)
        async with self._database.transaction(workspace) as connection:
            await history.lock_conversations(connection, workspace, {reply["conversation_id"]})
            settled = await statements.settle_reply(
                connection,
                workspace,
                reply["id"],
                states=(ReplyState.UNKNOWN,),
                state=ReplyState.SENT if found.there else ReplyState.QUEUED,
                reason="found on the platform" if found.there else "not found on the platform, so sent again",
                external_id=external_id,
                now=now,
            )
            if settled is not None:
                await outbox.append(connection, workspace, await outcomes.conclude(connection, workspace, settled, now=now), now=now)
            if external_id:
                await journal.unpark_items(connection, workspace, channel.id, [external_id])
        self._asked_at.pop(reply["id"], None)
        self._published()
        self._unparked(channel)
        self.wake(workspace)


def _accepted(sent: Sent) -> _Result:
    return _Result(state=ReplyState.SENT, external_id=_external_id(sent.external_id or sent.echo_reference))


def _external_id(told: str | None) -> str | None:
    """What the platform calls a reply, if it can be stored and found again: an answer is the work of strangers."""
    known = text_of(told)
    return known if known and len(known) <= EXTERNAL_ID_LIMIT_CHARS else None


async def _targets(connection: Connection, workspace: WorkspaceId, replies: Sequence[asyncpg.Record]) -> Sequence[asyncpg.Record]:
    ids = [reply["answers_id"] for reply in replies if reply["answers_id"] is not None]
    return await rows_of.whole_interactions(connection, workspace, ids) if ids else []
