"""A webhook becomes history, a reply reaches the platform once: engagement alone, with simulated platforms beside it."""

from typing import Any

from rapport.simulation.client import SimulatedPlatforms
from tests.engagement.conftest import Service
from tests.engagement.waiting import conversations, journal_settled, messages, until

PERSON = {"id": 551, "first_name": "Maria", "last_name": "L", "language_code": "es"}
BOT = "551:bot-token-for-tests"


async def connect_telegram(service: Service, platforms: SimulatedPlatforms) -> dict[str, Any]:
    made = await service.connect("telegram", credentials={"token": BOT}, config={"api_base": platforms.url})
    webhook = service.url + made["channel"]["webhook_path"]
    await platforms.add_bot(BOT, username="acme_bot", webhook_url=webhook, secret_token=made["signing_secret"])
    return made["channel"]


async def test_a_message_becomes_history_and_the_reply_arrives_once(service: Service, platforms: SimulatedPlatforms) -> None:
    await connect_telegram(service, platforms)
    sent = await platforms.telegram_message(BOT, person=PERSON, text="hola, hay alguien?")
    assert sent["acked"]

    thread = (await until(lambda: conversations(service)))[0]
    (message,) = await messages(service, thread["id"])
    assert (message["text"], message["author_name"], message["ledger"]) == ("hola, hay alguien?", "Maria L", "owed")

    path = f"/v1/conversations/{thread['id']}/replies"
    body = {"text": "Si, dime.", "version": thread["version"]}
    posted = await service.post(path, body, **{"Idempotency-Key": "click-1"})
    assert posted.status_code == 201, posted.text
    headers = posted.request.headers
    again = await service.http.post(path, json=body, headers=headers)
    assert again.json() == posted.json()

    reply = posted.json()["reply"]

    async def is_sent() -> bool:
        return bool((await service.get(f"/v1/replies/{reply['id']}")).json()["state"] == "sent")

    await until(is_sent)
    (accepted,) = platforms.accepted_replies("telegram")
    assert accepted["text"] == "Si, dime."
    ledger = (await service.get("/v1/ledger")).json()
    assert ledger == {"inbound": 1, "owed": 0, "answered": 1, "declined": 0, "exempt": 0, "alarm": 0}


async def test_a_crowd_becomes_as_many_messages_and_no_more(service: Service, platforms: SimulatedPlatforms) -> None:
    await connect_telegram(service, platforms)
    await platforms.telegram_message(BOT, person=PERSON, text="one")
    await platforms.telegram_crowd(BOT, count=50, rate_per_second=500)
    await platforms.drained(within_seconds=20)

    assert await journal_settled(service, count=51) == {"done": 51}
    assert sum(each["message_count"] for each in await conversations(service)) == 51
