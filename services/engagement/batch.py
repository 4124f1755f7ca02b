"""Batch routes for the gateway: bare ASGI, one statement each, answers aligned with the ids asked for. Scope: conversations:read."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, TypeVar
from uuid import UUID

import asyncpg
import msgspec

from services.contracts.ids import ChannelId, WorkspaceId
from services.contracts.views import BATCH_LIMIT, PAGE_LIMIT
from services.contracts.vocabulary import ConversationStatus
from services.engagement import rendering
from services.engagement.statements import channels, reading, replies
from services.kit.access import authenticate, permit
from services.kit.clock import Clock
from services.kit.db import Connection, Database
from services.kit.http import BareBody, BareRequest, Endpoint

Limit = Annotated[int, msgspec.Meta(ge=1, le=PAGE_LIMIT)]
Ids = Annotated[list[UUID], msgspec.Meta(max_length=BATCH_LIMIT)]


class ByIds(BareBody):
    """Ids to look up; at most 200."""

    ids: Ids


class PagesByIds(BareBody):
    """Ids whose pages are wanted; `after` is a cursor of a page and goes with one id only."""

    ids: Ids
    limit: Limit = 50
    after: str | None = None


class ConversationsPage(BareBody):
    """Which threads: by status, by channel."""

    limit: Limit = 50
    after: str | None = None
    status: ConversationStatus | None = None
    channel_id: UUID | None = None


class BatchRoutes:
    """The routes; `database` is of the role `app`."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def routes(self) -> dict[tuple[str, str], Endpoint]:
        """What is served, as a table."""
        return {
            ("POST", "/internal/timeline/by-contact-ids"): self.timelines,
            ("POST", "/internal/messages/by-conversation-ids"): self.threads,
            ("POST", "/internal/interactions/by-ids"): self._by_ids(reading.interactions_by_id, rendering.interaction_view),
            ("POST", "/internal/conversations/by-ids"): self._by_ids(reading.conversations_by_id, rendering.conversation_view),
            ("POST", "/internal/replies/by-ids"): self._by_ids(replies.replies_by_id, rendering.reply_view),
            ("POST", "/internal/channels/by-ids"): self._by_ids(channels.channels_by_id, rendering.channel_view),
            ("POST", "/internal/conversations/by-profile-ids"): self.conversations_of_profiles,
            ("POST", "/internal/conversations/page"): self.conversations,
            ("POST", "/internal/ledger"): self.ledger,
        }

    async def timelines(self, request: BareRequest) -> bytes:
        """Pages of whole histories, each across all channels of a contact."""
        workspace, asked = await _asked(request, PagesByIds)
        before = rendering.position_of(asked.after)
        async with self._database.transaction(workspace) as connection:
            rows = await reading.timelines_of_contacts(connection, workspace, asked.ids, before=before, limit=asked.limit + 1)
        pages = rendering.pages_of(rows, count=len(asked.ids), limit=asked.limit, render=rendering.interaction_view)
        return msgspec.json.encode(pages)

    async def threads(self, request: BareRequest) -> bytes:
        """Pages of conversations' rows."""
        workspace, asked = await _asked(request, PagesByIds)
        before = rendering.position_of(asked.after)
        async with self._database.transaction(workspace) as connection:
            rows = await reading.threads_of_conversations(connection, workspace, asked.ids, before=before, limit=asked.limit + 1)
        pages = rendering.pages_of(rows, count=len(asked.ids), limit=asked.limit, render=rendering.interaction_view)
        return msgspec.json.encode(pages)

    async def conversations_of_profiles(self, request: BareRequest) -> bytes:
        """The newest threads that each profile began, at most 100."""
        workspace, asked = await _asked(request, ByIds)
        async with self._database.transaction(workspace) as connection:
            rows = await reading.conversations_of_profiles(connection, workspace, asked.ids, limit=PAGE_LIMIT)
        owned: list[list[object]] = [[] for _ in asked.ids]
        for row in rows:
            owned[row["n"] - 1].append(rendering.conversation_view(row))
        return msgspec.json.encode(owned)

    async def conversations(self, request: BareRequest) -> bytes:
        """A page of the workspace's threads, by last activity."""
        workspace, asked = await _asked(request, ConversationsPage)
        async with self._database.transaction(workspace) as connection:
            rows = await reading.conversations_page(
                connection,
                workspace,
                status=asked.status,
                channel=None if asked.channel_id is None else ChannelId(asked.channel_id),
                before=rendering.position_of(asked.after),
                limit=asked.limit + 1,
            )
        page = rendering.page_of(rows, limit=asked.limit, render=rendering.conversation_view, time="last_activity_at")
        return msgspec.json.encode(page)

    async def ledger(self, request: BareRequest) -> bytes:
        """The ledger's sums at this instant."""
        workspace, _ = await _asked(request, BareBody)
        async with self._database.transaction(workspace) as connection:
            row = await reading.ledger_counts(connection, workspace, now=self._clock.now())
        return msgspec.json.encode(rendering.ledger_view(row))

    def _by_ids(
        self,
        statement: Callable[[Connection, WorkspaceId, Sequence[UUID]], Awaitable[list[asyncpg.Record]]],
        render: Callable[[asyncpg.Record], object],
    ) -> Endpoint:
        async def endpoint(request: BareRequest) -> bytes:
            workspace, asked = await _asked(request, ByIds)
            async with self._database.transaction(workspace) as connection:
                rows = await statement(connection, workspace, asked.ids)
            return msgspec.json.encode(rendering.aligned(rows, asked.ids, render))

        return endpoint


Asked = TypeVar("Asked", bound=BareBody)


async def _asked(request: BareRequest, shape: type[Asked]) -> tuple[WorkspaceId, Asked]:
    caller = await authenticate(request.scope)
    permit(caller, "conversations:read")
    return caller.workspace_id, await request.json(shape)
