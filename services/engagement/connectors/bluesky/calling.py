"""Calls of one channel: queries, procedures and uploads, each with its session, and through the chat service where they are its.

Called by sending, acting and listening; its only I/O is the injected network. Vendor's page: https://atproto.com/specs/xrpc.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlencode

import msgspec

from services.engagement.connectors.bluesky.answers import EXPIRED, failure_of, refusal_in
from services.engagement.connectors.bluesky.proofs import proof
from services.engagement.connectors.bluesky.sessions import Session, Sessions
from services.engagement.protocol import (
    ChannelAccess,
    CredentialsExpiredError,
    InDoubtError,
    Net,
    NetAnswer,
    NotJsonError,
    NotSentError,
    clean_json,
    read_json,
    read_payload,
)
from services.kit.clock import Clock

_CHAT = "chat.bsky."
# Whom the account's server is to ask (https://atproto.com/specs/xrpc#service-proxying): not every server knows that by itself.
_SERVICES = {"app.bsky.": "did:web:api.bsky.app#bsky_appview", _CHAT: "did:web:api.bsky.chat#bsky_chat"}
_UPLOAD = "com.atproto.repo.uploadBlob"
_TIMEOUT_SECONDS = 20.0
_PAGE_BYTES = 8 * 1024 * 1024

Answer = TypeVar("Answer", bound=msgspec.Struct)
Parameters = Mapping[str, str | int | Sequence[str]]


@dataclass(frozen=True, slots=True)
class Caller:
    """The account's server, for one channel. `clock` says how long a refusal's wait is."""

    channel: ChannelAccess
    net: Net
    sessions: Sessions
    clock: Clock

    async def session(self) -> Session:
        """Who we are there. Raises what signing in raises."""
        return await self.sessions.current(self.channel, net=self.net)

    async def query(self, name: str, parameters: Parameters, *, into: type[Answer]) -> Answer:
        """Read something. What breaks here has changed nothing, so it is never in doubt."""
        return self._read(await self._reading(name, parameters), name=name, into=into)

    async def page(self, name: str, parameters: Parameters) -> bytes:
        """Read a page and give it exactly as it came, an object of JSON."""
        answer = await self._reading(name, parameters)
        body = clean_json(answer.body)
        try:
            if isinstance(read_json(body), dict):
                return body
        except NotJsonError as error:
            raise NotSentError(f"the answer of {name} cannot be read") from error
        raise NotSentError(f"the answer of {name} is no page")

    async def procedure(self, name: str, json: object, *, into: type[Answer]) -> Answer:
        """Change something. Where nobody knows whether it did, `InDoubtError`."""
        answer = await self._asked("POST", name, json=json)
        return self._read(answer, name=name, into=into)

    async def upload(self, content: bytes, *, type_: str, into: type[Answer]) -> Answer:
        """Hand in a file. One that nothing refers to is thrown away there, so it is never in doubt."""
        try:
            answer = await self._asked("POST", _UPLOAD, data=content, headers={"content-type": type_})
            return self._read(answer, name=_UPLOAD, into=into)
        except InDoubtError as error:
            raise NotSentError(error.reason) from error

    async def _reading(self, name: str, parameters: Parameters) -> NetAnswer:
        asked = urlencode(parameters, doseq=True)
        try:
            answer = await self._asked("GET", f"{name}?{asked}" if asked else name)
            if answer.status >= 300:
                raise failure_of(answer, now=self.clock.now(), chat=name.startswith(_CHAT))
        except InDoubtError as error:
            raise NotSentError(error.reason) from error
        return answer

    async def _asked(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> NetAnswer:
        """One request; where the session has ended, another session and once more."""
        session = await self.session()
        answer = await self._request(session, method, path, json=json, data=data, headers=headers)
        if session.key or answer.status not in {400, 401} or refusal_in(answer).error != EXPIRED:
            return answer
        await self.sessions.renew(self.channel, stale=session, net=self.net)
        return await self._request(await self.session(), method, path, json=json, data=data, headers=headers)

    async def _request(
        self,
        session: Session,
        method: str,
        path: str,
        *,
        json: object,
        data: bytes | None,
        headers: Mapping[str, str] | None,
    ) -> NetAnswer:
        asked = next((service for space, service in _SERVICES.items() if path.startswith(space)), None)
        said = {**({"atproto-proxy": asked} if asked else {}), **(headers or {})}
        url = f"{session.home}/xrpc/{path}"
        answer = await self._sent(method, url, session=session, json=json, data=data, headers=said)
        if session.key and answer.status == 401 and _wants_nonce(answer):
            return await self._sent(method, url, session=session, json=json, data=data, headers=said)
        return answer

    async def _sent(
        self, method: str, url: str, *, session: Session, json: object, data: bytes | None, headers: Mapping[str, str]
    ) -> NetAnswer:
        said = {**self._proven(method, url, session=session), **headers}
        answer = await self.net.request(
            method, url, json=json, data=data, headers=said, timeout_seconds=_TIMEOUT_SECONDS, max_bytes=_PAGE_BYTES
        )
        if session.key and (nonce := answer.headers.get("dpop-nonce", "")):
            self.sessions.keep_nonce(session.home, nonce)
        return answer

    def _proven(self, method: str, url: str, *, session: Session) -> dict[str, str]:
        """Who asks: whoever has the token, or whoever has its key, too."""
        if not session.key:
            return {"authorization": f"Bearer {session.access}"}
        nonce = self.sessions.nonce_of(session.home)
        try:
            shown = proof(session.key, method=method, url=url, now=self.clock.now(), nonce=nonce, access=session.access)
        except ValueError as error:
            raise CredentialsExpiredError("what signing in gave cannot be read: sign in again") from error
        return {"authorization": f"DPoP {session.access}", "dpop": shown}

    def _read(self, answer: NetAnswer, *, name: str, into: type[Answer]) -> Answer:
        if answer.status >= 300:
            raise failure_of(answer, now=self.clock.now(), chat=name.startswith(_CHAT))
        if not answer.body.strip():
            return into()
        try:
            return read_payload(answer.body, into=into)
        except NotJsonError as error:
            raise InDoubtError("Bluesky's answer cannot be read") from error


def _wants_nonce(answer: NetAnswer) -> bool:
    """RFC 9449, section 9: the request was not looked at, and is made again with the nonce that came along."""
    asked = f"{answer.headers.get('www-authenticate', '')} {refusal_in(answer).error}"
    return "use_dpop_nonce" in asked and bool(answer.headers.get("dpop-nonce"))
