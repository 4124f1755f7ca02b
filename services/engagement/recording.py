"""Writes what a batch of one channel's events means: threads, rows of the history, edits, deletions, receipts, events out.

Called by the inbound worker inside its transaction, with the channel claimed. Set-based: a batch costs the same statements as one event.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import asyncpg
import msgspec
import orjson

from services.contracts.envelope import Event
from services.contracts.events import InteractionDeleted, InteractionEdited, InteractionReceived, InteractionSettled
from services.contracts.ids import InteractionId, MemberId, ProfileId
from services.contracts.interaction import Author, NeutralEvent, Venue
from services.contracts.vocabulary import Direction, Kind, Ledger, Source
from services.engagement import receipts, threads
from services.engagement.completing import lacking
from services.engagement.joining import conversation_keys
from services.engagement.protocol import Lack
from services.engagement.reading import CHANGES, Reader, text_of
from services.engagement.registry import ConnectedChannel
from services.engagement.statements import history as statements
from services.engagement.statements import ledger as ledger_statements
from services.engagement.statements import media
from services.engagement.threads import Thread
from services.kit.db import Connection
from services.kit.ids import new_id

LARGEST_INT = 2**31 - 1


@dataclass(slots=True)
class Recorded:
    """What a batch led to: events for the outbox, those that wait for their words, and per journal key what it must wait for."""

    events: list[Event] = field(default_factory=list)
    held: list[InteractionReceived] = field(default_factory=list)
    waits_for: dict[bytes, str] = field(default_factory=dict)
    arrived: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Item:
    """One neutral event and the journal row it came from; `member` wrote it for us elsewhere, where that is known."""

    key: bytes
    event: NeutralEvent
    received_at: datetime
    member: MemberId | None = None


async def record(connection: Connection, channel: ConnectedChannel, items: Sequence[Item], *, reader: Reader, now: datetime) -> Recorded:
    """Write a batch in order of arrival. Twice the same batch leaves what it left once."""
    recorded = Recorded()
    echoes = [item for item in items if item.event.echo_of]
    news = [item for item in items if item.event.kind is Kind.RECEIPT]
    known = await receipts.known_replies(connection, channel, [*echoes, *news])
    foreign = await receipts.settle_echoes(connection, channel, echoes, known=known, reader=reader, recorded=recorded, now=now)
    fresh = [item for item in items if item.event.kind not in CHANGES and (not item.event.echo_of or item in foreign)]
    if fresh:
        await _insert(connection, channel, fresh, reader=reader, recorded=recorded, now=now)
    changes = [item for item in items if item.event.kind in {Kind.EDIT, Kind.DELETION}]
    if changes:
        await _change(connection, channel, changes, recorded=recorded)
    await receipts.settle_receipts(connection, channel, news, known=known, recorded=recorded)
    return recorded


async def _insert(
    connection: Connection,
    channel: ConnectedChannel,
    items: Sequence[Item],
    *,
    reader: Reader,
    recorded: Recorded,
    now: datetime,
) -> None:
    looked = await lacking.look_at(connection, channel, [item.event for item in items], reader=reader, now=now)
    items = [item if item.event is event else replace(item, event=event) for item, event in zip(items, looked.events, strict=True)]
    blocked = await _blocked_among(connection, channel, items, reader=reader)
    events = looked.events
    keys = await conversation_keys(connection, channel, events)
    opened = await threads.open_threads(connection, channel, events, keys=keys, reader=reader, blocked=blocked)
    rows = [
        _Row.of(item, thread=opened[key], lack=lack, reader=reader, blocked=blocked, now=now)
        for item, key, lack in zip(items, keys, looked.lacks, strict=True)
    ]
    columns = list(zip(*(row.values(channel) for row in rows), strict=True))
    inserted = await statements.insert_interactions(connection, channel.workspace_id, columns)
    new = [row for row in rows if row.id in inserted]
    await _bind_files(connection, channel, new)
    recorded.events.extend(await threads.advance(connection, channel.workspace_id, [_arrival(row) for row in new], now=now))
    recorded.arrived.extend(text_of(row.item.event.id) or "" for row in rows)
    await _tell(connection, channel, new, recorded=recorded, now=now)
    for row in new:
        if row.item.event.direction is Direction.OUTBOUND and row.item.event.kind is not Kind.NOTE:
            await _settle_by_native(connection, channel, row, recorded=recorded, now=now)


async def _tell(connection: Connection, channel: ConnectedChannel, rows: Sequence["_Row"], *, recorded: Recorded, now: datetime) -> None:
    """Tell what arrived; what lacks its words is told with them, or a moment later without."""
    told = [(row.received(channel), row.lack) for row in rows]
    wanted = [(received, lack) for received, lack in told if lack is not None]
    recorded.held = await lacking.want(connection, channel, wanted, now=now) if wanted else []
    held = {received.interaction_id for received in recorded.held}
    recorded.events.extend(received for received, _ in told if received.interaction_id not in held)


async def _bind_files(connection: Connection, channel: ConnectedChannel, rows: Sequence["_Row"]) -> None:
    """Let files that visitors handed in go with the message that brought them."""
    brought = [(each.media_id, row.id, place) for row in rows for place, each in enumerate(row.item.event.attachments) if each.media_id]
    if brought:
        files, interactions, places = zip(*brought, strict=True)
        await media.bind_uploads(connection, channel.workspace_id, media=files, interactions=interactions, places=places)


@dataclass(frozen=True, slots=True)
class _Row:
    """An event on its way into the history."""

    id: InteractionId
    item: Item
    thread: Thread
    version: int
    profile: ProfileId
    ledger: Ledger | None
    ledger_reason: str
    reply_to_profile: ProfileId | None
    mentioned: tuple[ProfileId, ...]
    lack: Lack | None
    historic: bool

    @classmethod
    def of(cls, item: Item, *, thread: Thread, lack: Lack | None, reader: Reader, blocked: Collection[ProfileId], now: datetime) -> "_Row":
        event = item.event
        version = thread.next_version()
        profile = reader.person_of(event)
        ledger, reason = reader.first_ledger(event, now=now)
        if ledger is Ledger.OWED and (profile in blocked or thread.lead.row["spam"]):
            ledger, reason = Ledger.EXEMPT, "blocked" if profile in blocked else "spam"
        parent = event.in_reply_to.author if event.in_reply_to else None
        return cls(
            id=InteractionId(new_id()),
            item=item,
            thread=thread,
            version=version,
            profile=profile,
            ledger=ledger,
            ledger_reason=reason,
            reply_to_profile=reader.profile_of(parent) if parent else None,
            mentioned=tuple(reader.profile_of(author) for author in event.mentions),
            lack=lack,
            historic=reader.is_historic(event, now=now),
        )

    def values(self, channel: ConnectedChannel) -> tuple[object, ...]:
        """In the order of statements.history.INTERACTION_COLUMNS."""
        event = self.item.event
        outbound = event.direction is Direction.OUTBOUND
        return (
            self.id,
            channel.id,
            self.thread.id,
            self.profile,
            text_of(event.id),
            event.kind.value,
            event.direction.value,
            event.public,
            event.occurred_at,
            self.item.received_at,
            event.source.value,
            text_of(event.text),
            event.rating,
            _attachments(event),
            *_author_values(event.author),
            *_venue_values(event.venue),
            text_of(event.thread),
            text_of(event.root),
            text_of(event.in_reply_to.external_id) if event.in_reply_to else None,
            self.reply_to_profile,
            "{" + ",".join(map(str, self.mentioned)) + "}" if self.mentioned else None,
            event.addressed.value,
            text_of(event.campaign),
            text_of(event.referral_code),
            _json({key: text_of(value) for key, value in event.extra.items()}) if event.extra else None,
            self.version,
            outbound and event.kind is not Kind.NOTE,
            self.item.member,
            self.ledger.value if self.ledger else None,
            self.ledger_reason,
        )

    def received(self, channel: ConnectedChannel) -> InteractionReceived:
        return InteractionReceived(
            interaction_id=self.id,
            profile_id=self.profile,
            channel_id=channel.id,
            conversation_id=self.thread.id,
            event=self.item.event,
            received_at=self.item.received_at,
            ledger=self.ledger,
            historic=self.historic,
            answers_us=self.thread.answered,
        )


async def _blocked_among(
    connection: Connection, channel: ConnectedChannel, items: Sequence[Item], *, reader: Reader
) -> frozenset[ProfileId]:
    people = {reader.person_of(item.event) for item in items if item.event.direction is Direction.INBOUND}
    rows = await ledger_statements.blocks_of(connection, channel.workspace_id, sorted(people)) if people else []
    return frozenset(row["profile_id"] for row in rows)


def _author_values(author: Author) -> tuple[object, ...]:
    followers = None if author.followers is None else min(author.followers, LARGEST_INT)
    told = (author.network, author.scope, author.external_id, author.handle, author.name)
    return (*map(text_of, told), followers)


def _venue_values(venue: Venue) -> tuple[object, ...]:
    told = (venue.network, venue.scope, venue.external_id, venue.url, venue.title)
    return (*map(text_of, told), venue.control.value, venue.media.value)


def _attachments(event: NeutralEvent) -> str | None:
    if not event.attachments:
        return None
    plain: list[dict[str, object]] = msgspec.to_builtins(event.attachments)
    return _json([{key: text_of(value) if isinstance(value, str) else value for key, value in each.items()} for each in plain])


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _arrival(row: _Row) -> threads.Arrival:
    """History is unread by nobody."""
    event = row.item.event
    spoken = event.direction is Direction.INBOUND and not row.historic
    return threads.Arrival(row.thread, occurred_at=event.occurred_at, owed=row.ledger is Ledger.OWED, spoken=spoken)


async def _settle_by_native(connection: Connection, channel: ConnectedChannel, row: _Row, *, recorded: Recorded, now: datetime) -> None:
    """A colleague wrote in the platform's own app: an answer to what this person was owed, had they written it by then.

    An import brings words of long ago: of what came in since they are no answer.
    """
    event = row.item.event
    settled = await statements.settle_owed(
        connection,
        channel.workspace_id,
        row.thread.id,
        profile=row.profile if row.item.event.recipient else None,
        until=event.occurred_at if event.source is Source.IMPORT else row.item.received_at,
        ledger=Ledger.ANSWERED,
        reason="answered in the platform's own app",
        now=now,
        answer=row.id,
    )
    await statements.mark_answered(connection, channel.workspace_id, row.thread.id, at=row.item.event.occurred_at)
    recorded.events.extend(settled_event(each, ledger=Ledger.ANSWERED, reason="native") for each in settled)


def settled_event(row: asyncpg.Record, *, ledger: Ledger, reason: str) -> InteractionSettled:
    """The event for a row that a ledger statement returned."""
    return InteractionSettled(
        interaction_id=row["id"],
        conversation_id=row["conversation_id"],
        profile_id=row["profile_id"],
        ledger=ledger,
        reason=reason,
    )


async def _change(connection: Connection, channel: ConnectedChannel, items: Sequence[Item], *, recorded: Recorded) -> None:
    """Apply edits and deletions in order; those that came before their message wait for it."""
    targets = {text_of(item.event.target or item.event.id) or "" for item in items}
    found = await statements.interactions_by_external_id(connection, channel.workspace_id, channel.id, sorted(targets))
    rows = {row["external_id"]: row for row in found}
    for item in items:
        target = text_of(item.event.target or item.event.id) or ""
        row = rows.get(target)
        if row is None:
            recorded.waits_for[item.key] = target
        elif item.event.kind is Kind.EDIT:
            await _edit(connection, channel, row, item.event, recorded=recorded)
        else:
            await _delete(connection, channel, row, item.event, recorded=recorded)


async def _edit(connection: Connection, channel: ConnectedChannel, row: asyncpg.Record, event: NeutralEvent, *, recorded: Recorded) -> None:
    text = text_of(event.text)
    if await statements.edit_interaction(
        connection, channel.workspace_id, row["id"], text=text, edited_at=event.occurred_at, rating=event.rating
    ):
        recorded.events.append(
            InteractionEdited(
                interaction_id=row["id"],
                conversation_id=row["conversation_id"],
                profile_id=row["profile_id"],
                text=text,
                edited_at=event.occurred_at,
                rating=event.rating,
            )
        )


async def _delete(
    connection: Connection, channel: ConnectedChannel, row: asyncpg.Record, event: NeutralEvent, *, recorded: Recorded
) -> None:
    if await statements.delete_interaction(connection, channel.workspace_id, row["id"], deleted_at=event.occurred_at):
        recorded.events.append(
            InteractionDeleted(
                interaction_id=row["id"],
                conversation_id=row["conversation_id"],
                profile_id=row["profile_id"],
                deleted_at=event.occurred_at,
            )
        )
