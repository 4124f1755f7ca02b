"""A Bot API whose answers a test decides: keeps every call, and the messages as people see them. Used by tests of sending."""

import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import orjson

from services.kit.hosting import Receive, Scope, Send
from tests.engagement.conftest import Service
from tests.engagement.waiting import conversations, journal_settled, messages, until
from tests.serving import served

TOKEN = "1:bot"
Answer = tuple[int, dict[str, Any]]


@dataclass
class BotApi:
    """Takes calls. `wrong` gives the answer of a call instead of the usual one, after the call was carried out if `carries_out`."""

    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    seen: dict[int, str] = field(default_factory=dict)
    wrong: Callable[[str], Answer | None] = lambda _: None
    carries_out: bool = False
    numbers: Any = field(default_factory=lambda: itertools.count(100))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call."""
        method, told = scope["path"].rpartition("/")[2], orjson.loads((await receive())["body"])
        self.calls.append((method, told))
        refused = self.wrong(method)
        usual = self._carried_out(method, told) if refused is None or self.carries_out else None
        status, body = refused or usual or (500, {})
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": orjson.dumps(body)})

    def made(self, method: str) -> list[dict[str, Any]]:
        """The parameters of the calls of one method."""
        return [told for called, told in self.calls if called == method]

    def _carried_out(self, method: str, told: dict[str, Any]) -> Answer:
        if method == "sendMessage":
            number = next(self.numbers)
            self.seen[number] = told["text"]
            return 200, {"ok": True, "result": {"message_id": number, "chat": {"id": told["chat_id"], "type": "private"}, "date": 1}}
        number = told["message_id"]
        if number not in self.seen:
            what = "edit" if method == "editMessageText" else "delete"
            return 400, {"ok": False, "error_code": 400, "description": f"Bad Request: message to {what} not found"}
        if method == "deleteMessage":
            del self.seen[number]
        elif self.seen[number] == told["text"]:
            return 400, {"ok": False, "error_code": 400, "description": "Bad Request: message is not modified: it is the same"}
        else:
            self.seen[number] = told["text"]
        return 200, {"ok": True, "result": True}


@dataclass
class BotDesk:
    """A service with one Telegram channel, and people who have written to its bot."""

    service: Service
    bot: BotApi
    channel: dict[str, Any]
    secret: str

    @classmethod
    @asynccontextmanager
    async def opened(cls, service: Service, *, people: int = 1) -> AsyncIterator["BotDesk"]:
        """A desk to which so many people have written."""
        bot = BotApi()
        async with served(bot) as url:
            made: Any = await service.connect("telegram", credentials={"token": TOKEN}, config={"api_base": url})
            desk = cls(service, bot, made["channel"], str(made["signing_secret"]))
            for number in range(1, people + 1):
                await desk.hear(number)
            await journal_settled(service, count=people)
            yield desk

    async def hear(self, person: int) -> None:
        """Let a person write."""
        sender = {"id": person, "is_bot": False, "first_name": f"Person {person}"}
        chat = {"id": person, "type": "private", "first_name": f"Person {person}"}
        message = {"message_id": person, "date": 1780000000, "chat": chat, "from": sender, "text": "hello"}
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.secret}
        update = {"update_id": person, "message": message}
        answer = await self.service.http.post(self.channel["webhook_path"], json=update, headers=headers)
        assert answer.status_code == 200, answer.text

    async def sent(self, text: str = "Hello", *, thread: str | None = None) -> dict[str, Any]:
        """A reply in the first conversation, or that one, once the platform has taken it."""
        return await self.posted("sent", text=text, thread=thread)

    async def posted(self, *states: str, text: str = "Hello", thread: str | None = None) -> dict[str, Any]:
        """The same, once it is in one of these states."""
        thread = thread or (await conversations(self.service))[0]["id"]
        path = f"/v1/conversations/{thread}/replies"
        posted = await self.service.http.post(path, json={"text": text}, headers=self.service.headers(member=uuid4()))
        assert posted.status_code == 201, posted.text
        return await self.once(posted.json()["reply"]["id"], lambda reply: reply["state"] in states)

    async def edit(self, reply: str, text: str) -> Any:
        """Ask for another text."""
        return await self.service.http.patch(f"/v1/replies/{reply}", json={"text": text}, headers=self.service.headers())

    async def delete(self, reply: str) -> Any:
        """Ask for its deletion."""
        return await self.service.http.delete(f"/v1/replies/{reply}", headers=self.service.headers())

    async def once(self, reply: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The reply, once this holds of it."""

        async def there() -> dict[str, Any] | None:
            found: dict[str, Any] = (await self.service.get(f"/v1/replies/{reply}")).json()
            return found if holds(found) else None

        found: dict[str, Any] = await until(there, within_seconds=25)
        return found

    async def changed(self, reply: str, *states: str) -> dict[str, Any]:
        """The reply, once its change is in one of these states."""
        return await self.once(reply, lambda found: bool(found["change"]) and found["change"]["state"] in states)

    async def row(self) -> dict[str, Any]:
        """Our own entry in the history."""
        thread = (await conversations(self.service))[0]["id"]
        (ours,) = [each for each in await messages(self.service, thread) if each["direction"] == "outbound"]
        return ours
