"""What a message says and carries: text, mentions, attachments, referral code. Called by messages; pure."""

import re
from collections.abc import Iterable, Iterator

from services.contracts.interaction import Attachment, Author
from services.engagement.connectors.telegram.files import address_of
from services.engagement.connectors.telegram.payloads import Entity, Location, Media, Message
from services.engagement.connectors.telegram.people import NETWORK, author_of, bot_of
from services.engagement.protocol import ChannelFacts, MediaKind

_RICH_DEPTH = 20
_RICH_TEXT_KEYS = ("text", "title", "caption", "blocks", "cells", "items", "rows", "label")
_START = re.compile(r"/start(?:@\w{1,64})?[ \t]+(\S.{0,200})")

_MEDIA = (
    ("live_photo", MediaKind.IMAGE),
    ("animation", MediaKind.VIDEO),
    ("video", MediaKind.VIDEO),
    ("video_note", MediaKind.VIDEO),
    ("audio", MediaKind.AUDIO),
    ("voice", MediaKind.VOICE),
    ("document", MediaKind.FILE),
    ("sticker", MediaKind.STICKER),
)


def text_of(message: Message) -> str | None:
    """The words of a message, whatever kind of message carries them."""
    if message.text or message.caption:
        return message.text or message.caption
    if message.rich_message:
        return "\n".join(_rich_texts(message.rich_message.blocks, depth=0)) or None
    if message.web_app_data:
        return message.web_app_data.data
    return _listed(message) or _titled(message)


def attachments_of(message: Message) -> tuple[Attachment, ...]:
    """All media; `reference` is the file_id, and `url` names the file to `files`: nobody else can open it."""
    found: list[Attachment] = []
    if message.photo:
        found.append(_attachment(largest_of(message.photo), MediaKind.IMAGE))
    found += [_attachment(media, kind) for name, kind in _MEDIA if isinstance(media := getattr(message, name), Media)]
    if message.animation and message.document:
        found = [item for item in found if item.kind != MediaKind.FILE]
    return (*found, *_paid(message), *_others(message))


def mentions_of(message: Message, *, channel: ChannelFacts) -> tuple[Author, ...]:
    """Everybody named in the text. A bare @name has no id in Telegram: the name itself, in lower case, stands for it."""
    text = message.text or message.caption or ""
    entities = message.entities if message.text else message.caption_entities
    units = text.encode("utf-16-le", "replace") if entities else b""
    bot = bot_of(channel)
    found: dict[str, Author] = {}
    for entity in entities:
        mentioned = _mentioned(entity, units=units, bot=bot)
        if mentioned:
            found.setdefault(mentioned.external_id, mentioned)
    return tuple(found.values())


def is_command(message: Message) -> bool:
    """Whether the text begins with a command to a bot."""
    return (message.text or "").startswith("/")


def referral_of(message: Message) -> str | None:
    """The code of a deep link (t.me/bot?start=CODE), which arrives as the argument of /start."""
    found = _START.match(message.text or "")
    return found.group(1).strip() or None if found else None


def largest_of(sizes: list[Media]) -> Media:
    """The same photo comes in several sizes, the largest mostly last; not all of them say how many bytes they have."""
    return max(reversed(sizes), key=lambda size: ((size.width or 0) * (size.height or 0), size.file_size or 0))


def _attachment(media: Media, kind: MediaKind) -> Attachment:
    return Attachment(
        kind=kind,
        url=address_of(media.file_id, size_bytes=media.file_size),
        reference=media.file_id,
        content_type=media.mime_type,
        name=media.file_name or media.title or media.emoji,
        size_bytes=media.file_size,
    )


def _paid(message: Message) -> Iterator[Attachment]:
    for item in message.paid_media.paid_media if message.paid_media else ():
        if item.photo:
            yield _attachment(largest_of(item.photo), MediaKind.IMAGE)
        elif item.video:
            yield _attachment(item.video, MediaKind.VIDEO)
        else:
            yield Attachment(kind=MediaKind.OTHER, name=item.type)


def _others(message: Message) -> Iterator[Attachment]:
    if message.contact:
        name = " ".join(part for part in (message.contact.first_name, message.contact.last_name) if part)
        yield Attachment(kind=MediaKind.CONTACT, name=name or None, reference=message.contact.phone_number)
    if message.venue or message.location:
        place = message.venue.title if message.venue else None
        yield _location(message.location or (message.venue.location if message.venue else None), name=place)
    if message.story:
        chat = message.story.chat.id if message.story.chat else None
        yield Attachment(kind=MediaKind.STORY, reference=f"{chat}:story:{message.story.id}")
    if message.poll or message.checklist:
        yield Attachment(kind=MediaKind.POLL, reference=str(message.poll.id) if message.poll else None)
    for name in ("game", "invoice", "giveaway"):
        if getattr(message, name):
            yield Attachment(kind=MediaKind.OTHER, name=name)


def _location(location: Location | None, *, name: str | None) -> Attachment:
    known = location and location.latitude is not None and location.longitude is not None
    point = f"{location.latitude},{location.longitude}" if known and location else None
    return Attachment(kind=MediaKind.LOCATION, url=f"geo:{point}" if point else None, reference=point, name=name)


def _mentioned(entity: Entity, *, units: bytes, bot: Author) -> Author | None:
    if entity.type == "text_mention":
        return author_of(entity.user)
    if entity.type != "mention" or entity.offset < 0 or entity.length < 0:
        return None
    handle = units[2 * entity.offset : 2 * (entity.offset + entity.length)].decode("utf-16-le", "replace").strip().lstrip("@")
    if not handle:
        return None
    if bot.handle and handle.lower() == bot.handle.lower():
        return bot
    return Author(network=NETWORK, external_id=f"@{handle.lower()}", handle=handle, links=(f"https://t.me/{handle}",))


def _listed(message: Message) -> str | None:
    """A poll or a checklist: its question and its lines."""
    head = message.poll.question if message.poll else message.checklist.title if message.checklist else None
    lines = message.poll.options if message.poll else message.checklist.tasks if message.checklist else []
    return "\n".join(line for line in (head, *(f"- {option.text}" for option in lines if option.text)) if line) or None


def _titled(message: Message) -> str | None:
    """Places, dice, games and invoices, in the words that a reader of the history wants."""
    if message.venue:
        return ", ".join(part for part in (message.venue.title, message.venue.address) if part) or None
    if message.dice:
        return f"{message.dice.emoji or ''} {message.dice.value or ''}".strip() or None
    if message.sticker:
        return message.sticker.emoji
    thing = message.game or message.invoice or message.giveaway
    return thing.title or thing.description if thing else None


def _rich_texts(node: object, *, depth: int) -> Iterator[str]:
    """Texts in the order of the blocks; a run of inline parts is one text."""
    if isinstance(node, str):
        yield node
    elif depth >= _RICH_DEPTH:
        return
    elif isinstance(node, list):
        if any(isinstance(part, str) for part in node):
            yield "".join(_flat(node, depth=depth))
        else:
            for part in node:
                yield from _rich_texts(part, depth=depth + 1)
    elif isinstance(node, dict):
        for key in _RICH_TEXT_KEYS:
            if key in node:
                yield from _rich_texts(node[key], depth=depth + 1)


def _flat(parts: Iterable[object], *, depth: int) -> Iterator[str]:
    for part in parts:
        if isinstance(part, str):
            yield part
        else:
            yield "".join(_rich_texts(part, depth=depth + 1))
