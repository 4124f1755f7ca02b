"""How the company came to know of people (W1): read for contacts, and counted over the workspace. As `app`.

Kept with each profile as bits, in the order of ORDER, which only grows at its end.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

import asyncpg

from services.contracts.ids import WorkspaceId
from services.contracts.stakeholders import Encounter
from services.identity.statements.contacts import CANONICAL
from services.kit.db import Connection

ORDER = (
    Encounter.WROTE,
    Encounter.FOLLOWED,
    Encounter.REACTED,
    Encounter.BOUGHT,
    Encounter.MENTIONED,
    Encounter.ADDRESSED,
    Encounter.RECORDED,
)
_OF_CONTACTS = f"""
SELECT asked.position, bit_or(profile.encounters) AS bits
FROM unnest($2::uuid[]) WITH ORDINALITY AS asked (id, position) {CANONICAL}
JOIN membership ON membership.workspace_id = $1 AND membership.contact_id = contact.id
JOIN profile ON profile.workspace_id = $1 AND profile.id = membership.profile_id
GROUP BY asked.position
"""
_COUNTS = """
SELECT known.bits, count(*) AS count
FROM (SELECT id FROM contact WHERE workspace_id = $1 AND size > 0 ORDER BY id DESC LIMIT $2) AS listed
CROSS JOIN LATERAL (
    SELECT bit_or(profile.encounters) AS bits FROM membership
    JOIN profile ON profile.workspace_id = $1 AND profile.id = membership.profile_id
    WHERE membership.workspace_id = $1 AND membership.contact_id = listed.id
) AS known GROUP BY known.bits
"""


def bits_of(encounters: Collection[Encounter]) -> int:
    """As they are kept."""
    return sum(1 << place for place, each in enumerate(ORDER) if each in encounters)


def encounters_of(bits: int) -> tuple[Encounter, ...]:
    """As they are told, in the order of ORDER."""
    return tuple(each for place, each in enumerate(ORDER) if bits >> place & 1)


async def encounters_of_contacts(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[tuple[Encounter, ...]]:
    """Aligned with `ids`, which are contacts under any id they ever had: over all their profiles."""
    found: list[tuple[Encounter, ...]] = [()] * len(ids)
    for row in await connection.fetch(_OF_CONTACTS, workspace, ids):
        found[row["position"] - 1] = encounters_of(row["bits"])
    return found


async def counted_contacts(connection: Connection, workspace: WorkspaceId, *, most: int) -> list[asyncpg.Record]:
    """How many contacts are known in which ways (`bits`), over the newest `most`."""
    return await connection.fetch(_COUNTS, workspace, most)
