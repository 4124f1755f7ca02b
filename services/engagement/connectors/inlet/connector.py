"""The generic signed inlet: any system's events in, replies out to it, by Standard Webhooks. Found by connectors.connectors()."""

import secrets as random
from collections.abc import AsyncIterator
from datetime import datetime

from services.engagement.connectors.inlet.declaration import DECLARATION
from services.engagement.connectors.inlet.entries import RefusedEntryError, random_secret, read_entry
from services.engagement.connectors.inlet.history import pages_since
from services.engagement.connectors.inlet.sending import ask_for_reply, post_reply
from services.engagement.connectors.inlet.signatures import check
from services.engagement.protocol import (
    ChannelAccess,
    Declaration,
    Delivery,
    Found,
    HandshakeAnswer,
    Heard,
    Net,
    OutboundReply,
    Parsed,
    RawItem,
    Request,
    Secrets,
    Sent,
    key_of,
    read_json,
    refuse_unsendable,
    split_batch,
)

MOST_EVENTS = 1_000
_SECRET_BYTES = 32


class InletConnector:
    """Keeps protocol.Connector, Backfills, LooksUp and MakesSecrets."""

    @property
    def declaration(self) -> Declaration:
        """See declaration.py."""
        return DECLARATION

    def handshake(self, request: Request, *, secrets: Secrets, now: datetime) -> HandshakeAnswer | None:  # noqa: ARG002 - the protocol's
        """There is none: secret and address are handed over by people."""
        return None

    def verify(self, request: Request, *, secrets: Secrets, now: datetime) -> None:
        """Standard Webhooks."""
        check(request, secrets=secrets, now=now)

    def split(self, request: Request, *, secrets: Secrets) -> list[RawItem]:  # noqa: ARG002 - nothing is encrypted
        """One event, or the entries of `events`; an entry that is no event becomes an item all the same, and hurts no other."""
        return split_batch(request.body, name="events", most=MOST_EVENTS)

    def parse(self, delivery: Delivery) -> Parsed:
        """The event; an entry against the schema is parked with its reason and place."""
        try:
            return Parsed(events=(read_entry(delivery),))
        except RefusedEntryError as error:
            return Parsed(unknown=str(error))

    async def send(self, reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Sent:
        """POST to the channel's `reply_url`."""
        refuse_unsendable(reply, declaration=DECLARATION)
        return await post_reply(reply, channel=channel, net=net)

    async def lookup(self, reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Found:
        """Ask the partner, where it can be asked."""
        return await ask_for_reply(reply, channel=channel, net=net)

    async def backfill(self, *, channel: ChannelAccess, since: datetime, net: Net) -> AsyncIterator[Heard]:
        """What the partner's `events_url` shows, under the keys that the same events have when they are delivered."""
        async for page in pages_since(since, channel=channel, net=net):
            yield Heard(items=tuple(RawItem(key=key_of(read_json(raw), body=raw), body=raw) for raw in page))

    def make_secret(self) -> str:
        """whsec_ and 32 random bytes in base64."""
        return random_secret(random.token_bytes(_SECRET_BYTES))
