"""What identity holds of profiles, and the statement for each by which it goes; and the certificates. Called by `erasure`.

A table with a profile or a contact in it stands in REMOVALS or in KEPT: a test compares them with the schema.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ContactId, ErasureId, MemberId, ProfileId, WorkspaceId
from services.kit.db import Connection

# Kind, table, statement; in the order that foreign keys want. $2 are profiles.
REMOVALS: tuple[tuple[str, str, str], ...] = (
    ("values", "profile_value", "DELETE FROM profile_value WHERE workspace_id = $1 AND profile_id = ANY($2)"),
    ("identifiers", "profile_identifier", "DELETE FROM profile_identifier WHERE workspace_id = $1 AND profile_id = ANY($2)"),
    ("decisions", "decision", "DELETE FROM decision WHERE workspace_id = $1 AND profile_id = ANY($2)"),
    ("suggestions", "suggestion", "DELETE FROM suggestion WHERE workspace_id = $1 AND profile_id = ANY($2)"),
    ("suggestions", "suggestion", "DELETE FROM suggestion WHERE workspace_id = $1 AND other_profile_id = ANY($2)"),
    ("kinds", "profile_kind", "DELETE FROM profile_kind WHERE workspace_id = $1 AND profile_id = ANY($2)"),
    ("kinds", "profile_kind_version", "DELETE FROM profile_kind_version WHERE workspace_id = $1 AND profile_id = ANY($2)"),
    ("labels", "profile_label", "DELETE FROM profile_label WHERE workspace_id = $1 AND profile_id = ANY($2)"),
    ("attributes", "profile_attribute", "DELETE FROM profile_attribute WHERE workspace_id = $1 AND profile_id = ANY($2)"),
    ("notes", "contact_note", "DELETE FROM contact_note WHERE workspace_id = $1 AND profile_id = ANY($2)"),
    ("consents", "consent", "DELETE FROM consent WHERE workspace_id = $1 AND profile_id = ANY($2)"),
    ("consents", "consent_record", "DELETE FROM consent_record WHERE workspace_id = $1 AND profile_id = ANY($2)"),
    ("consents", "consent_profile", "DELETE FROM consent_profile WHERE workspace_id = $1 AND profile_id = ANY($2)"),
    ("activity", "profile_activity", "DELETE FROM profile_activity WHERE workspace_id = $1 AND profile_id = ANY($2)"),
    ("facts", "profile_facts", "DELETE FROM profile_facts WHERE workspace_id = $1 AND profile_id = ANY($2)"),
    ("keys", "profile_key", "DELETE FROM profile_key WHERE workspace_id = $1 AND profile_id = ANY($2)"),
    ("edges", "edge", "DELETE FROM edge WHERE workspace_id = $1 AND profile_id = ANY($2)"),
    ("edges", "edge", "DELETE FROM edge WHERE workspace_id = $1 AND other_profile_id = ANY($2)"),
    ("pairs_kept_apart", "never_merge", "DELETE FROM never_merge WHERE workspace_id = $1 AND profile_id = ANY($2)"),
    ("pairs_kept_apart", "never_merge", "DELETE FROM never_merge WHERE workspace_id = $1 AND other_profile_id = ANY($2)"),
    ("references", "profile_reference", "DELETE FROM profile_reference WHERE workspace_id = $1 AND profile_id = ANY($2)"),
    ("companies", "profile_company", "DELETE FROM profile_company WHERE workspace_id = $1 AND profile_id = ANY($2)"),
    ("leads", "lead", "DELETE FROM lead WHERE workspace_id = $1 AND profile_id = ANY($2)"),
    ("relations", "profile_relation", "DELETE FROM profile_relation WHERE workspace_id = $1 AND profile_id = ANY($2)"),
    ("keys", "suggesting_due", "DELETE FROM suggesting_due WHERE workspace_id = $1 AND profile_id = ANY($2)"),
    ("keys", "suggesting_key", "DELETE FROM suggesting_key WHERE workspace_id = $1 AND profile_id = ANY($2)"),
    # What a partner is told, or was told in the last week.
    ("partner_deliveries", "webhook_delivery", "DELETE FROM webhook_delivery WHERE workspace_id = $1 AND profile_id = ANY($2)"),
    ("memberships", "membership", "DELETE FROM membership WHERE workspace_id = $1 AND profile_id = ANY($2)"),
    ("profiles", "profile", "DELETE FROM profile WHERE workspace_id = $1 AND id = ANY($2)"),
)
# $2 are the contacts that they formed or founded.
OF_CONTACTS: tuple[tuple[str, str, str], ...] = (
    ("merges", "merge_event", "DELETE FROM merge_event WHERE workspace_id = $1 AND survivor_id = ANY($2)"),
    ("merges", "merge_event", "DELETE FROM merge_event WHERE workspace_id = $1 AND absorbed_id = ANY($2)"),
)
KEPT: Mapping[str, str] = {
    "person_export": "gone, with its pieces: person_exports.removed_exports",
    "legal_hold": "whoever has one is not erased",
    "contact": "one without profiles is deleted, one with profiles of others gets another founder: see `removed_profiles`",
    "erasure": "the certificate: the contact's id is our own and names nobody",
}
_SETTLE_CONTACTS = """
WITH lost AS (
    SELECT c.id, (SELECT count(*) FROM membership m WHERE m.workspace_id = $1 AND m.contact_id = c.id) AS size,
        (SELECT m.profile_id FROM membership m WHERE m.workspace_id = $1 AND m.contact_id = c.id ORDER BY m.profile_id LIMIT 1) AS eldest
    FROM contact c WHERE c.workspace_id = $1 AND c.id = ANY($3)
), gone AS (
    DELETE FROM contact c USING lost WHERE c.workspace_id = $1 AND c.id = lost.id AND c.id = ANY($3) AND lost.size = 0
)
UPDATE contact c SET size = lost.size, version = c.version + 1,
    founder_id = CASE WHEN c.founder_id = ANY($2) THEN lost.eldest ELSE c.founder_id END
