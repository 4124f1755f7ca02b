"""Batch routes for the gateway about writing: the caller's drafts, what waits for approval, rules. As `batch`; scope conversations:read."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated
from uuid import UUID

import asyncpg
import msgspec

from services.contracts.ids import ChannelId, WorkspaceId
from services.contracts.views import PAGE_LIMIT, PageView
from services.contracts.vocabulary import UnsentState
from services.engagement import rendering
from services.engagement.batch import Asked, ByIds, Limit
from services.engagement.composing import showing
from services.engagement.composing.unsent import list_unsent
from services.engagement.moderating import moderation_view
from services.engagement.statements import approvals, canned, channels, drafts, promises
from services.engagement.statements import moderating as moderation_marks
from services.kit.access import Caller, authenticate, permit
from services.kit.clock import Clock
from services.kit.db import Connection, Database
from services.kit.http import BareBody, BareRequest, Endpoint
from services.kit.pagination import decode_cursor, encode_cursor


class Paged(BareBody):
    """A page of a list of the workspace, or of the caller."""

    limit: Limit = 50
    after: str | None = None


class UnsentPaged(Paged, kw_only=True):
    """Replies that did not go out in this way."""

    state: UnsentState


class CannedPaged(Paged):
    """Canned replies whose shortcut begins so, in one language or all."""

    prefix: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9_.-]{0,50}$")] = ""
    language: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{2,40}$")] | None = None


class ComposingRoutes:
    """The routes; `database` is of the role `app`."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def routes(self) -> dict[tuple[str, str], Endpoint]:
        """What is served, as a table."""
        return {
            ("POST", "/internal/drafts/by-conversation-ids"): self.drafts,
            ("POST", "/internal/drafts/page"): self.drafts_page,
            ("POST", "/internal/replies/proposed"): self.proposed,
            ("POST", "/internal/replies/unsent"): self.unsent,
            ("POST", "/internal/approval-rules/by-channel-ids"): self.approval_rules,
            ("POST", "/internal/hours/by-channel-ids"): self.hours,
            ("POST", "/internal/moderations/by-interaction-ids"): self.moderations,
            ("POST", "/internal/canned-replies/by-ids"): self._by_ids(canned.canned_by_id, showing.canned_reply_view),
            ("POST", "/internal/canned-replies/page"): self.canned_replies,
            ("POST", "/internal/promises/by-ids"): self._by_ids(promises.promises_by_id, showing.promise_view),
            ("POST", "/internal/promises/by-conversation-ids"): self.promises_of_conversations,
            ("POST", "/internal/promises/page"): self.promises_page,
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

    async def unsent(self, request: BareRequest) -> bytes:
        """Replies that did not go out, the newest first."""
        caller, asked = await asked_of(request, UnsentPaged)
        async with self._database.transaction(caller.workspace_id) as connection:
            before = rendering.position_of(asked.after)
            rows = await list_unsent(connection, caller.workspace_id, asked.state, before=before, limit=asked.limit + 1)
        return msgspec.json.encode(rendering.page_of(rows, limit=asked.limit, render=rendering.reply_view, time="queued_at"))

    async def approval_rules(self, request: BareRequest) -> bytes:
        """Which public replies of these channels wait."""
        caller, asked = await asked_of(request, ByIds)
        async with self._database.transaction(caller.workspace_id) as connection:
            rows = await approvals.rules_of(connection, caller.workspace_id, asked.ids)
        owned = grouped(rows, asked.ids, by=lambda row: row["channel_id"])
        views = [showing.approval_rule_view(ChannelId(each), mine) for each, mine in zip(asked.ids, owned, strict=True)]
        return msgspec.json.encode(views)

    async def moderations(self, request: BareRequest) -> bytes:
        """What we did on the platform to these interactions; null where nothing."""
        caller, asked = await asked_of(request, ByIds)
        async with self._database.transaction(caller.workspace_id) as connection:
            rows = await moderation_marks.marks_of(connection, caller.workspace_id, asked.ids)
        return msgspec.json.encode(rendering.aligned(rows, asked.ids, moderation_view, key="interaction_id"))

    async def hours(self, request: BareRequest) -> bytes:
        """When these channels are open, and whether they are now; null where one has no hours."""
        caller, asked = await asked_of(request, ByIds)
        async with self._database.transaction(caller.workspace_id) as connection:
            rows = await channels.channels_by_id(connection, caller.workspace_id, asked.ids)
        now = self._clock.now()
        return msgspec.json.encode(rendering.aligned(rows, asked.ids, lambda row: showing.hours_view(row["hours"], now=now)))

    async def canned_replies(self, request: BareRequest) -> bytes:
        """Canned replies in the order of shortcut and language."""
        caller, asked = await asked_of(request, CannedPaged)
        after = None if asked.after is None else decode_cursor(asked.after, (str, str))
        async with self._database.transaction(caller.workspace_id) as connection:
            rows = await canned.canned_page(
                connection, caller.workspace_id, prefix=asked.prefix, language=asked.language, after=after, limit=asked.limit + 1
            )
        shown = rows[: asked.limit]
        page = PageView(
            items=tuple(map(showing.canned_reply_view, shown)),
            cursors=tuple(encode_cursor(row["shortcut"], row["language"]) for row in shown),
            has_next=len(rows) > asked.limit,
        )
        return msgspec.json.encode(page)

    async def promises_of_conversations(self, request: BareRequest) -> bytes:
        """What was promised in each conversation, by due time."""
        caller, asked = await asked_of(request, ByIds)
        async with self._database.transaction(caller.workspace_id) as connection:
            rows = await promises.promises_in(connection, caller.workspace_id, asked.ids, limit=PAGE_LIMIT)
        owned: list[list[object]] = [[] for _ in asked.ids]
        for row in rows:
            owned[row["n"] - 1].append(showing.promise_view(row))
        return msgspec.json.encode(owned)

    async def promises_page(self, request: BareRequest) -> bytes:
        """Open promises, the next due first."""
        caller, asked = await asked_of(request, Paged)
        async with self._database.transaction(caller.workspace_id) as connection:
            rows = await promises.open_promises(
                connection, caller.workspace_id, after=rendering.position_of(asked.after), limit=asked.limit + 1
            )
        return msgspec.json.encode(rendering.page_of(rows, limit=asked.limit, render=showing.promise_view, time="due_at"))

    def _by_ids(
        self,
        statement: Callable[[Connection, WorkspaceId, Sequence[UUID]], Awaitable[list[asyncpg.Record]]],
        render: Callable[[asyncpg.Record], object],
    ) -> Endpoint:
        async def endpoint(request: BareRequest) -> bytes:
            caller, asked = await asked_of(request, ByIds)
            async with self._database.transaction(caller.workspace_id) as connection:
                rows = await statement(connection, caller.workspace_id, asked.ids)
            return msgspec.json.encode(rendering.aligned(rows, asked.ids, render))

        return endpoint


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
