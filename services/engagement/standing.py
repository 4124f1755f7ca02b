"""Who acts for members who are away or have left, by the projection of members.

Called where something is given to somebody; writes nothing.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

import asyncpg

from services.contracts.ids import MemberId, WorkspaceId
from services.contracts.standing_in import Standing, stand_in
from services.engagement.statements import members
from services.kit.db import Connection


async def stand_ins(
    connection: Connection, workspace: WorkspaceId, wanted: Collection[MemberId], *, now: datetime
) -> dict[MemberId, MemberId | None]:
    """Who gets what would be theirs: themselves, or whoever acts for those who are away or have left."""
    if not wanted:
        return {}
    known = standings(await members.standings_of(connection, workspace, sorted(set(wanted))))
    return {each: stand_in(each, known, now=now) for each in wanted}


def standings(rows: Iterable[asyncpg.Record]) -> dict[MemberId, Standing]:
    """Rows of the projection as the rule of deputies takes them."""
    return {
        MemberId(row["id"]): Standing(
            active=row["active"],
            deputy_id=row["deputy_id"],
            absent_from=row["absent_from"],
            absent_until=row["absent_until"],
            successor_id=row["successor_id"],
        )
        for row in rows
    }