FROM lost WHERE c.workspace_id = $1 AND c.id = lost.id AND c.id = ANY($3) AND lost.size > 0
"""
_MEMBERS = """
SELECT p.id, p.network, p.scope, p.external_id, m.contact_id, p.home_contact_id, greatest(
        m.version,
        (SELECT c.version FROM consent_profile c WHERE c.workspace_id = $1 AND c.profile_id = p.id),
        (SELECT k.version FROM profile_kind_version k WHERE k.workspace_id = $1 AND k.profile_id = p.id)
    ) AS version,
    ARRAY(SELECT i.value FROM profile_identifier i WHERE i.workspace_id = $1 AND i.profile_id = p.id) AS held
FROM membership m JOIN profile p ON p.workspace_id = $1 AND p.id = m.profile_id
WHERE m.workspace_id = $1 AND m.contact_id = $2 ORDER BY p.id FOR UPDATE OF m, p
"""
_PRESENT = """
SELECT p.id, p.home_contact_id, m.contact_id FROM profile p
LEFT JOIN membership m ON m.workspace_id = $1 AND m.profile_id = p.id
WHERE p.workspace_id = $1 AND p.id = ANY($2) AND (p.first_seen_at <= $3 OR m.assigned_at <= $3) ORDER BY p.id FOR UPDATE OF p
"""
# What was told while the erasure was under way has a version, too.
_OUTLIVE = """
UPDATE erased e SET version = t.version FROM (
    SELECT told.profile_id, max(told.version) AS version FROM (
        SELECT profile_id, version FROM membership WHERE workspace_id = $1 AND profile_id = ANY($2)
        UNION ALL SELECT profile_id, version FROM consent_profile WHERE workspace_id = $1 AND profile_id = ANY($2)
        UNION ALL SELECT profile_id, version FROM profile_kind_version WHERE workspace_id = $1 AND profile_id = ANY($2)
    ) AS told GROUP BY told.profile_id
) AS t WHERE e.workspace_id = $1 AND e.subject_id = ANY($2) AND e.subject_id = t.profile_id AND e.version < t.version
"""
_WORDS_GO = (
    "DELETE FROM consent WHERE workspace_id = $1 AND profile_id = ANY($2) AND at <= $3",
    "DELETE FROM consent_record WHERE workspace_id = $1 AND profile_id = ANY($2) AND at <= $3",
)
_SILENT = """
DELETE FROM consent_profile p WHERE p.workspace_id = $1 AND p.profile_id = ANY($2)
  AND NOT EXISTS (SELECT FROM consent c WHERE c.workspace_id = $1 AND c.profile_id = p.profile_id)
