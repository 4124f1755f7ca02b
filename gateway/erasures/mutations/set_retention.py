"""setRetention: replaces the workspace's rules of how long things are kept."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.erasures.rules import RetentionRuleInput
from gateway.erasures.types import Retention
from gateway.errors import GatewayError
from gateway.problems import Conflict, InvalidInput, NotAllowed, Problem, problem_of
from services.contracts.views.retention import RetentionView


@strawberry.input(description="All rules, as they are to be.")
class SetRetentionInput:
    """Arguments of setRetention."""

    rules: list[RetentionRuleInput] = strawberry.field(description="All of them, at most 50; what has none is kept.")
    version: int = strawberry.field(description="As read; 0: none were set yet.")


@strawberry.type(description="Every service obeys them within seconds.")
class RetentionSaved:
    """Success."""

    retention: RetentionView = strawberry.field(graphql_type=Retention, description="As they are now.")


SetRetentionResult = Annotated[
    RetentionSaved | Conflict | InvalidInput | NotAllowed,
    strawberry.union("SetRetentionResult", description="The rules, or why they were not kept."),
]


async def set_retention(info: Info, input: SetRetentionInput) -> RetentionSaved | Problem:  # noqa: A002 - the argument's name in the schema
    """Replace them."""
    rules = [{"kind": each.kind, "days": each.days, "stakeholder": each.stakeholder} for each in input.rules]
    try:
        saved = await info.context.clients.erasures.save_retention({"rules": rules, "version": input.version})
        return RetentionSaved(retention=saved)
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=set_retention,
    graphql_type=SetRetentionResult,
    description="Set how long things are kept. What is too old goes for good: try the rules with retentionPreview before. "
    "Needs the scope people:erase.",
)
