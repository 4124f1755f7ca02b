"""Merging, linking, spam, blocking, bulk actions and the people of a thread, through GraphQL."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from gateway.relay import global_id
from services.contracts.events import ConversationChanged as ChangedEvent
from services.contracts.events import JobAdvanced as AdvancedEvent
from services.contracts.events import NoteAdded
from services.contracts.ids import ConversationId, InteractionId, JobId, ProfileId, WorkspaceId
from services.contracts.views import BlockView, ExchangeView, JobFailureView, JobView, ParticipantView, ParticipationView
from services.contracts.vocabulary import BulkAction, ConversationStatus, JobState
from tests.gateway.conftest import GraphqlClient
from tests.gateway.simulated import World, page, problem
from tests.gateway.subscribing import Socket, opened, subscriptions

AT = datetime(2026, 3, 1, tzinfo=UTC)


def conversation_id(world: World) -> ConversationId:
    return world.conversation_of(world.add_contact()).id


async def test_the_people_of_a_thread_and_who_answered_whom_are_shown(graphql: GraphqlClient, world: World) -> None:
    conversation = world.conversation_of(world.add_contact())
    ana = conversation.profile_id
    view = ParticipationView(
        participants=(ParticipantView(profile_id=ana, name="Ana", handle=None, message_count=2, first_at=AT, last_at=AT),),
        exchanges=(
            ExchangeView(from_profile_id=None, to_profile_id=ana, count=1, last_at=AT),
            ExchangeView(from_profile_id=ana, to_profile_id=ProfileId(uuid4()), count=3, last_at=AT),
        ),
    )
    world.engagement.responders["POST", "/internal/participation/by-conversation-ids"] = lambda asked: [view for _ in asked["ids"]]
    query = """query($id: ID!) { conversation(id: $id) { participants { name messageCount profile { handle } }
      exchanges { count isOurs answering { handle } answered { handle } } } }"""
    data = await graphql.ask(query, id=global_id("Conversation", conversation.id))
    assert data["conversation"] == {
        "participants": [{"name": "Ana", "messageCount": 2, "profile": {"handle": "maria"}}],
        "exchanges": [
            {"count": 1, "isOurs": True, "answering": None, "answered": {"handle": "maria"}},
            {"count": 3, "isOurs": False, "answering": {"handle": "maria"}, "answered": None},
        ],
    }
    assert sum(call.path.endswith("/participation/by-conversation-ids") for call in world.calls) == 1


async def test_who_settled_an_entry_when_and_with_what_is_shown(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact(messages=2)
    question, answer = world.interactions[contact.id]
    settled = replace(question, ledger_reason="because", settled_at=AT, member_id=world.member.id, answer_id=answer.id)
    world.interactions[contact.id][0] = replace(settled, reply_to_profile_id=question.profile_id)
    query = """query($id: ID!) { node(id: $id) { ... on Interaction { ledgerReason settledAt member { name } answeredBy { id }
      inReplyToProfile { handle } } } }"""
    data = await graphql.ask(query, id=global_id("Interaction", question.id))
    assert data["node"] == {
        "ledgerReason": "because",
        "settledAt": AT.isoformat(),
        "member": {"name": world.member.name},
        "answeredBy": {"id": global_id("Interaction", answer.id)},
        "inReplyToProfile": {"handle": "maria"},
    }


@pytest.mark.parametrize(
    ("mutation", "given", "call", "payload"),
    [
        ("mergeConversations", {"intoId": "other", "version": 3}, "POST {id}/merge", {"into_id": "other", "version": 3}),
        ("splitConversation", {}, "POST {id}/split", None),
        ("linkConversations", {"otherId": "other"}, "PUT {id}/links/{other}", None),
        ("linkConversations", {"otherId": "other", "link": False}, "DELETE {id}/links/{other}", None),
        ("markSpam", {"version": 3}, "POST {id}/spam", {"spam": True, "version": 3}),
        ("markSpam", {"version": 3, "spam": False}, "POST {id}/spam", {"spam": False, "version": 3}),
    ],
)
async def test_threads_are_merged_split_linked_and_marked(
    graphql: GraphqlClient, world: World, mutation: str, given: dict[str, Any], call: str, payload: dict[str, Any] | None
) -> None:
    conversation = world.conversation_of(world.add_contact())
    other = uuid4()
    method, _, path = call.format(id=f"/v1/conversations/{conversation.id}", other=other).partition(" ")
    world.engagement.responders[method, path] = lambda _: conversation
    shown = {name: global_id("Conversation", other) if value == "other" else value for name, value in given.items()}
    type_ = mutation[0].upper() + mutation[1:]
    success = {
        "mergeConversations": "ConversationsMerged",
        "splitConversation": "ConversationSplit",
        "linkConversations": "ConversationsLinked",
        "markSpam": "SpamMarked",
    }
    query = f"""mutation($input: {type_}Input!) {{ done: {mutation}(input: $input) {{
      ... on {success[mutation]} {{ conversation {{ id }} }} }} }}"""
    id_ = global_id("Conversation", conversation.id)
    data = await graphql.ask(query, input={"conversationId": id_, **shown})
    assert data["done"] == {"conversation": {"id": id_}}
    sent = next(each for each in world.calls if each.path == path)
    expected = None if payload is None else {name: str(other) if value == "other" else value for name, value in payload.items()}
    assert (sent.payload() if sent.body else None) == expected


async def test_a_refused_merge_is_a_conflict(graphql: GraphqlClient, world: World) -> None:
    id_ = conversation_id(world)
    world.engagement.responders["POST", f"/v1/conversations/{id_}/split"] = lambda _: problem(409, "merge_refused", "No.")
    query = "mutation($id: ID!) { splitConversation(input: {conversationId: $id}) { __typename ... on Problem { code } } }"
    data = await graphql.ask(query, id=global_id("Conversation", id_))
    assert data["splitConversation"] == {"__typename": "Conflict", "code": "MERGE_REFUSED"}


@pytest.mark.parametrize(("block", "method"), [(True, "PUT"), (False, "DELETE")])
async def test_a_person_is_blocked_and_unblocked(graphql: GraphqlClient, world: World, block: bool, method: str) -> None:
    profile = world.profiles[world.add_contact().id][0]
    path = f"/v1/blocked-profiles/{profile.id}"
    view = BlockView(profile_id=profile.id, reason="", member_id=None, blocked_at=AT)
    world.engagement.responders[method, path] = lambda _: view
    world.engagement.responders["POST", "/internal/blocks/by-profile-ids"] = lambda asked: [view if block else None for _ in asked["ids"]]
    query = """mutation($id: ID!, $block: Boolean!) { blockProfile(input: {profileId: $id, block: $block}) {
      ... on ProfileBlocked { profile { blocked } } } }"""
    data = await graphql.ask(query, id=global_id("Profile", profile.id), block=block)
    assert data["blockProfile"]["profile"] == {"blocked": block}


async def test_who_is_blocked_is_a_list_with_by_whom_and_why(graphql: GraphqlClient, world: World) -> None:
    profile = world.profiles[world.add_contact().id][0]
    view = BlockView(profile_id=profile.id, reason="rude", member_id=world.member.id, blocked_at=AT)
    world.engagement.responders["POST", "/internal/blocks/page"] = lambda asked: page([view] * asked["limit"], asked)
    query = """{ blockedProfiles(first: 2) { nodes { reason blockedAt profile { handle } contact { name } member { name } }
      pageInfo { hasNextPage } } }"""
    data = await graphql.ask(query)
    expected = {
        "reason": "rude",
        "blockedAt": AT.isoformat(),
        "profile": {"handle": "maria"},
        "contact": {"name": "Maria Lopez"},
        "member": {"name": world.member.name},
    }
    assert data["blockedProfiles"]["nodes"] == [expected] * 2
    assert await graphql.codes("{ blockedProfiles(first: 101) { nodes { reason } } }") == ["BAD_USER_INPUT"]


def job_view(**changes: Any) -> JobView:
    given: dict[str, Any] = {
        "id": JobId(uuid4()),
        "action": BulkAction.CLOSE,
        "state": JobState.QUEUED,
        "total": 2,
        "done": 0,
        "failed": 0,
        "has_more": False,
        "member_id": None,
        "created_at": AT,
        "finished_at": None,
    }
    return JobView(**{**given, **changes})


async def test_a_bulk_action_is_begun_once_with_all_that_it_needs(graphql: GraphqlClient, world: World) -> None:
    job, label, channel = job_view(), uuid4(), world.channel.id
    world.engagement.responders["POST", "/v1/conversations/bulk"] = lambda _: job
    query = """mutation($input: StartBulkActionInput!) { startBulkAction(input: $input) {
      ... on BulkActionStarted { job { state total } clientMutationId } } }"""
    given = {
        "action": "LABEL",
        "filter": {"status": "OPEN", "channelId": global_id("Channel", channel), "ownerId": global_id("Member", world.member.id)},
        "addLabelIds": [global_id("Label", label)],
        "clientMutationId": "b-1",
    }
    data = await graphql.ask(query, input=given)
    assert data["startBulkAction"] == {"job": {"state": "QUEUED", "total": 2}, "clientMutationId": "b-1"}
    call = next(each for each in world.calls if each.path == "/v1/conversations/bulk")
    assert call.header("idempotency-key") == "b-1"
    assert call.payload() == {
        "action": "label",
        "filter": {"status": "open", "channel_id": str(channel), "owner_id": str(world.member.id)},
        "add_label_ids": [str(label)],
    }
    for owner, told in ((None, None), (global_id("Member", world.member.id), str(world.member.id))):
        await graphql.ask(query, input={"action": "ASSIGN", "filter": {}, "ownerId": owner})
        assert world.calls[-1].payload() == {"action": "assign", "filter": {}, "owner_id": told}


async def test_a_job_tells_what_it_could_not_do(graphql: GraphqlClient, world: World) -> None:
    failure = JobFailureView(conversation_id=conversation_id(world), reason="nothing_owed")
    job = job_view(state=JobState.DONE, done=1, failed=1, finished_at=AT)
    world.engagement.responders["POST", "/internal/jobs/by-ids"] = lambda asked: [job for _ in asked["ids"]]
    world.engagement.responders["GET", f"/v1/jobs/{job.id}"] = lambda _: job_view(id=job.id, failed=1, failures=(failure,))
    query = "query($id: ID!) { job(id: $id) { state done failed failures { reason conversation { status } } } node(id: $id) { id } }"
    id_ = global_id("Job", job.id)
    data = await graphql.ask(query, id=id_)
    failures = [{"reason": "nothing_owed", "conversation": {"status": "OPEN"}}]
    assert data == {"job": {"state": "DONE", "done": 1, "failed": 1, "failures": failures}, "node": {"id": id_}}


CHANGED = """subscription($id: ID) { conversationChanged(conversationId: $id) {
  ... on ConversationChanged { eventId changes cause conversation { id status } } ... on Resync { reason } } }"""
ADVANCED = """subscription($id: ID!) { jobAdvanced(jobId: $id) {
  ... on JobAdvanced { eventId job { state done } } ... on Resync { reason } } }"""


def changed(world: World, conversation: ConversationId, **named: Any) -> ChangedEvent:
    """A thread's change."""
    return ChangedEvent(
        conversation_id=conversation, channel_id=world.channel.id, status=ConversationStatus.CLOSED, version=4, **{"by": None, **named}
    )