"""
REFUSALS_A_BATCH = 1000
_REFUSALS = """
SELECT import_id, line, EXISTS (SELECT FROM unnest($4::text[]) AS n WHERE position(n IN key) > 0 OR position(n IN reason) > 0) AS theirs
FROM import_refusal WHERE workspace_id = $1 AND (import_id, line) > ($2::uuid, $3::bigint) ORDER BY import_id, line LIMIT $5
"""
_REFUSALS_GO = """
DELETE FROM import_refusal r USING unnest($2::uuid[], $3::bigint[]) AS gone (import_id, line)
WHERE r.workspace_id = $1 AND r.import_id = gone.import_id AND r.line = gone.line AND r.import_id = ANY($2)
"""
_IMPORTING = "SELECT EXISTS (SELECT FROM import WHERE workspace_id = $1 AND finished_at IS NULL)"
_KEEP = """
INSERT INTO erasure (workspace_id, id, contact_id, reason, requested_by, requested_at, profile_hashes)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_SHARES = """
INSERT INTO erasure_share (workspace_id, erasure_id, service) SELECT $1, $2, service FROM unnest($3::text[]) AS service
"""
_LOCK = "SELECT completed_at FROM erasure WHERE workspace_id = $1 AND id = $2 FOR UPDATE"
_ACKNOWLEDGE = """
UPDATE erasure_share SET removed = $4, acknowledged_at = $5
WHERE workspace_id = $1 AND erasure_id = $2 AND service = $3 AND acknowledged_at IS NULL
"""
_COMPLETE = """
UPDATE erasure SET completed_at = $3 WHERE workspace_id = $1 AND id = $2 AND completed_at IS NULL
    AND NOT EXISTS (SELECT FROM erasure_share s WHERE s.workspace_id = $1 AND s.erasure_id = $2 AND s.acknowledged_at IS NULL)
RETURNING contact_id
"""
_CERTIFICATE = """
e.id, e.contact_id, e.reason, e.requested_by, e.requested_at, e.completed_at, e.profile_hashes, (
    SELECT jsonb_agg(jsonb_build_object('service', s.service, 'removed', s.removed, 'acknowledged_at', s.acknowledged_at)
        ORDER BY s.service)
    FROM erasure_share s WHERE s.workspace_id = $1 AND s.erasure_id = e.id
) AS shares
"""
_BY_ID = f"SELECT {_CERTIFICATE} FROM erasure e WHERE e.workspace_id = $1 AND e.id = $2"
_PAGE = f"SELECT {_CERTIFICATE} FROM erasure e WHERE e.workspace_id = $1 AND e.id < $2 ORDER BY e.id DESC LIMIT $3"


async def locked_members(connection: Connection, workspace: WorkspaceId, contact: ContactId) -> list[asyncpg.Record]:
    """The profiles of a contact with their accounts and identifiers, and the highest version of all that was told of them."""
    return await connection.fetch(_MEMBERS, workspace, contact)


async def profiles_of_the_past(
    connection: Connection, workspace: WorkspaceId, profiles: Sequence[ProfileId], *, until: datetime
) -> list[asyncpg.Record]:
    """Those of them that are there and were first seen until then, by any clock, with the contacts that they are in and founded."""
    return await connection.fetch(_PRESENT, workspace, list(profiles), until)


async def outlived_versions(connection: Connection, workspace: WorkspaceId, profiles: Sequence[ProfileId]) -> None:
    """Let the tombstones that are there remember the versions of what goes now, so that none is given again."""
    await connection.execute(_OUTLIVE, workspace, list(profiles))


async def removed_words(connection: Connection, workspace: WorkspaceId, profiles: Sequence[ProfileId], *, until: datetime) -> int:
    """Delete what was said of consent until then, whether or not the profiles are there; gives how many rows went."""
    answers = [await connection.execute(each, workspace, list(profiles), until) for each in _WORDS_GO]
    answers.append(await connection.execute(_SILENT, workspace, list(profiles)))
    return sum(int(answer.rpartition(" ")[2]) for answer in answers)


async def removed_profiles(
    connection: Connection, workspace: WorkspaceId, profiles: Sequence[ProfileId], *, contacts: Sequence[UUID]
) -> Counter[str]:
    """Delete profiles and all that hangs on them, and settle the contacts that they formed. Gives counts by kind."""
    counts: Counter[str] = Counter()
    for kind, statement in [*await _unlisted(connection), *((kind, statement) for kind, _, statement in REMOVALS)]:
        answer = await connection.execute(statement, workspace, list(profiles))
        counts[kind] += int(answer.rpartition(" ")[2])
    for kind, _, statement in OF_CONTACTS:
        answer = await connection.execute(statement, workspace, list(contacts))
        counts[kind] += int(answer.rpartition(" ")[2])
    await connection.execute(_SETTLE_CONTACTS, workspace, list(profiles), list(contacts))
    return counts


