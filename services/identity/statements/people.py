"""Statements that write profiles and what is known of them; sets of rows, never one at a time.

Called by `profiles` inside the edge's transaction. Rows are locked in the order of their ids, so that consumers side by
side wait for one another instead of deadlocking.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg

from services.contracts.ids import ContactId, ProfileId, WorkspaceId
from services.identity.matching import EMAIL, PHONE
from services.identity.matching.facts import Described
from services.identity.sightings import ATTRIBUTES, LINK, Known, search_key
from services.identity.statements.encounters import bits_of
from services.kit.db import Connection

# Of an attribute seen twice the later sighting holds, and at one instant the greater value: any order of arrival ends alike.
# One statement for a batch: values and identifiers are of profiles that it writes, so that their foreign keys hold at its end.
_SEEN = """
WITH profiles AS (
INSERT INTO profile (
    workspace_id, id, network, scope, external_id, home_contact_id, first_seen_at, handle, handle_at, name, name_at,
    avatar_url, avatar_url_at, bio, bio_at, language, language_at, location, location_at, birth_date, birth_date_at,
    picture_hash, picture_hash_at, followers, followers_at, handle_key, name_key, encounters
)
SELECT $1, seen.* FROM unnest(
    $2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::timestamptz[], $8::text[], $9::timestamptz[],
    $10::text[], $11::timestamptz[], $12::text[], $13::timestamptz[], $14::text[], $15::timestamptz[], $16::text[],
    $17::timestamptz[], $18::text[], $19::timestamptz[], $20::text[], $21::timestamptz[], $22::text[], $23::timestamptz[],
    $24::bigint[], $25::timestamptz[], $26::text[], $27::text[], $28::smallint[]
) AS seen (id) ORDER BY seen.id
ON CONFLICT ON CONSTRAINT profile_pkey DO UPDATE SET (
    first_seen_at, handle, handle_at, handle_key, name, name_at, name_key, avatar_url, avatar_url_at, bio, bio_at,
    language, language_at, location, location_at, birth_date, birth_date_at, picture_hash, picture_hash_at, followers, followers_at,
    encounters
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
        CASE WHEN newer.location THEN EXCLUDED.location ELSE profile.location END,
        CASE WHEN newer.location THEN EXCLUDED.location_at ELSE profile.location_at END,
        CASE WHEN newer.birth_date THEN EXCLUDED.birth_date ELSE profile.birth_date END,
        CASE WHEN newer.birth_date THEN EXCLUDED.birth_date_at ELSE profile.birth_date_at END,
        CASE WHEN newer.picture_hash THEN EXCLUDED.picture_hash ELSE profile.picture_hash END,
        CASE WHEN newer.picture_hash THEN EXCLUDED.picture_hash_at ELSE profile.picture_hash_at END,
        CASE WHEN newer.followers THEN EXCLUDED.followers ELSE profile.followers END,
        CASE WHEN newer.followers THEN EXCLUDED.followers_at ELSE profile.followers_at END,
        profile.encounters | EXCLUDED.encounters
    FROM (SELECT
        profile.handle_at IS NULL
            OR (EXCLUDED.handle_at, EXCLUDED.handle) > (profile.handle_at, profile.handle) AS handle,
        profile.name_at IS NULL OR (EXCLUDED.name_at, EXCLUDED.name) > (profile.name_at, profile.name) AS name,
        profile.avatar_url_at IS NULL
            OR (EXCLUDED.avatar_url_at, EXCLUDED.avatar_url) > (profile.avatar_url_at, profile.avatar_url) AS avatar_url,
        profile.bio_at IS NULL OR (EXCLUDED.bio_at, EXCLUDED.bio) > (profile.bio_at, profile.bio) AS bio,
        profile.language_at IS NULL
            OR (EXCLUDED.language_at, EXCLUDED.language) > (profile.language_at, profile.language) AS language,
        profile.location_at IS NULL
            OR (EXCLUDED.location_at, EXCLUDED.location) > (profile.location_at, profile.location) AS location,
        profile.birth_date_at IS NULL
            OR (EXCLUDED.birth_date_at, EXCLUDED.birth_date) > (profile.birth_date_at, profile.birth_date) AS birth_date,
        profile.picture_hash_at IS NULL
            OR (EXCLUDED.picture_hash_at, EXCLUDED.picture_hash) > (profile.picture_hash_at, profile.picture_hash) AS picture_hash,
        profile.followers_at IS NULL
            OR (EXCLUDED.followers_at, EXCLUDED.followers) > (profile.followers_at, profile.followers) AS followers
    ) AS newer
)
RETURNING id, home_contact_id, (xmax = 0) AS is_new
), shown AS (
INSERT INTO profile_value (workspace_id, profile_id, attribute, value_key, value, first_seen_at)
SELECT $1, profile_id, attribute, value_key, value, first_seen_at
FROM unnest($29::uuid[], $30::text[], $31::bytea[], $32::text[], $33::timestamptz[])
    AS seen (profile_id, attribute, value_key, value, first_seen_at)
ORDER BY profile_id, attribute, value
ON CONFLICT ON CONSTRAINT profile_value_pkey DO UPDATE SET first_seen_at = EXCLUDED.first_seen_at
WHERE EXCLUDED.first_seen_at < profile_value.first_seen_at
), claimed AS (
INSERT INTO profile_identifier
    (workspace_id, profile_id, type, key, value, source, linkable, first_seen_at, verified_at)
SELECT $1, seen.profile_id, seen.type, seen.key, seen.value, seen.source,
    seen.personal AND blocked.key IS NULL, seen.first_seen_at, seen.verified_at
FROM unnest(
    $34::uuid[], $35::text[], $36::bytea[], $37::text[], $38::text[], $39::bool[], $40::timestamptz[], $41::timestamptz[]
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
RETURNING profile_id, key, linkable
)
SELECT id, home_contact_id, is_new, NULL::bytea AS unlinkable FROM profiles
UNION ALL SELECT profile_id, NULL, NULL, key FROM claimed WHERE NOT linkable
"""

# What is derived from: columns where the newest value holds, everything where all do. Blocked values stand for nobody.
_DESCRIBED = """
SELECT profile.id, network, scope, external_id, handle, name, location, birth_date, picture_hash,
    held.types, held.values, held.verified, said.attributes, said.told, known.facts
FROM unnest($2::uuid[]) AS asked (id)
JOIN profile ON profile.workspace_id = $1 AND profile.id = asked.id
LEFT JOIN profile_facts AS known ON known.workspace_id = $1 AND known.profile_id = asked.id
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(type ORDER BY type, key), '{}') AS types, coalesce(array_agg(value ORDER BY type, key), '{}') AS values,
        coalesce(array_agg(verified_at IS NOT NULL ORDER BY type, key), '{}') AS verified
    FROM profile_identifier WHERE workspace_id = $1 AND profile_id = asked.id AND linkable
) AS held
CROSS JOIN LATERAL (
    SELECT coalesce(array_agg(attribute ORDER BY attribute, value_key), '{}') AS attributes,
        coalesce(array_agg(value ORDER BY attribute, value_key), '{}') AS told
    FROM profile_value WHERE workspace_id = $1 AND profile_id = asked.id AND attribute <> ALL($3::text[])
) AS said
ORDER BY profile.id
"""

_BLOCK = """
WITH blocked AS (
    INSERT INTO blocked_identifier (workspace_id, type, key, reason, created_at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT ON CONSTRAINT blocked_identifier_pkey DO UPDATE SET reason = EXCLUDED.reason
)
UPDATE profile_identifier SET linkable = false WHERE workspace_id = $1 AND type = $2 AND key = $3 AND linkable
RETURNING profile_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A profile as it is known now, and its facts as they were last compared (None: never)."""

    described: Described
    compared: str | None


@dataclass(slots=True, kw_only=True)
class Written:
    """What a batch did: profiles that are new with what is known of them, by id the contact that each was born with; and the others."""

    born: dict[ProfileId, ContactId] = field(default_factory=dict)
    described: list[Described] = field(default_factory=list)
    known_before: list[ProfileId] = field(default_factory=list)


async def written_people(connection: Connection, workspace: WorkspaceId, known: Sequence[Known], *, homes: Sequence[ContactId]) -> Written:
    """Write all that `known`, sorted by id, says. `homes` are used for new profiles only.

    Every value of every attribute stays, with the first time it was seen. Addresses and numbers that are blocked or of a role are kept
    too, but never link.
    """
    written = Written()
    unlinkable: set[tuple[ProfileId, bytes]] = set()
    columns = [*_profile_columns(known, homes), *_value_columns(known), *_identifier_columns(known)]
    for id_, home, is_new, key in await connection.fetch(_SEEN, workspace, *columns):
        if key is not None:
            unlinkable.add((id_, key))
        elif is_new:
            written.born[id_] = home
        else:
            written.known_before.append(id_)
    written.described = [described(each, unlinkable=unlinkable) for each in known if each.id in written.born]
    return written


def described(known: Known, *, unlinkable: Collection[tuple[ProfileId, bytes]]) -> Described:
    """A new profile as reading it would describe it; `unlinkable` are those of its addresses and numbers that stand for nobody."""
    held = sorted((each.type, each.key, each.value, each.verified_at is not None) for each in known.identifiers.values())
    links = [(kind, value, verified) for kind, key, value, verified in held if (known.id, key) not in unlinkable]
    said = sorted((attribute, _value_key(value), value) for attribute, value in known.values if attribute not in ATTRIBUTES)
    now = {attribute: str(stamped.value) for attribute, stamped in known.now.items()}
    return Described(
        id=str(known.id),
        network=known.network,
        external_id=known.external_id,
        scope=known.scope,
        handle=now.get("handle", ""),
        name=now.get("name", ""),
        location=now.get("location", ""),
        emails=tuple((value, verified) for kind, value, verified in links if kind == EMAIL),
        phones=tuple((value, verified) for kind, value, verified in links if kind == PHONE),
        links=tuple(value for attribute, _, value in said if attribute == LINK),
        attributes={name: now[name] for name in ("birth_date", "picture_hash") if name in now},
        all_of=tuple((attribute, value) for attribute, _, value in said if attribute != LINK),
    )


def _profile_columns(known: Sequence[Known], homes: Sequence[ContactId]) -> list[Sequence[Any]]:
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
    columns.append([bits_of(each.encounters) for each in known])
    return columns


def _search_keys(known: Sequence[Known], attribute: str) -> list[str | None]:
    stamps = [each.now.get(attribute) for each in known]
    return [None if stamp is None else search_key(str(stamp.value)) for stamp in stamps]


def _value_columns(known: Sequence[Known]) -> list[Sequence[Any]]:
    rows = [(each.id, attribute, value, at) for each in known for (attribute, value), at in sorted(each.values.items())]
    return [
        [id_ for id_, *_ in rows],
        [attribute for _, attribute, *_ in rows],
        [_value_key(value) for *_, value, _ in rows],
        [value for *_, value, _ in rows],
        [at for *_, at in rows],
    ]


def _value_key(value: str) -> bytes:
    return hashlib.sha256(value.encode()).digest()


def _identifier_columns(known: Sequence[Known]) -> list[Sequence[Any]]:
    rows = [(each.id, held) for each in known for held in each.identifiers.values()]
    return [
        [id_ for id_, _ in rows],
        [held.type for _, held in rows],
        [held.key for _, held in rows],
        [held.value for _, held in rows],
        [held.source for _, held in rows],
        [held.personal for _, held in rows],
        [held.first_seen_at for _, held in rows],
        [held.verified_at for _, held in rows],
    ]


async def described_profiles(connection: Connection, workspace: WorkspaceId, ids: Sequence[ProfileId]) -> list[Told]:
    """What is known of these profiles, in the order of their ids."""
    return [
        Told(described=_described(row), compared=row["facts"])
        for row in await connection.fetch(_DESCRIBED, workspace, ids, [*ATTRIBUTES, "followers"])
    ]


def _described(row: asyncpg.Record) -> Described:
    held = list(zip(row["types"], row["values"], row["verified"], strict=True))
    said = list(zip(row["attributes"], row["told"], strict=True))
    attributes = {"birth_date": row["birth_date"], "picture_hash": row["picture_hash"]}
    return Described(
        id=str(row["id"]),
        network=row["network"],
        external_id=row["external_id"],
        scope=row["scope"],
        handle=row["handle"] or "",
        name=row["name"] or "",
        location=row["location"] or "",
        emails=tuple((value, verified) for kind, value, verified in held if kind == EMAIL),
        phones=tuple((value, verified) for kind, value, verified in held if kind == PHONE),
        links=tuple(value for attribute, value in said if attribute == LINK),
        attributes={name: value for name, value in attributes.items() if value},
        all_of=tuple((attribute, value) for attribute, value in said if attribute != LINK),
    )


async def blocked_email(connection: Connection, workspace: WorkspaceId, key: bytes, *, reason: str, now: datetime) -> list[ProfileId]:
    """From now on this address links nobody; gives the profiles whose it is."""
    return [row["profile_id"] for row in await connection.fetch(_BLOCK, workspace, EMAIL, key, reason, now)]
