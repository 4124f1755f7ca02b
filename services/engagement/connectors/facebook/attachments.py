"""What hangs beside a text: attachments of Messenger, of changes and of Graph objects. Called by the readers; pure."""

from collections.abc import Iterator

import msgspec

from services.contracts.interaction import Attachment
from services.engagement.connectors.facebook.payloads import Change, GraphObject, Message
from services.engagement.protocol import MediaKind, salvage

_KINDS = {
    "image": MediaKind.IMAGE,
    "photo": MediaKind.IMAGE,
    "video": MediaKind.VIDEO,
    "audio": MediaKind.AUDIO,
    "file": MediaKind.FILE,
    "location": MediaKind.LOCATION,
    "sticker": MediaKind.STICKER,
    "fallback": MediaKind.LINK,
    "share": MediaKind.LINK,
    "link": MediaKind.LINK,
    "post": MediaKind.LINK,
    "reel": MediaKind.LINK,
    "ig_reel": MediaKind.LINK,
    "ig_post": MediaKind.LINK,
    "story_mention": MediaKind.STORY,
    "story": MediaKind.STORY,
    "ig_story": MediaKind.STORY,
}
_SITE = "https://www.facebook.com"


class _Point(msgspec.Struct):
    lat: float | None = None
    long: float | None = None


class _Payload(msgspec.Struct):
    url: str | None = None
    title: str | None = None
    text: str | None = None
    intro_message: str | None = None
    template_type: str | None = None
    sticker_id: str | None = None
    attachment_id: str | None = None
    reel_video_id: str | None = None
    coordinates: _Point | None = None
    product: object = None
    elements: object = None


class _Attached(msgspec.Struct):
    type: str | None = None
    title: str | None = None
    url: str | None = None
    capital_url: str | None = msgspec.field(default=None, name="URL")
    name: str | None = None
    payload: _Payload | None = None


class _Picture(msgspec.Struct):
    url: str | None = None
    src: str | None = None


class _Media(msgspec.Struct):
    image: _Picture | None = None
    source: str | None = None


class _Stored(msgspec.Struct):
    id: str | None = None
    type: str | None = None
    title: str | None = None
    name: str | None = None
    url: str | None = None
    link: str | None = None
    mime_type: str | None = None
    size: int | None = None
    file_url: str | None = None
    image_data: _Picture | None = None
    video_data: _Picture | None = None
    media: _Media | None = None
    subattachments: object = None


class _Element(msgspec.Struct):
    id: str | None = None
    title: str | None = None
    subtitle: str | None = None
    image_url: str | None = None
    item_url: str | None = None


def of_message(message: Message) -> tuple[Attachment, ...]:
    """A message's attachments; a sticker without any, and what the platform cannot show, are one."""
    listed = message.attachments if isinstance(message.attachments, list) else [message.attachments]
    found = tuple(_attached(salvage(each, into=_Attached)) for each in listed if isinstance(each, dict))
    # While Meta moves from pictures to stickers, it sends both for one.
    found = tuple(
        each for place, each in enumerate(found) if each.kind != MediaKind.STICKER or each.reference not in _stickers(found[:place])
    )
    if not found and message.sticker_id:
        return (Attachment(kind=MediaKind.STICKER, reference=message.sticker_id),)
    if not found and message.is_unsupported:
        return (Attachment(kind=MediaKind.OTHER),)
    return found


def _stickers(found: tuple[Attachment, ...]) -> set[str | None]:
    return {each.reference for each in found if each.kind == MediaKind.STICKER}


def words_of(message: Message) -> str | None:
    """What a template says, for messages that have no text of their own."""
    listed = message.attachments if isinstance(message.attachments, list) else []
    payloads = [payload for each in listed if isinstance(each, dict) and (payload := salvage(each, into=_Attached).payload)]
    return next((words for each in payloads if (words := each.text or each.intro_message)), None)


def _attached(each: _Attached) -> Attachment:
    payload = each.payload or _Payload()
    kind = _KINDS.get((each.type or "").lower(), MediaKind.OTHER)
    address = payload.url or each.url or each.capital_url
    name = each.title or payload.title or each.name
    if kind is MediaKind.LOCATION:
        return _place(payload.coordinates, url=address, name=name)
    if payload.sticker_id:
        return Attachment(kind=MediaKind.STICKER, url=_absolute(address), reference=payload.sticker_id, name=name)
    if each.type == "template":
        return _template(payload, name=name)
    reference = payload.attachment_id or payload.reel_video_id
    return Attachment(kind=kind, url=_absolute(address), reference=reference, name=name)


def _place(point: _Point | None, *, url: str | None, name: str | None) -> Attachment:
    told = f"{point.lat},{point.long}" if point and point.lat is not None and point.long is not None else None
    return Attachment(kind=MediaKind.LOCATION, url=url or (f"geo:{told}" if told else None), reference=told, name=name)