async def removed_refusals(
    connection: Connection, workspace: WorkspaceId, names: Sequence[str], *, after: tuple[UUID, int]
) -> tuple[int, tuple[UUID, int] | None]:
    """Of a batch of refused rows of imports those that name one of `names` go: their number, and after which the next batch begins."""
    rows = await connection.fetch(_REFUSALS, workspace, *after, list(names), REFUSALS_A_BATCH)
    theirs = [(row["import_id"], row["line"]) for row in rows if row["theirs"]]
    if theirs:
        await connection.execute(_REFUSALS_GO, workspace, *map(list, zip(*theirs, strict=True)))
    return len(theirs), (rows[-1]["import_id"], rows[-1]["line"]) if len(rows) == REFUSALS_A_BATCH else None


async def is_importing(connection: Connection, workspace: WorkspaceId) -> bool:
    """Whether a file is being read whose pieces may tell of anybody."""
    return bool(await connection.fetchval(_IMPORTING, workspace))


async def _unlisted(connection: Connection) -> list[tuple[str, str]]:
    """Statements for tables that hang on profiles and that somebody forgot to list: they go all the same."""
    listed = [*KEPT, *(table for _, table, _ in REMOVALS)]
    rows = await connection.fetch(_HANGING, listed)
    return [(row["name"], f'DELETE FROM {row["name"]} WHERE workspace_id = $1 AND "{row["attname"]}" = ANY($2)') for row in rows]


_HANGING = """
SELECT c.conrelid::regclass::text AS name, a.attname FROM pg_constraint c
JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[2]
WHERE c.contype = 'f' AND c.confrelid = 'identity.profile'::regclass AND c.conrelid::regclass::text <> ALL($1::text[])
"""


async def kept_certificate(  # noqa: PLR0913 - the columns of a row
    connection: Connection,
    workspace: WorkspaceId,
    erasure: ErasureId,
    *,
    contact: ContactId,
    reason: str,
    by: MemberId | None,
    now: datetime,
    hashes: Sequence[str],
    services: Sequence[str],
) -> None:
    """A new certificate, with a share of each service that has to say what it removed."""
    await connection.execute(_KEEP, workspace, erasure, contact, reason, by, now, list(hashes))
    await connection.execute(_SHARES, workspace, erasure, list(services))


async def acknowledged(
    connection: Connection, workspace: WorkspaceId, erasure: UUID, *, service: str, removed: Mapping[str, int], at: datetime
) -> ContactId | None:
    """Keep what a service removed; gives the contact where this completes the certificate. A second time changes nothing."""
    await connection.fetchval(_LOCK, workspace, erasure)
    await connection.execute(_ACKNOWLEDGE, workspace, erasure, service, dict(removed), at)
    found: ContactId | None = await connection.fetchval(_COMPLETE, workspace, erasure, at)
    return found


async def certificate_of_id(connection: Connection, workspace: WorkspaceId, erasure: UUID) -> asyncpg.Record | None:
    """One certificate with its shares."""
    return await connection.fetchrow(_BY_ID, workspace, erasure)


async def page_of_certificates(connection: Connection, workspace: WorkspaceId, *, before: UUID, limit: int) -> list[asyncpg.Record]:
    """The newest first."""
    return await connection.fetch(_PAGE, workspace, before, limit)


# Of each table at most; more than this no person has.
EXPORTED_ROWS = 10_000
# What is only worked out from the rest is left out, and what partners were told: it repeats what stands elsewhere.
_DERIVED = {"profile", "profile_key", "profile_facts", "suggesting_due", "suggesting_key", "webhook_delivery"}
_EXPORTED = tuple(dict.fromkeys(table for _, table, _ in REMOVALS if table not in _DERIVED))


async def exported(connection: Connection, workspace: WorkspaceId, contact: ContactId) -> list[tuple[str, dict[str, object]]]:
    """Everything that is kept of a contact's profiles: table and row, without the workspace."""
    profiles = await profiles_of(connection, workspace, contact)
    found: list[tuple[str, dict[str, object]]] = []
    for table, key in (("profile", "id"), *((each, "profile_id") for each in _EXPORTED)):
        rows = await connection.fetch(
            f"SELECT to_jsonb(t) - 'workspace_id' AS data FROM {table} t WHERE t.workspace_id = $1 AND t.{key} = ANY($2) LIMIT $3",
            workspace,
            profiles,
            EXPORTED_ROWS,
        )
        found += [(table, row["data"]) for row in rows]
    return found


async def profiles_of(connection: Connection, workspace: WorkspaceId, contact: ContactId) -> list[ProfileId]:
    """The profiles that a contact has now."""
    return [ProfileId(row["id"]) for row in await connection.fetch(_PROFILES_OF, workspace, contact)]


_PROFILES_OF = "SELECT profile_id AS id FROM membership WHERE workspace_id = $1 AND contact_id = $2 ORDER BY profile_id"
