"""Those who send to us in scenarios: platforms with webhooks in their own shape, a visitor's browser, a partner who listens. No tests.

What a platform sends goes once, or, in a storm, twice each in any order, until it is acknowledged.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from joserfc import jwt
from joserfc.jwk import OctKey
from standardwebhooks.webhooks import Webhook

from services.kit.clock import SystemClock
from tests.flows.product import Connected
from tests.flows.waiting import until

PATIENCE_SECONDS = 40.0
ORIGIN = "https://shop.example"


@dataclass(frozen=True)
class Delivery:
    """A webhook as its platform sends it; headers are made for each attempt, for some tell the time."""

    url: str
    body: bytes
    headers: Callable[[], Mapping[str, str]]


def told(channel: Connected, body: object, headers: Callable[[bytes], Mapping[str, str]]) -> Delivery:
    """A webhook to a channel."""
    raw = json.dumps(body).encode()
    return Delivery(channel.webhook_url, raw, lambda: {"content-type": "application/json", **headers(raw)})


def telegram(channel: Connected, *, update: int, person: Mapping[str, object], text: str, at: int) -> Delivery:
    """A message to a bot."""
    chat = {"id": person["id"], "type": "private", "first_name": person["first_name"]}
    message = {"message_id": update, "from": {**person, "is_bot": False}, "chat": chat, "date": at, "text": text}
    secret = {"x-telegram-bot-api-secret-token": channel.secret}
    return told(channel, {"update_id": update, "message": message}, lambda _: secret)


def facebook_comment(channel: Connected, *, id_: str, post: str, person: Mapping[str, object], text: str, at: int) -> Delivery:
    """A comment on a post of a page."""
    page = channel.account
    value = {
        "item": "comment",
        "verb": "add",
        "comment_id": f"{post}_{id_}",
        "post_id": f"{page}_{post}",
        "parent_id": f"{page}_{post}",
        "from": person,
        "message": text,
        "created_time": at,
        "post": {"id": f"{page}_{post}", "is_published": True},
    }
    body = {"object": "page", "entry": [{"id": page, "time": at, "changes": [{"field": "feed", "value": value}]}]}
    return told(
        channel, body, lambda raw: {"x-hub-signature-256": "sha256=" + hmac.digest(channel.secret.encode(), raw, hashlib.sha256).hex()}
    )


def inlet(channel: Connected, event: Mapping[str, object]) -> Delivery:
    """An event of any system."""
    id_ = f"msg_{uuid4().hex}"

    def signed(raw: bytes) -> Mapping[str, str]:
        moment = str(int(time.time()))
        key = base64.b64decode(channel.secret.removeprefix("whsec_"))
        signature = base64.b64encode(hmac.digest(key, f"{id_}.{moment}.".encode() + raw, hashlib.sha256)).decode()
        return {"webhook-id": id_, "webhook-timestamp": moment, "webhook-signature": f"v1,{signature}"}

    return told(channel, event, signed)


@dataclass
class Post:
    """How deliveries go: each once and in order, or all of them twice, shuffled over some seconds. The same seed shuffles alike."""

    http: httpx.AsyncClient
    copies: int = 1
    within_seconds: float = 0.0
    chance: random.Random = field(default_factory=lambda: random.Random(5))

    async def send(self, *deliveries: Delivery) -> None:
        """Until each is acknowledged."""
        if self.copies == 1:
            for each in deliveries:
                await self._until_taken(each, after=0.0)
            return
        async with asyncio.TaskGroup() as group:
            for each in deliveries * self.copies:
                group.create_task(self._until_taken(each, after=self.chance.uniform(0.0, self.within_seconds)))

    async def _until_taken(self, delivery: Delivery, *, after: float) -> None:
        await asyncio.sleep(after)
        await patiently(lambda: self.http.post(delivery.url, content=delivery.body, headers=dict(delivery.headers())), wanted=_is_good)


def _is_good(status: int) -> bool:
    return 200 <= status < 300


async def patiently(ask: Callable[[], Awaitable[httpx.Response]], *, wanted: Callable[[int], bool]) -> httpx.Response:
    """The answer, once it is the wanted one; a process that is just being killed is asked again."""

    async def answered() -> httpx.Response | None:
        try:
            answer = await ask()
        except httpx.TransportError:
            return None
        assert wanted(answer.status_code) or answer.status_code in {409, 502, 503, 504}, answer.text
        return answer if wanted(answer.status_code) else None

    found = await until(answered, seconds=PATIENCE_SECONDS)
    assert found is not None
    return found


@dataclass
class Visitor:
    """A browser on a customer's site, signed in there: the site vouches for who it is."""

    http: httpx.AsyncClient
    channel: Connected

    async def write(self, text: str, *, subject: str, copies: int, **claims: object) -> None:
        """Open a session and send one message, again under its id as often as wished."""
        address = self.channel.webhook_url.replace("/webhooks/", "/webchat/")
        identity = {"sub": subject, "exp": int(time.time()) + 300, "jti": uuid4().hex, **claims}
        signed = jwt.encode({"alg": "HS256"}, identity, OctKey.import_key(self.channel.secret), algorithms=["HS256"])
        headers = {"origin": ORIGIN}
        opening = {"identity": signed, "browser": uuid4().hex}
        opened = await patiently(
            lambda: self.http.post(f"{address}/session", json=opening, headers=headers), wanted=lambda code: code == 200
        )
        headers["authorization"] = f"Bearer {opened.json()['token']}"
        message = {"id": uuid4().hex, "text": text}
        for _ in range(copies):
            await patiently(lambda: self.http.post(f"{address}/messages", json=message, headers=headers), wanted=_is_good)


@dataclass
class Listening:
    """A partner's server that is told of events; it proves each and keeps one of each id."""

    secret: str = ""
    events: dict[str, dict[str, Any]] = field(default_factory=dict)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Take a post."""
        body, more = b"", True
        while more:
            part = await receive()
            body, more = body + part.get("body", b""), part.get("more_body", False)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        Webhook(self.secret).verify(body, headers)
        self.events.setdefault(headers["webhook-id"], json.loads(body))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    def of_type(self, type_: str) -> list[dict[str, Any]]:
        """What it was told of one type."""
        return [each for each in self.events.values() if each["type"] == type_]


def now_seconds() -> int:
    """As platforms tell the time."""
    return int(SystemClock().now().timestamp())
