"""How the things of a suggestion or merge are found. Called by `types` through the schema; asks loaders only."""

from collections.abc import Awaitable

import strawberry

from gateway.context import Info
from gateway.loaders import PageKey
from gateway.relay import After, First, global_id, read_after, read_first
from services.contracts.views import (
    PAGE_LIMIT,
    ContactView,
    MemberView,
    MergePreviewView,
    MergeView,
    PageView,
    ProfileView,
    SuggestionView,
)


def suggestions_of_contact(root: strawberry.Parent[ContactView], info: Info) -> Awaitable[list[SuggestionView]]:
    """Who may be the same person."""
    return info.context.loaders.suggestions_by_contact.load(root.id)


def contact_of_suggestion(root: strawberry.Parent[SuggestionView], info: Info) -> Awaitable[ContactView | None]:
    """The one."""
    return info.context.loaders.contact_by_id.load(root.contact_id)


def other_contact_of_suggestion(root: strawberry.Parent[SuggestionView], info: Info) -> Awaitable[ContactView | None]:
    """The other."""
    return info.context.loaders.contact_by_id.load(root.other_contact_id)


def profile_of_suggestion(root: strawberry.Parent[SuggestionView], info: Info) -> Awaitable[ProfileView | None]:
    """Of the one contact."""
    return info.context.loaders.profile_by_id.load(root.profile_id)


def other_profile_of_suggestion(root: strawberry.Parent[SuggestionView], info: Info) -> Awaitable[ProfileView | None]:
    """Of the other contact."""
    return info.context.loaders.profile_by_id.load(root.other_profile_id)


def survivor_of_merge(root: strawberry.Parent[MergeView], info: Info) -> Awaitable[ContactView | None]:
    """The contact that kept its id."""
    return info.context.loaders.contact_by_id.load(root.survivor_id)


def absorbed_id_of_merge(root: strawberry.Parent[MergeView]) -> strawberry.ID:
    """The other contact's global id."""
    return global_id("Contact", root.absorbed_id)


def profiles_of_merge(root: strawberry.Parent[MergeView], info: Info) -> Awaitable[list[ProfileView | None]]:
    """What was moved."""
    return info.context.loaders.profile_by_id.load_many(root.profile_ids[:PAGE_LIMIT])


async def member_of_merge(root: strawberry.Parent[MergeView], info: Info) -> MemberView | None:
    """Who did it."""
    return None if root.by is None else await info.context.loaders.member_by_id.load(root.by)


async def undoer_of_merge(root: strawberry.Parent[MergeView], info: Info) -> MemberView | None:
    """Who took it back."""
    return None if root.undone_by is None else await info.context.loaders.member_by_id.load(root.undone_by)


async def decider_of_suggestion(root: strawberry.Parent[SuggestionView], info: Info) -> MemberView | None:
    """Who decided."""
    return None if root.decided_by is None else await info.context.loaders.member_by_id.load(root.decided_by)


def merges_of_contact(
    root: strawberry.Parent[ContactView], info: Info, first: First = 20, after: After = None
) -> Awaitable[PageView[MergeView]]:
    """The journal."""
    return info.context.loaders.merges_by_contact.load(PageKey(root.id, read_first(first), read_after(after)))


def profiles_of_preview(root: strawberry.Parent[MergePreviewView], info: Info) -> Awaitable[list[ProfileView | None]]:
    """All that would be united."""
    return info.context.loaders.profile_by_id.load_many(root.profile_ids)
