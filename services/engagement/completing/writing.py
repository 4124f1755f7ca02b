"""Writes what platforms told of interactions: into the history, of people, and out as events. Called by the completer in its transaction.

Twice the same answer is written once: the second finds no lease. Never moves an interaction to another conversation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec
import orjson

from services.contracts.envelope import Event
from services.contracts.events import InteractionCompleted, InteractionReceived, InteractionSettled
from services.contracts.ids import ProfileId
from services.contracts.interaction import NeutralEvent
from services.contracts.vocabulary import Direction, Ledger
from services.engagement.protocol import Completed, Lack
from services.engagement.reading import Reader, text_of, title_of
from services.engagement.registry import ConnectedChannel
from services.engagement.statements import completing as statements
from services.engagement.statements import history
from services.engagement.statements import ledger as ledger_statements
from services.kit.db import Connection

LARGEST_INT = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """One interaction that lacks something, as it was claimed."""

    received: InteractionReceived
    lack: Lack
    attempts: int

    @classmethod
    def of(cls, row: asyncpg.Record) -> "Wanted":
        """From a row of `claim_due` or `leased`."""
        return cls(read(row["received"]), Lack(row["lack"]), row["attempts"])


@dataclass(frozen=True, slots=True)
class _Told:
    """What the platform told of one, and whose it is now. `held`: its arrival was not told yet."""

    wanted: Wanted
    event: NeutralEvent
    profile: ProfileId
    held: bool

    @property
    def id(self) -> UUID:
        return self.wanted.received.interaction_id


def read(received: bytes) -> InteractionReceived:
    """What `lacking.want` kept."""
    return msgspec.json.decode(received, type=InteractionReceived)


async def write(  # noqa: PLR0913 - an answer and all that it is written with
    connection: Connection,
    channel: ConnectedChannel,
    batch: Sequence[Wanted],
    answers: Mapping[str, Completed],
    *,
    lease: UUID,
    reader: Reader,
    now: datetime,
) -> list[Event]:
    """Write the answers to a batch, as far as the lease still holds it; gives the events to publish."""
    workspace = channel.workspace_id
    await history.lock_conversations(connection, workspace, {each.received.conversation_id for each in batch})
    rows = await statements.leased(connection, workspace, lease, [each.received.interaction_id for each in batch])
    held = {row["interaction_id"] for row in rows if row["held_until"] is not None}
    leased = [wanted for wanted in map(Wanted.of, rows) if wanted.received.event.id in answers]
    told = [_told(each, answers[each.received.event.id], reader=reader, held=held) for each in leased]
    if not told:
        return []
    events = await _complete(connection, channel, [each for each in told if answers[each.event.id].event is not None])
    refused = [each for each in told if answers[each.event.id].event is None]
    events += await _refuse(connection, channel, refused, answers, lease=lease)
    await _keep_facts(connection, channel, told, now=now)
    return events


def _told(wanted: Wanted, answer: Completed, *, reader: Reader, held: set[UUID]) -> _Told:
    """The event as it is now; id, kind and place in the conversation are those that it was recorded with."""
    before = wanted.received.event
    after = before if answer.event is None else replace(answer.event, id=before.id, kind=before.kind, direction=before.direction)
    return _Told(wanted, after, reader.person_of(after), wanted.received.interaction_id in held)


async def _complete(connection: Connection, channel: ConnectedChannel, told: Sequence[_Told]) -> list[Event]:
    if not told:
        return []
    workspace = channel.workspace_id
    blocked = {
        row["profile_id"] for row in await ledger_statements.blocks_of(connection, workspace, sorted({each.profile for each in told}))
    }
    values = [_values(each, blocked=each.profile in blocked) for each in told]
    rows = await statements.complete_interactions(connection, workspace, list(zip(*values, strict=True)))
    now_is = {row["id"]: row for row in rows}
    begun = {
        each.wanted.received.conversation_id: (each.wanted.received.profile_id, each.profile, title_of(each.event))
        for each in reversed(told)
        if each.id in now_is
    }
    if begun:
        await statements.name_conversations(connection, workspace, [(thread, *of) for thread, of in sorted(begun.items())])
    if late := [each.id for each in told if each.event.attachments and not each.wanted.received.event.attachments]:
        await statements.want_media(connection, workspace, late)
    await statements.forget(connection, workspace, [each.id for each in told])
    return [event for each in told for event in _news(each, now_is.get(each.id))]


def _values(told: _Told, *, blocked: bool) -> tuple[object, ...]:
    """In the order of statements.completing.TOLD_COLUMNS."""
    event, author = told.event, told.event.author
    followers = None if author.followers is None else min(author.followers, LARGEST_INT)
    attachments = msgspec.json.encode(event.attachments).decode() if event.attachments else None
    extra = {key: text_of(value) for key, value in event.extra.items()} if event.extra else None
    return (
        told.id,
        told.profile,
        text_of(event.text),
        event.rating,
        attachments,
        text_of(author.network),
        text_of(author.scope),
        text_of(author.external_id),
        text_of(author.handle),
        text_of(author.name),
        followers,
        text_of(event.venue.url),
        text_of(event.venue.title),
        orjson.dumps(extra).decode() if extra else None,
        blocked,
    )


def _news(told: _Told, row: asyncpg.Record | None) -> list[Event]:
    """Its arrival, where that was held back; else what came after it. One that was taken back meanwhile only arrives."""
    received = told.wanted.received
    if row is None:
        return [received] if told.held else []
    event = replace(told.event, text=row["text"], rating=row["rating"])
    ledger = Ledger(row["ledger"]) if row["ledger"] else None
    whole = replace(received, event=event, profile_id=told.profile, ledger=ledger)
    if told.held:
        return [whole]
    news: list[Event] = [_completed(whole, words=told.wanted.lack is Lack.WORDS)]
    if row["ledger_reason"] == "blocked" and received.ledger is Ledger.OWED:
        news.append(
            InteractionSettled(
                interaction_id=received.interaction_id,
                conversation_id=received.conversation_id,
                profile_id=told.profile,
                ledger=Ledger.EXEMPT,
                reason="blocked",
            )
        )
    return news


def _completed(whole: InteractionReceived, *, words: bool) -> InteractionCompleted:
    return InteractionCompleted(
        interaction_id=whole.interaction_id,
        profile_id=whole.profile_id,
        channel_id=whole.channel_id,
        conversation_id=whole.conversation_id,
        event=whole.event,
        received_at=whole.received_at,
        words=words,
        ledger=whole.ledger,
        historic=whole.historic,
        answers_us=whole.answers_us,
    )


async def _refuse(
    connection: Connection, channel: ConnectedChannel, refused: Sequence[_Told], answers: Mapping[str, Completed], *, lease: UUID
) -> list[Event]:
    """The platform never tells these: they stay as they are, with its reason."""
    if not refused:
        return []
    workspace = channel.workspace_id
    await statements.release_held(connection, workspace, [each.id for each in refused])
    rows = [(each.id, None, 1, text_of(answers[each.event.id].reason) or "the platform does not tell") for each in refused]
    await statements.put_off(connection, workspace, rows, lease=lease)
    return [replace(each.wanted.received, incomplete=True) for each in refused if each.held]


async def _keep_facts(connection: Connection, channel: ConnectedChannel, told: Sequence[_Told], *, now: datetime) -> None:
    """Also that a person has no name: who tells none is not asked for again with every message."""
    facts = {each.profile: each.event.author for each in told if each.event.direction is Direction.INBOUND and _is_known(each)}
    rows = [(profile, text_of(of.handle), text_of(of.name), text_of(of.avatar_url)) for profile, of in sorted(facts.items())]
    if rows:
        await statements.keep_facts(connection, channel.workspace_id, rows, now=now)


def _is_known(told: _Told) -> bool:
    """Of a person whose name was asked for, whatever came; of others only what was told."""
    author = told.event.author
    return told.wanted.lack is Lack.NAME or author != told.wanted.received.event.author
