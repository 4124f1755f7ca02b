"""Keeps what was said elsewhere and in the past, as identity read it from another system's file. Subscription listed in `subscribers`.

It is history whatever its age: it owes no answer, opens no task, is unread by nobody. A thread stands as it stood there when it is first
heard of; what members do with it afterwards stays. Known by (channel, the message's id), so hearing it again changes nothing.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import orjson

from services.contracts.events import HistoryImported
from services.contracts.ids import ChannelId, WorkspaceId
from services.engagement.connectors import find_connector
from services.engagement.conversations.labels import LABELS_LIMIT, compared, shown
from services.engagement.erasing.late import since_erasure
from services.engagement.reading import Reader, key_of, text_of
from services.engagement.recording import Item, record
from services.engagement.registry import ConnectedChannel, bound_to, connected
from services.engagement.statements import archives as statements
from services.engagement.statements import channels, history, labels
from services.kit import outbox
from services.kit.bus import Received
from services.kit.clock import Clock
from services.kit.crypto import Vault, new_token
from services.kit.db import Connection, Database
from services.kit.ids import new_id
from services.kit.subscriptions import Subscription

# A channel of the inlet without an address to reply to only receives; one that is disconnected does not even that.
PLATFORM = "inlet"
NAME_LIMIT_CHARS = 100
# Nothing that is imported is young enough to start work, not even what a clock ahead of ours has dated a moment from now.
ANY_AGE = timedelta(days=-1)


class Archiving:
    """The handler. `database` is of the role `app`; `published` wakes the relay."""

    def __init__(self, database: Database, *, vault: Vault, deployment_key: bytes, clock: Clock, published: Callable[[], None]) -> None:
        self._database = database
        self._vault = vault
        self._deployment_key = deployment_key
        self._clock = clock
        self._published = published

    def subscriptions(self) -> tuple[Subscription, ...]:
        """Durable `engagement-archives`: a few at a time, for each may hold a hundred messages."""
        durable = "engagement-archives"
        return (Subscription(durable=durable, service="identity", events=(HistoryImported,), handler=self.keep, batch=20),)

    async def keep(self, workspace: WorkspaceId, batch: Sequence[Received]) -> None:
        """One transaction for the batch, a channel after the other in one order."""
        told = [received.event for received in batch if isinstance(received.event, HistoryImported)]
        async with self._database.transaction(workspace) as connection:
            by_channel: dict[ChannelId, tuple[ConnectedChannel, list[HistoryImported]]] = {}
            known = await self._mapped(connection, workspace, told)
            for event in told:
                channel = known.get(event.channel_id) or await self._archive(connection, workspace, event, known=known)
                by_channel.setdefault(channel.id, (channel, []))[1].append(event)
            for _, (channel, events) in sorted(by_channel.items()):
                await self._record(connection, channel, events)
        self._published()

    async def _mapped(
        self, connection: Connection, workspace: WorkspaceId, told: Sequence[HistoryImported]
    ) -> dict[ChannelId | None, ConnectedChannel]:
        """The channels that are there: those that were named, and those of archives."""
        asked = {each.channel_id for each in told if each.channel_id} | {archive_of(workspace, each.archive) for each in told}
        rows = await channels.channels_by_id(connection, workspace, sorted(asked))
        return {row["id"]: self._opened(row) for row in rows if find_connector(row["platform"]) is not None}

    async def _archive(
        self, connection: Connection, workspace: WorkspaceId, event: HistoryImported, *, known: dict[ChannelId | None, ConnectedChannel]
    ) -> ConnectedChannel:
        """The channel that is kept for an archive, made where it is not there yet."""
        channel = archive_of(workspace, event.archive)
        if channel not in known:
            sealed = self._vault.seal(orjson.dumps({}), bound_to=bound_to(workspace, channel))
            name = (text_of(event.archive_name) or event.archive)[:NAME_LIMIT_CHARS]
            await statements.kept_channel(
                connection,
                workspace,
                channel,
                platform=PLATFORM,
                name=name,
                path_token=new_token(),
                credentials=sealed,
                now=self._clock.now(),
            )
            (row,) = await channels.channels_by_id(connection, workspace, [channel])
            known[channel] = self._opened(row)
        return known[channel]

    def _opened(self, row: asyncpg.Record) -> ConnectedChannel:
        connector = find_connector(str(row["platform"]))
        if connector is None:
            message = "only platforms with a connector are asked for"
            raise LookupError(message)
        # The platform is asked for nothing that an archive lacks.
        return replace(connected(row, connector=connector, vault=self._vault), completes=None)

    async def _record(self, connection: Connection, channel: ConnectedChannel, told: Sequence[HistoryImported]) -> None:
        now = self._clock.now()
        reader = Reader(channel.workspace_id, self._deployment_key, ANY_AGE)
        by_item = {
            (each, place): Item(_key(entry.event.id), entry.event, now, entry.member_id)
            for each, event in enumerate(told)
            for place, entry in enumerate(event.entries)
        }
        items = await since_erasure(connection, channel, await _unknown(connection, channel, list(by_item.values())), reader=reader)
        if not items:
            return
        kept = {item.key for item in items}
        about = [each for number, each in enumerate(told) if any(by_item[number, n].key in kept for n in range(len(each.entries)))]
        opened = await _open(connection, channel, about, reader=reader)
        await _label(connection, channel.workspace_id, opened, now=now)
        recorded = await record(connection, channel, items, reader=reader, now=now)
        await outbox.append(connection, channel.workspace_id, [*recorded.events, *recorded.held], now=now)


def archive_of(workspace: WorkspaceId, archive: str) -> ChannelId:
    """The id of the channel that is kept for an archive: the same wherever it is asked for (a UUIDv8)."""
    digest = hashlib.sha256(b"archive:" + workspace.bytes + archive.encode("utf-8", "replace")).digest()
    return ChannelId(UUID(int=int.from_bytes(digest[:16], "big") & ~(0xF << 76) & ~(0x3 << 62) | 0x8 << 76 | 0x2 << 62))


def _key(external_id: str) -> bytes:
    return hashlib.sha256(external_id.encode("utf-8", "surrogatepass")).digest()


async def _unknown(connection: Connection, channel: ConnectedChannel, items: Sequence[Item]) -> list[Item]:
    """Those that the channel does not have: a mailbox may have had a message itself, and in another thread."""
    ids = sorted({text_of(item.event.id) or "" for item in items})
    rows = await history.interactions_by_external_id(connection, channel.workspace_id, channel.id, ids)
    known = {row["external_id"] for row in rows}
    return [item for item in items if (text_of(item.event.id) or "") not in known]


async def _open(
    connection: Connection, channel: ConnectedChannel, told: Sequence[HistoryImported], *, reader: Reader
) -> list[tuple[UUID, HistoryImported]]:
    """Make the threads that are new as they stood; gives them with what was told of each."""
    firsts: dict[bytes, HistoryImported] = {}
    for each in told:
        firsts.setdefault(key_of(each.entries[0].event), each)
    rows = [
        (
            new_id(),
            key,
            reader.person_of(each.entries[0].event),
            text_of(each.title),
            min(entry.event.occurred_at for entry in each.entries),
            each.status.value,
        )
        for key, each in sorted(firsts.items())
    ]
    opened = await statements.opened_threads(connection, channel.workspace_id, channel.id, platform=channel.platform, rows=rows)
    return [(opened[key], each) for key, each in firsts.items() if key in opened]


async def _label(connection: Connection, workspace: WorkspaceId, opened: Sequence[tuple[UUID, HistoryImported]], *, now: datetime) -> None:
    """Put labels on new threads; those that the workspace does not have are made, as far as there is room on its list."""
    wanted = {compared(label.name): label for _, event in opened for label in event.labels}
    if not wanted:
        return
    listed = {compared(row["name"]) for row in await labels.all_labels(connection, workspace, limit=LABELS_LIMIT)}
    missing = sorted(wanted.keys() - listed)[: LABELS_LIMIT - len(listed)]
    if missing:
        rows = [(new_id(), shown(wanted[key].name), key, wanted[key].colour) for key in missing]
        await statements.defined_labels(connection, workspace, rows=rows, now=now)
    put = {(thread, compared(label.name)) for thread, event in opened for label in event.labels}
    await statements.labelled_threads(connection, workspace, rows=sorted(put))
