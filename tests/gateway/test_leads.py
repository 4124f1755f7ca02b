"""Leads in GraphQL: whom we handed over, to which system, and what became of it (W14)."""

from uuid import uuid4

from gateway.relay import global_id
from services.contracts.ids import ContactId, LeadId
from services.contracts.stakeholders import LeadState
from services.contracts.views.facts import LeadView
from tests.gateway.conftest import GraphqlClient
from tests.gateway.rows import MORNING
from tests.gateway.simulated import World, problem


def lead_of(world: World, contact: ContactId) -> LeadView:
    return LeadView(
        id=LeadId(uuid4()),
        contact_id=contact,
        system="hubspot",
        brief="Forty people",
        state=LeadState.ACCEPTED,
        reason="",
        external_id="77",
        url=None,
        handed_over_by=world.member.id,
        handed_over_at=MORNING,
        changed_at=MORNING,
        version=2,
    )


async def test_w14_a_contact_shows_its_leads_and_who_handed_over(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact()
    lead = lead_of(world, contact.id)
    world.identity.responders["POST", "/internal/leads/by-contact-ids"] = lambda _: [[lead]]
    world.identity.responders["POST", "/internal/leads/by-ids"] = lambda _: [lead]
    query = """query($id: ID!, $lead: ID!) { contact(id: $id) { leads { system state externalId handedOverBy { name } } }
      node(id: $lead) { ... on Lead { brief contact { name } } } }"""

    data = await graphql.ask(query, id=global_id("Contact", contact.id), lead=global_id("Lead", lead.id))

    assert data == {
        "contact": {"leads": [{"system": "hubspot", "state": "ACCEPTED", "externalId": "77", "handedOverBy": {"name": "Sol"}}]},
        "node": {"brief": "Forty people", "contact": {"name": "Maria Lopez"}},
    }


async def test_w14_a_contact_is_handed_over_and_a_closed_lead_stays_closed(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact()
    lead = lead_of(world, contact.id)
    world.identity.responders["POST", f"/v1/contacts/{contact.id}/leads"] = lambda _: lead
    world.identity.responders["POST", f"/v1/leads/{lead.id}/status"] = lambda _: problem(409, "lead_closed", "It was won.", state="won")
    query = """mutation($id: ID!, $lead: ID!) {
      a: handContactOver(input: {contactId: $id, system: "hubspot", brief: "Forty people", version: 3}) {
        ... on ContactHandedOver { lead { id } } }
      b: setLeadStatus(input: {leadId: $lead, state: LOST, reason: "Price"}) { ... on Conflict { code } } }"""

    data = await graphql.ask(query, id=global_id("Contact", contact.id), lead=global_id("Lead", lead.id))

    assert data == {"a": {"lead": {"id": global_id("Lead", lead.id)}}, "b": {"code": "LEAD_CLOSED"}}
    handed, settled = [call for call in world.calls if call.method == "POST" and call.path.startswith("/v1/")]
    assert (handed.payload(), handed.header("if-match")) == ({"system": "hubspot", "brief": "Forty people"}, '"3"')
    assert settled.payload() == {"state": "lost", "reason": "Price", "external_id": None, "url": None}
