"""Mastodon's API as a connector: hears notifications and own posts by polling, sends statuses. Found by connectors.connectors().

Vendor's pages: https://docs.joinmastodon.org/methods/notifications/, /methods/statuses/.
"""

from datetime import datetime

from services.contracts.interaction import Author
from services.engagement.connectors.mastodon.calls import call
from services.engagement.connectors.mastodon.declaration import DECLARATION
from services.engagement.connectors.mastodon.reading import read_delivery
from services.engagement.connectors.mastodon.sending import change_status, post_status, status_path
from services.engagement.connectors.mastodon.streams import items_of
from services.engagement.protocol import (
    ChannelAccess,
    Declaration,
    Delivery,
    HandshakeAnswer,
    MalformedDeliveryError,
    Net,
    NotJsonError,
    OutboundReply,
    Parsed,
    RawItem,
    Request,
    Secrets,
    Sent,
    SignatureRefusedError,
    refuse_unsendable,
)


class MastodonConnector:
    """Keeps protocol.Connector, Edits, Deletes and Likes."""

    @property
    def declaration(self) -> Declaration:
        """See declaration.py."""
        return DECLARATION

    def handshake(self, request: Request, *, secrets: Secrets, now: datetime) -> HandshakeAnswer | None:  # noqa: ARG002 - the protocol's
        """There is none."""
        return None

    def verify(self, request: Request, *, secrets: Secrets, now: datetime) -> None:  # noqa: ARG002 - the protocol's
        """Nothing is delivered by webhook."""
        raise SignatureRefusedError("the server is asked, nothing is delivered here")

    def split(self, request: Request, *, secrets: Secrets) -> list[RawItem]:  # noqa: ARG002 - the protocol's
        """The entities of an answer, a page, or a stream as it was heard."""
        try:
            return items_of(request.body)
        except NotJsonError as error:
            raise MalformedDeliveryError(str(error)) from error

    def parse(self, delivery: Delivery) -> Parsed:
        """See reading.py."""
        return read_delivery(delivery)

    async def send(self, reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Sent:
        """POST a status, once: its id is the Idempotency-Key."""
        refuse_unsendable(reply, declaration=DECLARATION, config=channel.config)
        return await post_status(reply, channel=channel, net=net)

    async def edit(self, external_id: str, *, text: str, channel: ChannelAccess, net: Net) -> None:
        """Replace its words; names, warning and files stay."""
        await change_status(external_id, text=text, channel=channel, net=net)

    async def delete(self, external_id: str, *, channel: ChannelAccess, net: Net) -> None:
        """Delete a post of ours."""
        await call("DELETE", status_path(external_id), channel=channel, net=net)

    async def like(self, external_id: str, *, author: Author | None, liked: bool, channel: ChannelAccess, net: Net) -> None:  # noqa: ARG002 - the id is enough here
        """Favourite it, or take that back."""
        await call("POST", f"{status_path(external_id)}/{'favourite' if liked else 'unfavourite'}", channel=channel, net=net)
