"""Whether whom a member names works here. Called where an owner is given or a colleague is mentioned; writes nothing."""

from collections.abc import Collection, Sequence

from services.contracts.ids import MemberId, WorkspaceId
from services.engagement.errors import MemberNotFoundError
from services.engagement.statements import members
from services.kit.db import Connection


async def refuse_strangers(connection: Connection, workspace: WorkspaceId, named: Collection[MemberId]) -> None:
    """Raise MemberNotFoundError where one of them does not work here, or no longer.

    Nobody is a stranger in a workspace whose members identity has not told yet.
    """
    if named and await members.strangers(connection, workspace, sorted(set(named))):
        raise MemberNotFoundError("Name members who work here now; GET /v1/members tells them.")


async def first_at_work(connection: Connection, workspace: WorkspaceId, candidates: Sequence[MemberId]) -> MemberId | None:
    """The first of these who works here; None where nobody does."""
    strangers = {row["id"] for row in await members.strangers(connection, workspace, candidates)} if candidates else set()
    return next((each for each in candidates if each not in strangers), None)
