"""The subscriber: tells platforms where to deliver, at connecting, at every change of secret or credentials, and when it is over.

Started by `main`, by the clock port; asked for by `channels` and `subscriptions`, in the transaction of the change, so that a crash forgets
nothing. One process at a time works on a channel. A platform that refuses becomes the channel's trouble, and its owner is told.
"""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import structlog

from services.contracts.ids import ChannelId, WorkspaceId
from services.engagement.addresses import delivery_path
from services.engagement.connectors import find_connector
from services.engagement.protocol import Net, RateLimitedError, RejectedError, SendError, Subscribes
from services.engagement.reading import text_of
from services.engagement.registry import ConnectedChannel, connected
from services.engagement.statements import channels, due, receiving
from services.engagement.statements import subscribing as statements
from services.engagement.subscriptions import told_again_at
from services.kit.clock import Clock
from services.kit.crypto import SealBrokenError, Vault
from services.kit.db import UNREACHABLE, Connection, Database, DatabaseUnavailableError
from services.kit.ids import new_id
from services.kit.rounds import Rounds

LOOK_SECONDS = 1.0
AT_ONCE = 8
# Less than a process has to end, so that an answer under way is waited for.
ASK_SECONDS = 7.0
LEASE = timedelta(minutes=1)
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
# Where our own address is none that platforms deliver to, only a person can change that.
ADDRESS_WAIT = timedelta(minutes=5)
# A platform that is away for some seconds is nobody's trouble.
FAILURES_BEFORE_TROUBLE = 3
# What the channel has forgotten is not kept much longer: at the end it is left to the platform to notice that nobody is there.
ATTEMPTS_TO_END = 8
REASON_CHARS = 300
TROUBLE = "the platform was not told where to deliver: "
_OUTAGE = (DatabaseUnavailableError, asyncpg.PostgresError, *UNREACHABLE)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Claim:
    """A channel whose platform this process tells now; `channel` is None where it cannot be used any more."""

    workspace: WorkspaceId
    id: ChannelId
    lease: UUID
    ending: bool
    failures: int
    channel: ConnectedChannel | None = field(repr=False)


