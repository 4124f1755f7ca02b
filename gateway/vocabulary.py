"""The contract's closed lists as GraphQL enums, with their names and descriptions. Called by every topic's types; holds no behaviour."""

import strawberry

from services.contracts.retention import RetentionAction, RetentionKind
from services.contracts.stakeholders import BuyingRole, Encounter, LeadState, RelationKind
from services.contracts.targets import AwaitedAnswer
from services.contracts.vocabulary import (
    Addressed,
    AttributeType,
    Breaker,
    BulkAction,
    ChangeKind,
    ChangeState,
    ChannelStatus,
    ConnectorAbility,
    ConsentSource,
    ConsentState,
    Control,
    ConversationStatus,
    DigestEvery,
    Direction,
    Discipline,
    ErasureReason,
    ImportKind,
    ImportState,
    InboxViewName,
    InvitationState,
    JobState,
    Kind,
    Ledger,
    Media,
    Moderation,
    NotificationKind,
    Phase,
    PresenceActivity,
    Priority,
    PromiseState,
    ReplyState,
    Role,
    Sentiment,
    Source,
    StakeholderKind,
    SubscriptionState,
    TaskState,
    UnsentState,
    Urgency,
)

strawberry.enum(
    Kind,
    name="InteractionKind",
    description="What happened between a person and the company, or about it. RECORD: a row of a CRM or of another list names the person.",
)
strawberry.enum(Direction, description="Who spoke: a person to us (INBOUND), or we to a person (OUTBOUND).")
strawberry.enum(
    Encounter,
    description="How the company came to know of a person: ADDRESSED, we wrote to them; RECORDED, a CRM or another list names them.",
)
strawberry.enum(AwaitedAnswer, description="Which answer a task waits for: the FIRST one in its conversation, or a NEXT one.")
strawberry.enum(Addressed, description="Whom an interaction speaks to.")
strawberry.enum(Source, description="How an interaction reached us.")
strawberry.enum(Control, description="Who controls a venue.")
strawberry.enum(Media, description="How reach in a venue is come by.")
strawberry.enum(Ledger, name="LedgerState", description="The one state of every inbound interaction.")
strawberry.enum(PromiseState, description="What became of what we promised a person for a time.")
strawberry.enum(ReplyState, description="Where a reply stands between us and the platform.")
strawberry.enum(UnsentState, description="How a reply did not go out; UNKNOWN: nobody knows whether it did.")
strawberry.enum(ChangeKind, name="ReplyChangeKind", description="What is done to a reply that was sent.")
strawberry.enum(ChangeState, name="ReplyChangeState", description="Where an edit or deletion of a sent reply stands; UNKNOWN: in doubt.")
strawberry.enum(Breaker, description="Whether a channel's replies go out: CLOSED, all do; OPEN, none does; HALF_OPEN, one tries.")
strawberry.enum(ChannelStatus, description="How a channel fares: the first of its troubles, or WORKING.")
strawberry.enum(SubscriptionState, description="Whether a platform knows where to deliver. NONE: it is told by people, or asked by us.")
strawberry.enum(ConnectorAbility, description="What a connector can do beside receiving and sending.")
strawberry.enum(ConversationStatus, description="What a conversation waits for.")
strawberry.enum(InboxViewName, description="A list of the inbox.")
strawberry.enum(Moderation, description="What is done on the platform to what a person said there.")
strawberry.enum(BulkAction, description="What a bulk action does to every conversation that it is given.")
strawberry.enum(ImportKind, description="What a file of people holds.")
strawberry.enum(ImportState, description="Where an import stands.")
strawberry.enum(InvitationState, description="Whether an invitation can still be accepted: only an open one can.")
strawberry.enum(JobState, description="Where a bulk action stands.")
strawberry.enum(PresenceActivity, description="What somebody does in a conversation: reads it, types a reply, types a note, or has left.")
strawberry.enum(Priority, description="How much a conversation matters, by the judgement of members.")
strawberry.enum(Discipline, description="Who of us: the seven disciplines, and NONE.")
strawberry.enum(Phase, description="Where on the buying journey.")
strawberry.enum(Sentiment, description="The writer's feeling towards us or the matter.")
strawberry.enum(Urgency, description="How soon an answer is due.")
strawberry.enum(TaskState, description="Where a piece of social work stands.")
strawberry.enum(Role, description="What a member may do.")
strawberry.enum(NotificationKind, description="What a member is told of.")
strawberry.enum(DigestEvery, description="How often a digest comes, if there is anything in it.")
strawberry.enum(ConsentSource, description="By which way a word of consent was learnt.")
strawberry.enum(ConsentState, description="What a person said to a purpose. UNKNOWN: nothing that counts.")
strawberry.enum(StakeholderKind, description="What somebody is to the company; several at once.")
strawberry.enum(ErasureReason, description="Why a person is erased.")
strawberry.enum(RetentionKind, description="What a rule of retention is about. STRANGERS never wrote; PEOPLE are silent for long.")
strawberry.enum(RetentionAction, description="What becomes of it: it goes, or its row stays without person and words.")
strawberry.enum(AttributeType, description="What the values of a workspace's own attribute are.")
strawberry.enum(BuyingRole, description="What somebody does in a company's decision to buy.")
strawberry.enum(RelationKind, description="How somebody stands to a venue, or to something said there.")
strawberry.enum(LeadState, description="What became of a lead that was handed over; the last three are final.")

__all__ = [
    "Addressed",
    "AttributeType",
    "AwaitedAnswer",
    "Breaker",
    "BulkAction",
    "BuyingRole",
    "ChangeKind",
    "ChangeState",
    "ChannelStatus",
    "ConnectorAbility",
    "ConsentSource",
    "ConsentState",
    "Control",
    "ConversationStatus",
    "DigestEvery",
    "Direction",
    "Discipline",
    "Encounter",
    "ErasureReason",
    "ImportKind",
    "ImportState",
    "InboxViewName",
    "InvitationState",
    "JobState",
    "Kind",
    "LeadState",
    "Ledger",
    "Media",
    "Moderation",
    "NotificationKind",
    "Phase",
    "PresenceActivity",
    "Priority",
    "PromiseState",
    "RelationKind",
    "ReplyState",
    "RetentionAction",
    "RetentionKind",
    "Role",
    "Sentiment",
    "Source",
    "StakeholderKind",
    "SubscriptionState",
    "TaskState",
    "UnsentState",
    "Urgency",
]
