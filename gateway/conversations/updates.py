"""What subscriptions about conversations tell: a new message, a reply's new state, or that something was missed. Called by `subscriptions`.

A new message is shown from the event alone, so that a thousand subscribers ask the services nothing.
"""

from collections.abc import Awaitable
from datetime import datetime
from typing import Annotated, NamedTuple

import strawberry

from gateway.context import Info
from gateway.conversations import fields
from gateway.conversations.types import Conversation, Interaction, Reply
from gateway.relay import shows
from gateway.vocabulary import Direction, ReplyState
from services.contracts.events import InteractionCompleted, InteractionReceived
from services.contracts.ids import ConversationId, ReplyId
from services.contracts.interaction import Venue
from services.contracts.views import InteractionView, ReplyView, VenueView


class ReceivedRow(NamedTuple):
    """The value behind MessageReceived."""

    event_id: str
    cursor: str
    interaction: InteractionView


class ReplyRow(NamedTuple):
    """The value behind ReplyChanged."""

    event_id: str
    cursor: str
    state: ReplyState
    attempt: int
    reason: str
    at: datetime
    reply_id: ReplyId
    conversation_id: ConversationId


class ResyncRow(NamedTuple):
    """The value behind Resync."""

    reason: str


@shows(ReceivedRow, description="Something new in the history; the same once more where the platform told words or writer only later.")
class MessageReceived:
    """See InteractionReceived."""

    event_id: str = strawberry.field(description="The event's id. After a reconnection an event may come twice, with the same id.")
    cursor: str = strawberry.field(description="Pass it as `after` to go on here after a reconnection.")
    interaction: InteractionView = strawberry.field(
        graphql_type=Interaction, description="What happened. Triage and task follow a moment later."
    )


def _reply_of(root: strawberry.Parent[ReplyRow], info: Info) -> Awaitable[ReplyView | None]:
    return info.context.loaders.reply_by_id.load(root.reply_id)


@shows(ReplyRow, description="A reply of ours moved on.")
class ReplyChanged:
    """See the reply events."""

    event_id: str = strawberry.field(description="The event's id. After a reconnection an event may come twice, with the same id.")
    cursor: str = strawberry.field(description="Pass it as `after` to go on here after a reconnection.")
    state: ReplyState = strawberry.field(description="Where it stood when this happened.")
    attempt: int = strawberry.field(description="How often handing it over had been tried.")
    reason: str = strawberry.field(description="Why it failed or is in doubt; empty otherwise.")
    at: datetime = strawberry.field(description="When it happened; UTC.")
    reply = strawberry.field(
        resolver=_reply_of, graphql_type=Reply | None, description="The reply as it stands now, which may be further on."
    )
    conversation = strawberry.field(
        resolver=fields.conversation_of, graphql_type=Conversation | None, description="The thread it belongs to."
    )


@shows(ResyncRow, description="Events were missed, or are gone: read the state again, then go on with what follows.")
class Resync:
    """See realtime.feed.Gap."""

    reason: str = strawberry.field(description="Why, for developers.")


MessageUpdate = Annotated[
    MessageReceived | Resync, strawberry.union("MessageUpdate", description="A new message, or a call to read again.")
]
ReplyUpdate = Annotated[ReplyChanged | Resync, strawberry.union("ReplyUpdate", description="A reply's new state, or a call to read again.")]
MISSED = ResyncRow("Events were missed or are beyond the retention.")


def interaction_of_event(received: InteractionReceived | InteractionCompleted) -> InteractionView:
    """The history's row, as far as the event tells: nothing of triage, task and reply, which come later."""
    event = received.event
    return InteractionView(
        id=received.interaction_id,
        conversation_id=received.conversation_id,
        channel_id=received.channel_id,
        profile_id=received.profile_id,
        platform=event.venue.network,
        kind=event.kind,
        direction=event.direction,
        public=event.public,
        occurred_at=event.occurred_at,
        text=event.text,
        rating=event.rating,
        attachments=event.attachments,
        author_name=event.author.name,
        author_handle=event.author.handle,
        venue=_venue_view(event.venue),
        in_reply_to=event.in_reply_to.external_id if event.in_reply_to else None,
        external_id=event.id,
        addressed=event.addressed,
        source=event.source,
        ledger=received.ledger,
        ledger_reason="",
        edited_at=None,
        deleted_at=None,
        discipline=None,
        phase=None,
        sentiment=None,
        urgency=None,
        due_at=None,
        native=event.direction is Direction.OUTBOUND,
        member_id=None,
        reply=None,
    )


def _venue_view(venue: Venue) -> VenueView:
    return VenueView(
        network=venue.network,
        scope=venue.scope,
        external_id=venue.external_id,
        url=venue.url,
        title=venue.title,
        control=venue.control,
        media=venue.media,
    )
