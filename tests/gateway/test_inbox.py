"""The inbox in GraphQL: views, counts and what is unread, in a fixed number of calls."""

from gateway.relay import global_id
from services.kit.port import Answer
from tests.gateway.conftest import GraphqlClient
from tests.gateway.simulated import World, problem

INBOX = """query($after: String) { inbox(view: MINE, first: 2, after: $after) {
  pageInfo { hasNextPage endCursor }
  nodes { unread urgency discipline dueAt conversation { id unread } task { why } member { name } } } }"""
COUNTS = "query($exact: Boolean!) { inboxCounts(exact: $exact) { view count capped shown unread } }"
MARK = """mutation($input: MarkConversationReadInput!) { markConversationRead(input: $input) { __typename
  ... on ConversationMarkedRead { conversation { id } } ... on Problem { code } } }"""


async def test_a_view_is_read_in_a_fixed_number_of_calls(graphql: GraphqlClient, world: World) -> None:
    for _ in range(2):
        world.add_contact(messages=3)
    world.asked()

    data = await graphql.ask(INBOX, after=None)

    assert data["inbox"]["pageInfo"]["hasNextPage"] is True
    task = next(iter(world.tasks.values()))
    assert data["inbox"]["nodes"][0] == {
        "unread": True,
        "urgency": task.urgency.name,
        "discipline": task.discipline.name,
        "dueAt": task.due_at.isoformat(),
        "conversation": {"id": global_id("Conversation", task.conversation_id), "unread": True},
        "task": {"why": task.why},
        "member": {"name": "Sol"},
    }
    assert sorted(world.asked()) == [
        "engagement POST /internal/conversations/by-ids",
        "engagement POST /internal/inbox/page",
        "engagement POST /internal/inbox/unread",
        "identity POST /internal/members/by-ids",
        "routing POST /internal/tasks/by-ids",
    ]


async def test_counts_are_capped_unless_exact_ones_are_asked_for(graphql: GraphqlClient) -> None:
    capped = await graphql.ask(COUNTS, exact=False)
    assert capped["inboxCounts"] == [{"view": "MINE", "count": 1_000, "capped": True, "shown": "1,000+", "unread": 7}]
    exact = await graphql.ask(COUNTS, exact=True)
    assert exact["inboxCounts"] == [{"view": "MINE", "count": 1_203, "capped": False, "shown": "1,203", "unread": 7}]


async def test_open_threads_are_counted_per_channel(graphql: GraphqlClient) -> None:
    data = await graphql.ask("{ inboxChannels { count shown channel { platform } } }")
    assert data["inboxChannels"] == [{"count": 2, "shown": "2", "channel": {"platform": "telegram"}}]


async def test_reading_is_remembered_and_forgotten(graphql: GraphqlClient, world: World) -> None:
    conversation = world.conversation_of(world.add_contact())
    path = f"/v1/conversations/{conversation.id}/read"
    for method in ("PUT", "DELETE"):
        world.engagement.responders[method, path] = lambda _: Answer(204, {}, b"")
    id_ = global_id("Conversation", conversation.id)

    read = await graphql.ask(MARK, input={"conversationId": id_, "version": 3})
    unread = await graphql.ask(MARK, input={"conversationId": id_, "read": False})

    assert (
        read["markConversationRead"]
        == unread["markConversationRead"]
        == {
            "__typename": "ConversationMarkedRead",
            "conversation": {"id": id_},
        }
    )
    told = [(call.method, call.payload() if call.body else None) for call in world.calls if call.path == path]
    assert told == [("PUT", {"version": 3}), ("DELETE", None)]


async def test_a_thread_that_is_not_there_is_a_typed_error(graphql: GraphqlClient, world: World) -> None:
    conversation = world.conversation_of(world.add_contact())
    path = f"/v1/conversations/{conversation.id}/read"
    world.engagement.responders["PUT", path] = lambda _: problem(404, "conversation_not_found", "There is no such conversation.")
    data = await graphql.ask(MARK, input={"conversationId": global_id("Conversation", conversation.id)})
    assert data["markConversationRead"] == {"__typename": "NotFound", "code": "CONVERSATION_NOT_FOUND"}
