"""What can be changed here: one mutation, one file."""

import strawberry

from gateway.levels.mutations import set_service_levels


@strawberry.type
class LevelMutations:
    """Part of Mutation."""

    set_service_levels = set_service_levels.field
