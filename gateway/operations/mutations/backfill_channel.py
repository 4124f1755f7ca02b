"""backfillChannel: asks a platform for everything since a time, for what it never delivered."""

from datetime import datetime
from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.operations.reconciliation import Reconciliation
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.ids import ChannelId
from services.contracts.views import ReconciliationView


@strawberry.input(description="A channel, and from when.")
class BackfillChannelInput:
    """Arguments of backfillChannel."""

    channel_id: strawberry.ID = strawberry.field(description="The channel, by global id.")
    since: datetime = strawberry.field(description="From when everything is asked for; a time in the past, with its offset.")


@strawberry.type(description="The platform is asked within seconds.")
class ChannelBackfilling:
    """Success."""

    reconciliation: ReconciliationView = strawberry.field(graphql_type=Reconciliation, description="How the channel stands now.")


BackfillChannelResult = Annotated[
    ChannelBackfilling | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("BackfillChannelResult", description="That it is asked, or why it is not."),
]


async def backfill_channel(info: Info, input: BackfillChannelInput) -> ChannelBackfilling | Problem:  # noqa: A002 - the argument's name in the schema
    """Ask a channel's platform for its past."""
    try:
        channel = ChannelId(read_id_of(input.channel_id, type_name="Channel"))
        return ChannelBackfilling(reconciliation=await info.context.clients.engagement.backfill_channel(channel, since=input.since))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=backfill_channel,
    graphql_type=BackfillChannelResult,
    description="Ask a platform for everything since then. Conflict where it cannot be asked; what is here already stays as it is.",
)
