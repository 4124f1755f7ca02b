"""Statements of what people let us do and are to us, as identity told of it. All under row-level security, as `app`."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from services.contracts.ids import WorkspaceId
from services.kit.db import Connection


async def keep_words(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]]) -> None:
    """Keep the newest; rows are (profile, words as JSON, version), one per profile. What is older or erased changes nothing."""
    await connection.execute(
        """
        INSERT INTO profile_consent (workspace_id, profile_id, words, version)
        SELECT $1, p.profile_id, p.words::jsonb, p.version
        FROM unnest($2::uuid[], $3::text[], $4::integer[]) AS p (profile_id, words, version)
        WHERE NOT EXISTS (SELECT FROM erased e WHERE e.workspace_id = $1 AND e.subject_id = p.profile_id AND e.version >= p.version)
        ORDER BY p.profile_id
        ON CONFLICT ON CONSTRAINT profile_consent_pkey DO UPDATE SET words = excluded.words, version = excluded.version
        WHERE profile_consent.version < excluded.version
        """,
        workspace,
        *[list(column) for column in zip(*rows, strict=True)],
    )


async def keep_kinds(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]]) -> None:
    """Keep the newest; rows are (profile, kinds as JSON, version), one per profile. What is older or erased changes nothing."""
    await connection.execute(
        """
        INSERT INTO profile_kind (workspace_id, profile_id, kinds, version)
        SELECT $1, p.profile_id, p.kinds::jsonb, p.version
        FROM unnest($2::uuid[], $3::text[], $4::integer[]) AS p (profile_id, kinds, version)
        WHERE NOT EXISTS (SELECT FROM erased e WHERE e.workspace_id = $1 AND e.subject_id = p.profile_id AND e.version >= p.version)
        ORDER BY p.profile_id
        ON CONFLICT ON CONSTRAINT profile_kind_pkey DO UPDATE SET kinds = excluded.kinds, version = excluded.version
        WHERE profile_kind.version < excluded.version
        """,
        workspace,
        *[list(column) for column in zip(*rows, strict=True)],
    )


async def keep_purposes(
    connection: Connection, workspace: WorkspaceId, *, keys: Sequence[str], granted: Sequence[str], version: int
) -> None:
    """Keep the workspace's purposes, where these are newer."""
    await connection.execute(
        """
        INSERT INTO consent_purpose (workspace_id, keys, granted, version) VALUES ($1, $2, $3, $4)
        ON CONFLICT ON CONSTRAINT consent_purpose_pkey
        DO UPDATE SET keys = excluded.keys, granted = excluded.granted, version = excluded.version
        WHERE consent_purpose.version < excluded.version
        """,
        workspace,
        list(keys),
        list(granted),
        version,
    )


async def words_of_people(connection: Connection, workspace: WorkspaceId, profiles: Sequence[UUID]) -> list[asyncpg.Record]:
    """For each profile `words` and `kinds`, lists of those of all profiles of the same person; the workspace's `keys` and `granted`."""
    return await connection.fetch(
        """
        SELECT asked.profile_id, purpose.keys, purpose.granted, said.words, said.kinds
        FROM (SELECT DISTINCT unnest($2::uuid[]) AS profile_id) AS asked
        LEFT JOIN consent_purpose purpose ON purpose.workspace_id = $1
        CROSS JOIN LATERAL (
            SELECT jsonb_agg(c.words) FILTER (WHERE c.words IS NOT NULL) AS words,
                jsonb_agg(k.kinds) FILTER (WHERE k.kinds IS NOT NULL) AS kinds
            FROM (
                SELECT asked.profile_id
                UNION
                SELECT other.profile_id FROM profile_contact own
                JOIN profile_contact other ON other.workspace_id = $1 AND other.contact_id = own.contact_id
                WHERE own.workspace_id = $1 AND own.profile_id = asked.profile_id
            ) AS person
            LEFT JOIN profile_consent c ON c.workspace_id = $1 AND c.profile_id = person.profile_id
            LEFT JOIN profile_kind k ON k.workspace_id = $1 AND k.profile_id = person.profile_id
        ) AS said
        """,
        workspace,
        list(profiles),
    )
