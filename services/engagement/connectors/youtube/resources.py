"""Everything that the Data API answers, by its kind: events, or ignored with the reason. Called by the connector; pure.

The tables are the table of contents: a kind that is in neither is unknown, kept and counted. What comes without its kind is told by shape.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from services.engagement.connectors.youtube.atom import is_question, is_xml, read_feed
from services.engagement.connectors.youtube.chats import read_chat_message, read_super_chat
from services.engagement.connectors.youtube.comments import read_comment, read_replies, read_thread
from services.engagement.connectors.youtube.posts import (
    read_activity,
    read_member,
    read_result,
    read_subscription,
    read_upload,
    read_video,
)
from services.engagement.connectors.youtube.setting import Setting
from services.engagement.families.google import unwrapped
from services.engagement.protocol import NotJsonError, Parsed, read_json

Reader = Callable[[Mapping[str, object], Setting], Parsed]

READERS: dict[str, Reader] = {
    "commentThread": read_thread,
    "comment": read_comment,
    "replies": read_replies,
    "liveChatMessage": read_chat_message,
    "superChatEvent": read_super_chat,
    "video": read_video,
    "searchResult": read_result,
    "playlistItem": read_upload,
    "activity": read_activity,
    "subscription": read_subscription,
    "member": read_member,
}

IGNORED: dict[str, str] = {
    "batchGetStatsResponse": "figures of videos",
    "caption": "the captions of a video",
    "channel": "a channel as it is",
    "channelBannerResource": "a banner that was uploaded",
    "channelSection": "a section of a channel's page",
    "fanFundingEvent": "a kind that was given up in 2017",
    "guideCategory": "a category of channels",
    "i18nLanguage": "a language of YouTube's pages",
    "i18nRegion": "a region of YouTube's pages",
    "liveBroadcast": "a broadcast as it is",
    "liveChatBan": "a ban from a live chat",
    "liveChatModerator": "a moderator of a live chat",
    "liveStream": "a stream as it is",
    "membershipsLevel": "a level of membership",
    "playlist": "a playlist as it is",
    "playlistImage": "the picture of a playlist",
    "sponsor": "a kind that was given up in 2020: members tell it",
    "thirdPartyLink": "a link to another shop",
    "thumbnailSetResponse": "a picture that was uploaded",
    "videoAbuseReportReason": "a reason to report videos",
    "videoCategory": "a category of videos",
    "videoGetRatingResponse": "our own ratings",
    "videoStat": "figures of a video",
    "videoTrainability": "whether a video may train models",
}

_LISTS = ("ListResponse", "SearchResponse")
_MOST_DEEP = 3
_QUESTION = "a question of the hub, which is answered where it is asked"
_RESOURCE = {"etag", "id", "snippet", "contentDetails", "statistics", "status", "pageInfo", "nextPageToken", "regionCode", "auditDetails"}
_RESOURCE |= {"brandingSettings", "topicDetails", "localizations", "player", "recordingDetails", "liveStreamingDetails", "fileDetails"}
_PARTS = {"thumbnails", "channelId", "channelTitle", "publishedAt", "customUrl", "localized", "relatedPlaylists", "privacyStatus"}
_PARTS |= {"viewCount", "likeCount", "commentCount", "subscriberCount", "videoCount", "duration", "definition", "uploadStatus", "videoId"}
_PARTS |= {"resourceId", "playlistId", "totalItemCount", "itemCount", "totalResults", "resultsPerPage", "assignable", "topicIds"}


def read_body(body: bytes, setting: Setting) -> Parsed:
    """What one item means: a feed, a resource, or a page of them."""
    if is_xml(body):
        return read_feed(body, setting)
    if is_question(body):
        return Parsed(ignored=_QUESTION)
    try:
        top = read_json(body)
    except NotJsonError:
        return Parsed(unknown="neither JSON nor XML")
    return read_body(top.encode("utf-8", "replace"), setting) if isinstance(top, str) else _read(unwrapped(top), setting, depth=0)


def kind_of(resource: Mapping[str, object]) -> str:
    """`youtube#comment` is `comment`; a resource without its kind is told by what it holds. "" where nothing tells."""
    told = resource.get("kind")
    named = told.rpartition("#")[2] if isinstance(told, str) else ""
    return named or _shape_of(resource)


def items_of(page: Mapping[str, object]) -> list[object] | None:
    """The items of a page; None where it is no page."""
    items = page.get("items")
    return items if isinstance(items, list) else None


def _read(top: object, setting: Setting, *, depth: int) -> Parsed:
    listed = items_of(top) if isinstance(top, dict) else top
    if isinstance(listed, list) and depth < _MOST_DEEP:
        return _together([_read(each, setting, depth=depth + 1) for each in listed])
    return _resource(top, setting) if isinstance(top, dict) else Parsed(unknown="no resource")


def _together(found: list[Parsed]) -> Parsed:
    """Several in one: all their events, or what the first says that is not ignored, or the first."""
    events = tuple(event for parsed in found for event in parsed.events)
    if events or not found:
        return Parsed(events=events) if events else Parsed(ignored="a page without items")
    first = next((parsed for parsed in found if parsed.unknown is not None), found[0])
    return replace(first)


def _resource(resource: Mapping[str, object], setting: Setting) -> Parsed:
    kind = kind_of(resource)
    if kind in READERS:
        return READERS[kind](resource, setting)
    if kind in IGNORED:
        return Parsed(ignored=IGNORED[kind])
    if "error" in resource:
        return Parsed(ignored=f"an error of the API: {_reason_in(resource['error'])[:200]}")
    if kind.endswith(_LISTS):
        return Parsed(ignored="a page without items")
    if kind:
        return Parsed(unknown=f"resource of kind {kind[:100]}")
    return _kindless(resource)


def _kindless(resource: Mapping[str, object]) -> Parsed:
    if "access_token" in resource or "refresh_token" in resource:
        return Parsed(ignored="an answer of the sign-in")
    if any(name.startswith(("hub.", "hub_")) for name in resource):
        return Parsed(ignored=_QUESTION)
    if resource.keys() & _RESOURCE:
        return Parsed(ignored="a resource that says nothing of people")
    if resource.keys() & _PARTS:
        return Parsed(ignored="a part of a resource, without whose it is")
    return Parsed(unknown=f"an object with {', '.join(sorted(resource))[:200] or 'nothing in it'}")


def _shape_of(resource: Mapping[str, object]) -> str:
    """The kind that a resource without its name must be of."""
    inner = resource.get("snippet")
    fields = resource.keys() | (inner.keys() if isinstance(inner, dict) else set())
    number = resource.get("id")
    shapes = {
        "commentThread": "topLevelComment" in fields or isinstance(resource.get("replies"), dict),
        "comment": bool(fields & {"textDisplay", "textOriginal"}),
        "replies": isinstance(resource.get("comments"), list),
        "liveChatMessage": "liveChatId" in fields and bool(fields & {"type", "displayMessage", "authorDetails"}),
        "superChatEvent": "supporterDetails" in fields,
        "member": "memberDetails" in fields,
        "subscription": "subscriberSnippet" in resource or ({"resourceId", "channelId"} <= fields and "playlistId" not in fields),
        "searchResult": isinstance(number, dict) and "videoId" in number,
        "playlistItem": {"resourceId", "playlistId"} <= fields,
        "video": isinstance(number, str) and {"channelId", "title"} <= fields and bool(fields & {"categoryId", "liveBroadcastContent"}),
    }
    return next((kind for kind, fits in shapes.items() if fits), "")


def _reason_in(error: object) -> str:
    if isinstance(error, dict):
        return str(error.get("message") or error.get("status") or "without words")
    return error if isinstance(error, str) else "without words"
