"""What `handling` adds to conversations and profiles. Called through their types; asks loaders only."""

from collections.abc import Awaitable

import strawberry

from gateway.context import Info
from services.contracts.ids import ConversationId
from services.contracts.views import BlockView, ConversationView, ExchangeView, ParticipantView, ParticipationView, ProfileView


async def participants_of(root: strawberry.Parent[ConversationView], info: Info) -> list[ParticipantView]:
    """Who takes part in a thread."""
    found = await _participation(info, root.id)
    return [] if found is None else list(found.participants)


async def exchanges_of(root: strawberry.Parent[ConversationView], info: Info) -> list[ExchangeView]:
    """Who answered whom in a thread."""
    found = await _participation(info, root.id)
    return [] if found is None else list(found.exchanges)


async def is_blocked(root: strawberry.Parent[ProfileView], info: Info) -> bool:
    """Whether a person is blocked."""
    found: BlockView | None = await info.context.loaders.block_by_profile.load(root.id)
    return found is not None


def _participation(info: Info, conversation: ConversationId) -> Awaitable[ParticipationView | None]:
    return info.context.loaders.participation_by_conversation.load(conversation)
