"""Statements that read contacts and profiles: one statement per batch call, as the role under row-level security.

Called by `contacts` and `batch`. A contact that was absorbed answers as the one in which its founder now is.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.events import ProfileAssigned
from services.contracts.ids import ContactId, ProfileId, WorkspaceId
from services.contracts.views import ContactView, IdentifierView, ProfileValueView, ProfileView
from services.identity.matching import unfit_reason
from services.kit.db import Connection
from services.kit.ids import FIRST_ID, LAST_ID

SEARCH_LIMIT_PROFILES = 1000

# A CRM knows a person's name best; then whoever was seen first. A handle stands in where nobody gave a name.
_NAME = """
(SELECT coalesce(profile.name, profile.handle) FROM membership
 JOIN profile ON profile.workspace_id = $1 AND profile.id = membership.profile_id
 WHERE membership.workspace_id = $1 AND membership.contact_id = contact.id
 ORDER BY profile.name IS NULL, profile.handle IS NULL, profile.network <> 'crm', profile.first_seen_at, profile.id
 LIMIT 1) AS name
"""
# CASE, not coalesce: PostgreSQL takes coalesce for leaky, and under row-level security what is leaky may not use the index.
CANONICAL = """
JOIN contact AS known ON known.workspace_id = $1 AND known.id = asked.id
LEFT JOIN membership AS founder
    ON known.size = 0 AND founder.workspace_id = $1 AND founder.profile_id = known.founder_id
