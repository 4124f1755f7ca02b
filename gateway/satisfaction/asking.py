"""Satisfaction: whether a channel asks for ratings. Called by the schema and by Channel, which is why it imports no other topic's types."""

import strawberry

from gateway.context import Info
from gateway.relay import shows
from services.contracts.views import ChannelView
from services.contracts.views.ratings import SatisfactionView


@shows(SatisfactionView, description="Whether a channel asks people how satisfied they are with an answer.")
class Satisfaction:
    """See SatisfactionView."""

    asks: bool = strawberry.field(description="Whether it asks, in private conversations, at most once a week each.")
    delay_minutes: int = strawberry.field(description="How many minutes after an answer; at most 10,080.")
    review_url: str | None = strawberry.field(
        description="Where those who gave 4 or 5 stars are asked to write a review, once; null: nowhere. At most 2,000 characters."
    )
    review_text: str = strawberry.field(description="The words above that link; empty: our own. At most 300 characters.")


async def satisfaction_of_channel(root: strawberry.Parent[ChannelView], info: Info) -> SatisfactionView:
    """Whether it asks; it does not where that was never said."""
    return await info.context.loaders.satisfaction_by_channel.load(root.id) or SatisfactionView()
