"""Asks platforms what became of replies in doubt, where they can tell. Called by the sender.

There is sent; certainly absent may go again; anything else changes nothing.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

import asyncpg
import structlog

from services.contracts.ids import WorkspaceId
from services.contracts.vocabulary import ReplyState
from services.engagement import outcomes
from services.engagement.outbound import outbound_of
from services.engagement.protocol import LooksUp, OutboundReply
from services.engagement.registry import ConnectedChannel
from services.engagement.sending.attempts import external_id_of
from services.engagement.sending.means import Means
from services.engagement.statements import history, journal
from services.engagement.statements import replies as statements
from services.kit import outbox

# A platform is asked at once, each five seconds, and later each time after a tenth of what has passed; after a day no more.
LOOKUP_EVERY = timedelta(seconds=5)
LOOKUP_SHARE = 10
LOOKUPS_KEPT = 10_000

log = structlog.get_logger()


class Lookups:
    """Who is being asked about, and when each was last asked about."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._asking: set[UUID] = set()
        self._asked_at: dict[UUID, datetime] = {}

    def begin(self, doubtful: Sequence[asyncpg.Record], *, now: datetime) -> list[asyncpg.Record]:
        """Those of these replies that are to be asked about now; each must be given to `ask`."""
        asked = [reply for reply in doubtful if self._is_to_be_asked(reply, now=now)]
        self._asking.update(reply["id"] for reply in asked)
        return asked

    async def ask(self, workspace: WorkspaceId, reply: asyncpg.Record, target: asyncpg.Record | None) -> None:
        """Ask the platform about one reply."""
        if len(self._asked_at) >= LOOKUPS_KEPT:
            self._asked_at.clear()
        self._asked_at[reply["id"]] = self._means.clock.now()
        channel = self._means.registry.find(reply["channel_id"])
        try:
            outbound = outbound_of(reply, target=target, at=self._means.clock.now())
            if channel is not None and outbound is not None:
                await self._look_up(workspace, channel, reply, outbound)
        except Exception as error:  # noqa: BLE001 - the edge to a connector, and to the database: the reply stays in doubt
            log.info("lookup_failed", reply_id=str(reply["id"]), error=type(error).__name__)
        finally:
            self._asking.discard(reply["id"])

    def _is_to_be_asked(self, reply: asyncpg.Record, *, now: datetime) -> bool:
        channel = self._means.registry.find(reply["channel_id"])
        if channel is None or not isinstance(channel.connector, LooksUp) or reply["id"] in self._asking:
            return False
        if reply["held_until"] is not None and reply["held_until"] > now:
            return False
        asked_at = self._asked_at.get(reply["id"])
        return asked_at is None or now - asked_at >= max(LOOKUP_EVERY, (now - reply["doubted_at"]) / LOOKUP_SHARE)

    async def _look_up(self, workspace: WorkspaceId, channel: ConnectedChannel, reply: asyncpg.Record, outbound: OutboundReply) -> None:
        means = self._means
        connector = cast("LooksUp", channel.connector)
        async with asyncio.timeout(means.timeout_seconds):
            found = await connector.lookup(outbound, channel=channel.access, net=means.net)
        now = means.clock.now()
        # What is still on its way is absent too: only when it has had the time of another call is it certainly not there.
        if found.there is None or (not found.there and now - reply["doubted_at"] < timedelta(seconds=means.timeout_seconds)):
            return
        external_id = external_id_of(found.external_id)
        async with means.database.transaction(workspace) as connection:
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
        means.published()
        means.unparked(channel)
        means.wake(workspace)
