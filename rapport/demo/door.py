"""The product's public door as the demo uses it: GraphQL over HTTP and WebSocket with a signed-in member, REST with an API key.

Called by playing. Knows nothing that a front-end developer could not read in schema.graphql.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import msgspec

from rapport.demo.answers import PICTURE, POST_REPLY, REPLY_CHANGED, SIGN_IN, Contact, LedgerCounts, Moved, Picture

CALL_SECONDS = 10.0
SUBPROTOCOL = "graphql-transport-ws"


class DoorError(Exception):
    """The product answered something that the demo did not ask for; the message is its code, never a text or a token."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A member's way in."""

    session: aiohttp.ClientSession
    url: str
    token: str = field(repr=False)

    async def see(self) -> Picture:
        """Everything there is to see, in one query."""
        data = await _ask(self.session, self.url, PICTURE, {}, token=self.token)
        contacts = _lower(data["contacts"]["nodes"])
        return Picture(
            contacts=msgspec.convert(contacts, list[Contact]),
            ledger=msgspec.convert(data["ledger"], LedgerCounts),
        )

    async def post_reply(self, *, conversation: str, answering: str, version: int, text: str) -> str:
        """The reply's id. Raises DoorError where it is refused."""
        wanted = {"conversationId": conversation, "inReplyTo": answering, "version": version, "text": text}
        answer = (await _ask(self.session, self.url, POST_REPLY, {"input": wanted}, token=self.token))["postReply"]
        if answer["__typename"] != "ReplyPosted":
            raise DoorError(f"postReply answered {answer['__typename']}")
        return str(answer["reply"]["id"])

    @asynccontextmanager
    async def follow_replies(self) -> AsyncIterator[AsyncIterator[Moved]]:
        """What the subscription tells of replies moving on, from now on."""
        timeout = aiohttp.ClientWSTimeout(ws_close=CALL_SECONDS)
        address = f"{self.url}/graphql"
        async with self.session.ws_connect(address, protocols=(SUBPROTOCOL,), timeout=timeout) as socket:
            await socket.send_json({"type": "connection_init", "payload": {"authorization": f"Bearer {self.token}"}})
            acknowledged = await socket.receive_json(timeout=CALL_SECONDS)
            if acknowledged.get("type") != "connection_ack":
                raise DoorError("the socket was not acknowledged")
            await socket.send_json({"id": "replies", "type": "subscribe", "payload": {"query": REPLY_CHANGED}})
            yield _moves(socket)


async def sign_in(session: aiohttp.ClientSession, url: str, *, workspace: str, email: str, password: str) -> SignedIn:
    """As a person does. Raises DoorError where it is refused."""
    wanted = {"workspace": workspace, "email": email, "password": password}
    answer = (await _ask(session, url, SIGN_IN, {"input": wanted}, token=None))["signIn"]
    if answer["__typename"] != "SignedIn":
        raise DoorError(f"signIn answered {answer['__typename']}")
    return SignedIn(session, url, answer["accessToken"])


async def read_ledger_over_rest(session: aiohttp.ClientSession, url: str, *, api_key: str) -> LedgerCounts:
    """GET /v1/ledger, as a partner does. Raises DoorError."""
    headers = {"authorization": f"Bearer {api_key}"}
    async with session.get(f"{url}/v1/ledger", headers=headers, timeout=_timeout()) as answer:
        if answer.status != 200:
            raise DoorError(f"GET /v1/ledger answered {answer.status}")
        return msgspec.convert(await answer.json(), LedgerCounts)


async def _ask(session: aiohttp.ClientSession, url: str, query: str, variables: Mapping[str, Any], *, token: str | None) -> Any:  # noqa: ANN401 - JSON, converted by the caller
    headers = {"authorization": f"Bearer {token}"} if token else {}
    asked = {"query": query, "variables": variables}
    async with session.post(f"{url}/graphql", json=asked, headers=headers, timeout=_timeout()) as answer:
        told = await answer.json(content_type=None)
    if "data" not in told or told["data"] is None or told.get("errors"):
        codes = [str(error.get("extensions", {}).get("code", "?")) for error in told.get("errors", [])]
        raise DoorError(f"GraphQL answered {answer.status} {', '.join(codes)}")
    return told["data"]


async def _moves(socket: aiohttp.ClientWebSocketResponse) -> AsyncIterator[Moved]:
    async for message in socket:
        told = message.json()
        if told.get("type") == "ping":
            await socket.send_json({"type": "pong"})
        elif told.get("type") == "next":
            change = told["payload"]["data"]["replyChanged"]
            if change["__typename"] == "ReplyChanged" and change["reply"] is not None:
                plain = {"replyId": change["reply"]["id"], "state": change["state"].lower(), "at": change["at"]}
                yield msgspec.convert(plain, Moved)


_ENUMS = frozenset({"kind", "direction", "ledger", "discipline", "phase", "urgency", "state"})


def _lower(value: object, name: str = "") -> object:
    """GraphQL writes its enums in capitals, the contracts in lower case."""
    if isinstance(value, dict):
        return {key: _lower(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [_lower(each, name) for each in value]
    return value.lower() if name in _ENUMS and isinstance(value, str) else value


def _timeout() -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=CALL_SECONDS)
