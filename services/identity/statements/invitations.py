"""Statements of invitations; tokens come here as hashes only. Called by `access` inside the edge's transaction."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import InvitationId, MemberId, WorkspaceId
from services.contracts.views import InvitationView
from services.contracts.vocabulary import Discipline, InvitationState, Role
from services.kit.db import Connection

_COLUMNS = """
id, email, role, disciplines, languages, team_id, invited_by, sendings, created_at, sent_at, expires_at, accepted_at, member_id, revoked_at
"""
_NEW = """
INSERT INTO invitation (workspace_id, id, email, email_key, role, disciplines, languages, team_id, invited_by, token_hash,
    sendings, created_at, sent_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, $11, $12)
ON CONFLICT (workspace_id, email_key) WHERE accepted_at IS NULL AND revoked_at IS NULL DO NOTHING
RETURNING id
"""
_OPEN = """
SELECT id FROM invitation WHERE workspace_id = $1 AND email_key = $2 AND accepted_at IS NULL AND revoked_at IS NULL
"""
_PAGE = f"""
SELECT {_COLUMNS} FROM invitation WHERE workspace_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3
"""
_BY_IDS = f"SELECT {_COLUMNS} FROM invitation WHERE workspace_id = $1 AND id = ANY($2::uuid[])"
_FOR_CHANGE = f"SELECT {_COLUMNS} FROM invitation WHERE workspace_id = $1 AND id = $2 FOR UPDATE"
_HELD = f"SELECT {_COLUMNS} FROM invitation WHERE workspace_id = $1 AND token_hash = $2 FOR UPDATE"
_RESENT = """
UPDATE invitation SET token_hash = $3, sendings = sendings + 1, sent_at = $4, expires_at = $5 WHERE workspace_id = $1 AND id = $2
"""
_REVOKED = "UPDATE invitation SET revoked_at = $3 WHERE workspace_id = $1 AND id = $2"
_REVOKED_OF_MEMBER = """
UPDATE invitation SET revoked_at = $3
WHERE workspace_id = $1 AND invited_by = $2 AND accepted_at IS NULL AND revoked_at IS NULL RETURNING id, email
"""
_ACCEPTED = "UPDATE invitation SET accepted_at = $3, member_id = $4 WHERE workspace_id = $1 AND id = $2"


async def inserted_invitation(
    connection: Connection, workspace: WorkspaceId, invitation: InvitationView, *, email_key: str, token_hash: bytes
) -> bool:
    """False where an invitation to the address waits already; nothing is written then."""
    done = await connection.fetchval(
        _NEW,
        workspace,
        invitation.id,
        invitation.email,
        email_key,
        invitation.role,
        list(invitation.disciplines),
        list(invitation.languages),
        invitation.team_id,
        invitation.invited_by,
        token_hash,
        invitation.created_at,
        invitation.expires_at,
    )
    return done is not None


async def open_invitation(connection: Connection, workspace: WorkspaceId, email_key: str) -> InvitationId | None:
    """The one to an address that was neither accepted nor revoked, expired or not."""
    found: InvitationId | None = await connection.fetchval(_OPEN, workspace, email_key)
    return found


async def page_of_invitations(
    connection: Connection, workspace: WorkspaceId, *, after: UUID | None, limit: int, now: datetime
) -> list[InvitationView]:
    """The newest first."""
    return [_view(row, now=now) for row in await connection.fetch(_PAGE, workspace, after, limit)]


async def invitations_of_ids(
    connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID], *, now: datetime
) -> dict[UUID, InvitationView]:
    """Those of `ids` that exist."""
    return {row["id"]: _view(row, now=now) for row in await connection.fetch(_BY_IDS, workspace, ids)}


async def invitation_for_change(
    connection: Connection, workspace: WorkspaceId, invitation: InvitationId, *, now: datetime
) -> InvitationView | None:
    """With its row locked."""
    row = await connection.fetchrow(_FOR_CHANGE, workspace, invitation)
    return None if row is None else _view(row, now=now)


async def invitation_of_token(connection: Connection, workspace: WorkspaceId, token_hash: bytes, *, now: datetime) -> InvitationView | None:
    """With its row locked, so that a link works once."""
    row = await connection.fetchrow(_HELD, workspace, token_hash)
    return None if row is None else _view(row, now=now)


async def resent_invitation(
    connection: Connection,
    workspace: WorkspaceId,
    invitation: InvitationId,
    *,
    token_hash: bytes,
    now: datetime,
    expires_at: datetime,
) -> None:
    """Give it another token and more time; the former token is worth nothing."""
    await connection.execute(_RESENT, workspace, invitation, token_hash, now, expires_at)


async def revoked_invitation(connection: Connection, workspace: WorkspaceId, invitation: InvitationId, *, now: datetime) -> None:
    """Take it back."""
    await connection.execute(_REVOKED, workspace, invitation, now)


async def revoked_invitations_of(
    connection: Connection, workspace: WorkspaceId, member: MemberId, *, now: datetime
) -> list[tuple[InvitationId, str]]:
    """Take back what a member sent and nobody accepted; gives their ids and addresses."""
    rows = await connection.fetch(_REVOKED_OF_MEMBER, workspace, member, now)
    return [(row["id"], row["email"]) for row in rows]


async def accepted_invitation(
    connection: Connection, workspace: WorkspaceId, invitation: InvitationId, *, member: MemberId, now: datetime
) -> None:
    """Note who came of it."""
    await connection.execute(_ACCEPTED, workspace, invitation, now, member)


def _view(row: asyncpg.Record, *, now: datetime) -> InvitationView:
    return InvitationView(
        id=row["id"],
        email=row["email"],
        role=Role(row["role"]),
        disciplines=tuple(Discipline(each) for each in row["disciplines"]),
        languages=tuple(row["languages"]),
        state=_state(row, now=now),
        sendings=row["sendings"],
        created_at=row["created_at"],
        sent_at=row["sent_at"],
        expires_at=row["expires_at"],
        team_id=row["team_id"],
        invited_by=row["invited_by"],
        member_id=row["member_id"],
    )


def _state(row: asyncpg.Record, *, now: datetime) -> InvitationState:
    if row["accepted_at"] is not None:
        return InvitationState.ACCEPTED
    if row["revoked_at"] is not None:
        return InvitationState.REVOKED
    return InvitationState.EXPIRED if row["expires_at"] <= now else InvitationState.OPEN
