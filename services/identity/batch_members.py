"""Batch routes for the gateway about teams, invitations and the audit log: bare ASGI, one statement each. Put into `Routes` by `main`.

Another workspace's ids answer like unknown ones: the role `app` does not see them.
"""

from typing import Annotated
from uuid import UUID

import msgspec

from services.contracts.ids import WorkspaceId
from services.contracts.views import BATCH_LIMIT, PAGE_LIMIT
from services.identity.access.invitations import list_invitations, list_invitations_by_ids
from services.identity.access.teams import list_teams, list_teams_by_ids
from services.identity.audit import list_entries
from services.identity.statements.teams import teams_of_members
from services.kit.access import authenticate, permit
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.http import BareBody, BareRequest, Endpoint


class ByIds(BareBody):
    """Ids to look up; at most 200."""

    ids: Annotated[list[UUID], msgspec.Meta(max_length=BATCH_LIMIT)]


class PageAsked(BareBody):
    """How many, after which cursor, and of the log about whom or what."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_LIMIT)] = 50
    after: str | None = None
    subject: UUID | None = None


class MemberBatchRoutes:
    """The routes; `database` is of the role `app`."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def routes(self) -> dict[tuple[str, str], Endpoint]:
        """What is served, as a table."""
        return {
            ("POST", "/internal/teams/by-ids"): self.teams_by_ids,
            ("POST", "/internal/teams/by-member-ids"): self.teams_by_member_ids,
            ("POST", "/internal/teams/page"): self.teams,
            ("POST", "/internal/invitations/by-ids"): self.invitations_by_ids,
            ("POST", "/internal/invitations/page"): self.invitations,
            ("POST", "/internal/audit-log/page"): self.audit_log,
        }

    async def teams_by_ids(self, request: BareRequest) -> bytes:
        """Teams, aligned."""
        workspace, asked = await _workspace(request, "members:read"), await request.json(ByIds)
        async with self._database.transaction(workspace) as connection:
            return msgspec.json.encode(await list_teams_by_ids(connection, workspace, asked.ids))

    async def teams_by_member_ids(self, request: BareRequest) -> bytes:
        """The teams that each member is in."""
        workspace, asked = await _workspace(request, "members:read"), await request.json(ByIds)
        async with self._database.transaction(workspace) as connection:
            return msgspec.json.encode(await teams_of_members(connection, workspace, asked.ids))

    async def teams(self, request: BareRequest) -> bytes:
        """In the order in which they were made."""
        workspace, asked = await _workspace(request, "members:read"), await request.json(PageAsked)
        async with self._database.transaction(workspace) as connection:
            return msgspec.json.encode(await list_teams(connection, workspace, limit=asked.limit, after=asked.after))

    async def invitations_by_ids(self, request: BareRequest) -> bytes:
        """Invitations, aligned."""
        workspace, asked = await _workspace(request, "members:write"), await request.json(ByIds)
        async with self._database.transaction(workspace) as connection:
            return msgspec.json.encode(await list_invitations_by_ids(connection, workspace, asked.ids, now=self._clock.now()))

    async def invitations(self, request: BareRequest) -> bytes:
        """The newest first."""
        workspace, asked = await _workspace(request, "members:write"), await request.json(PageAsked)
        now = self._clock.now()
        async with self._database.transaction(workspace) as connection:
            return msgspec.json.encode(await list_invitations(connection, workspace, limit=asked.limit, after=asked.after, now=now))

    async def audit_log(self, request: BareRequest) -> bytes:
        """The newest first."""
        workspace, asked = await _workspace(request, "audit:read"), await request.json(PageAsked)
        async with self._database.transaction(workspace) as connection:
            page = await list_entries(connection, workspace, limit=asked.limit, after=asked.after, subject=asked.subject)
        return msgspec.json.encode(page)


async def _workspace(request: BareRequest, scope: str) -> WorkspaceId:
    caller = await authenticate(request.scope)
    permit(caller, scope)
    return caller.workspace_id