def _template(payload: _Payload, *, name: str | None) -> Attachment:
    """A card, a product, a receipt: a link where it shows something that can be opened."""
    first = next(iter(_elements(payload)), None)
    if first is None:
        return Attachment(kind=MediaKind.OTHER, url=_absolute(payload.url), name=name or payload.template_type)
    return Attachment(kind=MediaKind.LINK, url=_absolute(first.item_url or first.image_url), reference=first.id, name=first.title or name)


def _elements(payload: _Payload) -> Iterator[_Element]:
    inside = payload.product if isinstance(payload.product, dict) else {"elements": payload.elements}
    listed = inside.get("elements")
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, dict):
            yield salvage(each, into=_Element)


def of_change(change: Change) -> tuple[Attachment, ...]:
    """Pictures, films and links of a post or comment. A photo's and a film's `link` is the file itself."""
    pictures = [change.photo] if change.photo else []
    pictures += change.photos
    films = [change.video] if change.video else []
    item = (change.item or "").lower()
    if change.link and item == "photo" and change.link not in pictures:
        pictures.append(change.link)
    elif change.link and item == "video" and change.link not in films:
        films.append(change.link)
    found = [Attachment(kind=MediaKind.IMAGE, url=each) for each in pictures]
    found += [Attachment(kind=MediaKind.VIDEO, url=each) for each in films]
    if change.link and item not in {"photo", "video"}:
        found.append(Attachment(kind=MediaKind.LINK, url=change.link))
    return tuple(found)


def of_object(thing: GraphObject) -> tuple[Attachment, ...]:
    """Attachments of a message, comment or post that was asked for."""
    found = [_stored(salvage(each, into=_Stored)) for each in (*listed(thing.attachments), *listed(thing.attachment))]
    # The shares of a message are what was passed on; those of a post are only counted.
    found += [_shared(salvage(each, into=_Stored)) for each in listed(thing.shares) if each.keys() & {"link", "url", "id", "name"}]
    if thing.sticker:
        found.append(Attachment(kind=MediaKind.STICKER, url=thing.sticker))
    shown = next((each.get("source") for each in listed(thing.images)), None)
    if not found and not thing.source and isinstance(shown, str):
        found.append(Attachment(kind=MediaKind.IMAGE, url=shown))
    if not found and thing.source:
        found.append(Attachment(kind=MediaKind.VIDEO if thing.embed_html else MediaKind.IMAGE, url=thing.source))
    picture = thing.full_picture or (None if thing.link else thing.picture)
    if not found and picture:
        found.append(Attachment(kind=MediaKind.IMAGE, url=picture))
    return tuple(found)


def _stored(each: _Stored) -> Attachment:
    picture = each.image_data or (each.media.image if each.media else None)
    source = (each.video_data.url if each.video_data else None) or (each.media.source if each.media else None)
    shown = (picture.url or picture.src) if picture else None
    kind = _stored_kind(each, film=bool(source), picture=bool(shown))
    address = source if kind is MediaKind.VIDEO else shown if kind in {MediaKind.IMAGE, MediaKind.STICKER} else None
    return Attachment(
        kind=kind,
        url=address or each.file_url or each.url or each.link or shown,
        reference=each.id,
        content_type=each.mime_type,
        name=each.title or each.name,
        size_bytes=each.size,
    )


def _stored_kind(each: _Stored, *, film: bool, picture: bool) -> MediaKind:
    told = (each.type or "").lower()
    family = (each.mime_type or "").partition("/")[0]
    if "sticker" in told:
        return MediaKind.STICKER
    if "video" in told or family == "video" or (film and not told):
        return MediaKind.VIDEO
    if "photo" in told or "image" in told or family == "image" or (picture and not told and not family):
        return MediaKind.IMAGE
    if family == "audio":
        return MediaKind.AUDIO
    return MediaKind.FILE if each.mime_type or each.file_url else MediaKind.LINK


def _shared(each: _Stored) -> Attachment:
    return Attachment(kind=MediaKind.LINK, url=each.link or each.url, reference=each.id, name=each.name or each.title)


def link_of(address: str) -> tuple[Attachment, ...]:
    """A link alone."""
    return (Attachment(kind=MediaKind.LINK, url=address),)


def listed(value: object) -> list[dict[str, object]]:
    """The objects of `{data: [...]}`, of a list, or the one object."""
    inside = value.get("data", [value]) if isinstance(value, dict) else value
    return [each for each in inside if isinstance(each, dict)] if isinstance(inside, list) else []


def _absolute(address: str | None) -> str | None:
    """Addresses of Facebook's own things may come without their site."""
    return f"{_SITE}{address}" if address and address.startswith("/") and not address.startswith("//") else address
