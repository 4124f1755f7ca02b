"""What a post or message says and carries: mentions, links, pictures, quoted posts. Called by posts and chat; pure.

Facets point at bytes of the text in UTF-8, their forerunners (entities) at UTF-16 units.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from services.contracts.interaction import Attachment, Author
from services.engagement.connectors.bluesky.payloads import Entity, Facet, Record
from services.engagement.connectors.bluesky.people import author_named
from services.engagement.protocol import MediaKind

_IMAGES = "https://cdn.bsky.app/img/feed_fullsize/plain"
_VIDEOS = "https://video.bsky.app/watch"
_MOST_EMBEDS = 40


def mentions_of(text: str, *, facets: Sequence[Facet], entities: Sequence[Entity] = ()) -> tuple[Author, ...]:
    """Everybody named, by DID, under the handle that the text shows."""
    found: dict[str, Author] = {}
    for facet in facets:
        for feature in facet.features:
            if feature.did:
                found.setdefault(feature.did, _named(feature.did, shown=_shown(text, facet)))
    for entity in entities:
        if entity.type == "mention" and entity.value:
            found.setdefault(entity.value, _named(entity.value, shown=_of_units(text, entity)))
    return tuple(found.values())


def links_of(facets: Sequence[Facet], *, entities: Sequence[Entity] = ()) -> tuple[str, ...]:
    """The whole addresses behind what the text shows, which is often cut short."""
    linked = [feature.uri for facet in facets for feature in facet.features if feature.uri]
    linked += [entity.value for entity in entities if entity.type == "link" and entity.value]
    return tuple(dict.fromkeys(linked))


def tags_of(record: Record) -> tuple[str, ...]:
    """Hashtags in the text and beside it, without the #."""
    return tuple(dict.fromkeys([*(feature.tag for facet in record.facets for feature in facet.features if feature.tag), *record.tags]))


def attachments_of(embeds: Iterable[object], *, author: str | None) -> tuple[Attachment, ...]:
    """Pictures, a video, a card, of the first embed that shows any: the view before the record, which knows no addresses."""
    for embed in embeds:
        found = tuple(each for part in _parts(embed) for each in _of_part(part, author=author))
        if found:
            return found
    return ()


def quoted_in(embeds: Iterable[object]) -> tuple[str | None, str | None]:
    """The address and the text of the post that is quoted."""
    uri: str | None = None
    for embed in embeds:
        for part in _parts(embed):
            record = part.get("record")
            while isinstance(record, dict) and "uri" not in record and isinstance(record.get("record"), dict):
                record = record["record"]
            if isinstance(record, dict) and isinstance(record.get("uri"), str):
                uri = uri or record["uri"]
                value = record.get("value")
                if isinstance(value, dict) and isinstance(value.get("text"), str):
                    return uri, value["text"]
    return uri, None


def _named(did: str, *, shown: str) -> Author:
    handle = shown.strip().removeprefix("@")
    author = author_named(did)
    return replace(author, handle=handle) if "." in handle and " " not in handle else author  # type: ignore[return-value, type-var]  # a DID makes one


def _shown(text: str, facet: Facet) -> str:
    index = facet.index
    if index is None or index.byte_start is None or index.byte_end is None or not 0 <= index.byte_start < index.byte_end:
        return ""
    return text.encode()[index.byte_start : index.byte_end].decode("utf-8", "ignore")


def _of_units(text: str, entity: Entity) -> str:
    index = entity.index
    if index is None or index.start is None or index.end is None or not 0 <= index.start < index.end:
        return ""
    return text.encode("utf-16-le", "replace")[2 * index.start : 2 * index.end].decode("utf-16-le", "ignore")


def _parts(embed: object) -> Iterator[dict[str, object]]:
    """The embed, and the media beside a quoted post."""
    if isinstance(embed, dict):
        yield embed
        media = embed.get("media")
        if isinstance(media, dict):
            yield media


def _of_part(part: dict[str, object], *, author: str | None) -> Iterator[Attachment]:
    for name in ("images", "items"):
        listed = part.get(name)
        if isinstance(listed, list):
            yield from (_image(image, author=author) for image in listed[:_MOST_EMBEDS] if isinstance(image, dict))
    if isinstance(part.get("external"), dict):
        yield _card(part["external"])  # type: ignore[arg-type]  # looked at just now
    if "video" in part or "playlist" in part:
        yield _video(part, author=author)


def _image(image: dict[str, object], *, author: str | None) -> Attachment:
    blob = image.get("image")
    cid, type_, size = _blob(blob)
    url = _text(image.get("fullsize")) or _text(image.get("thumb")) or (blob if isinstance(blob, str) and blob.startswith("http") else None)
    if url is None and cid and (author or "").startswith("did:"):
        url = f"{_IMAGES}/{author}/{cid}@jpeg"
    return Attachment(kind=MediaKind.IMAGE, url=url, reference=cid, content_type=type_, name=_text(image.get("alt")), size_bytes=size)


def _video(part: dict[str, object], *, author: str | None) -> Attachment:
    cid, type_, size = _blob(part.get("video"))
    cid = cid or _text(part.get("cid"))
    url = _text(part.get("playlist"))
    if url is None and cid and (author or "").startswith("did:"):
        url = f"{_VIDEOS}/{author}/{cid}/playlist.m3u8"
    return Attachment(kind=MediaKind.VIDEO, url=url, reference=cid, content_type=type_, name=_text(part.get("alt")), size_bytes=size)


def _card(external: dict[str, object]) -> Attachment:
    return Attachment(kind=MediaKind.LINK, url=_text(external.get("uri")), name=_text(external.get("title")))


def _blob(blob: object) -> tuple[str | None, str | None, int | None]:
    """(cid, type, size) of a blob, also in its form of before 2023."""
    if not isinstance(blob, dict):
        return None, None, None
    ref = blob.get("ref")
    cid = _text(ref.get("$link") if isinstance(ref, dict) else ref) or _text(blob.get("cid"))
    size = blob.get("size")
    known = size if isinstance(size, int) and not isinstance(size, bool) and 0 <= size < 2**63 else None
    return cid, _text(blob.get("mimeType")), known


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
