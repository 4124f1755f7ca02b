"""Mutations answer a union of success and typed errors; what a member can do nothing about is a top-level error."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from gateway.relay import global_id
from services.contracts.views.facts import ReferenceView
from services.contracts.views.history import ChoicesView, ChoiceView
from services.contracts.views.sending import ReplyChangeView
from services.contracts.vocabulary import ChangeKind, ChangeState
from tests.gateway.conftest import GraphqlClient
from tests.gateway.rows import MORNING, reply_of
from tests.gateway.simulated import World, answer, problem

POST_REPLY = """mutation($input: PostReplyInput!) { postReply(input: $input) { __typename
  ... on ReplyPosted { reply { text state } newerMessages { text } clientMutationId }
  ... on Problem { code message } ... on StaleReply { items { text } } ... on WindowClosed { allowed } } }"""


def reply_input(world: World, **changes: Any) -> dict[str, Any]:
    contact = next(iter(world.contacts.values()))
    first = world.interactions[contact.id][0]
    return {
        "conversationId": global_id("Conversation", first.conversation_id),
        "text": "On its way.",
        "inReplyTo": global_id("Interaction", first.id),
        "version": 3,
        "clientMutationId": "click-1",
        **changes,
    }


def reply_path(world: World) -> str:
    return f"/v1/conversations/{next(iter(world.conversations))}/replies"


async def test_a_reply_is_posted_with_its_idempotency_key(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact(messages=2)
    first, newer = world.interactions[contact.id]
    world.engagement.responders["POST", reply_path(world)] = lambda asked: answer(
        {"reply": reply_of(first, text=asked["text"]), "warning": {"newer_messages": [newer.id]}}, status=201
    )
    data = await graphql.ask(POST_REPLY, input=reply_input(world))
    assert data["postReply"] == {
        "__typename": "ReplyPosted",
        "reply": {"text": "On its way.", "state": "QUEUED"},
        "newerMessages": [{"text": "Where is my order 1?"}],
        "clientMutationId": "click-1",
    }
    call = next(call for call in world.calls if call.path.endswith("/replies"))
    assert call.header("idempotency-key") == "click-1"
    assert call.payload() == {"text": "On its way.", "in_reply_to": str(first.id), "version": 3}


async def test_choices_are_handed_on_and_shown(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact()
    first = world.interactions[contact.id][0]
    offered = ChoicesView(options=(ChoiceView(title="Monday", id="day-1"), ChoiceView(title="Shop", url="https://lumen.example")))
    reply = replace(reply_of(first), choices=offered)
    world.engagement.responders["POST", reply_path(world)] = lambda _: answer({"reply": reply, "warning": None}, status=201)
    options = [{"title": "Monday", "key": "day-1"}, {"title": "Shop", "url": "https://lumen.example"}]
    query = POST_REPLY.replace("reply { text state }", "reply { choices { options { title key url } label } }")
    data = await graphql.ask(query, input=reply_input(world, choices={"options": options}))
    assert data["postReply"]["reply"]["choices"] == {"options": [{"key": "", "url": "", **each} for each in options], "label": ""}
    call = next(call for call in world.calls if call.path.endswith("/replies"))
    handed_on = [(each["title"], each["id"], each["url"]) for each in call.payload()["choices"]["options"]]
    assert handed_on == [("Monday", "day-1", ""), ("Shop", "", "https://lumen.example")]


async def test_a_template_is_handed_on_with_its_places(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact()
    first = world.interactions[contact.id][0]
    world.engagement.responders["POST", reply_path(world)] = lambda _: answer({"reply": reply_of(first), "warning": None}, status=201)
    template = {
        "name": "we_are_back",
        "language": "en_GB",
        "named": [{"name": "first_name", "value": "Ines"}],
        "header": "Lumen",
        "headerName": "shop",
        "buttons": [{"index": 0, "value": "still-open"}],
    }
    data = await graphql.ask(POST_REPLY, input=reply_input(world, template=template))
    assert data["postReply"]["__typename"] == "ReplyPosted"
    call = next(call for call in world.calls if call.path.endswith("/replies"))
    assert call.payload()["template"] == {
        "name": "we_are_back",
        "language": "en_GB",
        "parameters": [],
        "named": {"first_name": "Ines"},
        "header": "Lumen",
        "header_name": "shop",
        "buttons": [{"index": 0, "value": "still-open", "kind": "reply"}],
    }


async def test_a_stale_reply_shows_what_happened_since(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact(messages=2)
    newer = world.interactions[contact.id][1]
    world.engagement.responders["POST", reply_path(world)] = lambda _: problem(409, "stale_reply", "Max answered.", items=[str(newer.id)])
    data = await graphql.ask(POST_REPLY, input=reply_input(world))
    assert data["postReply"] == {
        "__typename": "StaleReply",
        "code": "STALE_REPLY",
        "message": "Max answered.",
        "items": [{"text": "Where is my order 1?"}],
    }


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        (
            problem(422, "unsendable_reply", "At most 4096 characters."),
            {"__typename": "UnsendableReply", "code": "UNSENDABLE_REPLY", "message": "At most 4096 characters."},
        ),
        (
            problem(422, "window_closed", "Late.", allowed=["template"]),
            {"__typename": "WindowClosed", "code": "WINDOW_CLOSED", "message": "Late.", "allowed": ["template"]},
        ),
        (problem(404, "not_found", "None."), {"__typename": "NotFound", "code": "NOT_FOUND", "message": "None."}),
        (problem(409, "conflict", "No."), {"__typename": "Conflict", "code": "CONFLICT", "message": "No."}),
        (problem(422, "malformed", "Bad."), {"__typename": "InvalidInput", "code": "MALFORMED", "message": "Bad."}),
        (
            problem(422, "malformed", "1 field(s)...", errors=[{"field": "body.delay_seconds", "reason": "At most 30", "code": "x"}]),
            {"__typename": "InvalidInput", "code": "MALFORMED", "message": "delaySeconds: At most 30."},
        ),
        (problem(403, "forbidden", "No."), {"__typename": "NotAllowed", "code": "FORBIDDEN", "message": "No."}),
    ],
)
async def test_refusals_of_a_reply_are_typed(graphql: GraphqlClient, world: World, refusal: object, expected: object) -> None:
    world.add_contact()
    world.engagement.responders["POST", reply_path(world)] = lambda _: refusal
    assert (await graphql.ask(POST_REPLY, input=reply_input(world)))["postReply"] == expected


@pytest.mark.parametrize("key", ["", "x" * 201, "line\nbreak", "schlüssel"])
async def test_a_client_mutation_id_no_header_can_carry_is_refused(graphql: GraphqlClient, world: World, key: str) -> None:
    world.add_contact()
    data = await graphql.ask(POST_REPLY, input=reply_input(world, clientMutationId=key))
    assert data["postReply"]["__typename"] == "InvalidInput"
    assert world.asked() == []


async def test_a_service_away_is_a_top_level_error(graphql: GraphqlClient, world: World) -> None:
    world.add_contact()
    world.engagement.away = True
    assert await graphql.codes(POST_REPLY, input=reply_input(world)) == ["SERVICE_UNAVAILABLE"]


async def test_replies_are_cancelled_and_settled(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact()
    reply = world.interactions[contact.id][0].reply
    assert reply is not None
    world.engagement.responders["POST", f"/v1/replies/{reply.id}/cancel"] = lambda _: reply
    world.engagement.responders["POST", f"/v1/replies/{reply.id}/settle"] = lambda _: reply
    query = """mutation($id: ID!) { cancelReply(input: {replyId: $id}) { ... on ReplyCancelled { reply { id } } }
      settleReply(input: {replyId: $id, sent: true}) { ... on ReplySettled { reply { state } } } }"""
    id_ = global_id("Reply", reply.id)
    assert await graphql.ask(query, id=id_) == {"cancelReply": {"reply": {"id": id_}}, "settleReply": {"reply": {"state": "QUEUED"}}}
    assert world.calls[-1].payload() == {"sent": True}


async def test_replies_are_edited_and_deleted(graphql: GraphqlClient, world: World) -> None:
    reply = world.interactions[world.add_contact().id][0].reply
    assert reply is not None
    change = ReplyChangeView(
        kind=ChangeKind.EDIT, state=ChangeState.QUEUED, text="New", reason="", member_id=world.member.id, asked_at=MORNING
    )
    world.engagement.responders["PATCH", f"/v1/replies/{reply.id}"] = lambda _: replace(reply, change=change)
    world.engagement.responders["DELETE", f"/v1/replies/{reply.id}"] = lambda _: problem(422, "not_supported", "It cannot.")
    query = """mutation($id: ID!) {
      editReply(input: {replyId: $id, text: "New"}) { ... on ReplyEditAsked { reply { text change { kind state text member { name } } } } }
      deleteReply(input: {replyId: $id}) { __typename ... on Problem { code message } } }"""
    data = await graphql.ask(query, id=global_id("Reply", reply.id))
    asked = {"kind": "EDIT", "state": "QUEUED", "text": "New", "member": {"name": world.member.name}}
    assert data["editReply"] == {"reply": {"text": reply.text, "change": asked}}
    assert data["deleteReply"] == {"__typename": "InvalidInput", "code": "NOT_SUPPORTED", "message": "It cannot."}
    assert next(call for call in world.calls if call.method == "PATCH").payload() == {"text": "New"}


async def test_a_reply_may_be_delayed(graphql: GraphqlClient, world: World) -> None:
    first = world.interactions[world.add_contact().id][0]
    world.engagement.responders["POST", reply_path(world)] = lambda _: answer({"reply": reply_of(first), "warning": None}, status=201)
    await graphql.ask(POST_REPLY, input=reply_input(world, delaySeconds=10))
    assert next(call for call in world.calls if call.path.endswith("/replies")).payload()["delay_seconds"] == 10


async def test_an_interaction_is_declined_with_its_reason(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact()
    row = world.interactions[contact.id][0]
    world.engagement.responders["POST", f"/v1/interactions/{row.id}/decline"] = lambda _: row
    query = """mutation($id: ID!) { declineInteraction(input: {interactionId: $id, reason: "spam"}) {
      ... on InteractionDeclined { interaction { text } } } }"""
    data = await graphql.ask(query, id=global_id("Interaction", row.id))
    assert data["declineInteraction"]["interaction"] == {"text": "Where is my order 0?"}
    assert next(call for call in world.calls if call.path.endswith("/decline")).payload() == {"reason": "spam"}


async def test_a_conversation_is_closed_at_its_version(graphql: GraphqlClient, world: World) -> None:
    conversation = world.conversation_of(world.add_contact())
    world.engagement.responders["PATCH", f"/v1/conversations/{conversation.id}"] = lambda _: conversation
    query = """mutation($id: ID!) { setConversationStatus(input: {conversationId: $id, status: CLOSED, version: 3}) {
      ... on ConversationStatusSet { conversation { version } } } }"""
    await graphql.ask(query, id=global_id("Conversation", conversation.id))
    assert world.calls[-1].payload() == {"status": "closed", "version": 3}


async def test_a_task_changes_only_what_is_given(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact()
    task = world.tasks[world.interactions[contact.id][0].id]
    world.routing.responders["PATCH", f"/v1/tasks/{task.id}"] = lambda _: task
    query = """mutation($id: ID!, $member: ID!) { updateTask(input: {taskId: $id, version: 1, memberId: $member}) {
      ... on TaskUpdated { task { why } } } }"""
    data = await graphql.ask(query, id=global_id("Task", task.id), member=global_id("Member", world.member.id))
    assert data["updateTask"]["task"] == {"why": "An order is late."}
    assert world.calls[-1].payload() == {"version": 1, "member_id": str(world.member.id)}


async def test_a_task_given_back_is_nobodys(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact()
    task = world.tasks[world.interactions[contact.id][0].id]
    world.routing.responders["PATCH", f"/v1/tasks/{task.id}"] = lambda _: task
    query = "mutation($id: ID!) { updateTask(input: {taskId: $id, version: 1, memberId: null}) { __typename } }"
    await graphql.ask(query, id=global_id("Task", task.id))
    assert world.calls[-1].payload() == {"version": 1, "member_id": None}


async def test_a_task_is_handed_off_with_its_note(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact()
    task = world.tasks[world.interactions[contact.id][0].id]
    world.routing.responders["POST", f"/v1/tasks/{task.id}/hand-off"] = lambda _: task
    query = """mutation($id: ID!) { handOffTask(input: {taskId: $id, version: 1, discipline: SALES, note: "Wants two."}) {
      ... on TaskHandedOff { task { why handedFrom neglectedAt handedBy { name } } } } }"""
    data = await graphql.ask(query, id=global_id("Task", task.id))
    assert data["handOffTask"]["task"] == {"why": "An order is late.", "handedFrom": None, "neglectedAt": None, "handedBy": None}
    said = next(call for call in world.calls if call.path.endswith("/hand-off")).payload()
    assert said == {"version": 1, "discipline": "sales", "note": "Wants two."}


async def test_a_task_is_called_what_another_system_calls_it(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact()
    link = ReferenceView(system="jira", type="ticket", external_id="RAP 7", url=None)
    task = replace(world.tasks[world.interactions[contact.id][0].id], references=(link,))
    answers = world.routing.responders
    answers["PUT", f"/v1/tasks/{task.id}/references/jira/ticket/RAP%207"] = lambda _: task
    answers["DELETE", f"/v1/tasks/{task.id}/references/jira/ticket/RAP%207"] = lambda _: replace(task, references=())
    answers["PUT", "/v1/tasks/by-reference/jira/ticket/RAP%207"] = lambda _: task
    named = 'system: "jira", type: "ticket", externalId: "RAP 7"'
    shown = "... on TaskReferred { task { references { system type externalId url } } }"
    data = await graphql.ask(
        f"""mutation($task: ID!, $contact: ID!) {{
          set: setTaskReference(input: {{taskId: $task, {named}}}) {{ {shown} }}
          save: saveTaskByReference(input: {{contactId: $contact, {named}, discipline: SALES, phase: PRE}}) {{ {shown} }}
          remove: removeTaskReference(input: {{taskId: $task, {named}}}) {{ {shown} }} }}""",
        task=global_id("Task", task.id),
        contact=global_id("Contact", contact.id),
    )
    called = {"system": "jira", "type": "ticket", "externalId": "RAP 7", "url": None}
    assert [data[each]["task"]["references"] for each in ("set", "save", "remove")] == [[called], [called], []]
    answers["GET", "/v1/tasks/lookup"] = lambda _: {"items": [task], "next_cursor": None}
    found = await graphql.ask('{ taskBy(system: "jira", type: "ticket", externalId: "RAP 7") { references { externalId } } }')
    assert found == {"taskBy": {"references": [{"externalId": "RAP 7"}]}}
    said = next(call for call in world.calls if "/by-reference/" in call.path).payload()
    assert (said["contact_id"], said["discipline"], said["phase"], said["urgency"]) == (str(contact.id), "sales", "pre", "normal")


async def test_what_does_not_exist_is_not_found(graphql: GraphqlClient) -> None:
    query = "mutation($id: ID!) { cancelReply(input: {replyId: $id}) { __typename ... on Problem { code } } }"
    data = await graphql.ask(query, id=global_id("Reply", uuid4()))
    assert data["cancelReply"] == {"__typename": "NotFound", "code": "NOT_FOUND"}


async def test_another_kinds_id_is_invalid_input(graphql: GraphqlClient, world: World) -> None:
    query = "mutation($id: ID!) { cancelReply(input: {replyId: $id}) { __typename } }"
    data = await graphql.ask(query, id=global_id("Contact", uuid4()))
    assert data["cancelReply"] == {"__typename": "InvalidInput"}
    assert world.asked() == []
