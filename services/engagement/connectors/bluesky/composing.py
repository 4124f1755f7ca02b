"""What we write, as records: text with its mentions, links and tags marked by bytes, pictures, what it answers. Called by sending; pure.

Lexicons: app.bsky.feed.post, app.bsky.richtext.facet, app.bsky.embed.images, chat.bsky.convo.defs#messageInput.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from services.engagement.connectors.bluesky.addresses import POST, written
from services.engagement.protocol import OutboundReply

_FACET = "app.bsky.richtext.facet"
_HANDLE = re.compile(r"(?<![\w.@/-])@((?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)")
_LINK = re.compile(r"https?://[^\s<>\"]+")
_TAG = re.compile(r"(?<!\S)[#\uff03]([^\s#]+)")
_AFTER_LINK = ".,;:!?'\"\u00bb\u201d\u2019"
_AFTER_TAG = f"{_AFTER_LINK})]}}"
_LONGEST_TAG = 64


def handles_in(text: str) -> list[str]:
    """The handles that a text names with @, each once, as they are written."""
    taken = [range(*match.span()) for match in _LINK.finditer(text)]
    found = (match.group(1) for match in _HANDLE.finditer(text) if not any(match.start() in span for span in taken))
    return list(dict.fromkeys(found))


def facets_of(text: str, *, people: Mapping[str, str]) -> list[dict[str, object]]:
    """The marks on a text. `people`: the DIDs of the handles in it, by the handle in lower case."""
    links = [(match.start(), _cut(match.group())) for match in _LINK.finditer(text)]
    marks = [(start, start + len(link), {"$type": f"{_FACET}#link", "uri": link}) for start, link in links]
    spans = [range(start, end) for start, end, _ in marks]
    for start, end, feature in (*_mentions(text, people=people), *_tags(text)):
        if not any(start in span for span in spans):
            marks.append((start, end, feature))
    ordered = sorted(marks, key=lambda mark: mark[0])
    return [{"index": _bytes(text, start=start, end=end), "features": [feature]} for start, end, feature in ordered]


def post_record(
    reply: OutboundReply, *, facets: Sequence[object], answered: Mapping[str, object] | None, images: Sequence[object]
) -> dict[str, object]:
    """The record of a post."""
    parts: dict[str, object] = {
        "$type": POST,
        "text": reply.text,
        "createdAt": written(reply.attempted_at),
        "facets": list(facets),
        "reply": answered,
        "embed": {"$type": "app.bsky.embed.images", "images": list(images)} if images else None,
    }
    return {name: value for name, value in parts.items() if value or name == "text"}


def message_input(text: str, *, facets: Sequence[object]) -> dict[str, object]:
    """A direct message."""
    return {"text": text, **({"facets": list(facets)} if facets else {})}


def _mentions(text: str, *, people: Mapping[str, str]) -> Iterator[tuple[int, int, dict[str, str]]]:
    for match in _HANDLE.finditer(text):
        did = people.get(match.group(1).lower())
        if did:
            yield match.start(), match.end(), {"$type": f"{_FACET}#mention", "did": did}


def _tags(text: str) -> Iterator[tuple[int, int, dict[str, str]]]:
    for match in _TAG.finditer(text):
        tag = match.group(1).rstrip(_AFTER_TAG)
        if 0 < len(tag) <= _LONGEST_TAG and not tag.isdigit():
            yield match.start(), match.start() + 1 + len(tag), {"$type": f"{_FACET}#tag", "tag": tag}


def _cut(link: str) -> str:
    """A link without the punctuation of the sentence around it; a bracket stays where it was opened inside."""
    link = link.rstrip(_AFTER_LINK)
    while link.endswith(")") and link.count(")") > link.count("("):
        link = link[:-1].rstrip(_AFTER_LINK)
    return link


def _bytes(text: str, *, start: int, end: int) -> dict[str, int]:
    return {"byteStart": len(text[:start].encode()), "byteEnd": len(text[:end].encode())}
