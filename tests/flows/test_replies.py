"""A reply reaches the platform once, whatever the platform does; the platform's own ledger decides."""

import asyncio
import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.relay import global_id
from rapport.folders import remembered_port
from tests.engagement.media.test_media import PICTURE
from tests.flows.product import Connected, Desk
from tests.flows.waiting import until

pytestmark = [pytest.mark.flow]

ANTON = {"id": 88_001, "first_name": "Anton", "language_code": "en"}
POST = """
mutation ($input: PostReplyInput!) { postReply(input: $input) {
    __typename
    ... on ReplyPosted { reply { id state text } newerMessages { text } }
    ... on StaleReply { code items { text } }
} }
"""
CONVERSATIONS = "{ conversations(first: 5) { nodes { id version messages(first: 5) { nodes { id text reply { state } } } } } }"


async def test_e4_reply_through_graphql_arrives_once_and_answers(desk: Desk) -> None:
    bot, _ = await asked(desk)
    (conversation,) = (await desk.graphql(CONVERSATIONS))["conversations"]["nodes"]
    wanted = {"conversationId": conversation["id"], "text": "Yes, we do.", "version": conversation["version"], "clientMutationId": "c1"}
    first, second = await asyncio.gather(*(desk.graphql(POST, input=wanted) for _ in range(2)))
    assert first == second
    assert first["postReply"]["__typename"] == "ReplyPosted"

    async def answered() -> bool:
        return bool((await desk.read("/v1/ledger"))["answered"] == 1)

    await until(answered)
    (accepted,) = taken(desk, bot)
    assert (accepted["text"], accepted["chat"]) == ("Yes, we do.", str(ANTON["id"]))
    (after,) = (await desk.graphql(CONVERSATIONS))["conversations"]["nodes"]
    assert [(node["text"], node["reply"] and node["reply"]["state"]) for node in after["messages"]["nodes"]] == [
        ("Yes, we do.", "SENT"),
        ("Do you ship to Oslo?", None),
    ]
    assert await desk.read("/v1/ledger") == {"inbound": 1, "owed": 0, "answered": 1, "declined": 0, "exempt": 0, "alarm": 0}


async def test_a_file_of_ours_arrives_with_the_reply(desk: Desk) -> None:
    bot, _ = await asked(desk)
    headers = await desk.headers()
    uploaded = await desk.product.http.post("/v1/media", params={"name": "lamp.png"}, content=PICTURE, headers=headers)
    assert uploaded.status_code == 201, uploaded.text
    (conversation,) = (await desk.graphql(CONVERSATIONS))["conversations"]["nodes"]
    media = global_id("MediaFile", uploaded.json()["id"])
    wanted = {"conversationId": conversation["id"], "text": "This one.", "attachments": [{"mediaId": media}]}
    assert (await desk.graphql(POST, input=wanted))["postReply"]["__typename"] == "ReplyPosted"

    async def arrived() -> bool:
        return bool(taken(desk, bot))

    await until(arrived)
    (accepted,) = taken(desk, bot)
    assert (accepted["method"], accepted["text"], accepted["chat"]) == ("sendPhoto", "This one.", str(ANTON["id"]))
    told = {"as": "photo", "name": "lamp.png", "type": "image/png", "size": len(PICTURE)}
    assert accepted["file"] == {**told, "sha256": hashlib.sha256(PICTURE).hexdigest()}
    shown = "{ conversations(first: 1) { nodes { messages(first: 1) { nodes { attachments { kind url media { id type } } } } } } }"
    (said,) = (await desk.graphql(shown))["conversations"]["nodes"][0]["messages"]["nodes"]
    (attachment,) = said["attachments"]
    assert (attachment["kind"], attachment["media"]) == ("image", {"id": media, "type": "image/png"})
    assert (await desk.product.http.get(attachment["url"])).content == PICTURE


async def test_double_click_posts_once_and_another_text_is_refused(desk: Desk) -> None:
    bot, conversation = await asked(desk)
    path = f"/v1/conversations/{conversation['id']}/replies"
    answers = await asyncio.gather(*(desk.request("POST", path, {"text": "Hello."}, idempotency_key="k1") for _ in range(5)))
    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
    other = await desk.request("POST", path, {"text": "Another."}, idempotency_key="k1")
    assert other.status_code == 422
    await desk.settled(answers[0].json()["reply"]["id"])
    assert [entry["text"] for entry in attempts(desk, bot)] == ["Hello."]


async def test_e8_stale_reply_is_refused_while_a_newer_message_only_warns(desk: Desk) -> None:
    bot, seen = await asked(desk)
    path = f"/v1/conversations/{seen['id']}/replies"
    await desk.product.platforms.telegram_message(bot.account, person=ANTON, text="And to Bergen?")

    async def grown() -> bool:
        return bool((await desk.conversation())["version"] > seen["version"])

    await until(grown)
    warned = await desk.request("POST", path, {"text": "To Oslo, yes.", "version": seen["version"]})
    assert warned.status_code == 201, warned.text
    (newer,) = warned.json()["warning"]["newer_messages"]
    reply = await desk.settled(warned.json()["reply"]["id"])

    colleague = await desk.colleague()
    stale = await colleague.request("POST", path, {"text": "Sorry, no.", "version": seen["version"]})
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_reply")
    assert stale.json()["items"] == [reply["interaction_id"]]
    texts = {message["id"]: message["text"] for message in await desk.messages()}
    assert texts[newer] == "And to Bergen?"
    assert [entry["text"] for entry in attempts(desk, bot)] == ["To Oslo, yes."]


