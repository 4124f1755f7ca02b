"""The first word is ours, and things beside a text: conversations that we begin, attachments."""

from typing import Any

import httpx

from tests.engagement.composing.desk import Desk
from tests.engagement.conftest import Service
from tests.engagement.partner import event
from tests.engagement.waiting import conversations, journal_settled, ledger, messages

INES = {"network": "shop", "external_id": "person-1", "name": "Ines Ferrer"}
PICTURE = {"kind": "image", "url": "https://shop.example/lamp.jpg"}


async def begun(desk: Desk, **body: Any) -> dict[str, Any]:
    wanted = {"channel_id": desk.partner.channel_id, "recipient": INES, "text": "Your lamp is here.", **body}
    answer = await desk.ask("POST", "/v1/conversations", wanted)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_e18_a_conversation_is_begun_and_the_answer_joins_it(desk: Desk) -> None:
    first = await begun(desk, title="Your order")
    await desk.state_of(first["reply"]["id"], "sent")
    (taken,) = desk.taken()
    assert (taken["text"], taken["recipient"]["external_id"]) == ("Your lamp is here.", "person-1")
    assert await ledger(desk.service) == {"inbound": 0, "owed": 0, "answered": 0, "declined": 0, "exempt": 0, "alarm": 0}
    thread = await desk.hear("Thank you!")
    assert thread["id"] == first["conversation_id"]
    assert [each["text"] for each in await messages(desk.service, thread["id"])] == ["Your lamp is here.", "Thank you!"]
    assert (await ledger(desk.service))["owed"] == 1


async def test_one_more_word_before_the_answer(desk: Desk) -> None:
    first = await begun(desk)
    await desk.state_of(first["reply"]["id"], "sent")
    more = await desk.reply({"id": first["conversation_id"]}, "Until six o'clock.")
    assert more.status_code == 201, more.text
    await desk.state_of(more.json()["reply"]["id"], "sent")
    assert [each["text"] for each in desk.taken()] == ["Your lamp is here.", "Until six o'clock."]


async def test_where_there_is_a_conversation_it_is_named(desk: Desk) -> None:
    thread = await desk.hear()
    body = {"channel_id": desk.partner.channel_id, "recipient": INES, "text": "Hello"}
    again = await desk.ask("POST", "/v1/conversations", body)
    assert (again.status_code, again.json()["code"], again.json()["conversation_id"]) == (409, "conversation_exists", thread["id"])
    assert (await conversations(desk.service))[0]["message_count"] == 1


async def test_e18_a_platform_that_lets_nobody_be_written_to_says_what_it_allows(service: Service) -> None:
    made: Any = await service.connect("telegram", credentials={"token": "1:bot"})
    body = {"channel_id": made["channel"]["id"], "recipient": {"external_id": "5"}, "text": "Hello"}
    refused = await service.post("/v1/conversations", body)
    assert (refused.status_code, refused.json()["code"]) == (422, "cannot_begin")
    assert refused.json()["allowed"] == ["the person writes first"]
    assert await conversations(service) == []

    secret, path = made["signing_secret"], made["channel"]["webhook_path"]
    said = {
        "message_id": 1,
        "date": 1_795_000_000,
        "chat": {"id": 5, "type": "private"},
        "from": {"id": 5, "first_name": "Ed"},
        "text": "Hi",
    }
    headers = {"x-telegram-bot-api-secret-token": secret}
    assert (await service.http.post(path, json={"update_id": 1, "message": said}, headers=headers)).status_code == 200
    await journal_settled(service, count=1)
    (thread,) = await conversations(service)
    exists = await service.post("/v1/conversations", body)
    assert (exists.json()["code"], exists.json()["conversation_id"]) == ("conversation_exists", thread["id"])


