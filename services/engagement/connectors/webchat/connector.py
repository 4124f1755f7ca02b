"""Web chat, where the platform is the house itself: entries in through the journal, replies out into visitors' mailboxes.

Found by connectors.connectors(). Never calls anybody over the network.
"""

import secrets as random
from datetime import datetime

from services.engagement.connectors.webchat.declaration import DECLARATION
from services.engagement.connectors.webchat.entries import RefusedEntryError, read_entry
from services.engagement.connectors.webchat.signatures import check
from services.engagement.protocol import (
    ChannelAccess,
    Declaration,
    Delivery,
    Found,
    HandshakeAnswer,
    Letter,
    Mailbox,
    Net,
    NotFoundError,
    NotSentError,
    OutboundReply,
    Parsed,
    RawItem,
    Request,
    Secrets,
    Sent,
    refuse_unsendable,
    split_batch,
)

MOST_ENTRIES = 100


class WebchatConnector:
    """Keeps protocol.Connector, LooksUp, Edits, Deletes and MakesSecrets."""

    @property
    def declaration(self) -> Declaration:
        """See declaration.py."""
        return DECLARATION

    def handshake(self, request: Request, *, secrets: Secrets, now: datetime) -> HandshakeAnswer | None:  # noqa: ARG002 - the protocol's
        """There is none."""
        return None

    def verify(self, request: Request, *, secrets: Secrets, now: datetime) -> None:
        """What a site's server posts; visitors come through a door of their own, which knows them by their tokens."""
        check(request, secrets=secrets, now=now)

    def split(self, request: Request, *, secrets: Secrets) -> list[RawItem]:  # noqa: ARG002 - nothing is encrypted
        """One entry, or those of `entries`; one that is no entry becomes an item all the same, and hurts no other."""
        return split_batch(request.body, name="entries", most=MOST_ENTRIES)

    def parse(self, delivery: Delivery) -> Parsed:
        """The event; an entry against the schema is parked with its reason and place."""
        try:
            return Parsed(events=(read_entry(delivery),))
        except RefusedEntryError as error:
            return Parsed(unknown=str(error))

    async def send(self, reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Sent:  # noqa: ARG002 - nothing leaves the house
        """Put it into the visitor's mailbox; the reply's id makes a second time harmless."""
        refuse_unsendable(reply, declaration=DECLARATION)
        if reply.recipient is None:
            raise NotFoundError("there is no visitor to write to")
        letter = Letter(
            id=reply.id, visitor=reply.recipient.external_id, at=reply.attempted_at, text=reply.text, attachments=reply.attachments
        )
        await _mailbox_of(channel).put(letter)
        return Sent(external_id=reply.id, echo_reference=reply.id)

    async def lookup(self, reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Found:  # noqa: ARG002 - as send
        """Exact: it is in the mailbox or it is not."""
        there = await _mailbox_of(channel).holds(reply.id)
        return Found(there=there, external_id=reply.id if there else None)

    async def edit(self, external_id: str, *, text: str, channel: ChannelAccess, net: Net) -> None:  # noqa: ARG002 - as send
        """The visitor sees the new text, and that it was changed."""
        await _mailbox_of(channel).change(external_id, text=text)

    async def delete(self, external_id: str, *, channel: ChannelAccess, net: Net) -> None:  # noqa: ARG002 - as send
        """The visitor sees that something was taken back."""
        await _mailbox_of(channel).change(external_id, text=None)

    def make_secret(self) -> str:
        """wcs_ and 256 random bits; its UTF-8 bytes are the HMAC key."""
        return "wcs_" + random.token_urlsafe(32)


def _mailbox_of(channel: ChannelAccess) -> Mailbox:
    if channel.mailbox is None:
        raise NotSentError("there is no mailbox within reach")
    return channel.mailbox
