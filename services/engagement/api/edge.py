"""What the endpoints share: the service's parts, found on the application. Set by `main`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol

from fastapi import Depends, Request

from services.contracts.ids import ChannelId, MemberId, WorkspaceId
from services.engagement.authorizing.authorizer import Authorizer
from services.engagement.checking import Checker
from services.engagement.composing.errors import MemberNeededError
from services.engagement.consent.links import PreferenceLinks
from services.engagement.errors import ChannelNotFoundError
from services.engagement.media.serving import MediaRoutes
from services.engagement.moderating import Moderator
from services.engagement.notifications.composition import Notifying
from services.engagement.offering import TemplateOffers
from services.engagement.presence import Presences
from services.engagement.reading import Reader
from services.engagement.registry import ChannelRegistry, ConnectedChannel
from services.kit.access import Caller
from services.kit.clock import Clock
from services.kit.crypto import Vault
from services.kit.db import Database
from services.kit.retaining import Retainer
from services.kit.subscriptions import Subscription


class Wakes(Protocol):
    """Says that a workspace has something to send, now or in a while."""

    def __call__(self, workspace: WorkspaceId, *, after_seconds: float = 0.0) -> None:
        """Wake the sender."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What endpoints need. `published` wakes the relay, `queued` the sender, `unread` the inbound worker; `reader` makes profile ids."""

    database: Database
    registry: ChannelRegistry
    vault: Vault
    clock: Clock
    subscriptions: Sequence[Subscription]
    published: Callable[[], None]
    queued: Wakes
    unread: Callable[[ChannelId], None]
    begun: Callable[[WorkspaceId], None]
    notifying: Notifying
    reader: Callable[[WorkspaceId], Reader]
    media: MediaRoutes
    presences: Presences
    checker: Checker
    moderator: Moderator
    offers: TemplateOffers
    authorizer: Authorizer
    links: PreferenceLinks
    retainer: Retainer

    async def channel(self, channel: ChannelId) -> ConnectedChannel:
        """A connected channel. Raises ChannelNotFoundError."""
        found = await self.registry.seek(channel)
        if found is None:
            raise ChannelNotFoundError
        return found


def member_of(caller: Caller) -> MemberId:
    """The member who calls. Raises MemberNeededError for an API key."""
    if caller.member_id is None:
        raise MemberNeededError("Sign in as a member: an API key has neither drafts nor eyes.")
    return caller.member_id


def parts_of(request: Request) -> Parts:
    """The parts of the application that serves this request."""
    parts: Parts = request.app.state.parts
    return parts


PartsOf = Annotated[Parts, Depends(parts_of)]
