"""Endpoints of members. Who may: members:read to see, members:write (administrators) to change."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from services.contracts.ids import MemberId
from services.contracts.views import MemberView
from services.identity.access.members import MemberChange, NewMember, add_member, change_member, get_member
from services.identity.api.shapes import MemberChangeBody, NewMemberBody
from services.identity.parts import PartsOf
from services.identity.statements import workspaces
from services.kit.access import Caller, require
from services.kit.db import Connection
from services.kit.idempotency import once
from services.kit.pagination import After, Limit, Page, cut_page, decode_cursor

router = APIRouter(tags=["members"])
Reader = Annotated[Caller, Depends(require("members:read"))]
Writer = Annotated[Caller, Depends(require("members:write"))]


@router.get("/v1/members")
async def list_members(caller: Reader, parts: PartsOf, limit: Limit = 50, after: After = None) -> Page[MemberView]:
    """Members in the order in which they joined."""
    last = decode_cursor(after, (UUID,))[0] if after else None
    async with parts.app.transaction(caller.workspace_id) as connection:
        rows = await workspaces.page_of_members(connection, caller.workspace_id, after=last, limit=limit + 1)
    return cut_page(rows, limit=limit, key=lambda member: (member.id,))


@router.post("/v1/members", status_code=201, response_model=MemberView)
async def create_member(body: NewMemberBody, request: Request, caller: Writer, parts: PartsOf) -> Response:
    """Add a member, who can sign in at once."""
    new = NewMember(
        email=body.email,
        name=body.name,
        role=body.role,
        password_hash=await parts.passwords.hash(body.password),
        disciplines=body.disciplines,
        languages=body.languages,
    )

    async def act(connection: Connection) -> tuple[int, object]:
        return 201, await add_member(connection, caller.workspace_id, new, now=parts.clock.now())

    answer = await once(request, parts.app, caller, act)
    parts.wake()
    return answer


@router.get("/v1/members/{member_id}")
async def show_member(member_id: UUID, caller: Reader, parts: PartsOf) -> MemberView:
    """One member."""
    async with parts.app.transaction(caller.workspace_id) as connection:
        return await get_member(connection, caller.workspace_id, MemberId(member_id))


@router.patch("/v1/members/{member_id}")
async def update_member(member_id: UUID, body: MemberChangeBody, caller: Writer, parts: PartsOf) -> MemberView:
    """Change a member. A new role, a new password or deactivation ends that member's sessions."""
    password_hash = None if body.password is None else await parts.passwords.hash(body.password)
    change = MemberChange(**body.model_dump(exclude={"password"}), password_hash=password_hash)
    async with parts.app.transaction(caller.workspace_id) as connection:
        member, ended = await change_member(connection, caller.workspace_id, MemberId(member_id), change, now=parts.clock.now())
    for session in ended:
        parts.revoked(session)
    parts.wake()
    return member
