"""What engagement holds of a person, and the statement for each by which it goes or is emptied. All set-based, as `app`.

A table with a profile in it, or with words of people, stands in REMOVALS or in KEPT: a test compares them with the schema. The history's
rows stay as stubs, so that times, sums and the ledger stay right; they hang on the erasure instead of the profile.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ProfileId, WorkspaceId
from services.engagement.statements.records import REMOVED_RECORDS
from services.kit.db import Connection

BATCH = 200

# By the rows of the history in $2; $3 is the erasure, $4 the moment. Kind, table, statement. The row itself comes last.
REMOVALS: tuple[tuple[str, str, str], ...] = (
    (
        "files",
        "media",
        """
        WITH a AS MATERIALIZED (
            SELECT r.id AS row_id, (told ->> 'media_id')::uuid AS media_id, place
            FROM interaction r CROSS JOIN LATERAL jsonb_array_elements(
                CASE WHEN jsonb_typeof(r.attachments) = 'array' THEN r.attachments ELSE '[]' END
            ) WITH ORDINALITY AS t (told, place)
            WHERE r.workspace_id = $1 AND r.id = ANY($2::uuid[]) AND $3::uuid IS NOT NULL AND told ->> 'media_id' IS NOT NULL
        )
        UPDATE media SET state = 'gone', due_at = $4, attempts = 0, source_url = NULL, name = '', reason = '', interaction_id = a.row_id,
            place = a.place + 100
        FROM a WHERE media.workspace_id = $1 AND media.id = ANY(ARRAY(SELECT media_id FROM a)) AND media.id = a.media_id
          AND media.state <> 'gone' AND media.interaction_id IS NULL
        """,
    ),
    (
        "files",
        "media",
        """
        UPDATE media SET state = 'gone', due_at = $4, attempts = 0, source_url = NULL, name = '', reason = ''
        WHERE workspace_id = $1 AND interaction_id = ANY($2::uuid[]) AND $3::uuid IS NOT NULL AND state <> 'gone'
        """,
    ),
    (
        "versions",
        "interaction_version",
        """
        DELETE FROM interaction_version WHERE workspace_id = $1 AND interaction_id = ANY($2::uuid[])
          AND $3::uuid IS NOT NULL AND $4::timestamptz IS NOT NULL
        """,
    ),
    (
        "completions",
        "completion",
        """
        DELETE FROM completion WHERE workspace_id = $1 AND interaction_id = ANY($2::uuid[])
          AND $3::uuid IS NOT NULL AND $4::timestamptz IS NOT NULL
        """,
    ),
    (
        "search_documents",
        "search_document",
        """
        DELETE FROM search_document WHERE workspace_id = $1 AND interaction_id = ANY($2::uuid[])
          AND $3::uuid IS NOT NULL AND $4::timestamptz IS NOT NULL
        """,
    ),
    (
        "replies",
        "reply",
        """
        UPDATE reply SET profile_id = $3, text = '', attachments = NULL, begun = NULL, reason = '', external_id = NULL,
            change_text = NULL, change_reason = '', change_due_at = NULL, lease_id = NULL, lease_until = NULL,
            state = CASE WHEN state IN ('queued', 'proposed') THEN 'cancelled' WHEN state = 'unknown' THEN 'failed' ELSE state END,
            version = version + 1
        WHERE workspace_id = $1 AND interaction_id = ANY($2::uuid[]) AND $4::timestamptz IS NOT NULL
        """,
    ),
    (
        "messages",
        "interaction",
        """
        UPDATE interaction SET profile_id = $3, external_id = 'erased:' || id, text = NULL, attachments = NULL, extra = NULL,
            author_scope = CASE WHEN direction = 'inbound' THEN '' ELSE author_scope END,
            author_external_id = CASE WHEN direction = 'inbound' THEN '' ELSE author_external_id END,
            author_handle = CASE WHEN direction = 'inbound' THEN NULL ELSE author_handle END,
            author_name = CASE WHEN direction = 'inbound' THEN NULL ELSE author_name END,
            author_followers = NULL, venue_url = NULL,
            venue_title = CASE WHEN public AND venue_control = 'ours' THEN venue_title END,
            venue_external_id = CASE WHEN venue_control = 'ours' THEN venue_external_id ELSE '' END,
            thread = NULL, root = CASE WHEN public AND venue_control = 'ours' THEN root END, reply_to = NULL,
            reply_to_profile_id = NULL, mentioned_profile_ids = NULL, referral_code = NULL,
            ledger_reason = CASE WHEN ledger = 'owed' THEN 'erased' WHEN ledger = 'exempt' THEN ledger_reason ELSE '' END,
            ledger = CASE WHEN ledger = 'owed' THEN 'exempt' ELSE ledger END,
            settled_at = CASE WHEN ledger = 'owed' THEN $4 ELSE settled_at END, deleted_at = coalesce(deleted_at, $4)
        WHERE workspace_id = $1 AND id = ANY($2::uuid[])
        """,
    ),
)
# By the threads in $2 that the rows were in, and the profiles in $3.
OF_THREADS: tuple[tuple[str, str, str], ...] = (
    (
        "promises",
        "promise",
        "DELETE FROM promise WHERE workspace_id = $1 AND conversation_id = ANY($2::uuid[]) AND profile_id = ANY($3::uuid[])",
    ),
    (
        "named",
        "interaction",
        """
        UPDATE interaction SET
            reply_to_profile_id = CASE WHEN reply_to_profile_id = ANY($3::uuid[]) THEN NULL ELSE reply_to_profile_id END,
            mentioned_profile_ids = ARRAY(
                SELECT m FROM unnest(mentioned_profile_ids) AS m WHERE m <> ALL ($3::uuid[])
            )
        WHERE workspace_id = $1 AND conversation_id = ANY($2::uuid[])
          AND (reply_to_profile_id = ANY($3::uuid[]) OR mentioned_profile_ids && $3::uuid[])
        """,
    ),
)


def _projected(table: str) -> str:
    """Removes what identity had told of the profiles until it erased them."""
    return f"""
        DELETE FROM {table} p USING erased e WHERE p.workspace_id = $1 AND p.profile_id = ANY($2::uuid[])
          AND e.workspace_id = $1 AND e.subject_id = p.profile_id AND p.version <= e.version AND $3::timestamptz IS NOT NULL
        """


# By the profiles in $2; $3 is the moment until which they are erased.
OF_PROFILES: tuple[tuple[str, str, str], ...] = (
    ("records", "interaction", REMOVED_RECORDS),
    ("facts", "author_facts", "DELETE FROM author_facts WHERE workspace_id = $1 AND profile_id = ANY($2::uuid[]) AND told_at <= $3"),
    (
        "blocks",
        "blocked_profile",
        "DELETE FROM blocked_profile WHERE workspace_id = $1 AND profile_id = ANY($2::uuid[]) AND blocked_at <= $3",
    ),
    ("consents", "profile_consent", _projected("profile_consent")),
    # What was told since may hold words from before, beside new ones: a no that was said since stays.
    (
        "consents",
        "profile_consent",
        """
        UPDATE profile_consent p SET words = (
            SELECT coalesce(jsonb_agg(w ORDER BY place), '[]') FROM jsonb_array_elements(p.words) WITH ORDINALITY AS t (w, place)
            WHERE (w ->> 'at')::timestamptz > e.erased_at
        )
        FROM erased e WHERE p.workspace_id = $1 AND p.profile_id = ANY($2::uuid[]) AND e.workspace_id = $1 AND e.subject_id = p.profile_id
          AND $3::timestamptz IS NOT NULL
          AND EXISTS (SELECT FROM jsonb_array_elements(p.words) AS w WHERE (w ->> 'at')::timestamptz <= e.erased_at)
        """,
    ),
    ("assignments", "profile_contact", _projected("profile_contact")),
    ("assignments", "profile_kind", _projected("profile_kind")),
    (
        "notices",
        "notice",
        """
        DELETE FROM notice WHERE workspace_id = $1 AND channel_id = ANY(ARRAY(SELECT c.id FROM channel c WHERE c.workspace_id = $1))
          AND profile_id = ANY($2::uuid[]) AND told_at <= $3
        """,
    ),
)
KEPT: Mapping[str, str] = {
    "conversation": "it stays, without title and person: see `emptied_conversations`",
    "draft": "goes with a private thread, or where it answers a row that went: see `removed_drafts`",
    "rating": "the stars stay and are counted, without words and person: see `emptied_ratings`",
    "visitor": "by accounts, with the mailbox: see `removed_visitors`",
    "visitor_entry": "as visitor",
    "journal_body": "by what is read in them: see `candidate_bodies`",
    "journal": "keys are hashes; what a row waits for is forgotten with its body",
    "search_pending": "ids of rows whose words are made anew",
}


async def rows_of(
    connection: Connection, workspace: WorkspaceId, profiles: Sequence[ProfileId], *, at: datetime, until: datetime
) -> list[asyncpg.Record]:
    """A batch of the history's rows that hang on the profiles: what people did until `at`, what we did until `until`.

    A platform's clock may run ahead of ours, so what came until then counts too. A reply that is on its way now is left until it is not.
    """
    return await connection.fetch(
        """
        SELECT i.id, i.conversation_id, i.kind, i.direction, i.profile_id, i.deleted_at IS NULL AS present
        FROM interaction i WHERE i.workspace_id = $1 AND i.profile_id = ANY($2) AND i.conversation_id IS NOT NULL
          AND least(i.occurred_at, i.received_at) <= $4 AND (i.direction <> 'inbound' OR least(i.occurred_at, i.received_at) <= $3)
          AND NOT EXISTS (SELECT FROM reply r WHERE r.workspace_id = $1 AND r.interaction_id = i.id AND r.state = 'sending')
        ORDER BY i.occurred_at DESC, i.id DESC LIMIT $5
        """,
        workspace,
        list(profiles),
        at,
        until,
        BATCH,
    )


async def is_sending(connection: Connection, workspace: WorkspaceId, profiles: Sequence[ProfileId]) -> bool:
    """Whether a reply to one of them is on its way."""
    return bool(
        await connection.fetchval(
            "SELECT EXISTS (SELECT FROM reply WHERE workspace_id = $1 AND state = 'sending' AND profile_id = ANY($2))",
            workspace,
            list(profiles),
        )
    )


async def emptied_rows(
    connection: Connection, workspace: WorkspaceId, rows: Sequence[UUID], *, erasure: UUID, now: datetime
) -> list[tuple[str, int]]:
    """Empty rows of the history and remove what hangs on them; counts by kind."""
    counts = []
    for kind, _, statement in REMOVALS:
        answer = await connection.execute(statement, workspace, list(rows), erasure, now)
        counts.append((kind, int(answer.rpartition(" ")[2])))
    return counts


async def removed_of_threads(
    connection: Connection, workspace: WorkspaceId, threads: Sequence[UUID], *, profiles: Sequence[ProfileId]
) -> list[tuple[str, int]]:
    """What else threads hold of the profiles; counts by kind."""
    counts = []
    for kind, _, statement in OF_THREADS:
        answer = await connection.execute(statement, workspace, list(threads), list(profiles))
        counts.append((kind, int(answer.rpartition(" ")[2])))
    return counts


async def removed_of_profiles(
    connection: Connection, workspace: WorkspaceId, profiles: Sequence[ProfileId], *, until: datetime
) -> list[tuple[str, int]]:
    """What is kept by profile; counts by kind."""
    counts = []
    for kind, _, statement in OF_PROFILES:
        answer = await connection.execute(statement, workspace, list(profiles), until)
        counts.append((kind, int(answer.rpartition(" ")[2])))
    return counts


async def removed_drafts(connection: Connection, workspace: WorkspaceId, threads: Sequence[UUID], *, rows: Sequence[UUID]) -> int:
    """What members had begun to write: in a private thread all of it, in a public one what answers these rows."""
    answer = await connection.execute(
        """
        DELETE FROM draft d USING conversation c WHERE d.workspace_id = $1 AND d.conversation_id = ANY($2) AND c.workspace_id = $1
          AND c.id = d.conversation_id AND (NOT c.public OR d.answers_id = ANY($3))
        """,
        workspace,
        list(threads),
        list(rows),
    )
    return int(answer.rpartition(" ")[2])


async def emptied_ratings(
    connection: Connection, workspace: WorkspaceId, threads: Sequence[UUID], *, profiles: Sequence[ProfileId], erasure: UUID
) -> int:
    """Let the stars stay, without words and person; who was not asked yet will not be."""
    answer = await connection.execute(
        """
        UPDATE rating SET profile_id = $4, comment = '', state = CASE WHEN state = 'waiting' THEN 'dropped' ELSE state END
        WHERE workspace_id = $1 AND conversation_id = ANY($2) AND profile_id = ANY($3)
        """,
        workspace,
        list(threads),
        list(profiles),
        erasure,
    )
    return int(answer.rpartition(" ")[2])


async def emptied_conversations(
    connection: Connection, workspace: WorkspaceId, profiles: Sequence[ProfileId], *, erasure: UUID, at: datetime
) -> int:
    """Threads of the person: without title and person. A private one ends, and nothing that comes later is put into it."""
    answer = await connection.execute(
        """
        UPDATE conversation SET profile_id = $3, version = version + 1,
            title = CASE WHEN public THEN title END,
            key = CASE WHEN public THEN key ELSE sha256(convert_to($3::uuid::text || id::text, 'UTF8')) END,
            status = CASE WHEN public THEN status ELSE 'closed' END, snoozed_until = CASE WHEN public THEN snoozed_until END,
            closed_version = CASE WHEN public THEN closed_version ELSE version + 1 END
        WHERE workspace_id = $1 AND profile_id = ANY($2) AND started_at <= $4
        """,
        workspace,
        list(profiles),
        erasure,
        at,
    )
    return int(answer.rpartition(" ")[2])


async def removed_visitors(connection: Connection, workspace: WorkspaceId, visitors: Sequence[UUID], *, at: datetime) -> int:
    """Visitors of web chat with their mailboxes; of one who wrote since, only what was there before. Gives how many entries went."""
    answer = await connection.execute(
        "DELETE FROM visitor_entry WHERE workspace_id = $1 AND visitor_id = ANY($2) AND at <= $3", workspace, list(visitors), at
    )
    await connection.execute(
        """
        DELETE FROM visitor v WHERE workspace_id = $1 AND id = ANY($2) AND created_at <= $3
          AND NOT EXISTS (SELECT FROM visitor_entry e WHERE e.workspace_id = $1 AND e.visitor_id = v.id)
        """,
        workspace,
        list(visitors),
        at,
    )
    return int(answer.rpartition(" ")[2])


async def files_left(connection: Connection, workspace: WorkspaceId, erasure: UUID) -> int:
    """Files of the person that the store still has; rows of files that it never had go at once."""
    left: int = await connection.fetchval(
        """
        WITH stub AS (SELECT id FROM interaction WHERE workspace_id = $1 AND profile_id = $2), never AS (
            DELETE FROM media WHERE workspace_id = $1 AND interaction_id = ANY(ARRAY(SELECT id FROM stub)) AND size_bytes = 0
        )
        SELECT count(*) FROM media
        WHERE workspace_id = $1 AND interaction_id = ANY(ARRAY(SELECT id FROM stub)) AND size_bytes > 0
        """,
        workspace,
        erasure,
    )
    return left or 0


async def ids_of_stubs(connection: Connection, workspace: WorkspaceId, erasure: UUID, *, after: UUID) -> list[asyncpg.Record]:
    """A batch of what was emptied, by which kept answers name it: rows, with their threads, replies and channels."""
    return await connection.fetch(
        """
        SELECT i.id, i.conversation_id, i.channel_id, i.received_at,
            (SELECT r.id FROM reply r WHERE r.workspace_id = $1 AND r.interaction_id = i.id) AS reply_id
        FROM interaction i WHERE i.workspace_id = $1 AND i.profile_id = $2 AND i.id > $3 ORDER BY i.id LIMIT $4
        """,
        workspace,
        erasure,
        after,
        BATCH,
    )


async def candidate_bodies(
    connection: Connection, workspace: WorkspaceId, *, after: UUID, needles: Sequence[bytes], times: Sequence[datetime], limit: int
) -> list[asyncpg.Record]:
    """A batch of the journal's bodies in order of arrival; `body` only where a needle stands in it, or that came at one of the times."""
    return await connection.fetch(
        """
        SELECT b.journal_id, b.day, b.headers, j.channel_id, j.key, j.state, j.received_at,
            CASE WHEN j.received_at = ANY($4::timestamptz[])
                OR EXISTS (SELECT FROM unnest($3::bytea[]) AS n WHERE position(n IN b.body) > 0) THEN b.body END AS body
        FROM (
            SELECT journal_id, day, headers, body FROM journal_body
            WHERE workspace_id = $1 AND journal_id > $2 ORDER BY journal_id LIMIT $5
        ) b LEFT JOIN LATERAL (
            SELECT channel_id, key, state, received_at FROM journal o WHERE o.workspace_id = $1 AND o.id = b.journal_id OFFSET 0
        ) j ON true
        ORDER BY b.journal_id
        """,
        workspace,
        after,
        list(needles),
        list(times),
        limit,
    )


