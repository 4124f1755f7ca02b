"""messageReceived and replyChanged: what happens in conversations, as it happens. Called by the schema; follows the feed.

Only events of the caller's workspace; filters narrow them further.
"""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

import strawberry

from gateway.context import Context, Info
from gateway.conversations.updates import (
    MISSED,
    MessageUpdate,
    ReceivedRow,
    ReplyRow,
    ReplyUpdate,
    ResyncRow,
    interaction_of_event,
)
from gateway.realtime.catch_up import cursor_of, follow
from gateway.realtime.feed import REPLY_EVENTS, Gap
from gateway.relay import read_id_of
from services.contracts.events import InteractionCompleted, InteractionReceived, ProfileAssigned
from services.kit.bus import Received

SHOWN = (InteractionReceived, InteractionCompleted, ProfileAssigned)
OfConversation = Annotated[strawberry.ID | None, strawberry.argument(description="Only this conversation, by global id; null for all.")]
OfContact = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only this person, on whatever channel, by global id; null for all.")
]
OfReply = Annotated[strawberry.ID | None, strawberry.argument(description="Only this reply, by global id; null for all.")]
AfterCursor = Annotated[str | None, strawberry.argument(description="The last `cursor` received: what was missed since comes first.")]


class PeopleFilter:
    """The profiles of one contact, kept current while profiles are linked and unlinked."""

    def __init__(self, contact_id: UUID, profile_ids: set[UUID]) -> None:
        self._contact_id = contact_id
        self._profile_ids = profile_ids

    def learn(self, event: ProfileAssigned) -> None:
        """A profile moved to this contact, or away from it."""
        if event.contact_id == self._contact_id:
            self._profile_ids.add(event.profile_id)
        else:
            self._profile_ids.discard(event.profile_id)

    def lets_through(self, event: InteractionReceived | InteractionCompleted) -> bool:
        """Whether the interaction is with the person."""
        return event.profile_id in self._profile_ids


async def message_received(
    info: Info, conversation_id: OfConversation = None, contact_id: OfContact = None, after: AfterCursor = None
) -> AsyncIterator[ReceivedRow | ResyncRow]:
    """New entries of the history, and those of which the platform told the rest only later."""
    context = info.context
    caller = context.require("conversations:read")
    conversation = None if conversation_id is None else read_id_of(conversation_id, type_name="Conversation")
    person = None if contact_id is None else await _people_filter(context, contact_id)
    async for item in follow(context, caller.workspace_id, events=SHOWN, after=after):
        if isinstance(item, Gap):
            yield MISSED
            continue
        row = _received_row(item, conversation=conversation, person=person)
        if row is not None:
            yield row


async def _people_filter(context: Context, contact_id: strawberry.ID) -> PeopleFilter:
    contact = read_id_of(contact_id, type_name="Contact")
    profiles = await context.loaders.profiles_by_contact.load(contact)
    return PeopleFilter(contact, {profile.id for profile in profiles})


def _received_row(item: Received, *, conversation: UUID | None, person: PeopleFilter | None) -> ReceivedRow | None:
    event = item.event
    if isinstance(event, ProfileAssigned):
        if person is not None:
            person.learn(event)
        return None
    if not isinstance(event, InteractionReceived | InteractionCompleted):
        return None
    if conversation is not None and event.conversation_id != conversation:
        return None
    if person is not None and not person.lets_through(event):
        return None
    return ReceivedRow(item.header.id, cursor_of(item), interaction_of_event(event))


async def reply_changed(
    info: Info, conversation_id: OfConversation = None, reply_id: OfReply = None, after: AfterCursor = None
) -> AsyncIterator[ReplyRow | ResyncRow]:
    """Replies moving on."""
    caller = info.context.require("conversations:read")
    conversation = None if conversation_id is None else read_id_of(conversation_id, type_name="Conversation")
    reply = None if reply_id is None else read_id_of(reply_id, type_name="Reply")
    async for item in follow(info.context, caller.workspace_id, events=REPLY_EVENTS, after=after):
        if isinstance(item, Gap):
            yield MISSED
            continue
        row = _reply_row(item)
        if row is not None and conversation in {None, row.conversation_id} and reply in {None, row.reply_id}:
            yield row


def _reply_row(item: Received) -> ReplyRow | None:
    event = item.event
    if not isinstance(event, REPLY_EVENTS):
        return None
    return ReplyRow(
        event_id=item.header.id,
        cursor=cursor_of(item),
        state=event.state,
        attempt=event.attempt,
        reason=event.reason,
        at=event.at,
        reply_id=event.reply_id,
        conversation_id=event.conversation_id,
    )


@strawberry.type
class ConversationSubscriptions:
    """Part of Subscription."""

    message_received = strawberry.subscription(
        resolver=message_received,
        graphql_type=MessageUpdate,
        description="New entries of the history, as they happen, of the whole workspace unless narrowed.",
    )
    reply_changed = strawberry.subscription(
        resolver=reply_changed,
        graphql_type=ReplyUpdate,
        description="Our replies moving on: queued, sent, delivered, read, failed, in doubt, edited, deleted.",
    )
