"""Merges and suggestions in GraphQL (W5, W6): what is proposed in one call for many contacts, and what members decide."""

from dataclasses import asdict, replace
from uuid import UUID, uuid4

import orjson
import pytest

from gateway.relay import global_id
from services.contracts.ids import MergeId
from services.contracts.views import ContactView, MergePreviewView, MergeView, SignView, SuggestionView, VetoView
from tests.gateway.conftest import GraphqlClient
from tests.gateway.rows import MORNING
from tests.gateway.simulated import World, page, problem


def suggestion_of(one: ContactView, other: ContactView, world: World) -> SuggestionView:
    return SuggestionView(
        id=uuid4(),
        contact_id=one.id,
        other_contact_id=other.id,
        profile_id=world.profiles[one.id][0].id,
        other_profile_id=world.profiles[other.id][0].id,
        state="open",
        rule="name",
        score=0.7,
        explanation="They have the same name.",
        evidence=(SignView(rule="name", bits=9.5),),
        created_at=MORNING,
        decided_at=None,
        decided_by=None,
    )


def merge_of(one: ContactView, other: ContactView) -> MergeView:
    return MergeView(
        id=MergeId(UUID(int=5)),
        kind="merge",
        survivor_id=one.id,
        absorbed_id=other.id,
        profile_ids=(),
        reason="Same voice",
        by=None,
        created_at=MORNING,
        undone_at=None,
        undone_by=None,
        version=4,
    )


@pytest.mark.parametrize("count", [1, 10])
async def test_w5_what_is_proposed_about_contacts_costs_one_call(graphql: GraphqlClient, world: World, count: int) -> None:
    contacts = [world.add_contact() for _ in range(count + 1)]
    pairs = {str(each.id): suggestion_of(each, contacts[0], world) for each in contacts}
    world.identity.responders["POST", "/internal/suggestions/by-contact-ids"] = lambda asked: [[pairs[each]] for each in asked["ids"]]
    query = """{ contacts(first: 100) { nodes { suggestions { score explanation evidence { rule bits } otherContact { name } } } } }"""

    data = await graphql.ask(query)

    told = {"score": 0.7, "explanation": "They have the same name.", "evidence": [{"rule": "name", "bits": 9.5}]}
    assert data["contacts"]["nodes"][0]["suggestions"] == [told | {"otherContact": {"name": "Maria Lopez"}}]
    assert world.asked().count("identity POST /internal/suggestions/by-contact-ids") == 1


async def test_w6_the_journal_of_people_costs_one_call_and_names_who_did_what(graphql: GraphqlClient, world: World) -> None:
    one, other = world.add_contact(), world.add_contact()
    merge = replace(merge_of(one, other), by=world.member.id, profile_ids=(world.profiles[other.id][0].id,))
    world.identity.responders["POST", "/internal/merges/by-contact-ids"] = lambda asked: [page([merge], asked) for _ in asked["ids"]]
    world.identity.responders["POST", "/internal/merges/by-ids"] = lambda asked: [merge for _ in asked["ids"]]
    query = """query($id: ID!) { contacts { nodes { merges(first: 5) { nodes {
      id reason absorbedId by { name } undoneBy { name } profiles { network } } pageInfo { hasNextPage } } } }
      node(id: $id) { ... on Merge { kind contact { name } } } }"""

    data = await graphql.ask(query, id=global_id("Merge", merge.id))

    assert [each["merges"] for each in data["contacts"]["nodes"]] == [
        {
            "nodes": [
                {
                    "id": global_id("Merge", merge.id),
                    "reason": "Same voice",
                    "absorbedId": global_id("Contact", other.id),
                    "by": {"name": world.member.name},
                    "undoneBy": None,
                    "profiles": [{"network": "telegram"}],
                }
            ],
            "pageInfo": {"hasNextPage": False},
        }
    ] * 2
    assert data["node"] == {"kind": "merge", "contact": {"name": "Maria Lopez"}}
    assert world.asked().count("identity POST /internal/merges/by-contact-ids") == 1


async def test_w5_decided_suggestions_are_listed_by_their_state(graphql: GraphqlClient, world: World) -> None:
    one, other = world.add_contact(), world.add_contact()
    decided = replace(suggestion_of(one, other, world), state="rejected", decided_by=world.member.id)
    world.identity.responders["POST", "/internal/suggestions/page"] = lambda asked: page([decided], asked)

    data = await graphql.ask('{ suggestions(state: "rejected") { nodes { state decidedBy { name } } } }')

    assert data["suggestions"]["nodes"] == [{"state": "rejected", "decidedBy": {"name": world.member.name}}]
    assert await graphql.codes('{ suggestions(state: "lost") { nodes { state } } }') == ["BAD_USER_INPUT"]
    sent = next(call for call in world.calls if call.path == "/internal/suggestions/page")
    assert orjson.loads(sent.body)["state"] == "rejected"


