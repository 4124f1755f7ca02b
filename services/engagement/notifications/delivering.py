"""Sends what goes out: mails, chat messages, digests. One message per member and means at a time, whatever it is about.

Claimed under a lease, tried again with growing pauses, given up after a day; read meanwhile, it is not sent. A crash between a server's
yes and our note of it sends the same message (the same id) once more. Run by `main`, which finds what is due within a second.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import structlog

from services.contracts.ids import WorkspaceId
from services.contracts.vocabulary import NotificationKind
from services.engagement.notifications.chat import send_chat
from services.engagement.notifications.errors import NotDeliverableError, NotDeliveredError
from services.engagement.notifications.kinds import Outgoing
from services.engagement.notifications.mail import Mail, MailServer, send_mail
from services.engagement.notifications.preferences import Preferences, opened_chat, preferences_of
from services.engagement.notifications.telling import PAUSE, due_at
from services.engagement.notifications.wording import Line, html, line_of, plain_text, subject_of
from services.engagement.statements import due
from services.engagement.statements import members as member_statements
from services.engagement.statements import notification_means as statements
from services.kit.clock import Clock
from services.kit.crypto import Vault
from services.kit.db import Connection, Database, DatabaseUnavailableError
from services.kit.ids import new_id
from services.kit.net import Net
from services.kit.rounds import Rounds

POLL_SECONDS = 1.0
CLAIMS = 20
LINES = 200
LEASE = timedelta(minutes=2)
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
GIVEN_UP_AFTER = 30

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How messages go out: the mail server (None: there is none), the guarded client, the key of chats, and where links lead."""

    server: MailServer | None
    net: Net
    vault: Vault
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Delivery:
    """One message to be sent."""

    workspace: WorkspaceId
    member: UUID
    means: Outgoing
    batch: UUID
    lease: UUID
    attempt: int
    email: str
    chosen: Preferences
    ids: Sequence[UUID]
    lines: Sequence[Line]


