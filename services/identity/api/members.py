"""Endpoints of members. Who may: members:read to see, members:write (administrators) to change."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from services.contracts.ids import MemberId, SessionId
from services.contracts.views import MemberView
from services.identity.access.members import Absence, MemberChange, NewMember, add_member, change_member, get_member, set_absence
from services.identity.api.shapes import AbsenceBody, DeactivationBody, MemberChangeBody, NewMemberBody
from services.identity.audit import actor_of
from services.identity.parts import Parts, PartsOf
from services.identity.statements import workspaces
from services.kit.access import Caller, permit, require
from services.kit.db import Connection
from services.kit.idempotency import once
from services.kit.pagination import After, Limit, Page, cut_page, decode_cursor

router = APIRouter(tags=["members"])
Reader = Annotated[Caller, Depends(require("members:read"))]
Writer = Annotated[Caller, Depends(require("members:write"))]


class Change:
    """One change of a member: done in a transaction, and then told to this process, which ends the sessions at once."""

    def __init__(self, parts: Parts, caller: Caller, member: MemberId, change: MemberChange) -> None:
        self._parts = parts
        self._caller = caller
        self._member = member
        self._change = change
        self._ended: list[SessionId] = []

    async def perform(self, connection: Connection) -> MemberView:
        """As access.members.change_member."""
        by, now = actor_of(self._caller), self._parts.clock.now()
        member, self._ended = await change_member(connection, self._caller.workspace_id, self._member, self._change, by=by, now=now)
        return member

    async def act(self, connection: Connection) -> tuple[int, object]:
        """For kit.idempotency.once."""
        return 200, await self.perform(connection)

    def settle(self) -> None:
        """After the commit."""
        for session in self._ended:
            self._parts.revoked(session)
        self._parts.wake()


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
        return 201, await add_member(connection, caller.workspace_id, new, by=actor_of(caller), now=parts.clock.now())

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
    doing = Change(parts, caller, MemberId(member_id), change)
    async with parts.app.transaction(caller.workspace_id) as connection:
        member = await doing.perform(connection)
    doing.settle()
    return member


@router.post("/v1/members/{member_id}/deactivate", response_model=MemberView)
async def deactivate_member(member_id: UUID, body: DeactivationBody, request: Request, caller: Writer, parts: PartsOf) -> Response:
    """Keep a member out: sessions end within two seconds, and the successor takes over what they had; without one it goes to the queues."""
    successor = None if body.successor_id is None else MemberId(body.successor_id)
    change = Change(parts, caller, MemberId(member_id), MemberChange(active=False, successor=successor))
    answer = await once(request, parts.app, caller, change.act)
    change.settle()
    return answer


@router.post("/v1/members/{member_id}/reactivate", response_model=MemberView)
async def reactivate_member(member_id: UUID, request: Request, caller: Writer, parts: PartsOf) -> Response:
    """Let a member in again, who takes up what is new; what was handed over stays where it is."""
    change = Change(parts, caller, MemberId(member_id), MemberChange(active=True))
    answer = await once(request, parts.app, caller, change.act)
    change.settle()
    return answer


@router.put("/v1/members/{member_id}/absence")
async def put_absence(member_id: UUID, body: AbsenceBody, caller: Reader, parts: PartsOf) -> MemberView:
    """Say from when until when somebody is away, and who gets meanwhile what is new. For oneself, or with members:write for others."""
    absence = Absence(
        begins_at=body.absent_from or parts.clock.now(),
        ends_at=body.absent_until,
        deputy=None if body.deputy_id is None else MemberId(body.deputy_id),
    )
    return await _set_absence(parts, caller, member_id, absence)


@router.delete("/v1/members/{member_id}/absence")
async def end_absence(member_id: UUID, caller: Reader, parts: PartsOf) -> MemberView:
    """Say that somebody is here. For oneself, or with members:write for others."""
    return await _set_absence(parts, caller, member_id, None)


async def _set_absence(parts: Parts, caller: Caller, member_id: UUID, absence: Absence | None) -> MemberView:
    if caller.member_id != member_id:
        permit(caller, "members:write")
    async with parts.app.transaction(caller.workspace_id) as connection:
        member = await set_absence(
            connection, caller.workspace_id, MemberId(member_id), absence, by=actor_of(caller), now=parts.clock.now()
        )
    parts.wake()
    return member
