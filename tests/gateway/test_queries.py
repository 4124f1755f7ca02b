"""G1: one query puts the services together; its number of service calls depends on the question alone, never on the rows."""

from dataclasses import replace
from uuid import uuid4

import pytest

from gateway.relay import global_id
from services.contracts.ids import TaskId
from tests.gateway.conftest import GraphqlClient
from tests.gateway.simulated import World, problem

HISTORY = """
query History($id: ID!, $first: Int!) {
  contact(id: $id) {
    id
    name
    profiles { network handle identifiers { type value verified } }
    timeline(first: $first) {
      edges {
        cursor
        node {
          id kind direction public occurredAt text
          channel { name platform }
          venue { network title }
          profile { network handle }
          reply { state text }
          triage { discipline confidence evidence { label start end } }
          task { why dueAt member { name } }
        }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""
BUDGET = sorted(
    [
        "identity POST /internal/contacts/by-ids",
        "identity POST /internal/profiles/by-contact-ids",
        "engagement POST /internal/timeline/by-contact-ids",
        "engagement POST /internal/channels/by-ids",
        "identity POST /internal/profiles/by-ids",
        "routing POST /internal/triage/by-interaction-ids",
        "routing POST /internal/tasks/by-interaction-ids",
        "identity POST /internal/members/by-ids",
    ]
)


@pytest.mark.parametrize("messages", [1, 10, 100])
async def test_history_costs_the_same_eight_calls_whatever_its_length(graphql: GraphqlClient, world: World, messages: int) -> None:
    contact = world.add_contact(messages=messages)
    data = await graphql.ask(HISTORY, id=global_id("Contact", contact.id), first=100)
    assert len(data["contact"]["timeline"]["edges"]) == messages
    assert sorted(world.asked()) == BUDGET


@pytest.mark.parametrize("people", [1, 10, 100])
async def test_a_list_of_people_costs_the_same_calls_whatever_its_length(graphql: GraphqlClient, world: World, people: int) -> None:
    for _ in range(people):
        world.add_contact(messages=2)
    query = """{ contacts(first: 100) { edges { node { profiles { network } conversations { status }
      timeline(first: 10) { edges { node { text triage { discipline } task { why } } } } } } } }"""
    data = await graphql.ask(query)
    assert len(data["contacts"]["edges"]) == people
    assert sorted(world.asked()) == sorted(
        [
            "identity POST /internal/contacts/page",
            "identity POST /internal/profiles/by-contact-ids",
            "engagement POST /internal/conversations/by-profile-ids",
            "engagement POST /internal/timeline/by-contact-ids",
            "routing POST /internal/triage/by-interaction-ids",
            "routing POST /internal/tasks/by-interaction-ids",
        ]
    )


async def test_history_shows_what_each_service_knows(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact(messages=3)
    data = await graphql.ask(HISTORY, id=global_id("Contact", contact.id), first=2)
    shown = data["contact"]
    assert (shown["name"], [profile["network"] for profile in shown["profiles"]]) == ("Maria Lopez", ["telegram", "email"])
    newest = shown["timeline"]["edges"][0]["node"]
    assert newest["text"] == "Where is my order 0?"
    assert newest["occurredAt"] == "2026-03-01T09:00:00+00:00"
    assert newest["channel"] == {"name": "Acme on Telegram", "platform": "telegram"}
    assert newest["reply"] == {"state": "QUEUED", "text": "We are on it."}
    assert newest["triage"]["evidence"] == [{"label": "order_status", "start": 0, "end": 8}]
    assert newest["task"] == {"why": "An order is late.", "dueAt": "2026-03-01T10:00:00+00:00", "member": {"name": "Sol"}}
    assert shown["timeline"]["edges"][1]["node"]["task"] is None
    assert shown["timeline"]["pageInfo"] == {"hasNextPage": True, "endCursor": "1"}


async def test_pages_continue_after_a_cursor(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact(messages=3)
    query = """query($id: ID!, $after: String) {
      contact(id: $id) { timeline(first: 2, after: $after) { nodes { text } pageInfo { hasNextPage } } } }"""
    data = await graphql.ask(query, id=global_id("Contact", contact.id), after="1")
    assert data["contact"]["timeline"] == {"nodes": [{"text": "Where is my order 2?"}], "pageInfo": {"hasNextPage": False}}


async def test_the_token_and_the_request_id_travel_to_every_service(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact()
    response = await graphql.post(HISTORY, headers={"x-request-id": "abc-1"}, id=global_id("Contact", contact.id), first=1)
    calls = [call for call in world.calls if not call.path.startswith("/.well")]
    assert {call.header("authorization") for call in calls} == {f"Bearer {graphql.token}"}
    assert {call.header("x-request-id") for call in calls} == {"abc-1"}
    assert {(call.header("traceparent") or "")[:3] for call in calls} == {"00-"}
    assert response.headers["x-request-id"] == "abc-1"


async def test_node_finds_everything_by_its_global_id(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact()
    interaction = world.interactions[contact.id][0]
    assert interaction.reply is not None
    ids = {
        "Contact": contact.id,
        "Profile": interaction.profile_id,
        "Conversation": interaction.conversation_id,
        "Interaction": interaction.id,
        "Reply": interaction.reply.id,
        "Channel": world.channel.id,
        "Task": world.tasks[interaction.id].id,
        "Member": world.member.id,
        "Workspace": world.workspace.id,
    }
    asked = [global_id(name, id_) for name, id_ in ids.items()]
    data = await graphql.ask("query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", ids=asked)
    assert data["nodes"] == [{"__typename": name, "id": id_} for name, id_ in zip(ids, asked, strict=True)]


async def test_what_does_not_exist_is_null_whatever_it_would_be(graphql: GraphqlClient, world: World) -> None:
    nobody = [global_id(name, world.workspace.id) for name in ("Contact", "Conversation", "Task", "Unicorn")]
    data = await graphql.ask("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=nobody)
    assert data["nodes"] == [None] * 4


@pytest.mark.parametrize("bad", ["", "x", "Q29udGFjdDp4", "w" * 500, "Contact:1", "é"])
async def test_an_id_that_is_none_is_refused_without_asking_anybody(graphql: GraphqlClient, world: World, bad: str) -> None:
    assert await graphql.codes("query($id: ID!) { contact(id: $id) { id } }", id=bad) == ["BAD_USER_INPUT"]
    assert world.asked() == []


async def test_another_kinds_id_is_refused(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact()
    query = "query($id: ID!) { conversation(id: $id) { id } }"
    assert await graphql.codes(query, id=global_id("Contact", contact.id)) == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("first", [0, -1, 101])
async def test_a_page_has_1_to_100_items(graphql: GraphqlClient, first: int) -> None:
    assert await graphql.codes("query($n: Int!) { contacts(first: $n) { nodes { id } } }", n=first) == ["BAD_USER_INPUT"]


async def test_lists_of_the_workspace(graphql: GraphqlClient, world: World) -> None:
    world.add_contact(messages=2)
    query = """{ viewer { role scopes member { name } workspace { slug } } workspace { name } channels { name }
      ledger { inbound owed answered declined exempt alarm } playbook { discipline work dueMinutes }
      conversations(status: OPEN) { nodes { status contact { name } messages(first: 1) { nodes { text } } tasks { state } } }
      tasks(discipline: SERVICE, state: ASSIGNED) { nodes { why interactions { text } conversation { id } } } }"""
    data = await graphql.ask(query)
    assert data["viewer"]["member"] == {"name": "Sol"}
    assert data["viewer"]["role"] == "AGENT"
    assert data["workspace"] == {"name": "Acme"}
    assert data["ledger"] == {"inbound": 15, "owed": 5, "answered": 4, "declined": 3, "exempt": 2, "alarm": 1}
    assert data["playbook"] == [{"discipline": "SERVICE", "work": "Answer.", "dueMinutes": 60}]
    assert data["conversations"]["nodes"][0]["contact"] == {"name": "Maria Lopez"}
    assert data["tasks"]["nodes"][0]["interactions"] == [{"text": "Where is my order 0?"}]
    filters = next(call for call in world.calls if call.path == "/internal/tasks/page").payload()
    assert filters == {"limit": 20, "after": None, "discipline": "service", "state": "assigned", "member_id": None, "neglected": False}


async def test_the_health_of_channels_is_one_call(graphql: GraphqlClient, world: World) -> None:
    query = "{ channels { health { status heldUntil holdReason repliesQueued breaker lastSentAt trouble } } }"
    assert (await graphql.ask(query))["channels"] == [
        {
            "health": {
                "status": "HELD",
                "heldUntil": "2026-03-01T09:00:07+00:00",
                "holdReason": "Too many requests",
                "repliesQueued": 1001,
                "breaker": "CLOSED",
                "lastSentAt": None,
                "trouble": "",
            }
        }
    ]
    assert [call.path for call in world.calls if "health" in call.path] == ["/internal/channel-health/by-ids"]


async def test_contact_of_everything_and_tasks_of_a_contact(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact(messages=2)
    query = """query($id: ID!) { contact(id: $id) { tasks { contact { name } profile { contact { name } } }
      timeline { nodes { contact { name } conversation { channel { name } profile { network } } member { name } } } } }"""
    data = await graphql.ask(query, id=global_id("Contact", contact.id))
    assert data["contact"]["tasks"][0]["contact"] == {"name": "Maria Lopez"}
    assert data["contact"]["timeline"]["nodes"][0]["conversation"]["profile"] == {"network": "telegram"}


async def test_r15_work_of_no_thread_is_the_contact_s_too(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact()
    (task,) = world.tasks.values()
    begun = replace(task, id=TaskId(uuid4()), conversation_id=None, interaction_ids=(), why="A cart was filled.", due_at=task.opened_at)
    world.tasks[uuid4()] = begun
    query = "query($id: ID!) { contact(id: $id) { tasks { why conversation { id } contact { name } } } }"

    data = await graphql.ask(query, id=global_id("Contact", contact.id))

    assert [each["why"] for each in data["contact"]["tasks"]] == ["A cart was filled.", "An order is late."]
    assert data["contact"]["tasks"][0] == {"why": "A cart was filled.", "conversation": None, "contact": {"name": "Maria Lopez"}}
    assert sum(call.path == "/internal/tasks/by-profile-ids" for call in world.calls) == 1


async def test_a_service_that_is_away_leaves_the_rest_of_the_answer(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact()
    world.routing.away = True
    response = await graphql.post(HISTORY, id=global_id("Contact", contact.id), first=1)
    document = response.json()
    assert document["data"]["contact"]["timeline"]["edges"][0]["node"]["task"] is None
    assert {error["extensions"]["code"] for error in document["errors"]} == {"SERVICE_UNAVAILABLE"}


async def test_a_failure_nobody_foresaw_is_masked(graphql: GraphqlClient, world: World) -> None:
    world.identity.responders["GET", "/v1/workspace"] = lambda _: {"id": "canary-77", "slug": 5}
    errors = await graphql.errors("{ workspace { name } }")
    assert [error["extensions"]["code"] for error in errors] == ["SERVICE_UNAVAILABLE"]
    assert "canary" not in str(errors)


async def test_forbidden_by_a_service_is_forbidden_here(graphql: GraphqlClient, world: World) -> None:
    world.engagement.responders["POST", "/internal/ledger"] = lambda _: problem(403, "forbidden", "This needs a scope.")
    assert await graphql.codes("{ ledger { owed } }") == ["FORBIDDEN"]
