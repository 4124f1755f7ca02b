"""Videos, uploads, search results, activities, subscribers and members as neutral events. Called by resources; pure.

A video of ours is a post of ours; one of another channel is a post about us. A subscription is a follow, a membership a purchase.
"""

import html
from collections.abc import Mapping

from services.contracts.interaction import Attachment, NeutralEvent
from services.contracts.vocabulary import Addressed, Direction, Kind
from services.engagement.connectors.youtube.payloads import Member, Resource, Snippet
from services.engagement.connectors.youtube.people import NOBODY, WATCH, author, chatter, venue
from services.engagement.connectors.youtube.setting import Setting
from services.engagement.protocol import MediaKind, Parsed, salvage

_UPLOADS = "UU"
_UNLISTED = {"private", "unlisted"}


def read_video(raw: Mapping[str, object], setting: Setting) -> Parsed:
    """A video of videos.list, or of an upload that has just ended."""
    video = salvage(dict(raw), into=Resource)
    number = _text(video.id)
    if video.snippet is None or number is None:
        return Parsed(ignored="figures or parts of a video without its snippet")
    shown = video.status is None or video.status.privacy_status not in _UNLISTED
    return Parsed(events=(post_of(video.snippet, number=number, setting=setting, public=shown),))


def read_result(raw: Mapping[str, object], setting: Setting) -> Parsed:
    """A search result: a video, or a channel or playlist, which say nothing."""
    found = salvage(dict(raw), into=Resource)
    number = _text(found.id.get("videoId")) if isinstance(found.id, dict) else None
    if number is None:
        return Parsed(ignored="a search result that is no video")
    if found.snippet is None:
        return Parsed(ignored="a search result without its snippet")
    # A search tells its words as HTML, all else as they are.
    found.snippet.title = html.unescape(found.snippet.title or "") or None
    found.snippet.description = html.unescape(found.snippet.description or "") or None
    return Parsed(events=(post_of(found.snippet, number=number, setting=setting),))


def read_upload(raw: Mapping[str, object], setting: Setting) -> Parsed:
    """An item of a playlist: a new video where the playlist is a channel's uploads."""
    item = salvage(dict(raw), into=Resource)
    snippet, details = item.snippet, item.content_details
    named = snippet.resource_id.video_id if snippet and snippet.resource_id else None
    number = (details.video_id if details else None) or named
    if snippet is None or number is None or not (snippet.playlist_id or "").startswith(_UPLOADS):
        return Parsed(ignored="an item of a playlist")
    snippet.published_at = (details.video_published_at if details else None) or snippet.published_at
    snippet.channel_id = snippet.video_owner_channel_id or snippet.channel_id
    return Parsed(events=(post_of(snippet, number=number, setting=setting),))


def read_activity(raw: Mapping[str, object], setting: Setting) -> Parsed:
    """What a channel did: an upload or a bulletin is a post, the rest are acts of the channel itself."""
    activity = salvage(dict(raw), into=Resource)
    snippet, details = activity.snippet, activity.content_details
    if snippet is None:
        return Parsed(ignored="an activity without its snippet")
    number = details.upload.video_id if details and details.upload else None
    if snippet.type == "bulletin":
        number = f"activity:{_text(activity.id) or setting.key}"
    if number is None:
        return Parsed(ignored=f"an act of the channel itself: {(snippet.type or 'of no type')[:50]}")
    return Parsed(events=(post_of(snippet, number=number, setting=setting),))


def read_subscription(raw: Mapping[str, object], setting: Setting) -> Parsed:
    """A subscriber of ours; that we, or somebody else, subscribed to another channel is nothing to us."""
    subscription = salvage(dict(raw), into=Resource)
    snippet, account = subscription.snippet, setting.channel.account
    subscriber = chatter(subscription.subscriber_snippet) if subscription.subscriber_snippet else NOBODY
    followed = snippet.resource_id.channel_id if snippet and snippet.resource_id else None
    if subscriber is NOBODY and snippet and snippet.channel_id and account and followed == account:
        subscriber = author(snippet.channel_id)
    if subscriber is NOBODY or (account and followed and followed != account):
        return Parsed(ignored="a subscription to another channel")
    return Parsed(
        events=(
            NeutralEvent(
                id=f"subscription:{_text(subscription.id) or setting.made_id('of', followed, subscriber.external_id)}",
                occurred_at=setting.time(snippet.published_at if snippet else None),
                kind=Kind.FOLLOW,
                author=subscriber,
                venue=venue(followed, channel=setting.channel),
                public=True,
            ),
        )
    )


def read_member(raw: Mapping[str, object], setting: Setting) -> Parsed:
    """Somebody who pays for a membership."""
    snippet = salvage(dict(raw), into=Member).snippet
    member, since = chatter(snippet.member_details), snippet.memberships_details.memberships_duration.member_since
    if member is NOBODY:
        return Parsed(ignored="a member without a channel")
    level = snippet.memberships_details.highest_accessible_level_display_name
    return Parsed(
        events=(
            NeutralEvent(
                id=setting.made_id("member", snippet.creator_channel_id, member.external_id, since),
                occurred_at=setting.time(since),
                kind=Kind.PURCHASE,
                author=member,
                venue=venue(snippet.creator_channel_id, channel=setting.channel),
                extra={"level": level} if level else {},
            ),
        )
    )


def post_of(snippet: Snippet, *, number: str, setting: Setting, public: bool = True, ours: bool | None = None) -> NeutralEvent:
    """A video, or a bulletin, as a post of its channel. `ours`: whether it is known to be of our channel, whatever it is called."""
    channel = setting.channel
    owner = snippet.channel_id or channel.account
    mine = bool(channel.account) and owner == channel.account if ours is None else ours
    described = "\n\n".join(part for part in (snippet.title, snippet.description) if part)
    is_video = not number.startswith("activity:")
    return NeutralEvent(
        id=number,
        occurred_at=setting.time(snippet.published_at),
        kind=Kind.POST,
        author=author(owner, name=snippet.channel_title or snippet.video_owner_channel_title) if owner else NOBODY,
        venue=venue(owner, channel=channel, title=snippet.channel_title, ours=mine),
        public=public,
        direction=Direction.OUTBOUND if mine else Direction.INBOUND,
        text=described or None,
        attachments=(Attachment(kind=MediaKind.VIDEO, url=f"{WATCH}{number}"),) if is_video else (),
        addressed=Addressed.US if mine else Addressed.ABOUT_US,
        echo_of=number if mine else None,
        root=number,
        extra={"url": f"{WATCH}{number}"} if is_video else {},
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
