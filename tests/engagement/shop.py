"""The other side of an inlet channel as a script: answers replies as the test says and keeps what came. Used by tests of sending."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import orjson

from services.kit.hosting import Receive, Scope, Send
from tests.engagement.conftest import Service
from tests.engagement.partner import Partner, event
from tests.engagement.waiting import conversations, journal_settled, messages, until
from tests.serving import served

Answer = tuple[int, bytes]
Script = Callable[[dict[str, Any]], Awaitable[Answer]]


async def taken(_: dict[str, Any]) -> Answer:
    """The shop takes whatever it is given."""
    return 200, b""


@dataclass
class Shop:
    """Answers posted replies, and questions about them, as the test says; keeps what came and when."""

    take: Script = taken
    told: Answer = (404, b"")
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    posted: list[float] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    asked: list[float] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request of the sender."""
        if scope["method"] == "POST":
            self.posted.append(time.monotonic())
            reply = orjson.loads((await receive())["body"])
            self.texts.append(reply.get("text", ""))
            status, body = await self.take(reply)
        else:
            self.asked.append(time.monotonic())
            status, body = self.told
        await send({"type": "http.response.start", "status": status, "headers": self.headers})
        await send({"type": "http.response.body", "body": body})


@dataclass
class Desk:
    """A service with one channel to a shop, and people who have written, each in a conversation of their own."""

    service: Service
    shop: Shop
    partner: Partner

    @classmethod
    @asynccontextmanager
    async def opened(cls, service: Service, *, people: int = 1, **config: str) -> AsyncIterator["Desk"]:
        """A desk to which so many people have written."""
        shop = Shop()
        async with served(shop) as url:
            partner = await Partner.connected(service, reply_url=f"{url}/replies", **config)
            desk = cls(service, shop, partner)
            await desk.hear(people)
            yield desk

    async def hear(self, people: int) -> None:
        """Let people write, each once."""
        writers = [{"network": "shop", "external_id": f"person-{number}"} for number in range(1, people + 1)]
        await self.partner.deliver(
            *(event(number, id=f"{self.partner.channel_id}-{number}", author=who) for number, who in enumerate(writers, 1))
        )
        await journal_settled(self.service, count=people)

    async def threads(self) -> list[str]:
        """The ids of this channel's conversations."""
        return [each["id"] for each in await conversations(self.service) if each["channel_id"] == self.partner.channel_id]

    async def reply(self, text: str = "Hello", *, thread: str | None = None, **body: Any) -> str:
        """Post a reply as some member; gives its id."""
        if thread is None:
            (thread,) = await self.threads()
        path = f"/v1/conversations/{thread}/replies"
        posted = await self.service.http.post(path, json={"text": text, **body}, headers=self.service.headers(member=uuid4()))
        assert posted.status_code == 201, posted.text
        return str(posted.json()["reply"]["id"])

    async def found(self, reply: str) -> dict[str, Any]:
        """The reply as it stands now."""
        found: dict[str, Any] = (await self.service.get(f"/v1/replies/{reply}")).json()
        return found

    async def state(self, reply: str, *wanted: str, within_seconds: float = 25) -> dict[str, Any]:
        """The reply, once it is in one of these states."""

        async def there() -> dict[str, Any] | None:
            found = await self.found(reply)
            return found if found["state"] in wanted else None

        found: dict[str, Any] = await until(there, within_seconds=within_seconds)
        return found

    async def health(self) -> dict[str, Any]:
        """How the channel fares."""
        answer = await self.service.get(f"/v1/channels/{self.partner.channel_id}/health")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def status(self, wanted: str) -> dict[str, Any]:
        """The channel's health, once its status is this."""

        async def there() -> dict[str, Any] | None:
            found = await self.health()
            return found if found["status"] == wanted else None

        found: dict[str, Any] = await until(there, within_seconds=25)
        return found

    async def history(self) -> list[dict[str, Any]]:
        """The one conversation's messages."""
        (thread,) = await self.threads()
        return await messages(self.service, thread)
