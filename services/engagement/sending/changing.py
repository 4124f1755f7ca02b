"""Makes edits and deletions of what we sent on the platform, then in the history. Called by the sender.

Both may be repeated without harm, so one in doubt is made again; after a day it stays in doubt, and is never shown as done.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

import asyncpg
import structlog

from services.contracts.envelope import Event
from services.contracts.events import InteractionDeleted, InteractionEdited
from services.contracts.ids import WorkspaceId
from services.contracts.vocabulary import ChangeKind, ChangeState, ReplyState
from services.engagement import outcomes
from services.engagement.protocol import (
    CredentialsExpiredError,
    Deletes,
    Edits,
    InDoubtError,
    NotFoundError,
    NotSentError,
    RateLimitedError,
    RejectedError,
    UnsendableError,
)
from services.engagement.registry import ConnectedChannel
from services.engagement.sending.attempts import GIVE_UP_AFTER, Evidence, Outcome, jittered_wait
from services.engagement.sending.claiming import Lease, can_change
from services.engagement.sending.means import Means
from services.engagement.sending.results import judge_channel
from services.engagement.statements import changes as statements
from services.engagement.statements import history
from services.kit import outbox
from services.kit.db import Connection

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Made:
    """What an attempt at a change led to; `told` is what it says about the channel, and when to try again."""

    state: ChangeState
    told: Outcome


async def change(means: Means, lease: Lease, reply: asyncpg.Record) -> None:
    """One attempt at a reply's change, to its end. Where it vanishes, its lease ends and another makes it."""
    try:
        channel = await means.registry.seek(reply["channel_id"])
        made = await _try(means, channel, reply)
        await _write(means, lease, reply, made)
    except Exception as error:
        log.exception("change_failed", reply_id=str(reply["id"]), error=type(error).__name__)


async def _try(means: Means, channel: ConnectedChannel | None, reply: asyncpg.Record) -> _Made:
    if channel is None or not channel.active or not can_change(channel):
        return _Made(ChangeState.FAILED, _told(Evidence.NONE, reason="its channel is no longer connected"))
    try:
        async with asyncio.timeout(means.timeout_seconds):
            await _call(means, channel, reply)
    except TimeoutError:
        return _in_doubt(reply, "the platform did not answer in time", now=means.clock.now())
    except InDoubtError as error:
        return _in_doubt(reply, error.reason, now=means.clock.now())
    except NotSentError as error:
        return _after_refusal(reply, error, now=means.clock.now())
    except Exception as error:
        log.exception("connector_failed", platform=channel.platform, error=type(error).__name__)
        return _in_doubt(reply, f"the connector failed: {type(error).__name__}", now=means.clock.now())
    return _Made(ChangeState.DONE, _told(Evidence.SOUND))


async def _call(means: Means, channel: ConnectedChannel, reply: asyncpg.Record) -> None:
    external_id = reply["external_id"]
    if reply["change_kind"] == ChangeKind.EDIT:
        edits = cast("Edits", channel.connector)
        await edits.edit(external_id, text=reply["change_text"], channel=channel.access, net=means.net)
    else:
        await cast("Deletes", channel.connector).delete(external_id, channel=channel.access, net=means.net)


def _told(
    evidence: Evidence, *, reason: str = "", wait_seconds: float | None = None, holds: bool = False, refused: bool = False
) -> Outcome:
    return Outcome(state=ReplyState.SENT, evidence=evidence, reason=reason, wait_seconds=wait_seconds, holds_channel=holds, refused=refused)


def _in_doubt(reply: asyncpg.Record, reason: str, *, now: datetime) -> _Made:
    """It is made again, for that changes nothing if it was made; after a day a person has to look."""
    over = now - reply["change_asked_at"] > GIVE_UP_AFTER
    return _Made(
        ChangeState.UNKNOWN,
        _told(Evidence.BROKEN, reason=reason, wait_seconds=None if over else jittered_wait(reply["change_attempt"])),
    )


def _after_refusal(reply: asyncpg.Record, error: NotSentError, *, now: datetime) -> _Made:
    if isinstance(error, NotFoundError) and reply["change_kind"] == ChangeKind.DELETION:
        return _Made(ChangeState.DONE, _told(Evidence.SOUND, reason="it was no longer there"))
    if isinstance(error, RejectedError):
        told = Evidence.NONE if isinstance(error, UnsendableError) else Evidence.SOUND
        return _Made(ChangeState.FAILED, _told(told, reason=error.reason, refused=isinstance(error, CredentialsExpiredError)))
    limited = isinstance(error, RateLimitedError)
    evidence = Evidence.SOUND if limited else Evidence.BROKEN
    if now - reply["change_asked_at"] > GIVE_UP_AFTER:
        return _Made(ChangeState.FAILED, _told(evidence, reason=f"given up after a day: {error.reason}"))
    wait_seconds = error.retry_after_seconds if isinstance(error, RateLimitedError) else jittered_wait(reply["change_attempt"])
    return _Made(ChangeState.QUEUED, _told(evidence, reason=error.reason, wait_seconds=wait_seconds, holds=limited))


async def _write(means: Means, lease: Lease, reply: asyncpg.Record, made: _Made) -> None:
    now, workspace = means.clock.now(), lease.workspace
    wait_seconds = made.told.wait_seconds
    due_at = None if wait_seconds is None else now + timedelta(seconds=wait_seconds)
    async with means.database.transaction(workspace) as connection:
        await history.lock_conversations(connection, workspace, {reply["conversation_id"]})
        finished = await statements.finish_change(
            connection, workspace, reply["id"], lease=lease.id, state=made.state, reason=made.told.reason, due_at=due_at
        )
        if finished is not None and due_at is None:
            await outbox.append(connection, workspace, await _conclude(connection, workspace, finished, now=now), now=now)
        await judge_channel(connection, workspace, reply, made.told, troubled=reply["troubled"], now=now)
    means.published()
    if wait_seconds is not None:
        means.wake_later(workspace, after_seconds=wait_seconds)


async def _conclude(connection: Connection, workspace: WorkspaceId, reply: asyncpg.Record, *, now: datetime) -> list[Event]:
    """The history follows what the platform did, and nothing else; gives the events to publish."""
    told = outcomes.change_event(reply, now=now)
    if reply["change_state"] != ChangeState.DONE:
        return [told]
    interaction = reply["interaction_id"]
    shared = {name: reply[name] for name in ("interaction_id", "conversation_id", "profile_id")}
    if reply["change_kind"] == ChangeKind.EDIT:
        await history.edit_interaction(connection, workspace, interaction, text=reply["text"], edited_at=now)
        return [told, InteractionEdited(**shared, text=reply["text"], edited_at=now)]
    await history.delete_interaction(connection, workspace, interaction, deleted_at=now)
    return [told, InteractionDeleted(**shared, deleted_at=now)]
