"""An entry as a neutral event: a post, a comment, a mention of us; an edit or a deletion of one. Called by the connector; pure."""

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urldefrag

from services.contracts.interaction import NeutralEvent, Parent
from services.contracts.vocabulary import Addressed, Control, Direction, Kind
from services.engagement.connectors.feeds.choosing import is_wanted, names_in, searches
from services.engagement.connectors.feeds.entries import Answering, Document, Entry, NotAFeedError
from services.engagement.connectors.feeds.people import authors_of, venue_of
from services.engagement.connectors.feeds.stored import Stored, edit_name, read_stored
from services.engagement.connectors.feeds.words import TEXT_LIMIT_CHARS
from services.engagement.protocol import ChannelFacts, Delivery, Parsed

ENTRY_KINDS = {"posts": Kind.POST, "comments": Kind.COMMENT, "mentions": Kind.MENTION}
# How blogs and forums mark the place of a comment in a page.
_COMMENT = re.compile(r"(?:comments?|cmt|c|reply|issuecomment|discussioncomment|pullrequestreview|note)[-_]?\d+", re.IGNORECASE)
_ANSWER = re.compile(r"/questions/\d+/[^?#]*#\d+$")
_REDDIT_COMMENT = re.compile(r"https?://(?:www\.|old\.)?reddit\.com(?P<post>/r/[^/]+/comments/(?P<id>[a-z0-9]+))/[^/]*/[a-z0-9]+/?")
# Titles that content systems make for comments; they say nothing.
_MADE_UP = re.compile(
    r"(?:by|von|par|di|por|door|re|comment on|comments on|antwort auf|kommentar zu|answer by|reply to)\b[:\s]", re.IGNORECASE
)
_LONGEST_EXTRA_CHARS = 1_000


@dataclass(frozen=True, slots=True)
class _Found:
    """An entry with its surroundings."""

    entry: Entry
    document: Document
    stored: Stored
    channel: ChannelFacts
    received_at: datetime

    @property
    def control(self) -> Control:
        """Whose venue it is, as the channel says."""
        said = self.channel.config.get("control", "")
        return Control(said) if said in set(Control) else Control.THIRD_PARTY


@dataclass(frozen=True, slots=True)
class _Thread:
    """Where in a conversation an entry stands."""

    root: str
    top: str | None = None
    ancestors: tuple[str, ...] = ()


def read_delivery(delivery: Delivery) -> Parsed:
    """What a journal item means; of a whole feed all its entries."""
    try:
        stored, document = read_stored(delivery.body, content_type=delivery.headers.get("content-type", ""))
    except NotAFeedError as error:
        return Parsed(unknown=str(error))
    if not document.entries:
        return Parsed(ignored="a feed without entries")
    found = [_Found(entry, document, stored, delivery.channel, delivery.received_at) for entry in document.entries]
    wanted = [each for each in found if each.entry.deleted or stored.edited or is_wanted(each.entry, config=delivery.channel.config)]
    if not wanted:
        return Parsed(ignored="it holds none of the words that are looked for, or one that is not wanted")
    events = {event.id: event for event in map(_event, wanted) if event is not None}
    return Parsed(events=tuple(events.values())) if events else Parsed(ignored="an entry that says nothing")


def _event(found: _Found) -> NeutralEvent | None:
    entry = found.entry
    if entry.deleted:
        return _deletion(found)
    kind, answering = kind_of(entry, document=found.document, wish=found.channel.config.get("entries", ""))
    if kind is Kind.POST and searches(found.channel.config):
        kind = Kind.MENTION
    text, language = text_of(entry, kind=kind), entry.language or None
    if not text and not entry.attachments and not entry.url:
        return None
    first, *others = authors_of(entry, feed=found.document.feed, language=language)
    ours = _is_ours(found, kind=kind, name=first.name or "")
    edited, thread = found.stored.edited, _thread(entry, kind=kind, answering=answering)
    return NeutralEvent(
        id=f"{entry.id}:edit:{edit_name(entry)}" if edited else entry.id,
        occurred_at=_occurred_at(found),
        kind=Kind.EDIT if edited else kind,
        author=first,
        venue=venue_of(entry, feed=found.document.feed, control=found.control, asked=found.stored.url),
        public=True,
        direction=Direction.OUTBOUND if ours else Direction.INBOUND,
        text=text or None,
        attachments=entry.attachments,
        in_reply_to=Parent(external_id=answering.id) if answering else None,
        addressed=_addressed(found, kind=kind, ours=ours),
        source=found.stored.source,
        target=entry.id if edited else None,
        root=thread.root,
        thread=thread.top,
        ancestors=thread.ancestors,
        extra=_extra(found, others=[each.name or each.external_id for each in others]),
    )


