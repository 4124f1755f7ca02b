"""Rating, RatingAverage. Called by the schema; the values are the contract's views."""

from datetime import datetime
from enum import StrEnum

import strawberry

from gateway.access.types import Member
from gateway.conversations import fields
from gateway.conversations.types import Channel, Conversation
from gateway.relay import shows
from gateway.vocabulary import Discipline
from services.contracts.views.ratings import AverageView, RatingView


@strawberry.enum(description="What ratings are averaged by.")
class RatingsBy(StrEnum):
    """A dimension."""

    MEMBER = "member"
    DISCIPLINE = "discipline"
    CHANNEL = "channel"


@shows(RatingView, description="What a person said of an answer.")
class Rating:
    """See RatingView."""

    stars: int = strawberry.field(description="1 (poor) to 5 (excellent).")
    comment: str = strawberry.field(description="In the person's words; may be empty; at most 2,000 characters.")
    rated_at: datetime = strawberry.field(description="When it was first said; UTC.")
    review_asked_at: datetime | None = strawberry.field(description="When the person was asked for a review; UTC; null where not.")
    discipline: Discipline | None = strawberry.field(description="Whose job the answered message was; null where triage did not say.")
    member = strawberry.field(resolver=fields.member_of, graphql_type=Member | None, description="Who answered.")
    channel = strawberry.field(resolver=fields.channel_of, graphql_type=Channel | None, description="The channel it was asked on.")
    conversation = strawberry.field(
        resolver=fields.conversation_of, graphql_type=Conversation | None, description="The thread that the answer stands in."
    )


@shows(AverageView, description="The ratings of one member, discipline or channel in a time.")
class RatingAverage:
    """See AverageView."""

    key: str = strawberry.field(description="The member's or channel's id inside the service, or the discipline's name.")
    count: int = strawberry.field(description="How many ratings.")
    average: float = strawberry.field(description="Their average, rounded to two places.")
    low: int = strawberry.field(description="How many of them have one or two stars.")
