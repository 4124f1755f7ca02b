"""What can be changed here: one mutation, one file."""

import strawberry

from gateway.journeys.mutations import correct_stage


@strawberry.type
class JourneyMutations:
    """Part of Mutation."""

    correct_stage = correct_stage.field
