"""Dead letters that cannot be read, one for each consumer: who redrives to a consumer that is not known is told that there is no letter."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from uuid import UUID

import orjson

from services.contracts.ids import WorkspaceId
from services.kit import dead_letters
from services.kit.db import Database
from services.kit.redriving import DeadLetterNotFoundError
from services.kit.subscriptions import RedriveFailedError, Subscription


async def unknown_consumers(
    database: Database, workspace: WorkspaceId, heard: Sequence[Subscription], *, redrive: Callable[[WorkspaceId, UUID], Awaitable[None]]
) -> list[str]:
    """Bury a letter for each consumer and redrive it; gives the consumers that nobody knew."""
    for each in heard:
        await dead_letters.bury(
            database,
            consumer=each.durable,
            payload=orjson.dumps({"id": "1"}),
            subject=f"{each.subjects[0].rpartition('.')[0]}.{workspace}",
            reason="because",
            attempts=8,
            now=datetime.now(UTC),
        )
    async with database.transaction(workspace) as connection:
        letters = await dead_letters.list_dead_letters(connection, workspace, after=None, limit=len(heard) + 1)
    assert len(letters) == len(heard)
    return [letter.consumer for letter in letters if not await _known(redrive, workspace, letter.id)]


async def _known(redrive: Callable[[WorkspaceId, UUID], Awaitable[None]], workspace: WorkspaceId, letter: UUID) -> bool:
    try:
        await redrive(workspace, letter)
    except RedriveFailedError:
        return True
    except DeadLetterNotFoundError:
        return False
    return True
