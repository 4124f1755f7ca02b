"""Participant, Exchange, Block, Job. Called by the schema; the values are the contract's views."""

from collections.abc import Awaitable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from gateway.context import Info
from gateway.conversations import fields
from gateway.relay import Node, shows
from gateway.vocabulary import BulkAction, JobState
from services.contracts.views import BlockView, ConversationView, ExchangeView, JobFailureView, JobView, ParticipantView, ProfileView

if TYPE_CHECKING:
    from gateway.access.types import Member
    from gateway.contacts.types import Contact, Profile
    from gateway.conversations.types import Conversation

LazyMember = Annotated["Member", strawberry.lazy("gateway.access.types")]
LazyContact = Annotated["Contact", strawberry.lazy("gateway.contacts.types")]
LazyProfile = Annotated["Profile", strawberry.lazy("gateway.contacts.types")]
LazyConversation = Annotated["Conversation", strawberry.lazy("gateway.conversations.types")]


def _from_profile(root: strawberry.Parent[ExchangeView], info: Info) -> Awaitable[ProfileView | None] | None:
    return None if root.from_profile_id is None else info.context.loaders.profile_by_id.load(root.from_profile_id)


def _to_profile(root: strawberry.Parent[ExchangeView], info: Info) -> Awaitable[ProfileView | None]:
    return info.context.loaders.profile_by_id.load(root.to_profile_id)


def _is_ours(root: strawberry.Parent[ExchangeView]) -> bool:
    return root.from_profile_id is None


def _conversation_of(root: strawberry.Parent[JobFailureView], info: Info) -> Awaitable[ConversationView | None]:
    return info.context.loaders.conversation_by_id.load(root.conversation_id)


async def _failures_of(root: strawberry.Parent[JobView], info: Info) -> list[JobFailureView]:
    if root.failures or not root.failed:
        return list(root.failures)
    return list((await info.context.clients.handling.job(root.id)).failures)


@shows(ParticipantView, description="A person who takes part in a thread, by its newest thousand entries.")
class Participant:
    """See ParticipantView."""

    name: str | None = strawberry.field(description="The newest name that they wrote under.")
    handle: str | None = strawberry.field(description="The newest handle that they wrote under.")
    message_count: int = strawberry.field(description="How much they wrote.")
    first_at: datetime = strawberry.field(description="When they first wrote; UTC.")
    last_at: datetime = strawberry.field(description="When they last wrote; UTC.")
    profile = strawberry.field(resolver=fields.profile_of, graphql_type=LazyProfile | None, description="Their account.")
    contact = strawberry.field(resolver=fields.contact_of, graphql_type=LazyContact | None, description="The person.")


@shows(ExchangeView, description="Somebody in a thread answered somebody, once or more.")
class Exchange:
    """See ExchangeView."""

    count: int = strawberry.field(description="How often.")
    last_at: datetime = strawberry.field(description="The last time; UTC.")
    is_ours = strawberry.field(resolver=_is_ours, graphql_type=bool, description="Whether we were the one who answered.")
    answering = strawberry.field(
        resolver=_from_profile, graphql_type=LazyProfile | None, description="Who answered; null where that was us, or nobody known."
    )
    answered = strawberry.field(resolver=_to_profile, graphql_type=LazyProfile | None, description="Who was answered.")


@shows(BlockView, description="A person whose messages are kept and owe nothing.")
class Block:
    """See BlockView."""

    reason: str = strawberry.field(description="Why, for colleagues to read; may be empty.")
    blocked_at: datetime = strawberry.field(description="Since when; UTC.")
    profile = strawberry.field(resolver=fields.profile_of, graphql_type=LazyProfile | None, description="Their account.")
    contact = strawberry.field(resolver=fields.contact_of, graphql_type=LazyContact | None, description="The person.")
    member = strawberry.field(resolver=fields.member_of, graphql_type=LazyMember | None, description="Who blocked them; null for API keys.")


@shows(JobFailureView, description="A conversation on which a job did nothing.")
class JobFailure:
    """See JobFailureView."""

    reason: str = strawberry.field(
        description="The code of why, such as conversation_not_found, nothing_owed, or not_attempted where the job was given up before."
    )
    conversation = strawberry.field(
        resolver=_conversation_of, graphql_type=LazyConversation | None, description="The conversation, if there is one."
    )


@shows(JobView, description="One action on many conversations, and how far it is.")
class Job(Node):
    """See JobView."""

    action: BulkAction = strawberry.field(description="What is done.")
    state: JobState = strawberry.field(description="Where it stands; FAILED where it was given up after several attempts.")
    total: int = strawberry.field(description="How many conversations it is about; at most 1,000.")
    done: int = strawberry.field(description="On how many it is done.")
    failed: int = strawberry.field(description="On how many nothing could be done.")
    has_more: bool = strawberry.field(description="Whether the filter found more than 1,000: begin another for the rest.")
    created_at: datetime = strawberry.field(description="When it began; UTC.")
    finished_at: datetime | None = strawberry.field(description="When it ended; UTC; null while it goes on.")
    member = strawberry.field(resolver=fields.member_of, graphql_type=LazyMember | None, description="Who began it; null for API keys.")
    failures = strawberry.field(
        resolver=_failures_of, graphql_type=list[JobFailure], description="What could not be done, and why; at most 1,000."
    )