JOIN contact ON contact.workspace_id = $1 AND contact.id = CASE WHEN founder.contact_id IS NULL THEN known.id ELSE founder.contact_id END
"""
_CONTACTS_BY_IDS = f"""
SELECT asked.position, contact.id, contact.created_at, contact.version, contact.changed_at, {_NAME}
FROM unnest($2::uuid[]) WITH ORDINALITY AS asked (id, position) {CANONICAL}
"""
_CONTACTS_BY_PROFILES = f"""
SELECT asked.position, contact.id, contact.created_at, contact.version, contact.changed_at, {_NAME}
FROM unnest($2::uuid[]) WITH ORDINALITY AS asked (id, position)
JOIN membership AS own ON own.workspace_id = $1 AND own.profile_id = asked.id
JOIN contact ON contact.workspace_id = $1 AND contact.id = own.contact_id
"""
_PAGE = f"""
SELECT contact.id, contact.created_at, contact.version, contact.changed_at, {_NAME}
FROM contact WHERE contact.workspace_id = $1 AND contact.size > 0 AND contact.id < $2
ORDER BY contact.id DESC LIMIT $3
"""
_SEARCH = f"""
SELECT contact.id, contact.created_at, contact.version, contact.changed_at, {_NAME}
FROM contact WHERE contact.workspace_id = $1 AND contact.size > 0 AND ($2::uuid IS NULL OR contact.id < $2)
AND contact.id IN (
    SELECT membership.contact_id FROM (
        (SELECT id FROM profile WHERE workspace_id = $1 AND name_key >= $4 AND name_key < $5 LIMIT {SEARCH_LIMIT_PROFILES})
        UNION ALL
        (SELECT id FROM profile WHERE workspace_id = $1 AND handle_key >= $4 AND handle_key < $5
         LIMIT {SEARCH_LIMIT_PROFILES})
        UNION ALL
        (SELECT profile_id FROM profile_identifier WHERE workspace_id = $1 AND type IN ('email', 'phone') AND key = ANY($6)
         LIMIT {SEARCH_LIMIT_PROFILES})
    ) AS found (profile_id)
    JOIN membership ON membership.workspace_id = $1 AND membership.profile_id = found.profile_id
)
ORDER BY contact.id DESC LIMIT $3
"""
_CHANGED_SINCE = f"""
SELECT contact.id, contact.created_at, contact.version, contact.changed_at, {_NAME}
FROM contact WHERE contact.workspace_id = $1 AND contact.size > 0 AND (contact.changed_at, contact.id) > ($2, $3)
ORDER BY contact.changed_at, contact.id LIMIT $4
"""
_PROFILE = """
profile.id, membership.contact_id, network, scope, external_id, handle, name, avatar_url, bio, followers,
membership.rule AS linked_by, membership.explanation, first_seen_at,
held.types, held.values, held.seen, held.verified, held.sources, held.linkable
"""
_IDENTIFIERS = """
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(type ORDER BY type, value), '{}') AS types,
        coalesce(array_agg(value ORDER BY type, value), '{}') AS values,
        coalesce(array_agg(first_seen_at ORDER BY type, value), '{}') AS seen,
        coalesce(array_agg(verified_at ORDER BY type, value), '{}') AS verified,
        coalesce(array_agg(source ORDER BY type, value), '{}') AS sources,
        coalesce(array_agg(linkable ORDER BY type, value), '{}') AS linkable
    FROM profile_identifier WHERE workspace_id = $1 AND profile_id = profile.id
) AS held
"""
_PROFILES_BY_IDS = f"""
SELECT asked.position, {_PROFILE}
FROM unnest($2::uuid[]) WITH ORDINALITY AS asked (id, position)
JOIN profile ON profile.workspace_id = $1 AND profile.id = asked.id
JOIN membership ON membership.workspace_id = $1 AND membership.profile_id = profile.id {_IDENTIFIERS}
"""
_PROFILES_BY_CONTACTS = f"""
SELECT asked.position, {_PROFILE}
FROM unnest($2::uuid[]) WITH ORDINALITY AS asked (id, position) {CANONICAL}
JOIN membership ON membership.workspace_id = $1 AND membership.contact_id = contact.id
JOIN profile ON profile.workspace_id = $1 AND profile.id = membership.profile_id {_IDENTIFIERS}
ORDER BY asked.position, profile.first_seen_at, profile.id
"""
_VALUES = """
SELECT asked.position, said.attribute, said.value, said.first_seen_at
FROM unnest($2::uuid[]) WITH ORDINALITY AS asked (id, position)
CROSS JOIN LATERAL (
    SELECT attribute, value, value_key, first_seen_at FROM profile_value
    WHERE workspace_id = $1 AND profile_id = asked.id
    ORDER BY attribute, first_seen_at DESC, value_key LIMIT 200
) AS said
ORDER BY asked.position, said.attribute, said.first_seen_at DESC, said.value_key
"""
_MEMBERSHIPS = """
SELECT profile_id, contact_id, version, rule, explanation FROM membership
WHERE workspace_id = $1 AND profile_id > $2 ORDER BY profile_id LIMIT $3
"""


async def contacts_of_ids(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[ContactView | None]:
    """Aligned with `ids`, each under its canonical id; None where there is none in this workspace."""
    return _aligned(await connection.fetch(_CONTACTS_BY_IDS, workspace, ids), len(ids))


async def contacts_of_profiles(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[ContactView | None]:
    """Aligned with the profile `ids`."""
    return _aligned(await connection.fetch(_CONTACTS_BY_PROFILES, workspace, ids), len(ids))


async def page_of_contacts(connection: Connection, workspace: WorkspaceId, *, after: UUID | None, limit: int) -> list[ContactView]:
    """The newest first."""
    return [_contact(row) for row in await connection.fetch(_PAGE, workspace, after or LAST_ID, limit)]


async def page_of_changed_contacts(
    connection: Connection, workspace: WorkspaceId, *, since: datetime, after: UUID, limit: int
) -> list[ContactView]:
    """Those changed longest ago first, after the contact `after` of the moment `since`."""
    return [_contact(row) for row in await connection.fetch(_CHANGED_SINCE, workspace, since, after, limit)]


async def page_of_found_contacts(
    connection: Connection,
    workspace: WorkspaceId,
    *,
    beginning: str,
    keys: Sequence[bytes],
    after: UUID | None,
    limit: int,
) -> list[ContactView]:
    """The newest of those with a name or handle that begins so (a search key), or with an identifier of these keys."""
    end = beginning + "\U0010ffff"
    rows = await connection.fetch(_SEARCH, workspace, after, limit, beginning, end, keys)
    return [_contact(row) for row in rows]


async def profiles_of_ids(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[ProfileView | None]:
    """Aligned with `ids`."""
    found: list[ProfileView | None] = [None] * len(ids)
    for row in await connection.fetch(_PROFILES_BY_IDS, workspace, ids):
        found[row["position"] - 1] = _profile(row)
    return found


async def profiles_of_contacts(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[list[ProfileView]]:
    """Aligned with the contact `ids`; those seen first come first."""
    found: list[list[ProfileView]] = [[] for _ in ids]
    for row in await connection.fetch(_PROFILES_BY_CONTACTS, workspace, ids):
        found[row["position"] - 1].append(_profile(row))
    return found


async def values_of_profiles(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[list[ProfileValueView]]:
    """Aligned with `ids`: every value that an attribute of each ever had, by attribute, the newest first; at most 200."""
    found: list[list[ProfileValueView]] = [[] for _ in ids]
    for row in await connection.fetch(_VALUES, workspace, ids):
        shown = ProfileValueView(attribute=row["attribute"], value=row["value"], first_seen_at=row["first_seen_at"])
        found[row["position"] - 1].append(shown)
    return found


async def page_of_memberships(connection: Connection, workspace: WorkspaceId, *, after: UUID | None, limit: int) -> list[ProfileAssigned]:
    """Every membership as the event that told of it, in the order of profile ids."""
    return [ProfileAssigned(**dict(row)) for row in await connection.fetch(_MEMBERSHIPS, workspace, after or FIRST_ID, limit)]


def _aligned(rows: Sequence[asyncpg.Record], length: int) -> list[ContactView | None]:
    found: list[ContactView | None] = [None] * length
    for row in rows:
        found[row["position"] - 1] = _contact(row)
    return found


def _contact(row: asyncpg.Record) -> ContactView:
    return ContactView(
        id=ContactId(row["id"]), name=row["name"], created_at=row["created_at"], version=row["version"], changed_at=row["changed_at"]
    )


def _profile(row: asyncpg.Record) -> ProfileView:
    columns = zip(row["types"], row["values"], row["sources"], row["seen"], row["verified"], row["linkable"], strict=True)
    return ProfileView(
        id=ProfileId(row["id"]),
        contact_id=ContactId(row["contact_id"]),
        network=row["network"],
        scope=row["scope"],
        external_id=row["external_id"],
        handle=row["handle"],
        name=row["name"],
        avatar_url=row["avatar_url"],
        bio=row["bio"],
        followers=row["followers"],
        identifiers=tuple(
            IdentifierView(
                type=kind,
                value=value,
                verified=vouched_at is not None,
                source=source,
                first_seen_at=seen_at,
                verified_at=vouched_at,
                unfit="" if fit else unfit_reason(kind, value),
            )
            for kind, value, source, seen_at, vouched_at, fit in columns
        ),
        linked_by=row["linked_by"],
        explanation=row["explanation"],
        first_seen_at=row["first_seen_at"],
    )
