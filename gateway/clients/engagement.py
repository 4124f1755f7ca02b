"""Calls to engagement: what. Called by loaders, by the mutations of `conversations` and by subscriptions that catch up."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlencode
from uuid import UUID

import msgspec

from gateway.clients.service import COMMAND_TIMEOUT_SECONDS, Service, whole_list
from gateway.errors import ServiceProblemError
from services.contracts.ids import ChannelId, ConversationId, InteractionId, LabelId, ReplyId, SavedFilterId
from services.contracts.views import (
    ChannelCountView,
    ChannelView,
    ConversationView,
    FilterCountView,
    InboxCountsView,
    InboxItemView,
    InteractionView,
    JournalRowView,
    LabelView,
    LedgerView,
    PageView,
    ReconciliationView,
    ReplyView,
    SavedFilterView,
)
from services.contracts.views.media import MediaView
from services.contracts.views.search import SearchHitView
from services.contracts.views.sending import ChannelHealthView


class Warned(msgspec.Struct, frozen=True, kw_only=True):
    """What a member should know about a reply that was accepted all the same."""

    newer_messages: list[InteractionId] = []


class ReplyAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A committed reply, and a warning where the person wrote meanwhile."""

    reply: ReplyView
    warning: Warned | None = None


class EventItem(msgspec.Struct, frozen=True, kw_only=True):
    """One event as it travels on the bus; `data` is its JSON."""

    sequence: int
    type: str
    version: int
    subject: str
    time: datetime
    data: msgspec.Raw


class EventsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Events after a sequence, in order, and whether there are more."""

    events: list[EventItem]
    has_next: bool


class JournalAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the journal."""

    items: list[JournalRowView]
    next_cursor: str | None = None


class ReplayedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How many deliveries are read again."""

    replayed: int


class EngagementClient:
    """What."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def timelines_by_contact_ids(self, ids: list[UUID], *, limit: int, after: str | None) -> list[PageView[InteractionView]]:
        """The newest interactions of each contact, over all channels."""
        return await self._service.batch(
            "/internal/timeline/by-contact-ids",
            ids,
            expect=list[PageView[InteractionView]],
            extra={"limit": limit, "after": after},
        )

    async def messages_by_conversation_ids(self, ids: list[UUID], *, limit: int, after: str | None) -> list[PageView[InteractionView]]:
        """The newest entries of each conversation."""
        return await self._service.batch(
            "/internal/messages/by-conversation-ids",
            ids,
            expect=list[PageView[InteractionView]],
            extra={"limit": limit, "after": after},
        )

    async def conversations_by_ids(self, ids: list[UUID]) -> list[ConversationView | None]:
        """The conversations."""
        return await self._service.batch("/internal/conversations/by-ids", ids, expect=list[ConversationView | None])

    async def conversations_by_profile_ids(self, ids: list[UUID]) -> list[list[ConversationView]]:
        """The conversations of each profile."""
        return await self._service.batch("/internal/conversations/by-profile-ids", ids, expect=list[list[ConversationView]])

    async def page_of_conversations(self, filters: Mapping[str, object]) -> PageView[ConversationView]:
        """The workspace's conversations, latest activity first; filters: limit, after, status, channel_id."""
        return await self._service.ask("POST", "/internal/conversations/page", expect=PageView[ConversationView], payload=filters)

    async def search(self, asked: Mapping[str, object]) -> PageView[SearchHitView]:
        """A page of what a search finds; asked: query, limit, after and what narrows it."""
        return await self._service.ask("POST", "/internal/search", expect=PageView[SearchHitView], payload=asked)

    async def media_by_ids(self, ids: list[UUID]) -> list[MediaView | None]:
        """The files."""
        return await self._service.batch("/internal/media/by-ids", ids, expect=list[MediaView | None])

    async def interactions_by_ids(self, ids: list[UUID]) -> list[InteractionView | None]:
        """The interactions."""
        return await self._service.batch("/internal/interactions/by-ids", ids, expect=list[InteractionView | None])

    async def replies_by_ids(self, ids: list[UUID]) -> list[ReplyView | None]:
        """The replies."""
        return await self._service.batch("/internal/replies/by-ids", ids, expect=list[ReplyView | None])

    async def channels_by_ids(self, ids: list[UUID]) -> list[ChannelView | None]:
        """The channels."""
        return await self._service.batch("/internal/channels/by-ids", ids, expect=list[ChannelView | None])

    async def labels_by_ids(self, ids: list[UUID]) -> list[LabelView | None]:
        """The labels."""
        return await self._service.batch("/internal/labels/by-ids", ids, expect=list[LabelView | None])

    async def labels(self) -> list[LabelView]:
        """Every label of the workspace, at most 500."""
        return await whole_list(self._service, "/v1/labels", item=LabelView)

    async def reconciliations_by_channel_ids(self, ids: list[UUID]) -> list[ReconciliationView | None]:
        """How the channels compare with their platforms."""
        return await self._service.batch("/internal/reconciliations/by-channel-ids", ids, expect=list[ReconciliationView | None])

    async def backfill_channel(self, channel: ChannelId, *, since: datetime) -> ReconciliationView:
        """Let the platform be asked for everything since then."""
        return await self._service.ask("POST", f"/v1/channels/{channel}/backfill", expect=ReconciliationView, payload={"since": since})

    async def health_by_channel_ids(self, ids: list[UUID]) -> list[ChannelHealthView | None]:
        """How the channels fare."""
        return await self._service.batch("/internal/channel-health/by-ids", ids, expect=list[ChannelHealthView | None])

    async def channels(self) -> list[ChannelView]:
        """Every channel of the workspace, at most 100."""
        return await whole_list(self._service, "/v1/channels?limit=100", item=ChannelView)

    async def ledger(self) -> LedgerView:
        """The five counts."""
        return await self._service.ask("POST", "/internal/ledger", expect=LedgerView, payload={})

    async def page_of_inbox(self, page: Mapping[str, object]) -> PageView[InboxItemView]:
        """A page of a view of the caller's inbox; page: view, limit, after."""
        return await self._service.ask("POST", "/internal/inbox/page", expect=PageView[InboxItemView], payload=page)

    async def inbox_counts(self, *, exact: bool) -> InboxCountsView:
        """The counts of the caller's views."""
        return await self._service.ask("POST", "/internal/inbox/counts", expect=InboxCountsView, payload={"exact": exact})

    async def unread_counts(self) -> InboxCountsView:
        """The same, with what is unread in every view."""
        payload = {"exact": False, "unread": True}
        return await self._service.ask("POST", "/internal/inbox/counts", expect=InboxCountsView, payload=payload)

    async def counts_by_channel_ids(self, ids: list[UUID], *, exact: bool = False) -> list[ChannelCountView]:
        """How many threads of each channel are not closed."""
        extra = {"exact": True} if exact else None
        return await self._service.batch("/internal/inbox/channels", ids, expect=list[ChannelCountView], extra=extra)

    async def unread_by_conversation_ids(self, ids: list[UUID]) -> list[bool]:
        """Whether each thread has something that the caller has not read."""
        return await self._service.batch("/internal/inbox/unread", ids, expect=list[bool])

    async def saved_filters(self) -> list[SavedFilterView]:
        """The caller's own filters and the shared ones, at most 100."""
        return await whole_list(self._service, "/v1/saved-filters", item=SavedFilterView)

    async def filter_count(self, filter_id: UUID, *, exact: bool = False) -> FilterCountView:
        """How many conversations a saved filter finds, counted to 1,000 unless `exact`."""
        path = f"/v1/saved-filters/{filter_id}/count"
        return await self._service.ask("GET", f"{path}?exact=true" if exact else path, expect=FilterCountView)

    async def add_filter(self, *, payload: Mapping[str, object]) -> SavedFilterView:
        """Keep a filter; payload: name, shared, status, channel_id, owner_id, label_id."""
        return await self._service.ask("POST", "/v1/saved-filters", expect=SavedFilterView, payload=payload)

    async def replace_filter(self, filter_id: SavedFilterId, *, payload: Mapping[str, object]) -> SavedFilterView:
        """Replace a filter; payload: as add_filter, and version."""
        return await self._service.ask("PUT", f"/v1/saved-filters/{filter_id}", expect=SavedFilterView, payload=payload)

    async def delete_filter(self, filter_id: SavedFilterId) -> None:
        """Forget a filter."""
        await self._service.tell("DELETE", f"/v1/saved-filters/{filter_id}")

    async def mark_read(self, conversation: ConversationId, *, version: int | None, read: bool) -> None:
        """Remember how far the caller has read a thread, or forget it."""
        path = f"/v1/conversations/{conversation}/read"
        await self._service.tell("PUT" if read else "DELETE", path, payload={"version": version} if read else None)

    async def post_reply(self, conversation: ConversationId, *, payload: Mapping[str, object], idempotency_key: str | None) -> ReplyAnswer:
        """Queue a reply; payload: text, attachments, template, in_reply_to, version."""
        headers = () if idempotency_key is None else (("idempotency-key", idempotency_key),)
        return await self._service.ask(
            "POST",
            f"/v1/conversations/{conversation}/replies",
            expect=ReplyAnswer,
            payload=payload,
            headers=headers,
            timeout_seconds=COMMAND_TIMEOUT_SECONDS,
        )

    async def cancel_reply(self, reply: ReplyId) -> ReplyView:
        """Take back a reply that was not handed over yet."""
        return await self._service.ask("POST", f"/v1/replies/{reply}/cancel", expect=ReplyView, payload={})

    async def edit_reply(self, reply: ReplyId, *, text: str) -> ReplyView:
        """Ask the platform for another text of a reply that was sent."""
        return await self._service.ask("PATCH", f"/v1/replies/{reply}", expect=ReplyView, payload={"text": text})

    async def delete_reply(self, reply: ReplyId) -> ReplyView:
        """Ask the platform to take back a reply that was sent."""
        return await self._service.ask("DELETE", f"/v1/replies/{reply}", expect=ReplyView)

    async def settle_reply(self, reply: ReplyId, *, sent: bool) -> ReplyView:
        """Say what became of a reply in doubt."""
        return await self._service.ask("POST", f"/v1/replies/{reply}/settle", expect=ReplyView, payload={"sent": sent})

    async def decline_interaction(self, interaction: InteractionId, *, reason: str) -> None:
        """Decide that an interaction gets no answer."""
        await self._service.tell("POST", f"/v1/interactions/{interaction}/decline", payload={"reason": reason})

    async def change_conversation(self, conversation: ConversationId, *, payload: Mapping[str, object]) -> ConversationView:
        """Change a conversation; payload: version, status, snoozed_until, owner_id, priority, add_label_ids, remove_label_ids."""
        return await self._service.ask("PATCH", f"/v1/conversations/{conversation}", expect=ConversationView, payload=payload)

    async def journal(self, *, limit: int, after: str | None, state: str | None) -> tuple[list[JournalRowView], bool]:
        """Deliveries, the newest first, and whether there are more."""
        asked = {"limit": limit, "after": after, "state": state}
        query = urlencode({name: value for name, value in asked.items() if value is not None})
        page = await self._service.ask("GET", f"/v1/journal?{query}", expect=JournalAnswer)
        return page.items, page.next_cursor is not None

    async def replay_row(self, row: UUID) -> None:
        """Read one delivery again."""
        await self._service.tell("POST", f"/v1/journal/{row}/replay")

    async def replay_failed(self) -> int:
        """Read all again that failed or were not understood; gives their number."""
        return (await self._service.ask("POST", "/v1/journal/replay", expect=ReplayedAnswer)).replayed

    async def add_note(
        self, conversation: ConversationId, *, payload: Mapping[str, object], idempotency_key: str | None
    ) -> InteractionView:
        """Write a note for colleagues; payload: text, mentioned_member_ids."""
        headers = () if idempotency_key is None else (("idempotency-key", idempotency_key),)
        path = f"/v1/conversations/{conversation}/notes"
        return await self._service.ask("POST", path, expect=InteractionView, payload=payload, headers=headers)

    async def follow_conversation(self, conversation: ConversationId) -> ConversationView:
        """Let the caller follow a conversation."""
        return await self._service.ask("PUT", f"/v1/conversations/{conversation}/following", expect=ConversationView)

    async def unfollow_conversation(self, conversation: ConversationId) -> ConversationView:
        """Let the caller follow a conversation no longer."""
        return await self._service.ask("DELETE", f"/v1/conversations/{conversation}/following", expect=ConversationView)

    async def add_label(self, *, payload: Mapping[str, object]) -> LabelView:
        """Make a label; payload: name, colour."""
        return await self._service.ask("POST", "/v1/labels", expect=LabelView, payload=payload)

    async def change_label(self, label: LabelId, *, payload: Mapping[str, object]) -> LabelView:
        """Rename or recolour a label; payload: version, name, colour."""
        return await self._service.ask("PATCH", f"/v1/labels/{label}", expect=LabelView, payload=payload)

    async def delete_label(self, label: LabelId) -> None:
        """Take a label from every conversation and from the list."""
        await self._service.tell("DELETE", f"/v1/labels/{label}")

    async def events_after(self, sequence: int, *, limit: int) -> EventsAnswer | None:
        """The workspace's events after a place in the outbox, in order; None where the retention does not reach back to it."""
        query = urlencode({"after": sequence, "limit": limit})
        try:
            return await self._service.ask("GET", f"/internal/events?{query}", expect=EventsAnswer)
        except ServiceProblemError as error:
            if error.problem_status != HTTPStatus.GONE:
                raise
            return None
