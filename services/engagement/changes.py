"""Edits and deletions of what we sent: asked for here, made by the sender. Called by the REST edge, in its transaction.

Nothing is changed in the history before the platform has changed it.
"""

from datetime import datetime

import asyncpg

from services.contracts.ids import MemberId
from services.contracts.vocabulary import ChangeKind, ChangeState, Kind, ReplyState
from services.engagement.errors import NotSupportedByPlatformError, ReplyNotFoundError, ReplySettledError, UnsendableReplyError
from services.engagement.outcomes import OUT
from services.engagement.protocol import Deletes, Edits, OutboundReply, UnsendableError, refuse_unsendable
from services.engagement.registry import ConnectedChannel
from services.engagement.statements import changes as statements
from services.engagement.statements import history
from services.engagement.statements import replies as reply_statements
from services.kit.db import Connection


async def edit_reply(
    connection: Connection, channel: ConnectedChannel, reply: asyncpg.Record, *, text: str, member: MemberId | None, now: datetime
) -> asyncpg.Record:
    """Ask the platform for a new text. Raises NotSupportedByPlatformError, UnsendableReplyError, ReplySettledError."""
    if not isinstance(channel.connector, Edits):
        raise NotSupportedByPlatformError("This platform does not let us edit what we said.")
    outbound = OutboundReply(id=str(reply["id"]), kind=Kind(reply["kind"]), attempted_at=now, text=text)
    try:
        refuse_unsendable(outbound, declaration=channel.connector.declaration, config=channel.facts.config)
    except UnsendableError as error:
        raise UnsendableReplyError(error.reason) from error
    return await _ask(connection, channel, reply, kind=ChangeKind.EDIT, text=text, member=member, now=now)


async def delete_reply(
    connection: Connection, channel: ConnectedChannel, reply: asyncpg.Record, *, member: MemberId | None, now: datetime
) -> asyncpg.Record:
    """Ask the platform to take it back. Raises NotSupportedByPlatformError, ReplySettledError."""
    if not isinstance(channel.connector, Deletes):
        raise NotSupportedByPlatformError("This platform does not let us take back what we said.")
    return await _ask(connection, channel, reply, kind=ChangeKind.DELETION, text=None, member=member, now=now)


async def _ask(  # noqa: PLR0913 - the parts of one change
    connection: Connection,
    channel: ConnectedChannel,
    reply: asyncpg.Record,
    *,
    kind: ChangeKind,
    text: str | None,
    member: MemberId | None,
    now: datetime,
) -> asyncpg.Record:
    workspace = channel.workspace_id
    await history.lock_conversations(connection, workspace, {reply["conversation_id"]})
    asked = await statements.ask_change(connection, workspace, reply["id"], kind=kind, text=text, member=member, now=now)
    if asked is not None:
        return asked
    present = await reply_statements.replies_by_id(connection, workspace, [reply["id"]])
    if not present:
        raise ReplyNotFoundError
    raise ReplySettledError(_obstacle(present[0]))


def _obstacle(reply: asyncpg.Record) -> str:
    """Why a reply cannot be changed now, and what to do instead."""
    if reply["state"] == ReplyState.QUEUED:
        return "It is not sent yet: cancel it and post another."
    if ReplyState(reply["state"]) not in OUT:
        return f"It is {reply['state']}: only what is known to be sent can be changed."
    if reply["change_kind"] == ChangeKind.DELETION and reply["change_state"] == ChangeState.DONE:
        return "It has been deleted."
    if reply["external_id"] is None:
        return "The platform did not say what it calls this reply, so it cannot be changed from here."
    return "An earlier change of it is still being made: wait for its end."
