"""Loaders of one request: many resolvers ask for one thing each, one batch call answers them all. Called by resolvers.

Named ThingByKeyLoader. Nothing outlives the operation.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import cached_property
from typing import Any, NamedTuple, Protocol, TypeVar
from uuid import UUID

from gateway.batching import BatchLoader
from gateway.clients import Clients
from services.contracts.views import (
    BATCH_LIMIT,
    ChannelView,
    ContactView,
    ConversationView,
    InteractionView,
    LedgerView,
    MemberView,
    PageView,
    PlaybookCellView,
    ProfileView,
    ReplyView,
    TaskView,
    TriageView,
    WorkspaceView,
)
from services.contracts.vocabulary import ConversationStatus, Discipline, TaskState

Found = TypeVar("Found")
Key = TypeVar("Key")


class PageKey(NamedTuple):
    """A page of one thing's list: the thing's id, the page size, the cursor to continue after."""

    id: UUID
    first: int
    after: str | None


class ContactPageKey(NamedTuple):
    """A page of the workspace's contacts."""

    limit: int
    after: str | None


class ConversationPageKey(NamedTuple):
    """A page of the workspace's conversations."""

    limit: int
    after: str | None
    status: ConversationStatus | None = None
    channel_id: UUID | None = None


class TaskPageKey(NamedTuple):
    """A page of the workspace's tasks."""

    limit: int
    after: str | None
    discipline: Discipline | None = None
    state: TaskState | None = None
    member_id: UUID | None = None


class _ByIdLoader(BatchLoader[UUID, Found]):
    """Batches ids, at most as many as a batch route takes."""

    def __init__(self, fetch: Callable[[list[UUID]], Awaitable[Sequence[Found]]]) -> None:
        super().__init__(fetch, most=BATCH_LIMIT)


class ContactByIdLoader(_ByIdLoader[ContactView | None]):
    """Contacts."""


class ContactByProfileLoader(_ByIdLoader[ContactView | None]):
    """The contact that a profile belongs to."""


class ProfilesByContactLoader(_ByIdLoader[list[ProfileView]]):
    """A contact's profiles."""


class ProfileByIdLoader(_ByIdLoader[ProfileView | None]):
    """Profiles."""


class MemberByIdLoader(_ByIdLoader[MemberView | None]):
    """Members."""


class ConversationByIdLoader(_ByIdLoader[ConversationView | None]):
    """Conversations."""


class ConversationsByProfileLoader(_ByIdLoader[list[ConversationView]]):
    """A profile's conversations."""


class InteractionByIdLoader(_ByIdLoader[InteractionView | None]):
    """Interactions."""


class ReplyByIdLoader(_ByIdLoader[ReplyView | None]):
    """Replies."""


class ChannelByIdLoader(_ByIdLoader[ChannelView | None]):
    """Channels."""


class TaskByIdLoader(_ByIdLoader[TaskView | None]):
    """Tasks."""


class TaskByInteractionLoader(_ByIdLoader[TaskView | None]):
    """The task that an interaction led to."""


class TasksByConversationLoader(_ByIdLoader[list[TaskView]]):
    """A conversation's tasks."""


class TriageByInteractionLoader(_ByIdLoader[TriageView | None]):
    """What an interaction is about."""


class PagesFetch(Protocol):
    """The shape of a client's function that answers pages for many ids."""

    async def __call__(self, ids: list[UUID], *, limit: int, after: str | None) -> list[PageView[InteractionView]]:
        """Pages aligned with `ids`."""
        ...


class _PagesLoader(BatchLoader[PageKey, PageView[InteractionView]]):
    """Batches first pages of the same size into one call; a page with a cursor goes alone, for a cursor is one list's."""

    def __init__(self, fetch: PagesFetch) -> None:
        super().__init__(self._load_pages, most=BATCH_LIMIT)
        self._fetch_pages = fetch

    async def _load_pages(self, keys: list[PageKey]) -> list[PageView[InteractionView] | BaseException]:
        alike: dict[tuple[int, str | None, UUID | None], list[PageKey]] = {}
        for key in keys:
            alike.setdefault((key.first, key.after, key.id if key.after else None), []).append(key)
        answers = await asyncio.gather(
            *(self._fetch_pages([key.id for key in group], limit=first, after=after) for (first, after, _), group in alike.items()),
            return_exceptions=True,
        )
        found: dict[PageKey, PageView[InteractionView] | BaseException] = {}
        for group, pages in zip(alike.values(), answers, strict=True):
            found.update(dict.fromkeys(group, pages) if isinstance(pages, BaseException) else zip(group, pages, strict=True))
        return [found[key] for key in keys]


class TimelineByContactLoader(_PagesLoader):
    """A page of a contact's timeline."""


class MessagesByConversationLoader(_PagesLoader):
    """A page of a conversation's entries."""


class _OneByOneLoader(BatchLoader[Key, Found]):
    """Lists of the whole workspace: one call per distinct key, asked for once however often it is selected."""

    def __init__(self, fetch: Callable[[Key], Coroutine[None, None, Found]]) -> None:
        super().__init__(self._load_each)
        self._fetch_one = fetch

    async def _load_each(self, keys: list[Key]) -> list[Found | BaseException]:
        if len(keys) == 1:
            return [await self._fetch_one(keys[0])]
        return await asyncio.gather(*(self._fetch_one(key) for key in keys), return_exceptions=True)


class ContactsByPageLoader(_OneByOneLoader[ContactPageKey, PageView[ContactView]]):
    """A page of the workspace's contacts."""


class ConversationsByPageLoader(_OneByOneLoader[ConversationPageKey, PageView[ConversationView]]):
    """A page of the workspace's conversations."""


