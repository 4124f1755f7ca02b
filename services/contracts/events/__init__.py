"""Every event, a module per owner. Read top to bottom, they are the map of the flow. Plain data.

Events are past participles and carry facts, not commands. Fields may be added with a default; nothing is renamed or removed:
tests/contracts replays a recorded example of each for ever after.
"""

from services.contracts.envelope import Event
from services.contracts.events.engagement import (
    ChannelConnected,
    ConversationChanged,
    InteractionDeleted,
    InteractionEdited,
    InteractionReceived,
    InteractionSettled,
    NoteAdded,
    ReplyDelivered,
    ReplyFailed,
    ReplyProposed,
    ReplyQueued,
    ReplyRead,
    ReplyRejected,
    ReplySent,
    ReplyUnknown,
)
from services.contracts.events.identity import AccessRevoked, ContactMerged, ContactSplit, MemberChanged, ProfileAssigned, WorkspaceCreated
from services.contracts.events.routing import Evidence, InteractionTriaged, ProfileStageChanged, TaskAssigned, TaskCompleted

EVENTS: dict[str, type[Event]] = {
    event.type: event
    for event in (
        WorkspaceCreated,
        MemberChanged,
        AccessRevoked,
        ProfileAssigned,
        ContactMerged,
        ContactSplit,
        ChannelConnected,
        InteractionReceived,
        InteractionEdited,
        InteractionDeleted,
        InteractionSettled,
        ConversationChanged,
        NoteAdded,
        ReplyProposed,
        ReplyRejected,
        ReplyQueued,
        ReplySent,
        ReplyDelivered,
        ReplyRead,
        ReplyFailed,
        ReplyUnknown,
        InteractionTriaged,
        TaskAssigned,
        TaskCompleted,
        ProfileStageChanged,
    )
}

__all__ = [
    "EVENTS",
    "AccessRevoked",
    "ChannelConnected",
    "ContactMerged",
    "ContactSplit",
    "ConversationChanged",
    "Evidence",
    "InteractionDeleted",
    "InteractionEdited",
    "InteractionReceived",
    "InteractionSettled",
    "InteractionTriaged",
    "MemberChanged",
    "NoteAdded",
    "ProfileAssigned",
    "ProfileStageChanged",
    "ReplyDelivered",
    "ReplyFailed",
    "ReplyProposed",
    "ReplyQueued",
    "ReplyRead",
    "ReplyRejected",
    "ReplySent",
    "ReplyUnknown",
    "TaskAssigned",
    "TaskCompleted",
    "WorkspaceCreated",
]
