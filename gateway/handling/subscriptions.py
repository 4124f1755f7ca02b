"""conversationChanged and jobAdvanced: threads changing state, and bulk actions going on. Called by the schema; follows the feed."""

from collections.abc import AsyncIterator, Awaitable
from typing import Annotated, NamedTuple

import strawberry

from gateway.context import Info
from gateway.conversations.subscriptions import AfterCursor, OfConversation
from gateway.conversations.types import Conversation
from gateway.conversations.updates import MISSED, Resync, ResyncRow
from gateway.handling.types import Job
from gateway.realtime.catch_up import cursor_of, follow
from gateway.realtime.feed import Gap
from gateway.relay import Identifying, read_id_of, shows
from services.contracts.events import ConversationChanged as ChangedEvent
from services.contracts.events import JobAdvanced as AdvancedEvent
from services.contracts.events import NoteAdded
from services.contracts.ids import ConversationId, JobId
from services.contracts.views import ConversationView, JobView


class ChangedRow(NamedTuple):
    """The value behind ConversationChanged."""

    event_id: str
    cursor: str
    changes: tuple[str, ...]
    cause: str
    conversation_id: ConversationId


class AdvancedRow(NamedTuple):
    """The value behind JobAdvanced."""

    event_id: str
    cursor: str
    job_id: JobId


def _conversation_of(root: strawberry.Parent[ChangedRow], info: Info) -> Awaitable[ConversationView | None]:
    return info.context.loaders.conversation_by_id.load(root.conversation_id)


def _job_of(root: strawberry.Parent[AdvancedRow], info: Info) -> Awaitable[JobView | None]:
    return info.context.loaders.job_by_id.load(root.job_id)


@shows(ChangedRow, description="A thread changed beside its messages: its status, owner, labels, notes.")
class ConversationChanged:
    """See the event."""

    event_id: str = strawberry.field(description="The event's id. After a reconnection an event may come twice, with the same id.")
    cursor: str = strawberry.field(description="Pass it as `after` to go on here after a reconnection.")
    changes: list[str] = strawberry.field(
        description="What changed: status, owner, priority, labels, spam, links, merge, note; at most 10."
    )
    cause: str = strawberry.field(description="`message` where a message reopened it, `time` where its snooze ended, else empty.")
    conversation = strawberry.field(resolver=_conversation_of, graphql_type=Conversation | None, description="The thread as it stands now.")


@shows(AdvancedRow, description="A bulk action did another batch.")
class JobAdvanced:
    """See the event."""

    event_id: str = strawberry.field(description="The event's id. After a reconnection an event may come twice, with the same id.")
    cursor: str = strawberry.field(description="Pass it as `after` to go on here after a reconnection.")
    job = strawberry.field(resolver=_job_of, graphql_type=Job | None, description="The job as it stands now.")


ConversationUpdate = Annotated[
    ConversationChanged | Resync, strawberry.union("ConversationUpdate", description="A change, or that some were missed.")
]
JobUpdate = Annotated[JobAdvanced | Resync, strawberry.union("JobUpdate", description="A batch, or that some were missed.")]


async def conversation_changed(
    info: Info, conversation_id: OfConversation = None, after: AfterCursor = None
) -> AsyncIterator[ChangedRow | ResyncRow]:
    """Threads changing."""
    caller = info.context.require("conversations:read")
    wanted = None if conversation_id is None else read_id_of(conversation_id, type_name="Conversation")
    async for item in follow(info.context, caller.workspace_id, events=(ChangedEvent, NoteAdded), after=after):
        if isinstance(item, Gap):
            yield MISSED
            continue
        event = item.event
        if isinstance(event, ChangedEvent | NoteAdded) and wanted in {None, event.conversation_id}:
            changes, cause = (event.changes, event.cause) if isinstance(event, ChangedEvent) else (("note",), "")
            yield ChangedRow(item.header.id, cursor_of(item), changes, cause, event.conversation_id)


async def job_advanced(info: Info, job_id: Identifying, after: AfterCursor = None) -> AsyncIterator[AdvancedRow | ResyncRow]:
    """One job going on."""
    caller = info.context.require("conversations:read")
    wanted = read_id_of(job_id, type_name="Job")
    async for item in follow(info.context, caller.workspace_id, events=(AdvancedEvent,), after=after):
        if isinstance(item, Gap):
            yield MISSED
        elif isinstance(item.event, AdvancedEvent) and item.event.job_id == wanted:
            yield AdvancedRow(item.header.id, cursor_of(item), item.event.job_id)


@strawberry.type
class HandlingSubscriptions:
    """Part of Subscription."""

    conversation_changed = strawberry.subscription(
        resolver=conversation_changed,
        graphql_type=ConversationUpdate,
        description="Threads changing beside their messages: status, owner, labels, notes; of the whole workspace unless narrowed.",
    )
    job_advanced = strawberry.subscription(
        resolver=job_advanced, graphql_type=JobUpdate, description="One bulk action going on, batch by batch, to its end."
    )
