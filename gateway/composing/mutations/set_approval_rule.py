"""setApprovalRule: says which public replies of a channel wait for another member."""

from typing import Annotated

import strawberry

from gateway.composing.types import ApprovalRule
from gateway.context import Info
from gateway.errors import GatewayError
from gateway.problems import InvalidInput, NotAllowed, NotFound, Problem, problem_of
from gateway.relay import read_id_of
from gateway.vocabulary import Discipline
from services.contracts.ids import ChannelId
from services.contracts.views.composing import ApprovalRuleView


@strawberry.input(description="Which public replies of a channel wait.")
class SetApprovalRuleInput:
    """Arguments of setApprovalRule."""

    channel_id: strawberry.ID = strawberry.field(description="The channel, by global id.")
    all: bool = strawberry.field(default=False, description="All of them.")
    disciplines: list[Discipline] = strawberry.field(
        default_factory=list, description="Those about matters of these disciplines; none with `all` false: nothing waits."
    )


@strawberry.type(description="The rule is set. What waits already goes on waiting.")
class ApprovalRuleSet:
    """Success."""

    rule: ApprovalRuleView = strawberry.field(graphql_type=ApprovalRule, description="The rule from now on.")


SetApprovalRuleResult = Annotated[
    ApprovalRuleSet | NotFound | InvalidInput | NotAllowed,
    strawberry.union("SetApprovalRuleResult", description="The rule, or why nothing was set."),
]


async def set_approval_rule(info: Info, input: SetApprovalRuleInput) -> ApprovalRuleSet | Problem:  # noqa: A002 - the argument's name in the schema
    """Set a channel's rule."""
    try:
        channel = ChannelId(read_id_of(input.channel_id, type_name="Channel"))
        payload = {"all": input.all, "disciplines": input.disciplines}
        return ApprovalRuleSet(rule=await info.context.clients.composing.set_approval_rule(channel, payload=payload))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=set_approval_rule,
    graphql_type=SetApprovalRuleResult,
    description="Say which public replies of a channel wait for another member. Needs the scope channels:write.",
)
