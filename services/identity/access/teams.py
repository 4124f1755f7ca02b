"""Teams: members who work together, whatever their disciplines, with a lead who is one of them. Runs in the caller's transaction.

Called by `api` and `admin`. A team grants nothing: what one may do is the role.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.ids import MemberId, TeamId, WorkspaceId
from services.contracts.views import PageView, TeamView
from services.identity.access.errors import TeamChangedError, TeamMembersError, TeamNameTakenError, TeamNotFoundError
from services.identity.access.members import list_members_by_ids
from services.identity.audit import Actor, record
from services.identity.statements import teams as statements
from services.kit.db import Connection
from services.kit.ids import new_id
from services.kit.pagination import decode_cursor, encode_cursor

MEMBERS_LIMIT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTeam:
    """A team to make."""

    name: str
    member_ids: tuple[MemberId, ...] = ()
    lead_id: MemberId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamChange:
    """What is to be different at this version; None leaves it. `lead_id` counts where `sets_lead`, and None is then nobody."""

    version: int
    name: str | None = None
    member_ids: tuple[MemberId, ...] | None = None
    sets_lead: bool = False
    lead_id: MemberId | None = None


async def create_team(connection: Connection, workspace: WorkspaceId, new: NewTeam, *, by: Actor, now: datetime) -> TeamView:
    """Raises TeamNameTakenError, TeamMembersError."""
    await _check_members(connection, workspace, new.member_ids, new_ones=new.member_ids, lead=new.lead_id)
    team = TeamId(new_id())
    made = await statements.inserted_team(
        connection, workspace, team, name=new.name, name_key=name_key(new.name), lead=new.lead_id, now=now
    )
    if not made:
        raise TeamNameTakenError
    await statements.add_members(connection, workspace, team, new.member_ids)
    await record(connection, workspace, "team.made", subject=team, by=by, now=now, detail=new.name)
    return await get_team(connection, workspace, team)


async def change_team(
    connection: Connection, workspace: WorkspaceId, team: TeamId, change: TeamChange, *, by: Actor, now: datetime
) -> TeamView:
    """Raises TeamNotFoundError, TeamChangedError, TeamNameTakenError, TeamMembersError."""
    version = await statements.locked_team(connection, workspace, team)
    if version is None:
        raise TeamNotFoundError
    if version != change.version:
        raise TeamChangedError(version=version)
    before = await get_team(connection, workspace, team)
    name = before.name if change.name is None else change.name
    inside = before.member_ids if change.member_ids is None else change.member_ids
    lead = change.lead_id if change.sets_lead else before.lead_id
    if not change.sets_lead and lead not in inside:
        lead = None
    joining = [each for each in inside if each not in before.member_ids]
    await _check_members(connection, workspace, inside, new_ones=joining, lead=lead)
    try:
        await statements.changed_team(connection, workspace, team, name=name, name_key=name_key(name), lead=lead)
    except asyncpg.UniqueViolationError as error:
        raise TeamNameTakenError from error
    if change.member_ids is not None:
        await statements.put_members(connection, workspace, team, inside)
    await record(connection, workspace, "team.changed", subject=team, by=by, now=now, detail=_told(before, name=name, inside=inside))
    return await get_team(connection, workspace, team)


async def delete_team(connection: Connection, workspace: WorkspaceId, team: TeamId, *, by: Actor, now: datetime) -> None:
    """Its members stay. Raises TeamNotFoundError."""
    name = await statements.deleted_team(connection, workspace, team)
    if name is None:
        raise TeamNotFoundError
    await record(connection, workspace, "team.deleted", subject=team, by=by, now=now, detail=name)


async def get_team(connection: Connection, workspace: WorkspaceId, team: TeamId) -> TeamView:
    """Raises TeamNotFoundError."""
    found = (await statements.teams_of_ids(connection, workspace, [team])).get(team)
    if found is None:
        raise TeamNotFoundError
    return found


async def list_teams_by_ids(connection: Connection, workspace: WorkspaceId, ids: Sequence[UUID]) -> list[TeamView | None]:
    """Aligned with `ids`."""
    found = await statements.teams_of_ids(connection, workspace, ids)
    return [found.get(each) for each in ids]


async def list_teams(connection: Connection, workspace: WorkspaceId, *, limit: int, after: str | None) -> PageView[TeamView]:
    """In the order in which they were made. Raises BadRequestError."""
    last = decode_cursor(after, (UUID,))[0] if after else None
    rows = await statements.page_of_teams(connection, workspace, after=last, limit=limit + 1)
    items = tuple(rows[:limit])
    return PageView(items=items, cursors=tuple(encode_cursor(each.id) for each in items), has_next=len(rows) > limit)


def name_key(name: str) -> str:
    """A name as it is compared: by its letters, whatever their case, and single spaces."""
    return " ".join(name.casefold().split())


async def _check_members(
    connection: Connection, workspace: WorkspaceId, inside: Sequence[MemberId], *, new_ones: Sequence[MemberId], lead: MemberId | None
) -> None:
    """Who joins works here now; whoever has left since may stay in."""
    known = await list_members_by_ids(connection, workspace, new_ones)
    if not all(each is not None and each.active for each in known):
        raise TeamMembersError("Name members who work here now; GET /v1/members tells them.")
    if lead is not None and lead not in inside:
        raise TeamMembersError("The lead is one of the team's members.")


def _told(before: TeamView, *, name: str, inside: Sequence[MemberId]) -> str:
    renamed = f"name: {before.name} -> {name}; " if name != before.name else ""
    return f"{renamed}members: {len(before.member_ids)} -> {len(set(inside))}"
