"""How the things of a suggestion or merge are found. Called by `types` through the schema; asks loaders only."""

from collections.abc import Awaitable

import strawberry

from gateway.context import Info
from services.contracts.views import ContactView, MergePreviewView, MergeView, ProfileView, SuggestionView


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


def profiles_of_preview(root: strawberry.Parent[MergePreviewView], info: Info) -> Awaitable[list[ProfileView | None]]:
    """All that would be united."""
    return info.context.loaders.profile_by_id.load_many(root.profile_ids)
