"""Statements about whose profile each is and what people are to the company, as identity told. All as `app`."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from services.contracts.ids import WorkspaceId
from services.kit.db import Connection


async def keep_memberships(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]]) -> None:
    """Keep the newest; rows are (profile, contact, version), one per profile."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    await connection.execute(
        """
        INSERT INTO profile_contact (workspace_id, profile_id, contact_id, version)
        SELECT $1, m.profile_id, m.contact_id, m.version
        FROM unnest($2::uuid[], $3::uuid[], $4::integer[]) AS m (profile_id, contact_id, version)
        WHERE NOT EXISTS (SELECT FROM erased e WHERE e.workspace_id = $1 AND e.subject_id = m.profile_id AND e.version >= m.version)
        ORDER BY m.profile_id
        ON CONFLICT ON CONSTRAINT profile_contact_pkey DO UPDATE SET contact_id = excluded.contact_id, version = excluded.version
        WHERE profile_contact.version < excluded.version
        """,
        workspace,
        *columns,
    )


async def keep_kinds(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]]) -> set[UUID]:
    """Keep the newest; rows are (profile, kinds as JSON, version), one per profile. Gives those of which it was news."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    found = await connection.fetch(
        """
        INSERT INTO profile_kind (workspace_id, profile_id, kinds, version)
        SELECT $1, k.profile_id, k.kinds::jsonb, k.version
        FROM unnest($2::uuid[], $3::text[], $4::integer[]) AS k (profile_id, kinds, version)
        WHERE NOT EXISTS (SELECT FROM erased e WHERE e.workspace_id = $1 AND e.subject_id = k.profile_id AND e.version >= k.version)
        ORDER BY k.profile_id
        ON CONFLICT ON CONSTRAINT profile_kind_pkey DO UPDATE SET kinds = excluded.kinds, version = excluded.version
        WHERE profile_kind.version < excluded.version RETURNING profile_id
        """,
        workspace,
        *columns,
    )
    return {row["profile_id"] for row in found}


async def kinds_of_profiles(connection: Connection, workspace: WorkspaceId, profiles: Sequence[UUID]) -> list[asyncpg.Record]:
    """For each profile the kinds kept on it and on the other profiles of its contact, a row each; none where there are none."""
    return await connection.fetch(
        """
        SELECT asked.id AS profile_id, held.kinds FROM unnest($2::uuid[]) AS asked (id)
        CROSS JOIN LATERAL (
            SELECT asked.id UNION
            SELECT peer.profile_id FROM profile_contact AS own
            JOIN profile_contact AS peer ON peer.workspace_id = $1 AND peer.contact_id = own.contact_id
            WHERE own.workspace_id = $1 AND own.profile_id = asked.id
        ) AS circle (profile_id)
        JOIN profile_kind AS held ON held.workspace_id = $1 AND held.profile_id = circle.profile_id
        ORDER BY asked.id, held.profile_id
        """,
        workspace,
        list(profiles),
    )
