"""What members do with threads, through GraphQL: changes, labels, notes, following."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from gateway.relay import global_id
from services.contracts.ids import LabelId, MemberId
from services.contracts.views import LabelView
from services.contracts.vocabulary import Kind, Priority
from tests.gateway.conftest import GraphqlClient
from tests.gateway.simulated import World, problem

UPDATE = """mutation($input: UpdateConversationInput!) { updateConversation(input: $input) { __typename
  ... on ConversationUpdated { conversation { priority owner { name } } } ... on Problem { code } } }"""


def input_for(world: World, **wish: Any) -> dict[str, Any]:
    conversation = world.conversation_of(world.add_contact())
    return {"conversationId": global_id("Conversation", conversation.id), "version": 3, **wish}


async def test_a_thread_shows_its_owner_labels_and_followers(graphql: GraphqlClient, world: World) -> None:
    conversation = world.conversation_of(world.add_contact())
    labels = [LabelView(id=LabelId(uuid4()), name=name, colour="#808080", version=1) for name in ("vip", "Refund")]
    world.labels = {label.id: label for label in labels}
    world.conversations[conversation.id] = replace(
        conversation,
        owner_id=world.member.id,
        priority=Priority.URGENT,
        snoozed_until=datetime(2027, 1, 1, tzinfo=UTC),
        label_ids=tuple(world.labels),
        follower_ids=(world.member.id, MemberId(uuid4())),
        linked_ids=(conversation.id,),
    )
    query = """query($id: ID!) { conversation(id: $id) { priority snoozedUntil spam owner { name } labels { name colour }
      followers { name } linked { status } } labels { name } }"""
    data = await graphql.ask(query, id=global_id("Conversation", conversation.id))
    assert data["conversation"] == {
        "priority": "URGENT",
        "snoozedUntil": "2027-01-01T00:00:00+00:00",
        "spam": False,
        "owner": {"name": "Sol"},
        "labels": [{"name": "Refund", "colour": "#808080"}, {"name": "vip", "colour": "#808080"}],
        "followers": [{"name": "Sol"}],
        "linked": [],
    }
    assert [label["name"] for label in data["labels"]] == ["vip", "Refund"]


async def test_only_what_is_given_is_changed(graphql: GraphqlClient, world: World) -> None:
    given = input_for(world, priority="HIGH", ownerId=None)
    conversation = next(iter(world.conversations.values()))
    world.engagement.responders["PATCH", f"/v1/conversations/{conversation.id}"] = lambda _: conversation
    data = await graphql.ask(UPDATE, input=given)
    assert data["updateConversation"]["conversation"] == {"priority": "NORMAL", "owner": None}
    assert world.calls[-1].payload() == {"version": 3, "priority": "high", "owner_id": None}


async def test_all_of_a_change_reaches_the_service(graphql: GraphqlClient, world: World) -> None:
    label = uuid4()
    given = input_for(
        world,
        status="SNOOZED",
        snoozedUntil="2027-01-01T09:00:00+01:00",
        ownerId=global_id("Member", world.member.id),
        addLabelIds=[global_id("Label", label)],
    )
    conversation = next(iter(world.conversations.values()))
    world.engagement.responders["PATCH", f"/v1/conversations/{conversation.id}"] = lambda _: conversation
    await graphql.ask(UPDATE, input=given)
    call = next(call for call in world.calls if call.method == "PATCH")
    assert call.payload() == {
        "version": 3,
        "status": "snoozed",
        "snoozed_until": "2027-01-01T09:00:00+01:00",
        "owner_id": str(world.member.id),
        "add_label_ids": [str(label)],
    }


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [(problem(409, "version_conflict", "No."), "Conflict"), (problem(422, "snooze_time", "No."), "InvalidInput")],
)
async def test_refusals_of_a_change_are_typed(graphql: GraphqlClient, world: World, refusal: object, expected: str) -> None:
    given = input_for(world, priority="LOW")
    conversation = next(iter(world.conversations))
    world.engagement.responders["PATCH", f"/v1/conversations/{conversation}"] = lambda _: refusal
    assert (await graphql.ask(UPDATE, input=given))["updateConversation"]["__typename"] == expected


async def test_a_list_of_threads_is_narrowed_by_owner_and_label(graphql: GraphqlClient, world: World) -> None:
    label = uuid4()
    query = "query($owner: ID, $label: ID) { conversations(ownerId: $owner, labelId: $label) { nodes { id } } }"
    await graphql.ask(query, owner=global_id("Member", world.member.id), label=global_id("Label", label))
    asked = world.calls[-1].payload()
    assert (asked["owner_id"], asked["label_id"]) == (str(world.member.id), str(label))


async def test_a_note_is_written_once_and_names_members(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact()
    row = world.interactions[contact.id][0]
    note = replace(row, kind=Kind.NOTE, text="a regular", mentioned_member_ids=(world.member.id,))
    path = f"/v1/conversations/{row.conversation_id}/notes"
    world.engagement.responders["POST", path] = lambda _: note
    query = """mutation($input: AddNoteInput!) { addNote(input: $input) {
      ... on NoteAdded { note { kind text mentioned { name } } clientMutationId } } }"""
    given = {
        "conversationId": global_id("Conversation", row.conversation_id),
        "text": "a regular",
        "mentionedMemberIds": [global_id("Member", world.member.id)],
        "clientMutationId": "n-1",
    }
    data = await graphql.ask(query, input=given)
    assert data["addNote"] == {
        "note": {"kind": "NOTE", "text": "a regular", "mentioned": [{"name": "Sol"}]},
        "clientMutationId": "n-1",
    }
    call = next(call for call in world.calls if call.path == path)
    assert call.header("idempotency-key") == "n-1"
    assert call.payload() == {"text": "a regular", "mentioned_member_ids": [str(world.member.id)]}


@pytest.mark.parametrize(("follow", "method"), [(True, "PUT"), (False, "DELETE")])
async def test_a_thread_is_followed_and_left(graphql: GraphqlClient, world: World, follow: bool, method: str) -> None:
    conversation = world.conversation_of(world.add_contact())
    world.engagement.responders[method, f"/v1/conversations/{conversation.id}/following"] = lambda _: conversation
    query = """mutation($id: ID!, $follow: Boolean!) { followConversation(input: {conversationId: $id, follow: $follow}) {
      ... on ConversationFollowed { conversation { version } } } }"""
    data = await graphql.ask(query, id=global_id("Conversation", conversation.id), follow=follow)
    assert data["followConversation"]["conversation"] == {"version": 3}


async def test_labels_are_made_changed_and_deleted(graphql: GraphqlClient, world: World) -> None:
    label = LabelView(id=LabelId(uuid4()), name="VIP", colour="#808080", version=1)
    world.engagement.responders["POST", "/v1/labels"] = lambda _: label
    world.engagement.responders["PATCH", f"/v1/labels/{label.id}"] = lambda _: replace(label, version=2)
    world.engagement.responders["DELETE", f"/v1/labels/{label.id}"] = lambda _: None
    query = """mutation($made: SaveLabelInput!, $changed: SaveLabelInput!, $gone: ID!) {
      made: saveLabel(input: $made) { ... on LabelSaved { label { id version } } }
      changed: saveLabel(input: $changed) { ... on LabelSaved { label { version } } }
      gone: deleteLabel(input: {labelId: $gone}) { ... on LabelDeleted { labelId } } }"""
    id_ = global_id("Label", label.id)
    data = await graphql.ask(query, made={"name": "VIP"}, changed={"labelId": id_, "version": 1, "colour": "#ff0000"}, gone=id_)
    assert data == {
        "made": {"label": {"id": id_, "version": 1}},
        "changed": {"label": {"version": 2}},
        "gone": {"labelId": id_},
    }


@pytest.mark.parametrize("given", [{}, {"name": "x", "version": 1}, {"labelId": global_id("Label", uuid4()), "name": "x"}])
async def test_a_label_without_what_it_needs_is_refused_here(graphql: GraphqlClient, world: World, given: dict[str, Any]) -> None:
    query = "mutation($input: SaveLabelInput!) { saveLabel(input: $input) { __typename } }"
    assert (await graphql.ask(query, input=given))["saveLabel"]["__typename"] == "InvalidInput"
    assert world.asked() == []
