"""setLeadStatus: says what became of a lead."""

from typing import Annotated

import strawberry

from gateway.context import Info
from gateway.errors import GatewayError
from gateway.leads.types import Lead
from gateway.problems import Conflict, InvalidInput, NotAllowed, NotFound, Problem, Stale, problem_of
from gateway.relay import read_id_of
from gateway.vocabulary import LeadState
from services.contracts.ids import LeadId
from services.contracts.views.facts import LeadView


@strawberry.input(description="What became of a lead.")
class SetLeadStatusInput:
    """Arguments of setLeadStatus."""

    lead_id: strawberry.ID = strawberry.field(description="The lead, by global id.")
    state: LeadState = strawberry.field(description="What became of it.")
    reason: str = strawberry.field(default="", description="Why, at most 1,000 characters; needed where it is rejected.")
    external_id: str | None = strawberry.field(default=None, description="Its id in the outside system; null: as before.")
    url: str | None = strawberry.field(default=None, description="Where the outside system shows it; null: as before.")
    version: int | None = strawberry.field(default=None, description="Its version as read; another one answers Stale. Null: any.")


@strawberry.type(description="It is as said.")
class LeadStatusSet:
    """Success."""

    lead: LeadView = strawberry.field(graphql_type=Lead, description="The lead, as it stands now.")


SetLeadStatusResult = Annotated[
    LeadStatusSet | Stale | NotFound | Conflict | InvalidInput | NotAllowed,
    strawberry.union("SetLeadStatusResult", description="The lead, or why nothing was changed."),
]


async def set_lead_status(info: Info, input: SetLeadStatusInput) -> LeadStatusSet | Problem:  # noqa: A002 - the argument's name in the schema
    """Say what became of a lead."""
    payload = {"state": input.state, "reason": input.reason, "external_id": input.external_id, "url": input.url}
    try:
        lead = LeadId(read_id_of(input.lead_id, type_name="Lead"))
        return LeadStatusSet(lead=await info.context.clients.companies.settle_lead(lead, payload=payload, version=input.version))
    except GatewayError as error:
        return problem_of(error)


field = strawberry.mutation(
    resolver=set_lead_status,
    graphql_type=SetLeadStatusResult,
    description="Say what became of a lead; one that was rejected, won or lost answers Conflict. Needs the scope contacts:write.",
)
