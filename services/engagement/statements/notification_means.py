"""Statements about how members are told: settings, preferences, and what waits for mail and chat. All under row-level security."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from services.contracts.ids import WorkspaceId
from services.kit.db import Connection

_PREFERENCE = "member_id, time_zone, quiet_from, quiet_until, digest, digest_at, chat, version"
_DELIVERY = "member_id, means, batch_id, attempt, lease_id"


async def settings_of(connection: Connection, workspace: WorkspaceId, members: Sequence[UUID]) -> list[asyncpg.Record]:
    """What these members chose, kind by kind."""
    return await connection.fetch(
        "SELECT member_id, kind, app, email, chat, digest FROM notification_setting WHERE workspace_id = $1 AND member_id = ANY($2)",
        workspace,
        list(members),
    )


async def preferences_of(connection: Connection, workspace: WorkspaceId, members: Sequence[UUID]) -> list[asyncpg.Record]:
    """When and where these members want to be told."""
    return await connection.fetch(
        f"SELECT {_PREFERENCE} FROM notification_preference WHERE workspace_id = $1 AND member_id = ANY($2)", workspace, list(members)
    )


async def change_settings(connection: Connection, workspace: WorkspaceId, member: UUID, rows: Sequence[tuple[object, ...]]) -> None:
    """Write what a member chose; rows are (kind, app, email, chat, digest), one per kind."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    await connection.execute(
        """
        INSERT INTO notification_setting (workspace_id, member_id, kind, app, email, chat, digest)
        SELECT $1, $2, s.* FROM unnest($3::text[], $4::boolean[], $5::boolean[], $6::boolean[], $7::boolean[])
            AS s (kind, app, email, chat, digest) ORDER BY s.kind
        ON CONFLICT ON CONSTRAINT notification_setting_pkey DO UPDATE SET
            app = EXCLUDED.app, email = EXCLUDED.email, chat = EXCLUDED.chat, digest = EXCLUDED.digest
        """,
        workspace,
        member,
        *columns,
    )


async def change_preference(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    member: UUID,
    *,
    time_zone: str,
    quiet_from: int | None,
    quiet_until: int | None,
    digest: str,
    digest_at: int,
    version: int,
) -> int | None:
    """Write when a member wants to be told, unless it was changed since `version` (0: never written). Gives the new version, else None."""
    changed: int | None = await connection.fetchval(
        """
        INSERT INTO notification_preference AS p
            (workspace_id, member_id, time_zone, quiet_from, quiet_until, digest, digest_at, version)
        SELECT $1, $2, $3, $4, $5, $6, $7, 1
        WHERE $8 = 0 OR EXISTS (SELECT FROM notification_preference WHERE workspace_id = $1 AND member_id = $2)
        ON CONFLICT ON CONSTRAINT notification_preference_pkey DO UPDATE SET time_zone = EXCLUDED.time_zone,
            quiet_from = EXCLUDED.quiet_from, quiet_until = EXCLUDED.quiet_until, digest = EXCLUDED.digest,
            digest_at = EXCLUDED.digest_at, version = p.version + 1
        WHERE p.version = $8
        RETURNING version
        """,
        workspace,
        member,
        time_zone,
        quiet_from,
        quiet_until,
        digest,
        digest_at,
        version,
    )
    return changed


async def set_chat(connection: Connection, workspace: WorkspaceId, member: UUID, *, chat: bytes | None) -> None:
    """Where a member's chat is told; None ends it."""
    await connection.execute(
        """
        INSERT INTO notification_preference AS p (workspace_id, member_id, time_zone, digest, digest_at, chat, version)
        VALUES ($1, $2, 'UTC', 'day', 480, $3, 1)
        ON CONFLICT ON CONSTRAINT notification_preference_pkey DO UPDATE SET chat = EXCLUDED.chat, version = p.version + 1
        """,
        workspace,
        member,
        chat,
    )


async def troubles_of(connection: Connection, workspace: WorkspaceId, member: UUID) -> list[asyncpg.Record]:
    """Which means do not work for a member at present, and why."""
    return await connection.fetch(
        "SELECT means, trouble FROM notification_delivery WHERE workspace_id = $1 AND member_id = $2 AND trouble <> '' ORDER BY means",
        workspace,
        member,
    )


