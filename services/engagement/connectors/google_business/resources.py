"""Everything that Google tells of a place, by its shape: events, or ignored with the reason. Called by the connector; pure."""

from collections.abc import Callable, Mapping

from services.engagement.connectors.google_business.notices import ASKED_FOR, TYPES, content_of, message_in, notice_of
from services.engagement.connectors.google_business.places import read_answer, read_media, read_post, read_question
from services.engagement.connectors.google_business.reviews import read_changed_reply, read_gone, read_reply, read_review
from services.engagement.connectors.google_business.setting import Setting
from services.engagement.families.google import unwrapped
from services.engagement.protocol import NotJsonError, Parsed, read_json

Reader = Callable[[Mapping[str, object], Setting], Parsed]

READERS: dict[str, Reader] = {
    "review": read_review,
    "gone": read_gone,
    "reply": read_reply,
    "changed reply": read_changed_reply,
    "question": read_question,
    "answer": read_answer,
    "media": read_media,
    "post": read_post,
}

LISTS = ("reviews", "locationReviews", "questions", "answers", "topAnswers", "mediaItems", "localPosts", "receivedMessages", "places")
_WRAPPED = ("review", "result", "question", "answer", "mediaItem", "localPost")
_MOST_DEEP = 5
_REVIEW = {"starRating", "reviewer", "reviewId", "reviewReply", "authorAttribution", "author_name", "star_rating", "review_id"}
_IGNORED: tuple[tuple[frozenset[str], str], ...] = (
    (
        frozenset({"accounts", "locations", "googleLocations", "categories", "attributes", "admins", "invitations", "verifications"}),
        "a list that says nothing of people",
    ),
    (frozenset({"averageRating", "totalReviewCount", "totalSize", "nextPageToken", "totalMediaItemCount"}), "a page without items"),
    (frozenset({"accountName", "accountNumber", "verificationState", "vettedState"}), "an account as it is"),
    (frozenset({"storefrontAddress", "phoneNumbers", "regularHours", "latlng", "locationName", "storeCode", "title"}), "a place as it is"),
    (frozenset({"multiDailyMetricTimeSeries", "timeSeries", "searchKeywordsCounts"}), "figures of a place"),
    (frozenset({"hasVoiceOfMerchant", "hasBusinessAuthority", "waitForVoiceOfMerchant"}), "whether the place's page is in our hands"),
    (frozenset({"access_token", "refresh_token"}), "an answer of the sign-in"),
    (frozenset({"displayName", "profilePhotoUrl", "isAnonymous"}), "a person, without what they wrote"),
)


def read_body(body: bytes, setting: Setting) -> Parsed:
    """What one item means."""
    try:
        top = read_json(body)
    except NotJsonError:
        return Parsed(unknown="not JSON")
    return read_body(top.encode("utf-8", "replace"), setting) if isinstance(top, str) else _read(unwrapped(top), setting, depth=0)


def listed_in(raw: Mapping[str, object]) -> list[object] | None:
    """The items of a page; None where it is no page."""
    return next((items for name in LISTS if isinstance(items := raw.get(name), list) and not _is_review(raw)), None)


def shape_of(raw: Mapping[str, object]) -> str:
    """Which resource this is. "" where nothing tells."""
    name = raw.get("name")
    named = name if isinstance(name, str) else ""
    shapes = {
        "gone": isinstance(raw.get("goneReview"), dict),
        "reply": isinstance(raw.get("repliedReview"), dict),
        "changed reply": isinstance(raw.get("changedReply"), dict),
        "review": _is_review(raw) or ("/reviews/" in named and bool(raw.keys() & {"comment", "createTime", "rating", "text"})),
        "answer": "/answers/" in named and "text" in raw,
        "question": ("/questions/" in named and "text" in raw) or "topAnswers" in raw,
        "media": "mediaFormat" in raw and bool(raw.keys() & {"googleUrl", "thumbnailUrl", "sourceUrl"}),
        "post": "/localPosts/" in named or "topicType" in raw,
    }
    return next((shape for shape, fits in shapes.items() if fits), "")


def _is_review(raw: Mapping[str, object]) -> bool:
    return bool(raw.keys() & _REVIEW)


def _read(top: object, setting: Setting, *, depth: int) -> Parsed:
    if depth > _MOST_DEEP:
        return Parsed(unknown="too deep")
    listed = top if isinstance(top, list) else listed_in(top) if isinstance(top, dict) else None
    if listed is not None and not (isinstance(top, dict) and shape_of(top)):
        return _together([_read(each, setting, depth=depth + 1) for each in listed])
    return _resource(top, setting, depth=depth) if isinstance(top, dict) else Parsed(unknown="no resource")


def _together(found: list[Parsed]) -> Parsed:
    events = tuple(event for parsed in found for event in parsed.events)
    if events or not found:
        return Parsed(events=events) if events else Parsed(ignored="a page without items")
    return next((parsed for parsed in found if parsed.unknown is not None), found[0])


def _resource(raw: Mapping[str, object], setting: Setting, *, depth: int) -> Parsed:
    shape = shape_of(raw)
    if shape:
        return READERS[shape](raw, setting)
    message = message_in(raw)
    if message is not None:
        content = content_of(message)
        if isinstance(content, dict):
            return _notice(content, attributes=message.attributes, setting=setting, depth=depth)
        return Parsed(unknown="a message of Pub/Sub without JSON in it")
    if "error" in raw:
        return Parsed(ignored=f"an error of the API: {_reason_in(raw['error'])[:200]}")
    return _notice(raw, attributes={}, setting=setting, depth=depth)


def _notice(content: Mapping[str, object], *, attributes: Mapping[str, object], setting: Setting, depth: int) -> Parsed:
    """A notice; what brings the words along is read as what it is."""
    inner = content if shape_of(content) else next((each for name in _WRAPPED if isinstance(each := content.get(name), dict)), None)
    if inner is not None:
        return _read(inner, setting, depth=depth + 1)
    if "pubsubTopic" in content or "topicName" in content:
        return Parsed(ignored="where notices go")
    kind = notice_of(content, attributes=attributes)
    if kind in TYPES:
        return Parsed(ignored=TYPES[kind], look=kind in ASKED_FOR)
    if kind is not None and not content.keys() & {"title", "storefrontAddress", "accountName"}:
        return Parsed(unknown=f"notice of type {kind[:100]}")
    return _wordless(content)


def _wordless(raw: Mapping[str, object]) -> Parsed:
    if not raw:
        return Parsed(ignored="an empty answer")
    if "comment" in raw and ("updateTime" in raw or len(raw) == 1):
        return Parsed(ignored="a reply of ours, without the review")
    reason = next((reason for names, reason in _IGNORED if raw.keys() & names), None)
    return Parsed(ignored=reason) if reason else Parsed(unknown=f"an object with {', '.join(sorted(raw))[:200]}")


def _reason_in(error: object) -> str:
    if isinstance(error, dict):
        return str(error.get("message") or error.get("status") or "without words")
    return error if isinstance(error, str) else "without words"
