"""The simulated platforms as a process: they send, retry, receive, misbehave and keep the ledger that other tests rely on."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from standardwebhooks.webhooks import Webhook

from rapport.simulation import SimulatedPlatforms, SimulationError

TOKEN = "7000000001:test"
SECRET = "whsec_bHVtZW4taW5sZXQtc2VjcmV0LW51bWJlci0x"
INES = {"id": 501, "first_name": "Ines", "username": "ines_f"}


@dataclass
class Receiver:
    """Our side of a webhook: answers with the given statuses in turn, then 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    seen: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        """Remember and answer."""
        self.seen.append(({name.lower(): value for name, value in request.headers.items()}, await request.read()))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.add_routes([web.post("/hook", receiver.take)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiver
    await runner.cleanup()


@pytest.fixture
async def platforms(platforms: SimulatedPlatforms, receiver: Receiver) -> SimulatedPlatforms:
    """With a bot whose webhook is the test's receiver."""
    await platforms.add_bot(TOKEN, username="lumen_bot", webhook_url=receiver.url, secret_token="s-1")
    return platforms


async def call(platforms: SimulatedPlatforms, method: str, **parameters: Any) -> tuple[int, Any]:
    async with platforms.session.post(f"{platforms.url}/bot{TOKEN}/{method}", json=parameters) as answer:
        return answer.status, await answer.json()


async def test_update_is_retried_until_it_is_acknowledged_and_both_tries_are_in_the_ledger(
    platforms: SimulatedPlatforms, receiver: Receiver
) -> None:
    receiver.statuses = [503, 500]
    sent = await platforms.telegram_message(TOKEN, person=INES, text="Hello?")
    assert sent["acked"]
    assert [entry["status"] for entry in platforms.ledger()] == [503, 500, 200]
    assert len({body for _, body in receiver.seen}) == 1
    assert {headers["x-telegram-bot-api-secret-token"] for headers, _ in receiver.seen} == {"s-1"}
    (acked,) = platforms.acked_events("telegram")
    assert (acked["key"], acked["text"]) == (sent["key"], "Hello?")


async def test_update_ids_grow(platforms: SimulatedPlatforms) -> None:
    keys = [int((await platforms.telegram_message(TOKEN, person=INES, text=str(number)))["key"]) for number in range(3)]
    assert keys == sorted(set(keys))


async def test_crowd_sends_every_event_once_acknowledged(platforms: SimulatedPlatforms, receiver: Receiver) -> None:
    receiver.statuses = [503] * 5
    await platforms.telegram_crowd(TOKEN, count=40, rate_per_second=400, people=7, seed=3)
    await platforms.drained(within_seconds=30)
    acked = platforms.acked_events("telegram")
    assert len(acked) == 40
    assert len({entry["key"] for entry in acked}) == 40
    assert len({entry["text"] for entry in acked}) == 40


@pytest.mark.parametrize(
    ("parameters", "code", "description"),
    [
        ({"chat_id": 999, "text": "x"}, 400, "Bad Request: chat not found"),
        ({"chat_id": 501, "text": ""}, 400, "Bad Request: message text is empty"),
        ({"chat_id": 501, "text": "x" * 4097}, 400, "Bad Request: message is too long"),
        ({"chat_id": 501, "text": "x", "reply_parameters": {"message_id": 1}}, 400, "Bad Request: message to be replied not found"),
        ({"text": "x"}, 400, "Bad Request: parameter chat_id is required"),
    ],
)
async def test_bad_call_is_refused_in_the_words_of_the_bot_api(
    platforms: SimulatedPlatforms, parameters: dict[str, Any], code: int, description: str
) -> None:
    await platforms.telegram_message(TOKEN, person=INES, text="Hello?")
    assert await call(platforms, "sendMessage", **parameters) == (code, {"ok": False, "error_code": code, "description": description})
    assert platforms.accepted_replies("telegram") == []


async def test_reply_is_taken_and_in_the_ledger(platforms: SimulatedPlatforms) -> None:
    await platforms.telegram_message(TOKEN, person=INES, text="Hello?")
    status, said = await call(platforms, "sendMessage", chat_id=501, text="Hello!")
    assert (status, said["ok"]) == (200, True)
    (taken,) = platforms.accepted_replies("telegram")
    assert taken["text"] == "Hello!"
    assert taken["external_id"] == f"501:{said['result']['message_id']}"


@pytest.mark.parametrize(
    ("kind", "taken"), [("reset_before", 0), ("reset_after_write", 1), ("server_error", 0), ("server_error_after", 1), ("truncated", 1)]
)
async def test_fault_answers_badly_and_the_ledger_knows_whether_it_was_taken(platforms: SimulatedPlatforms, kind: str, taken: int) -> None:
    await platforms.telegram_message(TOKEN, person=INES, text="Hello?")
    await platforms.misbehave("telegram", kind=kind)
    try:
        status, _ = await call(platforms, "sendMessage", chat_id=501, text="Hello!")
        assert status == 502
    except (aiohttp.ClientError, ValueError):
        assert kind in {"reset_before", "reset_after_write", "truncated"}
    assert len(platforms.accepted_replies("telegram")) == taken
    assert (await call(platforms, "sendMessage", chat_id=501, text="Again"))[0] == 200


async def test_rate_limit_and_block_tell_why(platforms: SimulatedPlatforms) -> None:
    await platforms.telegram_message(TOKEN, person=INES, text="Hello?")
    await platforms.misbehave("telegram", kind="rate_limited", retry_after=3)
    status, said = await call(platforms, "sendMessage", chat_id=501, text="Hello!")
    assert (status, said["parameters"]) == (429, {"retry_after": 3})
    await platforms.block(TOKEN, chat="501")
    status, said = await call(platforms, "sendMessage", chat_id=501, text="Hello!")
    assert (status, said["description"]) == (403, "Forbidden: bot was blocked by the user")
    assert platforms.accepted_replies("telegram") == []


async def test_partner_signs_its_events_and_checks_our_replies(platforms: SimulatedPlatforms, receiver: Receiver) -> None:
    reply_url = await platforms.add_partner("crm", webhook_url=receiver.url, secret=SECRET)
    event = {"id": "e-1", "kind": "direct", "text": "Hi"}
    assert (await platforms.inlet_events("crm", events=[event]))["acked"]
    headers, body = receiver.seen[-1]
    assert Webhook(SECRET).verify(body, headers) == event
    unsigned = {"webhook-id": "r-1", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}
    async with platforms.session.post(reply_url, data=b"{}", headers=unsigned) as answer:
        assert answer.status == 401
    assert platforms.accepted_replies("inlet") == []


async def test_simulation_refuses_a_fault_it_does_not_know(platforms: SimulatedPlatforms) -> None:
    with pytest.raises(SimulationError):
        await platforms.misbehave("telegram", kind="melt")


async def test_ledger_survives_a_restart(tmp_path: Path, receiver: Receiver) -> None:
    for number in range(2):
        async with SimulatedPlatforms.running(tmp_path / "ledger.jsonl") as platforms:
            await platforms.add_bot(TOKEN, username="lumen_bot", webhook_url=receiver.url, secret_token="s-1")
            await platforms.telegram_message(TOKEN, person=INES, text=f"Run {number}")
            assert len(platforms.acked_events("telegram")) == number + 1
