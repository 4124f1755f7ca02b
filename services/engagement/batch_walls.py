"""Bare routes for the gateway about walls: pages, sums, rows. Put into `Routes` by `main`. Scope: conversations:read."""

from typing import Annotated
from uuid import UUID

import msgspec

from services.contracts.ids import WorkspaceId
from services.contracts.views import PAGE_LIMIT
from services.contracts.vocabulary import Discipline
from services.engagement import rendering, walls
from services.engagement.statements import walls as statements
from services.engagement.statements.walls import Unanswered
from services.kit.access import authenticate, permit
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.http import BareBody, BareRequest, Endpoint


class Asked(BareBody):
    """What counts as unanswered, what narrows it, and which page."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_LIMIT)] = 50
    after: str | None = None
    older_than_minutes: Annotated[int, msgspec.Meta(ge=1, le=walls.LONGEST_MINUTES)] | None = None
    contact_id: UUID | None = None
    profile_id: UUID | None = None
    channel_id: UUID | None = None
    discipline: Discipline | None = None
    untriaged: bool = False
    member_id: UUID | None = None
    unassigned: bool = False

    def narrowed(self) -> walls.Narrowed:
        """What narrows it."""
        return walls.Narrowed(
            contact=self.contact_id,
            profile=self.profile_id,
            channel=self.channel_id,
            discipline=self.discipline,
            untriaged=self.untriaged,
            member=self.member_id,
            unassigned=self.unassigned,
        )


class WallRoutes:
    """The routes; `database` is of the role `app`."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def routes(self) -> dict[tuple[str, str], Endpoint]:
        """What is served, as a table."""
        return {
            ("POST", "/internal/walls/page"): self.page,
            ("POST", "/internal/walls/totals"): self.totals,
            ("POST", "/internal/walls/interactions"): self.interactions,
        }

    async def page(self, request: BareRequest) -> bytes:
        """A page of people."""
        workspace, asked, unanswered = await self._asked(request)
        after = rendering.position_of(asked.after)
        async with self._database.transaction(workspace) as connection:
            rows = await statements.walls_page(connection, workspace, unanswered, after=after, limit=asked.limit + 1)
        return msgspec.json.encode(rendering.page_of(rows, limit=asked.limit, render=walls.wall_view))

    async def totals(self, request: BareRequest) -> bytes:
        """The sums."""
        workspace, _, unanswered = await self._asked(request)
        async with self._database.transaction(workspace) as connection:
            return msgspec.json.encode(await walls.count_walls(connection, workspace, unanswered))

    async def interactions(self, request: BareRequest) -> bytes:
        """A page of what stands behind a figure."""
        workspace, asked, unanswered = await self._asked(request)
        after = rendering.position_of(asked.after)
        async with self._database.transaction(workspace) as connection:
            rows = await statements.unanswered_page(connection, workspace, unanswered, after=after, limit=asked.limit + 1)
        return msgspec.json.encode(rendering.page_of(rows, limit=asked.limit, render=rendering.interaction_at(self._clock.now())))

    async def _asked(self, request: BareRequest) -> tuple[WorkspaceId, Asked, Unanswered]:
        caller = await authenticate(request.scope)
        permit(caller, "conversations:read")
        asked = await request.json(Asked)
        unanswered = walls.unanswered(asked.narrowed(), older_than_minutes=asked.older_than_minutes, now=self._clock.now())
        return caller.workspace_id, asked, unanswered
