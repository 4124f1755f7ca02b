"""Statements that write the history: conversations, interactions, edits, deletions, the ledger. All set-based, as `app`."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import ChannelId, ConversationId, InteractionId, ProfileId, WorkspaceId
from services.engagement.statements.reading import GROUP
from services.kit.db import Connection

INTERACTION_COLUMNS: tuple[tuple[str, str], ...] = (
    ("id", "uuid"),
    ("channel_id", "uuid"),
    ("conversation_id", "uuid"),
    ("profile_id", "uuid"),
    ("external_id", "text"),
    ("kind", "text"),
    ("direction", "text"),
    ("public", "boolean"),
    ("occurred_at", "timestamptz"),
    ("received_at", "timestamptz"),
    ("source", "text"),
    ("text", "text"),
    ("rating", "float8"),
    ("attachments", "text"),
    ("author_network", "text"),
    ("author_scope", "text"),
    ("author_external_id", "text"),
    ("author_handle", "text"),
    ("author_name", "text"),
    ("author_followers", "int"),
    ("venue_network", "text"),
    ("venue_scope", "text"),
    ("venue_external_id", "text"),
    ("venue_url", "text"),
    ("venue_title", "text"),
    ("venue_control", "text"),
    ("venue_media", "text"),
    ("thread", "text"),
    ("root", "text"),
    ("reply_to", "text"),
    ("reply_to_profile_id", "uuid"),
    ("mentioned", "text"),
    ("addressed", "text"),
    ("campaign", "text"),
    ("referral_code", "text"),
    ("extra", "text"),
    ("conversation_version", "int"),
    ("native", "boolean"),
    ("member_id", "uuid"),
    ("ledger", "text"),
    ("ledger_reason", "text"),
)
_NAMES = ", ".join("mentioned_profile_ids" if name == "mentioned" else name for name, _ in INTERACTION_COLUMNS)
# An array of arrays must be rectangular, so lists and documents of a row travel as text.
_CASTS = {"mentioned": "::uuid[]", "attachments": "::jsonb", "extra": "::jsonb"}
_VALUES = ", ".join(f"r.{name}{_CASTS.get(name, '')}" for name, _ in INTERACTION_COLUMNS)
_ARRAYS = ", ".join(f"${n}::{type_}[]" for n, (_, type_) in enumerate(INTERACTION_COLUMNS, start=2))
LOCKED = "id, key, channel_id, profile_id, version, status, answered_at, owner_id, priority, snoozed_until, spam, survivor_id"
_INSERT_INTERACTIONS = f"""
INSERT INTO interaction (workspace_id, {_NAMES}, settled_at)
SELECT $1, {_VALUES}, CASE WHEN r.ledger = 'exempt' THEN r.received_at END
FROM unnest({_ARRAYS}) AS r ({", ".join(name for name, _ in INTERACTION_COLUMNS)})
ON CONFLICT ON CONSTRAINT interaction_workspace_id_channel_id_external_id_key DO NOTHING
RETURNING id
"""


async def open_conversations(
    connection: Connection, workspace: WorkspaceId, channel: ChannelId, *, rows: Sequence[tuple[object, ...]]
) -> None:
    """Make the threads that are new; rows are (id, key, profile_id, platform, kind, public, title, started_at, status)."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    await connection.execute(
        """
        INSERT INTO conversation (workspace_id, channel_id, id, key, profile_id, platform, kind, public, title, started_at,
            last_activity_at, status, message_count, version, closed_version)
        SELECT $1, $2, c.id, c.key, c.profile_id, c.platform, c.kind, c.public, c.title, c.started_at, c.started_at, c.status, 0, 0, 0
        FROM unnest($3::uuid[], $4::bytea[], $5::uuid[], $6::text[], $7::text[], $8::boolean[], $9::text[], $10::timestamptz[], $11::text[])
            AS c (id, key, profile_id, platform, kind, public, title, started_at, status)
        ON CONFLICT ON CONSTRAINT conversation_workspace_id_channel_id_key_key DO NOTHING
        """,
        workspace,
        channel,
        *columns,
    )


