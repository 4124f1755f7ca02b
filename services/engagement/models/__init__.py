"""The tables of the schema `engagement`, a module per topic. Called by migrations and their check; holds no query.

A table is imported here, or the check does not see it. Names of states are text (contracts.vocabulary), because operators on native
enums lose their index under row-level security.
"""

from services.engagement.models.authorizing import AppRegistration, ChannelAuthorization, CredentialRefresh
from services.engagement.models.channels import Channel, ChannelCursor, Journal, JournalBody
from services.engagement.models.completing import AuthorFacts, Completion
from services.engagement.models.composing import CannedReply, Draft, Notice, Promise
from services.engagement.models.consent import ConsentPurpose, ProfileConsent, ProfileKind
from services.engagement.models.conversations import Conversation, ConversationFollower, ConversationLabel, ConversationLink, Label
from services.engagement.models.history import Interaction, InteractionVersion, Mention, ProfileContact
from services.engagement.models.inbox import ConversationRead, ConversationTask, SavedFilter
from services.engagement.models.jobs import Job, JobItem
from services.engagement.models.ledger import BlockedProfile, LedgerSum
from services.engagement.models.media import MediaFile
from services.engagement.models.members import Member, Projection
from services.engagement.models.moderating import ModerationMark, ModerationTurn
from services.engagement.models.notifications import (
    Notification,
    NotificationDelivery,
    NotificationPreference,
    NotificationSetting,
    Reminder,
)
from services.engagement.models.reconciliation import JournalGap, Reconciliation
from services.engagement.models.replies import ApprovalRule, Reply
from services.engagement.models.satisfaction import Rating, SatisfactionSetting
from services.engagement.models.schema import Table
from services.engagement.models.search import SearchDocument, SearchPending
from services.engagement.models.sending import ChannelState, SendBucket
from services.engagement.models.subscribing import WebhookSubscription
from services.engagement.models.visitors import Visitor, VisitorEntry, VisitorProof

__all__ = [
    "AppRegistration",
    "ApprovalRule",
    "AuthorFacts",
    "BlockedProfile",
    "CannedReply",
    "Channel",
    "ChannelAuthorization",
    "ChannelCursor",
    "ChannelState",
    "Completion",
    "ConsentPurpose",
    "Conversation",
    "ConversationFollower",
    "ConversationLabel",
    "ConversationLink",
    "ConversationRead",
    "ConversationTask",
    "CredentialRefresh",
    "Draft",
    "Interaction",
    "InteractionVersion",
    "Job",
    "JobItem",
    "Journal",
    "JournalBody",
    "JournalGap",
    "Label",
    "LedgerSum",
    "MediaFile",
    "Member",
    "Mention",
    "ModerationMark",
    "ModerationTurn",
    "Notice",
    "Notification",
    "NotificationDelivery",
    "NotificationPreference",
    "NotificationSetting",
    "ProfileConsent",
    "ProfileContact",
    "ProfileKind",
    "Projection",
    "Promise",
    "Rating",
    "Reconciliation",
    "Reminder",
    "Reply",
    "SatisfactionSetting",
    "SavedFilter",
    "SearchDocument",
    "SearchPending",
    "SendBucket",
    "Table",
    "Visitor",
    "VisitorEntry",
    "VisitorProof",
    "WebhookSubscription",
]
