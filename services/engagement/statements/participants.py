"""Statement of who takes part in threads and who answered whom, by the newest thousand entries of each. As `app`."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from services.contracts.ids import WorkspaceId
from services.engagement.statements.reading import LEAD
from services.kit.db import Connection


async def participation_of(connection: Connection, workspace: WorkspaceId, conversations: Sequence[UUID]) -> list[asyncpg.Record]:
    """A row per thread: `participants` and `exchanges` as JSON, the most talkative first, 100 of each at most.

    Those merged into a thread count with it. An exchange from nobody is ours.
    """
    return await connection.fetch(
        f"""
        SELECT o.id AS conversation_id, people.listed AS participants, answers.listed AS exchanges
        FROM conversation o
        CROSS JOIN LATERAL (
            SELECT coalesce(jsonb_agg(p ORDER BY p.message_count DESC, p.last_at DESC), '[]') AS listed FROM (
                SELECT r.profile_id, (array_agg(r.author_name ORDER BY r.occurred_at DESC))[1] AS name,
                    (array_agg(r.author_handle ORDER BY r.occurred_at DESC))[1] AS handle, count(*)::int AS message_count,
                    min(r.occurred_at) AS first_at, max(r.occurred_at) AS last_at
                FROM {_NEWEST} r WHERE r.direction = 'inbound'
                GROUP BY r.profile_id ORDER BY count(*) DESC, max(r.occurred_at) DESC LIMIT 100
            ) p
        ) people
        CROSS JOIN LATERAL (
            SELECT coalesce(jsonb_agg(e ORDER BY e.count DESC, e.last_at DESC), '[]') AS listed FROM (
                SELECT CASE WHEN r.direction = 'inbound' THEN r.profile_id END AS from_profile_id, r.reply_to_profile_id AS to_profile_id,
                    count(*)::int AS count, max(r.occurred_at) AS last_at
                FROM {_NEWEST} r WHERE r.reply_to_profile_id IS NOT NULL
                GROUP BY 1, 2 ORDER BY count(*) DESC, max(r.occurred_at) DESC LIMIT 100
            ) e
        ) answers
        WHERE o.workspace_id = $1 AND o.id = ANY($2)
        """,
        workspace,
        list(conversations),
    )


_NEWEST = f"""(
    SELECT row.* FROM (
        SELECT {LEAD} AS id
        UNION ALL
        SELECT g.id FROM conversation g WHERE g.workspace_id = $1 AND g.survivor_id = {LEAD}
    ) t
    CROSS JOIN LATERAL (
        SELECT h.profile_id, h.author_name, h.author_handle, h.occurred_at, h.direction, h.reply_to_profile_id FROM interaction h
        WHERE h.workspace_id = $1 AND h.conversation_id = t.id AND h.kind <> 'note'
        ORDER BY h.occurred_at DESC, h.id DESC LIMIT 1000
    ) row
)"""
