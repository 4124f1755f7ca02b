"""One attempt to hand a reply to its platform, and what it means: for the reply, and for the channel. Called by the sender.

Writes nothing. When unsure, it is doubt.
"""

import asyncio
import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

import asyncpg
import structlog

from services.contracts.vocabulary import ReplyState
from services.engagement.protocol import (
    ChannelAccess,
    CredentialsExpiredError,
    Files,
    InDoubtError,
    NotSentError,
    OutboundReply,
    RateLimitedError,
    RejectedError,
    Sent,
    UnsendableError,
    watched,
)
from services.engagement.protocol.preparing import Preparation
from services.engagement.reading import text_of
from services.engagement.registry import ConnectedChannel
from services.engagement.sending.means import Means

EXTERNAL_ID_LIMIT_CHARS = 500
REASON_LIMIT_CHARS = 500
GIVE_UP_AFTER = timedelta(hours=24)
SHORTEST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 3600.0

log = structlog.get_logger()


class Evidence(Enum):
    """What an attempt tells about the channel: the platform answers, it does not, or the attempt never came that far."""

    SOUND = "sound"
    BROKEN = "broken"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an attempt led to. `wait_seconds` is set where it is to be tried again; `refused` where the credentials were."""

    state: ReplyState
    evidence: Evidence
    reason: str = ""
    external_id: str | None = None
    wait_seconds: float | None = None
    holds_channel: bool = False
    refused: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "reason", (text_of(self.reason) or "")[:REASON_LIMIT_CHARS])


def not_begun(reason: str, *, wait_seconds: float) -> Outcome:
    """Nothing left the house; it is tried again then."""
    return Outcome(state=ReplyState.QUEUED, evidence=Evidence.NONE, reason=reason, wait_seconds=wait_seconds)


async def attempt(means: Means, channel: ConnectedChannel, reply: asyncpg.Record, outbound: OutboundReply) -> Outcome:
    """Hand a reply over, once."""
    files = means.files(channel.workspace_id)
    access = replace(channel.access, files=files)
    with watched() as preparation:
        return await _attempt(means, channel, reply, _linked(outbound, files), access=access, preparation=preparation)


async def _attempt(
    means: Means,
    channel: ConnectedChannel,
    reply: asyncpg.Record,
    outbound: OutboundReply,
    *,
    access: ChannelAccess,
    preparation: Preparation,
) -> Outcome:
    try:
        async with asyncio.timeout(means.timeout_seconds):
            sent = await channel.connector.send(outbound, channel=access, net=means.net)
    except TimeoutError:
        if preparation.under_way:
            late = NotSentError("what goes before the message, such as its files, took too long")
            return _after_refusal(reply, late, now=means.clock.now())
        return _in_doubt("the platform did not answer in time")
    except InDoubtError as error:
        return _in_doubt(error.reason)
    except NotSentError as error:
        return _after_refusal(reply, error, now=means.clock.now())
    except Exception as error:
        log.exception("connector_failed", platform=channel.platform, error=type(error).__name__)
        return _in_doubt(f"the connector failed: {type(error).__name__}")
    return _accepted(sent)


def _linked(outbound: OutboundReply, files: Files) -> OutboundReply:
    """Our files with an address, for platforms that fetch what they are given."""
    attachments = tuple(
        replace(each, url=files.link(each.media_id)) if each.media_id is not None and not each.url and not each.reference else each
        for each in outbound.attachments
    )
    return replace(outbound, attachments=attachments)


def jittered_wait(attempts: int) -> float:
    """Seconds until the next attempt: anywhere between one and a span that doubles with each, an hour at most."""
    longest = min(2.0**attempts, LONGEST_WAIT_SECONDS)
    return random.uniform(SHORTEST_WAIT_SECONDS, max(SHORTEST_WAIT_SECONDS, longest))  # noqa: S311 - jitter, no secret


def external_id_of(told: str | None) -> str | None:
    """What the platform calls a reply, if it can be stored and found again: an answer is the work of strangers."""
    known = text_of(told)
    return known if known and len(known) <= EXTERNAL_ID_LIMIT_CHARS else None


def _accepted(sent: Sent) -> Outcome:
    return Outcome(state=ReplyState.SENT, evidence=Evidence.SOUND, external_id=external_id_of(sent.external_id or sent.echo_reference))


def _in_doubt(reason: str) -> Outcome:
    return Outcome(state=ReplyState.UNKNOWN, evidence=Evidence.BROKEN, reason=reason)


def _after_refusal(reply: asyncpg.Record, error: NotSentError, *, now: datetime) -> Outcome:
    """Certainly not sent: later again, unless the platform will never take it or a day has passed."""
    if isinstance(error, RejectedError):
        told = Evidence.NONE if isinstance(error, UnsendableError) else Evidence.SOUND
        refused = isinstance(error, CredentialsExpiredError)
        return Outcome(state=ReplyState.FAILED, evidence=told, reason=error.reason, refused=refused)
    limited = isinstance(error, RateLimitedError)
    evidence = Evidence.SOUND if limited else Evidence.BROKEN
    if now - reply["queued_at"] > GIVE_UP_AFTER:
        return Outcome(state=ReplyState.FAILED, evidence=evidence, reason=f"given up after a day: {error.reason}")
    wait_seconds = error.retry_after_seconds if isinstance(error, RateLimitedError) else jittered_wait(reply["attempt"])
    return Outcome(state=ReplyState.QUEUED, evidence=evidence, reason=error.reason, wait_seconds=wait_seconds, holds_channel=limited)
