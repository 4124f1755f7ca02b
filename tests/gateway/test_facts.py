"""What is kept of people, in GraphQL: read in one call each however many contacts (W7), changed at the version that was seen."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from gateway.relay import global_id
from services.contracts.ids import ContactLabelId, ContactNoteId, ProfileId
from services.contracts.stakeholders import RelationKind
from services.contracts.views import ContactView
from services.contracts.views.facts import AttributeDefinitionView, AttributeView, ContactLabelView, ContactNoteView, KindView, RelationView
from services.contracts.vocabulary import AttributeType, StakeholderKind
from tests.gateway.conftest import GraphqlClient
from tests.gateway.rows import MORNING
from tests.gateway.simulated import World, answer, problem

# Its id stands in the names of tests: each run has the same.
LABEL = ContactLabelView(id=ContactLabelId(UUID(int=7)), name="VIP", colour="#ff0000", version=1)
PEOPLE = """{ contacts(first: 100) { nodes { kinds { kind network treatment by { name } } labels { id name } attributes { key value type }
  notes { text author { name } } relations { kind item until } } } }"""


def know(world: World) -> None:
    """Every contact is the same in all that is kept of it."""
    by = world.member.id
    kind = KindView(
        kind=StakeholderKind.PRESS, network="x", since=None, until=None, source="member", by=by, set_at=MORNING, treatment="PR answers"
    )
    value = AttributeView(key="budget", label="Budget", type=AttributeType.NUMBER, value="12.5", set_at=MORNING, by=None, source="crm")
    for path, found in (("kinds", kind), ("contact-labels", LABEL), ("attributes", value)):
        world.identity.responders["POST", f"/internal/{path}/by-contact-ids"] = lambda asked, found=found: [[found] for _ in asked["ids"]]
    relation = RelationView(
        profile_id=ProfileId(uuid4()),
        kind=RelationKind.LIKES,
        network="x",
        scope="",
        external_id="page",
        item="post",
        title=None,
        url=None,
        first_at=MORNING,
        since=MORNING,
        until=None,
    )
    world.identity.responders["POST", "/internal/relations/by-contact-ids"] = lambda asked: [[relation] for _ in asked["ids"]]
    world.identity.responders["POST", "/internal/notes/by-contact-ids"] = lambda asked: [[note_on(world, each)] for each in asked["ids"]]


def note_on(world: World, contact: Any) -> ContactNoteView:
    return ContactNoteView(
        id=ContactNoteId(uuid4()),
        contact_id=contact,
        member_id=world.member.id,
        text="Likes tea",
        pinned=False,
        created_at=MORNING,
        edited_at=None,
        version=1,
    )


@pytest.mark.parametrize("people", [1, 10])
async def test_w7_what_is_kept_of_people_costs_one_call_each(graphql: GraphqlClient, world: World, people: int) -> None:
    for _ in range(people):
        world.add_contact()
    know(world)

    data = await graphql.ask(PEOPLE)

    assert len(data["contacts"]["nodes"]) == people
    assert data["contacts"]["nodes"][0] == {
        "kinds": [{"kind": "PRESS", "network": "x", "treatment": "PR answers", "by": {"name": "Sol"}}],
        "labels": [{"id": global_id("ContactLabel", LABEL.id), "name": "VIP"}],
        "attributes": [{"key": "budget", "value": "12.5", "type": "NUMBER"}],
        "notes": [{"text": "Likes tea", "author": {"name": "Sol"}}],
        "relations": [{"kind": "LIKES", "item": "post", "until": None}],
    }
    facts = [f"identity POST /internal/{each}/by-contact-ids" for each in ("attributes", "contact-labels", "kinds", "notes", "relations")]
    assert sorted(world.asked()) == sorted([*facts, "identity POST /internal/contacts/page", "identity POST /internal/members/by-ids"])


CHANGES = [
    ("setContactKind", 'kind: PRESS, network: "x", version: 3', "PUT", "kinds/press"),
    ("removeContactKind", "kind: PRESS, version: 3", "DELETE", "kinds/press"),
    ("changeContactLabels", f'addLabelId: "{global_id("ContactLabel", LABEL.id)}", version: 3', "PUT", f"labels/{LABEL.id}"),
    ("changeContactLabels", f'removeLabelId: "{global_id("ContactLabel", LABEL.id)}", version: 3', "DELETE", f"labels/{LABEL.id}"),
    ("setContactAttributes", 'values: [{key: "budget", value: "7"}], version: 3', "PATCH", "attributes"),
]


async def change(graphql: GraphqlClient, contact: ContactView, name: str, arguments: str) -> dict[str, Any]:
    query = f"""mutation($id: ID!) {{ it: {name}(input: {{contactId: $id, {arguments}}}) {{ __typename
      ... on ContactChanged {{ contact {{ id }} }} ... on Problem {{ code }} ... on Stale {{ version }} }} }}"""
    found: dict[str, Any] = (await graphql.ask(query, id=global_id("Contact", contact.id)))["it"]
    return found


@pytest.mark.parametrize(("name", "arguments", "method", "path"), CHANGES)
async def test_a_contact_is_changed_at_the_version_that_was_seen(
    graphql: GraphqlClient, world: World, name: str, arguments: str, method: str, path: str
) -> None:
    contact = world.add_contact()
    route = (method, f"/v1/contacts/{contact.id}/{path}")

    world.identity.responders[route] = lambda _: {"items": []}
    done = await change(graphql, contact, name, arguments)
    sent = next(call for call in world.calls if call.method == method and call.path.partition("?")[0] == route[1])
    world.identity.responders[route] = lambda _: problem(412, "precondition_failed", "Read it again.", version=4)
    stale = await change(graphql, contact, name, arguments)

    assert done == {"__typename": "ContactChanged", "contact": {"id": global_id("Contact", contact.id)}}
    assert sent.header("if-match") == '"3"'
    assert stale == {"__typename": "Stale", "code": "PRECONDITION_FAILED", "version": 4}


async def test_giving_and_taking_a_label_at_once_is_refused(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact()
    assert (await change(graphql, contact, "changeContactLabels", "version: 1"))["__typename"] == "InvalidInput"


async def test_labels_attributes_and_notes_are_saved_and_deleted(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact()
    note = note_on(world, contact.id)
    budget = AttributeDefinitionView(key="budget", label="Budget", type=AttributeType.NUMBER, options=(), version=1)
    routes: dict[tuple[str, str], object] = {
        ("POST", "/v1/contact-labels"): LABEL,
        ("PATCH", f"/v1/contact-labels/{LABEL.id}"): LABEL,
        ("POST", "/v1/contact-attributes"): budget,
        ("PATCH", "/v1/contact-attributes/budget"): budget,
        ("POST", f"/v1/contacts/{contact.id}/notes"): note,
        ("PATCH", f"/v1/contacts/{contact.id}/notes/{note.id}"): note,
    }
    gone = [path for method, path in routes if method == "PATCH"]
    world.identity.responders |= {route: lambda _, found=found: found for route, found in routes.items()}  # type: ignore[misc] # the default binds the loop's value
    world.identity.responders |= {("DELETE", path): lambda _: answer(None, status=204) for path in gone}
    query = """mutation($contact: ID!, $note: ID!, $label: ID!) {
      a: saveContactLabel(input: {name: "VIP"}) { ... on ContactLabelSaved { label { name } } }
      b: saveContactLabel(input: {labelId: $label, colour: "#ff0000"}) { ... on ContactLabelSaved { label { name } } }
      c: saveContactAttribute(input: {key: "budget", type: NUMBER, label: "Budget"}) { ... on ContactAttributeSaved { attribute { key } } }
      d: saveContactAttribute(input: {key: "budget", label: "Budget"}) { ... on ContactAttributeSaved { attribute { key } } }
      e: saveContactNote(input: {contactId: $contact, text: "Likes tea"}) { ... on ContactNoteSaved { note { text } } }
      f: saveContactNote(input: {contactId: $contact, noteId: $note, pinned: true}) { ... on ContactNoteSaved { note { text } } }
      g: deleteContactNote(input: {contactId: $contact, noteId: $note}) { ... on ContactChanged { contact { name } } }
      h: deleteContactLabel(input: {labelId: $label}) { ... on ContactLabelDeleted { labelId } }
      i: deleteContactAttribute(input: {key: "budget"}) { ... on ContactAttributeDeleted { key } } }"""
    label = global_id("ContactLabel", LABEL.id)

    data = await graphql.ask(query, contact=global_id("Contact", contact.id), note=global_id("ContactNote", note.id), label=label)

    assert [data[each] for each in "ab"] == [{"label": {"name": "VIP"}}] * 2
    assert [data[each] for each in "cd"] == [{"attribute": {"key": "budget"}}] * 2
    assert [data[each] for each in "ef"] == [{"note": {"text": "Likes tea"}}] * 2
    assert [data[each] for each in "ghi"] == [{"contact": {"name": contact.name}}, {"labelId": label}, {"key": "budget"}]


async def test_a_label_and_a_note_are_found_by_their_ids(graphql: GraphqlClient, world: World) -> None:
    note = note_on(world, world.add_contact().id)
    world.identity.responders["GET", "/v1/contact-labels"] = lambda _: {"items": [LABEL]}
    world.identity.responders["POST", "/internal/notes/by-ids"] = lambda _: [note]
    query = """query($ids: [ID!]!) { nodes(ids: $ids) { ... on ContactLabel { name } ... on ContactNote { text } }
      contactLabels { colour } contactAttributes { key } }"""

    data = await graphql.ask(query, ids=[global_id("ContactLabel", LABEL.id), global_id("ContactNote", note.id)])

    assert data == {"nodes": [{"name": "VIP"}, {"text": "Likes tea"}], "contactLabels": [{"colour": "#ff0000"}], "contactAttributes": []}
