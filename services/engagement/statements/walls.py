"""Statements of the report of walls: who is owed an answer and does not get it. As `app`; they read what is owed, by its index."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import WorkspaceId
from services.engagement.statements.reading import INTERACTION, LEAD, REPLY, Position
from services.kit.db import Connection
from services.kit.ids import FIRST_ID

MOST_READ = 100_000
_BEGINNING = (datetime.min.replace(tzinfo=UTC), FIRST_ID)
# A look-up of one row each, which no plan can turn into reading a workspace's tasks or people from end to end. What a statement does
# not show, nor narrow by, is not looked up.
_TASK = (
    "LEFT JOIN LATERAL (SELECT * FROM conversation_task k WHERE k.workspace_id = $1 AND k.task_id = i.task_id LIMIT 1) t ON NOT t.closed"
)
_DISCIPLINE = "coalesce(t.discipline, i.discipline)"
_MEMBER = f"""coalesce(t.member_id, (
    SELECT lead.owner_id FROM conversation o JOIN conversation lead ON lead.workspace_id = $1 AND lead.id = {LEAD}
    WHERE o.workspace_id = $1 AND o.id = i.conversation_id
))"""
_CONTACT = "(SELECT p.contact_id FROM profile_contact p WHERE p.workspace_id = $1 AND p.profile_id = i.profile_id)"
_UNANSWERED = f"""
    SELECT i.id, i.occurred_at, i.channel_id, i.due_at, {_DISCIPLINE} AS discipline, {_MEMBER} AS member_id,
        coalesce({_CONTACT}, i.profile_id) AS person
    FROM interaction i {_TASK}
    WHERE i.workspace_id = $1 AND i.ledger = 'owed'
      AND (i.due_at < $2 OR (i.due_at IS NULL AND i.received_at < $3) OR i.occurred_at < $4)
      AND ($5::uuid IS NULL OR {_CONTACT} = $5) AND ($6::uuid IS NULL OR i.profile_id = $6)
      AND ($7::uuid IS NULL OR i.channel_id = $7)
      AND ($8::text IS NULL OR {_DISCIPLINE} = $8) AND (NOT $9::boolean OR {_DISCIPLINE} IS NULL)
      AND ($10::uuid IS NULL OR {_MEMBER} = $10) AND (NOT $11::boolean OR {_MEMBER} IS NULL)
    ORDER BY i.due_at LIMIT {MOST_READ + 1}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """What counts as unanswered: due before a time, without a due time since one, or said before one; and what narrows it.

    `untriaged` and `unassigned` narrow to what has no discipline, and no member.
    """

    due_before: datetime | None
    undue_since: datetime | None
    said_before: datetime | None
    contact: UUID | None = None
    profile: UUID | None = None
    channel: UUID | None = None
    discipline: str | None = None
    untriaged: bool = False
    member: UUID | None = None
    unassigned: bool = False

    def values(self) -> tuple[object, ...]:
        """The parameters from $2 to $11."""
        return (
            self.due_before,
            self.undue_since,
            self.said_before,
            self.contact,
            self.profile,
            self.channel,
            self.discipline,
            self.untriaged,
            self.member,
            self.unassigned,
        )


async def walls_page(
    connection: Connection, workspace: WorkspaceId, unanswered: Unanswered, *, after: Position, limit: int
) -> list[asyncpg.Record]:
    """A row per person, by their oldest unanswered interaction, whoever waits longest first; `count` is how many they have."""
    return await connection.fetch(
        f"""
        WITH people AS (
            SELECT DISTINCT ON (u.person) u.person, u.id, u.occurred_at, count(*) OVER of_person AS count,
                min(u.due_at) OVER of_person AS first_due_at
            FROM ({_UNANSWERED}) u WINDOW of_person AS (PARTITION BY u.person) ORDER BY u.person, u.occurred_at, u.id
        )
        SELECT p.id, p.occurred_at, {_CONTACT} AS contact_id, {_DISCIPLINE} AS discipline, {_MEMBER} AS member_id, p.count::int AS count,
            p.first_due_at AS due_at, i.profile_id, i.conversation_id, i.channel_id, ch.platform, i.venue_network, i.venue_scope,
            i.venue_external_id, i.venue_url, i.venue_title, i.venue_control, i.venue_media
        FROM (
            SELECT * FROM people WHERE (occurred_at, id) > ($12, $13) ORDER BY occurred_at, id LIMIT $14
        ) p
        JOIN interaction i ON i.workspace_id = $1 AND i.id = p.id
        JOIN channel ch ON ch.workspace_id = $1 AND ch.id = i.channel_id
        {_TASK}
        ORDER BY p.occurred_at, p.id
        """,
        workspace,
        *unanswered.values(),
        *(after or _BEGINNING),
        limit,
    )


async def wall_totals(connection: Connection, workspace: WorkspaceId, unanswered: Unanswered) -> list[asyncpg.Record]:
    """How many people and interactions, in all and by channel, discipline and member; `by` says which of them a row is of."""
    return await connection.fetch(
        f"""
        WITH unanswered AS ({_UNANSWERED})
        SELECT CASE grouping(u.channel_id, u.discipline, u.member_id) WHEN 3 THEN 'channel' WHEN 5 THEN 'discipline' WHEN 6 THEN 'member'
                ELSE 'all' END AS by,
            u.channel_id, u.discipline, u.member_id, count(*)::int AS interactions, count(DISTINCT u.person)::int AS people,
            min(u.occurred_at) AS since
        FROM unanswered u GROUP BY GROUPING SETS ((), (u.channel_id), (u.discipline), (u.member_id))
        ORDER BY interactions DESC, people DESC, u.channel_id, u.discipline, u.member_id
        """,
        workspace,
        *unanswered.values(),
    )


async def unanswered_page(
    connection: Connection, workspace: WorkspaceId, unanswered: Unanswered, *, after: Position, limit: int
) -> list[asyncpg.Record]:
    """The interactions themselves, the oldest first."""
    return await connection.fetch(
        f"""
        WITH unanswered AS ({_UNANSWERED})
        SELECT ch.platform, {INTERACTION}, {REPLY}
        FROM (SELECT * FROM unanswered WHERE (occurred_at, id) > ($12, $13) ORDER BY occurred_at, id LIMIT $14) u
        JOIN interaction i ON i.workspace_id = $1 AND i.id = u.id
        JOIN channel ch ON ch.workspace_id = $1 AND ch.id = i.channel_id
        LEFT JOIN reply r ON r.workspace_id = $1 AND r.interaction_id = i.id
        ORDER BY i.occurred_at, i.id
        """,
        workspace,
        *unanswered.values(),
        *(after or _BEGINNING),
        limit,
    )
