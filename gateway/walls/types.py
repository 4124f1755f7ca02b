"""Wall and its sums. Called by the schema; the values are the contract's views."""

from datetime import datetime

import strawberry

from gateway.access.types import Member
from gateway.contacts.types import Contact, Profile
from gateway.conversations import fields
from gateway.conversations.types import Channel, Conversation, Interaction, Venue
from gateway.relay import shows
from gateway.vocabulary import Discipline
from gateway.walls.fields import oldest_of
from services.contracts.views.walls import ChannelWallsView, DisciplineWallsView, MemberWallsView, WallTotalsView, WallView

_PEOPLE = "How many people are left unanswered there."
_INTERACTIONS = "How many of their messages are unanswered there."


@shows(WallView, description="A person who was left unanswered, by the oldest message that nobody answered.")
class Wall:
    """See WallView."""

    since: datetime = strawberry.field(description="When the oldest was said; UTC.")
    due_at: datetime | None = strawberry.field(description="When the first of them was due; UTC; null where nobody gave a time.")
    count: int = strawberry.field(description="How many messages of this person are unanswered.")
    platform: str = strawberry.field(description="Where the oldest came from, in lower case.")
    venue: Venue = strawberry.field(graphql_type=Venue, description="The place where the oldest was said.")
    discipline: Discipline | None = strawberry.field(description="Whose job the oldest is; null before triage.")
    oldest = strawberry.field(resolver=oldest_of, graphql_type=Interaction | None, description="The oldest unanswered message.")
    contact = strawberry.field(resolver=fields.contact_of, graphql_type=Contact | None, description="The person.")
    profile = strawberry.field(resolver=fields.profile_of, graphql_type=Profile | None, description="The account that wrote the oldest.")
    conversation = strawberry.field(resolver=fields.conversation_of, graphql_type=Conversation | None, description="The oldest's thread.")
    channel = strawberry.field(resolver=fields.channel_of, graphql_type=Channel | None, description="The oldest's channel.")
    member = strawberry.field(
        resolver=fields.member_of, graphql_type=Member | None, description="Who has its task, else the thread; null where nobody has."
    )


@shows(ChannelWallsView, description="What is unanswered on a channel.")
class ChannelWalls:
    """See ChannelWallsView."""

    people: int = strawberry.field(description=_PEOPLE)
    interactions: int = strawberry.field(description=_INTERACTIONS)
    channel = strawberry.field(resolver=fields.channel_of, graphql_type=Channel | None, description="The channel.")


@shows(DisciplineWallsView, description="What is unanswered in a discipline.")
class DisciplineWalls:
    """See DisciplineWallsView."""

    discipline: Discipline | None = strawberry.field(description="Which; null: what triage has given to none (filter: untriaged).")
    people: int = strawberry.field(description=_PEOPLE)
    interactions: int = strawberry.field(description=_INTERACTIONS)


@shows(MemberWallsView, description="What a member leaves unanswered.")
class MemberWalls:
    """See MemberWallsView."""

    people: int = strawberry.field(description=_PEOPLE)
    interactions: int = strawberry.field(description=_INTERACTIONS)
    member = strawberry.field(
        resolver=fields.member_of, graphql_type=Member | None, description="Who; null: what is nobody's (filter: unassigned)."
    )


@shows(
    WallTotalsView, description="How many people and messages are unanswered. `unanswered`, narrowed alike, lists what each figure counts."
)
class WallTotals:
    """See WallTotalsView."""

    people: int = strawberry.field(description="How many people.")
    interactions: int = strawberry.field(description="How many messages; counted to 100,000.")
    since: datetime | None = strawberry.field(description="When the oldest was said; UTC; null where nothing is unanswered.")
    capped: bool = strawberry.field(description="Whether there are more than counted; the ones due first are.")
    by_channel: list[ChannelWalls] = strawberry.field(
        graphql_type=list[ChannelWalls], description="By channel; those with most first; at most 100."
    )
    by_discipline: list[DisciplineWalls] = strawberry.field(
        graphql_type=list[DisciplineWalls], description="By discipline; those with most first; at most 8."
    )
    by_member: list[MemberWalls] = strawberry.field(
        graphql_type=list[MemberWalls], description="By who has it; those with most first; at most 100."
    )
