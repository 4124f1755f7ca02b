"""Companies and other systems' names in GraphQL: the buying group in one call however many companies (W8), look-up (W14), changes."""

from typing import Any
from uuid import uuid4

import orjson
import pytest

from gateway.relay import global_id
from services.contracts.ids import CompanyId, ContactId
from services.contracts.stakeholders import BuyingRole
from services.contracts.views import PageView
from services.contracts.views.facts import CompanyView, EmploymentView, ReferenceView
from tests.gateway.conftest import GraphqlClient
from tests.gateway.rows import MORNING
from tests.gateway.simulated import World, answer, page, problem

REFERENCE = ReferenceView(system="hubspot", type="company", external_id="7", url=None)
COMPANIES = """{ companies(first: 100) { nodes { name domains references { system externalId } attributes { key value }
  people(first: 5) { nodes { buyingRole role contact { name } } } } } }"""


def company(name: str = "Bolt") -> CompanyView:
    return CompanyView(
        id=CompanyId(uuid4()),
        name=name,
        domains=("bolt.example",),
        attributes={"size": "40"},
        references=(REFERENCE,),
        created_at=MORNING,
        changed_at=MORNING,
        version=3,
    )


def belongs(contact: ContactId, to: CompanyId) -> EmploymentView:
    return EmploymentView(company_id=to, contact_id=contact, role="CTO", buying_role=BuyingRole.CHAMPION, set_at=MORNING)


@pytest.mark.parametrize("count", [1, 20])
async def test_w8_companies_with_their_buying_groups_cost_three_calls(graphql: GraphqlClient, world: World, count: int) -> None:
    contact = world.add_contact()
    companies = [company() for _ in range(count)]
    world.identity.responders["POST", "/internal/companies/page"] = lambda asked: page(companies, asked)
    world.identity.responders["POST", "/internal/people/by-company-ids"] = lambda asked: [
        PageView(items=(belongs(contact.id, each),), cursors=("c",), has_next=False) for each in asked["ids"]
    ]

    data = await graphql.ask(COMPANIES)

    assert len(data["companies"]["nodes"]) == count
    assert data["companies"]["nodes"][0] == {
        "name": "Bolt",
        "domains": ["bolt.example"],
        "references": [{"system": "hubspot", "externalId": "7"}],
        "attributes": [{"key": "size", "value": "40"}],
        "people": {"nodes": [{"buyingRole": "CHAMPION", "role": "CTO", "contact": {"name": "Maria Lopez"}}]},
    }
    assert sorted(world.asked()) == [
        "identity POST /internal/companies/page",
        "identity POST /internal/contacts/by-ids",
        "identity POST /internal/people/by-company-ids",
    ]


async def test_w8_a_contact_shows_its_companies_and_what_others_call_it(graphql: GraphqlClient, world: World) -> None:
    contact, bolt = world.add_contact(), company()
    world.identity.responders["POST", "/internal/employments/by-contact-ids"] = lambda _: [[belongs(contact.id, bolt.id)]]
    world.identity.responders["POST", "/internal/references/by-contact-ids"] = lambda _: [[REFERENCE]]
    world.identity.responders["POST", "/internal/companies/by-ids"] = lambda asked: [bolt for _ in asked["ids"]]
    query = """query($id: ID!, $company: ID!) { contact(id: $id) { changedAt
      companies { role company { name } } references { system type url } }
      company(id: $company) { name } node(id: $company) { ... on Company { version } } }"""

    data = await graphql.ask(query, id=global_id("Contact", contact.id), company=global_id("Company", bolt.id))

    assert data == {
        "contact": {
            "changedAt": None,
            "companies": [{"role": "CTO", "company": {"name": "Bolt"}}],
            "references": [{"system": "hubspot", "type": "company", "url": None}],
        },
        "company": {"name": "Bolt"},
        "node": {"version": 3},
    }


