"""Batch routes for the gateway: bare ASGI, one statement each, answers aligned with the ids asked for. Scope: conversations:read."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, TypeVar
from uuid import UUID

import asyncpg
import msgspec

from services.contracts.ids import ChannelId, WorkspaceId
from services.contracts.views import BATCH_LIMIT, PAGE_LIMIT
from services.contracts.vocabulary import ConversationStatus, Direction, Discipline, InboxViewName, Kind
from services.engagement import backfilling, inbox, rendering
from services.engagement.search.finding import list_hits, moment_of
from services.engagement.statements import channels, jobs, labels, ledger, reading, replies
from services.engagement.statements import inbox as inbox_statements
from services.engagement.statements.health import health_of_channels
from services.engagement.statements.participants import participation_of
from services.engagement.statements.satisfaction import satisfaction_of_channels
from services.engagement.statements.search import Filter
from services.kit.access import authenticate, permit
from services.kit.clock import Clock
from services.kit.db import Connection, Database
from services.kit.errors import ForbiddenError
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
    """Which threads: by status, by channel, by owner, by label."""

    limit: Limit = 50
    after: str | None = None
    status: ConversationStatus | None = None
    channel_id: UUID | None = None
    owner_id: UUID | None = None
    label_id: UUID | None = None


class ListPage(BareBody):
    """A page of a list of the workspace."""

    limit: Limit = 50
    after: str | None = None


class InboxPage(BareBody):
    """A page of one of the member's views."""

    view: InboxViewName
    limit: Limit = 50
    after: str | None = None


class ChannelCounts(ByIds):
    """Of which channels, and whether to count beyond 1,000."""

    exact: bool = False


class InboxCounts(BareBody):
    """Whether to count beyond 1,000, and what is unread in every view."""

    exact: bool = False
    unread: bool = False


