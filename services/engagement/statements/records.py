"""Statements of what lists say of people, which stands in their history without channel and thread. As `app`."""

from collections.abc import Sequence
from datetime import datetime

from services.contracts.ids import WorkspaceId
from services.kit.db import Connection

# By the profiles in $2, until $3: used by `erasing`.
REMOVED_RECORDS = """
DELETE FROM interaction WHERE workspace_id = $1 AND profile_id = ANY($2::uuid[]) AND conversation_id IS NULL
  AND least(occurred_at, received_at) <= $3
"""


async def keep_records(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]], *, now: datetime) -> None:
    """Keep each once, at its earliest time; rows are (id, profile, kind, at, network, scope, whom they follow), one per id.

    What is of a time for which a person was erased is not written.
    """
    await connection.execute(
        """
        INSERT INTO interaction (workspace_id, id, profile_id, external_id, kind, direction, public, occurred_at, received_at, source,
            author_network, author_scope, author_external_id, venue_network, venue_scope, venue_external_id, venue_control, venue_media,
            addressed, conversation_version, native, ledger_reason, task_version)
        SELECT $1, r.id, r.profile_id, '', r.kind, 'inbound', r.kind = 'follow', r.at, $9, 'import',
            r.network, r.scope, '', r.network, r.scope, r.whom, 'ours', 'owned', 'us', 0, false, '', 0
        FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[], $6::text[], $7::text[], $8::text[])
            AS r (id, profile_id, kind, at, network, scope, whom)
        WHERE NOT EXISTS (SELECT FROM erased e WHERE e.workspace_id = $1 AND e.subject_id = r.profile_id AND e.erased_at >= r.at)
        ORDER BY r.id
        ON CONFLICT ON CONSTRAINT interaction_pkey DO UPDATE SET occurred_at = EXCLUDED.occurred_at
        WHERE EXCLUDED.occurred_at < interaction.occurred_at
        """,
        workspace,
        *[list(column) for column in zip(*rows, strict=True)],
        now,
    )
