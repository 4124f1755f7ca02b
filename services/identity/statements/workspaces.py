"""Statements of workspaces and their members. Called by `access` and `admin` inside the edge's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import MemberId, WorkspaceId
from services.contracts.views import MemberView, WorkspaceView
from services.contracts.vocabulary import Discipline, Role
from services.kit.db import Connection

_BY_SLUG = "SELECT workspace_id FROM workspace WHERE slug = $1"
_WORKSPACE = "SELECT workspace_id AS id, slug, name, created_at FROM workspace WHERE workspace_id = $1"
_WORKSPACES = "SELECT workspace_id AS id, slug, name, created_at FROM workspace ORDER BY slug"
_NEW_WORKSPACE = """
INSERT INTO workspace (workspace_id, slug, name, created_at) VALUES ($1, $2, $3, $4)
"""
_MEMBER_COLUMNS = "id, name, email, role, disciplines, languages, active, deputy_id, absent_from, absent_until, successor_id"
_MEMBERS = f"""
SELECT {_MEMBER_COLUMNS} FROM member WHERE workspace_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3
"""
_VERSIONS = f"""
SELECT {_MEMBER_COLUMNS}, version FROM member WHERE workspace_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3
"""
_MEMBERS_BY_IDS = f"SELECT {_MEMBER_COLUMNS} FROM member WHERE workspace_id = $1 AND id = ANY($2::uuid[])"
_MEMBER_FOR_CHANGE = f"""
SELECT {_MEMBER_COLUMNS} FROM member WHERE workspace_id = $1 AND id = $2 FOR UPDATE
"""
_CREDENTIALS = """
SELECT id, password_hash, active FROM member WHERE workspace_id = $1 AND email_key = $2
"""
_NEW_MEMBER = """
INSERT INTO member (workspace_id, id, email, email_key, name, password_hash, role, disciplines, languages, active,
    created_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, true, $10, $10)
ON CONFLICT ON CONSTRAINT member_workspace_id_email_key_key DO NOTHING
RETURNING id
"""
_CHANGED_MEMBER = """
UPDATE member SET name = $3, role = $4, disciplines = $5, languages = $6, active = $7, changed_at = $8,
    password_hash = coalesce($9, password_hash), deputy_id = $10, absent_from = $11, absent_until = $12, successor_id = $13,
    version = version + 1
WHERE workspace_id = $1 AND id = $2
RETURNING version
"""
_REHASHED = """
UPDATE member SET password_hash = $4 WHERE workspace_id = $1 AND id = $2 AND password_hash = $3
"""
_ACTIVE_ADMINS = """
SELECT id FROM member WHERE workspace_id = $1 AND role = 'admin' AND active ORDER BY id FOR UPDATE
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a sign-in is checked against."""

    member_id: MemberId
    password_hash: str
    active: bool


async def workspace_with_slug(connection: Connection, slug: str) -> WorkspaceId | None:
    """As the role `worker`: before sign-in no workspace is known."""
    found: WorkspaceId | None = await connection.fetchval(_BY_SLUG, slug)
    return found


async def workspace_of_id(connection: Connection, workspace: WorkspaceId) -> WorkspaceView | None:
    """None where there is none, or none that this transaction may see."""
    row = await connection.fetchrow(_WORKSPACE, workspace)
    return None if row is None else WorkspaceView(**dict(row))


async def all_workspaces(connection: Connection) -> list[WorkspaceView]:
    """As the role `worker`, for the command line."""
    return [WorkspaceView(**dict(row)) for row in await connection.fetch(_WORKSPACES)]


async def inserted_workspace(connection: Connection, workspace: WorkspaceId, *, slug: str, name: str, now: datetime) -> None:
    """Raises asyncpg.UniqueViolationError where the slug is taken: another workspace's row cannot be seen."""
    await connection.execute(_NEW_WORKSPACE, workspace, slug, name, now)


async def page_of_members(connection: Connection, workspace: WorkspaceId, *, after: UUID | None, limit: int) -> list[MemberView]:
    """In the order in which they joined."""
    return [_member(row) for row in await connection.fetch(_MEMBERS, workspace, after, limit)]


async def page_of_versions(
    connection: Connection, workspace: WorkspaceId, *, after: UUID | None, limit: int
) -> list[tuple[MemberView, int]]:
    """As `page_of_members`, each with its version."""
    return [(_member(row), row["version"]) for row in await connection.fetch(_VERSIONS, workspace, after, limit)]


async def members_of_ids(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> dict[UUID, MemberView]:
    """Those of `ids` that exist."""
    rows = await connection.fetch(_MEMBERS_BY_IDS, workspace, ids)
    return {row["id"]: _member(row) for row in rows}


async def member_for_change(connection: Connection, workspace: WorkspaceId, member: MemberId) -> MemberView | None:
    """With its row locked."""
    row = await connection.fetchrow(_MEMBER_FOR_CHANGE, workspace, member)
    return None if row is None else _member(row)


async def credentials_of_email(connection: Connection, workspace: WorkspaceId, email_key: str) -> Credentials | None:
    """By the normalised address."""
    row = await connection.fetchrow(_CREDENTIALS, workspace, email_key)
    if row is None:
        return None
    return Credentials(member_id=row["id"], password_hash=row["password_hash"], active=row["active"])


async def inserted_member(
    connection: Connection,
    workspace: WorkspaceId,
    member: MemberView,
    *,
    email_key: str,
    password_hash: str,
    now: datetime,
) -> bool:
    """False where the address is another member's; nothing is written then."""
    done = await connection.fetchval(
        _NEW_MEMBER,
        workspace,
        member.id,
        member.email,
        email_key,
        member.name,
        password_hash,
        member.role,
        list(member.disciplines),
        list(member.languages),
        now,
    )
    return done is not None


async def changed_member(
    connection: Connection, workspace: WorkspaceId, member: MemberView, *, password_hash: str | None, now: datetime
) -> int:
    """Write all that may change of a member; the password only where a new hash is given. Gives the version that this made."""
    version: int = await connection.fetchval(
        _CHANGED_MEMBER,
        workspace,
        member.id,
        member.name,
        member.role,
        list(member.disciplines),
        list(member.languages),
        member.active,
        now,
        password_hash,
        member.deputy_id,
        member.absent_from,
        member.absent_until,
        member.successor_id,
    )
    return version


async def rehashed_password(connection: Connection, workspace: WorkspaceId, member: MemberId, *, old: str, new: str) -> None:
    """The same password under newer parameters, unless it was changed meanwhile."""
    await connection.execute(_REHASHED, workspace, member, old, new)


async def locked_admins(connection: Connection, workspace: WorkspaceId) -> set[MemberId]:
    """The active administrators, locked in order, so that no two of them can leave at once."""
    return {row["id"] for row in await connection.fetch(_ACTIVE_ADMINS, workspace)}


def _member(row: asyncpg.Record) -> MemberView:
    return MemberView(
        id=row["id"],
        name=row["name"],
        email=row["email"],
        role=Role(row["role"]),
        disciplines=tuple(Discipline(each) for each in row["disciplines"]),
        languages=tuple(row["languages"]),
        active=row["active"],
        deputy_id=row["deputy_id"],
        absent_from=row["absent_from"],
        absent_until=row["absent_until"],
        successor_id=row["successor_id"],
    )
