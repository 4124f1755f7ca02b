"""Serves `/webchat/{channel token}/...` to visitors' browsers: files, sessions, messages, news, receipts. Plain ASGI, no bearer of ours.

Parses, asks `visitors` in one transaction, renders. Every answer, refusals too, carries what lets the site's page read it.
"""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs
from uuid import UUID

import asyncpg
import msgspec

from services.contracts.events.presence import AGAIN_AFTER
from services.contracts.ids import ChannelId, ProfileId, profile_id
from services.contracts.vocabulary import PresenceActivity
from services.engagement.errors import ChannelNotFoundError, IdentityRefusedError, MediaRefusedError, VisitorRefusedError
from services.engagement.media.links import Links
from services.engagement.presence import Presences
from services.engagement.registry import ChannelRegistry, ConnectedChannel
from services.engagement.visitors import identities, messages, sessions, uploads
from services.engagement.visitors.allowances import Addresses, Rate
from services.engagement.visitors.messages import Mail, Message
from services.engagement.visitors.tokens import Pass, Passes, Place
from services.engagement.visitors.uploads import Leave, Leaves
from services.engagement.visitors.waiting import Waiting
from services.engagement.webchat import files, origins
from services.engagement.webchat.shapes import (
    TEXT_LIMIT_CHARS,
    Link,
    MessageBody,
    ReceiptsBody,
    SessionBody,
    TypingBody,
    UploadBody,
    entry_view,
    mail_view,
)
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.errors import BadRequestError, NotFoundError, ProblemError, problem_response
from services.kit.http import BareRequest
from services.kit.ids import new_id
from services.kit.pagination import decode_cursor
from services.kit.port import Answer

PLATFORM: Final = "webchat"
BODY_LIMIT_BYTES = 32 * 1024
LONGEST_WAIT_SECONDS = 8.0
# What a visitor has just written stands in the inbox in a moment, and nobody says when.
RECORDED_SECONDS = 0.5
NO_SEAT_SECONDS = 10.0
LARGEST_POSITION = 2**31 - 1
SIGN_IN_TRIES = 2
# Of one address, and counted by each process: they keep one sender from taking all of it. Visitors are counted in the database.
SESSIONS = Rate(burst=40, per_second=0.5)
WRITES = Rate(burst=60, per_second=2)
READS = Rate(burst=240, per_second=8)


@dataclass(frozen=True, slots=True)
class _Visit:
    """One request, with its channel found."""

    bare: BareRequest
    channel: ConnectedChannel
    place: Place
    origin: str | None