async def queue_deliveries(
    connection: Connection, workspace: WorkspaceId, rows: Sequence[tuple[UUID, str, UUID, datetime]], *, pause: timedelta
) -> None:
    """Have members told by some means, no sooner than `pause` after the last time. Rows are (member id, means, batch id, due at)."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    await connection.execute(
        """
        INSERT INTO notification_delivery AS d (workspace_id, member_id, means, batch_id, due_at, attempt, trouble)
        SELECT $1, q.member_id, q.means, q.batch_id, q.due_at, 0, ''
        FROM unnest($3::uuid[], $4::text[], $5::uuid[], $6::timestamptz[]) AS q (member_id, means, batch_id, due_at)
        ORDER BY q.member_id, q.means
        ON CONFLICT ON CONSTRAINT notification_delivery_pkey
        DO UPDATE SET due_at = coalesce(d.due_at, greatest(EXCLUDED.due_at, d.sent_at + $2::interval))
        """,
        workspace,
        pause,
        *columns,
    )


async def claim_deliveries(
    connection: Connection, workspace: WorkspaceId, *, lease: UUID, lease_until: datetime, now: datetime, limit: int
) -> list[asyncpg.Record]:
    """Take what is due; nobody else sends it before the lease ends."""
    return await connection.fetch(
        f"""
        UPDATE notification_delivery d SET lease_id = $2, lease_until = $3, attempt = attempt + 1
        FROM (
            SELECT member_id, means FROM notification_delivery
            WHERE workspace_id = $1 AND due_at <= $4 AND (lease_until IS NULL OR lease_until < $4)
            ORDER BY due_at LIMIT $5 FOR UPDATE SKIP LOCKED
        ) AS taken
        WHERE d.workspace_id = $1 AND d.member_id = taken.member_id AND d.means = taken.means
        RETURNING {", ".join("d." + each for each in _DELIVERY.split(", "))}
        """,
        workspace,
        lease,
        lease_until,
        now,
        limit,
    )


async def lock_delivery(connection: Connection, workspace: WorkspaceId, member: UUID, *, means: str, lease: UUID) -> bool:
    """Whether the lease still holds; its row is locked, so that what is told meanwhile waits."""
    found = await connection.fetchval(
        "SELECT true FROM notification_delivery WHERE workspace_id = $1 AND member_id = $2 AND means = $3 AND lease_id = $4 FOR UPDATE",
        workspace,
        member,
        means,
        lease,
    )
    return bool(found)


async def waiting_notifications(
    connection: Connection, workspace: WorkspaceId, member: UUID, *, means: str, limit: int
) -> list[asyncpg.Record]:
    """What a member is still to be told by this means and has not read, the oldest first."""
    return await connection.fetch(
        """
        SELECT id, kind, matter, conversation_id, channel_id, reason, count, created_at FROM notification
        WHERE workspace_id = $1 AND member_id = $2 AND read_at IS NULL
            AND CASE $3 WHEN 'email' THEN by_email WHEN 'chat' THEN by_chat ELSE by_digest END
        ORDER BY changed_at LIMIT $4
        """,
        workspace,
        member,
        means,
        limit,
    )


async def mark_told(
    connection: Connection, workspace: WorkspaceId, member: UUID, ids: Sequence[UUID], *, means: str, now: datetime
) -> None:
    """These were told by this means. What the application does not show and nothing else waits for is thereby read."""
    await connection.execute(
        """
        UPDATE notification SET
            by_email = by_email AND $4 <> 'email', by_chat = by_chat AND $4 <> 'chat', by_digest = by_digest AND $4 <> 'digest',
            read_at = CASE WHEN in_app OR (by_email AND $4 <> 'email') OR (by_chat AND $4 <> 'chat') OR (by_digest AND $4 <> 'digest')
                THEN read_at ELSE coalesce(read_at, $5) END
        WHERE workspace_id = $1 AND member_id = $2 AND id = ANY($3)
        """,
        workspace,
        member,
        list(ids),
        means,
        now,
    )


async def end_delivery(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    member: UUID,
    *,
    means: str,
    batch: UUID,
    due_at: datetime | None,
    sent_at: datetime | None,
    trouble: str,
) -> None:
    """A message went out, or never will: the next one has a name of its own."""
    await connection.execute(
        """
        UPDATE notification_delivery SET batch_id = $4, due_at = $5, sent_at = coalesce($6, sent_at), trouble = $7, attempt = 0,
            lease_id = NULL, lease_until = NULL
        WHERE workspace_id = $1 AND member_id = $2 AND means = $3
        """,
        workspace,
        member,
        means,
        batch,
        due_at,
        sent_at,
        trouble,
    )


async def delay_delivery(
    connection: Connection, workspace: WorkspaceId, member: UUID, *, means: str, due_at: datetime, trouble: str
) -> None:
    """Try again later, with the same name."""
    await connection.execute(
        """
        UPDATE notification_delivery SET due_at = $4, trouble = $5, lease_id = NULL, lease_until = NULL
        WHERE workspace_id = $1 AND member_id = $2 AND means = $3
        """,
        workspace,
        member,
        means,
        due_at,
        trouble,
    )
