"""The slice of the Cloud API's JSON that is read. Every field may be missing or odd: see protocol.lenient.

Vendor's pages: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference (messages, status, history,
smb_message_echoes, user_preferences) and .../business-scoped-user-ids. The on-premises API that came before had the same objects.
"""

from typing import TypeVar

import msgspec
from msgspec import field

from services.engagement.protocol import salvage

Payload = TypeVar("Payload", bound=msgspec.Struct)


class Metadata(msgspec.Struct):
    """Which number of ours it is about."""

    display_phone_number: str | None = None
    phone_number_id: str | None = None


class Profile(msgspec.Struct):
    """How a person calls themselves; `username` is there where they took one."""

    name: str | None = None
    username: str | None = None


class Contact(msgspec.Struct):
    """A person beside a message: `wa_id` is a phone number, `user_id` the id that holds for one business only."""

    profile: Profile = field(default_factory=Profile)
    wa_id: str | None = None
    user_id: str | None = None
    parent_user_id: str | None = None
    username: str | None = None


class Text(msgspec.Struct):
    """Words."""

    body: str | None = None


class Media(msgspec.Struct):
    """An image, video, audio, voice message, document or sticker. `id` opens an address that holds for five minutes."""

    id: str | None = None
    link: str | None = None
    url: str | None = None
    caption: str | None = None
    filename: str | None = None
    mime_type: str | None = None
    voice: bool = False
    file_size: int | None = None


class Location(msgspec.Struct):
    """A point, and the place there where one was picked."""

    latitude: float | None = None
    longitude: float | None = None
    name: str | None = None
    address: str | None = None
    url: str | None = None


class CardName(msgspec.Struct):
    """The names on a card."""

    formatted_name: str | None = None
    first_name: str | None = None
    last_name: str | None = None


class CardPhone(msgspec.Struct):
    """A number on a card; `wa_id` where WhatsApp knows it."""

    phone: str | None = None
    wa_id: str | None = None


class CardEmail(msgspec.Struct):
    """An address on a card."""

    email: str | None = None


class Card(msgspec.Struct):
    """Somebody's particulars, passed on. `origin` says that the sender shared their own because we asked."""

    name: CardName = field(default_factory=CardName)
    phones: list[CardPhone] = []
    emails: list[CardEmail] = []
    vcard: str | None = None
    origin: str | None = None


class Button(msgspec.Struct):
    """A quick reply of a template of ours."""

    text: str | None = None
    payload: str | None = None


class Choice(msgspec.Struct):
    """What was picked: a button or a line of a list."""

    id: str | None = None
    title: str | None = None
    description: str | None = None


class FormReply(msgspec.Struct):
    """A form that was filled in; `response_json` is JSON inside JSON."""

    name: str | None = None
    body: str | None = None
    response_json: object = None


class Permission(msgspec.Struct):
    """Whether the person wants to be called."""

    response: str | None = None


class Shown(msgspec.Struct):
    """The words of an interactive message of ours."""

    text: str | None = None


class Interactive(msgspec.Struct):
    """An answer to an interactive message, or (in an echo) such a message itself."""

    type: str | None = None
    button_reply: Choice | None = None
    list_reply: Choice | None = None
    nfm_reply: FormReply | None = None
    call_permission_reply: Permission | None = None
    body: Shown | None = None


class OrderItem(msgspec.Struct):
    """A line of a cart."""

    product_retailer_id: str | None = None
    quantity: float | None = None
    item_price: float | None = None
    currency: str | None = None


class Order(msgspec.Struct):
    """A cart that a person sent."""

    catalog_id: str | None = None
    text: str | None = None
    product_items: list[OrderItem] = []


class Reaction(msgspec.Struct):
    """An emoji on a message; none takes it back. One payload of the vendor's own has a third s in the name."""

    message_id: str | None = None
    messsage_id: str | None = None
    emoji: str | None = None


