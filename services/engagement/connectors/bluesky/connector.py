"""Bluesky over the AT Protocol: polled, read, answered. Found by connectors.connectors(); has no webhook."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime

from services.contracts.interaction import Author
from services.engagement.connectors.bluesky import acting, signing_in
from services.engagement.connectors.bluesky.answers import SignedIn
from services.engagement.connectors.bluesky.calling import Caller
from services.engagement.connectors.bluesky.declaration import DECLARATION
from services.engagement.connectors.bluesky.history import hear_since
from services.engagement.connectors.bluesky.items import split_body
from services.engagement.connectors.bluesky.listening import hear
from services.engagement.connectors.bluesky.reading import read_delivery
from services.engagement.connectors.bluesky.sending import find_reply, refuse_oversized, send_reply
from services.engagement.connectors.bluesky.sessions import GRANT, Sessions
from services.engagement.protocol import (
    Account,
    Authorization,
    ChannelAccess,
    Declaration,
    Delivery,
    Found,
    Granted,
    HandshakeAnswer,
    Heard,
    Net,
    OutboundReply,
    Parsed,
    RawItem,
    Request,
    Secrets,
    Sent,
    SignatureRefusedError,
    refuse_unsendable,
)
from services.kit.clock import Clock, SystemClock


class BlueskyConnector:
    """Keeps Connector, Listens, Backfills, LooksUp, Checks, Authorizes, Describes, Refreshes, Deletes, Hides and Likes.

    `clock` is compared with times that the server names, so it is the machine's, whatever time a sandbox plays.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._sessions = Sessions(self._clock)

    @property
    def declaration(self) -> Declaration:
        """See declaration.py."""
        return DECLARATION

    def handshake(self, request: Request, *, secrets: Secrets, now: datetime) -> HandshakeAnswer | None:  # noqa: ARG002 - the protocol's
        """There is none."""
        return None

    def verify(self, request: Request, *, secrets: Secrets, now: datetime) -> None:  # noqa: ARG002 - the protocol's
        """Nobody delivers what happens on Bluesky by webhook."""
        raise SignatureRefusedError("an account is polled, nothing is delivered to it here")

    def split(self, request: Request, *, secrets: Secrets) -> list[RawItem]:  # noqa: ARG002 - nothing is encrypted
        """The entries of a page, or one object, as files hold them: for people who want to know what they mean."""
        return split_body(request.body)

    def parse(self, delivery: Delivery) -> Parsed:
        """See reading.py."""
        return read_delivery(delivery)

    async def send(self, reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Sent:
        """A post, or a direct message."""
        refuse_unsendable(reply, declaration=DECLARATION)
        refuse_oversized(reply)
        return await send_reply(reply, caller=self._caller(channel, net=net))

    async def lookup(self, reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Found:
        """A post by its key, a direct message by its text."""
        return await find_reply(reply, caller=self._caller(channel, net=net))

    def listen(self, *, channel: ChannelAccess, cursor: str | None, net: Net) -> AsyncIterator[Heard]:
        """Notifications, direct messages and own posts, by polling; what Jetstream tells besides."""
        return hear(self._caller(channel, net=net), cursor=cursor)

    def backfill(self, *, channel: ChannelAccess, since: datetime, net: Net) -> AsyncIterator[Heard]:
        """The same, since a time."""
        return hear_since(self._caller(channel, net=net), since=since)

    async def check(self, *, channel: ChannelAccess, net: Net) -> Account:
        """Sign in, and say who we are there."""
        if channel.credentials.get(GRANT):
            told = await self._caller(channel, net=net).query("com.atproto.server.getSession", {}, into=SignedIn)
            return Account(account=told.did or "", name=told.handle or told.did or "", config={"handle": told.handle or ""})
        session = await self._sessions.sign_in(channel, net=net)
        return Account(account=session.did, name=session.handle, config={"handle": session.handle})

    def describe(self, *, app: Mapping[str, str], redirect_url: str) -> Mapping[str, object]:
        """Who we are to the servers that let accounts in."""
        return signing_in.describe(app=app, redirect_url=redirect_url)

    async def begin(self, *, app: Mapping[str, str], state: str, redirect_url: str, net: Net) -> Authorization:
        """To the server that lets the account in."""
        return await signing_in.begin(app=app, state=state, redirect_url=redirect_url, net=net, clock=self._clock)

    async def exchange(
        self, *, app: Mapping[str, str], keep: Mapping[str, str], query: Mapping[str, str], redirect_url: str, net: Net
    ) -> Granted:
        """Back with tokens."""
        return await signing_in.exchange(app=app, keep=keep, query=query, redirect_url=redirect_url, net=net, clock=self._clock)

    async def refresh(self, *, channel: ChannelAccess, net: Net) -> Granted:
        """New tokens for the old ones."""
        return await signing_in.refresh(channel, net=net, clock=self._clock)

    async def delete(self, external_id: str, *, channel: ChannelAccess, net: Net) -> None:
        """Delete a post of ours."""
        await acting.delete(external_id, caller=self._caller(channel, net=net))

    async def hide(self, external_id: str, *, hidden: bool, channel: ChannelAccess, net: Net) -> None:
        """Hide an answer under a post of ours."""
        await acting.hide(external_id, hidden=hidden, caller=self._caller(channel, net=net))

    async def like(self, external_id: str, *, author: Author | None, liked: bool, channel: ChannelAccess, net: Net) -> None:  # noqa: ARG002 - the id is enough here
        """Like a post, or give a message a heart."""
        await acting.like(external_id, liked=liked, caller=self._caller(channel, net=net))

    def _caller(self, channel: ChannelAccess, *, net: Net) -> Caller:
        return Caller(channel, net, self._sessions, self._clock)
