"""The inbox in GraphQL: views, counts and what is unread, in a fixed number of calls."""

from dataclasses import replace
from uuid import uuid4

from gateway.relay import global_id
from services.contracts.ids import SavedFilterId
from services.contracts.views import FilterCountView, InboxCountsView, SavedFilterView
from services.contracts.vocabulary import ConversationStatus, InboxViewName
from services.kit.port import Answer
from tests.gateway.conftest import GraphqlClient
from tests.gateway.rows import inbox_count
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


async def test_counts_are_capped_unless_exact_ones_are_asked_for(graphql: GraphqlClient, world: World) -> None:
    capped = await graphql.ask(COUNTS, exact=False)
    assert capped["inboxCounts"] == [{"view": "MINE", "count": 1_000, "capped": True, "shown": "1,000+", "unread": 7}]
    exact = await graphql.ask(COUNTS, exact=True)
    assert exact["inboxCounts"] == [{"view": "MINE", "count": 1_203, "capped": False, "shown": "1,203", "unread": 7}]
    waiting = replace(inbox_count(exact=False), view=InboxViewName.WAITING, unread=None)
    world.engagement.responders["POST", "/internal/inbox/counts"] = lambda asked: InboxCountsView(
        views=(replace(waiting, unread=3) if asked.get("unread") else waiting,)
    )
    assert (await graphql.ask(COUNTS, exact=False))["inboxCounts"][0]["unread"] == 3


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


def kept(world: World) -> SavedFilterView:
    """A shared filter of the member's on open threads of the channel."""
    return SavedFilterView(
        id=SavedFilterId(uuid4()),
        member_id=world.member.id,
        name="Open on Telegram",
        shared=True,
        status=ConversationStatus.OPEN,
        channel_id=world.channel.id,
        owner_id=None,
        label_id=None,
        version=1,
    )


async def test_saved_filters_show_what_they_find(graphql: GraphqlClient, world: World) -> None:
    conversation = world.conversation_of(world.add_contact())
    world.filters.append(kept(world))
    path = f"/v1/saved-filters/{world.filters[0].id}/count"
    world.engagement.responders["GET", path] = lambda _: FilterCountView(count=1, capped=False, shown="1")

    await graphql.ask("{ savedFilters { count(exact: true) { shown } } }")
    assert f"engagement GET {path}?exact=true" in world.asked()

    data = await graphql.ask(
        "{ savedFilters { id name status channel { platform } owner { name } label { name } count { shown } "
        "conversations(first: 5) { nodes { id } } } }"
    )

    assert data["savedFilters"] == [
        {
            "id": global_id("SavedFilter", world.filters[0].id),
            "name": "Open on Telegram",
            "status": "OPEN",
            "channel": {"platform": "telegram"},
            "owner": None,
            "label": None,
            "count": {"shown": "1"},
            "conversations": {"nodes": [{"id": global_id("Conversation", conversation.id)}]},
        }
    ]
    node = await graphql.ask("query($id: ID!) { node(id: $id) { ... on SavedFilter { name } } }", id=data["savedFilters"][0]["id"])
    assert node == {"node": {"name": "Open on Telegram"}}


async def test_a_filter_is_saved_replaced_and_deleted(graphql: GraphqlClient, world: World) -> None:
    found = kept(world)
    paths = {"POST": "/v1/saved-filters", "PUT": f"/v1/saved-filters/{found.id}"}
    for method, path in paths.items():
        world.engagement.responders[method, path] = lambda _: found
    world.engagement.responders["DELETE", paths["PUT"]] = lambda _: Answer(204, {}, b"")
    save = """mutation($input: SaveFilterInput!) { saveFilter(input: $input) { __typename
      ... on FilterSaved { filter { name } } ... on Problem { code } } }"""
    chosen = {"name": "Open on Telegram", "status": "OPEN", "channelId": global_id("Channel", world.channel.id)}
    id_ = global_id("SavedFilter", found.id)

    made = await graphql.ask(save, input=chosen)
    replaced = await graphql.ask(save, input={**chosen, "filterId": id_, "version": 1})
    refused = await graphql.ask(save, input={**chosen, "filterId": id_})
    gone = await graphql.ask("mutation($input: DeleteFilterInput!) { deleteFilter(input: $input) { __typename } }", input={"filterId": id_})

    assert made == replaced == {"saveFilter": {"__typename": "FilterSaved", "filter": {"name": "Open on Telegram"}}}
    assert refused["saveFilter"]["__typename"] == "InvalidInput"
    assert gone == {"deleteFilter": {"__typename": "FilterDeleted"}}
    narrowed = {"name": "Open on Telegram", "shared": False, "status": "open", "channel_id": str(world.channel.id)}
    (call,) = [call for call in world.calls if call.method == "PUT"]
    assert call.payload() == {**narrowed, "owner_id": None, "label_id": None, "version": 1}