async def test_w6_a_merge_is_previewed_made_and_taken_back(graphql: GraphqlClient, world: World) -> None:
    one, other = world.add_contact(), world.add_contact()
    preview = MergePreviewView(
        survivor_id=one.id,
        absorbed_id=other.id,
        profile_ids=tuple(each.id for each in world.profiles[other.id]),
        score=0.2,
        explanation="",
        vetoes=(VetoView(name="name_conflict", sentence="they have the names of two people"),),
    )
    merge = merge_of(one, other)
    answers = world.identity.responders
    answers["GET", f"/v1/contacts/{one.id}/merge-preview/{other.id}"] = lambda _: preview
    answers["POST", f"/v1/contacts/{one.id}/merges"] = lambda _: merge
    answers["POST", f"/v1/contacts/{one.id}/detach"] = lambda _: problem(409, "lone_profile", "The contact has no other profile")
    answers["POST", f"/v1/merges/{merge.id}/undo"] = lambda _: merge
    ids = {"one": global_id("Contact", one.id), "other": global_id("Contact", other.id), "merge": global_id("Merge", merge.id)}
    profile = global_id("Profile", world.profiles[one.id][0].id)

    seen = await graphql.ask(
        "query($one: ID!, $other: ID!) { mergePreview(contactId: $one, otherContactId: $other) { vetoes { name } profiles { network } } }",
        one=ids["one"],
        other=ids["other"],
    )
    done = await graphql.ask(
        """mutation($one: ID!, $other: ID!, $merge: ID!, $profile: ID!) {
          a: mergeContacts(input: {contactId: $one, otherContactId: $other, survivorId: $one, reason: "Same voice", version: 1}) {
            ... on ContactsRedrawn { merge { id kind version contact { name } } } }
          b: detachProfile(input: {contactId: $one, profileId: $profile}) { ... on Conflict { code } }
          c: undoMerge(input: {mergeId: $merge}) { ... on ContactsRedrawn { merge { reason } } } }""",
        **ids,
        profile=profile,
    )

    assert seen["mergePreview"] == {"vetoes": [{"name": "name_conflict"}], "profiles": [{"network": "telegram"}, {"network": "email"}]}
    assert done["a"]["merge"] == {"id": ids["merge"], "kind": "merge", "version": 4, "contact": {"name": "Maria Lopez"}}
    assert (done["b"], done["c"]) == ({"code": "LONE_PROFILE"}, {"merge": {"reason": "Same voice"}})
    sent = next(call for call in world.calls if call.path.endswith("/merges"))
    assert orjson.loads(sent.body)["survivor_id"] == str(one.id)


async def test_w5_a_suggestion_is_accepted_rejected_and_reopened(graphql: GraphqlClient, world: World) -> None:
    one, other = world.add_contact(), world.add_contact()
    asked = suggestion_of(one, other, world)
    rejected = SuggestionView(**{**{name: getattr(asked, name) for name in asdict(asked)}, "state": "rejected"})
    answers = world.identity.responders
    answers["POST", "/internal/suggestions/page"] = lambda given: page([asked], given)
    answers["POST", f"/v1/suggestions/{asked.id}/accept"] = lambda _: merge_of(one, other)
    answers["POST", f"/v1/suggestions/{asked.id}/reject"] = lambda _: rejected
    answers["POST", f"/v1/suggestions/{asked.id}/reopen"] = lambda _: asked

    listed = await graphql.ask("{ suggestions { nodes { id state profile { network } } } }")
    decided = await graphql.ask(
        """mutation($id: ID!) {
          a: acceptSuggestion(input: {suggestionId: $id}) { ... on ContactsRedrawn { merge { kind } } }
          b: rejectSuggestion(input: {suggestionId: $id, reason: "Twins"}) { ... on SuggestionDecided { suggestion { state } } }
          c: reopenSuggestion(input: {suggestionId: $id}) { ... on SuggestionDecided { suggestion { state } } } }""",
        id=global_id("Suggestion", asked.id),
    )

    assert listed["suggestions"]["nodes"] == [
        {"id": global_id("Suggestion", asked.id), "state": "open", "profile": {"network": "telegram"}}
    ]
    assert decided == {
        "a": {"merge": {"kind": "merge"}},
        "b": {"suggestion": {"state": "rejected"}},
        "c": {"suggestion": {"state": "open"}},
    }