async def locked_conversations(
    connection: Connection, workspace: WorkspaceId, channel: ChannelId, keys: Sequence[bytes]
) -> list[asyncpg.Record]:
    """The threads of these keys, and those they were merged into, locked in one order for the rest of the transaction."""
    return await connection.fetch(
        f"""
        WITH asked AS (SELECT id, survivor_id FROM conversation WHERE workspace_id = $1 AND channel_id = $2 AND key = ANY($3))
        SELECT {LOCKED} FROM conversation
        WHERE workspace_id = $1 AND id = ANY(ARRAY(
            SELECT id FROM asked UNION ALL SELECT survivor_id FROM asked WHERE survivor_id IS NOT NULL
        ))
        ORDER BY id FOR UPDATE
        """,
        workspace,
        channel,
        list(keys),
    )


async def locked_leads(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """Threads by their ids, locked in one order."""
    return await connection.fetch(
        f"SELECT {LOCKED} FROM conversation WHERE workspace_id = $1 AND id = ANY($2) ORDER BY id FOR UPDATE", workspace, list(ids)
    )


async def lock_conversations(connection: Connection, workspace: WorkspaceId, ids: Collection[UUID]) -> None:
    """Lock threads in one order. Whoever changes replies and interactions of a thread locks it first: so nobody deadlocks."""
    if ids:
        await connection.execute(
            "SELECT FROM conversation WHERE workspace_id = $1 AND id = ANY($2) ORDER BY id FOR UPDATE", workspace, list(ids)
        )


async def insert_interactions(connection: Connection, workspace: WorkspaceId, columns: Sequence[Sequence[object]]) -> set[InteractionId]:
    """Insert rows given as columns (INTERACTION_COLUMNS); gives the ids of those that were new. What is exempt is so since it came."""
    rows = await connection.fetch(_INSERT_INTERACTIONS, workspace, *columns)
    return {InteractionId(row["id"]) for row in rows}


async def advance_conversations(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]]) -> None:
    """Count what came: rows are (id, version, new messages, newest time, reopen, whether a person spoke).

    Where a person spoke, whoever has work there has something to read. The ids are named twice: so no plan reads more than their rows.
    """
    columns = [list(column) for column in zip(*rows, strict=True)]
    await connection.execute(
        """
        WITH told AS (
            UPDATE conversation_task k SET unread = true FROM unnest($2::uuid[], $7::boolean[]) AS c (id, spoken)
            WHERE k.workspace_id = $1 AND k.conversation_id = c.id AND k.conversation_id = ANY($2) AND c.spoken
              AND k.member_id IS NOT NULL AND NOT k.closed AND NOT k.unread
        )
        UPDATE conversation SET version = c.version, message_count = message_count + c.added,
            last_activity_at = greatest(last_activity_at, c.newest),
            inbound_version = CASE WHEN c.spoken THEN c.version ELSE inbound_version END,
            status = CASE WHEN c.reopen THEN 'open' ELSE status END,
            snoozed_until = CASE WHEN c.reopen THEN NULL ELSE snoozed_until END
        FROM unnest($2::uuid[], $3::int[], $4::int[], $5::timestamptz[], $6::boolean[], $7::boolean[])
            AS c (id, version, added, newest, reopen, spoken)
        WHERE conversation.workspace_id = $1 AND conversation.id = c.id AND conversation.id = ANY($2)
        """,
        workspace,
        *columns,
    )


async def interactions_by_external_id(
    connection: Connection, workspace: WorkspaceId, channel: ChannelId, external_ids: Sequence[str]
) -> list[asyncpg.Record]:
    """The rows that edits and deletions speak of, locked in one order."""
    return await connection.fetch(
        """
        SELECT id, external_id, conversation_id, profile_id, text, edited_at, deleted_at, occurred_at FROM interaction
        WHERE workspace_id = $1 AND channel_id = $2 AND external_id = ANY($3) ORDER BY id FOR UPDATE
        """,
        workspace,
        channel,
        list(external_ids),
    )