class VisitorDoor:
    """See the module. `wake` is told which channel has something to read; `trusted_proxies` stand before the gateway."""

    def __init__(  # noqa: PLR0913 - collaborators, by name
        self,
        registry: ChannelRegistry,
        database: Database,
        *,
        passes: Passes,
        waiting: Waiting,
        presences: Presences,
        links: Links,
        leaves: Leaves,
        takes_files: bool,
        wake: Callable[[ChannelId], None],
        deployment_key: bytes,
        trusted_proxies: int,
        clock: Clock,
        time: Callable[[], float],
    ) -> None:
        self._registry = registry
        self._database = database
        self._passes = passes
        self._waiting = waiting
        self._presences = presences
        self._links = links
        self._leaves = leaves
        self._takes_files = takes_files
        self._files_of_address = Addresses(uploads.ADDRESS_RATE, time=time)
        self._wake = wake
        self._deployment_key = deployment_key
        self._trusted_proxies = trusted_proxies
        self._clock = clock
        self._rates = {name: Addresses(rate, time=time) for name, rate in (("session", SESSIONS), ("POST", WRITES), ("GET", READS))}
        self._acts = {
            ("POST", "session"): self._session,
            ("POST", "messages"): self._post_message,
            ("GET", "messages"): self._mail,
            ("POST", "receipts"): self._receipts,
            ("POST", "typing"): self._typing,
            ("POST", "uploads"): self._give_leave,
        }

    async def __call__(self, bare: BareRequest) -> Answer:
        """Answer one request of a browser."""
        token, _, name = bare.tail.partition("/")
        channel = await self._registry.find_by_token(token)
        if channel is None or channel.platform != PLATFORM:
            raise ChannelNotFoundError("There is no web chat at this address.")
        visit = _Visit(bare, channel, Place(channel.workspace_id, channel.id), _text(bare.header(b"origin")))
        method: str = bare.scope["method"]
        if method == "GET" and name in files.CONTENT_TYPES:
            return _file(visit, name)
        if method == "OPTIONS":
            return Answer(204, origins.preflight_headers(visit.origin, channel=channel), b"")
        cors = origins.cors_headers(visit.origin, channel=channel)
        try:
            return await self._act(visit, method, name, cors=cors)
        except ProblemError as error:
            status, headers, body = problem_response(error)
            told = {key.decode("latin-1"): value.decode("latin-1") for key, value in headers}
            return Answer(status, {**told, **cors}, body)

    async def _act(self, visit: _Visit, method: str, name: str, *, cors: Mapping[str, str]) -> Answer:
        act = self._acts.get((method, name))
        if act is None:
            raise NotFoundError("There is nothing at this path.")
        origins.refuse_strange(visit.origin, channel=visit.channel, method=method)
        self._rates["session" if name == "session" else method].take(self._address(visit))
        body = msgspec.json.encode(await act(visit))
        return Answer(200, {"content-type": "application/json", "cache-control": "no-store", **cors}, body)

    async def _session(self, visit: _Visit) -> object:
        body = await visit.bare.json(SessionBody, cap_bytes=BODY_LIMIT_BYTES)
        presented = self._find_pass(visit)
        granted = await self._open(visit, body, presented=presented)
        settings = visit.channel.facts.config
        return {
            "token": self._passes.make(granted, place=visit.place),
            "expires_at": granted.expires_at,
            "signed_in": granted.signed_in,
            "title": settings.get("title", ""),
            "greeting": settings.get("greeting", ""),
            "text_limit": TEXT_LIMIT_CHARS,
            "files": {"limit_bytes": uploads.SIZE_LIMIT_BYTES, "types": sorted(uploads.TYPES)} if self._takes_files else None,
        }

    async def _open(self, visit: _Visit, body: SessionBody, *, presented: Pass | None) -> Pass:
        now = self._clock.now()
        if body.identity is None:
            async with self._database.transaction(visit.place.workspace) as connection:
                return await sessions.resume(connection, visit.place, presented, now=now)
        if body.browser is None:
            raise IdentityRefusedError("An identity needs `browser`: a random secret that this browser keeps.", reason="browser")
        identity = identities.prove(body.identity, secrets=visit.channel.secrets.candidates(), now=now)
        holder = hashlib.sha256(body.browser.encode()).digest()
        for attempt in range(1, SIGN_IN_TRIES + 1):
            try:
                async with self._database.transaction(visit.place.workspace) as connection:
                    return await sessions.sign_in(connection, visit.place, identity, holder=holder, presented=presented, now=now)
            except asyncpg.UniqueViolationError:
                if attempt == SIGN_IN_TRIES:
                    raise
        raise VisitorRefusedError

    async def _post_message(self, visit: _Visit) -> object:
        presented = self._pass(visit)
        body = await visit.bare.json(MessageBody, cap_bytes=BODY_LIMIT_BYTES)
        now = self._clock.now()
        files = self._leaves.media_of(body.files, place=visit.place, visitor=presented.visitor, now=now)
        message = Message(id=body.id, text=body.text, page=body.page.told(), files=files)
        async with self._database.transaction(visit.place.workspace) as connection:
            entry = await messages.post_message(connection, visit.place, presented, message, now=now)
        self._wake(visit.channel.id)
        self._waiting.wake(presented.visitor)
        return entry_view(entry, link=self._link_in(visit))

    async def _give_leave(self, visit: _Visit) -> object:
        """Let one file of a visitor in, whose bytes then go to `/media/<file>`."""
        presented = self._pass(visit)
        body = await visit.bare.json(UploadBody, cap_bytes=BODY_LIMIT_BYTES)
        if not self._takes_files:
            raise NotFoundError("There is nothing at this path.")
        if body.size_bytes > uploads.SIZE_LIMIT_BYTES:
            raise MediaRefusedError("A file has at most 10 MiB.", limit_bytes=uploads.SIZE_LIMIT_BYTES)
        self._files_of_address.take(self._address(visit))
        now = self._clock.now()
        async with self._database.transaction(visit.place.workspace) as connection:
            await messages.count_file(connection, visit.place, presented, now=now)
        return {"file": self._leaves.make(Leave(visit.place, presented.visitor, new_id()), now=now)}

    async def _receipts(self, visit: _Visit) -> object:
        presented = self._pass(visit)
        body = await visit.bare.json(ReceiptsBody, cap_bytes=BODY_LIMIT_BYTES)
        async with self._database.transaction(visit.place.workspace) as connection:
            count = await messages.acknowledge(connection, visit.place, presented, ids=body.ids, state=body.state, now=self._clock.now())
        if count:
            self._wake(visit.channel.id)
        return {"taken": count}

    async def _typing(self, visit: _Visit) -> object:
        presented = self._pass(visit)
        body = await visit.bare.json(TypingBody, cap_bytes=BODY_LIMIT_BYTES)
        async with self._database.transaction(visit.place.workspace) as connection:
            await messages.refuse_stale(connection, visit.place, presented)
        person = self._profile_of(visit.channel, presented.visitor)
        activity = PresenceActivity.TYPING if body.typing else PresenceActivity.AWAY
        told = await self._presences.show_person(visit.place.workspace, visit.place.channel, person, activity=activity)
        return {"told": told, "again_seconds": AGAIN_AFTER.total_seconds()}

    async def _mail(self, visit: _Visit) -> object:
        presented = self._pass(visit)
        wishes = _wishes(visit.bare)
        person = self._profile_of(visit.channel, presented.visitor)
        with self._waiting.seat(presented.visitor, person) as news:
            mail = await self._next_mail(visit, presented, news, person=person, wishes=wishes)
        typing = self._waiting.typing_seconds(person) > 0
        return mail_view(mail, link=self._link_in(visit), typing=typing, retry_seconds=0.0 if news is not None else NO_SEAT_SECONDS)

    async def _next_mail(self, visit: _Visit, presented: Pass, news: asyncio.Event | None, *, person: ProfileId, wishes: "_Wishes") -> Mail:
        """The mailbox once there is more than the widget knows, or when the wait ends. No connection of the database is held meanwhile."""
        loop = asyncio.get_running_loop()
        ends_at, pause = loop.time() + wishes.wait_seconds, RECORDED_SECONDS
        while True:
            if news is not None:
                news.clear()
            async with self._database.transaction(visit.place.workspace) as connection:
                mail = await messages.mail_after(connection, visit.place, presented, after=wishes.after)
            left, typing_left = ends_at - loop.time(), self._waiting.typing_seconds(person)
            if mail.entries or mail.recorded > wishes.known or news is None or left <= 0 or wishes.typing not in {None, typing_left > 0}:
                return mail
            limits = [left, *([pause] if mail.recorded < mail.newest else ()), *([typing_left] if wishes.typing else ())]
            with suppress(TimeoutError):
                async with asyncio.timeout(min(limits)):
                    await news.wait()
            pause *= 2

    def _link_in(self, visit: _Visit) -> Link:
        now = self._clock.now()
        return lambda media: self._links.make(visit.place.workspace, media, now=now)

    def _pass(self, visit: _Visit) -> Pass:
        found = self._find_pass(visit)
        if found is None:
            raise VisitorRefusedError
        return found

    def _find_pass(self, visit: _Visit) -> Pass | None:
        """The visitor's token, read. Raises VisitorRefusedError for one that does not count."""
        given = _text(visit.bare.header(b"authorization"))
        if given is None:
            return None
        scheme, _, token = given.partition(" ")
        if scheme.lower() != "bearer" or not token.isascii():
            raise VisitorRefusedError
        return self._passes.read(token.strip(), place=visit.place, now=self._clock.now())

    def _profile_of(self, channel: ConnectedChannel, visitor: UUID) -> ProfileId:
        """The profile that the connector's events give to a visitor: replies speak of it."""
        site = channel.facts.account or channel.facts.id
        return profile_id(self._deployment_key, workspace=channel.workspace_id, network=PLATFORM, scope=site, external_id=str(visitor))

    def _address(self, visit: _Visit) -> str:
        """Who asks: what the last proxy that is ours has seen."""
        seen = (_text(visit.bare.header(b"x-forwarded-for")) or "").split(",")
        if seen != [""]:
            return seen[-min(len(seen), self._trusted_proxies + 1)]
        peer = visit.bare.scope.get("client")
        return peer[0] if peer else "unknown"


