"""Which conversation an event joins, where more than its own fields decide: mail names earlier messages, or only a subject.

Called by recording inside its transaction. Costs nothing for a batch whose events name neither.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from services.contracts.interaction import NeutralEvent, conversation_key
from services.engagement.reading import key_of, key_of_parts, text_of
from services.engagement.registry import ConnectedChannel
from services.engagement.statements import joining as statements
from services.kit.db import Connection

# Without a reference, a message joins what was said under the same subject this lately.
SAME_MATTER = timedelta(days=30)


async def conversation_keys(connection: Connection, channel: ConnectedChannel, events: Sequence[NeutralEvent]) -> list[bytes]:
    """The key of each event's conversation, in their order.

    It is that of the message itself where it is known, else of the nearest ancestor that is, else of the thread before where that
    was active lately, else what the event's own fields say.
    """
    asking = [event for event in events if event.ancestors or event.thread_before]
    if not asking:
        return [key_of(event) for event in events]
    of_message = await _known(connection, channel, asking)
    active = await _active(connection, channel, asking)
    keys: list[bytes] = []
    for event in events:
        key = _key(event, of_message=of_message, active=active)
        of_message[text_of(event.id) or ""] = key
        if event.thread_before:
            active.add(key)
        keys.append(key)
    return keys


def _key(event: NeutralEvent, *, of_message: dict[str, bytes], active: set[bytes]) -> bytes:
    if event.ancestors or event.thread_before:
        named = next((of_message[each] for each in _names(event) if each in of_message), None)
        if named is not None:
            return named
        before = _key_before(event)
        if before is not None and before in active:
            return before
    return key_of(event)


def _names(event: NeutralEvent) -> Iterable[str]:
    return (text_of(each) or "" for each in (event.id, *event.ancestors))


def _key_before(event: NeutralEvent) -> bytes | None:
    """The key that the event would have had under its earlier thread."""
    if event.thread_before is None:
        return None
    kind, *_ = conversation_key(event)
    return key_of_parts((kind, event.thread_before))


async def _known(connection: Connection, channel: ConnectedChannel, events: Sequence[NeutralEvent]) -> dict[str, bytes]:
    names = sorted({name for event in events for name in _names(event)})
    rows = await statements.conversations_of_messages(connection, channel.workspace_id, channel.id, names)
    return {row["external_id"]: row["key"] for row in rows}


async def _active(connection: Connection, channel: ConnectedChannel, events: Sequence[NeutralEvent]) -> set[bytes]:
    """Earlier threads in which something was said within 30 days before the event that asks for them."""
    asked = {key: event.occurred_at for event in events if (key := _key_before(event)) is not None}
    if not asked:
        return set()
    rows = await statements.activity_of_conversations(connection, channel.workspace_id, channel.id, sorted(asked))
    return {row["key"] for row in rows if row["last_activity_at"] >= asked[row["key"]] - SAME_MATTER}
