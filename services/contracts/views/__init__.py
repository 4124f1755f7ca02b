"""What services answer to the gateway: the shapes of the batch routes, a module per topic. Plain data; encoded as JSON with these names.

A batch route takes `{"ids": [...]}` and answers a list aligned with the ids: element n belongs to id n, null (or an empty list)
where there is nothing that the caller may see. At most 200 ids a call.
"""

from services.contracts.views.erasure import (
    ErasureShareView,
    ErasureView,
    ExportedView,
    ExportShareView,
    HoldView,
    PersonExportView,
    RemovedView,
)
from services.contracts.views.history import (
    ChannelView,
    ConversationView,
    InteractionView,
    LabelView,
    ReplyView,
    VenueView,
)
from services.contracts.views.inbox import (
    ChannelCountView,
    FilterCountView,
    InboxCountsView,
    InboxCountView,
    InboxItemView,
    LedgerView,
    SavedFilterView,
)
from services.contracts.views.members import AuditEntryView, InvitationView, SentInvitationView, TeamView
from services.contracts.views.merging import MergePreviewView, MergeView, SignView, SuggestionView, VetoView
from services.contracts.views.operating import DeadLetterView, GapView, JournalRowView, ReconciliationView
from services.contracts.views.pages import (
    BATCH_LIMIT,
    PAGE_LIMIT,
    PageView,
)
from services.contracts.views.partners import EventTypeView, WebhookDeliveryView, WebhookEndpointView
from services.contracts.views.people import (
    ContactCountsView,
    ContactView,
    EncounterCountView,
    IdentifierView,
    MemberView,
    ProfileValueView,
    ProfileView,
    WorkspaceView,
)
from services.contracts.views.threads import (
    BlockView,
    ExchangeView,
    JobFailureView,
    JobView,
    ParticipantView,
    ParticipationView,
)
from services.contracts.views.transfers import ImportView, RefusedRowView
from services.contracts.views.work import (
    EvidenceView,
    PlaybookCellView,
    TaskView,
    TriageView,
)

__all__ = [
    "BATCH_LIMIT",
    "PAGE_LIMIT",
    "AuditEntryView",
    "BlockView",
    "ChannelCountView",
    "ChannelView",
    "ContactCountsView",
    "ContactView",
    "ConversationView",
    "DeadLetterView",
    "EncounterCountView",
    "ErasureShareView",
    "ErasureView",
    "EventTypeView",
    "EvidenceView",
    "ExchangeView",
    "ExportShareView",
    "ExportedView",
    "FilterCountView",
    "GapView",
    "HoldView",
    "IdentifierView",
    "ImportView",
    "InboxCountView",
    "InboxCountsView",
    "InboxItemView",
    "InteractionView",
    "InvitationView",
    "JobFailureView",
    "JobView",
    "JournalRowView",
    "LabelView",
    "LedgerView",
    "MemberView",
    "MergePreviewView",
    "MergeView",
    "PageView",
    "ParticipantView",
    "ParticipationView",
    "PersonExportView",
    "PlaybookCellView",
    "ProfileValueView",
    "ProfileView",
    "ReconciliationView",
    "RefusedRowView",
    "RemovedView",
    "ReplyView",
    "SavedFilterView",
    "SentInvitationView",
    "SignView",
    "SuggestionView",
    "TaskView",
    "TeamView",
    "TriageView",
    "VenueView",
    "VetoView",
    "WebhookDeliveryView",
    "WebhookEndpointView",
    "WorkspaceView",
]