def _file(visit: _Visit, name: str) -> Answer:
    if name in files.DEMO and visit.channel.facts.config.get("demo") != "true":
        raise NotFoundError("There is nothing at this path.")
    answer = files.file_answer(name, if_none_match=_text(visit.bare.header(b"if-none-match")) or "")
    if answer is None:
        raise NotFoundError("There is nothing at this path.")
    return answer


@dataclass(frozen=True, slots=True)
class _Wishes:
    """Where the widget goes on, the position up to which it knows its messages to be recorded, and how long it would wait.

    `typing`: whether it shows that a member types; None from one that does not ask.
    """

    after: int
    known: int
    wait_seconds: float
    typing: bool | None


def _wishes(bare: BareRequest) -> _Wishes:
    try:
        query = parse_qs(bare.scope["query_string"].decode("latin-1"), max_num_fields=10)
    except ValueError as error:
        raise BadRequestError("The query cannot be read.") from error
    cursor = query.get("after", [""])[0]
    after = decode_cursor(cursor, (int,))[0] if cursor else 0
    known, wait_seconds = _number(query.get("recorded", ["0"])[0]), _number(query.get("wait", ["0"])[0])
    typing = {"0": False, "1": True}.get(query.get("typing", [""])[0])
    return _Wishes(min(max(after, 0), LARGEST_POSITION), known, min(float(wait_seconds), LONGEST_WAIT_SECONDS), typing)


def _number(given: str) -> int:
    if not (given.isascii() and given.isdigit() and len(given) <= 9):
        raise BadRequestError("`recorded` and `wait` are whole numbers.")
    return int(given)


def _text(header: bytes | None) -> str | None:
    return None if header is None else header.decode("latin-1")
