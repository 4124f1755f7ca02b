"""The server of Guild: an authorization server with PKCE, codes and refresh tokens that count once, and the accounts behind a token.

It is a network (protocol.Net) for tests without sockets, and an ASGI application for those with.
"""

import asyncio
import hashlib
import json
import socket
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

from services.engagement.protocol import NetAnswer, WebSocket
from services.kit.hosting import Receive, Scope, Send
from services.kit.http import read_body, respond

LIFETIME = timedelta(hours=1)


def now() -> datetime:
    """The machine's time."""
    return datetime.now(UTC)


@dataclass
class GuildServer:
    """`accounts` are (id, name); `away` answers that many calls with 503; `held` keeps answers back until it is set."""

    accounts: list[tuple[str, str]] = field(default_factory=lambda: [("guild-1", "Lantern Makers")])
    client: tuple[str, str] = ("our-id", "our-secret")
    clock: Callable[[], datetime] = now
    away: int = 0
    denies: bool = False
    revoked: bool = False
    refuses_webhooks: bool = False
    held: asyncio.Event | None = None
    asked: list[str] = field(default_factory=list)
    webhooks: list[dict[str, str]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    refreshes: int = 0
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)
    _refresh: str = ""

    async def request(
        self,
        method: str,
        url: str,
        *,
        json: object = None,
        data: bytes | Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_seconds: float = 10,
        max_bytes: int = 1_048_576,
    ) -> NetAnswer:
        """Keep protocol.Net."""
        del json, timeout_seconds, max_bytes
        form = dict(data) if isinstance(data, Mapping) else {}
        assert method in {"GET", "POST"}
        status, told = self.answer(urlsplit(url).path, form, (headers or {}).get("authorization", ""))
        if self.held is not None:
            await self.held.wait()
        return NetAnswer(status=status, headers={}, body=_encoded(told))

    async def connect(self, host: str, port: int, *, timeout_seconds: float = 10) -> socket.socket:
        """Keep protocol.Net; nobody does."""
        raise AssertionError(host, port, timeout_seconds)

    def websocket(self, url: str, **parts: object) -> AbstractAsyncContextManager[WebSocket]:
        """See Net."""
        raise AssertionError(url, parts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The same, over HTTP."""
        body = await read_body(receive, scope, cap_bytes=65536)
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        given = {name.decode(): value.decode() for name, value in scope["headers"]}
        status, told = self.answer(scope["path"], form, given.get("authorization", ""))
        await respond(send, status=status, body=_encoded(told))

    def expect_refresh(self, token: str) -> None:
        """From now on this refresh token counts, once."""
        self._refresh = token

    def consent(self, url: str) -> str:
        """A person opens the address and says yes, or no: where the browser is sent."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["client_id"] == self.client[0]
        if self.denies:
            told = {"error": "access_denied", "error_description": "The person said no <b>", "state": asked["state"]}
        else:
            code = f"code-{len(self._codes) + 1}"
            self._codes[code] = asked
            told = {"code": code, "state": asked["state"]}
        return f"{asked['redirect_uri']}?{urlencode(told)}"

    def answer(self, path: str, form: Mapping[str, str], authorization: str) -> tuple[int, dict[str, object]]:
        """What it says."""
        self.asked.append(path)
        if self.away > 0:
            self.away -= 1
            return 503, {"error": "away"}
        if path == "/token":
            return self._grant(form)
        if self.revoked or not self.tokens or authorization != f"Bearer {self.tokens[-1]}":
            return 401, {"error": "invalid_token"}
        if path == "/webhooks":
            self.webhooks.append(dict(form))
            return (400, {"error": "no such address"}) if self.refuses_webhooks else (200, {})
        return 200, {"accounts": [{"id": id_, "name": name, "rank": "gold"} for id_, name in self.accounts]}

    def _grant(self, form: Mapping[str, str]) -> tuple[int, dict[str, object]]:
        if (form.get("client_id"), form.get("client_secret")) != self.client:
            return 401, {"error": "invalid_client"}
        if form["grant_type"] == "authorization_code":
            asked = self._codes.pop(form["code"], None)
            if (
                asked is None
                or asked["redirect_uri"] != form["redirect_uri"]
                or asked["code_challenge"] != _challenge(form["code_verifier"])
            ):
                return 400, {"error": "invalid_grant"}
        elif self.revoked or form["refresh_token"] != self._refresh:
            # A refresh token that comes twice was stolen: nothing counts any more.
            self.revoked = True
            return 400, {"error": "invalid_grant"}
        else:
            self.refreshes += 1
        number = len(self.tokens) + 1
        self.tokens.append(f"token-{number}")
        self._refresh = f"refresh-{number}"
        ends = (self.clock() + LIFETIME).timestamp()
        return 200, {"access_token": self.tokens[-1], "refresh_token": self._refresh, "ends": ends}


def _challenge(verifier: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _encoded(told: object) -> bytes:
    return json.dumps(told).encode()