def kind_of(entry: Entry, *, document: Document, wish: str = "") -> tuple[Kind, Answering | None]:
    """What the entry is, and what it answers: as the channel wishes, else as the entry shows."""
    answering = entry.answering or _answered_page(entry)
    wished = ENTRY_KINDS.get(wish.strip().lower())
    if wished is Kind.COMMENT and answering is None:
        page = urldefrag(entry.url).url or document.feed.link
        return Kind.COMMENT, Answering(id=page, url=page) if page else None
    if wished is not None:
        return wished, answering
    return (Kind.COMMENT if answering else Kind.POST), answering


def text_of(entry: Entry, *, kind: Kind) -> str:
    """Title and words; the title alone does not count where the words begin with it, or where a machine made it for a comment."""
    title, text = entry.title, entry.text
    if kind is Kind.COMMENT and text and (_MADE_UP.match(title) or entry.answering or _answered_page(entry)):
        title = ""
    start = " ".join(text[: len(title) + 200].split()).casefold()
    begun = " ".join(title.rstrip("\u2026. ").split()).casefold()
    if title and text and start.startswith(begun):
        title = ""
    return "\n\n".join(part for part in (title, text) if part)[:TEXT_LIMIT_CHARS]


def _answered_page(entry: Entry) -> Answering | None:
    """The page that an entry is a comment on, where its address shows that it is one."""
    on_reddit = _REDDIT_COMMENT.match(entry.url)
    if on_reddit and not entry.id.startswith("t3_"):
        return Answering(id=f"t3_{on_reddit['id']}", url=entry.url[: on_reddit.end("post")] + "/")
    for address in (entry.id, entry.url):
        page, fragment = urldefrag(address)
        if page and _COMMENT.fullmatch(fragment):
            return Answering(id=page, url=urldefrag(entry.url).url)
    if _ANSWER.search(entry.url):
        page = urldefrag(entry.url).url
        return Answering(id=page, url=page)
    return None


def _thread(entry: Entry, *, kind: Kind, answering: Answering | None) -> _Thread:
    """Which conversation it belongs to: a post's own; of comments those beneath one first comment, on one page."""
    if kind is not Kind.COMMENT or answering is None:
        return _Thread(entry.id)
    page, fragment = urldefrag(answering.id)
    if page and _COMMENT.fullmatch(fragment):
        return _Thread(page, answering.id, (answering.id,))
    return _Thread(answering.id, entry.id)


def _is_ours(found: _Found, *, kind: Kind, name: str) -> bool:
    """Whether we speak: what our own blog posts, and people whom the channel counts as us."""
    if found.control is Control.OURS and kind is Kind.POST:
        return True
    return " ".join(name.split()).casefold() in names_in(found.channel.config.get("our_authors", "")) if name else False


def _addressed(found: _Found, *, kind: Kind, ours: bool) -> Addressed:
    """Comments in our own venue speak to us; what was looked for speaks about us; the rest to others."""
    if ours or (found.control is Control.OURS and kind is Kind.COMMENT):
        return Addressed.US
    return Addressed.ABOUT_US if kind is Kind.MENTION or searches(found.channel.config) else Addressed.OTHERS


def _occurred_at(found: _Found) -> datetime:
    """When it was published, or changed; never later than it came."""
    entry = found.entry
    said = entry.at if found.stored.edited else entry.published or entry.updated
    return min(said, found.received_at) if said else found.received_at


def _deletion(found: _Found) -> NeutralEvent:
    entry = found.entry
    return NeutralEvent(
        id=f"{entry.id}:deleted",
        occurred_at=_occurred_at(found),
        kind=Kind.DELETION,
        author=authors_of(entry, feed=found.document.feed)[0],
        venue=venue_of(entry, feed=found.document.feed, control=found.control, asked=found.stored.url),
        public=True,
        addressed=Addressed.OTHERS if found.control is not Control.OURS else Addressed.US,
        source=found.stored.source,
        root=entry.id,
        target=entry.id,
    )


def _extra(found: _Found, *, others: list[str]) -> dict[str, str]:
    """Facts without a column."""
    entry = found.entry
    facts = {
        "url": entry.url,
        "title": entry.title,
        "language": entry.language,
        "categories": ", ".join(entry.categories),
        "updated": entry.updated.isoformat().replace("+00:00", "Z") if entry.updated and entry.updated != entry.published else "",
        "also_by": ", ".join(others),
        "comments_url": entry.comments_url,
        "comments": entry.comments,
        "feed": found.document.feed.title if entry.source else "",
    }
    return {name: value[:_LONGEST_EXTRA_CHARS] for name, value in facts.items() if value}
