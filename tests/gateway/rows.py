"""Rows in the contract's shapes, as the simulated services hold them. Holds no tests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from services.contracts.ids import (
    ChannelId,
    ContactId,
    ConversationId,
    InteractionId,
    MemberId,
    ProfileId,
    ReplyId,
    TaskId,
)
from services.contracts.views import (
    ChannelCountView,
    ConversationView,
    EvidenceView,
    GapView,
    IdentifierView,
    InboxCountView,
    InboxItemView,
    InteractionView,
    ProfileView,
    ReconciliationView,
    ReplyView,
    TaskView,
    TriageView,
    VenueView,
)
from services.contracts.views.media import MediaView
from services.contracts.views.search import HighlightView, SearchHitView
from services.contracts.views.sending import ChannelHealthView
from services.contracts.vocabulary import (
    Addressed,
    Breaker,
    ChannelStatus,
    Control,
    ConversationStatus,
    Direction,
    Discipline,
    InboxViewName,
    Kind,
    Ledger,
    Media,
    Phase,
    ReplyState,
    Sentiment,
    Source,
    TaskState,
    Urgency,
)

MORNING = datetime(2026, 3, 1, 9, tzinfo=UTC)
VENUE = VenueView(
    network="telegram",
    scope="",
    external_id="bot",
    url=None,
    title="Acme",
    control=Control.OURS,
    media=Media.OWNED,
)


def health_of(channel: ChannelId) -> ChannelHealthView:
    """A channel whose platform asked to wait."""
    return ChannelHealthView(
        channel_id=channel,
        status=ChannelStatus.HELD,
        last_event_at=MORNING,
        last_sent_at=None,
        journal_waiting=2,
        replies_queued=1001,
        replies_in_doubt=0,
        held_until=MORNING + timedelta(seconds=7),
        hold_reason="Too many requests",
        breaker=Breaker.CLOSED,
        failures=0,
        interrupted_at=None,
        probe_at=None,
        last_failure_at=None,
        last_failure="",
        credentials_refused_at=None,
        trouble="",
    )


RECONCILED = ReconciliationView(
    possible=True,
    reconciled_until=MORNING,
    demanded_since=None,
    due_at=MORNING,
    finished_at=MORNING,
    found=2,
    reason="",
    gaps=(GapView(first=5_000_000_001, last=5_000_000_002, noticed_at=MORNING, filled_at=None),),
)


def reply_of(interaction: InteractionView, *, text: str = "We are on it.") -> ReplyView:
    """A queued reply to an interaction."""
    return ReplyView(
        id=ReplyId(uuid4()),
        interaction_id=interaction.id,
        conversation_id=interaction.conversation_id,
        channel_id=interaction.channel_id,
        text=text,
        state=ReplyState.QUEUED,
        member_id=None,
        attempt=0,
        reason="",
        external_id=None,
        queued_at=MORNING,
        sent_at=None,
        delivered_at=None,
        read_at=None,
        version=1,
    )


def profile_of(contact: ContactId, *, network: str) -> ProfileView:
    return ProfileView(
        id=ProfileId(uuid4()),
        contact_id=contact,
        network=network,
        scope="",
        external_id="551",
        handle="maria",
        name="Maria L",
        avatar_url=None,
        bio=None,
        followers=12,
        identifiers=(IdentifierView(type="email", value="maria@example.com", verified=True, source="web chat"),),
        linked_by="verified_email",
        explanation="The same verified e-mail address.",
        first_seen_at=MORNING,
    )


def conversation_with(profile: ProfileId, channel: ChannelId, *, messages: int) -> ConversationView:
    return ConversationView(
        id=ConversationId(uuid4()),
        channel_id=channel,
        profile_id=profile,
        platform="telegram",
        kind=Kind.DIRECT,
        public=False,
        status=ConversationStatus.OPEN,
        title=None,
        started_at=MORNING,
        last_activity_at=MORNING + timedelta(minutes=messages),
        message_count=messages,
        owed_count=1,
        version=3,
    )


def interaction_in(conversation: ConversationView, *, number: int) -> InteractionView:
    interaction = InteractionView(
        id=InteractionId(uuid4()),
        conversation_id=conversation.id,
        channel_id=conversation.channel_id,
        profile_id=conversation.profile_id,
        platform="telegram",
        kind=Kind.DIRECT,
        direction=Direction.INBOUND,
        public=False,
        occurred_at=MORNING - timedelta(minutes=number),
        text=f"Where is my order {number}?",
        rating=None,
        attachments=(),
        author_name="Maria L",
        author_handle="maria",
        venue=VENUE,
        in_reply_to=None,
        external_id=str(number),
        addressed=Addressed.US,
        source=Source.LIVE,
        ledger=Ledger.OWED,
        ledger_reason="",
        edited_at=None,
        deleted_at=None,
        discipline=Discipline.SERVICE,
        phase=Phase.POST,
        sentiment=Sentiment.NEGATIVE,
        urgency=Urgency.HIGH,
        due_at=MORNING + timedelta(hours=1),
        native=False,
        member_id=None,
        reply=None,
    )
    return replace(interaction, reply=reply_of(interaction)) if number % 3 == 0 else interaction


def hit_of(interaction: InteractionView) -> SearchHitView:
    return SearchHitView(interaction=interaction, excerpt=interaction.text or "", highlights=(HighlightView(start=0, end=5),))


def media_file(*, url: str | None = "https://rapport.example/media/token") -> MediaView:
    return MediaView(
        id=uuid4(),
        state="stored" if url else "wanted",
        source="platform",
        name="a.png",
        type="image/png",
        size_bytes=12,
        width=640,
        height=480,
        url=url,
        reason="",
        created_at=MORNING,
    )


def task_for(interaction: InteractionView, *, member: MemberId) -> TaskView:
    return TaskView(
        id=TaskId(uuid4()),
        conversation_id=interaction.conversation_id,
        profile_id=interaction.profile_id,
        interaction_ids=(interaction.id,),
        discipline=Discipline.SERVICE,
        phase=Phase.POST,
        urgency=Urgency.HIGH,
        state=TaskState.ASSIGNED,
        member_id=member,
        why="An order is late.",
        guidance="",
        due_at=MORNING + timedelta(hours=1),
        opened_at=MORNING,
        completed_at=None,
        outcome="",
        version=1,
    )


def triage_of(interaction: InteractionId) -> TriageView:
    return TriageView(
        interaction_id=interaction,
        discipline=Discipline.SERVICE,
        phase=Phase.POST,
        sentiment=Sentiment.NEGATIVE,
        urgency=Urgency.HIGH,
        language="en",
        intents=("order_status",),
        confidence=0.9,
        deserves_answer=True,
        exempt_reason=None,
        ready=False,
        crisis=False,
        complaint=True,
        suggestion=False,
        spam=False,
        evidence=(EvidenceView(label="order_status", start=0, end=8, source="rules"),),
        why="Asks for an order.",
        version="rules-1",
    )


def inbox_item(task: TaskView) -> InboxItemView:
    """The entry that a task makes in an inbox view."""
    return InboxItemView(
        id=task.id,
        conversation_id=task.conversation_id,
        task_id=task.id,
        discipline=task.discipline,
        urgency=task.urgency,
        member_id=task.member_id,
        due_at=task.due_at,
        at=task.due_at,
        unread=True,
    )


def inbox_count(*, exact: bool) -> InboxCountView:
    """A view with more than a thousand entries."""
    if exact:
        return InboxCountView(view=InboxViewName.MINE, count=1_203, capped=False, shown="1,203", unread=7)
    return InboxCountView(view=InboxViewName.MINE, count=1_000, capped=True, shown="1,000+", unread=7)


def channel_count(channel: ChannelId) -> ChannelCountView:
    """A channel with two threads."""
    return ChannelCountView(channel_id=channel, count=2, capped=False, shown="2")
