"""How the connected things of a contact and a profile are found. Called by `types` through the schema; asks loaders only."""

import asyncio
from collections.abc import Awaitable

import strawberry

from gateway.context import Info
from gateway.loaders import PageKey
from gateway.relay import After, First, read_after, read_first
from services.contracts.stakeholders import Encounter
from services.contracts.views import (
    PAGE_LIMIT,
    ContactView,
    ConversationView,
    InteractionView,
    PageView,
    ProfileValueView,
    ProfileView,
    TaskView,
)


def profiles_of_contact(root: strawberry.Parent[ContactView], info: Info) -> Awaitable[list[ProfileView]]:
    """All accounts of the person."""
    return info.context.loaders.profiles_by_contact.load(root.id)


def encounters_of_contact(root: strawberry.Parent[ContactView], info: Info) -> Awaitable[list[Encounter]]:
    """How the company came to know of the person."""
    return info.context.loaders.encounters_by_contact.load(root.id)


def timeline_of_contact(
    root: strawberry.Parent[ContactView], info: Info, first: First = 20, after: After = None
) -> Awaitable[PageView[InteractionView]]:
    """The history over all channels, newest first."""
    key = PageKey(root.id, read_first(first), read_after(after))
    return info.context.loaders.timeline_by_contact.load(key)


async def conversations_of_contact(root: strawberry.Parent[ContactView], info: Info) -> list[ConversationView]:
    """The threads with any of the person's accounts, latest activity first."""
    loaders = info.context.loaders
    profiles = await loaders.profiles_by_contact.load(root.id)
    found = await loaders.conversations_by_profile.load_many([profile.id for profile in profiles])
    conversations = [conversation for of_profile in found for conversation in of_profile]
    once = {one.id: one for one in conversations}.values()
    return sorted(once, key=lambda one: (one.last_activity_at, one.id), reverse=True)[:PAGE_LIMIT]


async def tasks_of_contact(root: strawberry.Parent[ContactView], info: Info) -> list[TaskView]:
    """The work in any of those threads, and what is of none, next due first."""
    of_threads, of_none = await asyncio.gather(_tasks_of_threads(root, info), _tasks_of_no_thread(root, info))
    tasks = [task for found in (*of_threads, *of_none) for task in found]
    return sorted(tasks, key=lambda task: (task.due_at, task.id))[:PAGE_LIMIT]


async def _tasks_of_threads(root: ContactView, info: Info) -> list[list[TaskView]]:
    conversations = await conversations_of_contact(root, info)
    return await info.context.loaders.tasks_by_conversation.load_many([one.id for one in conversations])


async def _tasks_of_no_thread(root: ContactView, info: Info) -> list[list[TaskView]]:
    profiles = await info.context.loaders.profiles_by_contact.load(root.id)
    return await info.context.loaders.tasks_by_profile.load_many([profile.id for profile in profiles])


def values_of_profile(root: strawberry.Parent[ProfileView], info: Info) -> Awaitable[list[ProfileValueView]]:
    """What its attributes were."""
    return info.context.loaders.values_by_profile.load(root.id)


def contact_of_profile(root: strawberry.Parent[ProfileView], info: Info) -> Awaitable[ContactView | None]:
    """Whose account it is."""
    return info.context.loaders.contact_by_id.load(root.contact_id)
