"""Posts what is due to partners: claimed under a lease, signed, tried for three days. Started by `main`; any number of processes may run.

A crash between a partner's yes and our note of it posts the event once more, with the same `webhook-id`. An endpoint that is not
there is left alone for longer and longer, and holds up no other; after five days of that it is not called any more.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import asyncpg
import structlog
from standardwebhooks.webhooks import Webhook

from services.contracts.ids import WorkspaceId
from services.identity.partners.endpoints import secret_of
from services.identity.statements import partners as statements
from services.kit.clock import Clock
from services.kit.db import UNREACHABLE, Database, DatabaseUnavailableError
from services.kit.ids import new_id
from services.kit.net import ForbiddenAddressError, Net, NetError

SWEEP_SECONDS = 1.0
CLAIMS = 50
TIMEOUT_SECONDS = 10.0
ANSWER_BYTES = 65_536
LEASE = timedelta(minutes=2)
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=4)
GIVEN_UP_AFTER = timedelta(days=3)
ENDPOINT_GIVEN_UP_AFTER = timedelta(days=5)
BOTH_SECRETS_SIGN = timedelta(days=1)
GONE = 410
_BUSY = frozenset({408, 425, 429})
_OUTAGE = (DatabaseUnavailableError, asyncpg.PostgresError, *UNREACHABLE)

log = structlog.get_logger()


class Deliverer:
    """Delivers what is due. `database` is of the role `app`, `worker` sees where something is, `key` is the secrets' own."""

    def __init__(self, database: Database, *, worker: Database, net: Net, key: bytes, clock: Clock) -> None:
        self._database = database
        self._worker = worker
        self._net = net
        self._key = key
        self._clock = clock
        self._woken: set[WorkspaceId] = set()
        self._arrived = asyncio.Event()

    def wake(self, workspace: WorkspaceId) -> None:
        """Say that a workspace has something to tell."""
        self._woken.add(workspace)
        self._arrived.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(SWEEP_SECONDS):
                    await self._arrived.wait()
            self._arrived.clear()
            await self.round()

    async def round(self) -> None:
        """What is due in each workspace, side by side."""
        woken, self._woken = self._woken, set()
        try:
            async with self._worker.transaction() as connection:
                woken.update(await statements.workspaces_with_due_deliveries(connection, now=self._clock.now()))
        except _OUTAGE as error:
            log.info("partners_not_told", error=type(error).__name__)
        async with asyncio.TaskGroup() as group:
            for workspace in sorted(woken):
                group.create_task(self._deliver(workspace))

    async def _deliver(self, workspace: WorkspaceId) -> None:
        """Take some of a workspace and post it; whoever fails here is tried again when the lease ends."""
        try:
            claimed = await self._claim(workspace)
            await asyncio.gather(*(self._attempt(workspace, each) for each in claimed))
            if len(claimed) == CLAIMS:
                self.wake(workspace)
        except _OUTAGE as error:
            log.info("partners_not_told", workspace_id=str(workspace), error=type(error).__name__)
        except Exception as error:
            log.exception("partner_delivery_failed", workspace_id=str(workspace), error=type(error).__name__)

    async def _claim(self, workspace: WorkspaceId) -> Sequence[asyncpg.Record]:
        now = self._clock.now()
        async with self._database.transaction(workspace) as connection:
            return await statements.claimed_deliveries(
                connection, workspace, lease=new_id(), lease_until=now + LEASE, now=now, limit=CLAIMS
            )

    async def _attempt(self, workspace: WorkspaceId, claimed: asyncpg.Record) -> None:
        headers = self._signed(workspace, claimed, at=self._clock.now())
        try:
            answer = await self._net.request(
                "POST", claimed["url"], data=claimed["body"], headers=headers, timeout_seconds=TIMEOUT_SECONDS, max_bytes=ANSWER_BYTES
            )
        except ForbiddenAddressError:
            await self._settle(workspace, claimed, status=None, trouble="the address is not one that may be called", absent=True)
        except NetError:
            await self._settle(workspace, claimed, status=None, trouble="nobody answered", absent=True)
        else:
            well = 200 <= answer.status < 300
            trouble = "" if well else f"answered with {answer.status}"
            absent = answer.status >= 500 or answer.status in _BUSY
            await self._settle(workspace, claimed, status=answer.status, trouble=trouble, absent=absent)

    def _signed(self, workspace: WorkspaceId, claimed: asyncpg.Record, *, at: datetime) -> dict[str, str]:
        numbers = [claimed["secret_number"]]
        if claimed["rotated_at"] is not None and at < claimed["rotated_at"] + BOTH_SECRETS_SIGN:
            numbers.append(claimed["secret_number"] - 1)
        body = claimed["body"].decode()
        secrets = (secret_of(self._key, workspace, claimed["endpoint_id"], number=number) for number in numbers)
        return {
            "content-type": "application/cloudevents+json",
            "webhook-id": claimed["event_id"],
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": " ".join(Webhook(secret).sign(claimed["event_id"], at, body) for secret in secrets),
        }

    async def _settle(self, workspace: WorkspaceId, claimed: asyncpg.Record, *, status: int | None, trouble: str, absent: bool) -> None:
        """Write what came of it, of the event and of the endpoint, in one transaction; nothing where the lease is over."""
        now = self._clock.now()
        over = now - claimed["created_at"] >= GIVEN_UP_AFTER
        again = bool(trouble) and not over and status != GONE
        state = "waiting" if again else "failed" if trouble else "delivered"
        async with self._database.transaction(workspace) as connection:
            held = await statements.settled_delivery(
                connection,
                workspace,
                claimed["id"],
                lease=claimed["lease_id"],
                state=state,
                status=status,
                trouble=trouble,
                due_at=now + _wait(claimed["attempts"]) if again else None,
                finished_at=None if again else now,
            )
            if not held:
                return
            if not trouble:
                await statements.recovered_endpoint(connection, workspace, claimed["endpoint_id"])
            elif absent or status == GONE:
                since = claimed["failing_since"] or now
                ends = status == GONE or now - since >= ENDPOINT_GIVEN_UP_AFTER
                await statements.troubled_endpoint(
                    connection,
                    workspace,
                    claimed["endpoint_id"],
                    now=now,
                    held_until=now + _wait(claimed["failures"] + 1),
                    trouble=trouble,
                    ends=ends,
                )


def _wait(attempts: int) -> timedelta:
    return min(FIRST_WAIT * float(3 ** min(attempts - 1, 10)), LONGEST_WAIT)
