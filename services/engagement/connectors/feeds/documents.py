"""The body of an answer, a file or a journal item as a feed of entries. Called by connector, events and listening; pure."""

from services.engagement.connectors.feeds.encoding import decoded
from services.engagement.connectors.feeds.entries import Document, NotAFeedError
from services.engagement.connectors.feeds.json_entries import read_feed_json
from services.engagement.connectors.feeds.markup import read_markup
from services.engagement.connectors.feeds.tree import TooManyNodesError
from services.engagement.connectors.feeds.xml_entries import read_xml
from services.engagement.protocol import NotJsonError, read_json


def read_document(body: bytes, *, url: str = "", content_type: str = "") -> Document:
    """The feed. `url` is where it was fetched from, "" if unknown. Raises `NotAFeedError`."""
    text = decoded(body, content_type=content_type).strip()
    if not text:
        raise NotAFeedError("there is nothing in it")
    if text[0] in "{[":
        return _read_json(text, url=url)
    try:
        root = read_markup(text)
    except TooManyNodesError as error:
        raise NotAFeedError("it has more elements than a feed has") from error
    if root is None:
        raise NotAFeedError("it is neither XML nor JSON")
    return read_xml(root, url=url)


def _read_json(text: str, *, url: str) -> Document:
    try:
        return read_feed_json(read_json(text.encode()), url=url)
    except NotJsonError as error:
        raise NotAFeedError("this JSON is broken") from error
