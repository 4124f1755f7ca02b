"""Endpoints of teams. Who may: members:read to see, members:write (administrators) to change."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from services.contracts.ids import MemberId, TeamId
from services.contracts.views import TeamView
from services.identity.access.teams import NewTeam, TeamChange, change_team, create_team, delete_team, get_team, list_teams
from services.identity.api.shapes import NewTeamBody, TeamChangeBody
from services.identity.audit import actor_of
from services.identity.parts import PartsOf
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.idempotency import once
from services.kit.pagination import After, Limit, Page

router = APIRouter(tags=["members"])
Reader = Annotated[Caller, Depends(require("members:read"))]
Writer = Annotated[Caller, Depends(require("members:write"))]


@router.get("/v1/teams")
async def show_teams(caller: Reader, parts: PartsOf, limit: Limit = 50, after: After = None) -> Page[TeamView]:
    """Teams in the order in which they were made, each with its members."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        page = await list_teams(connection, caller.workspace_id, limit=limit, after=after)
    return Page(items=page.items, next_cursor=page.cursors[-1] if page.has_next else None)


@router.post("/v1/teams", status_code=201, response_model=TeamView)
async def make_team(body: NewTeamBody, request: Request, caller: Writer, parts: PartsOf) -> Response:
    """Make a team of members; a member may be in several."""
    new = NewTeam(
        name=body.name,
        member_ids=tuple(map(MemberId, body.member_ids)),
        lead_id=None if body.lead_id is None else MemberId(body.lead_id),
    )

    async def act(connection: Connection) -> tuple[int, object]:
        return 201, await create_team(connection, caller.workspace_id, new, by=actor_of(caller), now=parts.clock.now())

    return await once(request, parts.app, caller, act)


@router.get("/v1/teams/{team_id}")
async def show_team(team_id: UUID, caller: Reader, parts: PartsOf) -> TeamView:
    """One team."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        return await get_team(connection, caller.workspace_id, TeamId(team_id))


@router.patch("/v1/teams/{team_id}")
async def update_team(team_id: UUID, body: TeamChangeBody, caller: Writer, parts: PartsOf) -> TeamView:
    """Change a team's name, members or lead at the version that the caller saw."""
    change = TeamChange(
        version=body.version,
        name=body.name,
        member_ids=None if body.member_ids is None else tuple(map(MemberId, body.member_ids)),
        sets_lead="lead_id" in body.model_fields_set,
        lead_id=None if body.lead_id is None else MemberId(body.lead_id),
    )
    async with parts.app.transaction(caller.workspace_id) as connection:
        by, now = actor_of(caller), parts.clock.now()
        return await change_team(connection, caller.workspace_id, TeamId(team_id), change, by=by, now=now)


@router.delete("/v1/teams/{team_id}", status_code=204)
async def remove_team(team_id: UUID, caller: Writer, parts: PartsOf) -> Response:
    """Delete a team; its members stay."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        await delete_team(connection, caller.workspace_id, TeamId(team_id), by=actor_of(caller), now=parts.clock.now())
    return Response(status_code=204)
