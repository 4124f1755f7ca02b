"""Interaction, Conversation, Reply, Channel, Venue, Attachment, Ledger. Called by the schema; the values are the contract's views."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from gateway.composing.fields import (
    approval_rule_of_channel,
    draft_in_conversation,
    hours_of_channel,
    moderation_of_interaction,
    promises_in_conversation,
    translation_of_interaction,
)
from gateway.conversations import fields
from gateway.conversations.changing import ReplyChange
from gateway.conversations.choices import Choices
from gateway.handling import fields as handling
from gateway.operations.reconciliation import Reconciliation, reconciliation_of
from gateway.relay import Connection, Node, shows
from gateway.satisfaction.asking import Satisfaction, satisfaction_of_channel
from gateway.vocabulary import (
    Addressed,
    Breaker,
    ChannelStatus,
    Control,
    ConversationStatus,
    Direction,
    Discipline,
    Kind,
    Ledger,
    Media,
    Phase,
    Priority,
    ReplyState,
    Sentiment,
    Source,
    SubscriptionState,
    Urgency,
)
from services.contracts.interaction import Attachment as AttachmentView
from services.contracts.views import (
    ChannelView,
    ConversationView,
    InteractionView,
    LabelView,
    LedgerView,
    ReplyView,
    VenueView,
)
from services.contracts.views.sending import ChannelHealthView

if TYPE_CHECKING:
    from gateway.access.types import Member
    from gateway.composing.types import ApprovalRule, BusinessHours, Draft, ModerationMark, Promise, Translation
    from gateway.contacts.types import Contact, Profile
    from gateway.handling.types import Exchange, Participant
    from gateway.levels.types import Resolution
    from gateway.media.types import MediaFile
    from gateway.routing.types import Task, Triage

LazyMember = Annotated["Member", strawberry.lazy("gateway.access.types")]
LazyPromise = Annotated["Promise", strawberry.lazy("gateway.composing.types")]
LazyHours = Annotated["BusinessHours", strawberry.lazy("gateway.composing.types")]
LazyModeration = Annotated["ModerationMark", strawberry.lazy("gateway.composing.types")]
LazyTranslation = Annotated["Translation", strawberry.lazy("gateway.composing.types")]
LazyDraft = Annotated["Draft", strawberry.lazy("gateway.composing.types")]
LazyApprovalRule = Annotated["ApprovalRule", strawberry.lazy("gateway.composing.types")]
LazyContact = Annotated["Contact", strawberry.lazy("gateway.contacts.types")]
LazyProfile = Annotated["Profile", strawberry.lazy("gateway.contacts.types")]
LazyResolution = Annotated["Resolution", strawberry.lazy("gateway.levels.types")]
LazyTask = Annotated["Task", strawberry.lazy("gateway.routing.types")]
LazyTriage = Annotated["Triage", strawberry.lazy("gateway.routing.types")]
LazyInteraction = Annotated["Interaction", strawberry.lazy("gateway.conversations.types")]
LazyParticipant = Annotated["Participant", strawberry.lazy("gateway.handling.types")]
LazyExchange = Annotated["Exchange", strawberry.lazy("gateway.handling.types")]
LazyMedia = Annotated["MediaFile", strawberry.lazy("gateway.media.types")]
LazyConversation = Annotated["Conversation", strawberry.lazy("gateway.conversations.types")]


@shows(ChannelHealthView, description="How a channel fares, at this moment. Counts end at 1,001, which says: more than a thousand.")
class ChannelHealth:
    """See ChannelHealthView."""

    status: ChannelStatus = strawberry.field(description="In a word: the first of its troubles, or WORKING.")
    last_event_at: datetime | None = strawberry.field(description="When it last delivered anything; UTC; null for never.")
    last_sent_at: datetime | None = strawberry.field(description="When the platform last took a reply; UTC; null for never.")
    journal_waiting: int = strawberry.field(description="Deliveries that are stored and not read yet.")
    replies_queued: int = strawberry.field(description="Replies that wait to be sent.")
    replies_in_doubt: int = strawberry.field(description="Replies of which nobody knows whether they arrived.")
    held_until: datetime | None = strawberry.field(description="Until when the platform asked to wait; UTC; null where it did not.")
    hold_reason: str = strawberry.field(description="In the platform's words; empty where there is no hold.")
    breaker: Breaker = strawberry.field(description="Whether replies go out.")
    failures: int = strawberry.field(description="How often in a row the platform could not be reached, or failed.")
    interrupted_at: datetime | None = strawberry.field(description="When the breaker opened; UTC; null while it is closed.")
    probe_at: datetime | None = strawberry.field(description="When one reply tries again; UTC; null while the breaker is closed.")
    last_failure_at: datetime | None = strawberry.field(description="When an attempt last failed; UTC.")
    last_failure: str = strawberry.field(description="Why it did; empty where none has.")
    credentials_refused_at: datetime | None = strawberry.field(description="Since when the platform refuses the credentials; UTC.")
    credentials_expire_at: datetime | None = strawberry.field(
        description="When the credentials end; they are renewed before. UTC; null where they do not end, or nobody knows."
    )
    trouble: str = strawberry.field(description="What the company has to do something about; empty where nothing.")
    subscription: SubscriptionState = strawberry.field(
        description="Whether the platform knows where to deliver, where it wants to be told."
    )
    subscription_reason: str = strawberry.field(description="Why it could not be told; empty where nothing stood in the way.")
    subscribed_at: datetime | None = strawberry.field(description="When it was last told; UTC; null for never.")


@shows(ChannelView, description="One connected account of the company on a platform. Its credentials are never shown.")
class Channel(Node):
    """See ChannelView."""

    platform: str = strawberry.field(description="The platform's name in lower case, such as telegram.")
    name: str = strawberry.field(description="What the company calls it; at most 200 characters.")
    active: bool = strawberry.field(description="Whether it receives and sends.")
    webhook_path: str = strawberry.field(description="Path beneath this address to which the platform delivers.")
    app_webhook_path: str | None = strawberry.field(description="The same for all accounts of the platform's app; null without one.")
    created_at: datetime = strawberry.field(description="When it was connected; UTC.")
    disconnected_at: datetime | None = strawberry.field(
        description="When it was disconnected for good; UTC; null while it is connected. It stays for its history."
    )
    business_hours = strawberry.field(
        resolver=hours_of_channel, graphql_type=LazyHours | None, description="When it is open; null where it always is."
    )
    satisfaction = strawberry.field(
        resolver=satisfaction_of_channel, graphql_type=Satisfaction, description="Whether it asks how satisfied people are with an answer."
    )
    approval_rule = strawberry.field(
        resolver=approval_rule_of_channel,
        graphql_type=LazyApprovalRule,
        description="Which of its public replies wait for another member.",
    )
    reconciliation = strawberry.field(
        resolver=reconciliation_of, graphql_type=Reconciliation | None, description="How it compares with what its platform says."
    )
    health = strawberry.field(resolver=fields.health_of_channel, graphql_type=ChannelHealth | None, description="How it fares.")


@shows(VenueView, description="The place where something was said: a page, post, group, forum, mailbox.")
class Venue:
    """See VenueView."""

    network: str = strawberry.field(description="The network, in lower case.")
    scope: str = strawberry.field(description="Where the external id is unique; empty where everywhere.")
    external_id: str = strawberry.field(description="The network's own id of the place.")
    url: str | None = strawberry.field(description="Where to see it, if it has an address.")
    title: str | None = strawberry.field(description="Its name, if it has one.")
    control: Control = strawberry.field(description="Who controls it.")
    media: Media = strawberry.field(description="How reach in it is come by.")


@shows(AttachmentView, description="A picture, file or the like beside a text.")
class Attachment:
    """See contracts.interaction.Attachment."""

    kind: str = strawberry.field(description="What it is: image, video, audio, file, sticker, location.")
    url = strawberry.field(
        resolver=fields.url_of_attachment,
        graphql_type=str | None,
        description="A signed link to our copy, good for an hour at least; before there is one, the platform's own address, if any.",
    )
    media = strawberry.field(
        resolver=fields.media_of_attachment, graphql_type=LazyMedia | None, description="Our copy of the file, once there is one."
    )
    reference: str | None = strawberry.field(description="The platform's own handle where there is no address yet.")
    content_type: str | None = strawberry.field(description="Its media type, if known.")
    name: str | None = strawberry.field(description="Its file name, if known.")
    size_bytes: int | None = strawberry.field(description="Its size in bytes, if known.")


@shows(ReplyView, description="Something that we say on a platform, and where it stands.")
class Reply(Node):
    """See ReplyView."""

    text: str = strawberry.field(description="The words; at most what the platform takes.")
    state: ReplyState = strawberry.field(description="Where it stands between us and the platform.")
    attempt: int = strawberry.field(description="How often handing it over was tried.")
    reason: str = strawberry.field(
        description="Why it failed, is in doubt or was rejected; `cancelled` where a member took it back; empty otherwise."
    )
    external_id: str | None = strawberry.field(description="The platform's id of it, once sent.")
    queued_at: datetime = strawberry.field(description="When it was committed here; UTC.")
    sent_at: datetime | None = strawberry.field(description="When the platform took it; UTC.")
    delivered_at: datetime | None = strawberry.field(description="When it arrived, where the platform says so; UTC.")
    read_at: datetime | None = strawberry.field(description="When it was seen, where the platform says so; UTC.")
    due_at: datetime | None = strawberry.field(description="When it leaves at the earliest; UTC.")
    doubted_at: datetime | None = strawberry.field(description="When it last came in doubt; UTC; null where it never was.")
    needs_person: bool = strawberry.field(description="Whether it is in doubt and only a person can settle it (settleReply).")
    change: ReplyChange | None = strawberry.field(
        graphql_type=ReplyChange | None, description="Its newest edit or deletion after it was sent, if any."
    )
    version: int = strawberry.field(description="Grows with every change of the reply.")
    attachments: list[Attachment] = strawberry.field(graphql_type=list[Attachment], description="What goes beside the text; at most 10.")
    choices: Choices | None = strawberry.field(graphql_type=Choices | None, description="What to choose from; null where nothing is.")
    automatic: bool = strawberry.field(description="Whether it is a notice that nobody wrote; it answers nothing.")
    decided_at: datetime | None = strawberry.field(description="When it was approved or rejected, where it had to be; UTC.")
    decided_by = strawberry.field(
        resolver=fields.decider_of, graphql_type=LazyMember | None, description="Who approved or rejected it, where it had to be."
    )
    interaction = strawberry.field(
        resolver=fields.interaction_of, graphql_type=LazyInteraction | None, description="Its entry in the history."
    )
    conversation = strawberry.field(
        resolver=fields.conversation_of, graphql_type=LazyConversation | None, description="The thread it belongs to."
    )
    channel = strawberry.field(resolver=fields.channel_of, graphql_type=Channel | None, description="The channel it goes out by.")
    member = strawberry.field(resolver=fields.member_of, graphql_type=LazyMember | None, description="Who wrote it; null for API keys.")


@shows(InteractionView, description="Anything that happened between a person and the company, or about it.")
class Interaction(Node):
    """See InteractionView."""

    kind: Kind = strawberry.field(description="What happened.")
    direction: Direction = strawberry.field(description="Who spoke.")
    public: bool = strawberry.field(description="Whether others could see it where it was said.")
    platform: str = strawberry.field(description="The platform's name in lower case.")
    occurred_at: datetime = strawberry.field(description="When it happened, by the platform's clock; UTC.")
    text: str | None = strawberry.field(description="The words, as the person wrote them; null where there are none.")
    choice: str | None = strawberry.field(description="The id of what the person pressed or chose, as Choice.key; null where nothing was.")
    rating: float | None = strawberry.field(description="The stars of a review; null otherwise.")
    attachments: list[Attachment] = strawberry.field(
        graphql_type=list[Attachment], description="What was sent beside the text; at most 100."
    )
    author_name: str | None = strawberry.field(description="The writer's shown name at that moment.")
    author_handle: str | None = strawberry.field(description="The writer's handle at that moment.")
    moderation = strawberry.field(
        resolver=moderation_of_interaction,
        graphql_type=LazyModeration | None,
        description="Whether we hid or liked it where it was said; null where we did neither.",
    )
    translation = strawberry.field(
        resolver=translation_of_interaction,
        graphql_type=LazyTranslation,
        description="What it says in another language; asked of a provider.",
    )
    venue: Venue = strawberry.field(graphql_type=Venue, description="Where it was said.")
    in_reply_to: str | None = strawberry.field(description="The platform's id of what it answers, where told.")
    external_id: str = strawberry.field(description="The platform's id of it.")
    addressed: Addressed = strawberry.field(description="Whom it speaks to.")
    source: Source = strawberry.field(description="How it reached us.")
    ledger: Ledger | None = strawberry.field(
        description="Owed, answered, declined, exempt or alarm; null for our own words and for what a list says."
    )
    ledger_reason: str = strawberry.field(description="Why it is in that state; may be empty.")
    edited_at: datetime | None = strawberry.field(description="When its author last changed it; UTC.")
    deleted_at: datetime | None = strawberry.field(description="When it was taken back; UTC.")
    discipline: Discipline | None = strawberry.field(description="Whose job it is; null before triage.")
    phase: Phase | None = strawberry.field(description="Where on the journey; null before triage.")
    sentiment: Sentiment | None = strawberry.field(description="The writer's feeling; null before triage.")
    urgency: Urgency | None = strawberry.field(description="How soon an answer is due; null before triage.")
    due_at: datetime | None = strawberry.field(description="When an answer is due; UTC; null where none is.")
    native: bool = strawberry.field(description="Whether a colleague wrote it in the platform's own app.")
    reply: Reply | None = strawberry.field(graphql_type=Reply | None, description="Where it is a reply of ours: its state.")
    profile = strawberry.field(
        resolver=fields.profile_of,
        graphql_type=LazyProfile | None,
        description="The account of the person: the author of what came in, the recipient of what went out.",
    )
    contact = strawberry.field(resolver=fields.contact_of, graphql_type=LazyContact | None, description="The person.")
    channel = strawberry.field(resolver=fields.channel_of, graphql_type=Channel | None, description="The channel it came or went by.")
    conversation = strawberry.field(
        resolver=fields.conversation_of, graphql_type=LazyConversation | None, description="The thread it belongs to."
    )
    member = strawberry.field(
        resolver=fields.member_of, graphql_type=LazyMember | None, description="Which member wrote it, or settled it."
    )
    settled_at: datetime | None = strawberry.field(description="When it was answered, declined or exempt; UTC; null while it is owed.")
    answered_by = strawberry.field(
        resolver=fields.answer_of,
        graphql_type=LazyInteraction | None,
        description="What answered it, where that is in the history: ours or a peer's.",
    )
    in_reply_to_profile = strawberry.field(
        resolver=fields.answered_profile_of,
        graphql_type=LazyProfile | None,
        description="The account of whoever wrote what it answers, where told.",
    )
    triage = strawberry.field(
        resolver=fields.triage_of_interaction,
        graphql_type=LazyTriage | None,
        description="What it is about and which words said so; null before triage.",
    )
    mentioned = strawberry.field(
        resolver=fields.mentioned_in, graphql_type=list[LazyMember], description="The members whom a note names; at most 50."
    )
    task = strawberry.field(
        resolver=fields.task_of_interaction,
        graphql_type=LazyTask | None,
        description="The work that it led to, if any.",
    )


@shows(LabelView, description="A word that members put on conversations.")
class Label(Node):
    """See LabelView."""

    name: str = strawberry.field(description="As members see it; at most 50 characters, unique however it is written.")
    colour: str = strawberry.field(description="As #rrggbb.")
    version: int = strawberry.field(description="Grows with every change; pass it to change the label.")


@shows(ConversationView, description="A thread with a person.")
class Conversation(Node):
    """See ConversationView."""

    platform: str = strawberry.field(description="The platform's name in lower case.")
    kind: Kind = strawberry.field(description="What its first entry was.")
    public: bool = strawberry.field(description="Whether others can see it where it takes place.")
    status: ConversationStatus = strawberry.field(description="What it waits for.")
    title: str | None = strawberry.field(description="Its subject, where it has one.")
    started_at: datetime = strawberry.field(description="When its first entry happened; UTC.")
    last_activity_at: datetime = strawberry.field(description="When its latest entry happened; UTC.")
    message_count: int = strawberry.field(description="How many entries it has.")
    owed_count: int = strawberry.field(description="How many of them still wait for an answer.")
    version: int = strawberry.field(description="Pass it with a reply: the reply is refused if a colleague was faster.")
    promises = strawberry.field(
        resolver=promises_in_conversation, graphql_type=list[LazyPromise], description="What was promised here, by due time; at most 100."
    )
    my_draft = strawberry.field(
        resolver=draft_in_conversation, graphql_type=LazyDraft | None, description="What the caller has begun to write here."
    )
    channel = strawberry.field(resolver=fields.channel_of, graphql_type=Channel | None, description="The channel it runs over.")
    profile = strawberry.field(resolver=fields.profile_of, graphql_type=LazyProfile | None, description="The account of the person.")
    contact = strawberry.field(resolver=fields.contact_of, graphql_type=LazyContact | None, description="The person.")
    messages = strawberry.field(
        resolver=fields.messages_of_conversation,
        graphql_type=Connection[Interaction],
        description="What was said, newest first. At most 100 a page.",
    )
    priority: Priority = strawberry.field(description="How much it matters, by the judgement of members.")
    snoozed_until: datetime | None = strawberry.field(
        description="When it wakes; UTC. Null where it is not snoozed, or until the person writes."
    )
    spam: bool = strawberry.field(description="Whether a member marked it as spam: what comes in owes nothing and reopens nothing.")
    owner = strawberry.field(
        resolver=fields.owner_of, graphql_type=LazyMember | None, description="Whose it is; it comes back to them when it reopens."
    )
    labels = strawberry.field(resolver=fields.labels_of, graphql_type=list[Label], description="Its labels by name; at most 100.")
    followers = strawberry.field(
        resolver=fields.followers_of,
        graphql_type=list[LazyMember],
        description="The members who hear of it: who answered, noted, was mentioned or asked to; at most 100.",
    )
    participants = strawberry.field(
        resolver=handling.participants_of,
        graphql_type=list[LazyParticipant],
        description="The people who take part, the most talkative first; by its newest thousand entries, at most 100.",
    )
    exchanges = strawberry.field(
        resolver=handling.exchanges_of,
        graphql_type=list[LazyExchange],
        description="Who answered whom and how often; by its newest thousand entries, at most 100.",
    )
    linked = strawberry.field(
        resolver=fields.linked_to,
        graphql_type=list[LazyConversation],
        description="Other threads of the same matter, such as the private one after a public comment; at most 100.",
    )
    merged_ids = strawberry.field(
        resolver=fields.merged_ids_of,
        graphql_type=list[strawberry.ID],
        description="The ids that the threads merged into this one had; splitConversation takes one. At most 100.",
    )
    tasks = strawberry.field(
        resolver=fields.tasks_of_conversation,
        graphql_type=list[LazyTask],
        description="The work that it led to; at most 100.",
    )
    resolutions = strawberry.field(
        resolver=fields.resolutions_of_conversation,
        graphql_type=list[LazyResolution],
        description="By when its matters are to be resolved, oldest first; none where no service level says so. At most 100.",
    )
    unread = strawberry.field(
        resolver=fields.unread_of_conversation,
        graphql_type=bool,
        description="Whether a person spoke since the asking member looked; false for an API key.",
    )


@shows(LedgerView, description="Every inbound interaction by its state: inbound is the sum of the five, at every instant.")
class LedgerCounts:
    """See LedgerView."""

    inbound: int = strawberry.field(description="All that came in.")
    owed: int = strawberry.field(description="Waiting for our answer, in time.")
    answered: int = strawberry.field(description="Answered.")
    declined: int = strawberry.field(description="Left unanswered by a member's decision.")
    exempt: int = strawberry.field(description="Needing no answer.")
    alarm: int = strawberry.field(description="Overdue, or nobody's.")
