"""The slice of Instagram's API objects that is read: media, messages of a conversation, pages of lists. As tolerant as payloads.

Vendor's pages: https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-media and
https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/conversations-api.
"""

import msgspec
from msgspec import field

from services.engagement.connectors.instagram.payloads import Ident, Party, Replies, Story, Time


class Child(msgspec.Struct):
    """One picture or video of an album."""

    id: Ident | None = None
    media_type: str | None = None
    media_url: str | None = None
    thumbnail_url: str | None = None


class Children(msgspec.Struct):
    """What an album holds."""

    data: list[Child] = field(default_factory=list)


class Media(msgspec.Struct):
    """An IG Media: post, reel, story, album."""

    id: Ident | None = None
    caption: str | None = None
    media_type: str | None = None
    media_product_type: str | None = None
    media_url: str | None = None
    thumbnail_url: str | None = None
    permalink: str | None = None
    timestamp: Time | None = None
    username: str | None = None
    owner: Party | None = None
    children: Children | None = None
    comments: Replies | None = None


class MediaData(msgspec.Struct):
    """The address of a picture or video in a conversation."""

    url: str | None = None
    preview_url: str | None = None


class StoredAttachment(msgspec.Struct):
    """A file in a conversation."""

    id: Ident | None = None
    mime_type: str | None = None
    name: str | None = None
    size: int | None = None
    image_data: MediaData | None = None
    video_data: MediaData | None = None
    file_url: str | None = None


class StoredAttachments(msgspec.Struct):
    """The files of a message."""

    data: list[StoredAttachment] = field(default_factory=list)


class Share(msgspec.Struct):
    """A post or link that was shared."""

    id: Ident | None = None
    link: str | None = None
    name: str | None = None


class Shares(msgspec.Struct):
    """What was shared."""

    data: list[Share] = field(default_factory=list)


class Parties(msgspec.Struct):
    """People, and ourselves."""

    data: list[Party] = field(default_factory=list)


class StoryPart(msgspec.Struct):
    """How a message has to do with a story."""

    mention: Story | None = None
    reply_to: Story | None = None


class StoredMessage(msgspec.Struct):
    """A message as the conversation API tells it."""

    id: Ident | None = None
    created_time: Time | None = None
    from_: Party | None = field(default=None, name="from")
    to: Parties | None = None
    message: str | None = None
    attachments: StoredAttachments | None = None
    shares: Shares | None = None
    story: StoryPart | None = None
    sticker: str | None = None
    is_unsupported: bool = False


class Conversation(msgspec.Struct):
    """A conversation with its latest messages."""

    id: Ident | None = None
    updated_time: Time | None = None
    messages: Replies | None = None
    participants: Parties | None = None


class Discovered(msgspec.Struct):
    """Another professional account with its posts."""

    id: Ident | None = None
    username: str | None = None
    name: str | None = None
    media: Replies | None = None
