"""Statements of consent: words and their history, whose they are, settings, links. One statement each, under row-level security.

Called by the package `consent` and by `batch`. A person's words are those of all profiles whose membership names the contact.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ContactId, ProfileId, WorkspaceId
from services.identity.statements.facts import aligned
from services.kit.db import Connection
from services.kit.ids import FIRST_ID

RECORD_COLUMNS: tuple[tuple[str, str], ...] = (
    ("id", "uuid"),
    ("profile_id", "uuid"),
    ("purpose", "text"),
    ("network", "text"),
    ("channel_id", "uuid"),
    ("state", "text"),
    ("at", "timestamptz"),
    ("recorded_at", "timestamptz"),
    ("source", "text"),
    ("how", "text"),
    ("wording", "text"),
    ("interaction_id", "uuid"),
    ("member_id", "uuid"),
)
_NAMES = ", ".join(name for name, _ in RECORD_COLUMNS)
_ARRAYS = ", ".join(f"${number}::{kind}[]" for number, (_, kind) in enumerate(RECORD_COLUMNS, start=2))
_OF_RECORD = ", ".join(f"record.{name}" for name, _ in RECORD_COLUMNS)

_RECORDS = f"""
INSERT INTO consent_record (workspace_id, {_NAMES})
SELECT $1, {_NAMES} FROM unnest({_ARRAYS}) AS n ({_NAMES})
ON CONFLICT DO NOTHING RETURNING id, profile_id
"""
_VERSIONS = """
INSERT INTO consent_profile (workspace_id, profile_id, version)
SELECT $1, n.profile_id, 1 + coalesce((SELECT e.version FROM erased e WHERE e.workspace_id = $1 AND e.subject_id = n.profile_id), 0)
FROM unnest($2::uuid[]) AS n (profile_id) ORDER BY n.profile_id
ON CONFLICT ON CONSTRAINT consent_profile_pkey DO UPDATE SET version = consent_profile.version + 1
RETURNING profile_id, version
"""
_NEWEST = """
INSERT INTO consent (workspace_id, profile_id, purpose, network, channel_id, record_id, at, strictness)
SELECT $1, n.* FROM unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::uuid[], $7::timestamptz[], $8::integer[]) AS n
ON CONFLICT ON CONSTRAINT consent_pkey
DO UPDATE SET record_id = excluded.record_id, at = excluded.at, strictness = excluded.strictness
WHERE (consent.at, consent.strictness) < (excluded.at, excluded.strictness)
"""
_WORDS = """
SELECT consent.profile_id, consent.purpose, consent.network, consent.channel_id, record.state, consent.at
FROM consent JOIN consent_record AS record ON record.workspace_id = $1 AND record.id = consent.record_id
WHERE consent.workspace_id = $1 AND consent.profile_id = ANY($2)
ORDER BY consent.profile_id, consent.purpose, consent.network, consent.channel_id
"""
_CANONICAL = """
JOIN contact AS known ON known.workspace_id = $1 AND known.id = asked.id
LEFT JOIN membership AS founder
    ON known.size = 0 AND founder.workspace_id = $1 AND founder.profile_id = known.founder_id
