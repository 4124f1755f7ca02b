"""Batch routes for the gateway about writing: the caller's drafts, what waits for approval, rules. As `batch`; scope conversations:read."""

from collections.abc import Callable, Sequence
from uuid import UUID

import asyncpg
import msgspec

from services.contracts.ids import ChannelId
from services.engagement import rendering
from services.engagement.batch import Asked, ByIds, Limit
from services.engagement.composing import showing
from services.engagement.statements import approvals, drafts
from services.kit.access import Caller, authenticate, permit
from services.kit.db import Database
from services.kit.http import BareBody, BareRequest, Endpoint


class Paged(BareBody):
    """A page of a list of the workspace, or of the caller."""

    limit: Limit = 50
    after: str | None = None


class ComposingRoutes:
    """The routes; `database` is of the role `app`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def routes(self) -> dict[tuple[str, str], Endpoint]:
        """What is served, as a table."""
        return {
            ("POST", "/internal/drafts/by-conversation-ids"): self.drafts,
            ("POST", "/internal/drafts/page"): self.drafts_page,
            ("POST", "/internal/replies/proposed"): self.proposed,
            ("POST", "/internal/approval-rules/by-channel-ids"): self.approval_rules,
        }

    async def drafts(self, request: BareRequest) -> bytes:
        """The caller's own drafts in these conversations; an API key has none."""
        caller, asked = await asked_of(request, ByIds)
        member = caller.member_id
        if member is None:
            return msgspec.json.encode([None] * len(asked.ids))
        async with self._database.transaction(caller.workspace_id) as connection:
            rows = await drafts.find_drafts(connection, caller.workspace_id, asked.ids, member=member)
        return msgspec.json.encode(rendering.aligned(rows, asked.ids, showing.draft_view))

    async def drafts_page(self, request: BareRequest) -> bytes:
        """The caller's drafts, the latest first."""
        caller, asked = await asked_of(request, Paged)
        member = caller.member_id
        rows: Sequence[asyncpg.Record] = []
        if member is not None:
            before = rendering.position_of(asked.after)
            async with self._database.transaction(caller.workspace_id) as connection:
                rows = await drafts.drafts_page(connection, caller.workspace_id, member=member, before=before, limit=asked.limit + 1)
        return msgspec.json.encode(rendering.page_of(rows, limit=asked.limit, render=showing.draft_view, time="changed_at"))

    async def proposed(self, request: BareRequest) -> bytes:
        """Replies that wait for approval, the oldest first."""
        caller, asked = await asked_of(request, Paged)
        async with self._database.transaction(caller.workspace_id) as connection:
            rows = await approvals.proposed_page(
                connection, caller.workspace_id, after=rendering.position_of(asked.after), limit=asked.limit + 1
            )
        return msgspec.json.encode(rendering.page_of(rows, limit=asked.limit, render=rendering.reply_view, time="queued_at"))

    async def approval_rules(self, request: BareRequest) -> bytes:
        """Which public replies of these channels wait."""
        caller, asked = await asked_of(request, ByIds)
        async with self._database.transaction(caller.workspace_id) as connection:
            rows = await approvals.rules_of(connection, caller.workspace_id, asked.ids)
        owned = grouped(rows, asked.ids, by=lambda row: row["channel_id"])
        views = [showing.approval_rule_view(ChannelId(each), mine) for each, mine in zip(asked.ids, owned, strict=True)]
        return msgspec.json.encode(views)


async def asked_of(request: BareRequest, shape: type[Asked]) -> tuple[Caller, Asked]:
    """Who asks, and what. Raises UnauthenticatedError, ForbiddenError, MalformedError."""
    caller = await authenticate(request.scope)
    permit(caller, "conversations:read")
    return caller, await request.json(shape)


def grouped(rows: Sequence[asyncpg.Record], ids: Sequence[UUID], *, by: Callable[[asyncpg.Record], UUID]) -> list[list[asyncpg.Record]]:
    """The rows of each id, in their order."""
    owned: dict[UUID, list[asyncpg.Record]] = {each: [] for each in ids}
    for row in rows:
        owned[by(row)].append(row)
    return [owned[each] for each in ids]