async def heard(socket: Socket) -> Any:
    """The value of the next item."""
    message = await socket.take()
    assert message["type"] == "next", message
    (value,) = message["payload"]["data"].values()
    return value


async def test_threads_that_change_are_told_narrowed_to_one_or_not(address: str, member: Socket, world: World) -> None:
    ours, other = conversation_id(world), conversation_id(world)
    await member.subscribe(CHANGED, id_="one", id=global_id("Conversation", ours))
    await member.subscribe(CHANGED, id_="all")
    await subscriptions(address, count=2)
    workspace = world.workspace.id
    world.bus.publish(changed(world, other, cause="time"), workspace=workspace, id_="e1")
    message = await member.take()
    shown = {"id": global_id("Conversation", other), "status": "OPEN"}
    told = {"eventId": "e1", "changes": ["status"], "cause": "time", "conversation": shown}
    assert (message["id"], message["payload"]["data"]) == ("all", {"conversationChanged": told})
    note = NoteAdded(
        note_id=InteractionId(uuid4()),
        conversation_id=ours,
        channel_id=world.channel.id,
        profile_id=ProfileId(uuid4()),
        text="Between us",
        at=AT,
    )
    world.bus.publish(note, workspace=workspace, id_="e2")
    both = [await heard(member) for _ in range(2)]
    assert [(each["eventId"], each["changes"]) for each in both] == [("e2", ["note"])] * 2
    world.bus.reconnect()
    assert "reason" in await heard(member)


