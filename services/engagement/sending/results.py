"""Writes what an attempt led to: the reply's state and its consequences, and what it says about the channel. Called by the sender.

Runs in the sender's transaction. A result counts only while the attempt holds its lease; what it says of the channel always does.
"""

import random
from datetime import datetime, timedelta

import asyncpg

from services.contracts.events import ChannelInterrupted, ChannelRecovered
from services.contracts.ids import WorkspaceId
from services.contracts.vocabulary import ReplyState
from services.engagement import outcomes
from services.engagement.sending.attempts import Evidence, Outcome
from services.engagement.sending.claiming import CLOSED, Lease
from services.engagement.statements import channels, gates, history, journal, refreshing
from services.engagement.statements import replies as statements
from services.kit import outbox
from services.kit.db import Connection

# The breaker: so many failures in a row open it, for a random part of a wait that doubles up to five minutes.
FAILURES = 5
FIRST_WAIT_SECONDS = 2.0
LONGEST_WAIT_SECONDS = 300.0
# Credentials that are refused so soon after they were renewed are not renewed again at once.
RENEWED_LATELY = timedelta(minutes=5)
TROUBLE = "the platform no longer accepts the credentials"


async def write_outcome(connection: Connection, lease: Lease, reply: asyncpg.Record, outcome: Outcome, *, now: datetime) -> int:
    """The reply's new state, if the attempt still holds its lease. Gives how many journal rows had waited for it."""
    workspace = lease.workspace
    due_at = None if outcome.wait_seconds is None else now + timedelta(seconds=outcome.wait_seconds)
    await history.lock_conversations(connection, workspace, {reply["conversation_id"]})
    finished = await statements.finish_attempt(
        connection,
        workspace,
        reply["id"],
        lease=lease.id,
        state=outcome.state,
        reason=outcome.reason,
        external_id=outcome.external_id,
        due_at=due_at,
        now=now,
    )
    if finished is None and outcome.external_id:
        await statements.name_reply(connection, workspace, reply["id"], attempt=reply["attempt"], external_id=outcome.external_id)
    if finished is not None and outcome.state is not ReplyState.QUEUED:
        await outbox.append(connection, workspace, await outcomes.conclude(connection, workspace, finished, now=now), now=now)
    references = [str(reply["id"]), *([outcome.external_id] if outcome.external_id else [])]
    return await journal.unpark_items(connection, workspace, reply["channel_id"], references)


async def judge_channel(
    connection: Connection, workspace: WorkspaceId, reply: asyncpg.Record, outcome: Outcome, *, troubled: bool, now: datetime
) -> datetime | None:
    """What the attempt says about its channel: hold, breaker, credentials. Gives when the channel may be tried again, if it must wait.

    `troubled` says that there is something to put right; else a sound channel costs no statement.
    """
    channel = reply["channel_id"]
    if outcome.evidence is Evidence.BROKEN:
        return await _count_failure(connection, workspace, reply, outcome, now=now)
    if outcome.evidence is Evidence.NONE and reply["breaker"] != CLOSED:
        await gates.release_probe(connection, workspace, channel, reply=reply["id"], now=now)
    if outcome.evidence is Evidence.SOUND and troubled:
        await _mark_sound(connection, workspace, reply, now=now)
    if outcome.refused:
        await channels.mark_trouble(connection, workspace, channel, trouble=TROUBLE)
        await gates.mark_refused(connection, workspace, channel, now=now)
        await refreshing.demand(connection, workspace, channel, now=now, tried_before=now - RENEWED_LATELY)
    if not outcome.holds_channel or outcome.wait_seconds is None:
        return None
    held_until = now + timedelta(seconds=outcome.wait_seconds)
    await gates.hold_channel(connection, workspace, channel, until=held_until, reason=outcome.reason)
    return held_until


async def _count_failure(
    connection: Connection, workspace: WorkspaceId, reply: asyncpg.Record, outcome: Outcome, *, now: datetime
) -> datetime | None:
    channel = reply["channel_id"]
    counted = await gates.count_failure(
        connection,
        workspace,
        channel,
        reply=reply["id"],
        now=now,
        reason=outcome.reason,
        threshold=FAILURES,
        first_wait_seconds=FIRST_WAIT_SECONDS,
        longest_wait_seconds=LONGEST_WAIT_SECONDS,
        share=random.random(),  # noqa: S311 - full jitter, no secret
    )
    if counted is None or counted["breaker"] == CLOSED:
        return None
    if counted["opened"]:
        event = ChannelInterrupted(channel_id=channel, reason=outcome.reason, probe_at=counted["probe_at"])
        await outbox.append(connection, workspace, [event], now=now)
    probe_at: datetime | None = counted["probe_at"]
    return probe_at


async def _mark_sound(connection: Connection, workspace: WorkspaceId, reply: asyncpg.Record, *, now: datetime) -> None:
    channel = reply["channel_id"]
    marked = await gates.mark_sound(connection, workspace, channel, reply=reply["id"])
    if marked is None:
        return
    if marked["accepted_again"]:
        await channels.mark_trouble(connection, workspace, channel, trouble="")
    if marked["reopened"]:
        await outbox.append(connection, workspace, [ChannelRecovered(channel_id=channel)], now=now)
