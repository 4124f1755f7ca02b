"""Statements by which everybody that is known goes out, profile by profile. As `app`; called by `transfer.exporting`."""

from uuid import UUID

import asyncpg

from services.contracts.ids import WorkspaceId
from services.kit.db import Connection


def _with_facts(page: str) -> str:
    """The profiles of a page with what is known of them, looked up for each by its keys."""
    return f"""
        SELECT profile.id, membership.contact_id, profile.network, profile.scope, profile.external_id, profile.handle, profile.name,
            profile.language, profile.bio, profile.avatar_url, profile.followers, profile.first_seen_at,
            held.types, held.values, held.verified, linked.links, attributed.keys, attributed.texts
        FROM ({page}) AS profile
        JOIN membership ON membership.workspace_id = $1 AND membership.profile_id = profile.id
        CROSS JOIN LATERAL (
            SELECT coalesce(array_agg(type ORDER BY type, value), '{{}}') AS types,
                coalesce(array_agg(value ORDER BY type, value), '{{}}') AS values,
                coalesce(array_agg(verified_at IS NOT NULL ORDER BY type, value), '{{}}') AS verified
            FROM profile_identifier WHERE workspace_id = $1 AND profile_id = profile.id AND type IN ('email', 'phone')
        ) AS held
        CROSS JOIN LATERAL (
            SELECT coalesce(array_agg(value ORDER BY value), '{{}}') AS links
            FROM profile_value WHERE workspace_id = $1 AND profile_id = profile.id AND attribute = 'link'
        ) AS linked
        CROSS JOIN LATERAL (
            SELECT coalesce(array_agg(key ORDER BY key), '{{}}') AS keys, coalesce(array_agg(value ORDER BY key), '{{}}') AS texts
            FROM profile_attribute WHERE workspace_id = $1 AND profile_id = profile.id
        ) AS attributed
        ORDER BY profile.id
    """


_ALL = _with_facts("SELECT * FROM profile WHERE workspace_id = $1 AND id > $2 ORDER BY id LIMIT $3")
_LABELLED = _with_facts(
    """
    SELECT profile.* FROM profile WHERE workspace_id = $1 AND id > $2 AND EXISTS (
        SELECT FROM membership AS own
        JOIN membership AS beside ON beside.workspace_id = $1 AND beside.contact_id = own.contact_id
        JOIN profile_label AS label ON label.workspace_id = $1 AND label.profile_id = beside.profile_id AND label.label_id = $4
        WHERE own.workspace_id = $1 AND own.profile_id = profile.id
    ) ORDER BY id LIMIT $3
    """
)
_OF_CONTACTS = _with_facts(
    """
    SELECT profile.* FROM profile WHERE workspace_id = $1 AND id > $2 AND id = ANY(ARRAY(
        SELECT profile_id FROM membership WHERE workspace_id = $1 AND contact_id = ANY($4::uuid[])
    )) ORDER BY id LIMIT $3
    """
)


async def exported_profiles(
    connection: Connection, workspace: WorkspaceId, *, after: UUID, limit: int, label: UUID | None, contacts: list[UUID] | None
) -> list[asyncpg.Record]:
    """The next profiles by id: all, those of contacts with a label, or those of these contacts."""
    if contacts is not None:
        return await connection.fetch(_OF_CONTACTS, workspace, after, limit, contacts)
    if label is not None:
        return await connection.fetch(_LABELLED, workspace, after, limit, label)
    return await connection.fetch(_ALL, workspace, after, limit)
