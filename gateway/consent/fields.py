"""How the connected things of consent are found. Called by `types` through the schema; asks loaders only."""

from collections.abc import Awaitable
from typing import TYPE_CHECKING

import strawberry

from gateway.context import Info
from gateway.loaders import PageKey
from gateway.relay import After, First, global_id, read_after, read_first
from services.contracts.consent import CONTACT, Purpose
from services.contracts.views import ContactView, InteractionView, MemberView, PageView, ProfileView
from services.contracts.views.consent import ConsentView
from services.contracts.vocabulary import ConsentState

if TYPE_CHECKING:
    from gateway.consent.types import PurposeTitle


async def consent_of_contact(root: strawberry.Parent[ContactView], info: Info) -> list[ConsentView]:
    """The words that count, do-not-contact aside."""
    found = await info.context.loaders.consent_by_contact.load(root.id)
    return [each for each in found if each.purpose != CONTACT]


async def do_not_contact_of_contact(root: strawberry.Parent[ContactView], info: Info) -> list[ConsentView]:
    """Where the person is not to be contacted."""
    found = await info.context.loaders.consent_by_contact.load(root.id)
    return [each for each in found if each.purpose == CONTACT and each.state in {ConsentState.DENIED, ConsentState.WITHDRAWN}]


def consent_history_of_contact(
    root: strawberry.Parent[ContactView], info: Info, first: First = 20, after: After = None
) -> Awaitable[PageView[ConsentView]]:
    """Every word ever said."""
    return info.context.loaders.consent_history_by_contact.load(PageKey(root.id, read_first(first), read_after(after)))


def channel_id_of_consent(root: strawberry.Parent[ConsentView]) -> strawberry.ID | None:
    """The channel's global id."""
    return None if root.channel_id is None else global_id("Channel", root.channel_id)


async def interaction_of_consent(root: strawberry.Parent[ConsentView], info: Info) -> InteractionView | None:
    """The proof."""
    return None if root.interaction_id is None else await info.context.loaders.interaction_by_id.load(root.interaction_id)


async def member_of_consent(root: strawberry.Parent[ConsentView], info: Info) -> MemberView | None:
    """Who wrote it down."""
    return None if root.recorded_by is None else await info.context.loaders.member_by_id.load(root.recorded_by)


def profile_of_consent(root: strawberry.Parent[ConsentView], info: Info) -> Awaitable[ProfileView | None]:
    """Whose word it is."""
    return info.context.loaders.profile_by_id.load(root.profile_id)


def titles_of_purpose(root: strawberry.Parent[Purpose]) -> "list[PurposeTitle]":
    """By language."""
    from gateway.consent.types import PurposeTitle  # noqa: PLC0415 - the types name this module's functions

    return [PurposeTitle(language=language, title=title) for language, title in sorted(root.titles.items())]
