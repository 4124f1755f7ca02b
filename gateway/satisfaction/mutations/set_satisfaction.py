"""setSatisfaction: says whether a channel asks people how satisfied they are."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.problems import InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from gateway.satisfaction.asking import Satisfaction
from services.contracts.ids import ChannelId
from services.contracts.views.ratings import SatisfactionView


@strawberry.input(description="Whether a channel asks after an answer, when, and where the happy are asked for a review. It is set whole.")
class SetSatisfactionInput:
    """Arguments of setSatisfaction."""

    channel_id: strawberry.ID = strawberry.field(description="The channel, by global id.")
    asks: bool = strawberry.field(description="Whether it asks.")
    delay_minutes: int = strawberry.field(default=60, description="How many minutes after an answer; 0 to 10,080.")
    review_url: str | None = strawberry.field(
        default=None,
        description="Where those who gave 4 or 5 stars are asked to write a review, once; null: nowhere. An https address of at most "
        "2,000 characters.",
    )
    review_text: str = strawberry.field(default="", description="The words above that link; empty: our own. At most 300 characters.")


@strawberry.type(description="It is as wished, from the next answer on.")
class SatisfactionSet:
    """Success."""

    satisfaction: SatisfactionView = strawberry.field(graphql_type=Satisfaction, description="Whether it asks from now on.")


SetSatisfactionResult = Annotated[
    SatisfactionSet | NotFound | InvalidInput | NotAllowed,
    strawberry.union("SetSatisfactionResult", description="Whether it asks, or why nothing was set."),
]


async def set_satisfaction(info: Info, input: SetSatisfactionInput) -> SatisfactionSet | Problem:  # noqa: A002 - the argument's name in the schema
    """Have a channel ask, or not."""
    try:
        channel = ChannelId(read_id_of(input.channel_id, type_name="Channel"))
        payload = {
            "asks": input.asks,
            "delay_minutes": input.delay_minutes,
            "review_url": input.review_url,
            "review_text": input.review_text,
        }
        return SatisfactionSet(satisfaction=await info.context.clients.rating.set_satisfaction(channel, payload=payload))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=set_satisfaction,
    graphql_type=SetSatisfactionResult,
    description="Have a channel ask people how satisfied they are, in private and at most once a week. Needs the scope channels:write.",
)
