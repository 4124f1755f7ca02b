"""The sender's rounds: claim what is due, hand it to the platforms, write what came of it. One reply at a time per conversation.

`sending` is committed before the socket opens; a result is written only by the attempt that holds the lease; a reply in doubt is never
sent again by itself. Woken after commits and when something falls due, swept behind that.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import structlog

from services.contracts.consent import SERVICE
from services.contracts.ids import ChannelId, ProfileId, WorkspaceId
from services.contracts.vocabulary import ReplyState
from services.engagement import outcomes
from services.engagement.consent.asking import Asked, refusals
from services.engagement.consent.links import PreferenceLinks
from services.engagement.consent.rules import Refusal
from services.engagement.outbound import outbound_of
from services.engagement.protocol import Files, Net, OutboundReply
from services.engagement.registry import ChannelRegistry, ConnectedChannel
from services.engagement.sending.attempts import GIVE_UP_AFTER, Evidence, Outcome, attempt, not_begun
from services.engagement.sending.changing import change
from services.engagement.sending.claiming import DOUBT_HOLDS, Claimed, Lease, claim
from services.engagement.sending.lookups import Lookups
from services.engagement.sending.means import Means
from services.engagement.sending.results import judge_channel, write_outcome
from services.engagement.sending.steps import Steps
from services.engagement.statements import claiming as claims
from services.engagement.statements import due, gates
from services.engagement.statements import reading as rows_of
from services.engagement.statements import replies as statements
from services.kit import outbox
from services.kit.clock import Clock
from services.kit.db import Connection, Database, DatabaseUnavailableError
from services.kit.ids import new_id
from services.kit.rounds import Rounds, Turn
from services.kit.telemetry import Metrics

AGAIN_SECONDS = 0.25
SWEEP_SECONDS = 1.0
# A lease outlives the call to the platform and the patience with which its result is written.
LEASE_TIMEOUTS = 3
LOOKUPS = 50
TIDY_SECONDS = 60.0
# A bucket that has been full this long is not taken from at this moment.
FULL_FOR = timedelta(minutes=10)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Round:
    """What a transaction found to do."""

    doubted: Sequence[asyncpg.Record]
    claimed: Claimed
    asked: Sequence[asyncpg.Record]
    targets: dict[UUID, asyncpg.Record]
    refused: Mapping[UUID, Refusal]


class Sender:
    """Sends what is queued. `database` is of the role `app`, `worker` sees where something is due; any number of senders may run."""

    def __init__(  # noqa: PLR0913 - collaborators, by name
        self,
        registry: ChannelRegistry,
        database: Database,
        *,
        worker: Database,
        net: Net,
        links: PreferenceLinks,
        files: Callable[[WorkspaceId], Files],
        published: Callable[[], None],
        unparked: Callable[[ConnectedChannel], None],
        clock: Clock,
        timeout_seconds: float,
        metrics: Metrics,
    ) -> None:
        self._means = Means(
            registry=registry,
            database=database,
            net=net,
            files=files,
            clock=clock,
            timeout_seconds=timeout_seconds,
            published=published,
            unparked=unparked,
            wake=self.wake,
        )
        self._links = links
        self._lookups = Lookups(self._means)
        self._steps = Steps(now=clock.now())
        self._woken: set[WorkspaceId] = set()
        self._arrived = asyncio.Event()
        self._sweeps = Rounds("replies", worker, self._workspaces_due)
        self._tidyings = Rounds("buckets", worker, self._workspaces_to_tidy)
        self._next_sweep = 0.0
        self._under_way: Counter[UUID] = Counter()
        self._troubled: set[ChannelId] = set()
        self._attempts = metrics.counter("reply_attempts", "Attempts to send, by platform and result", labels=("platform", "state"))

    def wake(self, workspace: WorkspaceId, *, after_seconds: float = 0.0) -> None:
        """Say that a workspace has something to send, now or then."""
        if after_seconds > 0:
            self._means.wake_later(workspace, after_seconds=after_seconds)
            return
        self._woken.add(workspace)
        self._arrived.set()

    async def run(self) -> None:
        """Send until cancelled. Attempts under way at cancellation end as doubt, when their lease does."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._tidyings.keep_going(self._forget_buckets, every_seconds=TIDY_SECONDS))
            while True:
                for workspace in await self._due_workspaces():
                    try:
                        await self.send_due(workspace, group)
                    except asyncpg.UniqueViolationError:
                        self.wake(workspace)
                    except (DatabaseUnavailableError, asyncpg.PostgresError) as error:
                        log.info("sender_interrupted", error=type(error).__name__)
                        await asyncio.sleep(AGAIN_SECONDS)

    async def send_due(self, workspace: WorkspaceId, group: asyncio.TaskGroup) -> None:
        """One round of a workspace: claim what may go now, and begin its attempts in `group`."""
        lease = self._lease(workspace)
        found = await self._find_work(lease)
        if found.doubted:
            self._means.published()
        now = self._means.clock.now()
        for moment in found.claimed.next_at:
            self._means.wake_later(workspace, after_seconds=(moment - now).total_seconds())
        for reply in found.claimed.replies:
            self._under_way[reply["channel_id"]] += 1
            refusal = found.refused.get(reply["id"])
            group.create_task(self._attempt(lease, reply, found.targets.get(reply["answers_id"]), refusal))
        for reply in found.claimed.changes:
            group.create_task(change(self._means, lease, reply))
        for reply in found.asked:
            group.create_task(self._lookups.ask(workspace, reply, found.targets.get(reply["answers_id"])))

    async def _due_workspaces(self) -> Sequence[WorkspaceId]:
        """Those that were woken, and at each sweep the others: retries fall due there, or a crash left work behind."""
        loop = asyncio.get_running_loop()
        with suppress(TimeoutError):
            async with asyncio.timeout_at(self._next_sweep):
                await self._arrived.wait()
        self._arrived.clear()
        found, self._woken = self._woken, set()
        if loop.time() >= self._next_sweep:
            self._next_sweep = loop.time() + SWEEP_SECONDS
            found.update(await self.sweep())
        return sorted(found)

    async def sweep(self) -> Sequence[WorkspaceId]:
        """Where something is to be done that nobody said; none where the database cannot be asked.

        After a step of the clock that is everywhere, for what was noted for later seems not to be due.
        """
        self._steps.notice(self._means.clock.now(), workspaces=self._means.registry.by_workspace())
        try:
            return sorted({*await self._sweeps.next(), *self._steps.behind})
        except (DatabaseUnavailableError, asyncpg.PostgresError) as error:
            log.info("sender_interrupted", error=type(error).__name__)
            return ()

    async def _workspaces_due(self, connection: Connection, after: UUID) -> Turn:
        now = self._means.clock.now()
        return await due.workspaces_with_due_replies(connection, after=after, now=now, doubted_since=now - GIVE_UP_AFTER)

    def _lease(self, workspace: WorkspaceId) -> Lease:
        until = self._means.clock.now() + timedelta(seconds=LEASE_TIMEOUTS * self._means.timeout_seconds)
        return Lease(workspace=workspace, id=new_id(), until=until, begun=asyncio.get_running_loop().time())

    async def _find_work(self, lease: Lease) -> _Round:
        now, workspace = self._means.clock.now(), lease.workspace
        channels = self._means.registry.of_workspace(workspace)
        self._steps.notice(now, workspaces=self._means.registry.by_workspace())
        async with self._means.database.transaction(workspace) as connection:
            await self._steps.put_right(connection, workspace, now=now, soon=lease.until)
            doubted = await claims.doubt_expired(connection, workspace, now=now)
            events = [outcomes.reply_event(reply, answers=(), now=now) for reply in doubted]
            claimed = await claim(connection, lease, channels=channels, under_way=self._under_way, now=now)
            doubtful = await statements.doubtful_replies(connection, workspace, since=now - GIVE_UP_AFTER, limit=LOOKUPS)
            if any(_wants_a_person(reply, now=now) for reply in doubtful):
                escalated = await claims.escalate_doubts(connection, workspace, before=now - DOUBT_HOLDS, now=now)
                events += [outcomes.unsettled_event(reply, now=now) for reply in escalated]
                doubted = [*doubted, *escalated]
            await outbox.append(connection, workspace, events, now=now)
            asked = self._lookups.begin(doubtful, now=now)
            targets = {row["id"]: row for row in await _targets(connection, workspace, [*claimed.replies, *asked])}
            refused = await refusals(connection, workspace, _of_channels(claimed.replies, channels, targets, now=now))
        return _Round(doubted=doubted, claimed=claimed, asked=asked, targets=targets, refused=refused)

    async def tidy(self) -> None:
        """Drop what is left of buckets: one without a row is full."""
        await self._tidyings.go(self._forget_buckets)

    async def _forget_buckets(self, workspace: WorkspaceId) -> None:
        async with self._means.database.transaction(workspace) as connection:
            await gates.forget_full_buckets(connection, workspace, before=self._means.clock.now() - FULL_FOR)

    async def _workspaces_to_tidy(self, connection: Connection, after: UUID) -> Turn:
        return await due.workspaces_with_full_buckets(connection, after=after, before=self._means.clock.now() - FULL_FOR)

    async def _attempt(self, lease: Lease, reply: asyncpg.Record, target: asyncpg.Record | None, refusal: Refusal | None) -> None:
        """One attempt to its end. What nobody foresaw ends it without a result: its lease ends, and it is in doubt."""
        try:
            channel, outcome = (None, _not_allowed(refusal)) if refusal else await self._try(lease, reply, target)
            self._attempts.labels(channel.platform if channel else "none", outcome.state.value).inc()
            await self._write(lease, channel, reply, outcome)
        except Exception as error:
            log.exception("attempt_failed", reply_id=str(reply["id"]), error=type(error).__name__)
        finally:
            self._under_way[reply["channel_id"]] -= 1
            self.wake(lease.workspace)

    async def _try(self, lease: Lease, reply: asyncpg.Record, target: asyncpg.Record | None) -> tuple[ConnectedChannel | None, Outcome]:
        try:
            channel = await self._means.registry.seek(reply["channel_id"])
        except (DatabaseUnavailableError, asyncpg.PostgresError):
            return None, not_begun("its channel could not be read", wait_seconds=1.0)
        outbound = outbound_of(reply, target=target, at=self._means.clock.now())
        if channel is None or outbound is None or not channel.active:
            return channel, Outcome(state=ReplyState.FAILED, evidence=Evidence.NONE, reason="its channel is no longer connected")
        if asyncio.get_running_loop().time() > lease.begun + self._means.timeout_seconds:
            # The lease must outlive the call; a machine that stood still begins again.
            return channel, not_begun("begun too late", wait_seconds=0.0)
        return channel, await attempt(self._means, channel, reply, self._with_way_out(lease.workspace, reply, outbound))

    def _with_way_out(self, workspace: WorkspaceId, reply: asyncpg.Record, outbound: OutboundReply) -> OutboundReply:
        """What is not about a person's own matters says where they can end it."""
        if reply["purpose"] == SERVICE:
            return outbound
        return replace(outbound, unsubscribe=self._links.link(workspace, ProfileId(reply["profile_id"]), now=self._means.clock.now()))

    async def _write(self, lease: Lease, channel: ConnectedChannel | None, reply: asyncpg.Record, outcome: Outcome) -> None:
        """Write a result; a database that is away is waited out as long as the lease may last, then the reply is in doubt."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (LEASE_TIMEOUTS - 1) * self._means.timeout_seconds
        wait_seconds = 0.1
        while loop.time() < deadline:
            try:
                unparked = await self._write_once(lease, reply, outcome)
            except (DatabaseUnavailableError, asyncpg.PostgresError) as error:
                log.warning("result_not_written", reply_id=str(reply["id"]), error=type(error).__name__)
                await asyncio.sleep(wait_seconds)
                wait_seconds = min(2 * wait_seconds, 3.0)
            else:
                self._means.published()
                if unparked and channel is not None:
                    self._means.unparked(channel)
                return

    async def _write_once(self, lease: Lease, reply: asyncpg.Record, outcome: Outcome) -> int:
        """Gives how many journal rows had waited for the result."""
        now, workspace, channel = self._means.clock.now(), lease.workspace, ChannelId(reply["channel_id"])
        troubled = reply["troubled"] or channel in self._troubled
        async with self._means.database.transaction(workspace) as connection:
            unparked = await write_outcome(connection, lease, reply, outcome, now=now)
            wait_until = await judge_channel(connection, workspace, reply, outcome, troubled=troubled, now=now)
        if outcome.evidence is Evidence.BROKEN or outcome.refused:
            self._troubled.add(channel)
        elif outcome.evidence is Evidence.SOUND:
            self._troubled.discard(channel)
        if wait_until is not None:
            self._means.wake_later(workspace, after_seconds=(wait_until - now).total_seconds())
        if outcome.wait_seconds is not None:
            self._means.wake_later(workspace, after_seconds=outcome.wait_seconds)
        return unparked


def _of_channels(
    replies: Sequence[asyncpg.Record],
    channels: Sequence[ConnectedChannel],
    targets: Mapping[UUID, asyncpg.Record],
    *,
    now: datetime,
) -> list[tuple[ConnectedChannel, Asked]]:
    """What is asked of people's consent once more: they may have said something since the replies were written."""
    of = {channel.id: channel for channel in channels}
    named = [(of[reply["channel_id"]], reply, outbound_of(reply, target=targets.get(reply["answers_id"]), at=now)) for reply in replies]
    return [
        (channel, Asked(id=row["id"], profile=row["profile_id"], outbound=outbound, purpose=row["purpose"], automatic=row["automatic"]))
        for channel, row, outbound in named
        if outbound is not None
    ]


def _not_allowed(refusal: Refusal) -> Outcome:
    return Outcome(state=ReplyState.FAILED, evidence=Evidence.NONE, reason=refusal.reason)


def _wants_a_person(reply: asyncpg.Record, *, now: datetime) -> bool:
    return reply["escalated_at"] is None and now - reply["doubted_at"] >= DOUBT_HOLDS


async def _targets(connection: Connection, workspace: WorkspaceId, replies: Sequence[asyncpg.Record]) -> Sequence[asyncpg.Record]:
    ids = [reply["answers_id"] for reply in replies if reply["answers_id"] is not None]
    return await rows_of.whole_interactions(connection, workspace, ids) if ids else []
