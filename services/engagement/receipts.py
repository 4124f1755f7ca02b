"""News of what we sent: echoes settle a reply, receipts move it on. Called by recording inside its transaction.

Never makes a message of an echo that is ours; an echo that is nobody's reply is a colleague's native message.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import asyncpg

from services.contracts.vocabulary import ReplyState
from services.engagement import outcomes
from services.engagement.joining import conversation_keys
from services.engagement.reading import Reader, key_of, text_of
from services.engagement.registry import ConnectedChannel
from services.engagement.statements import history
from services.engagement.statements import replies as statements
from services.kit.db import Connection

if TYPE_CHECKING:
    from services.engagement.recording import Item, Recorded

# A platform dates a message when it takes it, we when we hear so: a moment later.
CLOCKS_DIFFER = timedelta(seconds=2)
MOST_AT_ONCE = 500
UNSETTLED = (ReplyState.QUEUED, ReplyState.SENDING, ReplyState.UNKNOWN, ReplyState.FAILED)
BEFORE = {
    ReplyState.SENT: (ReplyState.SENDING, ReplyState.UNKNOWN),
    ReplyState.DELIVERED: (ReplyState.SENDING, ReplyState.UNKNOWN, ReplyState.SENT),
    ReplyState.READ: (ReplyState.SENDING, ReplyState.UNKNOWN, ReplyState.SENT, ReplyState.DELIVERED),
    ReplyState.FAILED: (ReplyState.SENDING, ReplyState.UNKNOWN, ReplyState.SENT),
}


async def known_replies(connection: Connection, channel: ConnectedChannel, items: "Sequence[Item]") -> dict[str, asyncpg.Record]:
    """The replies that these echoes and receipts speak of, by every name they may have; their conversations are locked."""
    references = [reference for item in items for reference in _references(item) if reference]
    if not references:
        return {}
    rows = await statements.replies_known_as(connection, channel.workspace_id, channel.id, references=references)
    await history.lock_conversations(connection, channel.workspace_id, {row["conversation_id"] for row in rows})
    return {str(row["id"]): row for row in rows} | {row["external_id"]: row for row in rows if row["external_id"]}


async def settle_echoes(  # noqa: PLR0913 - the parts of one batch
    connection: Connection,
    channel: ConnectedChannel,
    items: "Sequence[Item]",
    *,
    known: Mapping[str, asyncpg.Record],
    reader: Reader,
    recorded: "Recorded",
    now: datetime,
) -> "list[Item]":
    """Settle the replies that these echoes prove to be sent; gives the items that are no reply of ours."""
    proven = [(item, known[_reference(item)]) for item in items if _reference(item) in known]
    nameless = [item for item in items if _reference(item) not in known]
    recognised, foreign = await _recognise(connection, channel, nameless, reader=reader, recorded=recorded)
    for item, reply in (*proven, *recognised):
        await _move(
            connection,
            channel,
            reply,
            state=ReplyState.SENT,
            states=UNSETTLED,
            external_id=text_of(item.event.id),
            recorded=recorded,
            now=now,
        )
    return foreign


async def settle_receipts(
    connection: Connection,
    channel: ConnectedChannel,
    items: "Sequence[Item]",
    *,
    known: Mapping[str, asyncpg.Record],
    recorded: "Recorded",
) -> None:
    """Move replies on by the platform's receipts; a receipt that came before its reply's id is known waits for it."""
    await _settle_until(connection, channel, items, recorded=recorded)
    for item in items:
        receipt = item.event.receipt
        if receipt is None or receipt.state not in BEFORE or not receipt.external_id:
            continue
        named = receipt.reference is not None and text_of(receipt.reference) in known
        reply = known.get((text_of(receipt.reference) if named else None) or _reference(item))
        if reply is None:
            recorded.waits_for[item.key] = _reference(item)
            continue
        await _move(
            connection,
            channel,
            reply,
            state=ReplyState(receipt.state),
            states=BEFORE[ReplyState(receipt.state)],
            external_id=_reference(item) if named else None,
            recorded=recorded,
            now=item.event.occurred_at,
            reason=text_of(receipt.reason) or "",
        )


def _references(item: "Item") -> tuple[str, ...]:
    """Every name by which an echo or a receipt may speak of the reply."""
    receipt = item.event.receipt
    return (_reference(item), (text_of(receipt.reference) if receipt else None) or "")


async def _settle_until(connection: Connection, channel: ConnectedChannel, items: "Sequence[Item]", *, recorded: "Recorded") -> None:
    """Receipts that name a time instead of a message: all that was sent to the person before then has come as far."""
    told = {key_of(item.event): until for item in items if (until := _until(item)) is not None}
    if not told:
        return
    latest = max(told.values()) + CLOCKS_DIFFER
    rows = await statements.replies_in_threads(
        connection, channel.workspace_id, channel.id, keys=sorted(told), until=latest, limit=MOST_AT_ONCE
    )
    await history.lock_conversations(connection, channel.workspace_id, {row["conversation_id"] for row in rows})
    for item in items:
        receipt, until = item.event.receipt, _until(item)
        if receipt is None or until is None:
            continue
        state, key = ReplyState(receipt.state), key_of(item.event)
        for row in reversed(rows):
            if row["thread_key"] == key and row["sent_at"] <= until + CLOCKS_DIFFER:
                await _move(
                    connection,
                    channel,
                    row,
                    state=state,
                    states=BEFORE[state],
                    external_id=None,
                    recorded=recorded,
                    now=item.event.occurred_at,
                )


def _until(item: "Item") -> datetime | None:
    """Up to when a receipt speaks, where it is one that names no message."""
    receipt = item.event.receipt
    if receipt is None or receipt.external_id or receipt.state not in {ReplyState.DELIVERED, ReplyState.READ}:
        return None
    return receipt.until


def _reference(item: "Item") -> str:
    """What an echo or a receipt calls the reply."""
    receipt = item.event.receipt
    return text_of(receipt.external_id if receipt else item.event.echo_of) or ""


async def _recognise(
    connection: Connection, channel: ConnectedChannel, items: "Sequence[Item]", *, reader: Reader, recorded: "Recorded"
) -> "tuple[list[tuple[Item, asyncpg.Record]], list[Item]]":
    """Echoes by a name that no reply has yet: of a reply in doubt by its text; else, while one is being sent there, they wait.

    There is: to that person, or in that thread, for many a platform does not say whom a comment of ours answers.
    """
    if not items:
        return [], []
    people = {item.key: reader.person_of(item.event) for item in items}
    keys = dict(zip(people, await conversation_keys(connection, channel, [item.event for item in items]), strict=True))
    rows = await statements.unsettled_replies_to(
        connection, channel.workspace_id, channel.id, profiles=list(people.values()), keys=sorted(set(keys.values()))
    )
    await history.lock_conversations(connection, channel.workspace_id, {row["conversation_id"] for row in rows})
    recognised: list[tuple[Item, asyncpg.Record]] = []
    foreign: list[Item] = []
    for item in items:
        near = [row for row in rows if row["profile_id"] == people[item.key] or row["thread_key"] == keys[item.key]]
        same = [row for row in near if row["state"] == ReplyState.UNKNOWN and row["text"].strip() == (item.event.text or "").strip()]
        if same:
            recognised.append((item, same[0]))
            rows.remove(same[0])
        elif any(row["state"] == ReplyState.SENDING for row in near):
            recorded.waits_for[item.key] = _reference(item)
        else:
            foreign.append(item)
    return recognised, foreign


async def _move(  # noqa: PLR0913 - the parts of one move
    connection: Connection,
    channel: ConnectedChannel,
    reply: asyncpg.Record,
    *,
    state: ReplyState,
    states: Sequence[ReplyState],
    external_id: str | None,
    recorded: "Recorded",
    now: datetime,
    reason: str = "",
) -> None:
    moved = await statements.settle_reply(
        connection,
        channel.workspace_id,
        reply["id"],
        states=states,
        state=state,
        reason=reason,
        external_id=external_id,
        now=now,
    )
    if moved is not None:
        recorded.events.extend(await outcomes.conclude(connection, channel.workspace_id, moved, now=now))
        if external_id:
            recorded.arrived.append(external_id)
