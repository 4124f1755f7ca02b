"""Mailboxes, read by IMAP and written by SMTP. Found by connectors.connectors(); has no webhook."""

from collections.abc import AsyncIterator
from datetime import datetime

from services.engagement.connectors.email.access import imap_server, our_address
from services.engagement.connectors.email.declaration import DECLARATION
from services.engagement.connectors.email.events import read_delivery
from services.engagement.connectors.email.handed_in import mails_in
from services.engagement.connectors.email.imap import ImapConnection
from services.engagement.connectors.email.listening import hear, hear_since, was_sent
from services.engagement.connectors.email.people import domain_of
from services.engagement.connectors.email.sending import post_mail, try_server
from services.engagement.connectors.email.stored import StoredMail, item_of
from services.engagement.connectors.email.threads import message_id
from services.engagement.protocol import (
    Account,
    ChannelAccess,
    Declaration,
    Delivery,
    Found,
    HandshakeAnswer,
    Heard,
    MalformedDeliveryError,
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


class EmailConnector:
    """Keeps protocol.Connector, Listens, Backfills, LooksUp and Checks."""

    @property
    def declaration(self) -> Declaration:
        """See declaration.py."""
        return DECLARATION

    def handshake(self, request: Request, *, secrets: Secrets, now: datetime) -> HandshakeAnswer | None:  # noqa: ARG002 - the protocol's
        """There is none."""
        return None

    def verify(self, request: Request, *, secrets: Secrets, now: datetime) -> None:  # noqa: ARG002 - the protocol's
        """Nobody delivers mail by webhook."""
        raise SignatureRefusedError("a mailbox is read, nothing is delivered to it here")

    def split(self, request: Request, *, secrets: Secrets) -> list[RawItem]:  # noqa: ARG002 - nothing is encrypted
        """A mail as a file holds it, or as a provider hands it on: for people who want to know what it means."""
        if not request.body.strip():
            raise MalformedDeliveryError("there is no mail")
        mails = mails_in(request.body) or [request.body.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")]
        return [item_of(StoredMail(raw=raw)) for raw in mails]

    def parse(self, delivery: Delivery) -> Parsed:
        """See events.py."""
        return read_delivery(delivery)

    async def send(self, reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Sent:
        """One mail to one person."""
        refuse_unsendable(reply, declaration=DECLARATION)
        return await post_mail(reply, channel=channel, net=net)

    def listen(self, *, channel: ChannelAccess, cursor: str | None, net: Net) -> AsyncIterator[Heard]:
        """New mail as it comes."""
        return hear(channel, cursor=cursor, net=net)

    def backfill(self, *, channel: ChannelAccess, since: datetime, net: Net) -> AsyncIterator[Heard]:
        """Mail since a day."""
        return hear_since(channel, since=since, net=net)

    async def lookup(self, reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Found:
        """Look among sent mail. Its absence proves nothing: not every server puts there what it sends."""
        name = message_id(reply.id, domain=domain_of(our_address(channel)))
        there = await was_sent(channel, name=name, net=net)
        return Found(there=True, external_id=name) if there else Found(there=None)

    async def check(self, *, channel: ChannelAccess, net: Net) -> Account:
        """Sign in at both servers."""
        address = our_address(channel)
        mailbox = await ImapConnection.opened(imap_server(channel), net=net)
        try:
            await mailbox.select(channel.config.get("folder") or "INBOX")
        finally:
            await mailbox.close()
        await try_server(channel, sender=address, net=net)
        return Account(account=address, name=channel.config.get("from_name") or address)
