"""Statements that write profiles and what is known of them; sets of rows, never one at a time.

Called by `profiles` inside the edge's transaction. Rows are locked in the order of their ids, so that consumers side by
side wait for one another instead of deadlocking.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.contracts.ids import ContactId, ProfileId, WorkspaceId
from services.identity.matching import EMAIL
from services.identity.sightings import ATTRIBUTES, Known, KnownIdentifier, search_key
from services.kit.db import Connection

# Of an attribute seen twice the later sighting holds, and at one instant the greater value: any order of arrival ends alike.
_PROFILES = """
INSERT INTO profile (
    workspace_id, id, network, scope, external_id, home_contact_id, first_seen_at, handle, handle_at, name, name_at,
    avatar_url, avatar_url_at, bio, bio_at, language, language_at, followers, followers_at, handle_key, name_key
)
SELECT $1, seen.* FROM unnest(
    $2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::timestamptz[], $8::text[], $9::timestamptz[],
    $10::text[], $11::timestamptz[], $12::text[], $13::timestamptz[], $14::text[], $15::timestamptz[], $16::text[],
    $17::timestamptz[], $18::bigint[], $19::timestamptz[], $20::text[], $21::text[]
) AS seen (id) ORDER BY seen.id
ON CONFLICT ON CONSTRAINT profile_pkey DO UPDATE SET (
    first_seen_at, handle, handle_at, handle_key, name, name_at, name_key, avatar_url, avatar_url_at, bio, bio_at,
    language, language_at, followers, followers_at
) = (
    SELECT least(profile.first_seen_at, EXCLUDED.first_seen_at),
        CASE WHEN newer.handle THEN EXCLUDED.handle ELSE profile.handle END,
        CASE WHEN newer.handle THEN EXCLUDED.handle_at ELSE profile.handle_at END,
        CASE WHEN newer.handle THEN EXCLUDED.handle_key ELSE profile.handle_key END,
        CASE WHEN newer.name THEN EXCLUDED.name ELSE profile.name END,
        CASE WHEN newer.name THEN EXCLUDED.name_at ELSE profile.name_at END,
        CASE WHEN newer.name THEN EXCLUDED.name_key ELSE profile.name_key END,
        CASE WHEN newer.avatar_url THEN EXCLUDED.avatar_url ELSE profile.avatar_url END,
        CASE WHEN newer.avatar_url THEN EXCLUDED.avatar_url_at ELSE profile.avatar_url_at END,
        CASE WHEN newer.bio THEN EXCLUDED.bio ELSE profile.bio END,
        CASE WHEN newer.bio THEN EXCLUDED.bio_at ELSE profile.bio_at END,
        CASE WHEN newer.language THEN EXCLUDED.language ELSE profile.language END,
        CASE WHEN newer.language THEN EXCLUDED.language_at ELSE profile.language_at END,
        CASE WHEN newer.followers THEN EXCLUDED.followers ELSE profile.followers END,
        CASE WHEN newer.followers THEN EXCLUDED.followers_at ELSE profile.followers_at END
    FROM (SELECT
        profile.handle_at IS NULL
            OR (EXCLUDED.handle_at, EXCLUDED.handle) > (profile.handle_at, profile.handle) AS handle,
        profile.name_at IS NULL OR (EXCLUDED.name_at, EXCLUDED.name) > (profile.name_at, profile.name) AS name,
        profile.avatar_url_at IS NULL
            OR (EXCLUDED.avatar_url_at, EXCLUDED.avatar_url) > (profile.avatar_url_at, profile.avatar_url) AS avatar_url,
        profile.bio_at IS NULL OR (EXCLUDED.bio_at, EXCLUDED.bio) > (profile.bio_at, profile.bio) AS bio,
        profile.language_at IS NULL
            OR (EXCLUDED.language_at, EXCLUDED.language) > (profile.language_at, profile.language) AS language,
        profile.followers_at IS NULL
            OR (EXCLUDED.followers_at, EXCLUDED.followers) > (profile.followers_at, profile.followers) AS followers
    ) AS newer
)
RETURNING id, (xmax = 0) AS is_new
"""

_VALUES = """
INSERT INTO profile_value (workspace_id, profile_id, attribute, value_key, value, first_seen_at)
SELECT $1, profile_id, attribute, sha256(convert_to(value, 'UTF8')), value, first_seen_at
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::timestamptz[]) AS seen (profile_id, attribute, value, first_seen_at)
ORDER BY profile_id, attribute, value
ON CONFLICT ON CONSTRAINT profile_value_pkey DO UPDATE SET first_seen_at = EXCLUDED.first_seen_at
WHERE EXCLUDED.first_seen_at < profile_value.first_seen_at
"""

_IDENTIFIERS = """
INSERT INTO profile_identifier
    (workspace_id, profile_id, type, key, value, source, linkable, first_seen_at, verified_at)