class System(msgspec.Struct):
    """What WhatsApp itself reports in a chat. `new_wa_id` and `wa_id` (older and newer) are where the person is now."""

    type: str | None = None
    body: str | None = None
    wa_id: str | None = None
    new_wa_id: str | None = None
    user_id: str | None = None
    customer: str | None = None


class Referral(msgspec.Struct):
    """The advertisement or post from which the person came; `ctwa_clid` is the id of the click."""

    source_url: str | None = None
    source_id: str | None = None
    source_type: str | None = None
    headline: str | None = None
    body: str | None = None
    ctwa_clid: str | None = None


class Product(msgspec.Struct):
    """What the person asks about."""

    catalog_id: str | None = None
    product_retailer_id: str | None = None


class Context(msgspec.Struct):
    """What a message answers, and whether it was passed on."""

    id: str | None = None
    message_id: str | None = None
    from_: str | None = field(default=None, name="from")
    from_user_id: str | None = None
    forwarded: bool = False
    frequently_forwarded: bool = False
    referred_product: Product | None = None


class ErrorDetails(msgspec.Struct):
    """The part of an error that says most."""

    details: str | None = None


class PlatformError(msgspec.Struct):
    """An error, of a message or of the account. `details` is where the on-premises API had it."""

    code: int | None = None
    title: str | None = None
    message: str | None = None
    details: str | None = None
    error_data: ErrorDetails = field(default_factory=ErrorDetails)

    def words(self) -> str:
        """Code and reason, in the platform's own words."""
        said = self.error_data.details or self.details or self.message or self.title or "no reason given"
        return said if self.code is None else f"{self.code}: {said}"


class Unsupported(msgspec.Struct):
    """What it was, where the API cannot show it."""

    type: str | None = None


class Template(msgspec.Struct):
    """A template of ours, in an echo."""

    name: str | None = None


class Named(msgspec.Struct):
    """A message that a change is about, and what it says now."""

    original_message_id: str | None = None
    message_id: str | None = None
    message: object = None

    @property
    def target(self) -> str | None:
        """The message, by either name."""
        return self.original_message_id or self.message_id


class HistoryContext(msgspec.Struct):
    """How far a message of the past came."""

    status: str | None = None


class Message(msgspec.Struct):
    """A message, in either direction: whoever speaks is in `from`, an echo names whom it speaks to in `to`."""

    id: str | None = None
    type: str | None = None
    from_: str | None = field(default=None, name="from")
    from_user_id: str | None = None
    from_parent_user_id: str | None = None
    to: str | None = None
    to_user_id: str | None = None
    timestamp: object = None
    group_id: str | None = None
    text: Text | None = None
    image: Media | None = None
    video: Media | None = None
    audio: Media | None = None
    voice: Media | None = None
    document: Media | None = None
    sticker: Media | None = None
    location: Location | None = None
    contacts: list[Card] = []
    button: Button | None = None
    interactive: Interactive | None = None
    order: Order | None = None
    reaction: Reaction | None = None
    system: System | None = None
    referral: Referral | None = None
    context: Context | None = None
    errors: list[PlatformError] = []
    unsupported: Unsupported | None = None
    template: Template | None = None
    edit: Named | None = None
    revoke: Named | None = None
    origin: str | None = None
    history_context: HistoryContext | None = None


def read(raw: object, *, into: type[Payload]) -> Payload:
    """A typed payload: at once where it is well-formed, else field by field."""
    try:
        return msgspec.convert(raw, into, strict=False)
    except (msgspec.ValidationError, OverflowError, RecursionError):
        return salvage(raw, into=into)


def read_message(raw: object) -> Message:
    """A message of any age. A `text` that is no object counts as its body."""
    message = read(raw, into=Message)
    plain = raw.get("text") if isinstance(raw, dict) else None
    if message.text is None and isinstance(plain, str):
        message.text = Text(body=plain)
    return message
