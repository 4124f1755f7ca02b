"""Files that entries name, as attachments. Called by xml_entries and json_entries; pure.

Sources: RSS 2.0 (enclosure), Atom (link rel="enclosure"), https://www.rssboard.org/media-rss, https://www.jsonfeed.org/version/1.1/.
"""

from collections.abc import Iterable, Iterator
from urllib.parse import unquote, urlsplit

from services.contracts.interaction import Attachment
from services.engagement.connectors.feeds.entries import resolved
from services.engagement.connectors.feeds.tree import Node
from services.engagement.protocol import MediaKind

MOST = 20
_BY_TYPE = {"image": MediaKind.IMAGE, "video": MediaKind.VIDEO, "audio": MediaKind.AUDIO}
_BY_END = {
    **dict.fromkeys(("jpg", "jpeg", "png", "gif", "webp", "avif", "svg"), MediaKind.IMAGE),
    **dict.fromkeys(("mp4", "m4v", "mov", "webm", "ogv", "m3u8"), MediaKind.VIDEO),
    **dict.fromkeys(("mp3", "m4a", "ogg", "oga", "opus", "wav", "flac", "aac"), MediaKind.AUDIO),
}
_LARGEST = 2**53
_NAME_CHARS = 200


def attachment(address: str, *, base: str, type_: str = "", medium: str = "", size: object = None, name: str = "") -> Attachment | None:
    """A file by its address, or None where it has none."""
    url = resolved(base, address)
    if not url:
        return None
    last = unquote(urlsplit(url).path.rpartition("/")[2])
    end = last.rpartition(".")[2].lower() if "." in last else ""
    kind = _BY_TYPE.get(medium) or _BY_TYPE.get(type_.partition("/")[0].lower()) or _BY_END.get(end) or MediaKind.FILE
    content_type = type_.strip().lower() if "/" in type_ else None
    return Attachment(kind=kind, url=url, content_type=content_type, name=(name or last)[:_NAME_CHARS] or None, size_bytes=_size(size))


def attachments_of(node: Node, *, base: str) -> tuple[Attachment, ...]:
    """Everything that an entry of RSS or Atom encloses, each address once; a preview only where there is no picture."""
    found = [*_enclosed(node, base), *_of_media(node, base)]
    if not any(each.kind == MediaKind.IMAGE for each in found):
        found += _previews(node, base)
    return distinct(found)


def distinct(found: Iterable[Attachment]) -> tuple[Attachment, ...]:
    """Each address once, and no more than are kept."""
    return tuple({each.url: each for each in reversed(list(found))}.values())[::-1][:MOST]


def _enclosed(node: Node, base: str) -> Iterator[Attachment]:
    for child in node.nodes("enclosure", "link"):
        given = child.attributes
        if child.name == "link" and given.get("rel", "").lower() != "enclosure":
            continue
        address = given.get("url") or given.get("href") or (child.text() if child.name == "enclosure" else "")
        made = attachment(address, base=base, type_=given.get("type", ""), size=given.get("length"), name=given.get("title", ""))
        if made:
            yield made


def _of_media(node: Node, base: str) -> Iterator[Attachment]:
    for child in node.within("media:content"):
        given = child.attributes
        medium = given.get("medium", "").lower()
        flash = given.get("type") == "application/x-shockwave-flash"
        made = attachment(
            given.get("url", ""),
            base=base,
            type_=given.get("type", ""),
            medium="video" if flash else medium,
            size=given.get("filesize"),
            name=child.text("media:title"),
        )
        if made:
            yield made


def _previews(node: Node, base: str) -> Iterator[Attachment]:
    for child in node.within("media:thumbnail", "itunes:image"):
        made = attachment(child.attributes.get("url") or child.attributes.get("href") or child.text(), base=base, medium="image")
        if made:
            yield made
            return


def _size(value: object) -> int | None:
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 17 and 0 < int(text) < _LARGEST else None
