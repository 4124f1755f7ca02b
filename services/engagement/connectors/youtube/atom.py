"""What the hub pushes: an Atom feed with a new, changed or deleted video. Called by items (split) and resources (parse); pure.

Vendor's page: https://developers.google.com/youtube/v3/guides/push_notifications. Deletions: RFC 6721.
"""

import hashlib
import re
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from services.contracts.interaction import NeutralEvent
from services.contracts.vocabulary import Direction, Kind
from services.engagement.connectors.youtube.payloads import Snippet
from services.engagement.connectors.youtube.people import author, venue
from services.engagement.connectors.youtube.posts import post_of
from services.engagement.connectors.youtube.setting import Setting
from services.engagement.protocol import Parsed, RawItem

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# Entities are where XML gets dangerous, and no feed of YouTube's declares any.
_DECLARED = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_LONGEST_BYTES = 1_000_000
_LONGEST_KEY_CHARS = 200
_PREFIX = "yt:video:"


class NotAFeedError(Exception):
    """The bytes are no Atom that the hub could send; the message says why."""


def is_question(body: bytes) -> bool:
    """Whether this is what the hub asks, written down as a form: it comes as a query and is answered at once."""
    return body.lstrip().startswith((b"hub.mode=", b"hub.topic=", b"hub.challenge="))


def is_xml(body: bytes) -> bool:
    """Whether this may be a feed rather than JSON."""
    return body.removeprefix(_BYTE_ORDER_MARK).lstrip()[:1] == b"<"


def entries_of(body: bytes) -> list[RawItem]:
    """The entries of a feed, each as XML of its own. Raises `NotAFeedError`."""
    written = [(entry, _written(entry)) for entry in _entries(_root_of(body))]
    return [RawItem(key=_key_of(entry, written=raw), body=raw) for entry, raw in written]


def read_feed(body: bytes, setting: Setting) -> Parsed:
    """What a feed, or one of its entries, means."""
    try:
        root = _root_of(body)
    except NotAFeedError as error:
        return Parsed(unknown=str(error))
    entries = _entries(root)
    if not entries:
        known = _name(root) == "feed"
        return Parsed(ignored="a feed without an entry") if known else Parsed(unknown=f"XML of the kind {_name(root)[:100]}")
    events = tuple(event for each in entries for event in [_event(each, setting=setting)] if event is not None)
    return Parsed(events=events) if events else Parsed(ignored="an entry that names no video")


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry as text by name. Namespaces are left aside: no name occurs in two of them."""

    element: ET.Element

    def text(self, name: str) -> str | None:
        """The text of the first element of this name, at any depth."""
        found = (child.text for child in self.element.iter() if _name(child) == name)
        return next((text.strip() for text in found if text and text.strip()), None)

    @property
    def video(self) -> str | None:
        """The video's id."""
        told = self.text("videoId") or self.text("id") or self.element.get("ref") or ""
        return told.removeprefix(_PREFIX) or None

    @property
    def channel(self) -> str | None:
        """The channel's id, which a deletion has only in an address."""
        address = self.text("uri") or ""
        return self.text("channelId") or address.rstrip("/").rpartition("/")[2] or None


def _root_of(body: bytes) -> ET.Element:
    body = body.removeprefix(_BYTE_ORDER_MARK).lstrip()
    if len(body) > _LONGEST_BYTES:
        raise NotAFeedError("the feed is too long")
    if _DECLARED.search(body):
        raise NotAFeedError("the feed declares a document type")
    try:
        return ET.fromstring(body)  # noqa: S314 - declarations, which make entities, are refused above
    except (ET.ParseError, ValueError, LookupError, RecursionError) as error:
        raise NotAFeedError(f"the body is not XML: {error}") from error


def _entries(root: ET.Element) -> list[ET.Element]:
    return [element for element in root.iter() if _name(element) in {"entry", "deleted-entry"}]


def _name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _written(element: ET.Element) -> bytes:
    try:
        return ET.tostring(element)
    except RecursionError as error:
        raise NotAFeedError("the feed is too deep") from error


def _key_of(element: ET.Element, *, written: bytes) -> str:
    entry = _Entry(element)
    gone = _name(element) == "deleted-entry"
    key = f"{'deleted' if gone else 'video'}:{entry.video}:{element.get('when') if gone else entry.text('updated')}"
    return key if entry.video and len(key) <= _LONGEST_KEY_CHARS else hashlib.sha256(written).hexdigest()


def _event(element: ET.Element, *, setting: Setting) -> NeutralEvent | None:
    """The hub speaks of the channels that we asked for: where our own is not known, it is ours."""
    entry = _Entry(element)
    if entry.video is None:
        return None
    owner = entry.channel
    ours = None if setting.channel.account else True
    if _name(element) == "deleted-entry":
        return _deletion(element, entry, owner=owner, setting=setting)
    snippet = Snippet(
        published_at=entry.text("published"),
        channel_id=owner,
        channel_title=entry.text("name"),
        title=entry.text("title"),
        description=entry.text("description"),
    )
    return post_of(snippet, number=entry.video, setting=setting, ours=ours)


def _deletion(element: ET.Element, entry: _Entry, *, owner: str | None, setting: Setting) -> NeutralEvent:
    account = setting.channel.account
    return NeutralEvent(
        id=f"{entry.video}:deleted",
        occurred_at=setting.time(element.get("when")),
        kind=Kind.DELETION,
        author=author(owner or account or "channel", name=entry.text("name")),
        venue=venue(owner, channel=setting.channel, title=entry.text("name")),
        public=True,
        direction=Direction.OUTBOUND if not account or owner == account else Direction.INBOUND,
        root=entry.video,
        target=entry.video,
    )