async def removed_bodies(connection: Connection, workspace: WorkspaceId, bodies: Sequence[UUID]) -> int:
    """Delete bodies. Their rows stay, by which a repeated delivery is known; what still waited for a message waits no more."""
    answer = await connection.execute("DELETE FROM journal_body WHERE workspace_id = $1 AND journal_id = ANY($2)", workspace, list(bodies))
    await connection.execute(
        """
        UPDATE journal SET waits_for = NULL, reason = CASE WHEN state = 'done' THEN reason ELSE 'erased' END,
            state = CASE WHEN state IN ('parked', 'failed', 'unknown') THEN 'ignored' ELSE state END
        WHERE workspace_id = $1 AND id = ANY($2)
        """,
        workspace,
        list(bodies),
    )
    return int(answer.rpartition(" ")[2])


async def removed_bodies_of_keys(connection: Connection, workspace: WorkspaceId, channel: UUID, keys: Sequence[bytes]) -> None:
    """Delete the bodies of deliveries that tell only of people who were erased since."""
    await connection.execute(
        """
        DELETE FROM journal_body b USING journal j WHERE b.workspace_id = $1 AND j.workspace_id = $1 AND j.channel_id = $2
          AND j.key = ANY($3) AND b.journal_id = j.id AND b.day = j.day
        """,
        workspace,
        channel,
        list(keys),
    )