async def test_a_double_click_begins_one_conversation(desk: Desk) -> None:
    body = {"channel_id": desk.partner.channel_id, "recipient": INES, "text": "Hello"}
    answers = [await desk.ask("POST", "/v1/conversations", body, key="one-click") for _ in range(2)]
    assert [each.status_code for each in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()


async def test_odd_beginnings_are_refused(desk: Desk) -> None:
    for body in ({}, {"channel_id": "x"}, {"channel_id": desk.partner.channel_id, "recipient": {}, "text": "Hello"}):
        assert (await desk.ask("POST", "/v1/conversations", body)).status_code == 422
    empty = {"channel_id": desk.partner.channel_id, "recipient": INES, "text": " "}
    assert (await desk.ask("POST", "/v1/conversations", empty)).json()["code"] == "unsendable_reply"
    nowhere = {**empty, "channel_id": "0197a000-0000-7000-8000-00000000ffff"}
    assert (await desk.ask("POST", "/v1/conversations", nowhere)).status_code == 404


async def test_e4_an_attachment_goes_along_and_stands_in_the_history(desk: Desk) -> None:
    thread = await desk.hear()
    posted = await desk.reply(thread, "", attachments=[PICTURE])
    assert posted.status_code == 201, posted.text
    assert posted.json()["reply"]["attachments"][0]["url"] == PICTURE["url"]
    await desk.state_of(posted.json()["reply"]["id"], "sent")
    assert [each["url"] for each in desk.taken()[0]["attachments"]] == [PICTURE["url"]]
    (ours,) = [each for each in await messages(desk.service, thread["id"]) if each["direction"] == "outbound"]
    assert [each["url"] for each in ours["attachments"]] == [PICTURE["url"]]


async def test_what_the_person_sent_can_be_sent_again_in_its_channel(desk: Desk) -> None:
    photo = {"kind": "image", "reference": "file-77"}
    await desk.partner.deliver(event(1, None, attachments=[photo]))
    await journal_settled(desk.service, count=1)
    (thread,) = await conversations(desk.service)
    (said,) = await messages(desk.service, thread["id"])
    posted = await desk.reply(thread, "This one?", attachments=[{"interaction_id": said["id"]}])
    await desk.state_of(posted.json()["reply"]["id"], "sent")
    assert desk.taken()[0]["attachments"][0]["reference"] == "file-77"
    absent = await desk.reply(thread, "This one?", attachments=[{"interaction_id": said["id"], "position": 1}])
    assert (absent.status_code, absent.json()["code"]) == (422, "attachment_refused")


async def test_attachments_that_cannot_be_are_refused_and_nothing_is_written(desk: Desk) -> None:
    thread = await desk.hear()
    for wrong in (
        {"kind": "image"},
        {"kind": "image", "url": "http://shop.example/lamp.jpg"},
        {"kind": "image", "url": "file:///etc/passwd"},
        {"kind": "image", "url": "https://"},
        {"url": "https://shop.example/lamp.jpg"},
        {**PICTURE, "interaction_id": thread["id"]},
    ):
        refused = await desk.reply(thread, "Look", attachments=[wrong])
        assert (refused.status_code, refused.json()["code"]) == (422, "attachment_refused"), wrong
    assert (await desk.reply(thread, "Look", attachments=[PICTURE] * 11)).status_code == 422
    assert (await conversations(desk.service))[0]["message_count"] == 1


async def moved(desk: Desk, comment: dict[str, Any], **body: Any) -> httpx.Response:
    """Answer a comment in private."""
    return await desk.ask("POST", "/v1/conversations", {"channel_id": desk.partner.channel_id, "about_id": comment["id"], **body})


async def the_comment(desk: Desk) -> tuple[dict[str, Any], dict[str, Any]]:
    """A comment of Ines, with its conversation."""
    public = await desk.hear_comment()
    return public, (await messages(desk.service, public["id"]))[0]


async def linked(desk: Desk, thread: str) -> list[str]:
    found: list[str] = (await desk.ask("GET", f"/v1/conversations/{thread}")).json()["linked_ids"]
    return found


async def test_e4_a_public_matter_goes_on_in_private_linked_both_ways_and_answered(desk: Desk) -> None:
    public, comment = await the_comment(desk)
    answer = await moved(desk, comment, text="Which order is it?")
    assert answer.status_code == 201, answer.text
    private = answer.json()["conversation_id"]
    assert private != public["id"]
    assert (await linked(desk, public["id"]), await linked(desk, private)) == ([private], [public["id"]])
    await desk.state_of(answer.json()["reply"]["id"], "sent")
    (taken,) = desk.taken()
    assert (taken["text"], taken["recipient"]["external_id"]) == ("Which order is it?", "person-1")
    (settled,) = await messages(desk.service, public["id"])
    assert (settled["ledger"], settled["ledger_reason"], settled["member_id"]) == ("answered", "answered in private", str(desk.sol))
    assert settled["answer_id"] == answer.json()["reply"]["interaction_id"]


async def test_where_there_is_a_private_conversation_it_goes_on_there(desk: Desk) -> None:
    private = await desk.hear("Hello")
    public, comment = await the_comment(desk)
    answer = await moved(desk, comment, text="As I wrote")
    assert (answer.status_code, answer.json()["conversation_id"]) == (201, private["id"])
    assert await linked(desk, private["id"]) == [public["id"]]
    await desk.state_of(answer.json()["reply"]["id"], "sent")
    assert await ledger(desk.service) == {"inbound": 2, "owed": 0, "answered": 2, "declined": 0, "exempt": 0, "alarm": 0}


async def test_only_what_the_same_person_said_in_public_is_moved(desk: Desk) -> None:
    private = await desk.hear("Hello")
    (message,) = await messages(desk.service, private["id"])
    _, comment = await the_comment(desk)
    somebody = {"network": "shop", "external_id": "person-2"}
    refused = [
        await moved(desk, message, text="Hi"),
        await moved(desk, comment, text="Hi", recipient=somebody),
        await desk.ask("POST", "/v1/conversations", {"channel_id": desk.partner.channel_id, "text": "Hi"}),
    ]
    assert [(each.status_code, each.json()["code"]) for each in refused] == [(422, "about_refused")] * 3
    nothing = await moved(desk, {"id": "0197a000-0000-7000-8000-00000000ffff"}, text="Hi")
    assert (nothing.status_code, nothing.json()["code"]) == (404, "interaction_not_found")
    assert await linked(desk, private["id"]) == []
    assert (await ledger(desk.service))["owed"] == 2
