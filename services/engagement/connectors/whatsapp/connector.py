"""WhatsApp's Cloud API as a connector: proves, splits and reads deliveries, and sends replies. Found by connectors.connectors().

Vendor's pages: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview and .../messages/send-messages.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from services.contracts.interaction import Author
from services.engagement.connectors.whatsapp import signup
from services.engagement.connectors.whatsapp.approved import approved_templates
from services.engagement.connectors.whatsapp.declaration import DECLARATION
from services.engagement.connectors.whatsapp.deliveries import item_of, units_in
from services.engagement.connectors.whatsapp.files import open_address
from services.engagement.connectors.whatsapp.messages import Setting
from services.engagement.connectors.whatsapp.parsing import read
from services.engagement.connectors.whatsapp.sending import LIKE, graph_of, number_of, post_message, post_reaction
from services.engagement.families.meta import answer_challenge, check_signature
from services.engagement.protocol import (
    Account,
    ApprovedTemplate,
    Authorization,
    ChannelAccess,
    Declaration,
    Delivery,
    Granted,
    HandshakeAnswer,
    MalformedDeliveryError,
    MediaAddress,
    Net,
    NotJsonError,
    NotSentError,
    OutboundReply,
    Parsed,
    RawItem,
    RejectedError,
    Request,
    Secrets,
    Sent,
    clean_json,
    read_json,
    refuse_unsendable,
    salvage,
)


class WhatsAppConnector:
    """Keeps protocol.Connector, Authorizes, Checks, Subscribes, Likes, OffersTemplates and OpensMedia."""

    @property
    def declaration(self) -> Declaration:
        """See declaration.py."""
        return DECLARATION

    def handshake(self, request: Request, *, secrets: Secrets, now: datetime) -> HandshakeAnswer | None:  # noqa: ARG002 - the protocol's
        """The challenge that Meta sends when an address is entered."""
        return answer_challenge(request, secrets=secrets)

    def verify(self, request: Request, *, secrets: Secrets, now: datetime) -> None:  # noqa: ARG002 - there is no time in it
        """By the app secret, over the raw body."""
        check_signature(request, secrets=secrets)

    def split(self, request: Request, *, secrets: Secrets) -> list[RawItem]:  # noqa: ARG002 - nothing is encrypted
        """One item for each message, status, echo... of a delivery, with the people and the number beside it."""
        body = clean_json(request.body)
        try:
            units = units_in(read_json(body))
            if units is None:
                raise MalformedDeliveryError("the body is nothing that WhatsApp sends")
            items = [item_of(unit, body=body if len(units) == 1 else None) for unit in units]
        except NotJsonError as error:
            raise MalformedDeliveryError(str(error)) from error
        except RecursionError as error:
            raise MalformedDeliveryError("the body is nested too deeply") from error
        # What a delivery holds twice is one thing.
        return list({item.key: item for item in items}.values())

    def parse(self, delivery: Delivery) -> Parsed:
        """What one item means."""
        try:
            units = units_in(read_json(delivery.body))
            if units is None:
                return Parsed(unknown="nothing that WhatsApp sends")
            settings = [Setting(unit=unit, channel=delivery.channel, received_at=delivery.received_at) for unit in units]
            return _together([read(setting) for setting in settings])
        except NotJsonError:
            return Parsed(unknown="not JSON")
        except RecursionError:
            return Parsed(unknown="nested too deeply")

    async def send(self, reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Sent:
        """A message to a person or a group; our reference comes back with its statuses."""
        refuse_unsendable(reply, declaration=DECLARATION)
        return await post_message(reply, channel=channel, net=net)

    async def like(self, external_id: str, *, author: Author | None, liked: bool, channel: ChannelAccess, net: Net) -> None:
        """A thumbs-up on a person's message, or none."""
        await post_reaction(external_id, author=author, emoji=LIKE if liked else "", channel=channel, net=net)

    async def open_media(self, url: str, *, channel: ChannelAccess, net: Net) -> MediaAddress:
        """A file that somebody sent, by the address that parse gave it."""
        return await open_address(url, channel=channel, net=net)

    async def check(self, *, channel: ChannelAccess, net: Net) -> Account:
        """Whose number it is, and whether the token opens it."""
        query = {"fields": "id,display_phone_number,verified_name"}
        told = await graph_of(channel, net=net).call("GET", number_of(channel), query=query)
        number = salvage(told, into=signup.Number)
        if not number.id:
            raise NotSentError("what answers is no number of the Cloud API")
        return signup.account_of(number, business=channel.config.get("business_account", ""))

    async def list_templates(self, *, channel: ChannelAccess, net: Net) -> tuple[ApprovedTemplate, ...]:
        """Those of the business account that Meta has approved."""
        return await approved_templates(_business_of(channel), graph=graph_of(channel, net=net))

    async def subscribe(self, *, channel: ChannelAccess, webhook_url: str, secret: str, net: Net) -> None:  # noqa: ARG002 - the app secret is Meta's
        """Have the deliveries of the business account come here, whatever address the app itself has."""
        token = channel.credentials.get("verify_token", "")
        if not token:
            raise RejectedError("the channel has no verify_token: Meta asks for it before it delivers")
        body = {"override_callback_uri": webhook_url, "verify_token": token}
        await graph_of(channel, net=net).call("POST", f"{_business_of(channel)}/subscribed_apps", json=body)

    async def unsubscribe(self, *, channel: ChannelAccess, net: Net) -> None:
        """Stop deliveries of the business account, of all its numbers."""
        await graph_of(channel, net=net).call("DELETE", f"{_business_of(channel)}/subscribed_apps")

    async def begin(self, *, app: Mapping[str, str], state: str, redirect_url: str, net: Net) -> Authorization:  # noqa: ARG002 - nothing to ask
        """Meta's sign-in."""
        return signup.authorization(app=app, state=state, redirect_url=redirect_url)

    async def exchange(
        self,
        *,
        app: Mapping[str, str],
        keep: Mapping[str, str],  # noqa: ARG002 - there is nothing to keep
        query: Mapping[str, str],
        redirect_url: str,
        net: Net,
    ) -> Granted:
        """A token, and the numbers to pick from."""
        return await signup.granted(app=app, query=query, redirect_url=redirect_url, net=net)


def _together(read_units: list[Parsed]) -> Parsed:
    """Several units in one item: all their events, or what the first without any says."""
    if not read_units:
        return Parsed(ignored="a delivery of nothing")
    events = tuple(event for parsed in read_units for event in parsed.events)
    return replace(read_units[0], events=events, ignored=None, unknown=None) if events else read_units[0]


def _business_of(channel: ChannelAccess) -> str:
    business = channel.config.get("business_account", "")
    if not business:
        raise RejectedError("the channel does not say which WhatsApp Business Account is ours: set `business_account` to its id")
    return business
