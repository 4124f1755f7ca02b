"""Loaders of who takes part in threads, who is blocked, jobs. Called by resolvers through `Loaders`."""

from functools import cached_property

from gateway.clients.handling import HandlingClient
from gateway.loaders.batches import ByIdLoader, OneByOneLoader
from gateway.loaders.composing import ListPageKey
from services.contracts.views import BlockView, JobView, PageView, ParticipationView


class ParticipationByConversationLoader(ByIdLoader[ParticipationView | None]):
    """Who takes part in a conversation."""


class BlockByProfileLoader(ByIdLoader[BlockView | None]):
    """The block of a profile."""


class BlocksByPageLoader(OneByOneLoader[ListPageKey, PageView[BlockView]]):
    """A page of who is blocked."""


class JobByIdLoader(ByIdLoader[JobView | None]):
    """Jobs."""


class HandlingLoaders:
    """Part of Loaders."""

    _handling: HandlingClient

    @cached_property
    def participation_by_conversation(self) -> ParticipationByConversationLoader:
        """Keys: conversation ids."""
        return ParticipationByConversationLoader(self._handling.participation_by_conversation_ids)

    @cached_property
    def block_by_profile(self) -> BlockByProfileLoader:
        """Keys: profile ids."""
        return BlockByProfileLoader(self._handling.blocks_by_profile_ids)

    @cached_property
    def blocks_by_page(self) -> BlocksByPageLoader:
        """Keys: pages."""
        return BlocksByPageLoader(lambda key: self._handling.page_of_blocks(key._asdict()))

    @cached_property
    def job_by_id(self) -> JobByIdLoader:
        """Keys: job ids."""
        return JobByIdLoader(self._handling.jobs_by_ids)