async def edit_interaction(
    connection: Connection,
    workspace: WorkspaceId,
    interaction: InteractionId,
    *,
    text: str | None,
    edited_at: datetime,
    rating: float | None = None,
) -> bool:
    """Replace a text, and a rating where there is a new one, unless a later edit or a deletion is already there.

    Another text before it is kept. True where it says something else now: what was first seen as it was after its edit does not.
    """
    changed: bool | None = await connection.fetchval(
        """
        WITH before AS (
            SELECT id, text, rating FROM interaction
            WHERE workspace_id = $1 AND id = $2 AND deleted_at IS NULL AND (edited_at IS NULL OR edited_at < $4)
        ), kept AS (
            INSERT INTO interaction_version (workspace_id, interaction_id, replaced_at, text)
            SELECT $1, id, $4, text FROM before WHERE text IS DISTINCT FROM $3 ON CONFLICT DO NOTHING
        )
        UPDATE interaction SET text = $3, edited_at = $4, rating = coalesce($5, before.rating) FROM before
        WHERE interaction.workspace_id = $1 AND interaction.id = before.id
        RETURNING before.text IS DISTINCT FROM $3 OR before.rating IS DISTINCT FROM coalesce($5, before.rating)
        """,
        workspace,
        interaction,
        text,
        edited_at,
        rating,
    )
    return changed is True


async def delete_interaction(connection: Connection, workspace: WorkspaceId, interaction: InteractionId, *, deleted_at: datetime) -> bool:
    """Take a text back, with its earlier versions and what it owed. True where it was still there."""
    answer = await connection.execute(
        """
        WITH versions AS (
            DELETE FROM interaction_version WHERE workspace_id = $1 AND interaction_id = $2
        )
        UPDATE interaction SET text = NULL, attachments = NULL, deleted_at = $3,
            ledger = CASE WHEN ledger = 'owed' THEN 'exempt' ELSE ledger END,
            ledger_reason = CASE WHEN ledger = 'owed' THEN 'deleted by its author' ELSE ledger_reason END,
            settled_at = CASE WHEN ledger = 'owed' THEN $3 ELSE settled_at END
        WHERE workspace_id = $1 AND id = $2 AND deleted_at IS NULL
        """,
        workspace,
        interaction,
        deleted_at,
    )
    return answer != "UPDATE 0"


async def settle_owed(  # noqa: PLR0913 - each narrows what is settled, or is one column
    connection: Connection,
    workspace: WorkspaceId,
    conversation: ConversationId,
    *,
    profile: ProfileId | None,
    until: datetime,
    ledger: str,
    reason: str,
    now: datetime,
    member: UUID | None = None,
    answer: UUID | None = None,
) -> list[asyncpg.Record]:
    """Settle what is owed in a conversation, and those read as one with it, to a person (None: to anyone), received until then.

    `member` did it, by writing `answer`, where that is known.
    """
    return await connection.fetch(
        f"""
        WITH owed AS (
            SELECT id FROM interaction
            WHERE workspace_id = $1 AND conversation_id = ANY(ARRAY{GROUP}) AND ledger = 'owed'
              AND ($3::uuid IS NULL OR profile_id = $3) AND received_at <= $4
            ORDER BY id FOR UPDATE
        )
        UPDATE interaction SET ledger = $5, ledger_reason = $6, settled_at = $7, member_id = $8, answer_id = $9
        FROM owed WHERE interaction.workspace_id = $1 AND interaction.id = owed.id
        RETURNING interaction.id, interaction.profile_id, interaction.conversation_id
        """,
        workspace,
        conversation,
        profile,
        until,
        ledger,
        reason,
        now,
        member,
        answer,
    )


async def declined_of_conversations(
    connection: Connection, workspace: WorkspaceId, conversations: Sequence[UUID], *, reason: str, member: UUID | None, now: datetime
) -> list[asyncpg.Record]:
    """Decline all that is owed in threads and those merged into them; `lead_id` is the thread that speaks for a row's."""
    return await connection.fetch(
        """
        WITH thread AS (
            SELECT id, id AS lead_id FROM conversation WHERE workspace_id = $1 AND id = ANY($2)
            UNION ALL
            SELECT id, survivor_id FROM conversation WHERE workspace_id = $1 AND survivor_id = ANY($2)
        ), owed AS (
            SELECT i.id, t.lead_id FROM thread t JOIN interaction i ON i.workspace_id = $1 AND i.conversation_id = t.id
            WHERE i.ledger = 'owed' ORDER BY i.id FOR UPDATE OF i
        )
        UPDATE interaction SET ledger = 'declined', ledger_reason = $3, settled_at = $4, member_id = $5 FROM owed
        WHERE interaction.workspace_id = $1 AND interaction.id = owed.id
        RETURNING interaction.id, interaction.profile_id, interaction.conversation_id, owed.lead_id
        """,
        workspace,
        list(conversations),
        reason,
        now,
        member,
    )


