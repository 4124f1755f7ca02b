"""What still arrives about people who were erased: it is not written again. Called by the inbound worker, in its transaction.

What they do after that is theirs to do: it begins a new history.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.contracts.interaction import Author, NeutralEvent
from services.engagement.reading import Reader
from services.engagement.recording import Item
from services.engagement.registry import ConnectedChannel
from services.engagement.statements import erasing as statements
from services.kit.db import Connection
from services.kit.erasing import erased_among


async def since_erasure(connection: Connection, channel: ConnectedChannel, items: Sequence[Item], *, reader: Reader) -> Sequence[Item]:
    """The items without those of people who were erased after them; the bodies of the latter go. Others lose the mention of them."""
    people = {profile for item in items for profile in _people_of(item.event, reader)}
    erased = await erased_among(connection, channel.workspace_id, sorted(people))
    if not erased:
        return items
    kept = [item for item in items if not _is_late(item.event, erased, reader)]
    dropped = {item.key for item in items} - {item.key for item in kept}
    if dropped:
        await statements.removed_bodies_of_keys(connection, channel.workspace_id, channel.id, sorted(dropped))
    return [replace(item, event=_without(item.event, erased, reader)) for item in kept]


def _people_of(event: NeutralEvent, reader: Reader) -> list[UUID]:
    parent = event.in_reply_to.author if event.in_reply_to else None
    told = [event.author, event.recipient, parent, *event.mentions]
    return [reader.profile_of(each) for each in told if each is not None]


def _is_late(event: NeutralEvent, erased: Mapping[UUID, datetime], reader: Reader) -> bool:
    until = erased.get(reader.person_of(event))
    return until is not None and event.occurred_at <= until


def _without(event: NeutralEvent, erased: Mapping[UUID, datetime], reader: Reader) -> NeutralEvent:
    def is_gone(author: Author | None) -> bool:
        until = None if author is None else erased.get(reader.profile_of(author))
        return until is not None and event.occurred_at <= until

    if event.in_reply_to is not None and is_gone(event.in_reply_to.author):
        event = replace(event, in_reply_to=replace(event.in_reply_to, author=None))
    return replace(event, mentions=tuple(each for each in event.mentions if not is_gone(each)))