async def test_e5_rate_limited_reply_waits_as_long_as_the_platform_says(desk: Desk) -> None:
    bot, conversation = await asked(desk)
    await desk.product.platforms.misbehave("telegram", kind="rate_limited", retry_after=2)
    reply = await desk.settled((await desk.post_reply(conversation, "Later."))["id"])
    assert reply["attempt"] == 2
    refused, accepted = attempts(desk, bot)
    assert (refused["accepted"], refused["fault"], accepted["accepted"]) == (False, "rate_limited", True)
    assert seconds_between(refused, accepted) >= 1.9


@pytest.mark.parametrize(("fault", "arrived"), [("server_error", 0), ("server_error_after", 1), ("truncated", 1), ("stall", 1)])
async def test_e5_reply_in_doubt_is_never_resent_until_a_person_decides(desk: Desk, fault: str, arrived: int) -> None:
    bot, conversation = await asked(desk)
    await desk.product.platforms.misbehave("telegram", kind=fault)
    doubtful = await desk.settled((await desk.post_reply(conversation, "Perhaps."))["id"], states=("unknown",))
    assert (doubtful["attempt"], len(attempts(desk, bot)), len(taken(desk, bot))) == (1, 1, arrived)
    settled = await desk.request("POST", f"/v1/replies/{doubtful['id']}/settle", {"sent": bool(arrived)})
    assert settled.status_code == 200, settled.text
    assert (await desk.settled(doubtful["id"]))["attempt"] == 2 - arrived
    assert (len(attempts(desk, bot)), len(taken(desk, bot))) == (2 - arrived, 1)


async def test_e5_reply_in_doubt_is_settled_by_looking_it_up(desk: Desk) -> None:
    partner = await desk.connect_inlet()
    await desk.product.platforms.inlet_events(partner.account, events=[inlet_message()])
    await desk.product.platforms.misbehave("inlet", kind="reset_after_write")
    reply = await desk.settled((await desk.post_reply(await desk.conversation(), "Here."))["id"])
    assert (reply["attempt"], reply["reason"]) == (1, "found on the platform")
    assert [(entry["text"], entry["repeated"]) for entry in attempts(desk, partner)] == [("Here.", False)]


async def test_reply_in_doubt_is_settled_by_its_echo(desk: Desk) -> None:
    partner = await desk.connect_inlet(echo=True, lookup=False)
    await desk.product.platforms.inlet_events(partner.account, events=[inlet_message()])
    await desk.product.platforms.misbehave("inlet", kind="server_error_after")
    reply = await desk.settled((await desk.post_reply(await desk.conversation(), "Echoed."))["id"])
    assert reply["attempt"] == 1
    assert [entry["text"] for entry in attempts(desk, partner)] == ["Echoed."]
    assert [message["text"] for message in await desk.messages()] == ["Echoed.", "Is anyone there?"]


async def test_refused_connection_is_retried(desk: Desk) -> None:
    bot, conversation = await asked(desk)
    closed = f"http://127.0.0.1:{remembered_port(desk.product.platforms.ledger_path.with_name('closed-port'))}"
    await change_config(desk, bot, api_base=closed)
    reply = (await desk.post_reply(conversation, "At last."))["id"]

    async def tried() -> bool:
        found = await desk.read(f"/v1/replies/{reply}")
        return bool(found["state"] == "queued" and found["attempt"] >= 1)

    await until(tried)
    assert attempts(desk, bot) == []
    await change_config(desk, bot, api_base=desk.product.platforms.url)
    assert (await desk.settled(reply))["attempt"] >= 2
    assert [entry["text"] for entry in attempts(desk, bot)] == ["At last."]


async def asked(desk: Desk) -> tuple[Connected, dict[str, Any]]:
    """A bot, and the conversation that Anton has begun with it."""
    bot = await desk.connect_telegram()
    sent = await desk.product.platforms.telegram_message(bot.account, person=ANTON, text="Do you ship to Oslo?")
    assert sent["acked"]
    return bot, await desk.conversation()


async def change_config(desk: Desk, channel: Connected, **config: str) -> None:
    """Change a channel's settings; the sender looks at changes every two seconds."""
    answer = await desk.request("PATCH", f"/v1/channels/{channel.id}", {"config": config})
    assert answer.status_code == 200, answer.text


def inlet_message() -> dict[str, Any]:
    """A message of a person whom a partner knows."""
    author = {"network": "crm", "external_id": "anton", "name": "Anton"}
    return {"id": "m1", "kind": "direct", "occurred_at": datetime.now(UTC).isoformat(), "author": author, "text": "Is anyone there?"}


def attempts(desk: Desk, channel: Connected) -> list[dict[str, Any]]:
    """Every call by which the platform was asked to send something on this channel."""
    mine = {channel.account, channel.account.partition(":")[0]}
    return [entry for entry in desk.product.platforms.ledger() if entry["entry"] == "reply" and entry["channel"] in mine]


def taken(desk: Desk, channel: Connected) -> list[dict[str, Any]]:
    """Those that the platform took."""
    return [entry for entry in attempts(desk, channel) if entry["accepted"]]


def seconds_between(one: dict[str, Any], other: dict[str, Any]) -> float:
    """By the platform's clock."""
    return (datetime.fromisoformat(other["at"]) - datetime.fromisoformat(one["at"])).total_seconds()
