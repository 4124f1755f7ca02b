"""The refresher: has credentials renewed before they end, one channel by one process. Started by `main`, by the clock port.

What a platform answers may be the only copy of a refresh token that counts: from the moment the platform is asked, neither a shutdown
nor an outage of the database keeps the answer from being written (`_renew` runs to its end, `_keep` tries until it is written). Only a
machine that dies in the moment between answer and commit loses it; the old token is then tried again, which platforms take for a
while, and where this one does not, the channel's owner is told.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from services.contracts.events import CredentialsLost, CredentialsRenewed
from services.contracts.ids import ChannelId, WorkspaceId
from services.engagement import channels
from services.engagement.authorizing.ends import refresh_at
from services.engagement.authorizing.registrations import Registrations
from services.engagement.connectors import find_connector
from services.engagement.protocol import CredentialsExpiredError, Granted, Net, NotSentError, Refreshes, RejectedError, SendError
from services.engagement.reading import text_of
from services.engagement.registry import connected
from services.engagement.statements import authorizing, due, gates, receiving
from services.engagement.statements import channels as channel_statements
from services.engagement.statements import refreshing as statements
from services.kit import outbox
from services.kit.clock import Clock
from services.kit.crypto import SealBrokenError, Vault
from services.kit.db import UNREACHABLE, Connection, Database, DatabaseUnavailableError
from services.kit.ids import new_id
from services.kit.rounds import Rounds

LOOK_SECONDS = 5.0
AT_ONCE = 4
# Less than a process has to end, so that an answer under way is waited for.
ASK_SECONDS = 7.0
LEASE = timedelta(minutes=5)
WRITE_AGAIN_SECONDS = 0.5
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
# Authorizations that ended so long ago are forgotten.
KEPT = timedelta(days=1)
REASON_CHARS = 300
TROUBLE = "the credentials could not be renewed: "
_OUTAGE = (DatabaseUnavailableError, asyncpg.PostgresError, *UNREACHABLE)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Claim:
    """A channel whose credentials this process renews; `sealed` are those that were there when it began."""

    workspace: WorkspaceId
    channel: ChannelId
    lease: UUID
    expires_at: datetime | None
    failures: int
    platform: str
    sealed: bytes = field(repr=False)


class Refresher:
    """Renews credentials. `database` is of the role `app`, `worker` sees where something is due; `changed` makes the registry look.

    `published` wakes the relay.
    """

    def __init__(  # noqa: PLR0913 - collaborators, by name
        self,
        database: Database,
        *,
        worker: Database,
        net: Net,
        vault: Vault,
        registrations: Registrations,
        changed: Callable[[], Awaitable[None]],
        published: Callable[[], None],
        clock: Clock,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._database = database
        self._net = net
        self._vault = vault
        self._registrations = registrations
        self._changed = changed
        self._published = published
        self._clock = clock
        self._look_seconds = look_seconds
        self._running = 0
        self._rounds = Rounds(
            "refreshes",
            worker,
            lambda connection, after: due.workspaces_with_due_refreshes(
                connection, after=after, now=clock.now(), ended_before=clock.now() - KEPT
            ),
        )

    async def run(self) -> None:
        """Look until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                await self._rounds.go(lambda workspace: self._begin(workspace, group))
                await asyncio.sleep(self._look_seconds)

    async def _begin(self, workspace: WorkspaceId, group: asyncio.TaskGroup) -> None:
        now, lease, claims = self._clock.now(), new_id(), list[_Claim]()
        async with self._database.transaction(workspace) as connection:
            await authorizing.forget_old(connection, workspace, before=now - KEPT)
            room = AT_ONCE - self._running
            if room <= 0:
                return
            for row in await statements.claim_due(connection, workspace, now=now, lease=lease, lease_until=now + LEASE, limit=room):
                channel = await channel_statements.channel_of(connection, workspace, row["channel_id"])
                if channel is None or channel["disconnected_at"] is not None:
                    await statements.forget(connection, workspace, row["channel_id"])
                    continue
                parts = (row["expires_at"], row["failures"], channel["platform"], channel["credentials"])
                claims.append(_Claim(workspace, row["channel_id"], lease, *parts))
        for claim in claims:
            self._running += 1
            group.create_task(self._work(claim), name=f"refresh {claim.channel}")

    async def _work(self, claim: _Claim) -> None:
        try:
            await _to_its_end(self._renew(claim))
        except Exception as error:
            log.exception("refresh_broke", channel_id=str(claim.channel), error=type(error).__name__)
        finally:
            self._running -= 1

    async def _renew(self, claim: _Claim) -> None:
        """Ask, and write what came of it."""
        try:
            granted = await self._ask(claim)
        except CredentialsExpiredError as error:
            write = partial(self._give_up, claim, reason=error.reason, again=None)
        except RejectedError as error:
            write = partial(self._give_up, claim, reason=error.reason, again=LONGEST_WAIT)
        except (SendError, TimeoutError, *_OUTAGE) as error:
            write = partial(self._put_off, claim, reason=error.reason if isinstance(error, SendError) else "no answer")
        except Exception as error:
            log.exception("refresh_failed", channel_id=str(claim.channel), error=type(error).__name__)
            write = partial(self._put_off, claim, reason=type(error).__name__)
        else:
            write = partial(self._write, claim, granted)
        await self._keep(write)

    async def _ask(self, claim: _Claim) -> Granted:
        """What the platform gives for the credentials. Raises the tree of SendError, TimeoutError, outages of the database."""
        connector = find_connector(claim.platform)
        if connector is None or not isinstance(connector, Refreshes):
            return Granted(credentials={})
        async with self._database.transaction(claim.workspace) as connection:
            row = await channel_statements.channel_of(connection, claim.workspace, claim.channel)
            app = await self._registrations.find(connection, claim.workspace, connector.declaration)
        if row is None or row["credentials"] != claim.sealed:
            raise NotSentError("the credentials were changed meanwhile")
        try:
            access = replace(connected(row, connector=connector, vault=self._vault).access, app=app)
        except SealBrokenError as error:
            raise CredentialsExpiredError("they cannot be opened: the secret key is another") from error
        async with asyncio.timeout(ASK_SECONDS):
            return await connector.refresh(channel=access, net=self._net)

    async def _keep(self, write: Callable[[], Awaitable[None]]) -> None:
        """Write until it is written."""
        while True:
            try:
                await write()
            except _OUTAGE as error:
                log.warning("refresh_not_written", error=type(error).__name__)
                await asyncio.sleep(WRITE_AGAIN_SECONDS)
            else:
                break
        try:
            await self._changed()
        except _OUTAGE as error:
            log.info("channels_not_refreshed", error=type(error).__name__)

    async def _write(self, claim: _Claim, granted: Granted) -> None:
        """The new credentials, unless the owner replaced the old ones meanwhile: those are newer still."""
        now, workspace, channel = self._clock.now(), claim.workspace, claim.channel
        due_at = refresh_at(granted.expires_at, now=now)
        async with self._database.transaction(workspace) as connection:
            row = await channel_statements.locked_channel(connection, workspace, channel)
            if row is None or row["disconnected_at"] is not None:
                return
            if not await channels.renew_credentials(
                connection, workspace, row, granted.credentials, instead_of=claim.sealed, vault=self._vault
            ):
                return
            await receiving.end_trouble(connection, workspace, channel, beginning=TROUBLE)
            await gates.forget_refusal(connection, workspace, channel)
            await statements.finish(connection, workspace, channel, expires_at=granted.expires_at, due_at=due_at, now=now)
            if granted.credentials:
                renewed = CredentialsRenewed(channel_id=channel, expires_at=granted.expires_at)
                await outbox.append(connection, workspace, [renewed], now=now)
        self._published()
        log.info("credentials_refreshed", channel_id=str(channel), platform=claim.platform)

    async def _give_up(self, claim: _Claim, *, reason: str, again: timedelta | None) -> None:
        """The platform said no: the owner is told; with `again` it is asked once more then."""
        now, words = self._clock.now(), (text_of(reason) or "")[:REASON_CHARS]
        log.warning("credentials_not_refreshed", channel_id=str(claim.channel), platform=claim.platform)
        async with self._database.transaction(claim.workspace) as connection:
            row = await channel_statements.locked_channel(connection, claim.workspace, claim.channel)
            due_at = None if again is None else now + again
            counted = await statements.put_off(connection, claim.workspace, claim.channel, lease=claim.lease, due_at=due_at, reason=words)
            if counted and row is not None and row["credentials"] == claim.sealed:
                await self._tell_lost(connection, row, workspace=claim.workspace, words=words, final=again is None, now=now)
                await gates.mark_refused(connection, claim.workspace, claim.channel, now=now)
        self._published()

    async def _put_off(self, claim: _Claim, *, reason: str) -> None:
        """Nobody knows, or not now: again after a while that doubles. Once they have ended, the owner is told."""
        now, words = self._clock.now(), (text_of(reason) or "")[:REASON_CHARS]
        wait = min(FIRST_WAIT * 2 ** min(claim.failures, 10), LONGEST_WAIT)
        due_at = now + wait * random.uniform(0.5, 1.0)  # noqa: S311 - jitter
        async with self._database.transaction(claim.workspace) as connection:
            counted = await statements.put_off(connection, claim.workspace, claim.channel, lease=claim.lease, due_at=due_at, reason=words)
            row = await channel_statements.channel_of(connection, claim.workspace, claim.channel)
            if counted and row is not None and claim.expires_at is not None and claim.expires_at <= now:
                await self._tell_lost(connection, row, workspace=claim.workspace, words=words, final=False, now=now)
        self._published()

    async def _tell_lost(
        self, connection: Connection, row: asyncpg.Record, *, workspace: WorkspaceId, words: str, final: bool, now: datetime
    ) -> None:
        """The channel's trouble, of which those who answer for channels are notified; once as an event, however often it is tried."""
        channel = ChannelId(row["id"])
        await channel_statements.mark_trouble(connection, workspace, channel, trouble=TROUBLE + words)
        if not row["trouble"].startswith(TROUBLE):
            await outbox.append(connection, workspace, [CredentialsLost(channel_id=channel, reason=words, final=final)], now=now)


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Do the work also where it is cancelled meanwhile; the cancellation comes through afterwards."""
    task, cancelled = asyncio.create_task(work), False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        raise asyncio.CancelledError
    task.result()
