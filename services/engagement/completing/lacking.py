"""What the events of a batch lack, and what is known of their people already. Called by recording inside its transaction.

Costs nothing for channels whose connector has no `Completes`. Never calls a platform.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import asyncpg
import msgspec
import structlog

from services.contracts.events import InteractionReceived
from services.contracts.interaction import NeutralEvent
from services.engagement.protocol import Completes, Lack
from services.engagement.reading import Reader
from services.engagement.registry import ConnectedChannel
from services.engagement.statements import completing as statements
from services.kit.db import Connection

# Names change; a person who writes after so long is asked for again.
FACTS_HOLD = timedelta(days=7)
# Triage of words that are on their way would be triage of nothing: it waits for them so long, and not longer.
HELD = timedelta(seconds=5)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Looked:
    """Events with the names that are known, and what each still lacks, aligned."""

    events: Sequence[NeutralEvent]
    lacks: Sequence[Lack | None]


async def look_at(
    connection: Connection, channel: ConnectedChannel, events: Sequence[NeutralEvent], *, reader: Reader, now: datetime
) -> Looked:
    """What these events lack; people of whom the platform was asked lately are named at once, and not asked for again."""
    if channel.completes is None:
        return Looked(events, [None] * len(events))
    lacks = [_lack(channel.completes, event) for event in events]
    nameless = sorted({reader.profile_of(event.author) for event, lack in zip(events, lacks, strict=True) if lack is Lack.NAME})
    rows = await statements.facts_of(connection, channel.workspace_id, nameless, since=now - FACTS_HOLD) if nameless else []
    facts = {row["profile_id"]: row for row in rows}
    looked = [_named(event, lack, facts.get(reader.profile_of(event.author))) for event, lack in zip(events, lacks, strict=True)]
    return Looked([event for event, _ in looked], [lack for _, lack in looked])


async def want(
    connection: Connection, channel: ConnectedChannel, lacking: Sequence[tuple[InteractionReceived, Lack]], *, now: datetime
) -> list[InteractionReceived]:
    """Note what is to be asked for; gives those whose arrival is held back until then."""
    rows = [
        (received.interaction_id, lack.value, msgspec.json.encode(received), now + HELD if _is_held(received, lack) else None, now)
        for received, lack in lacking
    ]
    if rows:
        await statements.want(connection, channel.workspace_id, channel.id, rows)
    return [received for received, lack in lacking if _is_held(received, lack)]


def _is_held(received: InteractionReceived, lack: Lack) -> bool:
    return lack is Lack.WORDS and not received.historic


def _lack(connector: Completes, event: NeutralEvent) -> Lack | None:
    try:
        return connector.lacks(event)
    except Exception as error:  # noqa: BLE001 - the edge to a connector: what it cannot judge is recorded as it is
        log.warning("lack_not_judged", kind=event.kind.value, error=type(error).__name__)
        return None


def _named(event: NeutralEvent, lack: Lack | None, facts: asyncpg.Record | None) -> tuple[NeutralEvent, Lack | None]:
    if lack is not Lack.NAME or facts is None:
        return event, lack
    author = event.author
    told = replace(
        author,
        handle=author.handle or facts["handle"],
        name=author.name or facts["name"],
        avatar_url=author.avatar_url or facts["avatar_url"],
    )
    return replace(event, author=told), None