JOIN contact ON contact.workspace_id = $1 AND contact.id = CASE WHEN founder.contact_id IS NULL THEN known.id ELSE founder.contact_id END
JOIN membership ON membership.workspace_id = $1 AND membership.contact_id = contact.id
"""
_OF_CONTACTS = f"""
SELECT asked.position, {_OF_RECORD}
FROM unnest($2::uuid[]) WITH ORDINALITY AS asked (id, position) {_CANONICAL}
JOIN consent ON consent.workspace_id = $1 AND consent.profile_id = membership.profile_id
JOIN consent_record AS record ON record.workspace_id = $1 AND record.id = consent.record_id
ORDER BY asked.position, record.at DESC, record.id DESC
"""
_HISTORY = f"""
SELECT asked.position, said.*
FROM unnest($2::uuid[]) WITH ORDINALITY AS asked (id, position)
CROSS JOIN LATERAL (
    SELECT {_OF_RECORD}
    FROM (SELECT asked.id) AS asked {_CANONICAL}
    JOIN consent_record AS record ON record.workspace_id = $1 AND record.profile_id = membership.profile_id
        AND (record.at, record.id) < ($3, $4)
    ORDER BY record.at DESC, record.id DESC LIMIT $5
) AS said
ORDER BY asked.position, said.at DESC, said.id DESC
"""
_HOME = f"""
SELECT membership.profile_id
FROM unnest(ARRAY[$2::uuid]) AS asked (id) {_CANONICAL}
ORDER BY membership.profile_id <> contact.founder_id, membership.assigned_at, membership.profile_id LIMIT 1
"""
_PERSON = """
SELECT other.profile_id, profile.network FROM membership AS own
JOIN membership AS other ON other.workspace_id = $1 AND other.contact_id = own.contact_id
JOIN profile ON profile.workspace_id = $1 AND profile.id = other.profile_id
WHERE own.workspace_id = $1 AND own.profile_id = $2 ORDER BY profile.first_seen_at, profile.id
"""
_TOUCHED = """
UPDATE contact SET version = contact.version + 1 FROM (
    SELECT DISTINCT contact_id FROM membership WHERE workspace_id = $1 AND profile_id = ANY($2)
) AS changed
WHERE contact.workspace_id = $1 AND contact.id = changed.contact_id
"""
_SETTINGS = "SELECT purposes, opt_out, opt_in, version FROM consent_setting WHERE workspace_id = $1"
_SAVED_SETTINGS = """
INSERT INTO consent_setting (workspace_id, purposes, opt_out, opt_in, version, changed_at)
SELECT $1, $2::jsonb, $3, $4, $5 + 1, $6 WHERE $5 = 0 OR EXISTS (SELECT FROM consent_setting WHERE workspace_id = $1)
ON CONFLICT ON CONSTRAINT consent_setting_pkey DO UPDATE SET purposes = excluded.purposes, opt_out = excluded.opt_out,
    opt_in = excluded.opt_in, version = excluded.version, changed_at = excluded.changed_at
WHERE consent_setting.version = $5 RETURNING purposes, opt_out, opt_in, version
"""
_LINKS = "SELECT links_since FROM consent_profile WHERE workspace_id = $1 AND profile_id = $2"
_ENDED_LINKS = """
INSERT INTO consent_profile (workspace_id, profile_id, version, links_since)
SELECT $1, n.profile_id, coalesce((SELECT e.version FROM erased e WHERE e.workspace_id = $1 AND e.subject_id = n.profile_id), 0), $3
FROM unnest($2::uuid[]) AS n (profile_id) ORDER BY n.profile_id
ON CONFLICT ON CONSTRAINT consent_profile_pkey DO UPDATE SET links_since = excluded.links_since
"""
_SNAPSHOT = """
SELECT page.profile_id, page.version, said.words FROM (
    SELECT profile_id, version FROM consent_profile WHERE workspace_id = $1 AND profile_id > $2 ORDER BY profile_id LIMIT $3
) AS page CROSS JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_array(consent.purpose, consent.network, consent.channel_id, record.state, consent.at)) AS words
    FROM consent JOIN consent_record AS record ON record.workspace_id = $1 AND record.id = consent.record_id
    WHERE consent.workspace_id = $1 AND consent.profile_id = page.profile_id
) AS said ORDER BY page.profile_id
"""


async def inserted_records(connection: Connection, workspace: WorkspaceId, rows: Sequence[Mapping[str, object]]) -> set[UUID]:
    """Write history, keyed by names of RECORD_COLUMNS; gives the ids of what was not there yet (an interaction says a thing once)."""
    columns = [[row[name] for row in rows] for name, _ in RECORD_COLUMNS]
    return {row["id"] for row in await connection.fetch(_RECORDS, workspace, *columns)}


async def next_versions(connection: Connection, workspace: WorkspaceId, profiles: Sequence[ProfileId]) -> dict[ProfileId, int]:
    """Count a change of each profile; from here on others who change them wait."""
    rows = await connection.fetch(_VERSIONS, workspace, sorted(profiles))
    return {ProfileId(row["profile_id"]): row["version"] for row in rows}


async def keep_newest(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]]) -> None:
    """Let these count where they are newer, or at one instant stricter.

    Rows are (profile, purpose, network, channel, record, at, strictness), one for each of the first four.
    """
    await connection.execute(_NEWEST, workspace, *[list(column) for column in zip(*rows, strict=True)])


async def words_of_profiles(connection: Connection, workspace: WorkspaceId, profiles: Sequence[ProfileId]) -> list[asyncpg.Record]:
    """What counts of these profiles: (profile_id, purpose, network, channel_id, state, at)."""
    return await connection.fetch(_WORDS, workspace, list(profiles))


async def words_of_contacts(connection: Connection, workspace: WorkspaceId, contacts: Sequence[UUID]) -> list[asyncpg.Record]:
    """What counts of the profiles of these contacts, with its proof and the contact's `position`, newest first."""
    return await connection.fetch(_OF_CONTACTS, workspace, list(contacts))


