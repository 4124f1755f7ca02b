"""Statements of teams and who is in them. Called by `access` inside the edge's transaction."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import MemberId, TeamId, WorkspaceId
from services.contracts.views import TeamView
from services.kit.db import Connection

_TEAM = """
team.id, team.name, team.lead_id, team.created_at, team.version, ARRAY(
    SELECT inside.member_id FROM team_member AS inside
    WHERE inside.workspace_id = team.workspace_id AND inside.team_id = team.id ORDER BY inside.member_id
) AS member_ids
"""
_PAGE = f"""
SELECT {_TEAM} FROM team WHERE workspace_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3
"""
_BY_IDS = f"SELECT {_TEAM} FROM team WHERE workspace_id = $1 AND id = ANY($2::uuid[])"
_OF_MEMBERS = f"""
SELECT mine.member_id, {_TEAM} FROM team_member AS mine
JOIN team ON team.workspace_id = $1 AND team.id = mine.team_id
WHERE mine.workspace_id = $1 AND mine.member_id = ANY($2::uuid[]) ORDER BY mine.member_id, team.id
"""
_NEW = """
INSERT INTO team (workspace_id, id, name, name_key, lead_id, created_at, version) VALUES ($1, $2, $3, $4, $5, $6, 1)
ON CONFLICT ON CONSTRAINT team_workspace_id_name_key_key DO NOTHING RETURNING id
"""
_FOR_CHANGE = "SELECT version FROM team WHERE workspace_id = $1 AND id = $2 FOR UPDATE"
_CHANGED = """
UPDATE team SET name = $3, name_key = $4, lead_id = $5, version = version + 1 WHERE workspace_id = $1 AND id = $2
"""
_DELETED = "DELETE FROM team WHERE workspace_id = $1 AND id = $2 RETURNING name"
_ADDED_MEMBERS = """
INSERT INTO team_member (workspace_id, team_id, member_id) SELECT $1, $2, m FROM unnest($3::uuid[]) AS m
ON CONFLICT ON CONSTRAINT team_member_pkey DO NOTHING
"""
_OTHERS_REMOVED = """
DELETE FROM team_member WHERE workspace_id = $1 AND team_id = $2 AND NOT member_id = ANY($3::uuid[])
"""
_HANDED_LEADS = """
UPDATE team SET version = version + 1, lead_id = (
    SELECT next.member_id FROM team_member AS next
    WHERE next.workspace_id = $1 AND next.team_id = team.id AND next.member_id = $3
) WHERE workspace_id = $1 AND lead_id = $2
"""


async def page_of_teams(connection: Connection, workspace: WorkspaceId, *, after: UUID | None, limit: int) -> list[TeamView]:
    """In the order in which they were made."""
    return [_view(row) for row in await connection.fetch(_PAGE, workspace, after, limit)]


async def teams_of_ids(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> dict[UUID, TeamView]:
    """Those of `ids` that exist."""
    return {row["id"]: _view(row) for row in await connection.fetch(_BY_IDS, workspace, ids)}


async def teams_of_members(connection: Connection, workspace: WorkspaceId, members: Sequence[UUID]) -> list[list[TeamView]]:
    """The teams that each member is in; aligned with `members`."""
    found: dict[UUID, list[TeamView]] = {}
    for row in await connection.fetch(_OF_MEMBERS, workspace, members):
        found.setdefault(row["member_id"], []).append(_view(row))
    return [found.get(each, []) for each in members]


async def inserted_team(  # noqa: PLR0913 - each is one column
    connection: Connection, workspace: WorkspaceId, team: TeamId, *, name: str, name_key: str, lead: MemberId | None, now: datetime
) -> bool:
    """False where the name is another team's; nothing is written then."""
    return await connection.fetchval(_NEW, workspace, team, name, name_key, lead, now) is not None


async def locked_team(connection: Connection, workspace: WorkspaceId, team: TeamId) -> int | None:
    """Its version, with the row locked; None where there is none."""
    version: int | None = await connection.fetchval(_FOR_CHANGE, workspace, team)
    return version


async def changed_team(
    connection: Connection, workspace: WorkspaceId, team: TeamId, *, name: str, name_key: str, lead: MemberId | None
) -> None:
    """Raises asyncpg.UniqueViolationError where the name is another team's."""
    await connection.execute(_CHANGED, workspace, team, name, name_key, lead)


async def deleted_team(connection: Connection, workspace: WorkspaceId, team: TeamId) -> str | None:
    """The name that it had; its members stay, without it."""
    name: str | None = await connection.fetchval(_DELETED, workspace, team)
    return name


async def put_members(connection: Connection, workspace: WorkspaceId, team: TeamId, members: Sequence[UUID]) -> None:
    """Let exactly these be in it."""
    await connection.execute(_OTHERS_REMOVED, workspace, team, list(members))
    await add_members(connection, workspace, team, members)


async def add_members(connection: Connection, workspace: WorkspaceId, team: TeamId, members: Sequence[UUID]) -> None:
    """Let these be in it too."""
    await connection.execute(_ADDED_MEMBERS, workspace, team, sorted(set(members)))


async def handed_leads(connection: Connection, workspace: WorkspaceId, member: MemberId, *, successor: MemberId | None) -> None:
    """Teams led by a member are led by the successor who is in them too, else by nobody."""
    await connection.execute(_HANDED_LEADS, workspace, member, successor)


def _view(row: asyncpg.Record) -> TeamView:
    return TeamView(
        id=row["id"],
        name=row["name"],
        lead_id=row["lead_id"],
        member_ids=tuple(row["member_ids"]),
        created_at=row["created_at"],
        version=row["version"],
    )