async def mark_answered(connection: Connection, workspace: WorkspaceId, conversation: ConversationId, *, at: datetime) -> None:
    """Remember that we have spoken in a thread."""
    await connection.execute(
        "UPDATE conversation SET answered_at = greatest(answered_at, $3) WHERE workspace_id = $1 AND id = $2",
        workspace,
        conversation,
        at,
    )


async def stamp(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]]) -> list[asyncpg.Record]:
    """Write what interactions are about, whose they are and by when, and exempt those that are owed and need no answer; gives the latter.

    The rows are locked in one order and as they stood then compared: the update takes its rows from the locked ones. An older
    version of a task changes nothing.

    Rows are (id, discipline, phase, sentiment, urgency, exempt reason or None, task id, task version, due at); without a
    discipline, or without a task, that part stays.
    """
    columns = [list(column) for column in zip(*rows, strict=True)]
    return await connection.fetch(
        """
        WITH news AS (
            SELECT * FROM unnest(
                $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::uuid[], $9::int[], $10::timestamptz[]
            ) AS n (id, discipline, phase, sentiment, urgency, exempt, task_id, task_version, due_at)
        ), target AS (
            SELECT i.id, i.ledger, i.ledger = 'owed' AND n.exempt IS NOT NULL AS exempted,
                n.task_id IS NOT NULL AND (i.task_id IS DISTINCT FROM n.task_id OR i.task_version < n.task_version) AS tasked
            FROM interaction i JOIN news n ON i.id = n.id
            WHERE i.workspace_id = $1 AND i.id = ANY($2) ORDER BY i.id FOR UPDATE OF i
        ), stamped AS (
            UPDATE interaction i SET
                discipline = coalesce(n.discipline, i.discipline), phase = coalesce(n.phase, i.phase),
                sentiment = coalesce(n.sentiment, i.sentiment), urgency = coalesce(n.urgency, i.urgency),
                ledger = CASE WHEN t.exempted THEN 'exempt' ELSE i.ledger END,
                ledger_reason = CASE WHEN t.exempted THEN n.exempt ELSE i.ledger_reason END,
                settled_at = CASE WHEN t.exempted THEN i.received_at ELSE i.settled_at END,
                task_id = CASE WHEN t.tasked THEN n.task_id ELSE i.task_id END,
                task_version = CASE WHEN t.tasked THEN n.task_version ELSE i.task_version END,
                due_at = CASE WHEN t.tasked THEN n.due_at ELSE i.due_at END
            FROM target t JOIN news n ON n.id = t.id
            WHERE i.workspace_id = $1 AND i.id = t.id AND i.id = ANY($2) AND (n.discipline IS NOT NULL OR t.tasked)
            RETURNING i.id, i.profile_id, i.conversation_id, t.exempted
        )
        SELECT id, profile_id, conversation_id FROM stamped WHERE exempted
        """,
        workspace,
        *columns,
    )


async def assign_profiles(connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[object, ...]]) -> None:
    """Keep whose profile it is; rows are (profile id, contact id, version), one per profile. What is older or erased changes nothing."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    await connection.execute(
        """
        INSERT INTO profile_contact (workspace_id, profile_id, contact_id, version)
        SELECT $1, p.profile_id, p.contact_id, p.version
        FROM unnest($2::uuid[], $3::uuid[], $4::int[]) AS p (profile_id, contact_id, version)
        WHERE NOT EXISTS (SELECT FROM erased e WHERE e.workspace_id = $1 AND e.subject_id = p.profile_id AND e.version >= p.version)
        ORDER BY p.profile_id
        ON CONFLICT ON CONSTRAINT profile_contact_pkey DO UPDATE SET contact_id = EXCLUDED.contact_id, version = EXCLUDED.version
        WHERE profile_contact.version < EXCLUDED.version
        """,
        workspace,
        *columns,
    )
