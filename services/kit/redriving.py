"""REST of dead letters, the same in every service: list, hand over one, hand over all. Mounted by each service's `api`.

The paths carry the service's name, so that the gateway hands them on as they are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from services.kit import dead_letters
from services.kit.access import Caller, require
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.dead_letters import DeadLetter
from services.kit.errors import NotFoundError
from services.kit.idempotency import once_detached
from services.kit.pagination import MAX_LIMIT, After, Limit, Page, cut_page, decode_cursor
from services.kit.subscriptions import RedriveFailedError, Subscription, redrive

Operator = Annotated[Caller, Depends(require("operations:write"))]


class DeadLetterNotFoundError(NotFoundError):
    """No such dead letter in this workspace, or its consumer is no longer here."""

    code = "dead_letter_not_found"
    title = "There is no such dead letter"


@dataclass(frozen=True, slots=True)
class Graveyard:
    """Where a service's letters lie, and who takes them once more. `database` is of the role `app`."""

    database: Database
    subscriptions: Sequence[Subscription]
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class RedrivenView:
    """How many letters their consumers took, and how many failed again and stay; at most 100 are tried at once."""

    redriven: int
    failed: int


def dead_letter_routes(service: str, graveyard_of: Callable[[Request], Graveyard]) -> APIRouter:
    """`/v1/<service>/dead-letters`, for callers with operations:write."""
    router = APIRouter(prefix=f"/v1/{service}/dead-letters", tags=["operations"])
    yard_of = Depends(graveyard_of)

    async def list_dead_letters(
        caller: Operator, yard: Annotated[Graveyard, yard_of], limit: Limit = 50, after: After = None
    ) -> Page[DeadLetter]:
        """Events that failed to the end, the newest first; never what they say."""
        position = None if after is None else decode_cursor(after, (UUID,))[0]
        async with yard.database.transaction(caller.workspace_id) as connection:
            found = await dead_letters.list_dead_letters(connection, caller.workspace_id, after=position, limit=limit + 1)
        return cut_page(found, limit=limit, key=lambda letter: (letter.id,))

    async def redrive_dead_letter(request: Request, letter_id: UUID, caller: Operator, yard: Annotated[Graveyard, yard_of]) -> Response:
        """Hand a dead letter to its consumer once more, after a fix. 409 where it fails again; it then stays as it was."""

        async def work() -> tuple[int, object]:
            if not await redrive(yard.database, yard.subscriptions, caller.workspace_id, letter_id, clock=yard.clock):
                raise DeadLetterNotFoundError
            return 202, None

        return await once_detached(request, yard.database, caller, work)

    async def redrive_dead_letters(request: Request, caller: Operator, yard: Annotated[Graveyard, yard_of]) -> Response:
        """Hand the newest letters that were not redriven yet to their consumers once more. Call again while it redrives any."""

        async def work() -> tuple[int, object]:
            return 200, await _redrive_all(yard, caller)

        return await once_detached(request, yard.database, caller, work)

    router.add_api_route("", list_dead_letters, methods=["GET"])
    router.add_api_route("/redrive", redrive_dead_letters, methods=["POST"], response_model=RedrivenView)
    router.add_api_route("/{letter_id}/redrive", redrive_dead_letter, methods=["POST"], status_code=202)
    return router


async def _redrive_all(yard: Graveyard, caller: Caller) -> RedrivenView:
    async with yard.database.transaction(caller.workspace_id) as connection:
        letters = await dead_letters.waiting_letters(connection, caller.workspace_id, limit=MAX_LIMIT)
    redriven = failed = 0
    for letter in letters:
        try:
            done = await redrive(yard.database, yard.subscriptions, caller.workspace_id, letter, clock=yard.clock)
        except RedriveFailedError:
            done = False
        redriven, failed = (redriven + 1, failed) if done else (redriven, failed + 1)
    return RedrivenView(redriven=redriven, failed=failed)