class Subscriber:
    """Tells platforms. `database` is of the role `app`, `worker` sees where something is due; addresses begin with `public_url`."""

    def __init__(  # noqa: PLR0913 - collaborators, by name
        self,
        database: Database,
        *,
        worker: Database,
        net: Net,
        vault: Vault,
        public_url: str,
        clock: Clock,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._database = database
        self._net = net
        self._vault = vault
        self._public_url = public_url.rstrip("/")
        self._clock = clock
        self._look_seconds = look_seconds
        self._running = 0
        self._rounds = Rounds(
            "subscriptions",
            worker,
            lambda connection, after: due.workspaces_with_due_subscriptions(connection, after=after, now=clock.now()),
        )

    async def run(self) -> None:
        """Look until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                await self.look(group)
                await asyncio.sleep(self._look_seconds)

    async def look(self, group: asyncio.TaskGroup) -> None:
        """Begin in `group` what is due, some platforms at a time."""
        await self._rounds.go(lambda workspace: self._begin(workspace, group))

    async def _begin(self, workspace: WorkspaceId, group: asyncio.TaskGroup) -> None:
        room = AT_ONCE - self._running
        if room <= 0:
            return
        now, lease = self._clock.now(), new_id()
        async with self._database.transaction(workspace) as connection:
            rows = await statements.claim_due(connection, workspace, now=now, lease=lease, lease_until=now + LEASE, limit=room)
            claims = [await self._claimed(connection, workspace, row, lease=lease) for row in rows]
        for claim in claims:
            self._running += 1
            group.create_task(self._work(claim), name=f"subscribe {claim.id}")

    async def _claimed(self, connection: Connection, workspace: WorkspaceId, row: asyncpg.Record, *, lease: UUID) -> _Claim:
        """With the channel as it is now, or as it was before it was disconnected."""
        id_, ending = ChannelId(row["channel_id"]), row["ending"]
        found = await channels.channel_of(connection, workspace, id_)
        channel = None
        if found is not None and (ending or found["disconnected_at"] is None):
            channel = self._opened({**found, "credentials": row["sealed"], "config": row["config"]} if ending else found)
        again = ending and channel is not None and await self._is_connected_again(connection, channel)
        return _Claim(workspace, id_, lease, ending, row["failures"], None if again else channel)

    def _opened(self, row: asyncpg.Record | Mapping[str, Any]) -> ConnectedChannel | None:
        connector = find_connector(str(row["platform"]))
        if connector is None or not isinstance(connector, Subscribes):
            return None
        try:
            return connected(row, connector=connector, vault=self._vault)
        except SealBrokenError:
            return None

    async def _is_connected_again(self, connection: Connection, ended: ConnectedChannel) -> bool:
        """Whether the account has a channel again: what it was told since must stay."""
        rows = await channels.channels_of(connection, ended.workspace_id)
        others = [self._opened(row) for row in rows if row["platform"] == ended.platform and row["disconnected_at"] is None]
        secret = {each.name for each in ended.connector.declaration.credentials if each.secret}
        own = {name: ended.access.credentials.get(name) for name in secret}
        # Who opens a platform without a secret is known there by nothing that another channel could share.
        return any(own.values()) and any(
            other is not None and {name: other.access.credentials.get(name) for name in secret} == own for other in others
        )

    async def _work(self, claim: _Claim) -> None:
        """Tell, and write what came of it; where that cannot be written the lease ends by itself, and it is told again."""
        try:
            await self._write(claim, await self._told(claim))
        except _OUTAGE as error:
            log.info("subscription_not_written", channel_id=str(claim.id), error=type(error).__name__)
        finally:
            self._running -= 1

    async def _told(self, claim: _Claim) -> SendError | timedelta | None:
        """How long it holds (None: for good) where it was told; else why it was not."""
        channel = claim.channel
        if channel is None or not isinstance(channel.connector, Subscribes):
            return None
        if not claim.ending and (wrong := why_unreachable(self._public_url)):
            return _AddressError(wrong)
        try:
            async with asyncio.timeout(ASK_SECONDS):
                return await self._tell(channel.connector, channel, ending=claim.ending)
        except SendError as error:
            return error
        except TimeoutError:
            return SendError("it did not answer")
        except Exception as error:
            log.exception("subscribing_failed", channel_id=str(claim.id), error=type(error).__name__)
            return SendError(type(error).__name__)

    async def _tell(self, connector: Subscribes, channel: ConnectedChannel, *, ending: bool) -> timedelta | None:
        declaration, config = channel.connector.declaration, channel.facts.config
        address = self._public_url + delivery_path(declaration, config, path_token=channel.path_token)
        access = replace(channel.access, webhook_url=address)
        if ending:
            await connector.unsubscribe(channel=access, net=self._net)
            return None
        return await connector.subscribe(channel=access, webhook_url=address, secret=channel.secrets.current, net=self._net)

    async def _write(self, claim: _Claim, outcome: SendError | timedelta | None) -> None:
        now, workspace, refused = self._clock.now(), claim.workspace, isinstance(outcome, RejectedError)
        given_up = refused or claim.failures + 1 >= ATTEMPTS_TO_END
        async with self._database.transaction(workspace) as connection:
            if claim.channel is None or (claim.ending and (given_up or not isinstance(outcome, SendError))):
                await statements.forget(connection, workspace, claim.id, lease=claim.lease)
            elif isinstance(outcome, SendError):
                await self._put_off(connection, claim, outcome, now=now)
            else:
                again_at = None if outcome is None else told_again_at(outcome, now=now)
                if await statements.note_told(connection, workspace, claim.id, lease=claim.lease, now=now, again_at=again_at):
                    await receiving.end_trouble(connection, workspace, claim.id, beginning=TROUBLE)
        word = "platform_not_told" if isinstance(outcome, SendError) else "platform_told"
        log.info(word, channel_id=str(claim.id), ending=claim.ending)

    async def _put_off(self, connection: Connection, claim: _Claim, error: SendError, *, now: datetime) -> None:
        words = (text_of(error.reason) or "")[:REASON_CHARS]
        due_at = now + _wait_after(error, failures=claim.failures)
        counted = await statements.put_off(connection, claim.workspace, claim.id, lease=claim.lease, due_at=due_at, reason=words)
        told = isinstance(error, RejectedError) or claim.failures + 1 >= FAILURES_BEFORE_TROUBLE
        if counted and told and not claim.ending and not isinstance(error, _AddressError):
            await channels.mark_trouble(connection, claim.workspace, claim.id, trouble=TROUBLE + words)


def why_unreachable(public_url: str) -> str | None:
    """Why no platform delivers there, where that is certain."""
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    try:
        inside = not ip_address(host).is_global
    except ValueError:
        inside = host in ("", "localhost") or host.endswith(".localhost")
    if parts.scheme == "https" and not inside:
        return None
    return f"PUBLIC_URL is {public_url}, and platforms deliver to a public https address only; set it, then subscribe again"


class _AddressError(RejectedError):
    """Our own address is none that a platform could deliver to."""


def _wait_after(error: SendError, *, failures: int) -> timedelta:
    if isinstance(error, _AddressError):
        return ADDRESS_WAIT
    if isinstance(error, RateLimitedError):
        return timedelta(seconds=error.retry_after_seconds)
    if isinstance(error, RejectedError):
        return LONGEST_WAIT
    longest: timedelta = min(FIRST_WAIT * 2 ** min(failures, 10), LONGEST_WAIT)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - jitter