SELECT $1, seen.profile_id, seen.type, seen.key, seen.value, seen.source,
    seen.personal AND blocked.key IS NULL, seen.first_seen_at, seen.verified_at
FROM unnest(
    $2::uuid[], $3::text[], $4::bytea[], $5::text[], $6::text[], $7::bool[], $8::timestamptz[], $9::timestamptz[]
) AS seen (profile_id, type, key, value, source, personal, first_seen_at, verified_at)
LEFT JOIN blocked_identifier AS blocked
    ON blocked.workspace_id = $1 AND blocked.type = seen.type AND blocked.key = seen.key
ORDER BY seen.profile_id, seen.type, seen.key
ON CONFLICT ON CONSTRAINT profile_identifier_pkey DO UPDATE SET
    verified_at = least(profile_identifier.verified_at, EXCLUDED.verified_at),
    first_seen_at = least(profile_identifier.first_seen_at, EXCLUDED.first_seen_at),
    source = CASE WHEN EXCLUDED.first_seen_at < profile_identifier.first_seen_at
        THEN EXCLUDED.source ELSE profile_identifier.source END
WHERE EXCLUDED.first_seen_at < profile_identifier.first_seen_at
    OR least(profile_identifier.verified_at, EXCLUDED.verified_at) IS DISTINCT FROM profile_identifier.verified_at
"""

_NEW_EVIDENCE = """
SELECT count(*) FROM unnest($2::uuid[], $3::bytea[], $4::timestamptz[]) AS claimed (profile_id, key, verified_at)
WHERE NOT EXISTS (
    SELECT FROM profile_identifier AS known
    WHERE known.workspace_id = $1 AND known.profile_id = claimed.profile_id AND known.type = 'email'
      AND known.key = claimed.key AND known.verified_at <= claimed.verified_at
)
"""

_BLOCK = """
WITH blocked AS (
    INSERT INTO blocked_identifier (workspace_id, type, key, reason, created_at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT ON CONSTRAINT blocked_identifier_pkey DO UPDATE SET reason = EXCLUDED.reason
)
UPDATE profile_identifier SET linkable = false WHERE workspace_id = $1 AND type = $2 AND key = $3 AND linkable
"""


async def upserted_profiles(
    connection: Connection, workspace: WorkspaceId, known: Sequence[Known], *, homes: Sequence[ContactId]
) -> set[ProfileId]:
    """Write the profiles of `known`, sorted by id; gives those that are new. `homes` are used for new ones only."""
    columns: list[Sequence[Any]] = [
        [each.id for each in known],
        [each.network for each in known],
        [each.scope for each in known],
        [each.external_id for each in known],
        homes,
        [each.first_seen_at for each in known],
    ]
    for attribute in (*ATTRIBUTES, "followers"):
        stamps = [each.now.get(attribute) for each in known]
        columns.append([stamp and stamp.value for stamp in stamps])
        columns.append([stamp and stamp.at for stamp in stamps])
    columns += [_search_keys(known, "handle"), _search_keys(known, "name")]
    rows = await connection.fetch(_PROFILES, workspace, *columns)
    return {row["id"] for row in rows if row["is_new"]}


def _search_keys(known: Sequence[Known], attribute: str) -> list[str | None]:
    stamps = [each.now.get(attribute) for each in known]
    return [None if stamp is None else search_key(str(stamp.value)) for stamp in stamps]


async def recorded_values(connection: Connection, workspace: WorkspaceId, known: Sequence[Known]) -> None:
    """Keep every value of every attribute, with the first time it was seen."""
    rows = [(each.id, attribute, value, at) for each in known for (attribute, value), at in sorted(each.values.items())]
    if rows:
        await connection.execute(_VALUES, workspace, *zip(*rows, strict=True))


async def recorded_identifiers(connection: Connection, workspace: WorkspaceId, known: Sequence[Known]) -> None:
    """Keep addresses and numbers; one that is blocked or of a role is kept too, but never links."""
    rows = [
        (each.id, held.type, held.key, held.value, held.source, held.personal, held.first_seen_at, held.verified_at)
        for each in known
        for held in each.identifiers.values()
    ]
    if rows:
        await connection.execute(_IDENTIFIERS, workspace, *zip(*rows, strict=True))


async def has_new_evidence(connection: Connection, workspace: WorkspaceId, claims: Sequence[tuple[ProfileId, KnownIdentifier]]) -> bool:
    """Whether any claim is not yet known, or now known from an earlier moment; without it no membership can change."""
    if not claims:
        return False
    profiles = [profile for profile, _ in claims]
    keys = [held.key for _, held in claims]
    verified = [held.verified_at for _, held in claims]
    return bool(await connection.fetchval(_NEW_EVIDENCE, workspace, profiles, keys, verified))


async def blocked_email(connection: Connection, workspace: WorkspaceId, key: bytes, *, reason: str, now: datetime) -> None:
    """From now on this address links nobody; what it linked before stays."""
    await connection.execute(_BLOCK, workspace, EMAIL, key, reason, now)
