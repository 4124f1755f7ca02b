"""What a message says and carries: words, attachments, facts without a column. Called by messages; pure.

Vendor's pages: .../whatsapp/webhooks/reference/messages/text, image, interactive, order, contacts, location...
"""

import re

import msgspec

from services.contracts.interaction import Attachment
from services.engagement.connectors.whatsapp.files import address_of
from services.engagement.connectors.whatsapp.payloads import Card, FormReply, Interactive, Location, Media, Message, Order
from services.engagement.protocol import MediaKind, NotJsonError, read_json

_MEDIA = (
    ("image", MediaKind.IMAGE),
    ("video", MediaKind.VIDEO),
    ("audio", MediaKind.AUDIO),
    ("voice", MediaKind.VOICE),
    ("document", MediaKind.FILE),
    ("sticker", MediaKind.STICKER),
)
_CARD_NAME = re.compile(r"(?m)^FN[^:\r\n]{0,80}:([^\r\n]{1,200})")
# What cannot be shown and says nothing by itself: changes to other messages.
SILENT = frozenset({"reaction", "pin", "keep_in_chat", "poll_update", "message_history_notice"})
UNREADABLE = frozenset({"unsupported", "unknown", "ephemeral", "errors"})
# A message of these types without what its type promises is there all the same.
_EMPTY = frozenset(
    {"text", "image", "video", "audio", "voice", "document", "sticker", "location", "contacts", "button", "interactive", "order"}
)


def text_of(message: Message) -> str | None:
    """The words of a message, whatever kind of message carries them."""
    plain = message.text.body if message.text else None
    caption = next((media.caption for media, _ in _media(message) if media.caption), None)
    pressed = message.button.text or message.button.payload if message.button else None
    said = plain or caption or pressed or (_chosen(message.interactive) if message.interactive else None)
    if said:
        return said
    if message.order:
        return _cart(message.order)
    return message.template.name if message.template else None


def attachments_of(message: Message) -> tuple[Attachment, ...]:
    """Everything beside the words; `reference` is the media id, which opens an address with the token of the channel."""
    found = [_attachment(media, kind) for media, kind in _media(message)]
    found += [_place(message.location)] if message.location else []
    found += [_card(card) for card in message.contacts]
    if not found and text_of(message) is None and (message.type in UNREADABLE | _EMPTY or message.errors):
        found = [Attachment(kind=MediaKind.OTHER, name=_unreadable(message))]
    return tuple(found)


def facts_of(message: Message) -> dict[str, str]:
    """Facts without a column, by name; only those that are there."""
    context, referral, interactive = message.context, message.referral, message.interactive
    choice = interactive.button_reply or interactive.list_reply if interactive else None
    form = interactive.nfm_reply if interactive else None
    product = context.referred_product if context else None
    facts = {
        "payload": (message.button.payload if message.button else None) or (choice.id if choice else None),
        "description": choice.description if choice else None,
        "form": _json_text(form.response_json) if form else None,
        "forwarded": ("often" if context.frequently_forwarded else "yes" if context.forwarded else None) if context else None,
        "catalog": (product.catalog_id if product else None) or (message.order.catalog_id if message.order else None),
        "product": product.product_retailer_id if product else None,
        "referral_url": referral.source_url if referral else None,
        "referral_type": referral.source_type if referral else None,
        "referral_headline": referral.headline if referral else None,
        "referral_text": referral.body if referral else None,
        "error": message.errors[0].words() if message.errors else None,
        "address": message.location.address if message.location else None,
    }
    return {name: value for name, value in facts.items() if value}


def _media(message: Message) -> list[tuple[Media, MediaKind]]:
    """The media of a message with their kinds; an audio file that was recorded in the chat is a voice message."""
    found: list[tuple[Media, MediaKind]] = []
    for name, kind in _MEDIA:
        media = getattr(message, name)
        if isinstance(media, Media):
            found.append((media, MediaKind.VOICE if media.voice else kind))
    return found


def _attachment(media: Media, kind: MediaKind) -> Attachment:
    """Some deliveries have the type with an escape too many."""
    type_ = (media.mime_type or "").replace("\\/", "/")
    return Attachment(
        kind=kind,
        url=media.link or address_of(media.id, told=media.url),
        reference=media.id or None,
        content_type=type_ or None,
        name=media.filename or None,
        size_bytes=media.file_size,
    )


def _place(location: Location) -> Attachment:
    known = location.latitude is not None and location.longitude is not None
    point = f"{location.latitude},{location.longitude}" if known else None
    name = location.name or location.address
    return Attachment(kind=MediaKind.LOCATION, url=f"geo:{point}" if point else location.url, reference=point, name=name)


def _card(card: Card) -> Attachment:
    parts = " ".join(part for part in (card.name.first_name, card.name.last_name) if part)
    number = next((phone.wa_id or phone.phone for phone in card.phones), None)
    address = next((email.email for email in card.emails), None)
    written = _CARD_NAME.search(card.vcard or "")
    name = card.name.formatted_name or parts or (written.group(1).strip() if written else None)
    return Attachment(kind=MediaKind.CONTACT, name=name or None, reference=number or address)


def _unreadable(message: Message) -> str:
    named = message.unsupported.type if message.unsupported else None
    return named or (message.errors[0].title if message.errors else None) or message.type or "message"


def _chosen(interactive: Interactive) -> str | None:
    choice = interactive.button_reply or interactive.list_reply
    if choice:
        return choice.title or choice.id
    if interactive.nfm_reply:
        return _filled(interactive.nfm_reply)
    return interactive.body.text if interactive.body else None


def _filled(form: FormReply) -> str | None:
    """What was filled in, a line for each field, below what the chat shows; an address is all there already."""
    if form.name == "address_message" and form.body:
        return form.body
    try:
        told = read_json(form.response_json.encode()) if isinstance(form.response_json, str) else form.response_json
    except NotJsonError:
        told = None
    filled = {name: value for name, value in told.items() if name != "flow_token"} if isinstance(told, dict) else {}
    lines = [f"{name}: {_json_text(value)}" for name, value in filled.items()]
    return "\n".join([*([form.body] if form.body else []), *lines]) or None


def _json_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()


def _cart(order: Order) -> str | None:
    lines = [
        " ".join(part for part in (_number(item.quantity), "x", item.product_retailer_id, _number(item.item_price), item.currency) if part)
        for item in order.product_items
    ]
    return "\n".join([*([order.text] if order.text else []), *lines]) or None


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
