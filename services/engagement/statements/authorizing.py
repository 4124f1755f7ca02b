"""Statements about registrations and authorizations under way, as `app`. Called by `authorizing`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import WorkspaceId
from services.kit.db import Connection

COLUMNS = "id, platform, name, caller_id, member_id, channel_id, state, reason, sealed, channels, begun_at, expires_at"


async def registration_of(connection: Connection, workspace: WorkspaceId, app: str) -> bytes | None:
    """The sealed values of a workspace's own registration."""
    sealed: bytes | None = await connection.fetchval(
        "SELECT sealed FROM app_registration WHERE workspace_id = $1 AND app = $2", workspace, app
    )
    return sealed


async def registered_apps(connection: Connection, workspace: WorkspaceId) -> list[str]:
    """For what the workspace has registrations of its own."""
    rows = await connection.fetch("SELECT app FROM app_registration WHERE workspace_id = $1 ORDER BY app", workspace)
    return [row["app"] for row in rows]


async def keep_registration(connection: Connection, workspace: WorkspaceId, app: str, *, sealed: bytes, now: datetime) -> None:
    """A workspace's own registration; it replaces an earlier one."""
    await connection.execute(
        """
        INSERT INTO app_registration (workspace_id, app, sealed, changed_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (workspace_id, app) DO UPDATE SET sealed = EXCLUDED.sealed, changed_at = EXCLUDED.changed_at
        """,
        workspace,
        app,
        sealed,
        now,
    )


async def forget_registration(connection: Connection, workspace: WorkspaceId, app: str) -> bool:
    """Whether there was one."""
    gone: bool | None = await connection.fetchval(
        "DELETE FROM app_registration WHERE workspace_id = $1 AND app = $2 RETURNING true", workspace, app
    )
    return gone is True


async def insert_authorization(  # noqa: PLR0913 - each is one column
    connection: Connection,
    workspace: WorkspaceId,
    id_: UUID,
    *,
    platform: str,
    name: str,
    caller: UUID,
    member: UUID | None,
    channel: UUID | None,
    sealed: bytes,
    now: datetime,
    expires_at: datetime,
) -> None:
    """A new one, begun."""
    await connection.execute(
        """
        INSERT INTO channel_authorization
            (workspace_id, id, platform, name, caller_id, member_id, channel_id, state, sealed, begun_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'begun', $8, $9, $10)
        """,
        workspace,
        id_,
        platform,
        name,
        caller,
        member,
        channel,
        sealed,
        now,
        expires_at,
    )


async def authorization_of(connection: Connection, workspace: WorkspaceId, id_: UUID) -> asyncpg.Record | None:
    """One, in whatever state."""
    return await connection.fetchrow(f"SELECT {COLUMNS} FROM channel_authorization WHERE workspace_id = $1 AND id = $2", workspace, id_)


async def take_callback(
    connection: Connection, workspace: WorkspaceId, id_: UUID, *, platform: str, now: datetime
) -> asyncpg.Record | None:
    """Count its state as used; None where it was used, is over, or is another platform's."""
    return await connection.fetchrow(
        f"""
        UPDATE channel_authorization SET state = 'returned'
        WHERE workspace_id = $1 AND id = $2 AND platform = $3 AND state = 'begun' AND expires_at > $4 RETURNING {COLUMNS}
        """,
        workspace,
        id_,
        platform,
        now,
    )


async def take_granted(connection: Connection, workspace: WorkspaceId, id_: UUID, *, state: str, now: datetime) -> asyncpg.Record | None:
    """Lock one that is in this state (confirming, choosing); None where that was done, or is over."""
    return await connection.fetchrow(
        f"""
        SELECT {COLUMNS} FROM channel_authorization
        WHERE workspace_id = $1 AND id = $2 AND state = $3 AND expires_at > $4 FOR UPDATE
        """,
        workspace,
        id_,
        state,
        now,
    )


async def let_confirm(connection: Connection, workspace: WorkspaceId, id_: UUID, *, sealed: bytes, expires_at: datetime) -> None:
    """Accounts were granted: keep them until whoever began has the code."""
    await connection.execute(
        "UPDATE channel_authorization SET state = 'confirming', sealed = $3, expires_at = $4 WHERE workspace_id = $1 AND id = $2",
        workspace,
        id_,
        sealed,
        expires_at,
    )


async def let_choose(connection: Connection, workspace: WorkspaceId, id_: UUID) -> None:
    """Several accounts were granted, and the code is right: some are to be chosen."""
    await connection.execute("UPDATE channel_authorization SET state = 'choosing' WHERE workspace_id = $1 AND id = $2", workspace, id_)


async def conclude(connection: Connection, workspace: WorkspaceId, id_: UUID, *, state: str, reason: str, channels: Sequence[UUID]) -> None:
    """It is over: nothing secret of it stays."""
    await connection.execute(
        r"""
        UPDATE channel_authorization SET state = $3, reason = $4, channels = $5, sealed = '\x' WHERE workspace_id = $1 AND id = $2
        """,
        workspace,
        id_,
        state,
        reason,
        " ".join(map(str, channels)),
    )


async def forget_old(connection: Connection, workspace: WorkspaceId, *, before: datetime) -> None:
    """Forget those that ended before then, with what they kept."""
    await connection.execute("DELETE FROM channel_authorization WHERE workspace_id = $1 AND expires_at < $2", workspace, before)
