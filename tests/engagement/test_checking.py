"""Credentials are asked of their platform before a channel is connected or changed; what that says, and what cannot be asked."""

import asyncio
import socket
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from uuid import uuid4

import orjson
import pytest

from services.engagement.channel_errors import CredentialsRefusedError, PlatformUnreachableError
from services.engagement.channels import NewChannel, wanted_channel
from services.engagement.checking import Checker
from services.engagement.protocol import InDoubtError, NetAnswer, NotSentError, WebSocket
from services.kit.hosting import Receive, Scope, Send
from services.kit.http import respond
from tests.engagement.conftest import Service
from tests.serving import served

BOT = {"ok": True, "result": {"id": 7, "is_bot": True, "first_name": "Acme", "username": "acme_bot"}}
NEW = NewChannel(platform="telegram", name="Acme", credentials={"token": "7:secret-of-the-bot"})


@dataclass
class BotNet:
    """A Bot API that answers so, or fails, or says nothing."""

    answer: Mapping[str, object] | Exception | None
    status: int = 200

    async def request(self, method: str, url: str, **_: object) -> NetAnswer:
        """See Net."""
        assert (method, url.rpartition("/")[2]) == ("POST", "getMe")
        if self.answer is None:
            await asyncio.Event().wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return NetAnswer(status=self.status, headers={}, body=orjson.dumps(self.answer))

    async def connect(self, host: str, port: int, *, timeout_seconds: float = 10) -> socket.socket:
        """See Net."""
        raise AssertionError(host, port, timeout_seconds)

    def websocket(self, url: str, **parts: object) -> AbstractAsyncContextManager[WebSocket]:
        """See Net."""
        raise AssertionError(url, parts)


async def test_what_the_platform_tells_fills_what_nobody_gave() -> None:
    checker = Checker(BotNet(BOT))
    assert await checker.check(wanted_channel(NEW)) == {"account": "7", "username": "acme_bot"}
    given = NewChannel(platform="telegram", name="Acme", credentials=NEW.credentials, config={"username": "mine", "account": "8"})
    assert await checker.check(wanted_channel(given)) == {}
    inlet = wanted_channel(NewChannel(platform="inlet", name="Shop"))
    assert await Checker(BotNet(None), timeout_seconds=0.01).check(inlet) == {}, "what cannot be asked is not"
    with pytest.raises(PlatformUnreachableError, match="no Bot API"):
        await Checker(BotNet({"ok": True, "result": {}})).check(wanted_channel(NEW))


async def test_refused_credentials_say_why_in_the_platforms_words() -> None:
    refused = {"ok": False, "error_code": 401, "description": "Unauthorized"}
    with pytest.raises(CredentialsRefusedError) as told:
        await Checker(BotNet(refused, status=401)).check(wanted_channel(NEW))
    assert "Unauthorized" in str(told.value)
    assert "secret-of-the-bot" not in f"{told.value!r} {told.value.extensions}"


@pytest.mark.parametrize("trouble", [NotSentError("refused"), InDoubtError("time-out"), None])
async def test_a_platform_that_cannot_be_asked_is_said_with_the_way_round_it(trouble: Exception | None) -> None:
    with pytest.raises(PlatformUnreachableError, match="without `check`"):
        await Checker(BotNet(trouble), timeout_seconds=0.05).check(wanted_channel(NEW))


async def test_nothing_is_connected_or_changed_that_was_not_taken(service: Service) -> None:
    body = {"platform": "telegram", "name": "Acme", "credentials": {"token": "7:x"}, "config": {"api_base": "http://127.0.0.1:9"}}
    refused = await service.post("/v1/channels", {**body, "check": True})
    assert (refused.status_code, refused.json()["code"]) == (422, "platform_unreachable")
    assert (await service.get("/v1/channels")).json() == []

    first = await service.post("/v1/channels", body)
    assert first.status_code == 201, first.text
    path = f"/v1/channels/{first.json()['channel']['id']}"
    changed = await service.http.patch(
        path, json={"credentials": {"token": "8:y"}, "name": "New", "check": True}, headers=service.headers()
    )
    assert (changed.status_code, changed.json()["code"]) == (422, "platform_unreachable")
    renamed = await service.http.patch(path, json={"name": "Other", "check": True}, headers=service.headers())
    assert (renamed.status_code, renamed.json()["name"]) == (200, "Other"), "a name asks nobody"
    unchecked = await service.http.patch(path, json={"credentials": {"token": "8:y"}}, headers=service.headers())
    assert unchecked.status_code == 200

    async def bot(scope: Scope, receive: Receive, send: Send) -> None:
        await respond(send, status=200, body=orjson.dumps(BOT))

    keyed = {**service.headers(member=uuid4()), "idempotency-key": "one"}
    async with served(bot) as url:
        checked = {**body, "config": {"api_base": url}, "check": True}
        once = await service.http.post("/v1/channels", json=checked, headers=keyed)
    again = await service.http.post("/v1/channels", json=checked, headers=keyed)
    assert (once.status_code, again.json(), again.headers["idempotency-replayed"]) == (201, once.json(), "true"), (
        "it is asked of nobody twice"
    )
