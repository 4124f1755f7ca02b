"""A platform that fails in every way it can: each reply is taken once all the same, and no other channel notices."""

import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import orjson
import pytest

from services.engagement.settings import EngagementSettings
from services.kit.hosting import Receive, Scope, Send
from tests.engagement.bot import BotDesk
from tests.engagement.conftest import Service
from tests.engagement.partner import Partner
from tests.engagement.shop import Desk, Shop
from tests.serving import served

PEOPLE = 16
# Of a hundred calls: what goes wrong, and whether the platform took the reply before it did.
FAULTS = (
    ("5xx", 15, False),
    ("5xx", 15, True),
    ("stall", 6, True),
    ("reset mid-body", 6, True),
    ("truncated", 6, True),
    ("429 seconds", 6, False),
    ("429 date", 6, False),
    ("well", 40, True),
)


@pytest.fixture
def settings(database_url: str, nats_url: str, secret_key: str) -> EngagementSettings:
    return EngagementSettings(
        database_url=database_url, nats_url=nats_url, secret_key=secret_key, allow_private_addresses=True, send_timeout_seconds=1.0
    )


@pytest.fixture
def service(own_service: Service) -> Service:
    """With these settings."""
    return own_service


@dataclass
class Faulty:
    """A partner that misbehaves by a seeded dice; it answers look-ups truthfully."""

    dice: random.Random = field(default_factory=lambda: random.Random(20))
    taken: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request of the sender."""
        if scope["method"] == "GET":
            await _answer(send, 200 if scope["path"].rpartition("/")[2] in self.taken else 404)
            return
        reply = orjson.loads((await receive())["body"])["id"]
        ((kind, _, takes),) = self.dice.choices(FAULTS, weights=[weight for _, weight, _ in FAULTS])
        self.seen[kind] += 1
        if takes:
            self.taken[reply] += 1
        await self._misbehave(kind, receive=receive, send=send)

    async def _misbehave(self, kind: str, *, receive: Receive, send: Send) -> None:
        match kind:
            case "5xx":
                await _answer(send, self.dice.choice([500, 502, 503]))
            case "stall":
                while (await receive())["type"] != "http.disconnect":
                    pass
            case "reset mid-body":
                await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"100")]})
                await send({"type": "http.response.body", "body": b'{"external', "more_body": True})
            case "truncated":
                await _answer(send, 200, b'{"external_id": "p-')
            case "429 seconds":
                await _answer(send, 429, b"slow down", (b"retry-after", b"1"))
            case "429 date":
                until = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
                await _answer(send, 429, b"slow down", (b"retry-after", until.encode()))
            case _:
                await _answer(send, 200)


async def _answer(send: Send, status: int, body: bytes = b"", *headers: tuple[bytes, bytes]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
async def faulty(service: Service) -> AsyncIterator[tuple[Desk, Faulty]]:
    platform = Faulty()
    async with served(platform) as url:
        desk = Desk(service, Shop(), await Partner.connected(service, reply_url=f"{url}/replies", lookup="true"))
        await desk.hear(PEOPLE)
        yield desk, platform


@pytest.mark.timeout(300)
async def test_every_reply_is_taken_once_whatever_the_platform_does(faulty: tuple[Desk, Faulty]) -> None:
    desk, platform = faulty
    posted = [await desk.reply(f"Hello {number}", thread=thread) for number, thread in enumerate(await desk.threads())]
    async with Desk.opened(desk.service, people=1) as other:
        await other.state(await other.reply(), "sent")
        assert (await other.health())["breaker"] == "closed"
    for reply in posted:
        await desk.state(reply, "sent", within_seconds=180)
    assert platform.taken == Counter(posted)
    assert {"5xx", "well"} < set(platform.seen)


async def test_an_error_in_a_200_is_a_refusal_and_nothing_is_sent_again(service: Service) -> None:
    async with BotDesk.opened(service) as desk:
        told = {"ok": False, "error_code": 400, "description": "Bad Request: chat is gone"}
        desk.bot.wrong = lambda _: (200, told)
        failed = await desk.posted("failed")
        assert (failed["reason"], len(desk.bot.made("sendMessage"))) == ("Bad Request: chat is gone", 1)