class TasksByPageLoader(_OneByOneLoader[TaskPageKey, PageView[TaskView]]):
    """A page of the workspace's tasks."""


class WorkspaceByCallerLoader(_OneByOneLoader[None, WorkspaceView]):
    """The caller's workspace."""


class LedgerByCallerLoader(_OneByOneLoader[None, LedgerView]):
    """The ledger of the caller's workspace."""


class ChannelsByCallerLoader(_OneByOneLoader[None, list[ChannelView]]):
    """The channels of the caller's workspace."""


class PlaybookByCallerLoader(_OneByOneLoader[None, list[PlaybookCellView]]):
    """The playbook of the caller's workspace."""


class Loaders:
    """Every loader of one request, made when first asked for."""

    def __init__(self, clients: Clients) -> None:
        self._identity = clients.identity
        self._engagement = clients.engagement
        self._routing = clients.routing

    async def rewind(self) -> None:
        """Let the operation run anew without asking any service twice."""
        for loader in self._made():
            await loader.rewind()

    async def close(self) -> None:
        """End whatever is still being fetched."""
        for loader in self._made():
            await loader.close()

    def _made(self) -> "list[BatchLoader[Any, Any]]":
        return [made for made in self.__dict__.values() if isinstance(made, BatchLoader)]

    @cached_property
    def contact_by_id(self) -> ContactByIdLoader:
        """Keys: contact ids."""
        return ContactByIdLoader(self._identity.contacts_by_ids)

    @cached_property
    def contact_by_profile(self) -> ContactByProfileLoader:
        """Keys: profile ids."""
        return ContactByProfileLoader(self._identity.contacts_by_profile_ids)

    @cached_property
    def profiles_by_contact(self) -> ProfilesByContactLoader:
        """Keys: contact ids."""
        return ProfilesByContactLoader(self._identity.profiles_by_contact_ids)

    @cached_property
    def profile_by_id(self) -> ProfileByIdLoader:
        """Keys: profile ids."""
        return ProfileByIdLoader(self._identity.profiles_by_ids)

    @cached_property
    def member_by_id(self) -> MemberByIdLoader:
        """Keys: member ids."""
        return MemberByIdLoader(self._identity.members_by_ids)

    @cached_property
    def contacts_by_page(self) -> ContactsByPageLoader:
        """Keys: pages."""
        return ContactsByPageLoader(lambda key: self._identity.page_of_contacts(limit=key.limit, after=key.after))

    @cached_property
    def workspace_by_caller(self) -> WorkspaceByCallerLoader:
        """Key: None."""
        return WorkspaceByCallerLoader(lambda _key: self._identity.workspace())

    @cached_property
    def timeline_by_contact(self) -> TimelineByContactLoader:
        """Keys: pages of contact ids."""
        return TimelineByContactLoader(self._engagement.timelines_by_contact_ids)

    @cached_property
    def messages_by_conversation(self) -> MessagesByConversationLoader:
        """Keys: pages of conversation ids."""
        return MessagesByConversationLoader(self._engagement.messages_by_conversation_ids)

    @cached_property
    def conversation_by_id(self) -> ConversationByIdLoader:
        """Keys: conversation ids."""
        return ConversationByIdLoader(self._engagement.conversations_by_ids)

    @cached_property
    def conversations_by_profile(self) -> ConversationsByProfileLoader:
        """Keys: profile ids."""
        return ConversationsByProfileLoader(self._engagement.conversations_by_profile_ids)

    @cached_property
    def conversations_by_page(self) -> ConversationsByPageLoader:
        """Keys: pages."""
        return ConversationsByPageLoader(lambda key: self._engagement.page_of_conversations(key._asdict()))

    @cached_property
    def interaction_by_id(self) -> InteractionByIdLoader:
        """Keys: interaction ids."""
        return InteractionByIdLoader(self._engagement.interactions_by_ids)

    @cached_property
    def reply_by_id(self) -> ReplyByIdLoader:
        """Keys: reply ids."""
        return ReplyByIdLoader(self._engagement.replies_by_ids)

    @cached_property
    def channel_by_id(self) -> ChannelByIdLoader:
        """Keys: channel ids."""
        return ChannelByIdLoader(self._engagement.channels_by_ids)

    @cached_property
    def channels_by_caller(self) -> ChannelsByCallerLoader:
        """Key: None."""
        return ChannelsByCallerLoader(lambda _key: self._engagement.channels())

    @cached_property
    def ledger_by_caller(self) -> LedgerByCallerLoader:
        """Key: None."""
        return LedgerByCallerLoader(lambda _key: self._engagement.ledger())

    @cached_property
    def task_by_id(self) -> TaskByIdLoader:
        """Keys: task ids."""
        return TaskByIdLoader(self._routing.tasks_by_ids)

    @cached_property
    def task_by_interaction(self) -> TaskByInteractionLoader:
        """Keys: interaction ids."""
        return TaskByInteractionLoader(self._routing.tasks_by_interaction_ids)

    @cached_property
    def tasks_by_conversation(self) -> TasksByConversationLoader:
        """Keys: conversation ids."""
        return TasksByConversationLoader(self._routing.tasks_by_conversation_ids)

    @cached_property
    def triage_by_interaction(self) -> TriageByInteractionLoader:
        """Keys: interaction ids."""
        return TriageByInteractionLoader(self._routing.triage_by_interaction_ids)

    @cached_property
    def tasks_by_page(self) -> TasksByPageLoader:
        """Keys: pages."""
        return TasksByPageLoader(lambda key: self._routing.page_of_tasks(key._asdict()))

    @cached_property
    def playbook_by_caller(self) -> PlaybookByCallerLoader:
        """Key: None."""
        return PlaybookByCallerLoader(lambda _key: self._routing.playbook())