async def history_of_contacts(
    connection: Connection, workspace: WorkspaceId, contacts: Sequence[UUID], *, before: tuple[datetime, UUID], limit: int
) -> list[list[asyncpg.Record]]:
    """Aligned with `contacts`: every word of each one's profiles that was said before then, newest first."""
    return aligned(await connection.fetch(_HISTORY, workspace, contacts, *before, limit), len(contacts))


async def home_profile(connection: Connection, workspace: WorkspaceId, contact: ContactId) -> ProfileId | None:
    """The profile on which what is said of the contact is kept: its founder while it is there; None where there is no such contact."""
    found: ProfileId | None = await connection.fetchval(_HOME, workspace, contact)
    return found


async def profiles_of_person(connection: Connection, workspace: WorkspaceId, profile: ProfileId) -> list[tuple[ProfileId, str]]:
    """All profiles of whoever has this one, with their networks, those seen first first; none where it is not known."""
    return [(ProfileId(row["profile_id"]), row["network"]) for row in await connection.fetch(_PERSON, workspace, profile)]


async def touch_contacts(connection: Connection, workspace: WorkspaceId, profiles: Sequence[ProfileId]) -> None:
    """Count a change of the contacts of these profiles."""
    await connection.execute(_TOUCHED, workspace, list(profiles))


async def find_settings(connection: Connection, workspace: WorkspaceId) -> asyncpg.Record | None:
    """The workspace's own settings; None where it has none."""
    return await connection.fetchrow(_SETTINGS, workspace)


async def save_settings(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    *,
    purposes: list[dict[str, object]],
    opt_out: Sequence[str],
    opt_in: Sequence[str],
    version: int,
    now: datetime,
) -> asyncpg.Record | None:
    """Replace what was read as `version` (0: the product's own); None where somebody was faster."""
    return await connection.fetchrow(_SAVED_SETTINGS, workspace, purposes, list(opt_out), list(opt_in), version, now)


async def links_since(connection: Connection, workspace: WorkspaceId, profile: ProfileId) -> datetime | None:
    """Since when the profile's links are good; None: none was ended."""
    found: datetime | None = await connection.fetchval(_LINKS, workspace, profile)
    return found


async def end_links(connection: Connection, workspace: WorkspaceId, profiles: Sequence[ProfileId], *, now: datetime) -> None:
    """Let no link of these profiles be good that was made up to now."""
    await connection.execute(_ENDED_LINKS, workspace, sorted(profiles), now)


async def page_of_words(connection: Connection, workspace: WorkspaceId, *, after: UUID | None, limit: int) -> list[asyncpg.Record]:
    """Profiles with their version and `words`, lists of (purpose, network, channel, state, at), in the order of ids."""
    return await connection.fetch(_SNAPSHOT, workspace, after or FIRST_ID, limit)