class Deliverer:
    """Sends what is due. `database` is of the role `app`, `worker` sees where something is; any number may run."""

    def __init__(self, database: Database, *, worker: Database, ways: Ways, clock: Clock) -> None:
        self._rounds = Rounds(
            "deliveries", worker, lambda connection, after: due.workspaces_with_due_deliveries(connection, after=after, now=clock.now())
        )
        self._database = database
        self._ways = ways
        self._clock = clock

    @property
    def sends_mail(self) -> bool:
        """Whether this deployment can send mail."""
        return self._ways.server is not None

    async def run(self) -> None:
        """Send until cancelled."""
        await self._rounds.keep_going(self.deliver, every_seconds=POLL_SECONDS)

    async def sweep(self) -> None:
        """Send what is due, some in each workspace."""
        await self._rounds.go(self.deliver)

    async def deliver(self, workspace: WorkspaceId) -> None:
        """Send what is due in one workspace, side by side. Raises DatabaseUnavailableError."""
        # Before the group: an error inside would reach the caller wrapped, and not as what it is.
        claimed = await self._claim(workspace)
        async with asyncio.TaskGroup() as group:
            for delivery in claimed:
                group.create_task(self._attempt(delivery))

    async def _claim(self, workspace: WorkspaceId) -> list[_Delivery]:
        now = self._clock.now()
        async with self._database.transaction(workspace) as connection:
            rows = await statements.claim_deliveries(connection, workspace, lease=new_id(), lease_until=now + LEASE, now=now, limit=CLAIMS)
            if not rows:
                return []
            members = sorted({row["member_id"] for row in rows})
            chosen = await preferences_of(connection, workspace, members)
            known = {row["id"]: row for row in await member_statements.members_by_id(connection, workspace, members)}
            return [await self._composed(connection, workspace, row, chosen[row["member_id"]], known.get(row["member_id"])) for row in rows]

    async def _composed(
        self, connection: Connection, workspace: WorkspaceId, row: asyncpg.Record, chosen: Preferences, member: asyncpg.Record | None
    ) -> _Delivery:
        waiting = await statements.waiting_notifications(connection, workspace, row["member_id"], means=row["means"], limit=LINES)
        lines = [
            line_of(
                NotificationKind(each["kind"]),
                reason=each["reason"],
                count=each["count"],
                at=each["created_at"],
                conversation=each["conversation_id"],
                link=self._ways.link,
            )
            for each in waiting
        ]
        return _Delivery(
            workspace=workspace,
            member=row["member_id"],
            means=row["means"],
            batch=row["batch_id"],
            lease=row["lease_id"],
            attempt=row["attempt"],
            email=member["email"] if member is not None and member["active"] else "",
            chosen=chosen,
            ids=[each["id"] for each in waiting],
            lines=lines,
        )

    async def _attempt(self, delivery: _Delivery) -> None:
        """One message to its end. What nobody foresaw ends it without a result: its lease ends, and it is tried again."""
        try:
            await self._try(delivery)
        except (DatabaseUnavailableError, asyncpg.PostgresError) as error:
            log.info("delivery_not_written", means=delivery.means, error=type(error).__name__)
        except Exception as error:
            log.exception("delivery_failed", means=delivery.means, error=type(error).__name__)

    async def _try(self, delivery: _Delivery) -> None:
        now = self._clock.now()
        quiet_until = due_at(delivery.chosen, "chat", now=now)
        if delivery.lines and quiet_until > now and delivery.means != "digest":
            await self._delay(delivery, until=quiet_until, trouble="")
            return
        try:
            if delivery.lines:
                await self._send(delivery, now=now)
        except NotDeliverableError as error:
            await self._end(delivery, trouble=str(error), sent_at=None)
        except NotDeliveredError as error:
            await self._retry(delivery, trouble=str(error))
        else:
            await self._end(delivery, trouble="", sent_at=now if delivery.lines else None)

    async def _send(self, delivery: _Delivery, *, now: datetime) -> None:
        if delivery.means == "chat":
            chat = opened_chat(delivery.workspace, delivery.member, delivery.chosen.chat, vault=self._ways.vault)
            if chat is None:
                raise NotDeliverableError("no address is set")
            await send_chat(self._ways.net, chat, plain_text(delivery.lines), batch=delivery.batch, at=now)
            return
        if self._ways.server is None:
            raise NotDeliverableError("this deployment has no mail server")
        if not delivery.email:
            raise NotDeliverableError("the member has no address")
        mail = Mail(
            to=delivery.email,
            subject=subject_of(delivery.lines, digest=delivery.means == "digest"),
            text=plain_text(delivery.lines),
            html=html(delivery.lines),
            batch=delivery.batch,
            at=now,
        )
        await send_mail(self._ways.server, mail)

    async def _retry(self, delivery: _Delivery, *, trouble: str) -> None:
        if delivery.attempt >= GIVEN_UP_AFTER:
            await self._end(delivery, trouble=trouble, sent_at=None)
            return
        wait = min(FIRST_WAIT * 2 ** min(delivery.attempt - 1, 10), LONGEST_WAIT)
        await self._delay(delivery, until=self._clock.now() + wait, trouble=trouble)

    async def _delay(self, delivery: _Delivery, *, until: datetime, trouble: str) -> None:
        async with self._database.transaction(delivery.workspace) as connection:
            if await self._holds(connection, delivery):
                await statements.delay_delivery(
                    connection, delivery.workspace, delivery.member, means=delivery.means, due_at=until, trouble=trouble
                )

    async def _end(self, delivery: _Delivery, *, trouble: str, sent_at: datetime | None) -> None:
        """Note what was told; what came meanwhile, or did not fit, waits for the next message."""
        workspace, member, means = delivery.workspace, delivery.member, delivery.means
        now = self._clock.now()
        async with self._database.transaction(workspace) as connection:
            if not await self._holds(connection, delivery):
                return
            if delivery.ids:
                await statements.mark_told(connection, workspace, member, delivery.ids, means=means, now=now)
            rest = await statements.waiting_notifications(connection, workspace, member, means=means, limit=1)
            following = max(now + PAUSE, due_at(delivery.chosen, means, now=now)) if rest else None
            await statements.end_delivery(
                connection, workspace, member, means=means, batch=new_id(), due_at=following, sent_at=sent_at, trouble=trouble
            )
        if trouble:
            log.warning("notification_given_up", means=means, member_id=str(member), reason=trouble)

    async def _holds(self, connection: Connection, delivery: _Delivery) -> bool:
        return await statements.lock_delivery(connection, delivery.workspace, delivery.member, means=delivery.means, lease=delivery.lease)