async def test_a_jobs_batches_are_told_to_who_follows_it(address: str, member: Socket, world: World) -> None:
    job = job_view(state=JobState.RUNNING, done=1)
    world.engagement.responders["POST", "/internal/jobs/by-ids"] = lambda asked: [job for _ in asked["ids"]]
    await member.subscribe(ADVANCED, id=global_id("Job", job.id))
    await subscriptions(address, count=1)
    for id_, workspace, event_id in (
        (JobId(uuid4()), world.workspace.id, "another job"),
        (job.id, WorkspaceId(uuid4()), "another workspace"),
        (job.id, world.workspace.id, "ours"),
    ):
        event = AdvancedEvent(job_id=id_, action=BulkAction.CLOSE, state=JobState.RUNNING, total=2, done=1, failed=0)
        world.bus.publish(event, workspace=workspace, id_=event_id)
    assert await heard(member) == {"eventId": "ours", "job": {"state": "RUNNING", "done": 1}}


@pytest.mark.parametrize("query", [CHANGED, ADVANCED])
async def test_who_may_not_read_conversations_hears_nothing_of_them(address: str, world: World, query: str) -> None:
    job, conversation = job_view(), conversation_id(world)
    async with opened(address) as stranger:
        await stranger.start(world.token(scp=["contacts:read"]))
        of_job = query is ADVANCED
        await stranger.subscribe(query, id=global_id("Job", job.id) if of_job else global_id("Conversation", conversation))
        message = await stranger.take()
        assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "FORBIDDEN")
    await subscriptions(address, count=0)
    async with opened(address) as elsewhere:
        await elsewhere.start(world.token(ws=str(uuid4())))
        await elsewhere.subscribe(CHANGED)
        await subscriptions(address, count=1)
        world.bus.publish(changed(world, conversation), workspace=world.workspace.id, id_="ours")
        await elsewhere.send(type="ping")
        assert await elsewhere.take() == {"type": "pong"}
