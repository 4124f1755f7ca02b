"""Draft, ApprovalRule, CannedReply, Promise and what else belongs to writing. Called by the schema; the values are the contract's views."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from gateway.composing import fields
from gateway.conversations.fields import conversation_of, member_of, profile_of
from gateway.relay import Node, shows
from gateway.vocabulary import Discipline, PromiseState
from services.contracts.views.composing import (
    ApprovalRuleView,
    CannedReplyView,
    DayView,
    DraftView,
    HolidayView,
    HoursView,
    ModerationView,
    PeriodView,
    PromiseView,
    RenderedReplyView,
    TranslationView,
)

if TYPE_CHECKING:
    from gateway.access.types import Member
    from gateway.contacts.types import Profile
    from gateway.conversations.types import Conversation, Interaction

LazyConversation = Annotated["Conversation", strawberry.lazy("gateway.conversations.types")]
LazyMember = Annotated["Member", strawberry.lazy("gateway.access.types")]
LazyProfile = Annotated["Profile", strawberry.lazy("gateway.contacts.types")]
LazyInteraction = Annotated["Interaction", strawberry.lazy("gateway.conversations.types")]


@shows(DraftView, description="What the caller has begun to write in a conversation. Nobody else sees it.")
class Draft:
    """See DraftView."""

    text: str = strawberry.field(description="The words so far.")
    changed_at: datetime = strawberry.field(description="When it was last saved; UTC.")
    version: int = strawberry.field(description="Pass it when saving: it is refused if another screen of yours was faster.")
    in_reply_to = strawberry.field(
        resolver=fields.answered_by_draft, graphql_type=LazyInteraction | None, description="What it answers, if that was chosen."
    )
    conversation = strawberry.field(resolver=conversation_of, graphql_type=LazyConversation | None, description="Where it is written.")


@shows(ApprovalRuleView, description="Which public replies of a channel wait for another member's approval.")
class ApprovalRule:
    """See ApprovalRuleView."""

    all: bool = strawberry.field(description="Whether all wait.")
    disciplines: list[Discipline] = strawberry.field(
        description="Those about matters of these disciplines wait, and those that nobody has placed yet; at most 8."
    )


@shows(CannedReplyView, description="A prepared text, found by its shortcut; one per language.")
class CannedReply(Node):
    """See CannedReplyView."""

    shortcut: str = strawberry.field(description="What it is found by.")
    language: str = strawberry.field(description="Its language, such as en or pt-br.")
    title: str = strawberry.field(description="What it is for; may be empty.")
    text: str = strawberry.field(description="The words, with placeholders such as {{contact.first_name}}.")
    changed_at: datetime = strawberry.field(description="When it was last written; UTC.")
    version: int = strawberry.field(description="Pass it when writing it anew.")
    changed_by = strawberry.field(
        resolver=fields.changer_of_canned_reply, graphql_type=LazyMember | None, description="Who wrote it last; null for API keys."
    )


@shows(RenderedReplyView, description="A prepared text filled for a conversation, to be read over. Nothing is sent.")
class RenderedReply:
    """See RenderedReplyView."""

    text: str = strawberry.field(description="The words; a placeholder without a value leaves a gap.")
    language: str = strawberry.field(description="The language that was found.")
    unfilled: list[str] = strawberry.field(description="The placeholders for which there was nothing; at most 20.")
    canned_reply = strawberry.field(resolver=fields.rendered_canned_reply, graphql_type=CannedReply | None, description="What was filled.")


@shows(PromiseView, description="What a member promised a person for a time.")
class Promise(Node):
    """See PromiseView."""

    text: str = strawberry.field(description="What was promised.")
    due_at: datetime = strawberry.field(description="Until when; UTC.")
    state: PromiseState = strawberry.field(description="What became of it.")
    made_at: datetime = strawberry.field(description="When it was made; UTC.")
    settled_at: datetime | None = strawberry.field(description="When somebody said what became of it; UTC.")
    version: int = strawberry.field(description="Pass it when settling it.")
    conversation = strawberry.field(resolver=conversation_of, graphql_type=LazyConversation | None, description="Where it was made.")
    profile = strawberry.field(resolver=profile_of, graphql_type=LazyProfile | None, description="To whom.")
    member = strawberry.field(resolver=member_of, graphql_type=LazyMember | None, description="Who made it; null for API keys.")


@shows(PeriodView, description="A stretch of a day in which a channel is open.")
class Period:
    """See PeriodView."""

    opens: str = strawberry.field(description="From when, as 09:00 of the channel's time zone.")
    closes: str = strawberry.field(description="Until when, as 17:30; 24:00 for the end of the day.")


@shows(DayView, description="A day of the week.")
class BusinessDay:
    """See DayView."""

    day: str = strawberry.field(description="Which: monday to sunday.")
    periods: list[Period] = strawberry.field(graphql_type=list[Period], description="When the channel is open; at most 10.")


@shows(HolidayView, description="A day on which a channel is closed.")
class Holiday:
    """See HolidayView."""

    day: date = strawberry.field(description="Which day.")
    name: str = strawberry.field(description="What it is called; may be empty.")


@shows(HoursView, description="When a channel is open, and what is said by itself when it is not.")
class BusinessHours:
    """See HoursView."""

    time_zone: str = strawberry.field(description="The time zone, such as Europe/Madrid.")
    week: list[BusinessDay] = strawberry.field(graphql_type=list[BusinessDay], description="The seven days, from Monday.")
    holidays: list[Holiday] = strawberry.field(graphql_type=list[Holiday], description="Days on which it is closed; at most 366.")
    notice: str = strawberry.field(description="What is said outside the hours, once per person and closed stretch; empty for nothing.")
    holiday_notice: str = strawberry.field(description="What is said on holidays; empty for the same.")
    open_now: bool = strawberry.field(description="Whether it is open at this moment.")
    next_opening: datetime | None = strawberry.field(
        description="When it opens next; UTC; null while it is open, or where it opens no more."
    )


@shows(ModerationView, description="What we did, where it was said, to what a person said there.")
class ModerationMark:
    """See ModerationView."""

    hidden: bool = strawberry.field(description="Whether we hid it from others.")
    liked: bool = strawberry.field(description="Whether we liked it.")
    changed_at: datetime = strawberry.field(description="When the last of it was done; UTC.")
    member = strawberry.field(resolver=member_of, graphql_type=LazyMember | None, description="Who did it; null for an API key.")


@shows(TranslationView, description="A text in another language, by the provider that the operator has set up.")
class Translation:
    """See TranslationView."""

    text: str = strawberry.field(description="The words in the language asked for; empty where there were none.")
    language: str | None = strawberry.field(description="The language in which they were written, where the provider tells.")
