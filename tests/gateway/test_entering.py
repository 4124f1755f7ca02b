"""People and companies entered in GraphQL (W1, W3, W14): by hand, by account, by what another system calls them."""

import orjson

from gateway.relay import global_id
from tests.gateway.conftest import GraphqlClient
from tests.gateway.simulated import World, problem
from tests.gateway.test_companies import company


async def test_w1_w3_people_and_their_accounts_are_entered(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact()
    profile = world.profiles[contact.id][1]
    answers = world.identity.responders
    answers["POST", "/v1/contacts"] = lambda _: contact
    answers["POST", f"/v1/contacts/{contact.id}/profiles"] = lambda _: profile
    answers["POST", "/v1/profiles"] = lambda _: problem(422, "not_an_email", "Write an address.")
    query = """mutation($id: ID!) {
      a: addContact(input: {name: "Maria", emails: [{value: "m@example.com", verified: true}], idempotencyKey: "k"}) {
        ... on ContactAdded { contact { name profiles { network } } } }
      b: addContactProfile(input: {contactId: $id, phones: [{value: "+34600111222"}], version: 3}) {
        ... on ContactProfileAdded { profile { network contact { id } } } }
      c: saveProfile(input: {network: "crm", externalId: "7", emails: [{value: "m"}]}) { ... on InvalidInput { code message } } }"""

    data = await graphql.ask(query, id=global_id("Contact", contact.id))

    assert data["a"]["contact"] == {"name": "Maria Lopez", "profiles": [{"network": "telegram"}, {"network": "email"}]}
    assert data["b"]["profile"] == {"network": "email", "contact": {"id": global_id("Contact", contact.id)}}
    assert data["c"] == {"code": "NOT_AN_EMAIL", "message": "Write an address."}
    sent = {call.path: call for call in world.calls if call.method == "POST" and call.path.startswith("/v1/")}
    assert orjson.loads(sent["/v1/contacts"].body)["emails"] == [{"value": "m@example.com", "verified": True}]
    assert sent["/v1/contacts"].header("idempotency-key") == "k"
    assert sent[f"/v1/contacts/{contact.id}/profiles"].header("if-match") == '"3"'


async def test_w14_people_and_companies_are_saved_by_what_others_call_them(graphql: GraphqlClient, world: World) -> None:
    contact, bolt = world.add_contact(), company()
    answers = world.identity.responders
    answers["PUT", "/v1/contacts/by-reference/hubspot/contact/4%202"] = lambda _: contact
    answers["PUT", "/v1/companies/by-reference/hubspot/company/7"] = lambda _: bolt
    query = """mutation {
      a: saveContactByReference(input: {system: "hubspot", type: "contact", externalId: "4 2", name: "Maria"}) {
        ... on ContactChanged { contact { name } } }
      b: saveCompanyByReference(input: {system: "hubspot", type: "company", externalId: "7", name: "Bolt"}) {
        ... on CompanySaved { company { name references { externalId } } } } }"""

    data = await graphql.ask(query)
    slash = """mutation { it: saveContactByReference(input: {system: "hubspot", type: "contact", externalId: "4/2"}) {
      ... on InvalidInput { message } } }"""

    assert (await graphql.ask(slash))["it"] == {"message": "`externalId` needs a character at least, and no slash."}
    assert data == {
        "a": {"contact": {"name": "Maria Lopez"}},
        "b": {"company": {"name": "Bolt", "references": [{"externalId": "7"}]}},
    }