async def test_w14_contacts_are_looked_up_by_one_thing(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact()
    world.identity.responders["GET", "/v1/contacts/lookup"] = lambda _: {"items": [contact]}

    data = await graphql.ask('{ contactsBy(system: "hubspot", type: "contact", externalId: "4 2") { name } }')

    assert data == {"contactsBy": [{"name": "Maria Lopez"}]}
    assert world.asked() == ["identity GET /v1/contacts/lookup?external_id=4+2&system=hubspot&type=contact"]
    world.identity.responders["GET", "/v1/contacts/lookup"] = lambda _: problem(422, "lookup", "Give one of them.")
    assert await graphql.codes("{ contactsBy { name } }") == ["LOOKUP"]


async def test_a_company_is_found_by_its_domain(graphql: GraphqlClient, world: World) -> None:
    world.identity.responders["POST", "/internal/companies/page"] = lambda asked: page([company()], asked)

    data = await graphql.ask('{ companies(domain: "bolt.example") { nodes { name } } }')

    assert data["companies"]["nodes"] == [{"name": "Bolt"}]
    sent = next(call for call in world.calls if call.path == "/internal/companies/page")
    assert orjson.loads(sent.body)["domain"] == "bolt.example"


async def test_w14_contacts_are_searched_and_kept_in_step(graphql: GraphqlClient, world: World) -> None:
    world.add_contact()
    query = 'query($since: DateTime) { contacts(query: "Mar", updatedSince: $since) { nodes { name } } }'

    await graphql.ask('{ contacts(query: "Mar") { nodes { name } } }')
    await graphql.ask('{ contacts(updatedSince: "2026-03-01T12:00:00Z") { nodes { name } } }')

    sent = [orjson.loads(call.body) for call in world.calls if call.path == "/internal/contacts/page"]
    assert [(each["search"], each["updated_since"]) for each in sent] == [("Mar", None), (None, "2026-03-01T12:00:00Z")]
    assert await graphql.codes(query, since="2026-03-01T12:00:00") == ["BAD_USER_INPUT"]


CHANGES = [
    ("setCompanyPerson", 'companyId: $company, role: "CTO", buyingRole: CHAMPION', "PUT", "/v1/companies/{company}/people/{contact}"),
    ("removeCompanyPerson", "companyId: $company", "DELETE", "/v1/companies/{company}/people/{contact}"),
    ("setContactReference", 'system: "crm", type: "c", externalId: "1"', "PUT", "/v1/contacts/{contact}/references/crm/c/1"),
    ("removeContactReference", 'system: "crm", type: "c", externalId: "1"', "DELETE", "/v1/contacts/{contact}/references/crm/c/1"),
]


@pytest.mark.parametrize(("name", "arguments", "method", "path"), CHANGES)
async def test_people_and_references_are_changed_at_the_version_that_was_seen(
    graphql: GraphqlClient, world: World, name: str, arguments: str, method: str, path: str
) -> None:
    contact, bolt = world.add_contact(), company()
    route = method, path.format(company=bolt.id, contact=contact.id)
    world.identity.responders[route] = lambda _: {"items": []}
    header = "query($id: ID!, $company: ID!)" if "$company" in arguments else "query($id: ID!)"
    query = f"""{header.replace("query", "mutation")} {{ it: {name}(input: {{contactId: $id, version: 3, {arguments}}}) {{
      ... on ContactChanged {{ contact {{ id }} }} ... on Stale {{ version }} }} }}"""
    given: dict[str, Any] = {"id": global_id("Contact", contact.id)}
    given |= {"company": global_id("Company", bolt.id)} if "$company" in arguments else {}

    done = await graphql.ask(query, **given)
    sent = next(call for call in world.calls if call.method == method)
    world.identity.responders[route] = lambda _: problem(412, "precondition_failed", "Read it again.", version=4)

    assert done["it"] == {"contact": {"id": given["id"]}}
    assert sent.header("if-match") == '"3"'
    assert (await graphql.ask(query, **given))["it"] == {"version": 4}


async def test_a_company_is_saved_and_deleted(graphql: GraphqlClient, world: World) -> None:
    bolt = company()
    path = f"/v1/companies/{bolt.id}"
    world.identity.responders["POST", "/v1/companies"] = lambda _: bolt
    world.identity.responders["PATCH", path] = lambda _: problem(409, "domain_taken", "Another company has bolt.example.")
    world.identity.responders["DELETE", path] = lambda _: answer(None, status=204)
    query = """mutation($id: ID!) {
      a: saveCompany(input: {name: "Bolt", attributes: [{key: "size", value: "40"}]}) { ... on CompanySaved { company { name } } }
      b: saveCompany(input: {companyId: $id, domains: ["bolt.example"]}) { ... on Problem { code } }
      c: deleteCompany(input: {companyId: $id}) { ... on CompanyDeleted { companyId } } }"""

    data = await graphql.ask(query, id=global_id("Company", bolt.id))

    assert data["a"] == {"company": {"name": "Bolt"}}
    assert data["b"] == {"code": "DOMAIN_TAKEN"}
    assert data["c"] == {"companyId": global_id("Company", bolt.id)}
