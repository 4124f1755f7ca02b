"""News of what we sent: echoes settle a reply, receipts move it on. Called by recording inside its transaction.

Never makes a message of an echo that is ours; an echo that is nobody's reply is a colleague's native message.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import asyncpg

from services.contracts.vocabulary import ReplyState
from services.engagement import outcomes
from services.engagement.registry import ConnectedChannel
from services.engagement.statements import replies as statements
from services.kit.db import Connection

if TYPE_CHECKING:
    from services.engagement.recording import Item, Recorded

UNSETTLED = (ReplyState.QUEUED, ReplyState.SENDING, ReplyState.UNKNOWN, ReplyState.FAILED)
BEFORE = {
    ReplyState.SENT: (ReplyState.SENDING, ReplyState.UNKNOWN),
    ReplyState.DELIVERED: (ReplyState.SENDING, ReplyState.UNKNOWN, ReplyState.SENT),
    ReplyState.READ: (ReplyState.SENDING, ReplyState.UNKNOWN, ReplyState.SENT, ReplyState.DELIVERED),
    ReplyState.FAILED: (ReplyState.SENDING, ReplyState.UNKNOWN, ReplyState.SENT),
}


async def settle_echoes(
    connection: Connection, channel: ConnectedChannel, items: "Sequence[Item]", *, recorded: "Recorded", now: datetime
) -> "list[Item]":
    """Settle the replies that these echoes prove to be sent; gives the items that are no reply of ours."""
    if not items:
        return []
    known = await _known(connection, channel, [item.event.echo_of or "" for item in items])
    foreign: list[Item] = []
    for item in items:
        reply = known.get(item.event.echo_of or "")
        if reply is None:
            foreign.append(item)
            continue
        await _move(
            connection, channel, reply, state=ReplyState.SENT, states=UNSETTLED, external_id=item.event.id, recorded=recorded, now=now
        )
    return foreign


async def settle_receipts(
    connection: Connection, channel: ConnectedChannel, items: "Sequence[Item]", *, recorded: "Recorded"
) -> None:
    """Move replies on by the platform's receipts; a receipt that came before its reply's id is known waits for it."""
    if not items:
        return
    receipts = [item.event.receipt for item in items]
    known = await _known(connection, channel, [receipt.external_id for receipt in receipts if receipt])
    for item in items:
        receipt = item.event.receipt
        if receipt is None or receipt.state not in BEFORE:
            continue
        reply = known.get(receipt.external_id)
        if reply is None:
            recorded.waits_for[item.key] = receipt.external_id
            continue
        await _move(
            connection,
            channel,
            reply,
            state=ReplyState(receipt.state),
            states=BEFORE[ReplyState(receipt.state)],
            external_id=None,
            recorded=recorded,
            now=item.event.occurred_at,
            reason=receipt.reason or "",
        )


async def _known(connection: Connection, channel: ConnectedChannel, references: Sequence[str]) -> dict[str, asyncpg.Record]:
    rows = await statements.replies_known_as(connection, channel.workspace_id, channel.id, references=references)
    known: dict[str, asyncpg.Record] = {}
    for row in rows:
        known[str(row["id"])] = row
        if row["external_id"]:
            known[row["external_id"]] = row
    return known


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
