"""Takes a person's deliveries out of the journal: what the connector reads as theirs, or, where it reads nothing, what names them.

Called by the job. A delivery that nobody has read yet is waited for; one with items of several people goes as a whole, for what it said
is in the history already.
"""

import asyncio
import re
from collections.abc import Callable, Sequence
from datetime import datetime

import asyncpg
import structlog

from services.contracts.ids import ChannelId, WorkspaceId
from services.contracts.interaction import Author, NeutralEvent
from services.engagement.protocol import Delivery
from services.engagement.reading import Reader
from services.engagement.registry import ChannelRegistry
from services.engagement.statements import erasing as statements
from services.kit.db import Database
from services.kit.erasing import Subject
from services.kit.ids import FIRST_ID

BATCH = 500
# A shorter id may stand anywhere; who wrote is then for the connector to say.
SHORTEST_TELLING_CHARS = 5

log = structlog.get_logger()


class DeliverySweep:
    """`database` is of the role `app`."""

    def __init__(self, database: Database, *, registry: ChannelRegistry, reader: Callable[[WorkspaceId], Reader]) -> None:
        self._database = database
        self._registry = registry
        self._reader = reader

    async def remove(self, workspace: WorkspaceId, subject: Subject) -> tuple[int, bool]:
        """One pass over the workspace's journal: how many bodies went, and whether some are still to be read."""
        looking = _Looking(subject, self._reader(workspace), self._registry)
        times = await self._times(workspace, subject)
        gone, waits = 0, False
        after, rows = FIRST_ID, BATCH
        while rows == BATCH:
            async with self._database.transaction(workspace) as connection:
                found = await statements.candidate_bodies(
                    connection, workspace, after=after, needles=looking.needles, times=times, limit=BATCH
                )
                theirs = await asyncio.to_thread(looking.those_of_the_subject, found)
                waits |= any(row["state"] == "waiting" for row in theirs)
                read = [row["journal_id"] for row in theirs if row["state"] != "waiting"]
                if read:
                    gone += await statements.removed_bodies(connection, workspace, read)
            rows, after = len(found), found[-1]["journal_id"] if found else after
        return gone, waits

    async def _times(self, workspace: WorkspaceId, subject: Subject) -> list[datetime]:
        """When the rows that were emptied came: their deliveries came in the same moment, whatever stands in them."""
        times: set[datetime] = set()
        after, rows = FIRST_ID, statements.BATCH
        while rows == statements.BATCH:
            async with self._database.transaction(workspace) as connection:
                found = await statements.ids_of_stubs(connection, workspace, subject.id, after=after)
            times.update(row["received_at"] for row in found)
            rows, after = len(found), found[-1]["id"] if found else after
        return sorted(times)


class _Looking:
    """Says of journal rows whether they are the subject's."""

    def __init__(self, subject: Subject, reader: Reader, registry: ChannelRegistry) -> None:
        self._subject = subject
        self._reader = reader
        self._registry = registry
        told = {*subject.values, *(account.external_id for account in subject.accounts)}
        self.needles = sorted(each.encode() for each in told if each)
        telling = [re.escape(each) for each in self.needles if len(each) >= SHORTEST_TELLING_CHARS]
        self._named = re.compile(rb"(?<![0-9A-Za-z])(?:%s)(?![0-9A-Za-z])" % b"|".join(telling)) if telling else None

    def those_of_the_subject(self, rows: Sequence[asyncpg.Record]) -> list[asyncpg.Record]:
        """Of rows with a body."""
        return [row for row in rows if row["body"] is not None and self._is_of(row)]

    def _is_of(self, row: asyncpg.Record) -> bool:
        events = self._read(row)
        if any(self._involves(event, received_at=row["received_at"]) for event in events):
            return True
        return not events and self._named is not None and self._named.search(row["body"]) is not None

    def _read(self, row: asyncpg.Record) -> Sequence[NeutralEvent]:
        channel = None if row["channel_id"] is None else self._registry.find(ChannelId(row["channel_id"]))
        if channel is None:
            return ()
        headers = {"content-type": row["headers"]} if row["headers"] else {}
        delivery = Delivery(channel=channel.facts, key=row["key"].hex(), body=row["body"], received_at=row["received_at"], headers=headers)
        try:
            return channel.connector.parse(delivery).events
        except Exception as error:  # noqa: BLE001 - the edge to a connector: what it cannot read is looked at as it is
            log.info("delivery_unread", channel_id=str(channel.id), error=type(error).__name__)
            return ()

    def _involves(self, event: NeutralEvent, *, received_at: datetime) -> bool:
        """Whether it tells of one of the profiles at a time that is erased; what came by then is of that time, whatever its clock says."""
        parent = event.in_reply_to.author if event.in_reply_to else None
        people: list[Author | None] = [event.author, event.recipient, parent, *event.mentions]
        if min(event.occurred_at, received_at) > self._subject.at:
            return False
        return any(each is not None and self._reader.profile_of(each) in self._subject.profiles for each in people)
