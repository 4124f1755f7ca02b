"""Channels as authors and venues, and what the ids of comments say. Called by the readers beside; pure."""

import re

from services.contracts.interaction import Author, Venue
from services.contracts.vocabulary import Control, Media
from services.engagement.connectors.youtube.payloads import CommentSnippet, Profile
from services.engagement.protocol import ChannelFacts

NETWORK = "youtube"
NOBODY = Author(network=NETWORK, external_id="unknown", name="Someone on YouTube")
WATCH = "https://www.youtube.com/watch?v="
CHANNEL = "https://www.youtube.com/channel/"
_CHANNEL_IN_URL = re.compile(r"/channel/([\w-]{3,64})")


def commenter(snippet: CommentSnippet) -> Author:
    """Who wrote a comment. Old comments, and those of closed accounts, name no channel: then the name stands for it, or nobody does."""
    channel = channel_id_in(snippet.author_channel_id) or _channel_in_url(snippet.author_channel_url)
    name = (snippet.author_display_name or "").strip()
    if not channel and not name:
        return NOBODY
    return author(channel or f"name:{name}", name=name, avatar_url=snippet.author_profile_image_url)


def chatter(profile: Profile, *, author_channel_id: object = None) -> Author:
    """Who wrote in a chat, became a member or subscribed."""
    channel = profile.channel_id or channel_id_in(author_channel_id)
    name = (profile.display_name or profile.title or "").strip()
    if not channel:
        return NOBODY
    return author(channel, name=name, avatar_url=profile.profile_image_url, bio=profile.description)


def author(channel: str, *, name: str | None = None, avatar_url: str | None = None, bio: str | None = None) -> Author:
    """A channel as an author. YouTube shows a handle (`@lumen`) where it used to show a name."""
    known = not channel.startswith(("name:", "@"))
    return Author(
        network=NETWORK,
        external_id=channel,
        handle=name[1:] if name and name.startswith("@") and len(name) > 1 else None,
        name=name or None,
        avatar_url=avatar_url or None,
        bio=bio or None,
        links=(f"{CHANNEL}{channel}",) if known else (),
    )


def ourselves(channel: ChannelFacts) -> Author:
    """Our own channel, as far as it is known."""
    handle = channel.config.get("handle", "").lstrip("@")
    return Author(network=NETWORK, external_id=channel.account or "channel", handle=handle or None)


def is_us(person: Author, *, channel: ChannelFacts) -> bool:
    """Whether our own channel speaks."""
    return bool(channel.account) and person.external_id == channel.account


def venue(
    owner: str | None, *, channel: ChannelFacts, title: str | None = None, ours: bool | None = None, video: str | None = None
) -> Venue:
    """The channel under whose video something was said, or the video where nobody knows its channel.

    `ours` where that is known otherwise than by its id.
    """
    owner = owner or channel.account
    if not owner and video:
        return Venue(network=NETWORK, external_id=video, url=f"{WATCH}{video}", title=title or None)
    mine = (not owner or not channel.account or owner == channel.account) if ours is None else ours
    return Venue(
        network=NETWORK,
        external_id=owner or "channel",
        url=f"{CHANNEL}{owner}" if owner else None,
        title=title or None,
        control=Control.OURS if mine else Control.THIRD_PARTY,
        media=Media.OWNED if mine else Media.EARNED,
    )


def channel_id_in(told: object) -> str | None:
    """`{"value": "UC..."}`, or the id itself."""
    told = told.get("value") if isinstance(told, dict) else told
    return told if isinstance(told, str) and told else None


def top_of(comment_id: str) -> str:
    """The first comment of the thread that a comment stands in: a reply's id is the thread's, a dot, and its own."""
    return comment_id.partition(".")[0]


def _channel_in_url(url: str | None) -> str | None:
    found = _CHANNEL_IN_URL.search(url or "")
    return found.group(1) if found else None
