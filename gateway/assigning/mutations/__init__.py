"""What can be changed here: one mutation, one file."""

import strawberry

from gateway.assigning.mutations import save_agent, set_assignment_settings, take_next_task


@strawberry.type
class AssigningMutations:
    """Part of Mutation."""

    take_next_task = take_next_task.field
    set_assignment_settings = set_assignment_settings.field
    save_agent = save_agent.field