class Search(BareBody):
    """What to search for, and what narrows it. `venue` is (network, scope, external id)."""

    query: Annotated[str, msgspec.Meta(max_length=500)]
    limit: Limit = 50
    after: str | None = None
    contact_id: UUID | None = None
    profile_id: UUID | None = None
    channel_id: UUID | None = None
    venue: tuple[str, str, str] | None = None
    kinds: Annotated[list[Kind], msgspec.Meta(max_length=20)] | None = None
    direction: Direction | None = None
    discipline: Discipline | None = None
    label_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None

    def narrowed(self) -> Filter:
        """What narrows it, as the statement takes it."""
        return Filter(
            contact=self.contact_id,
            profile=self.profile_id,
            channel=self.channel_id,
            venue=self.venue,
            kinds=[each.value for each in self.kinds] if self.kinds else None,
            direction=self.direction.value if self.direction else None,
            discipline=self.discipline.value if self.discipline else None,
            label=self.label_id,
            since=moment_of(self.since),
            until=moment_of(self.until),
        )


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
            ("POST", "/internal/interactions/by-ids"): self._by_ids(reading.interactions_by_id, self._interaction_now),
            ("POST", "/internal/conversations/by-ids"): self._by_ids(reading.conversations_by_id, rendering.conversation_view),
            ("POST", "/internal/labels/by-ids"): self._by_ids(labels.labels_by_id, rendering.label_view),
            ("POST", "/internal/jobs/by-ids"): self._by_ids(jobs.jobs_by_id, rendering.job_view),
            ("POST", "/internal/participation/by-conversation-ids"): self._by_ids(
                participation_of, rendering.participation_view, key="conversation_id"
            ),
            ("POST", "/internal/blocks/by-profile-ids"): self._by_ids(ledger.blocks_of, rendering.block_view, key="profile_id"),
            ("POST", "/internal/satisfaction/by-channel-ids"): self._by_ids(
                satisfaction_of_channels, rendering.satisfaction_view, key="channel_id"
            ),
            ("POST", "/internal/blocks/page"): self.blocks,
            ("POST", "/internal/replies/by-ids"): self._by_ids(replies.replies_by_id, rendering.reply_view),
            ("POST", "/internal/channels/by-ids"): self._by_ids(channels.channels_by_id, rendering.channel_view),
            ("POST", "/internal/channel-health/by-ids"): self._by_ids(
                health_of_channels, lambda row: rendering.health_view(row, now=self._clock.now())
            ),
            ("POST", "/internal/reconciliations/by-channel-ids"): self.reconciliations,
            ("POST", "/internal/conversations/by-profile-ids"): self.conversations_of_profiles,
            ("POST", "/internal/conversations/page"): self.conversations,
            ("POST", "/internal/ledger"): self.ledger,
            ("POST", "/internal/inbox/page"): self.inbox_page,
            ("POST", "/internal/inbox/counts"): self.inbox_counts,
            ("POST", "/internal/inbox/channels"): self.inbox_channels,
            ("POST", "/internal/inbox/unread"): self.inbox_unread,
            ("POST", "/internal/search"): self.search,
        }

    async def timelines(self, request: BareRequest) -> bytes:
        """Pages of whole histories, each across all channels of a contact."""
        workspace, asked = await _asked(request, PagesByIds)
        before = rendering.position_of(asked.after)
        async with self._database.transaction(workspace) as connection:
            rows = await reading.timelines_of_contacts(connection, workspace, asked.ids, before=before, limit=asked.limit + 1)
        pages = rendering.pages_of(rows, count=len(asked.ids), limit=asked.limit, render=rendering.interaction_at(self._clock.now()))
        return msgspec.json.encode(pages)

    async def threads(self, request: BareRequest) -> bytes:
        """Pages of conversations' rows."""
        workspace, asked = await _asked(request, PagesByIds)
        before = rendering.position_of(asked.after)
        async with self._database.transaction(workspace) as connection:
            rows = await reading.threads_of_conversations(connection, workspace, asked.ids, before=before, limit=asked.limit + 1)
        pages = rendering.pages_of(rows, count=len(asked.ids), limit=asked.limit, render=rendering.interaction_at(self._clock.now()))
        return msgspec.json.encode(pages)

    async def reconciliations(self, request: BareRequest) -> bytes:
        """How channels compare with their platforms."""
        workspace, asked = await _asked(request, ByIds)
        async with self._database.transaction(workspace) as connection:
            return msgspec.json.encode(await backfilling.reconciliations_of(connection, workspace, asked.ids))

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
                owner=asked.owner_id,
                label=asked.label_id,
                before=rendering.position_of(asked.after),
                limit=asked.limit + 1,
            )
        page = rendering.page_of(rows, limit=asked.limit, render=rendering.conversation_view, time="last_activity_at")
        return msgspec.json.encode(page)

    async def blocks(self, request: BareRequest) -> bytes:
        """A page of who is blocked, the latest first."""
        workspace, asked = await _asked(request, ListPage)
        before = rendering.position_of(asked.after)
        async with self._database.transaction(workspace) as connection:
            rows = await ledger.blocks_page(connection, workspace, before=before, limit=asked.limit + 1)
        return msgspec.json.encode(rendering.page_of(rows, limit=asked.limit, render=rendering.block_view, time="blocked_at"))

    async def search(self, request: BareRequest) -> bytes:
        """A page of what a search finds."""
        workspace, asked = await _asked(request, Search)
        before = rendering.position_of(asked.after)
        async with self._database.transaction(workspace) as connection:
            page = await list_hits(
                connection, workspace, asked.query, narrowed=asked.narrowed(), before=before, limit=asked.limit, now=self._clock.now()
            )
        return msgspec.json.encode(page)

    async def ledger(self, request: BareRequest) -> bytes:
        """The ledger's sums at this instant."""
        workspace, _ = await _asked(request, BareBody)
        async with self._database.transaction(workspace) as connection:
            row = await ledger.ledger_counts(connection, workspace, now=self._clock.now())
        return msgspec.json.encode(rendering.ledger_view(row))

    async def inbox_page(self, request: BareRequest) -> bytes:
        """A page of one of the caller's inbox views."""
        reader, asked = await _asked_by_member(request, InboxPage)
        async with self._database.transaction(reader.workspace) as connection:
            rows = await inbox.list_items(
                connection,
                reader,
                asked.view,
                after=rendering.position_of(asked.after),
                limit=asked.limit + 1,
                now=self._clock.now(),
            )
        return msgspec.json.encode(rendering.page_of(rows, limit=asked.limit, render=inbox.item_view, time="at"))

    async def inbox_counts(self, request: BareRequest) -> bytes:
        """How much is in each of the caller's inbox views."""
        reader, asked = await _asked_by_member(request, InboxCounts)
        async with self._database.transaction(reader.workspace) as connection:
            return msgspec.json.encode(
                await inbox.count_views(connection, reader, exact=asked.exact, unread_too=asked.unread, now=self._clock.now())
            )

    async def inbox_channels(self, request: BareRequest) -> bytes:
        """How many threads of each channel are not closed."""
        workspace, asked = await _asked(request, ChannelCounts)
        async with self._database.transaction(workspace) as connection:
            return msgspec.json.encode(await inbox.count_channels(connection, workspace, asked.ids, exact=asked.exact))

    async def inbox_unread(self, request: BareRequest) -> bytes:
        """Which threads have something that the caller has not read; for an API key, none."""
        caller = await authenticate(request.scope)
        permit(caller, "conversations:read")
        asked = await request.json(ByIds)
        unread: set[UUID] = set()
        if caller.member_id is not None:
            async with self._database.transaction(caller.workspace_id) as connection:
                rows = await inbox_statements.unread_of(connection, caller.workspace_id, caller.member_id, asked.ids)
            unread = {row["id"] for row in rows if row["unread"]}
        return msgspec.json.encode([each in unread for each in asked.ids])

    def _interaction_now(self, row: asyncpg.Record) -> object:
        return rendering.interaction_view(row, now=self._clock.now())

    def _by_ids(
        self,
        statement: Callable[[Connection, WorkspaceId, Sequence[UUID]], Awaitable[list[asyncpg.Record]]],
        render: Callable[[asyncpg.Record], object],
        *,
        key: str = "id",
    ) -> Endpoint:
        async def endpoint(request: BareRequest) -> bytes:
            workspace, asked = await _asked(request, ByIds)
            async with self._database.transaction(workspace) as connection:
                rows = await statement(connection, workspace, asked.ids)
            return msgspec.json.encode(rendering.aligned(rows, asked.ids, render, key=key))

        return endpoint


Asked = TypeVar("Asked", bound=BareBody)


async def _asked(request: BareRequest, shape: type[Asked]) -> tuple[WorkspaceId, Asked]:
    caller = await authenticate(request.scope)
    permit(caller, "conversations:read")
    return caller.workspace_id, await request.json(shape)


async def _asked_by_member(request: BareRequest, shape: type[Asked]) -> tuple[inbox.Reader, Asked]:
    caller = await authenticate(request.scope)
    permit(caller, "conversations:read")
    if caller.member_id is None:
        raise ForbiddenError("Only a member has an inbox; sign in as one.")
    reader = inbox.Reader(workspace=caller.workspace_id, member=caller.member_id, disciplines=sorted(caller.disciplines))
    return reader, await request.json(shape)
