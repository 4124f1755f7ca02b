"""Writing through the gateway: drafts, approval, beginnings, attachments. Over simulated services."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from gateway.relay import global_id
from services.contracts.ids import CannedReplyId, PromiseId
from services.contracts.views import ConversationView, ReplyView
from services.contracts.views.composing import (
    ApprovalRuleView,
    CannedReplyView,
    DayView,
    DraftView,
    HolidayView,
    HoursView,
    ModerationView,
    PeriodView,
    PromiseView,
    RenderedReplyView,
    TranslationView,
)
from services.contracts.vocabulary import Discipline, PromiseState
from tests.gateway.conftest import GraphqlClient
from tests.gateway.rows import MORNING, reply_of
from tests.gateway.simulated import World, answer, page, problem


def draft_in(world: World, conversation: ConversationView) -> DraftView:
    return DraftView(
        conversation_id=conversation.id, member_id=world.member.id, text="We are", in_reply_to=None, changed_at=MORNING, version=2
    )


def a_reply(world: World) -> ReplyView:
    contact = world.add_contact()
    return reply_of(world.interactions[contact.id][0])


async def test_the_callers_draft_stands_on_its_conversation(graphql: GraphqlClient, world: World) -> None:
    conversation = world.conversation_of(world.add_contact())
    draft = draft_in(world, conversation)
    world.engagement.responders["POST", "/internal/drafts/by-conversation-ids"] = lambda asked: [draft for _ in asked["ids"]]
    world.engagement.responders["POST", "/internal/drafts/page"] = lambda asked: page([draft], asked)
    query = """query($id: ID!) { conversation(id: $id) { myDraft { text version inReplyTo { text } } }
      drafts { nodes { text conversation { platform } } } }"""
    data = await graphql.ask(query, id=global_id("Conversation", conversation.id))
    assert data["conversation"]["myDraft"] == {"text": "We are", "version": 2, "inReplyTo": None}
    assert data["drafts"]["nodes"] == [{"text": "We are", "conversation": {"platform": "telegram"}}]


async def test_a_draft_is_saved_and_thrown_away(graphql: GraphqlClient, world: World) -> None:
    conversation = world.conversation_of(world.add_contact())
    path = f"/v1/conversations/{conversation.id}/draft"
    world.engagement.responders["PUT", path] = lambda _: draft_in(world, conversation)
    world.engagement.responders["DELETE", path] = lambda _: answer(None, status=204)
    query = """mutation($id: ID!) { saveDraft(input: {conversationId: $id, text: "We are", version: 1}) {
      ... on DraftSaved { draft { version } } }
      deleteDraft(input: {conversationId: $id}) { ... on DraftDeleted { conversation { id } } } }"""
    id_ = global_id("Conversation", conversation.id)
    data = await graphql.ask(query, id=id_)
    assert data == {"saveDraft": {"draft": {"version": 2}}, "deleteDraft": {"conversation": {"id": id_}}}
    saved = next(call for call in world.calls if call.method == "PUT")
    assert saved.payload() == {"text": "We are", "version": 1}


async def test_what_waits_is_listed_approved_and_rejected(graphql: GraphqlClient, world: World) -> None:
    reply = a_reply(world)
    world.engagement.responders["POST", "/internal/replies/proposed"] = lambda asked: page([reply], asked)
    world.engagement.responders["POST", f"/v1/replies/{reply.id}/approve"] = lambda _: {"reply": reply, "warning": None}
    world.engagement.responders["POST", f"/v1/replies/{reply.id}/reject"] = lambda _: reply
    assert (await graphql.ask("{ repliesToApprove { nodes { text } } }"))["repliesToApprove"]["nodes"] == [{"text": reply.text}]
    query = """mutation($id: ID!) {
      approveReply(input: {replyId: $id, text: "Better", version: 4}) { ... on ReplyApproved { reply { state } newerMessages { text } } }
      rejectReply(input: {replyId: $id, reason: "No."}) { ... on ReplyRejected { reply { state } } } }"""
    data = await graphql.ask(query, id=global_id("Reply", reply.id))
    assert data["approveReply"] == {"reply": {"state": "QUEUED"}, "newerMessages": []}
    told = {call.path.rpartition("/")[2]: call.payload() for call in world.calls if call.path.startswith("/v1/replies")}
    world.engagement.responders["POST", "/internal/replies/unsent"] = lambda asked: page([reply], asked)
    world.engagement.responders["POST", f"/v1/replies/{reply.id}/retry"] = lambda _: {"reply": reply, "warning": None}
    unsent = await graphql.ask("{ unsentReplies(state: FAILED) { nodes { text } } }")
    assert unsent["unsentReplies"]["nodes"] == [{"text": reply.text}]
    query = """mutation($id: ID!) { retryReply(input: {replyId: $id, version: 4}) { ... on ReplyRetried { reply { state } } } }"""
    assert (await graphql.ask(query, id=global_id("Reply", reply.id)))["retryReply"] == {"reply": {"state": "QUEUED"}}
    assert world.calls[-1].payload() == {"version": 4}
    assert told == {"approve": {"text": "Better", "version": 4}, "reject": {"reason": "No."}}


async def test_ones_own_reply_is_a_conflict(graphql: GraphqlClient, world: World) -> None:
    reply = a_reply(world)
    world.engagement.responders["POST", f"/v1/replies/{reply.id}/approve"] = lambda _: problem(409, "own_reply", "Ask a colleague.")
    query = "mutation($id: ID!) { approveReply(input: {replyId: $id}) { __typename ... on Problem { code message } } }"
    data = await graphql.ask(query, id=global_id("Reply", reply.id))
    assert data["approveReply"] == {"__typename": "Conflict", "code": "OWN_REPLY", "message": "Ask a colleague."}


async def test_a_channels_rule_is_read_and_set(graphql: GraphqlClient, world: World) -> None:
    rule = ApprovalRuleView(channel_id=world.channel.id, all=False, disciplines=(Discipline.PR,))
    world.engagement.responders["POST", "/internal/approval-rules/by-channel-ids"] = lambda asked: [rule for _ in asked["ids"]]
    world.engagement.responders["PUT", f"/v1/channels/{world.channel.id}/approval-rule"] = lambda _: rule
    assert (await graphql.ask("{ channels { approvalRule { all disciplines } } }"))["channels"] == [
        {"approvalRule": {"all": False, "disciplines": ["PR"]}}
    ]
    query = """mutation($id: ID!) { setApprovalRule(input: {channelId: $id, disciplines: [PR]}) {
      ... on ApprovalRuleSet { rule { disciplines } } } }"""
    await graphql.ask(query, id=global_id("Channel", world.channel.id))
    assert world.calls[-1].payload() == {"all": False, "disciplines": ["pr"]}


BEGIN = """mutation($input: BeginConversationInput!) { beginConversation(input: $input) { __typename
  ... on ConversationBegun { conversation { platform } reply { state } } ... on Problem { code }
  ... on CannotBegin { allowed } ... on ConversationExists { conversationId } } }"""


def begin_input(world: World, **changes: Any) -> dict[str, Any]:
    profile = next(iter(world.profiles.values()))[0]
    return {
        "channelId": global_id("Channel", world.channel.id),
        "profileId": global_id("Profile", profile.id),
        "text": "Your lamp is here.",
        "clientMutationId": "click-1",
        **changes,
    }


async def test_a_conversation_is_begun_with_a_profile(graphql: GraphqlClient, world: World) -> None:
    reply = a_reply(world)
    begun = {"conversation_id": reply.conversation_id, "reply": reply}
    world.engagement.responders["POST", "/v1/conversations"] = lambda _: answer(begun, status=201)
    picture = {"kind": "image", "url": "https://shop.example/lamp.jpg"}
    data = await graphql.ask(BEGIN, input=begin_input(world, attachments=[picture]))
    assert data["beginConversation"] == {
        "__typename": "ConversationBegun",
        "conversation": {"platform": "telegram"},
        "reply": {"state": "QUEUED"},
    }
    call = next(call for call in world.calls if call.path == "/v1/conversations")
    assert call.header("idempotency-key") == "click-1"
    assert call.payload() == {
        "channel_id": str(world.channel.id),
        "recipient": {"network": "telegram", "scope": "", "external_id": "551", "handle": "maria", "name": "Maria L"},
        "text": "Your lamp is here.",
        "title": None,
        "attachments": [picture],
    }


async def test_a_file_of_ours_is_attached_by_either_of_its_ids(graphql: GraphqlClient, world: World) -> None:
    reply, media = a_reply(world), uuid4()
    begun = {"conversation_id": reply.conversation_id, "reply": reply}
    world.engagement.responders["POST", "/v1/conversations"] = lambda _: answer(begun, status=201)
    given = [{"mediaId": str(media)}, {"mediaId": global_id("MediaFile", media), "kind": "file"}]
    await graphql.ask(BEGIN, input=begin_input(world, attachments=given))
    call = next(call for call in world.calls if call.path == "/v1/conversations")
    assert call.payload()["attachments"] == [{"media_id": str(media)}, {"kind": "file", "media_id": str(media)}]
    wrong = await graphql.ask(BEGIN, input=begin_input(world, attachments=[{"mediaId": global_id("Member", media)}]))
    assert wrong["beginConversation"]["__typename"] == "InvalidInput"


async def test_what_a_person_said_in_public_goes_on_in_private(graphql: GraphqlClient, world: World) -> None:
    reply = a_reply(world)
    begun = {"conversation_id": reply.conversation_id, "reply": reply}
    world.engagement.responders["POST", "/v1/conversations"] = lambda _: answer(begun, status=201)
    about = reply.interaction_id
    wanted = begin_input(world, profileId=None, aboutId=global_id("Interaction", about))
    assert (await graphql.ask(BEGIN, input=wanted))["beginConversation"]["__typename"] == "ConversationBegun"
    call = next(call for call in world.calls if call.path == "/v1/conversations")
    assert (call.payload()["about_id"], "recipient" in call.payload()) == (str(about), False)


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        (
            problem(422, "cannot_begin", "No.", allowed=["the person writes first"]),
            {"__typename": "CannotBegin", "code": "CANNOT_BEGIN", "allowed": ["the person writes first"]},
        ),
        (
            problem(409, "conversation_exists", "There.", conversation_id="0197a000-0000-7000-8000-000000000001"),
            {
                "__typename": "ConversationExists",
                "code": "CONVERSATION_EXISTS",
                "conversationId": "Q29udmVyc2F0aW9uOjAxOTdhMDAwLTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwMDAwMQ==",
            },
        ),
        (problem(422, "window_closed", "Late."), {"__typename": "WindowClosed", "code": "WINDOW_CLOSED"}),
    ],
)
async def test_refused_beginnings_are_typed(graphql: GraphqlClient, world: World, refusal: object, expected: object) -> None:
    world.add_contact()
    world.engagement.responders["POST", "/v1/conversations"] = lambda _: refusal
    assert (await graphql.ask(BEGIN, input=begin_input(world)))["beginConversation"] == expected


async def test_nobody_is_written_to_by_a_profile_that_is_not_there(graphql: GraphqlClient, world: World) -> None:
    world.add_contact()
    data = await graphql.ask(BEGIN, input=begin_input(world, profileId=global_id("Profile", uuid4())))
    assert data["beginConversation"]["__typename"] == "InvalidInput"
    assert all(call.path != "/v1/conversations" for call in world.calls)


CANNED = CannedReplyView(
    id=CannedReplyId(uuid4()),
    shortcut="thanks",
    language="es",
    title="Gracias",
    text="Hola {{contact.first_name}}",
    changed_by=None,
    changed_at=MORNING,
    version=3,
)


async def test_a_canned_reply_is_filled_in_the_language_of_the_person(graphql: GraphqlClient, world: World) -> None:
    conversation = world.conversation_of(world.add_contact())
    path = f"/v1/conversations/{conversation.id}/canned-replies/render"
    rendered = RenderedReplyView(canned_reply_id=CANNED.id, language="es", text="Hola", unfilled=("contact.first_name",))
    world.engagement.responders["POST", path] = lambda _: rendered
    world.engagement.responders["POST", "/internal/canned-replies/by-ids"] = lambda asked: [CANNED for _ in asked["ids"]]
    query = """query($id: ID!, $language: String) { renderCannedReply(conversationId: $id, shortcut: "thanks", language: $language) {
      text unfilled cannedReply { title } } }"""
    id_ = global_id("Conversation", conversation.id)
    for given, sent in ((None, "en"), ("es", "es")):
        data = await graphql.ask(query, id=id_, language=given)
        assert data["renderCannedReply"] == {"text": "Hola", "unfilled": ["contact.first_name"], "cannedReply": {"title": "Gracias"}}
        asked = next(call for call in reversed(world.calls) if call.path == path)
        assert asked.payload() == {"shortcut": "thanks", "language": sent}


async def test_canned_replies_are_listed_saved_and_removed(graphql: GraphqlClient, world: World) -> None:
    id_ = global_id("CannedReply", CANNED.id)
    world.engagement.responders["POST", "/internal/canned-replies/page"] = lambda asked: page([CANNED], asked)
    world.engagement.responders["POST", "/v1/canned-replies"] = lambda _: answer(CANNED, status=201)
    world.engagement.responders["PUT", f"/v1/canned-replies/{CANNED.id}"] = lambda _: CANNED
    world.engagement.responders["DELETE", f"/v1/canned-replies/{CANNED.id}"] = lambda _: answer(None, status=204)
    listed = await graphql.ask('{ cannedReplies(prefix: "th") { nodes { id shortcut } } }')
    assert listed["cannedReplies"]["nodes"] == [{"id": id_, "shortcut": "thanks"}]
    query = """mutation($new: SaveCannedReplyInput!, $anew: SaveCannedReplyInput!, $id: ID!) {
      new: saveCannedReply(input: $new) { ... on CannedReplySaved { cannedReply { version } } }
      anew: saveCannedReply(input: $anew) { ... on CannedReplySaved { cannedReply { version } } }
      deleteCannedReply(input: {id: $id}) { ... on CannedReplyDeleted { deletedId } } }"""
    words = {"shortcut": "thanks", "language": "ES", "text": "Hola"}
    data = await graphql.ask(query, new=words, anew={**words, "id": id_, "version": 3}, id=id_)
    assert data["deleteCannedReply"] == {"deletedId": id_}
    told = {call.method: call.payload() for call in world.calls if call.path.startswith("/v1/canned") and call.body}
    assert told["POST"] == {"shortcut": "thanks", "language": "es", "title": "", "text": "Hola"}
    assert told["PUT"] == {**told["POST"], "version": 3}


async def test_promises_stand_on_their_conversation_and_are_made_and_settled(graphql: GraphqlClient, world: World) -> None:
    conversation = world.conversation_of(world.add_contact())
    promise = PromiseView(
        id=PromiseId(uuid4()),
        conversation_id=conversation.id,
        profile_id=conversation.profile_id,
        member_id=world.member.id,
        text="We call you",
        due_at=MORNING,
        state=PromiseState.OPEN,
        made_at=MORNING,
        settled_at=None,
        settled_by=None,
        version=1,
    )
    world.engagement.responders["POST", "/internal/promises/by-conversation-ids"] = lambda asked: [[promise] for _ in asked["ids"]]
    world.engagement.responders["POST", "/internal/promises/page"] = lambda asked: page([promise], asked)
    world.engagement.responders["POST", f"/v1/conversations/{conversation.id}/promises"] = lambda _: answer(promise, status=201)
    world.engagement.responders["PATCH", f"/v1/promises/{promise.id}"] = lambda _: promise
    id_ = global_id("Conversation", conversation.id)
    data = await graphql.ask(
        """query($id: ID!) { conversation(id: $id) { promises { text state member { name } } }
          promises { nodes { text conversation { id } } } }""",
        id=id_,
    )
    assert data["conversation"]["promises"] == [{"text": "We call you", "state": "OPEN", "member": {"name": "Sol"}}]
    assert data["promises"]["nodes"] == [{"text": "We call you", "conversation": {"id": id_}}]
    query = """mutation($id: ID!, $promise: ID!) {
      makePromise(input: {conversationId: $id, text: "We call you", dueAt: "2026-03-06T12:00:00+01:00"}) {
        ... on PromiseMade { promise { version } } }
      settlePromise(input: {promiseId: $promise, state: KEPT, version: 1}) { ... on PromiseSettled { promise { version } } } }"""
    await graphql.ask(query, id=id_, promise=global_id("Promise", promise.id))
    made, settled = [call.payload() for call in world.calls if call.path.startswith("/v1/") and "promises" in call.path]
    assert made == {"text": "We call you", "due_at": "2026-03-06T12:00:00+01:00"}
    assert settled == {"state": "kept", "version": 1}


async def test_the_ledger_is_settled_by_hand(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact(messages=2)
    row, peer = world.interactions[contact.id]
    for verb in ("answered-elsewhere", "accept-peer-answer", "take-back-decline"):
        world.engagement.responders["POST", f"/v1/interactions/{row.id}/{verb}"] = lambda _: row
    query = """mutation($id: ID!, $peer: ID!) {
      answerElsewhere(input: {interactionId: $id, where: "by telephone"}) { ... on AnsweredElsewhere { interaction { text } } }
      acceptPeerAnswer(input: {interactionId: $id, answerId: $peer}) { ... on PeerAnswerAccepted { interaction { text } } }
      takeBackDecline(input: {interactionId: $id}) { ... on DeclineTakenBack { interaction { text } } } }"""
    data = await graphql.ask(query, id=global_id("Interaction", row.id), peer=global_id("Interaction", peer.id))
    assert {name: found["interaction"]["text"] for name, found in data.items()} == dict.fromkeys(data, row.text)
    told = [call.payload() for call in world.calls if call.path.startswith("/v1/interactions") and call.body]
    assert told == [{"where": "by telephone"}, {"answer_id": str(peer.id)}]


async def test_what_somebody_said_is_hidden_where_it_was_said(graphql: GraphqlClient, world: World) -> None:
    contact = world.add_contact(messages=1)
    (row,) = world.interactions[contact.id]
    mark = ModerationView(interaction_id=row.id, hidden=True, liked=False, member_id=None, changed_at=MORNING)
    path = f"/v1/interactions/{row.id}/moderation"
    world.engagement.responders["POST", path] = lambda _: mark
    world.engagement.responders["POST", "/internal/moderations/by-interaction-ids"] = lambda asked: [mark for _ in asked["ids"]]
    query = """mutation($id: ID!) { moderateInteraction(input: {interactionId: $id, act: HIDE}) {
      ... on InteractionModerated { interaction { moderation { hidden liked member { name } } } } ... on Problem { code } } }"""
    data = await graphql.ask(query, id=global_id("Interaction", row.id))
    assert data["moderateInteraction"] == {"interaction": {"moderation": {"hidden": True, "liked": False, "member": None}}}
    assert [call.payload() for call in world.calls if call.path == path] == [{"act": "hide"}]

    world.engagement.responders["POST", path] = lambda _: problem(422, "platform_away", "Try again.")
    data = await graphql.ask(query, id=global_id("Interaction", row.id))
    assert data["moderateInteraction"] == {"code": "PLATFORM_AWAY"}


async def test_a_channels_hours_are_read_set_and_taken_away(graphql: GraphqlClient, world: World) -> None:
    hours = HoursView(
        time_zone="Europe/Madrid",
        week=(DayView("monday", (PeriodView("09:00", "17:00"),)),),
        holidays=(HolidayView(date(2026, 12, 25), "Christmas"),),
        notice="Away.",
        holiday_notice="",
        open_now=False,
        next_opening=MORNING,
    )
    path = f"/v1/channels/{world.channel.id}/hours"
    world.engagement.responders["POST", "/internal/hours/by-channel-ids"] = lambda asked: [hours for _ in asked["ids"]]
    world.engagement.responders["PUT", path] = lambda _: hours
    world.engagement.responders["DELETE", path] = lambda _: answer(None, status=204)
    found = await graphql.ask("{ channels { businessHours { openNow week { day periods { opens closes } } holidays { day name } } } }")
    assert found["channels"] == [
        {
            "businessHours": {
                "openNow": False,
                "week": [{"day": "monday", "periods": [{"opens": "09:00", "closes": "17:00"}]}],
                "holidays": [{"day": "2026-12-25", "name": "Christmas"}],
            }
        }
    ]
    query = """mutation($id: ID!, $hours: BusinessHoursInput) { setBusinessHours(input: {channelId: $id, hours: $hours}) {
      ... on BusinessHoursSet { hours { timeZone } } ... on Problem { message } } }"""
    wanted = {
        "timeZone": "Europe/Madrid",
        "week": [{"day": "monday", "periods": [{"opens": "09:00", "closes": "17:00"}]}],
        "holidays": [{"day": "2026-12-25"}],
        "notice": "Away.",
    }
    id_ = global_id("Channel", world.channel.id)
    assert (await graphql.ask(query, id=id_, hours=wanted))["setBusinessHours"]["hours"] == {"timeZone": "Europe/Madrid"}
    assert world.calls[-1].payload() == {
        "time_zone": "Europe/Madrid",
        "week": {"monday": [{"opens": "09:00", "closes": "17:00"}]},
        "holidays": [{"day": "2026-12-25", "name": ""}],
        "notice": "Away.",
        "holiday_notice": "",
    }
    assert (await graphql.ask(query, id=id_, hours=None))["setBusinessHours"]["hours"] is None
    assert world.calls[-1].method == "DELETE"


async def test_messages_and_words_are_translated_and_a_missing_provider_is_told(graphql: GraphqlClient, world: World) -> None:
    conversation = world.conversation_of(world.add_contact())
    row = next(iter(world.interactions.values()))[0]
    english = TranslationView(text="Where?", language="es")
    world.engagement.responders["POST", f"/v1/interactions/{row.id}/translation"] = lambda _: english
    world.engagement.responders["POST", "/v1/translations"] = lambda _: english
    query = """query($id: ID!) { conversation(id: $id) { messages { nodes { translation(to: "en") { text language } } } }
      translateText(text: "Hola", to: "en") { text } }"""
    data = await graphql.ask(query, id=global_id("Conversation", conversation.id))
    assert data["conversation"]["messages"]["nodes"] == [{"translation": {"text": "Where?", "language": "es"}}]
    assert data["translateText"] == {"text": "Where?"}
    world.engagement.responders["POST", "/v1/translations"] = lambda _: problem(409, "translation_not_configured", "Set TRANSLATION_URL.")
    assert await graphql.codes('{ translateText(text: "Hola", to: "en") { text } }') == ["TRANSLATION_NOT_CONFIGURED"]
