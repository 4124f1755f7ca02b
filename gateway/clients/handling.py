"""Calls to engagement: threads of one matter, spam, blocked people, jobs. Called by the loaders and mutations of `handling`."""

from collections.abc import Mapping
from uuid import UUID

import msgspec

from gateway.clients.service import Service
from services.contracts.ids import ConversationId, JobId, ProfileId
from services.contracts.views import BlockView, ConversationView, JobView, PageView, ParticipationView


class PresenceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """When presence is to be said again, and how long it lasts."""

    again_after_seconds: float
    lasts_seconds: float


class HandlingClient:
    """Threads as wholes."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def participation_by_conversation_ids(self, ids: list[UUID]) -> list[ParticipationView | None]:
        """Who takes part in each conversation."""
        return await self._service.batch("/internal/participation/by-conversation-ids", ids, expect=list[ParticipationView | None])

    async def blocks_by_profile_ids(self, ids: list[UUID]) -> list[BlockView | None]:
        """The block of each profile, if any."""
        return await self._service.batch("/internal/blocks/by-profile-ids", ids, expect=list[BlockView | None])

    async def page_of_blocks(self, page: Mapping[str, object]) -> PageView[BlockView]:
        """Who is blocked; page: limit, after."""
        return await self._service.ask("POST", "/internal/blocks/page", expect=PageView[BlockView], payload=page)

    async def jobs_by_ids(self, ids: list[UUID]) -> list[JobView | None]:
        """The jobs, without what failed."""
        return await self._service.batch("/internal/jobs/by-ids", ids, expect=list[JobView | None])

    async def job(self, job: JobId) -> JobView:
        """One job with all that failed."""
        return await self._service.ask("GET", f"/v1/jobs/{job}", expect=JobView)

    async def start_bulk_action(self, *, payload: Mapping[str, object], idempotency_key: str | None) -> JobView:
        """Begin a job; payload as POST /v1/conversations/bulk takes it."""
        headers = () if idempotency_key is None else (("idempotency-key", idempotency_key),)
        return await self._service.ask("POST", "/v1/conversations/bulk", expect=JobView, payload=payload, headers=headers)

    async def merge(self, conversation: ConversationId, *, into: UUID, version: int) -> ConversationView:
        """Let another conversation speak for this one."""
        payload = {"into_id": into, "version": version}
        return await self._service.ask("POST", f"/v1/conversations/{conversation}/merge", expect=ConversationView, payload=payload)

    async def split(self, conversation: ConversationId) -> ConversationView:
        """Take a merge back."""
        return await self._service.ask("POST", f"/v1/conversations/{conversation}/split", expect=ConversationView)

    async def link(self, conversation: ConversationId, other: ConversationId) -> ConversationView:
        """Tie two conversations together."""
        return await self._service.ask("PUT", f"/v1/conversations/{conversation}/links/{other}", expect=ConversationView)

    async def unlink(self, conversation: ConversationId, other: ConversationId) -> ConversationView:
        """Untie two conversations."""
        return await self._service.ask("DELETE", f"/v1/conversations/{conversation}/links/{other}", expect=ConversationView)

    async def mark_spam(self, conversation: ConversationId, *, payload: Mapping[str, object]) -> ConversationView:
        """Say that a conversation is spam, or is not; payload: spam, version."""
        return await self._service.ask("POST", f"/v1/conversations/{conversation}/spam", expect=ConversationView, payload=payload)

    async def block(self, profile: ProfileId, *, reason: str) -> None:
        """Block a person."""
        await self._service.tell("PUT", f"/v1/blocked-profiles/{profile}", payload={"reason": reason})

    async def unblock(self, profile: ProfileId) -> None:
        """Take a block back."""
        await self._service.tell("DELETE", f"/v1/blocked-profiles/{profile}")

    async def show_presence(self, conversation: ConversationId, *, payload: Mapping[str, object]) -> PresenceAnswer:
        """Tell where the caller is; payload: activity, tab."""
        return await self._service.ask("PUT", f"/v1/conversations/{conversation}/presence", expect=PresenceAnswer, payload=payload)
