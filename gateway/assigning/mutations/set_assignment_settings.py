"""setAssignmentSettings: says how tasks are given, unless a colleague was faster."""

from typing import Annotated

import strawberry

from gateway.assigning.types import AssignmentSettings
from gateway.context import Info
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from services.contracts.views.assigning import AssignmentSettingsView


@strawberry.input(description="How much of a member's capacity a task of a channel takes.")
class ChannelWeightInput:
    """Part of setAssignmentSettings' arguments."""

    channel_id: strawberry.ID = strawberry.field(description="Of which channel, by global id.")
    weight: float = strawberry.field(description="1 is what a task takes where nothing is said.")


@strawberry.input(description="How tasks are to be given.")
class SetAssignmentSettingsInput:
    """Arguments of setAssignmentSettings."""

    pushes: bool = strawberry.field(description="True: the best-suited get them; false: members take them (takeNextTask).")
    capacity: float = strawberry.field(default=10.0, description="How much a member has at once, where nothing else is said of them.")
    weights: list[ChannelWeightInput] = strawberry.field(default_factory=list, description="At most 200.")
    hand_off_days: int = strawberry.field(default=3, description="After so many days without contact a hand-off is flagged, 1 to 365.")
    version: int = strawberry.field(description="The version that was read; 0 while they are as shipped.")


@strawberry.type(description="They are set.")
class AssignmentSettingsSet:
    """Success."""

    settings: AssignmentSettingsView = strawberry.field(graphql_type=AssignmentSettings, description="As they stand now.")


SetAssignmentSettingsResult = Annotated[
    AssignmentSettingsSet | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("SetAssignmentSettingsResult", description="The settings, or why nothing changed."),
]


async def set_assignment_settings(info: Info, input: SetAssignmentSettingsInput) -> AssignmentSettingsSet | Problem:  # noqa: A002 - the argument's name in the schema
    """Replace them."""
    try:
        payload = {
            "pushes": input.pushes,
            "capacity": input.capacity,
            "weights": [
                {"channel_id": str(read_id_of(each.channel_id, type_name="Channel")), "weight": each.weight} for each in input.weights
            ],
            "hand_off_days": input.hand_off_days,
            "version": input.version,
        }
        return AssignmentSettingsSet(settings=await info.context.clients.routing.set_assignment_settings(payload))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=set_assignment_settings,
    graphql_type=SetAssignmentSettingsResult,
    description="Say how tasks are given from now on. Needs the scope playbook:write.",
)
